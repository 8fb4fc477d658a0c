# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two designs side by side: pairs of like cases, differences within subjects, intervals."""

from fea.comparison.changes import Comparison, MeshDifference, compared
from fea.comparison.conclusion import Change, Conclusion, relative_change
from fea.comparison.exposure import DEFAULT_PLANS, ExposureComparison, RangeInterval
from fea.comparison.inputs import Across, EffectDifference, InputDifference, InputKind
from fea.comparison.plans import PlanComparison, PlanSide, compared_plans, plan_side
from fea.comparison.sides import Observation, Side, StrainMap, strain_map_of
from fea.comparison.statistics import MARGIN_PERCENT, PairedStatistics, paired_statistics

__all__ = [
    "DEFAULT_PLANS",
    "MARGIN_PERCENT",
    "Across",
    "Change",
    "Comparison",
    "Conclusion",
    "EffectDifference",
    "ExposureComparison",
    "InputDifference",
    "InputKind",
    "MeshDifference",
    "Observation",
    "PairedStatistics",
    "PlanComparison",
    "PlanSide",
    "RangeInterval",
    "Side",
    "StrainMap",
    "compared",
    "compared_plans",
    "paired_statistics",
    "plan_side",
    "relative_change",
    "strain_map_of",
]
