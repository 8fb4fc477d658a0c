# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Multigrid gives what a factorisation gives, in a number of steps that the mesh does not change."""

from __future__ import annotations

import numpy as np
import pytest

from fea.errors import InputError, RunError
from fea.loading import UnitLoad, surface_load
from fea.solve import ElasticBody, Fixed, Foundation, Free, balance, ranks, solving_with, unit_strains
from fea.solve.multigrid import Multigrid
from fea.tissue import elasticity


@pytest.fixture
def clamped(block, outer_triangles):
    """A function that clamps an uneven cube of n · n · n bricks at x = 0: body, held nodes, three loads, moduli."""

    def made(n, degree=2, keep=False):
        points, cells = block((n, n, n), (1.0, 1.0, 1.0), jitter=0.2, seed=n)
        triangles = outer_triangles(cells)
        end = triangles[np.all(points[triangles][..., 0] == 0.0, axis=1)]
        far = triangles[np.all(np.isclose(points[triangles][..., 0], 1.0), axis=1)]
        modulus = np.where(points[cells].mean(axis=1)[:, 1] < 0.5, 20_000.0, 200.0)
        body = ElasticBody(points, cells, modulus, 0.3, degree, keep=keep)
        tractions = [(np.eye(3)[axis], np.zeros(3), np.zeros(3)) for axis in range(3)]
        return body, body.fixed_nodes(end), body.traction_loads(far, tractions), modulus

    return made


@pytest.mark.parametrize("carried", ["fixed", "foundation", "free"])
def test_a_bone_on_any_support_deforms_as_with_a_factorisation_and_is_in_balance(metatarsal, metatarsal_mesh, carried):
    region = metatarsal.support.regions[0]
    support = {"fixed": Fixed((region,)), "foundation": Foundation((region,), 100.0), "free": Free()}[carried]
    loads = [UnitLoad("mtp_joint", moment, axis) for moment in (False, True) for axis in (0, 1)]
    tractions = [surface_load(metatarsal_mesh, load) for load in loads]
    constants = elasticity(metatarsal, metatarsal_mesh)
    found = {}
    for solver in ("mumps", "multigrid"):
        with solving_with(solver):
            found[solver] = unit_strains(metatarsal_mesh, constants, support, tractions)
        assert found[solver].solver == solver
    ours, theirs = found["multigrid"], found["mumps"]
    for k in range(len(loads)):
        for field in ("displacement", "strain"):
            one, other = getattr(ours, field)[k], getattr(theirs, field)[k]
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-7 * np.abs(other).max())
        balance(ours, tractions, np.eye(len(loads))[k])


def test_the_number_of_iterations_does_not_grow_with_the_mesh(clamped):
    steps = []
    for n in (4, 8, 12):
        body, fixed, loads, _ = clamped(n)
        with solving_with("multigrid"):
            factor = body.factorised(fixed)
        factor.solve(loads)
        assert isinstance(factor._share, Multigrid)
        steps.append(max(factor._share.iterations))
    # 27 times the cells; a method without a coarse level would take three times the steps.
    assert min(steps) >= 8
    assert max(steps) <= 1.3 * min(steps)


def test_other_constants_on_the_same_supports_are_answered(clamped):
    body, fixed, loads, modulus = clamped(4, keep=True)
    with solving_with("multigrid"):
        first = body.factorised(fixed).solve(loads)
        # Three times as stiff everywhere: a third of the displacement.
        body.set_constants(3.0 * modulus)
        assert body.factorised(fixed).solver == "multigrid"
        third = body.factorised(fixed).solve(loads)
        body.set_constants(modulus[::-1].copy())
        other = body.factorised(fixed).solve(loads)
    np.testing.assert_allclose(third, first / 3.0, rtol=0, atol=1e-8 * np.abs(first).max())
    fresh, fixed, loads, _ = clamped(4)
    fresh.set_constants(modulus[::-1].copy())
    with solving_with("mumps"):
        expected = fresh.factorised(fixed).solve(loads)
    np.testing.assert_allclose(other, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


def test_no_load_gives_no_displacement(clamped):
    body, fixed, loads, _ = clamped(3)
    with solving_with("multigrid"):
        assert np.all(body.factorised(fixed).solve(0.0 * loads) == 0.0)


def test_held_components_stay_at_zero_whatever_loads_them(clamped):
    body, fixed, loads, _ = clamped(4)
    with solving_with("multigrid"):
        factor = body.factorised(fixed)
    assert np.all(factor.solve(loads + 1.0)[factor.fixed] == 0.0)


def test_a_load_that_does_not_converge_is_an_error_and_never_a_result(clamped, monkeypatch):
    monkeypatch.setattr("fea.solve.multigrid.MOST_ITERATIONS", 3)
    body, fixed, loads, _ = clamped(4)
    with pytest.raises(RunError, match="gave up on load 0 after 3 steps"), solving_with("multigrid"):
        body.factorised(fixed).solve(loads)


def test_a_body_that_can_move_is_refused(clamped):
    body, _, _, _ = clamped(3)
    with pytest.raises(RunError, match="can still move rigidly"), solving_with("multigrid"):
        body.factorised()


def test_a_stiffness_that_is_singular_is_refused(clamped):
    body, fixed, loads, modulus = clamped(4)
    body.set_constants(np.where(modulus > 1000.0, modulus, 0.0))
    with pytest.raises(RunError, match=r"cannot be|failed"), solving_with("multigrid"):
        body.factorised(fixed).solve(loads)


def test_linear_displacement_and_several_ranks_are_refused(clamped, monkeypatch):
    body, fixed, _, _ = clamped(3, degree=1)
    with pytest.raises(InputError, match="degree 2"), solving_with("multigrid"):
        body.factorised(fixed)
    monkeypatch.setattr(ranks, "leader", lambda: "two ranks")
    with pytest.raises(InputError, match="on one rank"), solving_with("multigrid"):
        pass
