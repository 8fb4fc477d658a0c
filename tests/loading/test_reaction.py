# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A reaction on chosen regions balances every frame, on a box whose faces look along the axes."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.errors import InputError
from fea.loading import LoadHistory, UnitLoad, resultant, surface_load, with_reaction


@pytest.fixture(scope="module")
def box(block, outer_triangles):
    """2 mm · 3 mm · 1 mm, with a face loaded and two that answer."""
    points, cells = block((2, 3, 2), (2.0, 3.0, 1.0), jitter=0.2, seed=4)
    facets = outer_triangles(cells)
    corner = points[facets]
    regions = {
        "bottom": np.flatnonzero(np.all(corner[..., 1] == 0.0, axis=1)),
        "front": np.flatnonzero(np.all(np.isclose(corner[..., 0], 2.0), axis=1)),
        "top": np.flatnonzero(np.all(np.isclose(corner[..., 1], 3.0), axis=1)),
    }
    # Off the middle of the face, as the smooth centre of a ragged region is.
    centers = {
        "bottom": np.array([1.1, 0.0, 0.5]),
        "front": np.array([2.0, 1.5, 0.4]),
        "top": np.array([1.0, 3.0, 0.6]),
    }
    return BoneMesh("box", points, cells, np.zeros(len(cells), dtype=np.int64), facets, regions, centers)


LOADS = (UnitLoad("bottom", False, 1), UnitLoad("bottom", False, 0), UnitLoad("bottom", True, 2))
HISTORY = LoadHistory("test", LOADS, np.array([[100.0, 0.0, 0.0], [700.0, -50.0, 30.0]]), np.array([0.0, 0.1]))


def added(history, region, frame):
    """The reaction of a region in a frame: force (3,) and moment (3,)."""
    of = dict(zip(history.loads[len(LOADS) :], history.coefficients[frame, len(LOADS) :], strict=True))
    return np.array([[of[UnitLoad(region, moment, axis)] for axis in range(3)] for moment in (False, True)])


@pytest.mark.parametrize("regions", [["top"], ["top", "front"]])
def test_every_frame_is_in_balance(box, regions):
    found = with_reaction(box, HISTORY, regions)
    tractions = [surface_load(box, load) for load in found.loads]
    for coefficients in found.coefficients:
        force, moment = resultant(tractions, coefficients)
        np.testing.assert_allclose(force, 0.0, atol=1e-10)
        np.testing.assert_allclose(moment, 0.0, atol=1e-10)


def test_what_acted_before_acts_still_and_at_the_same_times(box):
    found = with_reaction(box, HISTORY, ["top"])
    assert found.loads[:3] == LOADS
    np.testing.assert_array_equal(found.coefficients[:, :3], HISTORY.coefficients)
    assert found.coefficients.shape == (2, 9)
    assert found.time_s is HISTORY.time_s
    assert found.name == "test"


def test_one_region_takes_the_opposite_of_the_load_and_its_moment_about_its_own_centre(box):
    # Frame 1: F = (−50, 700, 0) at (1.1, 0, 0.5), and 30 about z. The reaction at (1, 3, 0.6) is −F and −30 with
    # −(r × F), r = (0.1, −3, −0.1): r × F = (0 + 0.1 · 700, 0.1 · 50, 0.1 · 700 − 3 · 50) = (70, 5, −80).
    force, moment = added(with_reaction(box, HISTORY, ["top"]), "top", 1)
    np.testing.assert_allclose(force, [50.0, -700.0, 0.0], atol=1e-10)
    np.testing.assert_allclose(moment, [-70.0, -5.0, 80.0 - 30.0], atol=1e-10)


def test_two_regions_take_equal_shares_of_force_and_of_the_moment_that_is_left(box):
    found = with_reaction(box, HISTORY, ["top", "front"])
    (force, moment), other = added(found, "top", 1), added(found, "front", 1)
    np.testing.assert_allclose(other, [force, moment], atol=1e-10)
    np.testing.assert_allclose(force, [25.0, -350.0, 0.0], atol=1e-10)


def test_a_region_that_the_bone_lacks_is_refused(box):
    lost = LoadHistory("test", (UnitLoad("side", False, 1),), np.ones((1, 1)), np.zeros(1))
    with pytest.raises(InputError, match="no region 'side'"):
        with_reaction(box, lost, ["top"])
