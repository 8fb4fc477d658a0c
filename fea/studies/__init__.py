# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Many cases: designs, plans, stores and workers of studies."""

from fea.case.study import Cohort, Study, read_cohort, read_study
from fea.studies.execution import StudyProgress
from fea.studies.flow import plan_of, worked_off
from fea.studies.plan import StudyPlan
from fea.studies.table import StudyResult

__all__ = [
    "Cohort",
    "Study",
    "StudyPlan",
    "StudyProgress",
    "StudyResult",
    "plan_of",
    "read_cohort",
    "read_study",
    "worked_off",
]
