# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Damage and probability of both sides under the same plan, and strain over the range of an input."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fea.case import Carriage, Case, Effect, Plan, Shoe, Stance, read_fatigue, read_plan
from fea.comparison.inputs import InputDifference
from fea.comparison.sides import Observation
from fea.errors import MissingDependency
from fea.evaluate import PairedRisk, Result, SolvedBone, covers_distance, final_risk, paired_risk, predicted, under_plan
from fea.files import Progress, silent
from fea.risk import RiskSettings

DEFAULT_PLANS = ("ten_percent", "jump_block")
"""Plans by which designs are compared: of activities that cover distance, and of those that go by repetitions."""
_MOST_PAIRS = 12
"""Pairs on one bone for which damage and probability take some seconds, and are computed without being asked for."""
Who = Literal["virtual subjects", "pairs of cases", "the average person"]

Pair = tuple[Observation, Observation]
_DAMAGE, _PROBABILITY = "damage of a day", "probability after "


@dataclass(frozen=True)
class ExposureComparison:
    """Damage and probability of both sides under one exposure.

    Attributes
    ----------
    exposure : str
        The exposure in words.
    risk : PairedRisk
        Under A and under B.
    who : {"virtual subjects", "pairs of cases"}
        Over whom shares and bands are.
    number : int
        How many these are.
    """

    exposure: str
    risk: PairedRisk
    who: Who
    number: int


def compared_exposure(
    pairs: Sequence[Pair], plan: Plan | Literal["none"] | None = None, progress: Progress = silent
) -> ExposureComparison | str:
    """Comparison of pairs of cases under a plan, each done as often as it says; without one a text that says why.

    By default a study's own training, or one of :data:`DEFAULT_PLANS` where all pairs are of one bone.

    Raises
    ------
    fea.errors.InputError
        The plan has no amount of the kind that an activity needs.
    fea.errors.RunError
        A bone has to be solved anew, and that failed.
    """
    if plan == "none":
        return "none was asked for"
    if plan is None:
        trained = _of_training(pairs)
        if trained is not None:
            return trained
        if len(pairs) > _MOST_PAIRS or not _one_bone(pairs):
            return "the study has no training, and many bones or cases; --plan names a plan that each of them follows"
    cases = [one.case for pair in pairs for one in pair]
    if len({covers_distance(case) for case in cases}) > 1:
        return "one activity goes by distance and the other by repetitions, so no plan holds both"
    chosen = plan or read_plan(DEFAULT_PLANS[0] if covers_distance(cases[0]) else DEFAULT_PLANS[1])
    settings = RiskSettings(sensitivity=0) if len(pairs) == 1 else RiskSettings(sensitivity=0, samples=0)
    fatigue = read_fatigue()
    risks, exposure = [], ""
    try:
        for pair in pairs:
            questions = [under_plan(one.case, chosen, fatigue, settings) for one in pair]
            exposure = _told(questions[0].plan)
            bones = zip(questions, pair, strict=True)
            a, b = (final_risk(predicted(question, one.solved(), progress)) for question, one in bones)
            risks.append(paired_risk(a, b))
    except MissingDependency as error:
        return f"the bone cannot be solved again here ({error})"
    if len(risks) == 1:
        return ExposureComparison(exposure, risks[0], "virtual subjects", settings.samples)
    return ExposureComparison(exposure, _together(risks), "pairs of cases", len(risks))


def _told(plan: Plan) -> str:
    """A plan with its length and amount, in words."""
    amounts = zip(plan.weekly_amounts(), ("km", "repetitions"), strict=True)
    total = ", ".join(f"{sum(weekly):,.0f} {unit}" for weekly, unit in amounts if sum(weekly) > 0.0)
    return f"the {plan.weeks} weeks of {plan.name!r} ({total})"


def _one_bone(pairs: Sequence[Pair]) -> bool:
    first = pairs[0][0].case
    return len(pairs) == 1 or all(one.case.bone == first.bone for pair in pairs for one in pair)


def _of_training(pairs: Sequence[Pair]) -> ExposureComparison | None:
    """Comparison by the metrics of a study that has training; None of any other."""
    name = next((n for n, place in pairs[0][0].metrics if n.startswith(_PROBABILITY) and not place), None)
    if name is None or any((key, "") not in one.metrics for pair in pairs for one in pair for key in (name, _DAMAGE)):
        return None
    risks = []
    for pair in pairs:
        (damage_a, a), (damage_b, b) = ([one.metrics[key, ""][1] for key in (_DAMAGE, name)] for one in pair)
        ratio = damage_b / damage_a if damage_a > 0.0 else float("nan")
        risks.append(PairedRisk(a, b, ratio))
    days = name.removeprefix(_PROBABILITY).removesuffix(" d")
    return ExposureComparison(f"{days} days of the study's training", _together(risks), "pairs of cases", len(risks))


def _together(risks: Sequence[PairedRisk]) -> PairedRisk:
    """Mean risk of pairs of cases, the geometric mean of their ratios of damage, and in how many each is safer."""
    ratios = np.array([one.damage_ratio for one in risks])
    a, b = np.array([one.a for one in risks]), np.array([one.b for one in risks])
    return PairedRisk(
        a=float(a.mean()),
        b=float(b.mean()),
        damage_ratio=float(np.exp(np.log(ratios).mean())) if (ratios > 0.0).all() else float("nan"),
        safer_a=float((a < b).mean()),
        safer_b=float((b < a).mean()),
    )


@dataclass(frozen=True)
class RangeInterval:
    """Smallest and largest change of p95, in %, over the ranges that the sources of the inputs allow."""

    quantities: tuple[str, ...]
    low_percent: float
    high_percent: float


def range_interval(pair: Pair, inputs: Sequence[InputDifference]) -> RangeInterval | None:
    """Change of p95 between the ends of the ranges of the factors that differ; None where none has a range.

    Strain is monotone in each factor, so that the extremes are among the ends.

    Raises
    ------
    fea.errors.RunError
        The bone has to be solved anew, and that failed.
    """
    ranged = tuple(
        effect.quantity
        for one in inputs
        for effect in one.effects
        if effect.a.range is not None or effect.b.range is not None
    )
    if not ranged:
        return None
    try:
        a, b = ([_p95(case, bone) for case in _at_ends(one.case, ranged)] for one in pair for bone in [one.solved()])
    except MissingDependency:
        return None
    changes = [100.0 * (two / one - 1.0) for one in a for two in b]
    return RangeInterval(ranged, min(changes), max(changes))


def _p95(case: Case, bone: SolvedBone) -> float:
    return Result(case, bone).summary.p95_ue


def _at_ends(case: Case, quantities: Sequence[str]) -> Iterator[Case]:
    """Yield the case with each combination of the ends of the ranges of these effects."""
    stance = case.activity
    assert isinstance(stance, Stance)
    effects = stance.design_effects(case.bone.bone)
    choices = []
    for quantity in quantities:
        effect = effects.get(quantity)
        if effect is None or effect.range is None:
            continue
        choices.append([(effect, effect.model_copy(update={"factor": end})) for end in effect.range])
    for chosen in itertools.product(*choices):
        updates = {"shoe": _replaced(stance.shoe, chosen), "carriage": _replaced(stance.carriage, chosen)}
        yield case.model_copy(update={"activity": stance.model_copy(update=updates)})


def _replaced[D: (Shoe, Carriage)](design: D, chosen: Sequence[tuple[Effect, Effect]]) -> D:
    """A shoe or a way of carrying with other effects in place of its own."""
    fields = {name: new for name in type(design).model_fields for old, new in chosen if getattr(design, name) is old}
    return design.model_copy(update=fields)
