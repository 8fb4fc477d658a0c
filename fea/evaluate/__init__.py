# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The one evaluation: from a solved bone the result of a case and the prediction of a plan."""

from fea.evaluate.cortex import measured_cortex
from fea.evaluate.daily import DailyRisk, daily_risk
from fea.evaluate.exposure import exposure_of
from fea.evaluate.figures import MaterialSummary, SectionPeaks
from fea.evaluate.history import acting, excluded_zone
from fea.evaluate.limit import growth_limit, limited, rest_limit
from fea.evaluate.paired import FinalRisk, PairedRisk, final_risk, paired_risk
from fea.evaluate.places import LEVELS, SECTORS, percentile_by_place, place_name, places_of
from fea.evaluate.prediction import (
    BonesTogether,
    CaseUnderPlan,
    GrowthLimit,
    GrowthPoint,
    PlanQuestion,
    Prediction,
    RestLimit,
    RestPoint,
    SubjectRisk,
    bones_together,
    covers_distance,
    predicted,
    under_plan,
)
from fea.evaluate.reference import reference_factor, reference_share, share_after
from fea.evaluate.result import THRESHOLDS_UE, Result, evaluated
from fea.evaluate.solved import SolvedBone, solved_bone, solved_bones
from fea.evaluate.surface import AROUND_DEG, SHAFT_LEVELS, SurfaceReading, along_shaft, around, at_point

__all__ = [
    "AROUND_DEG",
    "LEVELS",
    "SECTORS",
    "SHAFT_LEVELS",
    "THRESHOLDS_UE",
    "BonesTogether",
    "CaseUnderPlan",
    "DailyRisk",
    "FinalRisk",
    "GrowthLimit",
    "GrowthPoint",
    "MaterialSummary",
    "PairedRisk",
    "PlanQuestion",
    "Prediction",
    "RestLimit",
    "RestPoint",
    "Result",
    "SectionPeaks",
    "SolvedBone",
    "SubjectRisk",
    "SurfaceReading",
    "acting",
    "along_shaft",
    "around",
    "at_point",
    "bones_together",
    "covers_distance",
    "daily_risk",
    "evaluated",
    "excluded_zone",
    "exposure_of",
    "final_risk",
    "growth_limit",
    "limited",
    "measured_cortex",
    "paired_risk",
    "percentile_by_place",
    "place_name",
    "places_of",
    "predicted",
    "reference_factor",
    "reference_share",
    "rest_limit",
    "share_after",
    "solved_bone",
    "solved_bones",
    "under_plan",
]
