# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Internal loads from stress: known stress fields of a box give their known resultants."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.strain import StrainField, integrated_loads
from fea.tissue import Elasticity

SIDES = (20.0, 60.0, 14.0)
E = 10_000.0
CENTRES = np.array([[10.0, 13.3, 7.0], [10.0, 30.0, 7.0]])


@pytest.fixture(scope="module")
def box(block, outer_triangles):
    points, cells = block((4, 6, 3), SIDES, jitter=0.2, seed=2)
    tissue = np.zeros(len(cells), dtype=np.int64)
    return BoneMesh("box", points, cells, tissue, outer_triangles(cells), {}, {})


def carried(mesh, strain_at):
    """Return the loads over two cuts of the strain ``strain_at(points)``; ν = 0 so that stress is E times strain."""
    corner = strain_at(mesh.points[mesh.cells])
    elasticity = Elasticity(np.ones(len(mesh.cells)), np.full(len(mesh.cells), E), 0.0)
    field = StrainField(corner, np.zeros_like(mesh.points))
    return integrated_loads(mesh, elasticity, field, CENTRES[:, 1] / SIDES[1], CENTRES)


def uniform(tensor):
    return lambda points: np.broadcast_to(np.asarray(tensor, dtype=float), (*points.shape[:-1], 3, 3))


def axial(profile):
    """Return a strain field with ε_yy = profile(points)."""

    def strain(points):
        out = np.zeros((*points.shape[:-1], 3, 3))
        out[..., 1, 1] = profile(points)
        return out

    return strain


def test_uniform_compression_carries_stress_times_area(box):
    # σ_yy = −20 MPa over 20 × 14 mm²: the distal part presses the proximal one upwards with 5600 N.
    loads = carried(box, uniform(np.diag([0.0, -2e-3, 0.0])))
    assert np.allclose(loads.force, [0.0, 5600.0, 0.0], rtol=0, atol=1e-6)
    assert np.allclose(loads.moment, 0.0, rtol=0, atol=1e-4)


def test_uniform_shear_carries_stress_times_area(box):
    # σ_xy = 2 G ε_xy = E ε_xy = 10 MPa; on the face with normal −y the traction is −10 MPa along x.
    strain = np.zeros((3, 3))
    strain[0, 1] = strain[1, 0] = 1e-3
    loads = carried(box, uniform(strain))
    assert np.allclose(loads.force, [-2800.0, 0.0, 0.0], rtol=0, atol=1e-6)


def test_sagittal_bending_that_compresses_the_back_is_negative(box):
    # σ_yy = k (x − 10), k = 3 MPa/mm: tension in front. ∫ σ (x − 10) dA = k · 20³ · 14 / 12 = 28 000 N·mm, and
    # the moment of the traction −σ_yy e_y about z is −∫ (x − 10) σ_yy dA.
    loads = carried(box, axial(lambda p: 3.0 * (p[..., 0] - 10.0) / E))
    assert np.allclose(loads.moment, [0.0, 0.0, -3.0 * 20.0**3 * 14.0 / 12.0], rtol=0, atol=1e-3)
    assert np.allclose(loads.force, 0.0, rtol=0, atol=1e-6)


def test_frontal_bending_turns_about_the_anterior_axis(box):
    # σ_yy = k (z − 7): the moment of −σ_yy e_y about x is +∫ (z − 7) σ_yy dA = k · 14³ · 20 / 12.
    loads = carried(box, axial(lambda p: 2.0 * (p[..., 2] - 7.0) / E))
    assert np.allclose(loads.moment, [2.0 * 14.0**3 * 20.0 / 12.0, 0.0, 0.0], rtol=0, atol=1e-3)


def test_moments_are_taken_about_the_given_centre(box):
    # Uniform tension of 10 MPa pulls with −2800 N along y through (10, 7); about (0, 0) this is r × F with
    # r = (10, 0, 7): (−7 · −2800, 0, 10 · −2800).
    elasticity = Elasticity(np.ones(len(box.cells)), np.full(len(box.cells), E), 0.0)
    field = StrainField(uniform(np.diag([0.0, 1e-3, 0.0]))(box.points[box.cells]), np.zeros_like(box.points))
    corner = np.array([[0.0, 20.0, 0.0]])
    loads = integrated_loads(box, elasticity, field, np.array([1.0 / 3.0]), corner)
    assert np.allclose(loads.moment, [[7.0 * 2800.0, 0.0, -10.0 * 2800.0]], rtol=1e-9, atol=1e-3)
