# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Surfaces as people have them: in any format and unit, with holes, turned and doubled triangles, in pieces."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv

from fea.errors import InputError
from fea.scan import read_surface, repair
from fea.scan.distance import heights, outline, plane_section
from fea.scan.repair import clean
from fea.scan.surface import Surface

BOUNDS = (90.0, 140.0)
LENGTH, RADIUS = 100.0, 15.0
VOLUME = np.pi * RADIUS**2 * LENGTH


def pipe(length=LENGTH, radius=RADIUS, around=60, along=40):
    """A closed cylinder along y, normals outwards, its triangles about as long as wide."""
    azimuth = 2.0 * np.pi * np.arange(around) / around
    rings = [np.column_stack([r * np.sin(azimuth), np.full(around, y), r * np.cos(azimuth)]) for r, y in (
        *((radius * share, -length / 2.0) for share in (0.3, 0.65)),
        *((radius, y) for y in np.linspace(-length / 2.0, length / 2.0, along)),
        *((radius * share, length / 2.0) for share in (0.65, 0.3)),
    )]  # fmt: skip
    count = len(rings)
    first = np.arange(count - 1)[:, None] * around
    a, b = first + np.arange(around), first + (np.arange(around) + 1) % around
    sides = [np.stack(part, -1).reshape(-1, 3) for part in ((a, b, a + around), (b, b + around, a + around))]
    k, following, last = np.arange(around), (np.arange(around) + 1) % around, (count - 1) * around
    middle = np.full(around, count * around)
    caps = [np.column_stack([following, k, middle]), np.column_stack([last + k, last + following, middle + 1])]
    points = np.vstack([*rings, [[0.0, -length / 2.0, 0.0], [0.0, length / 2.0, 0.0]]])
    return pv.PolyData.from_regular_faces(points, np.vstack([*sides, *caps]))


def surface_of(poly):
    return Surface(np.asarray(poly.points, dtype=np.float64), np.asarray(poly.regular_faces, dtype=np.int64))


@pytest.fixture(scope="module")
def whole():
    return surface_of(pipe())


@pytest.mark.parametrize("ending", ["stl", "ply", "vtp", "obj"])
def test_every_format_of_vtk_is_read(tmp_path, ending):
    file = tmp_path / f"bone.{ending}"
    pipe().save(file)
    assert clean(read_surface(file), BOUNDS).outer.volume == pytest.approx(VOLUME, rel=0.005)


def test_ascii_stl_off_and_vrml_are_read(tmp_path, whole):
    pipe().save(tmp_path / "bone.stl", binary=False)
    pv.save_meshio(tmp_path / "bone.off", pipe())
    points = ",\n".join(" ".join(f"{v:.6f}" for v in p) for p in whole.points)
    faces = ",\n".join(f"{a}, {b}, {c}, -1" for a, b, c in whole.triangles)
    text = f"#VRML V2.0 utf8\nShape {{ geometry IndexedFaceSet {{ coord Coordinate {{ point [ {points} ] }}"
    (tmp_path / "bone.wrl").write_text(f"{text} coordIndex [ {faces} ] }} }}", encoding="utf-8")
    for name in ("bone.stl", "bone.off", "bone.wrl"):
        assert clean(read_surface(tmp_path / name), BOUNDS).outer.volume == pytest.approx(VOLUME, rel=0.005), name


def test_of_a_volume_mesh_the_outside_is_read(tmp_path):
    box = pv.ImageData(dimensions=(8, 11, 8), spacing=(4.0, 10.0, 4.0)).cast_to_unstructured_grid()
    box.save(tmp_path / "bone.vtu")
    assert clean(read_surface(tmp_path / "bone.vtu"), BOUNDS).outer.volume == pytest.approx(28.0 * 100.0 * 28.0)


@pytest.mark.parametrize(("unit", "mm"), [("m", 1000.0), ("cm", 10.0), ("mm", 1.0)])
def test_the_unit_is_found_by_the_size_and_said(whole, unit, mm):
    found = clean(whole.moved(whole.points / mm), BOUNDS)
    assert (found.unit, found.unit_by_size) == (unit, True)
    assert found.outer.volume == pytest.approx(VOLUME, rel=0.005)


def test_a_size_that_is_no_bone_is_refused_in_any_unit(whole):
    with pytest.raises(InputError, match=r"extends over .* allowed: 90 to 140 mm"):
        clean(whole.moved(whole.points * 3.0), BOUNDS)
    with pytest.raises(InputError, match=r"read in cm.*allowed: 90 to 140 mm"):
        clean(whole, BOUNDS, unit="cm")


def test_holes_are_closed_and_told(whole):
    near = np.linalg.norm(whole.points[whole.triangles].mean(axis=1) - [RADIUS, 10.0, 0.0], axis=1) < 2.0
    assert near.any()
    found = clean(Surface(whole.points, whole.triangles[~near]), BOUNDS)
    assert found.outer.volume == pytest.approx(VOLUME, rel=0.005)
    assert any("1 gaps of the surface closed" in line for line in found.repairs)


def test_a_bone_that_is_cut_off_is_refused_with_the_place(whole):
    upper = whole.points[whole.triangles].mean(axis=1)[:, 1] > 49.9
    with pytest.raises(InputError, match=r"open over \d+ mm at \(.*, 50, .*part of the bone seems to be missing"):
        clean(Surface(whole.points, whole.triangles[~upper]), BOUNDS)


def test_doubled_and_turned_triangles_are_mended_and_told(whole):
    dirty = whole.triangles.copy()
    dirty[::50] = dirty[::50, ::-1]
    found = clean(Surface(whole.points, np.vstack([dirty, dirty[:7]])), BOUNDS)
    assert found.outer.volume == pytest.approx(VOLUME, rel=0.005)
    assert "7 triangles that stood twice taken out" in found.repairs
    assert any("turned round" in line for line in found.repairs)


def ball(height, radius=RADIUS):
    """A closed sphere-like pipe of even triangles, with a dent that reaches through the opposite wall."""
    made = pv.Sphere(radius=radius, theta_resolution=60, phi_resolution=60).triangulate().clean()
    surface = surface_of(made.compute_normals(auto_orient_normals=True, consistent_normals=True, split_vertices=False))
    points = surface.points * np.array([1.0, LENGTH / 2.0 / radius, 1.0])
    points[(points[:, 0] > 14.0) & (np.abs(points[:, 1]) < 4.0), 0] -= height
    return Surface(points, surface.triangles)


def test_a_surface_that_cuts_itself_is_mended_and_told_with_the_place():
    found = clean(ball(32.0), BOUNDS)
    assert found.outer.volume == pytest.approx(ball(0.0).volume, rel=0.05)
    told = [line for line in found.repairs if "cuts itself" in line]
    assert len(told) == 1
    assert "still cut" not in told[0]
    assert not any("cuts itself" in line for line in clean(ball(5.0), BOUNDS).repairs)


def test_a_surface_of_very_many_triangles_is_made_coarser(whole, monkeypatch):
    monkeypatch.setattr(repair, "_MANY_TRIANGLES", 2000)
    found = clean(whole, BOUNDS)
    assert len(found.outer.triangles) <= 2000
    assert found.outer.volume == pytest.approx(whole.volume, rel=0.005)
    assert any("triangles made" in line for line in found.repairs)


def test_normals_that_point_inwards_are_turned(whole):
    found = clean(Surface(whole.points, whole.triangles[:, ::-1]), BOUNDS)
    assert found.outer.volume == pytest.approx(VOLUME, rel=0.005)
    assert "all normals of the surface turned outwards" in found.repairs


def test_the_largest_of_several_pieces_is_taken_and_the_others_told(whole):
    beside = surface_of(pipe(length=97.0, radius=5.0))
    points = np.vstack([beside.points + np.array([30.0, 0.0, 0.0]), whole.points])
    both = Surface(points, np.vstack([beside.triangles, whole.triangles + len(beside.points)]))
    found = clean(both, BOUNDS)
    assert found.outer.volume == pytest.approx(VOLUME, rel=0.005)
    assert found.inner is None
    assert any(line.startswith("1 further pieces left out (98 mm long") for line in found.repairs)


def test_a_shell_inside_is_the_inner_surface(whole):
    canal = surface_of(pipe(length=80.0, radius=8.0))
    both = Surface(
        np.vstack([whole.points, canal.points]), np.vstack([whole.triangles, canal.triangles + len(whole.points)])
    )
    found = clean(both, BOUNDS)
    assert found.inner is not None
    assert found.inner.volume == pytest.approx(np.pi * 8.0**2 * 80.0, rel=0.01)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bone.stl", b"", "cannot be read as a surface|holds 0 triangles"),
        ("bone.ply", b"ply\nrubbish", "cannot be read as a surface|holds 0 triangles"),
        ("bone.off", b"rubbish", "cannot be read as a surface: Expected the first line"),
        ("bone.msh", b"rubbish", "cannot be read as a surface"),
        ("bone.inp", b"rubbish", "holds 0 triangles"),
        ("bone.xyz", b"1 2 3", "a surface is read from"),
        ("bone.wrl", b"#VRML V2.0\nTransform { translation 1 2 3 }", "moves its parts by a Transform"),
    ],
)
def test_what_holds_no_surface_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_surface(tmp_path / name)
    with pytest.raises(InputError, match="there is no surface file"):
        read_surface(tmp_path / "absent.stl")


def test_plane_section_of_a_box_is_that_of_the_rectangle():
    box = surface_of(pv.Cube(x_length=2, y_length=10, z_length=4).triangulate().clean())
    section = plane_section(box.corners + np.array([3.0, 0.0, 5.0]), 0.3)
    # Sides 2 and 4 about (3, 5): areas b h, second moments h b³ / 12.
    assert section.area == pytest.approx(8.0)
    assert section.centre == pytest.approx([3.0, 5.0])
    assert section.second == pytest.approx(np.diag([4.0 * 2.0**3 / 12.0, 2.0 * 4.0**3 / 12.0]), abs=1e-9)


def test_heights_and_outline_of_a_cylinder(whole):
    assert heights(whole.corners, 3.0, 1.0) == pytest.approx([-50.0, 50.0])
    azimuth = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
    around = np.linspace(0.0, 2.0 * np.pi, 361)
    circle = 5.0 * np.column_stack([np.cos(around), np.sin(around)])
    assert outline(np.stack([circle[:-1], circle[1:]], axis=1), azimuth) == pytest.approx(5.0, rel=1e-3)
