# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The smooth shape: widths, walls, torsion, features and volume, before any mesh."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneShape
from fea.bone.shape import polygon_properties
from fea.case import BoneDescription, names, read_bone
from fea.errors import GeometryError, InputError

BONES = names("bone")
METATARSALS = [name for name in BONES if name.startswith("metatarsal")]
POLYGON = 180.0 * np.sin(2.0 * np.pi / 360.0)
"""Area of the 360-gon in an ellipse with semi-axes 1 and 1: 0.005 % below π."""


def long_axis(outline):
    """Return the direction (deg, modulo 180) in which an outline (n, 2) is longest, from anterior to lateral."""
    x, z = (outline - polygon_properties(outline).centroid).T
    return np.rad2deg(0.5 * np.arctan2(2.0 * (x * z).sum(), (x * x - z * z).sum()))


def smooth(name):
    """Return a shipped bone without its bumps."""
    return BoneShape(read_bone(name, ["bumps={}"]))


@pytest.mark.parametrize("name", METATARSALS)
def test_outlines_have_the_widths_that_the_file_asks_for(name):
    shape = smooth(name)
    sections = shape.description.sections
    for percent in sections.width_z_mm.at:
        width_x, width_z = np.ptp(shape.outer(percent / 100.0), axis=0)
        assert width_x == pytest.approx(sections.width_x_mm.at[percent], rel=1e-12)
        assert width_z == pytest.approx(sections.width_z_mm.at[percent], rel=1e-12)


@pytest.mark.parametrize("name", METATARSALS)
def test_outlines_turn_positively_about_their_own_centroid(name):
    shape = smooth(name)
    for level in np.linspace(0.0, 1.0, 21):
        p = polygon_properties(shape.outer(level))
        assert p.area > 0.0
        # The centroid of the outline is the centre of the section, before bumps are put on.
        assert np.abs(p.centroid).max() < 1e-9


@pytest.mark.parametrize("name", ["tibia", "tibia_female"])
def test_plafond_is_turned_outwards_against_the_plateau_by_the_published_torsion(name):
    # 29.8 ± 6.8° between malleoli and plateau in 26 limbs (LLP26); 28.5° is the median of CT (PMC7875943). The axis
    # of the ankle is not an axis of symmetry of the plafond: within 1 SD.
    shape = BoneShape(read_bone(name))
    axes = [shape.axes(level).torsion for level in (0.0, 1.0)]
    assert np.rad2deg(axes[0] - axes[1]) == pytest.approx(29.8, abs=0.01)
    # The plateau is wider than deep and symmetric enough: its long axis is its own z.
    assert long_axis(shape.outer(1.0)) == pytest.approx(90.0, abs=4.0)


def test_external_torsion_points_the_ankle_laterally():
    shape = BoneShape(read_bone("tibia"))
    forward = np.array([[10.0, 0.0]])
    ankle, knee = (shape.axes(level).to_bone(forward)[0] - shape.axes(level).center for level in (0.0, 1.0))
    assert ankle[1] > 0.0 > knee[1]


@pytest.mark.parametrize("level", [0.0, 0.3, 0.9, 1.0])
def test_own_axes_and_bone_axes_undo_each_other(level):
    axes = BoneShape(read_bone("tibia")).axes(level)
    points = np.random.default_rng(0).normal(size=(20, 2)) * 20.0
    assert np.allclose(axes.to_local(axes.to_bone(points)), points, rtol=0, atol=1e-12)


@pytest.mark.parametrize("azimuth", [0.0, 45.0, 90.0, 135.0, 179.0, -45.0, -90.0, -135.0])
@pytest.mark.parametrize("level", [0.0, 0.5, 0.8])
def test_direction_of_a_point_is_its_azimuth_in_the_section(azimuth, level):
    shape = BoneShape(read_bone("tibia"))
    local = 20.0 * np.array([[np.cos(np.deg2rad(azimuth)), np.sin(np.deg2rad(azimuth))]])
    x, z = shape.axes(level).to_bone(local)[0]
    found = shape.direction(np.array([level]), np.array([[x, level * shape.length, z]]))[0]
    assert (found - azimuth + 180.0) % 360.0 == pytest.approx(180.0, abs=1e-9)


def test_shaft_is_sharper_in_front_than_behind():
    # Triangular with the apex forward: the centroid lies nearer to the flat back.
    outline = BoneShape(read_bone("tibia")).outer(0.5)
    assert outline[:, 0].max() > 1.1 * -outline[:, 0].min()


def with_bump(**changes):
    """Return a second metatarsal with one ridge of 2 mm, 40° wide, in front of its mid-shaft."""
    bump = {"evidence": "working value", "source": "test", "level": 0.5, "half_length": 0.1}
    bump |= {"direction_deg": 0.0, "half_angle_deg": 40.0, "height_mm": 2.0} | changes
    return BoneShape(read_bone("metatarsal2", {"bumps": {"ridge": bump}}))


def test_bump_rises_by_its_height_and_falls_to_half_at_half_its_angle():
    # Both ways: half_angle_deg is the full angle over which it keeps half its height.
    whole, plain = with_bump().outer(0.5), smooth("metatarsal2").outer(0.5)
    lift = np.linalg.norm(whole, axis=1) - np.linalg.norm(plain, axis=1)
    azimuth = np.rad2deg(np.arctan2(plain[:, 1], plain[:, 0]))
    front = np.argsort(np.abs(azimuth))[:90]
    order = front[np.argsort(azimuth[front])]
    assert np.interp([-20.0, 0.0, 20.0], azimuth[order], lift[order]) == pytest.approx([1.0, 2.0, 1.0], abs=0.03)


# ---------------------------------------------------------------- wall


def test_wall_of_a_round_tube_has_the_given_thickness(cylinder):
    shape = BoneShape(cylinder(width_x=26.0, width_z=26.0, wall=4.0))
    radius = np.linalg.norm(shape.inner(0.5), axis=1)
    assert radius == pytest.approx(9.0, rel=1e-9)


@pytest.mark.parametrize("name", ["tibia", "metatarsal2"])
def test_wall_has_its_four_thicknesses_where_they_are_given(name):
    # At mid-shaft the tibia's wall differs between front and back, the metatarsal's between the sides.
    shape = BoneShape(read_bone(name))
    front, back = ("anterior", "posterior") if name == "tibia" else ("dorsal", "plantar")
    walls = shape.description.sections.thickness_mm
    wanted = [walls[side].at[50.0] for side in (front, "lateral", back, "medial")]
    assert len(set(wanted)) == 3
    assert shape.thickness(0.50, np.deg2rad([0.0, 90.0, 180.0, -90.0])) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("name", BONES)
def test_canal_lies_inside_the_wall_at_every_level(name):
    shape = BoneShape(read_bone(name))
    for level in np.linspace(0.01, 0.99, 50):
        outer, inner = shape.outer(level), shape.inner(level)
        assert np.all(np.linalg.norm(inner, axis=1) < np.linalg.norm(outer, axis=1))
        assert 0.0 < polygon_properties(inner).area < polygon_properties(outer).area


def test_thicker_walls_leave_less_canal():
    thin, thick = (BoneShape(read_bone("tibia", [f"thickness_scale={k}"])) for k in (0.8, 1.1))
    for level in (0.14, 0.5, 0.9):
        assert polygon_properties(thick.inner(level)).area < polygon_properties(thin.inner(level)).area
        assert np.array_equal(thick.outer(level), thin.outer(level))


@pytest.mark.parametrize("wall", [12.0, 13.0, 40.0])
def test_wall_as_thick_as_the_radius_is_refused(cylinder, wall):
    shape = BoneShape(cylinder(width_x=24.0, width_z=24.0, wall=wall))
    with pytest.raises(GeometryError, match=rf"thickness is {wall} mm at 50 % of the length; allowed: .*\(12\.0 mm\)"):
        shape.inner(0.5)


def test_wall_that_leaves_a_canal_of_a_millimetre_is_kept(cylinder):
    # A circle of 12 mm radius: 10.9 mm leaves 1.1 mm, 11.1 mm leaves 0.9 mm.
    assert BoneShape(cylinder(width_x=24.0, width_z=24.0, wall=10.9)).inner(0.5).shape == (360, 2)
    with pytest.raises(InputError, match="cortical thickness"):
        BoneShape(cylinder(width_x=24.0, width_z=24.0, wall=11.1)).inner(0.5)


def test_groove_deeper_than_the_section_is_refused():
    with pytest.raises(GeometryError, match=r"groove at 50 % of the length"):
        with_bump(height_mm=-10.0).outer(0.5)


# ---------------------------------------------------------------- volume


@pytest.mark.parametrize("torsion", [0.0, 20.0])
def test_volume_of_an_elliptical_cylinder_is_its_closed_form(cylinder, torsion):
    shape = BoneShape(cylinder(width_x=24.0, width_z=30.0, length=100.0, torsion=torsion))
    assert shape.volume() == pytest.approx(POLYGON * 12.0 * 15.0 * 100.0, rel=1e-9)


def test_slope_of_the_plateau_adds_no_volume(cylinder):
    # The joint surface tilts about the centroid of its section. 16 rings of sample points, symmetric about it.
    level = cylinder()
    ends = level.ends.model_copy(update={"proximal_slope_deg": 10.0})
    tilted = level.model_copy(update={"ends": ends})
    assert BoneShape(tilted).volume() == pytest.approx(BoneShape(level).volume(), rel=1e-9)


def test_a_process_adds_less_than_the_box_around_it():
    with_it, without = (BoneShape(read_bone("metatarsal5", changes)).volume() for changes in ((), ("processes={}",)))
    process = read_bone("metatarsal5").processes["tuberosity"]
    # A window of depth d has the integral d·Γ(5/4).
    assert 0.0 < with_it - without < process.length_mm * process.width_mm * process.depth_mm * 0.907


@pytest.mark.parametrize("change", ["scale=0.8", "stature_m=1.416"])  # 1.416 / 1.77 = 0.8
def test_size_scales_every_length_and_the_volume_by_the_cube(change):
    whole, small = BoneShape(read_bone("tibia")), BoneShape(read_bone("tibia", [change]))
    assert small.length == pytest.approx(0.8 * whole.length, rel=1e-12)
    for level in (0.0, 0.14, 0.5, 0.9, 1.0):
        assert np.allclose(small.outer(level), 0.8 * whole.outer(level), rtol=1e-12, atol=1e-12)
        assert np.allclose(small.axes(level).center, 0.8 * whole.axes(level).center, rtol=1e-12, atol=1e-12)
    assert np.allclose(small.inner(0.5), 0.8 * whole.inner(0.5), rtol=1e-9)
    assert small.volume() == pytest.approx(0.8**3 * whole.volume(), rel=1e-9)


# ---------------------------------------------------------------- ends


@pytest.mark.parametrize(("end", "level", "sign"), [("distal", 0.0, 1.0), ("proximal", 1.0, -1.0)])
def test_a_dome_leaves_the_middle_at_the_end_and_draws_the_rim_back_by_its_height(cylinder, end, level, sign):
    # A tube of 24 by 30 mm: half way to the rim a paraboloid has a quarter of its height.
    ends = read_bone("tibia").ends.model_dump() | {"proximal_slope_deg": 0.0, f"{end}_dome_mm": 4.0}
    shape = BoneShape(cylinder(width_x=24.0, width_z=30.0, length=100.0, ends=ends))
    points = np.array([[0.0, 0.0], [6.0, 0.0], [12.0, 0.0], [0.0, -15.0]])
    back = sign * (shape.height(level, points) - 100.0 * level)
    assert back == pytest.approx([0.0, 1.0, 4.0, 4.0], abs=1e-9)
    # The shaft does not know of it.
    assert shape.height(0.5, points) == pytest.approx(np.full(4, 50.0))


def test_a_process_reaches_beyond_the_end_that_its_file_names():
    table = read_bone("metatarsal5").model_dump(by_alias=True)
    process = table["processes"]["tuberosity"]
    for end, level, sign in (("proximal", 1.0, 1.0), ("distal", 0.0, -1.0)):
        table["processes"] = {"tuberosity": process | {"end": end}}
        shape = BoneShape(BoneDescription.model_validate(table | {"bumps": {}}))
        outline = shape.outer(level)
        reach = sign * (shape.height(level, outline) - shape.height(level, outline, with_processes=False))
        assert reach.max() == pytest.approx(process["length_mm"], rel=0.02)
        assert reach.min() == pytest.approx(0.0, abs=1e-3)
        # It points to lateral, 90 to 120 degrees.
        farthest = outline[np.argmax(reach)]
        assert 75.0 < np.rad2deg(np.arctan2(farthest[1], farthest[0])) < 135.0


# ---------------------------------------------------------------- metatarsals


@pytest.mark.parametrize("name", ["metatarsal1", "metatarsal2", "metatarsal3", "metatarsal4"])
def test_shaft_of_a_metatarsal_is_convex_to_dorsal_and_straight_from_side_to_side(name):
    shape = BoneShape(read_bone(name))
    centers = np.array([shape.axes(level).center for level in (0.0, 0.5, 1.0)])
    assert centers[1, 0] > 1.0 > abs(centers[0, 0]) + abs(centers[2, 0])
    assert np.all(centers[:, 1] == 0.0)


def test_bow_of_the_fifth_is_lateral_and_plantar_with_its_apex_where_it_was_measured():
    # 42.6 +/- 5.8 mm (AP view), 40.4 +/- 6.4 mm (lateral view) from the tip of the tuberosity, 71.4 mm from the head.
    shape = BoneShape(read_bone("metatarsal5"))
    levels = np.linspace(0.0, 0.8, 81)
    centers = np.array([shape.axes(level).center for level in levels])
    from_tip = 71.4 - levels * shape.length
    assert from_tip[np.argmax(centers[:, 1])] == pytest.approx(42.6, abs=1.0)
    assert from_tip[np.argmin(centers[:, 0])] == pytest.approx(40.4, abs=1.0)
    assert centers[:, 1].max() > 0.0 > centers[:, 0].min()


def test_length_of_the_fifth_with_its_tuberosity_is_the_published_one():
    # 71.4 +/- 6.1 mm (CT, n = 241).
    description = read_bone("metatarsal5")
    assert description.length_mm + description.processes["tuberosity"].length_mm == pytest.approx(71.4, abs=0.05)


def test_first_metatarsal_is_shorter_than_the_second_by_a_normal_ratio():
    # 0.73 to 0.94 is normal (Drez 1980).
    assert 0.73 < read_bone("metatarsal1").length_mm / read_bone("metatarsal2").length_mm < 0.94


def test_heads_get_lower_and_bones_flatter_from_the_second_to_the_fifth():
    # Head height 16.1 to 13.0 mm (CT, n = 80); inclination 15-18 to 4-6 degrees.
    rows = [read_bone(f"metatarsal{n}") for n in range(2, 6)]
    heights = [max(v for k, v in b.sections.width_x_mm.at.items() if k < 20.0) for b in rows]
    assert heights == sorted(heights, reverse=True)
    assert (heights[0], heights[-1]) == (16.1, 13.0)
    inclinations = [b.inclination_deg for b in rows]
    assert inclinations == sorted(inclinations, reverse=True)
    assert read_bone("tibia").inclination_deg is None


def solid_modulus(name, level):
    """Section modulus of the solid shaft for dorsoplantar bending, relative: width times height squared."""
    sections = read_bone(name).sections
    return float(sections.width_z_mm.value(level) * sections.width_x_mm.value(level) ** 2)


@pytest.mark.parametrize(
    ("name", "distal", "proximal"),
    # Outer surfaces of four feet (CT, VSD): at 30 and 65 over 50 % of the length from the head.
    [
        ("metatarsal2", (0.67, 1.18), (1.43, 1.49)),
        ("metatarsal3", (0.59, 0.75), (1.55, 1.67)),
        ("metatarsal4", (0.65, 0.92), (1.55, 2.0)),
    ],
)
def test_section_moduli_along_a_metatarsal_are_those_of_real_bones(name, distal, proximal):
    middle = solid_modulus(name, 0.5)
    assert distal[0] <= solid_modulus(name, 0.3) / middle <= distal[1]
    assert proximal[0] <= solid_modulus(name, 0.65) / middle <= proximal[1]
    # Narrowest at 30 to 40 %, and thicker than that all the way to the base.
    levels = np.linspace(0.2, 0.9, 71)
    assert 0.28 <= levels[np.argmin([solid_modulus(name, x) for x in levels])] <= 0.4


def test_the_fourth_metatarsal_is_thicker_than_the_second_and_the_fifth_stiffest_of_the_lesser():
    # Same feet: dorsoplantar width 1.02 to 1.25 times, section modulus 0.84 to 1.41 times that of the second; second
    # moment of the fifth 657 to 913 mm4, two to four times that of the second, 217 to 357.
    heights = {n: float(read_bone(f"metatarsal{n}").sections.width_x_mm.value(0.5)) for n in (2, 4, 5)}
    assert 1.02 <= heights[4] / heights[2] <= 1.25
    assert 0.84 <= solid_modulus("metatarsal4", 0.5) / solid_modulus("metatarsal2", 0.5) <= 1.41
    fifth, second = (solid_modulus(f"metatarsal{n}", 0.5) * heights[n] for n in (5, 2))
    assert 1.8 <= fifth / second <= 4.2
