# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Muscle paths and the fibula by hand: what a tension of 1 N puts on the bone, and descriptions that cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneShape
from fea.bone.pulls import unit_pulls
from fea.bone.regions import centers_of
from fea.bone.side import of_side
from fea.case import BoneDescription, read_bone

DISTAL, PROXIMAL = np.array([-10.0, 37.0, 20.0]), np.array([-20.0, 333.0, 30.0])
"""Ends of the fibula below, at 10 and 90 % of 370 mm."""
ORIGINS = {"soleus": np.array([-20.0, 250.0, 5.0]), "tibialis_anterior": np.array([10.0, 240.0, 15.0])}


def changed(paths=None, fibula=True, **of_fibula):
    """The tibia with these paths alone, and a fibula with round numbers unless there is to be none."""
    table = read_bone("tibia").model_dump(mode="json", by_alias=True)
    table["paths"] = {name: {"evidence": "D", "source": "test", **path} for name, path in (paths or {}).items()}
    table["fibula"] = None
    if fibula:
        ends = {
            "distal": {"region": "fibular_notch", "level": 0.1, "x_mm": -10.0, "z_mm": 20.0},
            "proximal": {"region": "fibular_facet", "level": 0.9, "x_mm": -20.0, "z_mm": 30.0},
        }
        table["fibula"] = {"evidence": "D", "source": "test", "stiffness_n_per_mm": 600.0, **ends, **of_fibula}
    return BoneDescription.model_validate(table)


def pulls_of(path):
    bone = changed({"muscle": path})
    centers = {**centers_of(bone), **ORIGINS}
    return unit_pulls(BoneShape(bone), centers)["muscle"]


def unit(vector):
    return np.array(vector) / np.linalg.norm(vector)


def wrench(pulls):
    """Force and moment about the origin, (6,)."""
    return np.concatenate([sum(p.force for p in pulls), sum(np.cross(p.point, p.force) for p in pulls)])


def pulley(level, x, z, region="retinaculum"):
    return {"region": region, "level": level, "x_mm": x, "z_mm": z}


def test_a_straight_muscle_pulls_its_region_with_its_tension():
    (pull,) = pulls_of({"region": "soleus", "towards": [-3.0, -4.0, 0.0]})
    assert pull.region == "soleus"
    np.testing.assert_allclose(pull.force, [-0.6, -0.8, 0.0], rtol=1e-12)
    np.testing.assert_array_equal(pull.point, ORIGINS["soleus"])


def test_a_muscle_with_an_end_pulls_towards_it():
    (pull,) = pulls_of({"region": "soleus", "end": {"level": -0.1, "x_mm": -40.0, "z_mm": -4.0}})
    np.testing.assert_allclose(pull.force, unit(np.array([-40.0, -37.0, -4.0]) - ORIGINS["soleus"]), rtol=1e-12)


def test_each_point_bears_the_sum_of_the_unit_vectors_to_its_neighbours():
    # Capstan without friction: the tension is the same on both sides of a pulley, which bears T (u₋ + u₊).
    path = {
        "region": "tibialis_anterior",
        "pulleys": [pulley(0.2, 25.0, 5.0), pulley(0.1, 35.0, -8.0)],
        "towards": [0.7, -0.7, -0.1],
    }
    origin, first, second = ORIGINS["tibialis_anterior"], np.array([25.0, 74.0, 5.0]), np.array([35.0, 37.0, -8.0])
    expected = [
        (origin, unit(first - origin)),
        (first, unit(origin - first) + unit(second - first)),
        (second, unit(first - second) + unit([0.7, -0.7, -0.1])),
    ]
    for pull, (point, force) in zip(pulls_of(path), expected, strict=True):
        np.testing.assert_allclose(pull.point, point, rtol=1e-12)
        np.testing.assert_allclose(pull.force, force, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [name for name, path in read_bone("tibia").paths.items() if path.towards is not None])
def test_a_path_as_a_whole_pulls_the_bone_along_the_tendon_that_leaves_it(tibia, tibia_mesh, name):
    # Inner forces of a string over pulleys cancel: what is left is T along `towards`, through its last point.
    path, pulls = tibia.paths[name], tibia_mesh.pulls[name]
    leaving = unit(path.towards)
    np.testing.assert_allclose(wrench(pulls)[:3], leaving, atol=1e-12)
    if path.pulleys:
        last = path.pulleys[-1]
        point = np.array([last.x_mm, last.level * tibia.length_mm, last.z_mm])
        # Of what pulls on the fibula both joints take the force by the lever along the bone, so that the moment is
        # exact for points on the line between them: all points of a fibula lie there.
        np.testing.assert_allclose(wrench(pulls)[3:], np.cross(point, leaving), atol=1e-9)


def test_a_muscle_of_the_fibula_reaches_the_tibia_through_both_joints_by_the_lever():
    # At 70 % of the length, a quarter of the way from the proximal end (90 %) to the distal one (10 %).
    distal, proximal = pulls_of({"fibular_share": 1.0, "fibular_level": 0.7, "towards": [0.0, -1.0, 0.0]})
    assert (distal.region, proximal.region) == ("fibular_notch", "fibular_facet")
    np.testing.assert_allclose(distal.force, [0.0, -0.25, 0.0], atol=1e-12)
    np.testing.assert_allclose(proximal.force, [0.0, -0.75, 0.0], atol=1e-12)
    np.testing.assert_allclose(distal.point, DISTAL, rtol=1e-12)
    np.testing.assert_allclose(proximal.point, PROXIMAL, rtol=1e-12)


def test_a_muscle_above_the_upper_joint_pulls_through_that_alone():
    distal, proximal = pulls_of({"fibular_share": 1.0, "fibular_level": 0.95, "towards": [0.0, 1.0, 0.0]})
    assert not distal.force.any()
    np.testing.assert_allclose(proximal.force, [0.0, 1.0, 0.0], atol=1e-12)


def test_a_muscle_of_both_bones_shares_its_tension():
    pulls = pulls_of({"region": "soleus", "fibular_share": 0.4, "fibular_level": 0.5, "towards": [0.0, -1.0, 0.0]})
    own = {pull.region: pull.force[1] for pull in pulls}
    assert own == pytest.approx({"soleus": -0.6, "fibular_notch": -0.2, "fibular_facet": -0.2})


def test_a_pulley_bears_both_parts_of_a_muscle_of_both_bones():
    path = {
        "region": "soleus",
        "fibular_share": 0.4,
        "fibular_level": 0.5,
        "pulleys": [pulley(0.1, -25.0, -10.0)],
        "towards": [0.5, -0.8, 0.0],
    }
    *_, last = pulls_of(path)
    point, on_fibula = np.array([-25.0, 37.0, -10.0]), (DISTAL + PROXIMAL) / 2.0
    back = 0.6 * unit(ORIGINS["soleus"] - point) + 0.4 * unit(on_fibula - point)
    np.testing.assert_allclose(last.force, back + unit([0.5, -0.8, 0.0]), rtol=1e-12)
    np.testing.assert_allclose(wrench(pulls_of(path))[:3], unit([0.5, -0.8, 0.0]), atol=1e-12)


def test_a_compressed_fibula_pushes_its_ends_apart_along_their_line():
    bone = changed()
    distal, proximal = unit_pulls(BoneShape(bone), centers_of(bone))["fibula"]
    np.testing.assert_allclose(proximal.force, unit(PROXIMAL - DISTAL), rtol=1e-12)
    np.testing.assert_allclose(distal.force, -proximal.force, rtol=1e-12)
    assert (distal.region, proximal.region) == ("fibular_notch", "fibular_facet")
    # Two opposite forces on one line: nothing for the bone as a whole.
    np.testing.assert_allclose(wrench((distal, proximal)), 0.0, atol=1e-12)


def test_points_of_paths_grow_with_the_bone_and_forces_do_not(tibia):
    larger = BoneDescription.model_validate({**tibia.model_dump(mode="json", by_alias=True), "scale": 1.1})
    own, grown = (unit_pulls(BoneShape(bone), centers_of(bone)) for bone in (tibia, larger))
    for name, pulls in own.items():
        for one, other in zip(pulls, grown[name], strict=True):
            np.testing.assert_allclose(other.point, 1.1 * one.point, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(other.force, one.force, atol=1e-9)


def test_pulls_on_a_left_bone_are_mirrored(tibia_mesh):
    left = of_side(tibia_mesh, "left")
    for name, pulls in tibia_mesh.pulls.items():
        for right, other in zip(pulls, left.pulls[name], strict=True):
            np.testing.assert_array_equal(other.force, right.force * [1, 1, -1])
            np.testing.assert_array_equal(other.point, right.point * [1, 1, -1])
            assert other.region == right.region


UP = {"towards": [0.0, 1.0, 0.0]}


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"m": {"region": "solius", **UP}}, "path 'm' names the region 'solius', which is not among regions"),
        ({"m": {"region": "soleus", "pulleys": [pulley(0.1, 0, 0, "ankle")], **UP}}, "names the region 'ankle'"),
        ({"m": {"region": "soleus", "towards": [0, 0, 0]}}, "towards must not be zero"),
        ({"m": {"region": "soleus"}}, "either towards or end"),
        ({"m": {"region": "soleus", "end": {"level": 0, "x_mm": 0, "z_mm": 0}, **UP}}, "either towards or end"),
        ({"m": UP}, "needs a region, unless its fibular_share is 1"),
        ({"m": {"region": "soleus", "fibular_share": 1.0, "fibular_level": 0.5, **UP}}, "unless its fibular_share is"),
        ({"m": {"region": "soleus", "fibular_share": 0.5, **UP}}, "fibular_level exactly where its fibular_share"),
        ({"m": {"region": "soleus", "fibular_level": 0.5, **UP}}, "fibular_level exactly where its fibular_share"),
        ({"m": {"region": "soleus", "fibular_share": -0.2, "fibular_level": 0.5, **UP}}, "greater than or equal to 0"),
        ({"m": {"region": "soleus", "fibular_share": 1.2, "fibular_level": 0.5, **UP}}, "less than or equal to 1"),
        ({"fibula": {"region": "soleus", **UP}}, "no muscle path may be called 'fibula'"),
    ],
)
def test_a_path_that_cannot_be_is_refused(paths, message):
    with pytest.raises(ValueError, match=message):
        changed(paths)


def test_a_share_on_the_fibula_needs_a_fibula():
    muscle = {"region": "soleus", "fibular_share": 0.5, "fibular_level": 0.5, **UP}
    with pytest.raises(ValueError, match="path 'm' pulls on the fibula, and the bone has none"):
        changed({"m": muscle}, fibula=False)


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ({"stiffness_n_per_mm": -1.0}, "greater than or equal to 0"),
        ({"distal": {"region": "fibular_notch", "level": 0.95, "x_mm": 0.0, "z_mm": 0.0}}, "must lie below"),
        ({"distal": {"region": "ankle", "level": 0.05, "x_mm": 0.0, "z_mm": 0.0}}, "the fibula names the region"),
    ],
)
def test_a_fibula_that_cannot_be_is_refused(end, message):
    with pytest.raises(ValueError, match=message):
        changed(**end)
