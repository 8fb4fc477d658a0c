# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What was asked? Typed, frozen, checked records of a bone, a load case and a run."""

from fea.case.activity import Activity, Force, Tilt
from fea.case.description import BoneDescription, Patch, Profile
from fea.case.library import names, read_activity, read_bone, read_case, resolved
from fea.case.request import Case

__all__ = [
    "Activity",
    "BoneDescription",
    "Case",
    "Force",
    "Patch",
    "Profile",
    "Tilt",
    "names",
    "read_activity",
    "read_bone",
    "read_case",
    "resolved",
]
