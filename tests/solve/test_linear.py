# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One factorisation, many loads."""

from __future__ import annotations

import functools
import os
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest

from fea.cli import options
from fea.errors import InputError, MissingDependency, RunError
from fea.solve import ElasticBody, choice, pardiso, ranks
from fea.solve.choice import solving_with

SMALL = {"dofs": 10_000, "loads": 30, "quadratic": True}
LARGE = {"dofs": 240_507, "loads": 30, "quadratic": True}


@pytest.fixture(scope="module")
def clamped(block, outer_triangles):
    """A box held at x = 0: the body, its factor and three load vectors."""
    points, cells = block((3, 2, 2), (3.0, 2.0, 1.0), jitter=0.2, seed=11)
    body = ElasticBody(points, cells, np.full(len(cells), 100.0), 0.3)
    triangles = outer_triangles(cells)
    end = triangles[np.all(points[triangles][..., 0] == 0.0, axis=1)]
    loads = np.random.default_rng(2).normal(size=(body.dofs, 3))
    return body, body.factorised(body.fixed_nodes(end)), loads


def test_solution_satisfies_the_equations_of_the_free_components(clamped):
    body, factor, loads = clamped
    u = factor.solve(loads)
    free = np.setdiff1d(np.arange(body.dofs), factor.fixed)
    for k in range(3):
        residual = (body.internal_force(u[:, k]) - loads[:, k])[free]
        # Loads are of size 1; round-off of a direct solver on some 500 unknowns.
        np.testing.assert_allclose(residual, 0.0, atol=1e-10)


def test_held_components_stay_at_zero_whatever_loads_them(clamped):
    _, factor, loads = clamped
    assert np.all(factor.solve(loads)[factor.fixed] == 0.0)


def test_a_block_of_loads_is_solved_as_each_alone(clamped):
    _, factor, loads = clamped
    together = factor.solve(loads)
    alone = np.column_stack([factor.solve(loads[:, [k]])[:, 0] for k in range(3)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12 * np.abs(together).max())


def test_loads_are_left_as_they_were(clamped):
    body, factor, _ = clamped
    for order in ("C", "F"):
        loads = np.ones((body.dofs, 2), order=order)
        factor.solve(loads)
        assert np.all(loads == 1.0)


def test_solution_that_is_not_finite_is_refused(clamped):
    _, factor, loads = clamped
    broken = loads.copy()
    broken[np.setdiff1d(np.arange(len(loads)), factor.fixed)[0], 1] = np.nan
    with pytest.raises(RunError, match="not finite"):
        factor.solve(broken)


@pytest.fixture
def by_each_solver(block, outer_triangles):
    """A function that solves a box held at x = 0, of one modulus and then of another, with a solver by name."""
    points, cells = block((6, 3, 3), (6.0, 3.0, 2.0), jitter=0.2, seed=5)
    end = outer_triangles(cells)
    end = end[np.all(points[end][..., 0] == 0.0, axis=1)]
    modulus = np.random.default_rng(3).uniform(10.0, 100.0, len(cells))

    def solved(solver):
        with solving_with(solver):
            body = ElasticBody(points, cells, modulus, 0.3, keep=True)
            loads = np.random.default_rng(2).normal(size=(body.dofs, 3))
            first = body.factorised(body.fixed_nodes(end)).solve(loads)
            body.set_constants(modulus[::-1].copy())
            return first, body.factorised(body.fixed_nodes(end)).solve(loads)

    return solved


def test_pardiso_gives_the_numbers_of_mumps_also_when_the_tissue_changes(by_each_solver):
    pytest.importorskip("pypardiso", reason="pypardiso is not installed", exc_type=ImportError)
    for ours, theirs in zip(by_each_solver("mumps"), by_each_solver("pardiso"), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-9 * np.abs(ours).max())


def test_without_pardiso_the_rule_takes_mumps_and_asking_for_it_says_how_to_get_it(monkeypatch):
    def absent():
        raise MissingDependency("PARDISO does not load; pip install 'bonefea[pardiso]'.")

    monkeypatch.setattr(pardiso, "load", absent)
    choice._has_pardiso.cache_clear()
    try:
        assert choice.chosen(**LARGE) == "mumps"
        with pytest.raises(MissingDependency, match="pip install"), solving_with("pardiso"):
            pass
    finally:
        choice._has_pardiso.cache_clear()


def test_the_rule_takes_pardiso_where_one_rank_has_it(monkeypatch):
    monkeypatch.setattr(pardiso, "load", lambda: None)
    choice._has_pardiso.cache_clear()
    try:
        assert choice.chosen(**LARGE) == "pardiso"
        assert choice.chosen(**SMALL) == "mumps"  # where it is the slower one
        monkeypatch.setattr(ranks, "leader", lambda: "two ranks")
        assert choice.chosen(**LARGE) == "mumps"
        with pytest.raises(InputError, match="on one rank"), solving_with("pardiso"):
            pass
    finally:
        choice._has_pardiso.cache_clear()


def test_what_is_asked_for_holds_inside_and_is_forgotten_outside(monkeypatch):
    monkeypatch.delenv("BONEFEA_SOLVER", raising=False)
    with solving_with("mumps"):
        assert choice.chosen(**SMALL) == "mumps"
        with solving_with(None):
            assert os.environ["BONEFEA_SOLVER"] == "mumps"
    assert "BONEFEA_SOLVER" not in os.environ


def test_an_unknown_solver_in_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("BONEFEA_SOLVER", "mumpz")
    with pytest.raises(InputError, match="no solver 'mumpz'"):
        choice.chosen(**SMALL)


@pytest.fixture
def rule(monkeypatch):
    """The rule without a wish, on a machine with PARDISO; a function that sets the memory in GiB that is available."""
    monkeypatch.delenv("BONEFEA_SOLVER", raising=False)
    monkeypatch.setenv("BONEFEA_THREADS", "1")
    monkeypatch.setattr(choice, "_has_pardiso", lambda: True)

    def available(gib):
        monkeypatch.setattr(choice.psutil, "virtual_memory", lambda: SimpleNamespace(available=gib * 2**30))
        return functools.partial(choice.chosen, quadratic=True)

    return available


def test_the_rule_takes_multigrid_for_few_loads_on_a_large_mesh(rule):
    solver = rule(1000)
    assert [solver(300_000, loads) for loads in (1, 12, 30)] == ["multigrid", "pardiso", "pardiso"]
    assert solver(5_000, 1) == "mumps"
    # The more unknowns, the more loads: factorising grows faster than they do.
    most = [max(loads for loads in range(1, 50) if solver(dofs, loads) == "multigrid") for dofs in (1e5, 1e6)]
    assert most[0] < most[1]


def test_the_more_threads_the_fewer_loads_are_left_to_multigrid_which_runs_on_one(rule, monkeypatch):
    solver, most = rule(1000), []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("BONEFEA_THREADS", threads)
        most.append(max(loads for loads in range(1, 50) if solver(1_000_000, loads) == "multigrid"))
    assert most[0] > most[1] > most[2]


def test_the_rule_takes_multigrid_where_a_factor_does_not_fit(rule):
    assert rule(1000)(1_000_000, 30) == "pardiso"
    # Measured: some 2.3 GiB at 317,670 unknowns; a million needs more than three times that.
    assert rule(7)(1_000_000, 30) == "multigrid"
    assert rule(7)(317_670, 30) == "pardiso"


def test_the_rule_leaves_multigrid_to_one_rank_and_degree_2(rule, monkeypatch):
    solver = rule(0.1)
    assert solver(1_000_000, 1, quadratic=False) == "pardiso"
    monkeypatch.setattr(ranks, "leader", lambda: "two ranks")
    assert solver(1_000_000, 1) == "mumps"


def test_the_command_line_knows_every_solver():
    (choices, *_), *_ = (get_args(part) for part in get_args(options.SolverOption) if get_args(part))
    assert set(get_args(choices)) == set(get_args(choice.SolverName))


def test_mkl_is_found_without_a_search_of_the_environment(monkeypatch):
    wrapper = pytest.importorskip("pypardiso.pardiso_wrapper", reason="no pypardiso", exc_type=ImportError)
    monkeypatch.delenv("PYPARDISO_MKL_RT", raising=False)
    monkeypatch.setattr(wrapper.glob, "glob", lambda *_, **__: pytest.fail("searched"))
    pardiso.load.cache_clear()
    assert callable(pardiso.load())
