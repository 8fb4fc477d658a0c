# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What was asked? Typed, frozen, checked records of a bone, a load case and a run."""

from fea.case.activity import Activity, Force, Tilt
from fea.case.description import BoneDescription, Patch, Profile
from fea.case.fatigue import Calibrated, Fatigue, Form, LifeLaw, StrainMeasure
from fea.case.history import History
from fea.case.library import (
    Options,
    TissueOptions,
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
from fea.case.plan import DAYS, Entry, Plan, Session
from fea.case.request import Case, Stance
from fea.case.stance import StanceActivity
from fea.case.tables import checked
from fea.case.tissue import ElasticRatios, TissueState, healthy
from fea.shelf import names

__all__ = [
    "DAYS",
    "Activity",
    "BoneDescription",
    "Calibrated",
    "Case",
    "ElasticRatios",
    "Entry",
    "Fatigue",
    "Force",
    "Form",
    "History",
    "LifeLaw",
    "Options",
    "Patch",
    "Plan",
    "Profile",
    "Session",
    "Stance",
    "StanceActivity",
    "StrainMeasure",
    "Tilt",
    "TissueOptions",
    "TissueState",
    "checked",
    "composed",
    "healthy",
    "names",
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
