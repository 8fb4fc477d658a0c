# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Rotation of sections: a rigid motion, and a bent, a sheared and a twisted beam by their closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.errors import InputError
from fea.strain import section_rotations

SIDES = (12.0, 100.0, 20.0)


@pytest.fixture(scope="module")
def beam(block, outer_triangles):
    points, cells = block((3, 40, 5), SIDES, jitter=0.2, seed=7)
    points = points - [SIDES[0] / 2.0, 0.0, SIDES[2] / 2.0]
    none = np.zeros(len(cells), dtype=np.int64)
    return BoneMesh("beam", points, cells, none, outer_triangles(cells), {}, {})


def test_a_rigid_rotation_is_found_whatever_its_centre_and_whatever_the_shift(beam):
    turn, shift = 1e-3 * np.array([0.4, -1.1, 0.7]), np.array([3.0, -2.0, 8.0])
    moved = shift + np.cross(turn, beam.points - [50.0, -30.0, 10.0])
    found = section_rotations(beam, np.array([moved, np.tile(shift, (len(moved), 1))]), 40.0)
    np.testing.assert_allclose(found, [turn, np.zeros(3)], atol=1e-15)


def test_sections_of_a_bent_beam_turn_by_curvature_times_length(beam):
    # Pure bending about z with curvature κ (Saint-Venant, ν = 0.3): with u_x = κ y² / 2 a section turns by −κ y.
    kappa, nu = 1e-4, 0.3
    x, y, z = beam.points.T
    bent = np.column_stack([kappa * (y**2 - nu * (z**2 - x**2)) / 2.0, -kappa * x * y, nu * kappa * x * z])
    low, high = (section_rotations(beam, bent[None], height)[0] for height in (20.0, 80.0))
    # Vertices of a slab do not lie quite evenly about its middle: 2 % of the turn between both.
    np.testing.assert_allclose(high - low, [0.0, 0.0, -kappa * 60.0], atol=0.02 * kappa * 60.0)


def test_a_beam_that_bends_to_medial_turns_about_the_other_axis(beam):
    kappa = 1e-4
    _, y, z = beam.points.T
    bent = np.column_stack([np.zeros_like(y), kappa * z * y, -kappa * y**2 / 2.0])
    low, high = (section_rotations(beam, bent[None], height)[0] for height in (20.0, 80.0))
    np.testing.assert_allclose(high - low, [-kappa * 60.0, 0.0, 0.0], atol=0.02 * kappa * 60.0)


def test_sections_of_a_twisted_bar_turn_by_twist_times_length(beam):
    # u = θ y e_y × r, with a warping that turns no section as a whole: it is even in x and z together.
    theta = 2e-4
    x, y, z = beam.points.T
    twisted = np.column_stack([theta * y * z, 1e-2 * theta * x * z, -theta * y * x])
    low, high = (section_rotations(beam, twisted[None], height)[0] for height in (20.0, 80.0))
    np.testing.assert_allclose(high - low, [0.0, theta * 60.0, 0.0], atol=0.02 * theta * 60.0)


def test_rotations_superpose(beam):
    moved = np.random.default_rng(2).normal(size=(2, *beam.points.shape))
    one, other = section_rotations(beam, moved, 50.0)
    together = section_rotations(beam, (2.0 * moved[0] - 3.0 * moved[1])[None], 50.0)[0]
    np.testing.assert_allclose(together, 2.0 * one - 3.0 * other, rtol=1e-9, atol=1e-12)


def test_a_slab_beside_the_bone_is_refused(beam):
    with pytest.raises(InputError, match=r"number of vertices within 6 mm of y = 130 mm is 0; allowed: at least 6"):
        section_rotations(beam, np.zeros((1, *beam.points.shape)), 130.0)
