# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The risk of one contact that is done equally often on every day, from rest on: the plan of that one load."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fea.case import BoneDescription, Fatigue
from fea.evaluate.exposure import section_exposure
from fea.evaluate.result import Result
from fea.evaluate.subjects import body_of, everyday_case, virtual_subjects
from fea.risk import Outcomes, RiskCourse, RiskModel, RiskSettings, headline

Floats = npt.NDArray[np.float64]

_CM3 = 1e3


@dataclass(frozen=True, eq=False)
class DailyRisk:
    """Damage and fractures by day of a bone that comes from rest to the same number of contacts on every day.

    Attributes
    ----------
    bone : BoneDescription
        The bone.
    model : RiskModel
        Of this load.
    course : RiskCourse
        Of the average person.
    """

    bone: BoneDescription
    model: RiskModel
    course: RiskCourse

    @cached_property
    def subjects(self) -> Outcomes:
        """Fractures of virtual subjects."""
        return virtual_subjects(self.model, self.course, self.bone)

    @cached_property
    def headlines(self) -> list[str]:
        """How many of a hundred people break by the end of each day, with the band, as a plan says it."""
        share, (low, *_, high) = self.subjects.share.tolist(), self.subjects.band.tolist()
        each = zip(share, low, high, self.course.probability.tolist(), strict=True)
        return [headline(p, (a, b), average) for p, a, b, average in each]

    def damage(self, days: int) -> Floats:
        """Largest unrepaired damage of each cell, (m,), in the first days; 0 where it is not counted."""
        return self.model.cortex.of_cells(self.model.unrepaired_damage(self.course, days))

    def fracture_density(self, days: int) -> Floats:
        """Share of the fractures of the first days that begin in each cell over its volume, (m,), 1/cm³.

        Of the average person: the hazard of the cell over that of the bone.
        """
        hazard = self.model.unrepaired_damage(self.course, days) ** self.model.fatigue.scatter.exponent
        total = float(self.model.cortex.volume @ hazard)
        return self.model.cortex.of_cells(hazard) * (_CM3 / total if total > 0.0 else 0.0)


def daily_model(result: Result, fatigue: Fatigue) -> RiskModel:
    """Risk model of the contact of a case alone, with the usual settings of a plan."""
    case, bone = result.case, result.bone
    walking = everyday_case(case.bone, case.tissue, body_of(case), fatigue)
    return RiskModel(
        bone.cortex,
        [result.exposure],
        fatigue,
        RiskSettings(),
        case.tissue,
        everyday=None if walking is None else section_exposure(Result(walking, bone)),
    )


def daily_risk(bone: BoneDescription, model: RiskModel, contacts: float, days: int) -> DailyRisk:
    """Risk of the contact of a :func:`daily_model`, so many times a day with one leg on so many days.

    It is that of a plan with the usual settings whose every day has one session of that activity.
    """
    return DailyRisk(bone, model, model.course(np.full((1, days), float(contacts))))
