# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The elastic body: numbering, facets, nodes, strains at corners, supports."""

from __future__ import annotations

import numpy as np
import pytest

from fea.errors import RunError
from fea.solve import ElasticBody
from fea.strain import tensors

# Sums of a few terms in double precision.
ROUND_OFF = 1e-12


@pytest.fixture(scope="module")
def shuffled(block):
    """Points and cells of a box whose numbers follow no order."""
    return block((3, 2, 2), (3.0, 2.0, 1.0), jitter=0.2, seed=11)


@pytest.fixture(scope="module")
def body(shuffled):
    points, cells = shuffled
    return ElasticBody(points, cells, np.full(len(cells), 100.0), 0.3)


def edges(cells):
    pairs = cells[:, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]].reshape(-1, 2)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def test_unknowns_are_three_per_node(shuffled, body):
    # Degree 1 has a node at each vertex, degree 2 one more at each edge.
    points, cells = shuffled
    linear = ElasticBody(points, cells, np.ones(len(cells)), 0.3, degree=1)
    assert linear.dofs == 3 * len(points)
    assert body.dofs == 3 * (len(points) + len(edges(cells)))


def test_strain_of_a_quadratic_field_is_exact_at_every_corner(shuffled, body):
    # u = (x², x y, 0): ε_xx = 2x, ε_yy = x, ε_xy = y/2. At the corners of each cell in the caller's order.
    points, cells = shuffled
    u = body.interpolated(lambda x: np.array([x[0] ** 2, x[0] * x[1], np.zeros_like(x[0])]))
    strain = tensors(body.strains(u[:, None])[0])

    x, y, _ = np.moveaxis(points[cells], -1, 0)
    expected = np.zeros((len(cells), 4, 3, 3))
    expected[..., 0, 0], expected[..., 1, 1] = 2.0 * x, x
    expected[..., 0, 1] = expected[..., 1, 0] = y / 2.0
    np.testing.assert_allclose(strain, expected, rtol=0, atol=ROUND_OFF * 6.0)


@pytest.mark.parametrize("degree", [1, 2])
def test_vertex_displacement_is_that_of_the_callers_vertex(shuffled, degree):
    points, cells = shuffled
    body = ElasticBody(points, cells, np.ones(len(cells)), 0.3, degree)
    u = body.interpolated(lambda x: np.array([x[1], 2.0 * x[2], -3.0 * x[0]]))
    np.testing.assert_allclose(body.at_vertices(u[:, None])[0], points[:, [1, 2, 0]] * [1, 2, -3], atol=ROUND_OFF)


def test_facets_come_back_in_the_order_they_are_given(shuffled, body, outer_triangles):
    from dolfinx import mesh as dmesh

    points, cells = shuffled
    triangles = np.random.default_rng(5).permutation(outer_triangles(cells))[:20]
    facets = body.facets(triangles)
    body.mesh.topology.create_connectivity(2, 3)
    middle = dmesh.compute_midpoints(body.mesh, 2, facets)
    np.testing.assert_allclose(middle, points[triangles].mean(axis=1), atol=ROUND_OFF)


def test_triangle_inside_the_body_is_refused(shuffled, body, outer_triangles):
    _, cells = shuffled
    outer = {tuple(sorted(t)) for t in outer_triangles(cells).tolist()}
    faces = cells[:, [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]]].reshape(-1, 3)
    inner = np.array([f for f in faces if tuple(sorted(f.tolist())) not in outer])[:1]
    with pytest.raises(RunError, match="not on the outer surface"):
        body.facets(np.vstack([outer_triangles(cells)[:3], inner]))


def test_triangle_that_is_no_face_is_refused(shuffled, body):
    points, _ = shuffled
    far = np.argsort(points.sum(axis=1))[[0, len(points) // 2, -1]]
    with pytest.raises(RunError, match="not on the outer surface"):
        body.facets(far[None])


def test_fixed_nodes_are_corners_and_mid_edges_of_the_triangles(shuffled, body, outer_triangles):
    points, cells = shuffled
    triangles = outer_triangles(cells)
    end = triangles[np.all(points[triangles][..., 0] == 0.0, axis=1)]
    held = body.nodes()[np.unique(body.fixed_nodes(end))]
    # All nodes of the face x = 0, and no other: 2 × 2 bricks have 9 vertices and 16 edges on it.
    assert len(held) == 25
    np.testing.assert_allclose(held[:, 0], 0.0, atol=ROUND_OFF)


def test_uniform_traction_loads_each_facet_by_its_area(shuffled, body, outer_triangles):
    # 2 MPa along −y on the face x = 3 of 2 mm · 1 mm is 4 N, spread symmetrically: its centre is the face's.
    points, cells = shuffled
    triangles = outer_triangles(cells)
    end = triangles[np.all(points[triangles][..., 0] == 3.0, axis=1)]
    load = body.traction_loads(end, [(np.array([0.0, -2.0, 0.0]), np.zeros(3), np.zeros(3))])[:, 0].reshape(-1, 3)
    np.testing.assert_allclose(load.sum(axis=0), [0.0, -4.0, 0.0], atol=4.0 * ROUND_OFF)
    centre = (load[:, 1:2] * body.nodes()).sum(axis=0) / load[:, 1].sum()
    np.testing.assert_allclose(centre, [3.0, 1.0, 0.5], atol=3.0 * ROUND_OFF)


def test_body_force_adds_up_to_force_density_times_volume(body):
    # f = (0, 0, x) N/mm³ in 3 · 2 · 1 mm³: ∫ x = 4.5 · 2 = 9 N.
    import ufl

    load = body.body_load(lambda x: ufl.as_vector([0.0, 0.0, x[0]])).reshape(-1, 3)
    np.testing.assert_allclose(load.sum(axis=0), [0.0, 0.0, 9.0], atol=9.0 * ROUND_OFF)


def test_rigid_motion_takes_no_force(body):
    turn = body.interpolated(lambda x: np.cross([0.1, -0.2, 0.3], x.T).T + 1.0)
    # Forces of a strain of that size are E · 0.3 · 1 mm² = 30 N.
    np.testing.assert_allclose(body.internal_force(turn), 0.0, atol=30.0 * ROUND_OFF)


def test_energy_grows_with_the_modulus(shuffled):
    points, cells = shuffled
    energies = []
    for modulus in (1.0, 3.0):
        body = ElasticBody(points, cells, np.full(len(cells), modulus), 0.3)
        u = body.interpolated(lambda x: np.array([x[0] * x[1], x[2] ** 2, x[0]]))
        energies.append(u @ body.internal_force(u))
    assert energies[1] == pytest.approx(3.0 * energies[0], rel=ROUND_OFF)
    assert energies[0] > 0.0


@pytest.mark.parametrize("held", [0, 1, 2], ids=["nothing", "a point", "an axis"])
def test_body_that_can_still_move_rigidly_is_refused(body, held):
    with pytest.raises(RunError, match="cannot be factorised"):
        body.factorised(np.arange(held, dtype=np.int32))
