# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Many cases: designs, plans, stores and workers of studies."""

from fea.case import Cohort, Study, read_cohort, read_study
from fea.studies.execution import StudyProgress
from fea.studies.flow import plan_of, worked_off
from fea.studies.metrics import QUANTITIES, CaseMetrics
from fea.studies.plan import StudyPlan, key_of
from fea.studies.setting import UNITS
from fea.studies.store import Store, opened_store
from fea.studies.table import NOT_FACTORS, FailedCase, StudyResult, StudyTable
from fea.studies.work import bone_of

__all__ = [
    "NOT_FACTORS",
    "QUANTITIES",
    "UNITS",
    "CaseMetrics",
    "Cohort",
    "FailedCase",
    "Store",
    "Study",
    "StudyPlan",
    "StudyProgress",
    "StudyResult",
    "StudyTable",
    "bone_of",
    "key_of",
    "opened_store",
    "plan_of",
    "read_cohort",
    "read_study",
    "worked_off",
]
