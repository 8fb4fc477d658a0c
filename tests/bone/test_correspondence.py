# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Places that correspond on two bones of one kind: the same after scaling, tissue onto tissue, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import TISSUES, BoneShape, corresponding, mesh_bone, thinned
from fea.case import read_bone
from fea.errors import InputError

SIZES = {"tibia": 6.0, "metatarsal2": 2.0, "metatarsal5": 2.0}


@pytest.fixture(scope="module", params=SIZES)
def bone(request):
    """A bone with its mesh: one with a shape model, one with widths, one with a process."""
    description = read_bone(request.param)
    return description, mesh_bone(description, SIZES[request.param])


def test_a_bone_scaled_as_a_whole_corresponds_point_by_point(bone):
    one, mesh = bone
    larger = one.model_copy(update={"scale": 1.1 * one.scale})
    np.testing.assert_allclose(corresponding(one, mesh.points, larger), 1.1 * mesh.points, rtol=0, atol=1e-9)


def test_there_and_back_again_is_the_same_place(bone):
    one, mesh = bone
    changed = {"length_mm": 0.9 * one.length_mm, "thickness_scale": 0.8 * one.thickness_scale}
    if one.shape_model is not None:
        changed["shape"] = {"size": 1.0, "distal_girth": -1.0}
    other = one.model_copy(update=changed)
    back = corresponding(other, corresponding(one, mesh.points, other), one)
    away = np.linalg.norm(back - mesh.points, axis=1)
    # A level is found to 1e-6 of the length; under the steep rim of the plateau a few sections cross.
    assert np.quantile(away, 0.995) < 1e-5 * one.length_mm
    assert away.max() < 0.003 * one.length_mm


def test_endosteum_and_outer_surface_of_the_shaft_go_onto_each_other(tibia):
    other = read_bone("tibia", ("length_mm=333", "thickness_scale=0.75", "shape.distal_girth=1.5"))
    shapes = BoneShape(tibia), BoneShape(other)
    for level in (0.25, 0.5, 0.75):
        for name in ("outer", "inner"):
            outlines = [shape.placed(level, getattr(shape, name)(level)) for shape in shapes]
            found = corresponding(tibia, outlines[0], other)
            np.testing.assert_allclose(found[:, 1], level * shapes[1].length, atol=1e-9)
            # Every point lies on the other's outline, whose points are half a degree apart.
            closest = np.linalg.norm(found[:, None] - outlines[1][None], axis=2).min(axis=1)
            assert closest.max() < 0.2
            # and in the same direction from the section's own axes: a crest stays a crest
            k = np.linalg.norm(found[0] - outlines[1], axis=1).argmin()
            assert min(k, 360 - k) <= 1


def test_the_wall_that_the_tissue_has_lost_is_taken_along(tibia):
    # A wall thinned on the same mesh moves vertices; each vertex must correspond to itself.
    mesh = mesh_bone(tibia, 5.0)
    left = (0.8,) * 8
    thin = thinned(tibia, mesh, np.full(len(mesh.points), left[0]))
    shaft = np.abs(mesh.points[:, 1] / 370.0 - 0.5) < 0.3
    found = corresponding(tibia, mesh.points[shaft], tibia, ((1.0,) * 8, left))
    # A vertex of the outer surface stays there, though it lies a little beside the smooth outline.
    np.testing.assert_allclose(found, thin.points[shaft], rtol=0, atol=0.06)
    assert np.abs(thin.points[shaft] - mesh.points[shaft]).max() > 0.5


def test_cortical_bone_lies_on_cortical_bone(bone):
    one, mesh = bone
    other = one.model_copy(update={"length_mm": 0.9 * one.length_mm, "thickness_scale": 0.85 * one.thickness_scale})
    target = mesh_bone(other, mesh.size_mm)
    from scipy.spatial import cKDTree

    found = corresponding(one, mesh.centroids, other)
    nearest = cKDTree(target.centroids).query(found)[1]
    weight = mesh.volumes / mesh.volumes.sum()
    same = (mesh.tissue == target.tissue[nearest]) @ weight
    assert same > 0.9  # the rest lies within an element of an interface
    shell = mesh.tissue == TISSUES.index("cortical")
    assert (mesh.tissue == target.tissue[nearest])[shell] @ mesh.volumes[shell] / mesh.volumes[shell].sum() > 0.85


def test_bones_of_different_kinds_are_refused(tibia):
    with pytest.raises(InputError, match="a tibia and a metatarsal2 are bones of different kinds"):
        corresponding(tibia, np.zeros((1, 3)), read_bone("metatarsal2"))
