# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain of many loads at once is that of each, as the finite-element library has it."""

from __future__ import annotations

import numpy as np
import pytest

from fea.solve import COMPONENTS, ElasticBody
from fea.solve.kinematics import CENTRE, CORNERS, cell_nodes, gradients, prolongation


@pytest.fixture(params=[1, 2])
def body(request, block):
    """An uneven box whose cells name their corners in a random order, and its points and cells."""
    points, cells = block((3, 2, 2), (3.0, 2.0, 1.0), jitter=0.2, seed=3)
    cells = np.random.default_rng(4).permuted(cells, axis=1)
    return ElasticBody(points, cells, np.full(len(cells), 100.0), 0.3, request.param), points, cells


def strain_by_dolfinx(body, cells, u):
    """ε(u) at the corners of our cells, (m, 4, 6), evaluated by a compiled UFL expression."""
    import ufl
    from dolfinx import fem

    state = fem.Function(body.space)
    state.x.array[:] = u
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
    every = np.arange(len(cells), dtype=np.int32)
    value = fem.Expression(ufl.sym(ufl.grad(state)), corners).eval(body.mesh, every).reshape(len(cells), 4, 3, 3)
    names = np.asarray(body.mesh.geometry.input_global_indices)[body.mesh.geometry.dofmaps[0]]
    found = np.empty((len(cells), 4, 6))
    for own, cell in zip(np.asarray(body.mesh.topology.original_cell_index), range(len(cells)), strict=True):
        for corner, vertex in enumerate(cells[own]):
            tensor = value[cell, list(names[cell]).index(vertex)]
            found[own, corner] = [tensor[i, j] for i, j in COMPONENTS]
    return found


def test_strain_is_that_of_the_finite_element_library(body):
    body, _, cells = body
    u = np.random.default_rng(5).normal(size=(body.dofs, 3))
    found = body.strains(u)
    for k in range(3):
        expected = strain_by_dolfinx(body, cells, u[:, k])
        np.testing.assert_allclose(found[k], expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_strain_at_the_centre_is_the_mean_of_the_corners(body):
    body, _, _ = body
    u = np.random.default_rng(6).normal(size=(body.dofs, 2))
    corner, centre = body.strains(u, CORNERS), body.strains(u, CENTRE)
    assert centre.shape == (2, len(corner[0]), 1, 6)
    np.testing.assert_allclose(centre[:, :, 0], corner.mean(axis=2), rtol=0, atol=1e-13 * np.abs(corner).max())


def test_many_cells_are_worked_on_in_blocks_without_a_seam(body, monkeypatch):
    body, _, _ = body
    u = np.random.default_rng(7).normal(size=(body.dofs, 2))
    whole = body.strains(u)
    monkeypatch.setattr("fea.solve.kinematics._AT_ONCE", 700)
    np.testing.assert_array_equal(body.strains(u), whole)


def test_gradients_of_barycentric_coordinates_find_the_point(body):
    _, points, cells = body
    # λ is affine with λ_i = 1 at corner i and 0 at the others: x = Σ λ_i x_i gives Σ x_i ⊗ ∇λ_i = I.
    identity = np.einsum("mia,mib->mab", points[cells], gradients(points, cells))
    np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), identity.shape), rtol=0, atol=1e-12)


def test_moved_vertices_move_the_strain(body):
    body, points, _ = body
    # Twice the size with the same displacement: half the strain.
    u = np.random.default_rng(8).normal(size=(body.dofs, 1))
    before = body.strains(u)
    body.set_constants(np.full(len(before[0]), 100.0), None, 2.0 * points)
    np.testing.assert_allclose(body.strains(u), before / 2.0, rtol=0, atol=1e-13 * np.abs(before).max())


def test_a_cell_named_in_another_order_has_its_middles_on_the_same_edges():
    # Corners 1 2 3 4, middles numbered by their ends.
    nodes = np.array([[1, 2, 3, 4, 34, 24, 23, 14, 13, 12]])
    found = cell_nodes(np.array([[2, 0, 3, 1]]), nodes)[0]
    # New corners a b c d are 3 1 4 2; edges in the order cd, bd, bc, ad, ac, ab.
    assert found.tolist() == [3, 1, 4, 2, 24, 12, 14, 23, 34, 13]


def test_prolongation_keeps_a_linear_field_and_nothing_more(block):
    points, cells = block((2, 2, 2), (1.0, 1.0, 1.0), jitter=0.2, seed=9)
    body = ElasticBody(points, cells, np.full(len(cells), 100.0), 0.3)
    up, corners = prolongation(body.cell_nodes)
    nodes = body.nodes()
    linear = nodes @ [1.0, -2.0, 3.0] + 4.0
    np.testing.assert_allclose(up @ linear[corners], linear, rtol=0, atol=1e-13)
    quadratic = nodes[:, 0] ** 2
    assert np.abs(up @ quadratic[corners] - quadratic).max() > 1e-3
