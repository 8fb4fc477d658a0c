# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Centres of regions are those of the smooth surface, whatever the mesh."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneShape, mesh_bone
from fea.bone.regions import region_centers
from fea.errors import GeometryError


def test_centre_of_a_band_of_a_tube_is_its_closed_form(cylinder):
    # ±45° of a round tube of radius 15 mm from 30 to 70 mm: r sin α / α from the axis, half-way up, in the middle.
    shape = BoneShape(cylinder(width_x=30.0, width_z=30.0, length=100.0))
    wanted = [15.0 * np.sin(np.pi / 4.0) / (np.pi / 4.0), 50.0, 0.0]
    # Pieces of 1° count by their centre; the band has 90 of them, so half a piece at one border is 0.08 mm.
    np.testing.assert_allclose(region_centers(shape)["front"], wanted, atol=0.1)


@pytest.mark.parametrize(("end", "height"), [("distal end", 0.0), ("proximal end", 100.0)])
def test_centre_of_an_ellipse_on_a_flat_end_is_its_middle(cylinder, end, height):
    patch = {
        "evidence": "working value",
        "source": "test",
        "on": end,
        "centre_mm": [3.0, -2.0],
        "semi_axes_mm": [4.0, 6.0],
    }
    regions = cylinder().model_dump(by_alias=True)["regions"] | {"joint": patch}
    shape = BoneShape(cylinder(width_x=30.0, width_z=30.0, length=100.0, regions=regions))
    np.testing.assert_allclose(region_centers(shape)["joint"], [3.0, height, -2.0], atol=0.02)


def test_centres_are_the_same_in_every_mesh_and_near_those_of_the_facets(tibia, tibia_mesh):
    finer = mesh_bone(tibia, 5.0)
    for name, center in tibia_mesh.centers.items():
        assert np.array_equal(finer.centers[name], center)
        corner = tibia_mesh.points[tibia_mesh.facets[tibia_mesh.regions[name]]]
        # Facets of 6 mm count by their centre: a border is off by up to half of that, opposite ones not alike.
        assert np.linalg.norm(corner.mean(axis=(0, 1)) - center) < 3.0


def test_a_region_beside_the_surface_is_refused(cylinder):
    beside = {
        "evidence": "working value",
        "source": "t",
        "on": "distal end",
        "centre_mm": [40, 0],
        "semi_axes_mm": [2, 2],
    }
    regions = cylinder().model_dump(by_alias=True)["regions"] | {"beside": beside}
    with pytest.raises(GeometryError, match="region 'beside' of cylinder holds nothing of the surface"):
        region_centers(BoneShape(cylinder(regions=regions)))
