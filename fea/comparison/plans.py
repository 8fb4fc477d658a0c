# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two training plans, or one in two designs, on the same bones of the same virtual subjects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fea.case import Case, Plan, Session
from fea.comparison.conclusion import Conclusion, bone_in_words, designs_of, origin_sentence, times
from fea.comparison.inputs import InputDifference, InputKind, input_differences
from fea.errors import InputError
from fea.evaluate import BonesTogether, FinalRisk, PairedRisk, PlanQuestion, Prediction, final_risk, paired_risk
from fea.risk import in_percent


@dataclass(frozen=True)
class PlanSide:
    """One side of a comparison of plans.

    Attributes
    ----------
    questions : tuple of PlanQuestion
        The plan on each bone.
    final : FinalRisk
        The risk at its end.
    """

    questions: tuple[PlanQuestion, ...]
    final: FinalRisk

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.questions[0].plan

    @property
    def bones(self) -> tuple[str, ...]:
        """Which bones it is on."""
        return tuple(one.bone.bone for one in self.questions)


def plan_side(one: Prediction | BonesTogether) -> PlanSide:
    """A prediction as a side of a comparison."""
    bones = one.bones if isinstance(one, BonesTogether) else (one,)
    return PlanSide(tuple(bone.question for bone in bones), final_risk(one))


@dataclass(frozen=True)
class PlanComparison:
    """Two plans compared: the inputs that differ, and the risk of both within the same virtual subjects."""

    a: PlanSide
    b: PlanSide
    inputs: tuple[InputDifference, ...]
    risk: PairedRisk

    @property
    def designs(self) -> tuple[str, str]:
        """What A and B are called: by the inputs that differ, else by the plans."""
        return designs_of(self.inputs, (self.a.plan.title, self.b.plan.title))

    @property
    def bone(self) -> str:
        """The bone, or several, within a sentence."""
        names = [bone_in_words(bone) for bone in self.a.bones]
        return names[0] if len(names) == 1 else f"any of {', '.join(names)}"

    @property
    def subjects(self) -> int:
        """Number of virtual subjects; 0 without."""
        return 0 if self.a.final.weight is None or self.risk.safer_a is None else len(self.a.final.weight)

    @cached_property
    def conclusion(self) -> Conclusion:
        """What follows, in sentences."""
        return Conclusion(
            strain="",
            exposure=_risk_sentence(self.designs, self.bone, self.risk),
            origin=origin_sentence(self.inputs, self.bone),
            confidence=_confidence_sentence(self.subjects),
        )


def compared_plans(a: PlanSide, b: PlanSide) -> PlanComparison:
    """Comparison of two plans on the same bones.

    Raises
    ------
    fea.errors.InputError
        Other bones, or other virtual subjects.
    """
    if a.bones != b.bones:
        raise InputError(
            f"the bones are {', '.join(a.bones)} and {', '.join(b.bones)}; compare plans on the same bones."
        )
    return PlanComparison(a, b, tuple(_inputs(a.questions[0], b.questions[0])), paired_risk(a.final, b.final))


def _inputs(a: PlanQuestion, b: PlanQuestion) -> Iterator[InputDifference]:
    """Yield the inputs that differ: session by session where the training is alike, else the plans as a whole."""
    alike = _structure(a.plan) == _structure(b.plan)
    if not alike:
        yield InputDifference("plan", "design", a.plan.title, b.plan.title)
    cases = list(zip(_session_cases(a), _session_cases(b), strict=False))
    design: Sequence[InputKind] = ("design", "person", "model") if alike else ("person", "model")
    yield from (one for one in input_differences(cases) if one.kind in design)
    for name, one in asdict(a.settings).items():
        other = getattr(b.settings, name)
        if one != other:
            yield InputDifference(name.replace("_", " "), "model", str(one), str(other))
    if a.fatigue != b.fatigue:
        yield InputDifference("fatigue laws", "model", "as its file says", "as its file says")


def _session_cases(question: PlanQuestion) -> Iterator[Case]:
    """Yield the case of each session of the plan, in the order of blocks and sessions."""
    cases = question.cases()
    for block in question.plan.blocks:
        for session in block.sessions:
            yield cases[session.activity, session.options]


_AMOUNT = ("activity", "days", "distance_km", "repetitions", "weekly_growth_percent")


def _structure(plan: Plan) -> list[Any]:
    """Weeks of each block, and activity, days and amounts of each session."""

    def amount(session: Session) -> tuple[Any, ...]:
        return tuple(getattr(session, name) for name in _AMOUNT)

    return [(block.weeks, [amount(session) for session in block.sessions]) for block in plan.blocks]


def _risk_sentence(designs: tuple[str, str], bone: str, risk: PairedRisk) -> str:
    a, b = f"{designs[0]} (A)", f"{designs[1]} (B)"
    if risk.ratio == 1.0 and risk.damage_ratio == 1.0:
        return f"No difference: with {b} as with {a}, {in_percent(risk.a)} get a stress fracture of {bone}."
    who = "such people" if risk.safer_a is not None else "average people"
    one, two = (in_percent(share).removesuffix(" %") for share in (risk.a, risk.b))
    told = f"Of 100 {who}, {two} get a stress fracture of {bone} with {b} and {one} with {a}"
    if np.isfinite(risk.ratio):
        told += f", {times(risk.ratio)} as many"
    if risk.ratio_band is not None and risk.difference_band is not None:
        low, _, high = risk.ratio_band
        least, _, most = (100.0 * end for end in risk.difference_band)
        told += (
            f" ({low:.3g} to {high:.3g} times, {least:+.2g} to {most:+.2g} percentage points, in the middle 90 % of "
            "virtual subjects)"
        )
    if risk.safer_a is not None and risk.safer_b is not None:
        share, design = max((risk.safer_a, designs[0]), (risk.safer_b, designs[1]), key=lambda one: one[0])
        told += f"; {100.0 * share:.0f} of 100 are safer with {design}"
    damage = f"; {designs[1]} does {times(risk.damage_ratio)} the damage" if np.isfinite(risk.damage_ratio) else ""
    return f"{told}{damage}."


def _confidence_sentence(subjects: int) -> str:
    if subjects == 0:
        return "How sure: no interval can be given: the plans do not hold the same virtual subjects."
    return (
        f"How sure: the difference is within each of the same {subjects} virtual subjects, who differ in body mass, "
        "load, density, bone size and fatigue life; the uncertainty of the inputs that differ is not in it."
    )
