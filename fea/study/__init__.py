# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What if? Designs, plans, stores and workers of studies; their tables; comparisons with statistics."""

from fea.case.study import Cohort, Study, read_cohort, read_study
from fea.study.compare import Comparison, compared
from fea.study.execution import Progress
from fea.study.flow import Outcome, plan_of, run_study
from fea.study.plan import StudyPlan
from fea.study.sides import read_side
from fea.study.tables import Result, load

__all__ = [
    "Cohort",
    "Comparison",
    "Outcome",
    "Progress",
    "Result",
    "Study",
    "StudyPlan",
    "compared",
    "load",
    "plan_of",
    "read_cohort",
    "read_side",
    "read_study",
    "run_study",
]
