# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The shape of a bone: sections → surfaces → tetrahedra with named regions; level, sector and site of any point."""

from fea.bone.anatomy import Anatomy
from fea.bone.exchange import write_mesh
from fea.bone.measure import SectionComparison, compare_sections, cut, section_properties
from fea.bone.shape import BoneShape
from fea.bone.tetrahedra import TISSUES, BoneMesh, mesh_bone, with_outside
from fea.bone.wall import thinned

__all__ = [
    "TISSUES",
    "Anatomy",
    "BoneMesh",
    "BoneShape",
    "SectionComparison",
    "compare_sections",
    "cut",
    "mesh_bone",
    "section_properties",
    "thinned",
    "with_outside",
    "write_mesh",
]
