# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A reaction on chosen regions balances every frame, on a box whose faces look along the axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.errors import InputError
from fea.loading import LoadHistory, PathLoad, UnitLoad, resultant, surface_load, with_reaction


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


def test_another_load_on_the_same_mesh_integrates_no_traction_anew(box, monkeypatch):
    mesh, asked = replace(box), []

    def counted(mesh, load):
        asked.append(load)
        return surface_load(mesh, load)

    monkeypatch.setattr("fea.loading.reaction.surface_load", counted)
    one = with_reaction(mesh, HISTORY, ["top"])
    heavier = with_reaction(mesh, replace(HISTORY, coefficients=1.5 * HISTORY.coefficients), ["top"])
    assert asked == list(LOADS)
    np.testing.assert_allclose(heavier.coefficients, 1.5 * one.coefficients, rtol=1e-12)
    moved = replace(mesh, points=mesh.points + 1.0, centers={name: at + 1.0 for name, at in mesh.centers.items()})
    there = with_reaction(moved, HISTORY, ["top"])
    assert asked == [*LOADS, *LOADS]
    np.testing.assert_allclose(there.coefficients, one.coefficients, rtol=1e-9, atol=1e-9)


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


def test_two_regions_share_the_axial_force_so_that_it_bears_the_frontal_moment(box):
    # F = (−50, 700, 0) at (1.1, 0, 0.5). Top at z = 0.6, front at z = 0.4, no shear along z. The reaction −700 has to
    # act at z = 0.5 (the moment about x is −z F_y): half on each.
    found = with_reaction(box, HISTORY, ["top", "front"])
    (force, moment), other = added(found, "top", 1), added(found, "front", 1)
    np.testing.assert_allclose(other, [force, moment], atol=1e-10)
    np.testing.assert_allclose(force, [25.0, -350.0, 0.0], atol=1e-10)
    assert moment[0] == pytest.approx(0.0, abs=1e-10)


def condyles(box, medial_z=-20.0, lateral_z=22.0):
    """The box with its top and front put where condyles are."""
    places = {"top": np.array([-5.0, 370.0, medial_z]), "front": np.array([-3.0, 368.0, lateral_z])}
    return replace(box, centers={**box.centers, "bottom": np.zeros(3), **places})


def test_condyles_carry_the_frontal_moment_as_scales_do(box):
    # 1000 N and 5000 N·mm about x at the origin: the axial reaction −1000 N sits at z = −5 mm. By the lever rule from
    # −20 to 22 mm the medial condyle has 27 / 42, the lateral one 15 / 42.
    knee = condyles(box)
    loads = (UnitLoad("bottom", False, 1), UnitLoad("bottom", True, 0))
    history = LoadHistory("test", loads, np.array([[1000.0, 5000.0]]), np.zeros(1))
    found = with_reaction(knee, history, ["top", "front"])
    of = dict(zip(found.loads, found.coefficients[0], strict=True))
    assert of[UnitLoad("top", False, 1)] == pytest.approx(-1000.0 * 27.0 / 42.0, rel=1e-12)
    assert of[UnitLoad("front", False, 1)] == pytest.approx(-1000.0 * 15.0 / 42.0, rel=1e-12)
    for region in ("top", "front"):
        assert of[UnitLoad(region, True, 0)] == pytest.approx(0.0, abs=1e-9)


def test_condyles_are_loaded_by_the_moment_of_a_lateral_shear(box):
    # 100 N along z at the plafond and its reaction 369 mm higher (the mean height) make 36 900 N·mm about x, which a
    # couple over 42 mm bears: 878.6 N down on one condyle, up on the other.
    history = LoadHistory("test", (UnitLoad("bottom", False, 2),), np.array([[100.0]]), np.zeros(1))
    found = with_reaction(condyles(box), history, ["top", "front"])
    of = dict(zip(found.loads[1:], found.coefficients[0, 1:], strict=True))
    couple = 36_900.0 / 42.0
    assert of[UnitLoad("top", False, 1)] == pytest.approx(-of[UnitLoad("front", False, 1)], rel=1e-12)
    assert abs(of[UnitLoad("top", False, 1)]) == pytest.approx(couple, rel=1e-12)
    tractions = [surface_load(condyles(box), load) for load in found.loads]
    np.testing.assert_allclose(np.concatenate(resultant(tractions, found.coefficients[0])), 0.0, atol=1e-7)


def test_regions_at_one_place_across_the_bone_share_the_axial_force_evenly(box):
    found = with_reaction(condyles(box, 10.0, 10.0), HISTORY, ["top", "front"])
    assert added(found, "top", 1)[0, 1] == pytest.approx(-350.0, rel=1e-12)
    assert added(found, "front", 1)[0, 1] == pytest.approx(-350.0, rel=1e-12)


def test_muscle_paths_are_balanced_too(tibia_mesh):
    history = LoadHistory(
        "test", (PathLoad("soleus"), PathLoad("patellar_tendon")), np.array([[9e2, 5e2]]), np.zeros(1)
    )
    found = with_reaction(tibia_mesh, history, ["plateau_medial", "plateau_lateral"])
    force, moment = resultant([surface_load(tibia_mesh, load) for load in found.loads], found.coefficients[0])
    np.testing.assert_allclose(force, 0.0, atol=1e-9)
    np.testing.assert_allclose(moment, 0.0, atol=1e-6)


def test_a_region_that_the_bone_lacks_is_refused(box):
    lost = LoadHistory("test", (UnitLoad("side", False, 1),), np.ones((1, 1)), np.zeros(1))
    with pytest.raises(InputError, match="no region 'side'"):
        with_reaction(box, lost, ["top"])
