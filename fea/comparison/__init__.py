# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two designs side by side: pairs of like cases, differences within subjects, intervals."""

from fea.comparison.changes import Change, Comparison, MeshDifference, compared, relative_change
from fea.comparison.sides import Observation, Side, StrainMap, strain_map_of

__all__ = [
    "Change",
    "Comparison",
    "MeshDifference",
    "Observation",
    "Side",
    "StrainMap",
    "compared",
    "relative_change",
    "strain_map_of",
]
