# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone of one's own: a segmented surface → repaired, in the bone's frame → the table that a bone's file holds."""

from fea.scan.distance import signed_distance
from fea.scan.frame import Frame, Side
from fea.scan.imported import ImportedBone, import_bone, imported_table, is_surface
from fea.scan.landmarks import LANDMARKS
from fea.scan.surface import ENDINGS, CleanSurface, Surface, Unit, read_surface

__all__ = [
    "ENDINGS",
    "LANDMARKS",
    "CleanSurface",
    "Frame",
    "ImportedBone",
    "Side",
    "Surface",
    "Unit",
    "import_bone",
    "imported_table",
    "is_surface",
    "read_surface",
    "signed_distance",
]
