# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Shares of people with a stress fracture that epidemiology and other models state too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fea.case import (
    BodyOptions,
    BoneDescription,
    Options,
    TissueOptions,
    composed,
    healthy,
    read_activity,
    read_bone,
    read_fatigue,
    read_plan,
    read_tissue,
)
from fea.evaluate import (
    PlanQuestion,
    Prediction,
    Result,
    SolvedBone,
    bones_together,
    exposure_of,
    predicted,
    share_after,
    solved_bone,
)
from fea.files import Progress, silent
from fea.risk import WEEK_D, RiskModel, RiskSettings

_KM_PER_MILE = 1.609344
_EDWARDS = Options(speed_m_per_s=4.4, step_rate_per_min=170.0)
"""3.1 m per stride at 4.4 m/s (Edwards 2009)."""
_MAN_KG, _WOMAN_KG = 75.6, 60.9
"""Of the cohort whose statures the bones have (Bruce & Edwards 2023)."""


class RiskRows:
    """The measures of :data:`RISKS`; bones are solved once each.

    Parameters
    ----------
    coarser : float
        Factor on the edge length of the elements that each bone's file gives.
    use_cache, progress
        As for :func:`fea.evaluate.solved_bone`.
    """

    def __init__(self, coarser: float, use_cache: bool = True, progress: Progress = silent) -> None:
        self._coarser, self._use_cache, self._progress = coarser, use_cache, progress
        self._running: SolvedBone | None = None
        self._recruits: dict[tuple[str, float, float, int], Prediction] = {}

    def recruits(self, bone: str, mass_kg: float = 70.0, t_score: float = 0.0, number: int = 0) -> Prediction:
        """Prediction of ten weeks of basic training; ``number`` 0 and 1 are bones of the same people."""
        key = bone, mass_kg, t_score, number
        if key not in self._recruits:
            tissue = healthy() if t_score == 0.0 else read_tissue(TissueOptions(t_score=t_score))
            description = read_bone(bone)
            body = BodyOptions(mass_kg=mass_kg, size_mm=self._size(description))
            question = PlanQuestion(
                read_plan("recruit"),
                description,
                tissue,
                read_fatigue(),
                body,
                RiskSettings(sensitivity=0),
                number=number,
                bones=2,
            )
            self._progress(f"{bone}: {question.plan.title}")
            solved = solved_bone(*question.every_case(), use_cache=self._use_cache)
            self._recruits[key] = predicted(question, solved)
        return self._recruits[key]

    def running(self, miles_per_day: float, options: Options = _EDWARDS) -> float:
        """Expected share in % after 100 days of so many miles a day, tibia."""
        description, fatigue = read_bone("tibia"), read_fatigue()
        sized = Options(**{**vars(options), "size_mm": self._size(description)})
        case = composed(description, read_activity("running"), options=sized)
        if self._running is None:
            self._running = solved_bone(case, use_cache=self._use_cache)
        one = exposure_of(Result(case, self._running))
        model = RiskModel(self._running.cortex, [one], fatigue, RiskSettings())
        return 100.0 * share_after(model, self._running, miles_per_day * _KM_PER_MILE, fatigue.reference.days)

    def _size(self, description: BoneDescription) -> float:
        return self._coarser * description.size_mm * description.magnification


def _final(prediction: Prediction) -> float:
    return float(prediction.curve[-1])


def _metatarsals(rows: RiskRows) -> float:
    both = bones_together([rows.recruits("metatarsal2"), rows.recruits("metatarsal3", number=1)])
    return 100.0 * float(both.curve[-1])


def _onset_week(rows: RiskRows) -> float:
    """Week in which the expected share rises most."""
    weekly = rows.recruits("tibia").curve[WEEK_D - 1 :: WEEK_D]
    return float(np.diff(weekly, prepend=0.0).argmax()) + 1.0


def _late(rows: RiskRows) -> float:
    """Share in % of the fractures of ten weeks that come in weeks 5 to 8."""
    weekly = rows.recruits("tibia").curve[WEEK_D - 1 :: WEEK_D]
    return 100.0 * float((weekly[7] - weekly[3]) / weekly[-1])


def _shorter(rows: RiskRows) -> float:
    assert _EDWARDS.step_rate_per_min is not None
    short = Options(speed_m_per_s=_EDWARDS.speed_m_per_s, step_rate_per_min=_EDWARDS.step_rate_per_min / 0.9)
    return rows.running(5.0, short) - rows.running(5.0)


def _slower(rows: RiskRows, fast: float, slow: float) -> float:
    return rows.running(3.0, Options(speed_m_per_s=slow)) - rows.running(3.0, Options(speed_m_per_s=fast))


RISKS: Mapping[str, Callable[[RiskRows], float]] = {
    "recruits_tibia_percent": lambda rows: 100.0 * _final(rows.recruits("tibia")),
    "recruits_metatarsals_percent": _metatarsals,
    "recruits_onset_week": _onset_week,
    "recruits_weeks_5_to_8_percent": _late,
    "recruits_women_to_men": lambda rows: (
        _final(rows.recruits("tibia_female", _WOMAN_KG)) / _final(rows.recruits("tibia", _MAN_KG))
    ),
    "recruits_one_sd_less_mineral": lambda rows: (
        _final(rows.recruits("tibia", t_score=-1.0)) / _final(rows.recruits("tibia"))
    ),
    "three_to_five_miles_points": lambda rows: rows.running(5.0) - rows.running(3.0),
    "five_to_seven_miles_points": lambda rows: rows.running(7.0) - rows.running(5.0),
    "shorter_stride_points": _shorter,
    "speed_4_5_to_3_5_points": lambda rows: _slower(rows, 4.5, 3.5),
    "speed_3_5_to_2_5_points": lambda rows: _slower(rows, 3.5, 2.5),
}
"""Measures of risk by the name that rows of published values give."""
