# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One factorisation, many loads."""

from __future__ import annotations

import numpy as np
import pytest

from fea.errors import RunError
from fea.solve import ElasticBody


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
    free = np.setdiff1d(np.arange(body.dofs), factor.held)
    for k in range(3):
        residual = (body.internal_force(u[:, k]) - loads[:, k])[free]
        # Loads are of size 1; round-off of a direct solver on some 500 unknowns.
        np.testing.assert_allclose(residual, 0.0, atol=1e-10)


def test_held_components_stay_at_zero_whatever_loads_them(clamped):
    _, factor, loads = clamped
    assert np.all(factor.solve(loads)[factor.held] == 0.0)


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
    broken[np.setdiff1d(np.arange(len(loads)), factor.held)[0], 1] = np.nan
    with pytest.raises(RunError, match="not finite"):
        factor.solve(broken)
