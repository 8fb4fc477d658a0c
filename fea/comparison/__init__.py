# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two designs side by side: pairs of like cases, differences within subjects, intervals."""

from fea.comparison.changes import Change, Comparison, OnMesh, compared, growth
from fea.comparison.sides import Observation, Side, StrainMap, strain_map_of

__all__ = ["Change", "Comparison", "Observation", "OnMesh", "Side", "StrainMap", "compared", "growth", "strain_map_of"]
