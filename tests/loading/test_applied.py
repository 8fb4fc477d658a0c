# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What acts where at one instant, on a box whose faces look along the axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone import BoneMesh, Pull
from fea.errors import InputError
from fea.loading import LoadHistory, PathLoad, UnitLoad, applied_loads


@pytest.fixture(scope="module")
def box(block, outer_triangles):
    """2 mm · 3 mm · 1 mm, with the faces at the far ends of x and y as regions."""
    points, cells = block((2, 3, 2), (2.0, 3.0, 1.0), jitter=0.2, seed=4)
    facets = outer_triangles(cells)
    corner = points[facets]
    regions = {
        "front": np.flatnonzero(np.all(np.isclose(corner[..., 0], 2.0), axis=1)),
        "top": np.flatnonzero(np.all(np.isclose(corner[..., 1], 3.0), axis=1)),
    }
    centers = {"front": np.array([2.0, 1.5, 0.5]), "top": np.array([1.0, 3.0, 0.5])}
    return BoneMesh("box", points, cells, np.zeros(len(cells), dtype=np.int64), facets, regions, centers)


def acting(*rows):
    """A history of loads on both faces, a row of sizes for each frame."""
    loads = (
        UnitLoad("front", False, 0),
        UnitLoad("top", False, 1),
        UnitLoad("top", False, 2),
        UnitLoad("front", True, 2),
        UnitLoad("front", False, 1),
    )
    return LoadHistory("test", loads, np.array(rows, dtype=float), np.arange(float(len(rows))))


HISTORY = acting([1.0, 1.0, 1.0, 1.0, 1.0], [-30.0, 300.0, 400.0, 2500.0, 40.0])


def test_components_of_one_frame_are_put_together_by_region(box):
    found = {load.region: load for load in applied_loads(box, HISTORY, 1)}
    assert set(found) == {"front", "top"}
    assert found["front"].force_n.tolist() == [-30.0, 40.0, 0.0]
    assert found["top"].force_n.tolist() == [0.0, 300.0, 400.0]
    assert found["front"].size_n == pytest.approx(50.0)
    assert found["top"].size_n == pytest.approx(500.0)


def test_moments_are_given_in_newton_metres(box):
    found = {load.region: load for load in applied_loads(box, HISTORY, 1)}
    assert found["front"].moment_nm.tolist() == [0.0, 0.0, 2.5]
    assert found["top"].moment_nm.tolist() == [0.0, 0.0, 0.0]


def test_the_same_load_twice_acts_twice(box):
    twice = LoadHistory("test", (UnitLoad("top", False, 1),) * 2, np.array([[3.0, 4.0]]), np.zeros(1))
    assert applied_loads(box, twice, 0)[0].force_n.tolist() == [0.0, 7.0, 0.0]


def test_the_largest_force_comes_first(box):
    assert [load.region for load in applied_loads(box, HISTORY, 1)] == ["top", "front"]
    assert [load.region for load in applied_loads(box, acting([9.0, 1.0, 1.0, 0.0, 0.0]), 0)] == ["front", "top"]


def test_the_normal_is_a_unit_vector_that_looks_out_of_the_bone(box):
    for load in applied_loads(box, HISTORY, 0):
        outwards = [1.0, 0.0, 0.0] if load.region == "front" else [0.0, 1.0, 0.0]
        np.testing.assert_allclose(load.normal, outwards, atol=1e-12)
        np.testing.assert_array_equal(load.center, box.centers[load.region])


def test_a_force_out_of_the_surface_pulls_and_one_into_it_or_along_it_does_not(box):
    front, top = (
        {load.region: load.pulls for load in applied_loads(box, acting(row), 0)}
        for row in ([5.0, -5.0, 0.0, 0.0, 0.0], [0.0, 5.0, 0.0, 0.0, 7.0])
    )
    assert front == {"front": True, "top": False}
    assert top == {"front": False, "top": True}


def test_a_muscle_path_acts_on_each_of_its_regions_about_their_centres(box):
    # 1000 N down on the top, 0.2 mm in front of its centre: r × F = (0.2, 0, 0) × (0, −1000, 0) = (0, 0, −200) N·mm.
    # 600 N forwards on the front, 0.1 mm above its centre: (0, 0.1, 0) × (600, 0, 0) = (0, 0, −60) N·mm.
    pulls = (
        Pull("top", np.array([0.0, -0.5, 0.0]), np.array([1.2, 3.0, 0.5])),
        Pull("front", np.array([0.3, 0.0, 0.0]), np.array([2.0, 1.6, 0.5])),
    )
    with_path = replace(box, pulls={"muscle": pulls})
    history = LoadHistory("test", (PathLoad("muscle"),), np.array([[2000.0]]), np.zeros(1))
    top, front = applied_loads(with_path, history, 0)
    np.testing.assert_allclose(top.force_n, [0.0, -1000.0, 0.0])
    np.testing.assert_allclose(top.moment_nm, [0.0, 0.0, -0.2], atol=1e-12)
    np.testing.assert_allclose(front.force_n, [600.0, 0.0, 0.0])
    np.testing.assert_allclose(front.moment_nm, [0.0, 0.0, -0.06], atol=1e-12)
    with pytest.raises(InputError, match="no muscle path 'muscles'; nearest: muscle"):
        applied_loads(with_path, replace(history, loads=(PathLoad("muscles"),)), 0)


def test_the_fibula_is_among_the_loads_where_it_carries_something(box):
    up = np.array([0.0, 1.0, 0.0])
    pulls = (Pull("front", -up, box.centers["front"]), Pull("top", up, box.centers["top"]))
    beside = replace(box, pulls={"fibula": pulls})
    found = {load.region: load.force_n[1] for load in applied_loads(beside, HISTORY, 1, fibula_n=50.0)}
    assert found == pytest.approx({"front": 40.0 - 50.0, "top": 300.0 + 50.0})


def test_loads_on_a_left_bone_are_mirrored(box):
    (right,) = (load for load in applied_loads(box, HISTORY, 1) if load.region == "front")
    left = replace(right, force_n=np.array([1.0, 2.0, 3.0]), moment_nm=np.array([4.0, 5.0, 6.0])).of_side("left")
    assert left.force_n.tolist() == [1.0, 2.0, -3.0]
    assert left.moment_nm.tolist() == [-4.0, -5.0, 6.0]


def test_a_region_that_the_bone_lacks_is_refused(box):
    lost = LoadHistory("test", (UnitLoad("bottom", False, 1),), np.ones((1, 1)), np.zeros(1))
    with pytest.raises(InputError, match="no region 'bottom'"):
        applied_loads(box, lost, 0)
