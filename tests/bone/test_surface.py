# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The surfaces: closed, turned outwards, of even edges, and enclosing what the sections enclose."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneShape
from fea.bone.surface import bone_surfaces
from fea.case import names, read_bone

OUTSIDE = ("periosteum", "distal end", "proximal end")
HULL_OF_CORE = ("core distal", "core shaft", "core proximal", "core distal end", "core proximal end")
PARTS_OF_CORE = (
    ("core distal", "core distal end", "core distal floor"),
    ("core shaft", "core distal floor", "core proximal floor"),
    ("core proximal", "core proximal floor", "core proximal end"),
)


@pytest.fixture(scope="module", params=[(name, times) for name in names("bone") for times in (1.0, 2.0)], ids=str)
def bone(request):
    """A shipped bone at its own edge length and at twice that."""
    name, times = request.param
    shape = BoneShape(read_bone(name))
    size = times * shape.description.size_mm
    return shape, bone_surfaces(shape, size), size


def joined(surfaces, parts):
    return np.vstack([surfaces.surfaces[part] for part in parts])


def enclosed(points, triangles):
    """Return the volume by the divergence theorem: positive if normals point outwards."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return float(np.einsum("ki,ki->", a, np.cross(b, c)) / 6.0)


def edges(triangles):
    return np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])


@pytest.mark.parametrize("parts", [OUTSIDE, HULL_OF_CORE], ids=["outside", "core"])
def test_each_edge_is_passed_once_in_each_direction(bone, parts):
    # That is watertight and consistently turned in one.
    _, surfaces, _ = bone
    ways = edges(joined(surfaces, parts))
    there, count = np.unique(ways, axis=0, return_counts=True)
    assert count.max() == 1
    assert np.array_equal(there, np.unique(ways[:, ::-1], axis=0))


@pytest.mark.parametrize("parts", PARTS_OF_CORE, ids=["distal", "shaft", "proximal"])
def test_each_part_of_the_core_is_closed(bone, parts):
    _, surfaces, _ = bone
    _, count = np.unique(np.sort(edges(joined(surfaces, parts)), axis=1), axis=0, return_counts=True)
    assert set(count.tolist()) == {2}


def test_outer_surface_has_the_topology_of_a_ball(bone):
    _, surfaces, _ = bone
    triangles = joined(surfaces, OUTSIDE)
    vertices, rims = np.unique(triangles), np.unique(np.sort(edges(triangles), axis=1), axis=0)
    assert len(vertices) - len(rims) + len(triangles) == 2


def test_normals_point_outwards_and_enclose_the_volume_of_the_sections(bone):
    shape, surfaces, size = bone
    # 2 % is what the mesh is allowed; at the default edge the chords of the malleolus and the plateau cost less.
    volume = enclosed(surfaces.points, joined(surfaces, OUTSIDE))
    assert volume == pytest.approx(shape.volume(), rel=0.01 if size == shape.description.size_mm else 0.02)
    assert 0.0 < enclosed(surfaces.points, joined(surfaces, HULL_OF_CORE)) < volume


def test_every_vertex_belongs_to_a_surface_and_no_two_coincide(bone):
    _, surfaces, size = bone
    used = np.unique(np.vstack(list(surfaces.surfaces.values())))
    assert np.array_equal(used, np.arange(len(surfaces.points)))
    assert len(np.unique(np.round(surfaces.points / (1e-3 * size)), axis=0)) == len(surfaces.points)


def test_edges_are_about_as_long_as_asked(bone):
    _, surfaces, size = bone
    ways = np.unique(np.sort(edges(joined(surfaces, OUTSIDE)), axis=1), axis=0)
    length = np.linalg.norm(surfaces.points[ways[:, 0]] - surfaces.points[ways[:, 1]], axis=1)
    # Rings lie 0.85 edges apart, diagonals are up to √2 of an edge: the middle is near 1.
    assert 0.8 * size < np.median(length) < 1.3 * size
    assert np.quantile(length, 0.99) < 2.0 * size


def test_surface_of_an_elliptical_cylinder_encloses_its_closed_form(cylinder):
    # Rings are resampled to the area of the 360-gon; flat ends; between rings of equal number the strip is a prism.
    shape = BoneShape(cylinder(width_x=24.0, width_z=30.0, length=100.0))
    surfaces = bone_surfaces(shape, 3.0)
    polygon = 180.0 * np.sin(2.0 * np.pi / 360.0) * 12.0 * 15.0
    assert enclosed(surfaces.points, joined(surfaces, OUTSIDE)) == pytest.approx(100.0 * polygon, rel=1e-9)


def test_surfaces_scale_with_the_bone():
    whole, small = (bone_surfaces(BoneShape(read_bone("tibia", [f"scale={k}"])), 6.0 * k) for k in (1.0, 0.5))
    assert np.allclose(small.points, 0.5 * whole.points, rtol=0, atol=1e-9)
    for name, triangles in whole.surfaces.items():
        assert np.array_equal(small.surfaces[name], triangles)
