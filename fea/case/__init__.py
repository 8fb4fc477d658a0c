# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The question: typed, frozen, checked records of a bone, its tissue, its loads, a plan, a study."""

from fea.case.activity import Activity, Force, Tilt
from fea.case.description import BoneDescription, Profile, Region, SupportKind
from fea.case.fatigue import Calibrated, Fatigue, Form, LifeLaw, StrainMeasure
from fea.case.history import History
from fea.case.library import (
    composed,
    read_activity,
    read_bone,
    read_carriages,
    read_case,
    read_fatigue,
    read_plan,
    read_shoes,
    read_tissue,
    resolved,
)
from fea.case.options import ActivityOptions, BodyOptions, Options, TissueOptions, options_of
from fea.case.plan import DAYS, DatedSession, Plan, Session
from fea.case.request import Case, Stance
from fea.case.stance import StanceActivity
from fea.case.tables import checked
from fea.case.tissue import ElasticRatios, TissueState, healthy
from fea.files import names

__all__ = [
    "DAYS",
    "Activity",
    "ActivityOptions",
    "BodyOptions",
    "BoneDescription",
    "Calibrated",
    "Case",
    "DatedSession",
    "ElasticRatios",
    "Fatigue",
    "Force",
    "Form",
    "History",
    "LifeLaw",
    "Options",
    "Plan",
    "Profile",
    "Region",
    "Session",
    "Stance",
    "StanceActivity",
    "StrainMeasure",
    "SupportKind",
    "Tilt",
    "TissueOptions",
    "TissueState",
    "checked",
    "composed",
    "healthy",
    "names",
    "options_of",
    "read_activity",
    "read_bone",
    "read_carriages",
    "read_case",
    "read_fatigue",
    "read_plan",
    "read_shoes",
    "read_tissue",
    "resolved",
]
