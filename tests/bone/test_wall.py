# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Thinner walls on the same mesh, and the axes that tissue follows."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import TISSUES, Anatomy, BoneShape, mesh_bone, section_properties, thinned
from fea.case import read_bone
from fea.errors import GeometryError


@pytest.fixture(scope="module")
def tibia_mesh(tibia):
    """The tibia at 5 mm: at 6 mm elements bear no wall of 0.7."""
    return mesh_bone(tibia, 5.0)


def test_every_point_of_the_endosteum_keeps_the_share_of_its_wall(tibia, tibia_mesh):
    # Radii of the shaft before and after: r' = r_out − k (r_out − r_in). The mesh's endosteum lies by up to a sagitta
    # of its edges, 0.3 mm, outside of the smooth outline, of which a quarter shows.
    found = thinned(tibia, tibia_mesh, np.full(len(tibia_mesh.points), 0.75))
    cortical = tibia_mesh.tissue == TISSUES.index("cortical")
    endosteum = np.intersect1d(tibia_mesh.cells[cortical], tibia_mesh.cells[~cortical])
    level = tibia_mesh.points[endosteum, 1] / 370.0
    endosteum = endosteum[np.abs(level - 0.5) < 0.2]
    shape = BoneShape(tibia)
    for vertex in endosteum[::7]:
        at = float(tibia_mesh.points[vertex, 1] / 370.0)
        axes = shape.axes(at)
        before, after = (axes.to_local(mesh.points[[vertex]][:, [0, 2]])[0] for mesh in (tibia_mesh, found))
        angle = np.arctan2(before[1], before[0])
        radii = []
        for outline in (shape.inner(at), shape.outer(at)):
            around = np.arctan2(outline[:, 1], outline[:, 0])
            radii.append(np.interp(angle, around, np.hypot(*outline.T), period=2.0 * np.pi))
        wanted = radii[1] - 0.75 * (radii[1] - radii[0])
        assert np.hypot(*after) == pytest.approx(wanted, abs=0.3)
        assert np.cross(np.append(before, 0.0), np.append(after, 0.0))[2] == pytest.approx(0.0, abs=1e-6)


def test_outer_surface_cells_and_regions_stay(tibia, tibia_mesh):
    found = thinned(tibia, tibia_mesh, np.full(len(tibia_mesh.points), 0.7))
    outer = np.unique(tibia_mesh.facets)
    np.testing.assert_array_equal(found.points[outer], tibia_mesh.points[outer])
    np.testing.assert_array_equal(found.cells, tibia_mesh.cells)
    np.testing.assert_array_equal(found.tissue, tibia_mesh.tissue)
    assert found.volumes.min() > 0.0
    assert found.volumes.sum() == pytest.approx(tibia_mesh.volumes.sum(), rel=1e-12)


def test_a_whole_wall_stays_whole(tibia, tibia_mesh):
    found = thinned(tibia, tibia_mesh, np.ones(len(tibia_mesh.points)))
    np.testing.assert_allclose(found.points, tibia_mesh.points, atol=1e-12)


@pytest.mark.parametrize("level", [0.14, 0.25, 0.38, 0.66])
def test_sections_are_those_of_a_bone_meshed_with_the_thinner_wall(tibia, tibia_mesh, level):
    # The same three quarters by other means, on two coarse meshes of 5 mm; docs/explanation/tissue.md says how near
    # they come on the default mesh.
    here = section_properties(thinned(tibia, tibia_mesh, np.full(len(tibia_mesh.points), 0.75)), level * 370.0)
    there = section_properties(mesh_bone(read_bone("tibia", ["thickness_scale=0.75"]), 5.0), level * 370.0)
    for name in list(here)[2:]:
        assert here[name] == pytest.approx(there[name], rel=0.06), name


def test_wall_is_lost_only_where_it_is_said_to_be(tibia, tibia_mesh):
    away = np.abs(Anatomy(tibia).direction(tibia_mesh.points))
    found = thinned(tibia, tibia_mesh, np.where(away > 135.0, 0.7, 1.0))
    moved = np.linalg.norm(found.points - tibia_mesh.points, axis=1) > 1e-9
    wall = np.unique(tibia_mesh.cells[tibia_mesh.tissue == TISSUES.index("cortical")])
    core = np.unique(tibia_mesh.cells[tibia_mesh.tissue != TISSUES.index("cortical")])
    endosteum = np.intersect1d(wall, core)
    assert moved[endosteum].any()
    assert not moved[endosteum][away[endosteum] <= 135.0].any()


def test_a_wall_too_thin_for_its_elements_is_refused(tibia, tibia_mesh):
    with pytest.raises(GeometryError, match=r"with 1 % of its wall the flattest element of tibia has quality 0\.0"):
        thinned(tibia, tibia_mesh, np.full(len(tibia_mesh.points), 0.01))


def test_axes_are_a_right_handed_frame_that_follows_the_bone(tibia, tibia_mesh):
    centre = tibia_mesh.centroids
    axes = Anatomy(tibia).axes(centre)
    np.testing.assert_allclose(axes @ axes.swapaxes(1, 2), np.broadcast_to(np.eye(3), axes.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(axes), 1.0, atol=1e-12)
    # The bow of a few mm over a third of the length leans by less than 5°. In the proximal end the centre moves back
    # from 8.9 to 0.6 mm under the condyles, over a tenth of the length: 12.7°.
    shaft = np.abs(centre[:, 1] / 370.0 - 0.45) < 0.35
    assert np.all(axes[shaft, 2, 1] > np.cos(np.deg2rad(5.0)))
    assert np.all(axes[:, 2, 1] > np.cos(np.deg2rad(13.0)))
    lateral = (np.abs(Anatomy(tibia).direction(centre) - 90.0) < 5.0) & (np.abs(centre[:, 1] / 370.0 - 0.5) < 0.1)
    # Lateral of the section is turned by the 16.5° of the crest, and 5° to either side are taken.
    assert np.all(axes[lateral, 0, 2] > 0.92)


def test_axes_turn_smoothly_through_the_ends(tibia):
    # Along a line in the wall the axis along the bone turns by less than 1.5° in every 2 mm, ends included.
    height = np.linspace(-8.0, 371.0, 190)
    points = np.column_stack([np.full_like(height, 9.0), height, np.full_like(height, 1.0)])
    along = Anatomy(tibia).axes(points)[:, 2]
    turn = np.rad2deg(np.arccos(np.clip(np.einsum("ni,ni->n", along[1:], along[:-1]), -1.0, 1.0)))
    assert turn.max() < 1.5


def test_point_on_the_axis_has_a_frame(tibia):
    anatomy = Anatomy(tibia)
    axes = anatomy.axes(anatomy.section_center(0.5)[None])
    assert np.isfinite(axes).all()
    assert axes[0, 0, 0] == pytest.approx(1.0, abs=0.01)
