# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The shape of a bone: sections → surfaces → tetrahedra with named regions; level, sector and site of any point."""

from fea.bone.anatomy import Anatomy
from fea.bone.correspondence import WHOLE_WALL, corresponding
from fea.bone.exchange import check_mesh_file, write_mesh
from fea.bone.measure import SectionComparison, compare_sections, cut, section_properties
from fea.bone.pulls import Pull, fibular_ends, tendon_beyond, unit_pulls
from fea.bone.ray import SurfacePoints, surface_points
from fea.bone.regions import centers_of
from fea.bone.shape import BoneShape, polygon_properties
from fea.bone.side import of_side, side_cells
from fea.bone.tetrahedra import TISSUES, BoneMesh, facet_areas, mesh_bone, outer_facets, with_outside
from fea.bone.wall import depth, thinned

__all__ = [
    "TISSUES",
    "WHOLE_WALL",
    "Anatomy",
    "BoneMesh",
    "BoneShape",
    "Pull",
    "SectionComparison",
    "SurfacePoints",
    "centers_of",
    "check_mesh_file",
    "compare_sections",
    "corresponding",
    "cut",
    "depth",
    "facet_areas",
    "fibular_ends",
    "mesh_bone",
    "of_side",
    "outer_facets",
    "polygon_properties",
    "section_properties",
    "side_cells",
    "surface_points",
    "tendon_beyond",
    "thinned",
    "unit_pulls",
    "with_outside",
    "write_mesh",
]
