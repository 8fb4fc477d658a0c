# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone of one's own: a segmented surface → repaired, in the bone's frame → the table that a bone's file holds."""

from fea.scan.distance import signed_distance
from fea.scan.fit import FittedBone, fitted
from fea.scan.frame import Frame, Side
from fea.scan.imported import ImportedBone, import_bone, imported_table, is_surface
from fea.scan.landmarks import LANDMARKS
from fea.scan.repair import CleanSurface
from fea.scan.surface import ENDINGS, Surface, Unit, read_surface
from fea.scan.template import Template

__all__ = [
    "ENDINGS",
    "LANDMARKS",
    "CleanSurface",
    "FittedBone",
    "Frame",
    "ImportedBone",
    "Side",
    "Surface",
    "Template",
    "Unit",
    "fitted",
    "import_bone",
    "imported_table",
    "is_surface",
    "read_surface",
    "signed_distance",
]
