# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cross-sections measured on meshes: a box against its closed form, the shipped bones against the target table."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from fea.bone import BoneMesh, BoneShape, compare_sections, cut, section_properties
from fea.bone.shape import polygon_properties
from fea.case import names, read_bone

TARGETS = tomllib.loads((Path(__file__).parent / "section_targets.toml").read_text(encoding="utf-8"))
TOLERANCE = {"width": 0.02, "area": 0.10, "moment": 0.15}
"""Widths are those of the outline; sections of people differ by 15 %."""
SIDES = (20.0, 12.0, 14.0)


def boxed(block, outer_triangles, counts=(5, 6, 7), jitter=0.2, cortical=None):
    """Return a box of SIDES mm as a mesh; ``cortical`` is a test of cell centroids, all by default."""
    points, cells = block(counts, SIDES, jitter=jitter, seed=3)
    tissue = np.zeros(len(cells), dtype=np.int64)
    if cortical is not None:
        tissue = np.where(cortical(points[cells].mean(axis=1)), 0, 1)
    return BoneMesh("box", points, cells, tissue, outer_triangles(cells), {}, {})


# Heights between vertices and one that hits a whole layer of them (12 mm in 6 bricks: a layer every 2 mm).
@pytest.mark.parametrize("y", [0.7, 5.123, 6.0, 11.9])
def test_cut_of_a_box_is_its_rectangle(block, outer_triangles, y):
    measured = section_properties(boxed(block, outer_triangles), y)
    x, _, z = SIDES
    wanted = {
        "width across own x / mm": z,
        "width along own x / mm": x,
        "cortical area / mm²": x * z,
        "largest second moment / mm⁴": x**3 * z / 12.0,
        "smallest second moment / mm⁴": x * z**3 / 12.0,
    }
    # Mid-edge quadrature is exact for the quadratic integrands; round-off remains and, at a layer of vertices,
    # the 1e-9 mm by which the plane is moved off them.
    assert measured == pytest.approx(wanted, rel=1e-8)


def test_a_turned_section_keeps_its_principal_moments_and_shows_its_own_widths(block, outer_triangles):
    mesh, turn = boxed(block, outer_triangles), np.deg2rad(30.0)
    c, s = np.cos(turn), np.sin(turn)
    turned = mesh.points @ np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    found = section_properties(BoneMesh("box", turned, mesh.cells, mesh.tissue, mesh.facets, {}, {}), 5.123, turn)
    assert found == pytest.approx(section_properties(mesh, 5.123), rel=1e-8)


def test_second_moments_are_about_the_centroid_of_the_cortex_alone(block, outer_triangles):
    # Cortex only where z > 4 mm (2 of 7 bricks of 2 mm are left out): a rectangle of 20 by 10 mm, off the middle.
    mesh = boxed(block, outer_triangles, jitter=0.0, cortical=lambda centre: centre[:, 2] > 4.0)
    measured = section_properties(mesh, 5.3)
    assert measured["cortical area / mm²"] == pytest.approx(200.0, rel=1e-9)
    assert measured["largest second moment / mm⁴"] == pytest.approx(20.0**3 * 10.0 / 12.0, rel=1e-9)
    assert measured["smallest second moment / mm⁴"] == pytest.approx(20.0 * 10.0**3 / 12.0, rel=1e-9)


@pytest.mark.parametrize("y", [0.7, 5.123, 11.9])
def test_quadrature_of_a_cut_lies_on_the_plane_inside_its_cells(block, outer_triangles, y):
    mesh = boxed(block, outer_triangles)
    section = cut(mesh, y)
    assert np.allclose(section.points[..., 1], y, rtol=0, atol=1e-9)
    assert np.allclose(section.weights.sum(axis=2), 1.0, rtol=0, atol=1e-12)
    assert section.weights.min() >= -1e-12
    again = np.einsum("tqv,tvi->tqi", section.weights, mesh.points[mesh.cells[section.cell]])
    assert np.allclose(again, section.points, rtol=0, atol=1e-9)


def test_a_plane_beside_the_bone_cuts_nothing(block, outer_triangles):
    mesh = boxed(block, outer_triangles)
    assert len(cut(mesh, -1.0).area) == 0
    assert len(cut(mesh, SIDES[1] + 1.0).area) == 0


def test_cut_areas_integrate_to_the_volume_of_the_bone(tibia_mesh):
    # Trapezoids over 400 slices of a body whose ends the slices barely resolve: half a per cent.
    y = np.linspace(tibia_mesh.points[:, 1].min(), tibia_mesh.points[:, 1].max(), 401)
    area = np.array([cut(tibia_mesh, float(at)).area.sum() for at in y[1:-1]])
    assert area.sum() * (y[1] - y[0]) == pytest.approx(tibia_mesh.volumes.sum(), rel=5e-3)


@pytest.mark.parametrize("name", names("bone"))
def test_shipped_targets_are_those_of_the_working_table(name):
    targets = read_bone(name).section_targets
    assert targets is not None
    assert targets.evidence == ("U" if name.startswith("tibia") else "D")
    assert {f"{percent:g}": list(row) for percent, row in targets.at.items()} == TARGETS[name]


@pytest.mark.parametrize(
    ("name", "wall"),
    [("metatarsal1", 2.0), ("metatarsal2", 1.9), ("metatarsal3", 1.8), ("metatarsal4", 1.7), ("metatarsal5", 2.35)],
)
def test_targets_of_a_metatarsal_are_those_of_a_hollow_ellipse(name, wall):
    # Area π (a b - a' b') / 4, second moment π (a b³ - a' b'³) / 64; a, b are the widths, a', b' those less two walls.
    z, x, area, sagittal, mediolateral = TARGETS[name]["50"]
    inner_z, inner_x = z - 2.0 * wall, x - 2.0 * wall
    # The table rounds to half a unit of its last digit, 0.05 of 30 mm² and 0.5 of 106 mm⁴.
    assert np.pi / 4.0 * (z * x - inner_z * inner_x) == pytest.approx(area, rel=0.005)
    assert np.pi / 64.0 * (z * x**3 - inner_z * inner_x**3) == pytest.approx(sagittal, rel=0.005)
    assert np.pi / 64.0 * (x * z**3 - inner_x * inner_z**3) == pytest.approx(mediolateral, rel=0.005)


def test_sections_of_the_mesh_lie_near_the_target_table(shipped):
    description, mesh = shipped
    off = {}
    for row in compare_sections(description, mesh):
        assert len(row.measured) == len(row.target) == 5
        for key, value in row.measured.items():
            allowed = next(share for word, share in TOLERANCE.items() if word in key)
            if abs(value / row.target[key] - 1.0) > allowed:
                off[row.level, key] = (value, row.target[key])
    assert off == {}


def test_comparison_puts_each_property_beside_its_target(shipped):
    description, mesh = shipped
    rows = compare_sections(description, mesh)
    assert [f"{100 * row.level:g}" for row in rows] == list(TARGETS[description.name])
    for row in rows:
        width_z, width_x, area, *second = TARGETS[description.name][f"{100 * row.level:g}"]
        assert list(row.target.values()) == [width_z, width_x, area, max(second), min(second)]
        turn = BoneShape(description).axes(row.level).torsion
        assert row.measured == section_properties(mesh, row.level * description.length_mm, turn)
        outer, inner = (polygon_properties(line).area for line in row.outlines)
        # Outlines are the smooth ones; the mesh has 3 mm chords on a radius of 12 mm, whose rings keep the
        # area, and a wall of one or two elements.
        assert row.measured["cortical area / mm²"] == pytest.approx(outer - inner, rel=0.05)


def test_section_heights_of_the_shape_are_levels_times_length(shipped_tibia):
    description, mesh = shipped_tibia
    assert BoneShape(description).length == description.length_mm
    # The plateau is tilted about its centre and the malleolus hangs below the plafond.
    # Its tip is 12.7 mm below the plafond in the mean of 26 limbs, whose plafond has a mean radius of 20 mm.
    radius = description.sections.radius_mm.at[0.0]
    assert mesh.points[:, 1].min() == pytest.approx(-12.7 * radius / 20.0, abs=1.5)
    assert mesh.points[:, 1].max() > description.length_mm


# ---------------------------------------------------------------- plane figures


def ellipse(a, b, count=3600):
    t = 2.0 * np.pi * np.arange(count) / count
    return np.column_stack([a * np.cos(t), b * np.sin(t)])


def test_polygon_of_an_ellipse_has_its_area_and_second_moments():
    # A polygon of n chords lies inside: areas are short by (2π/n)²/6 = 5e-7, second moments by twice that.
    a, b = 17.0, 11.0
    p = polygon_properties(ellipse(a, b) + np.array([3.0, -5.0]))
    assert p.area == pytest.approx(np.pi * a * b, rel=1e-6)
    assert p.centroid == pytest.approx([3.0, -5.0], abs=1e-9)
    assert p.second_x == pytest.approx(np.pi * a**3 * b / 4.0, rel=2e-6)
    assert p.second_z == pytest.approx(np.pi * a * b**3 / 4.0, rel=2e-6)


def test_polygon_of_a_triangle_has_its_textbook_properties():
    # Base 6, height 9: area 27, centroid a third up, second moments b h³/36 and, with a right angle, b³ h/36.
    p = polygon_properties(np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 9.0]]))
    assert p.area == pytest.approx(27.0, rel=1e-12)
    assert p.centroid == pytest.approx([2.0, 3.0], rel=1e-12)
    assert p.second_z == pytest.approx(6.0 * 9.0**3 / 36.0, rel=1e-12)
    assert p.second_x == pytest.approx(6.0**3 * 9.0 / 36.0, rel=1e-12)
