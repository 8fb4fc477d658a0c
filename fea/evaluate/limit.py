# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The largest weekly growth, and the fewest rest days, that keep the expected share of fractures below a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fea.case import DAYS, Plan
from fea.evaluate.prediction import (
    BonesTogether,
    GrowthLimit,
    GrowthPoint,
    Prediction,
    RestLimit,
    RestPoint,
    contacts_by_day,
    days_before,
)
from fea.files import Clock, Progress, silent
from fea.risk import Outcomes, outcomes, sampled, together

_GROWTHS = (-50.0, -20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0)
"""Weekly growth of the points of the curve, %."""
_BEYOND = 2
"""Points of the curve above the limit, behind which it ends."""
_SHOWN = 10.0
"""Weekly growth that every curve reaches, %."""
_STEP = 0.1
"""To which the growth is found, %."""


def limited[P: (Prediction, BonesTogether)](prediction: P, progress: Progress = silent) -> P:
    """The same prediction with the growth and the rest days below the limit that its question asks for, if any.

    Raises
    ------
    fea.errors.InputError
        A plan of a single week, or one that begins with rest.
    """
    limit = _bones(prediction)[0].question.limit
    if limit is None:
        return prediction
    growth, rest = growth_limit(prediction, limit, progress), rest_limit(prediction, limit, progress)
    return replace(prediction, growth_limit=growth, rest_limit=rest)


def _bones(prediction: Prediction | BonesTogether) -> tuple[Prediction, ...]:
    return prediction.bones if isinstance(prediction, BonesTogether) else (prediction,)


def rest_limit(prediction: Prediction | BonesTogether, limit: float, progress: Progress = silent) -> RestLimit:
    """Fewest rest days a week, those of the hardest sessions first, that keep the expected share below a limit.

    The plan stays otherwise as it is, and a bone that is pre-conditioned is so with these days as rest; the hardest day
    is that which adds most damage to the whole bone, or to several, over the plan.
    """
    plan, share = prediction.plan, _share_of(prediction)
    daily = np.sum([one.daily_damage for one in _bones(prediction)], axis=0)
    by_weekday = daily.reshape(-1, len(DAYS)).sum(axis=0)
    hardest = [DAYS[k] for k in np.argsort(-by_weekday, kind="stable") if by_weekday[k] > 0.0]
    curve: list[RestPoint] = []
    with Clock(progress).step("rest days"):
        for count in range(len(hardest)):
            days = tuple(hardest[:count])
            rested = plan.with_rest(days)
            curve.append(RestPoint(days, share(rested), sum(rested.weekly_amounts()[0]) / plan.weeks))
            if curve[-1].expected_share <= limit:
                return RestLimit(limit, tuple(curve), curve[-1])
    return RestLimit(limit, tuple(curve), None)


def growth_limit(prediction: Prediction | BonesTogether, limit: float, progress: Progress = silent) -> GrowthLimit:
    """Largest weekly growth of the plan's first week that keeps the expected share below a limit, and the curve.

    The loads are those of the prediction, so that nothing is superposed again; without virtual subjects the share is
    the probability of the average person.

    Raises
    ------
    fea.errors.InputError
        A plan of a single week, or one that begins with rest.
    """
    plan = prediction.plan
    share = _share_of(prediction)

    def point(growth: float) -> GrowthPoint:
        growing = plan.with_growth(growth)
        km, repetitions = growing.weekly_amounts()
        return GrowthPoint(growth, share(growing), km[-1], repetitions[-1])

    with Clock(progress).step("growth"):
        return _bounded(point, limit, plan.growth_range)


def _bounded(point: Callable[[float], GrowthPoint], limit: float, allowed: tuple[float, float]) -> GrowthLimit:
    """Curve over the growths, and by bisection where it first passes the limit."""
    lowest, highest = allowed
    growths = [growth for growth in _GROWTHS if lowest <= growth < highest] + [highest]
    curve: list[GrowthPoint] = []
    for growth in growths:
        curve.append(point(growth))
        if growth >= _SHOWN and sum(one.expected_share > limit for one in curve) > _BEYOND:
            break
    above = next((k for k, one in enumerate(curve) if one.expected_share > limit), None)
    if above is None:
        return GrowthLimit(limit, tuple(curve), curve[-1], bounded=False)
    if above == 0:
        return GrowthLimit(limit, tuple(curve), None, bounded=True)
    below, beyond = curve[above - 1], curve[above].growth_percent
    low, high = round(below.growth_percent / _STEP), int(np.ceil(beyond / _STEP - 1e-9))
    while high - low > 1:
        middle = (low + high) // 2
        tried = point(round(middle * _STEP, 6))
        if tried.expected_share > limit:
            high = middle
        else:
            low, below = middle, tried
    known = {one.growth_percent: one for one in (*curve, below)}
    return GrowthLimit(limit, tuple(known[growth] for growth in sorted(known)), below, bounded=True)


def _share_of(prediction: Prediction | BonesTogether) -> Callable[[Plan], float]:
    """Expected share by the end of any plan that has no other loads than that of the prediction, of any bone."""
    each = [_outcomes_of(one) for one in _bones(prediction)]

    def share(plan: Plan) -> float:
        found = [outcomes_of(plan) for outcomes_of in each]
        return float((together(found) if len(found) > 1 else found[0]).share[-1])

    return share


def _outcomes_of(prediction: Prediction) -> Callable[[Plan], Outcomes]:
    """Outcomes of virtual subjects under any plan; without them that of the average person."""
    question, fatigue, settings = prediction.question, prediction.question.fatigue, prediction.settings
    exposures = {load: one.exposure for load, one in zip(question.cases(), prediction.loads, strict=True)}
    model = prediction.model

    def outcomes_of(plan: Plan) -> Outcomes:
        course = model.course(contacts_by_day(plan, exposures), days_before(plan))
        if settings.form == "published" or settings.samples == 0:
            return Outcomes(course.probability[None], np.ones(1), course.by_site)
        inputs = model.uncertainty_inputs(course)
        spreads = fatigue.spreads.of_bone(question.bone.bone, inputs.modulus_exponent)
        return outcomes(inputs, sampled(spreads, settings.samples, settings.seed, question.number, question.bones))

    return outcomes_of
