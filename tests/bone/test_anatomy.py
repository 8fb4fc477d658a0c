# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Names of places: points put by hand where an anatomist would point."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import Anatomy
from fea.case import BoneDescription, read_bone

COMPASS = {
    "anterior": (1.0, 0.0),
    "anterolateral": (1.0, 1.0),
    "lateral": (0.0, 1.0),
    "posterolateral": (-1.0, 1.0),
    "posterior": (-1.0, 0.0),
    "posteromedial": (-1.0, -1.0),
    "medial": (0.0, -1.0),
    "anteromedial": (1.0, -1.0),
}


@pytest.fixture(scope="module")
def anatomy():
    return Anatomy(read_bone("tibia"))


@pytest.fixture
def straight(cylinder):
    """A bone whose sections are neither turned nor shifted."""
    return Anatomy(cylinder())


@pytest.mark.parametrize("sector", COMPASS)
def test_each_sector_lies_where_its_name_says(straight, sector):
    x, z = COMPASS[sector]
    assert straight.sector(np.array([[10.0 * x, 50.0, 10.0 * z]])) == [sector]


@pytest.mark.parametrize("sector", COMPASS)
def test_mirroring_a_point_swaps_medial_and_lateral_only(straight, sector):
    x, z = COMPASS[sector]
    swapped = sector.replace("medial", "LATERAL").replace("lateral", "medial").replace("LATERAL", "lateral")
    assert straight.sector(np.array([[10.0 * x, 50.0, -10.0 * z]])) == [swapped]


@pytest.mark.parametrize(("degrees", "sector"), [(22.0, "anterior"), (23.0, "anterolateral"), (-22.0, "anterior")])
def test_sectors_are_45_degrees_wide_and_centred(straight, degrees, sector):
    a = np.deg2rad(degrees)
    assert straight.sector(np.array([[12.0 * np.cos(a), 50.0, 12.0 * np.sin(a)]])) == [sector]


@pytest.mark.parametrize(
    ("level", "local", "site"),
    [
        (0.31, (-1.0, -1.0), "posteromedial border, distal third"),
        (0.05, (0.0, -1.0), "medial border, distal end"),
        (0.50, (1.0, 0.0), "anterior crest, mid-shaft"),
        (0.50, (1.0, -1.0), "anteromedial surface, mid-shaft"),
        (0.70, (-1.0, 0.0), "posterior surface, proximal third"),
        (0.30, (0.0, 1.0), "interosseous border, distal third"),
        (0.95, (1.0, 1.0), "lateral surface, proximal end"),
    ],
)
def test_hand_placed_points_on_the_tibia_have_their_clinical_site(anatomy, level, local, site):
    # Put along the bone frame, which torsion turns by at most 16.5° < 22.5°: the sector stays the same.
    center = anatomy.section_center(level)
    offset = 11.0 * np.array(local) / np.linalg.norm(local)
    point = center + np.array([offset[0], 0.0, offset[1]])
    assert anatomy.site(point[None, :]) == [site]


def test_level_counts_from_the_plafond_and_ends_at_the_ends(anatomy):
    y = np.array([-15.0, 0.0, 37.0, 185.0, 370.0, 380.0])
    points = np.column_stack([np.zeros(6), y, np.zeros(6)])
    assert anatomy.level(points) == pytest.approx([0.0, 0.0, 0.1, 0.5, 1.0, 1.0], rel=1e-12)


@pytest.mark.parametrize("level", [0.0, 0.10, 0.40, 0.60, 0.88, 1.0])
def test_the_edge_of_a_band_belongs_to_a_band(straight, level):
    assert len(straight.site(np.array([[10.0, level * 100.0, 0.0]]))) == 1


def test_directions_lie_between_minus_180_and_180(anatomy, tibia_mesh):
    direction = anatomy.direction(tibia_mesh.points)
    assert direction.min() >= -180.0
    assert direction.max() <= 180.0


def test_sectors_turn_with_the_torsion_of_the_section(cylinder):
    # Turned by 30° from anterior towards lateral, what points anteriorly lies at −30° of the section.
    turned = Anatomy(cylinder(torsion=30.0))
    assert turned.direction(np.array([[10.0, 50.0, 0.0]]))[0] == pytest.approx(-30.0, abs=1e-9)
    assert turned.sector(np.array([[10.0, 50.0, 0.0]])) == ["anteromedial"]


def test_sites_do_not_depend_on_the_size_of_the_bone(tibia_mesh):
    whole, small = Anatomy(read_bone("tibia")), Anatomy(read_bone("tibia", ["scale=0.5"]))
    points = tibia_mesh.points[::25]
    assert whole.site(points) == small.site(0.5 * points)


def test_every_vertex_of_the_bone_has_a_site(anatomy, tibia_mesh):
    sites = anatomy.site(tibia_mesh.points)
    assert len(sites) == len(tibia_mesh.points)
    assert len(set(sites)) == 40  # 8 sectors in 5 bands


# ---------------------------------------------------------------- metatarsals

FOOT = {
    "dorsal": (1.0, 0.0),
    "dorsolateral": (1.0, 1.0),
    "lateral": (0.0, 1.0),
    "plantolateral": (-1.0, 1.0),
    "plantar": (-1.0, 0.0),
    "plantomedial": (-1.0, -1.0),
    "medial": (0.0, -1.0),
    "dorsomedial": (1.0, -1.0),
}


@pytest.mark.parametrize("sector", FOOT)
@pytest.mark.parametrize("name", [f"metatarsal{n}" for n in range(1, 6)])
def test_each_sector_of_a_metatarsal_lies_where_its_name_says(name, sector):
    anatomy = Anatomy(read_bone(name))
    x, z = FOOT[sector]
    point = anatomy.section_center(0.5) + np.array([3.0 * x, 0.0, 3.0 * z])
    assert anatomy.sector(point[None, :]) == [sector]
    assert anatomy.site(point[None, :]) == [f"{sector} surface, mid-shaft"]
    assert anatomy.sides == ("dorsal", "lateral", "plantar", "medial")


@pytest.mark.parametrize(
    ("level", "band"),
    [(0.05, "head"), (0.17, "neck"), (0.3, "distal third"), (0.5, "mid-shaft"), (0.7, "proximal third"), (0.9, "base")],
)
def test_second_metatarsal_has_the_bands_of_the_clinic(level, band):
    anatomy = Anatomy(read_bone("metatarsal2"))
    point = anatomy.section_center(level) + np.array([2.0, 0.0, 0.0])
    assert anatomy.site(point[None, :]) == [f"dorsal surface, {band}"]


@pytest.mark.parametrize(
    ("from_tip", "zone"),
    [
        (5.0, "tuberosity"),
        (15.0, "meta-diaphyseal junction"),
        (20.0, "meta-diaphyseal junction"),
        (30.0, "proximal third of the shaft"),
    ],
)
def test_zones_of_the_fifth_are_counted_from_the_tip_of_the_tuberosity(from_tip, zone):
    # Fractures of the meta-diaphyseal junction lie 15 to 20 mm from the tip, which is 71.4 mm from the head.
    anatomy = Anatomy(read_bone("metatarsal5"))
    center = anatomy.section_center(min((71.4 - from_tip) / 64.0, 1.0))
    assert anatomy.site(center[None, :] + np.array([[0.0, 0.0, 3.0]])) == [f"lateral surface, {zone}"]


def test_sectors_out_of_order_are_refused():
    table = read_bone("metatarsal2").model_dump(by_alias=True)
    table["sites"]["sectors"] = dict(sorted(table["sites"]["sectors"].items()))
    with pytest.raises(ValueError, match="in the order of turning, the third lateral, the seventh medial"):
        BoneDescription.model_validate(table)
