# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What was asked? Typed, frozen, checked records of a bone, a load case and a run."""

from fea.case.activity import Activity, Force, Tilt
from fea.case.description import BoneDescription, Patch, Profile
from fea.case.history import History
from fea.case.library import (
    Options,
    TissueOptions,
    composed,
    names,
    read_activity,
    read_bone,
    read_carriages,
    read_case,
    read_shoes,
    read_tissue,
    resolved,
)
from fea.case.request import Case, Stance
from fea.case.stance import StanceActivity
from fea.case.tissue import ElasticRatios, TissueState, healthy

__all__ = [
    "Activity",
    "BoneDescription",
    "Case",
    "ElasticRatios",
    "Force",
    "History",
    "Options",
    "Patch",
    "Profile",
    "Stance",
    "StanceActivity",
    "Tilt",
    "TissueOptions",
    "TissueState",
    "composed",
    "healthy",
    "names",
    "read_activity",
    "read_bone",
    "read_carriages",
    "read_case",
    "read_shoes",
    "read_tissue",
    "resolved",
]
