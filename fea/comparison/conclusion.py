# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a comparison says first: which design strains more, what it does under a plan, where it comes from, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fea.comparison.exposure import ExposureComparison, RangeInterval
from fea.comparison.inputs import VARIES, InputDifference
from fea.comparison.statistics import CONFIDENCE
from fea.evaluate import PairedRisk
from fea.risk import in_percent

_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_MOST_NAMED = 12
_SAME_PERCENT = 0.005
"""Change in % that rounds to nothing."""


@dataclass(frozen=True)
class Change:
    """B − A of one quantity.

    ``a`` and ``b`` are means over the pairs, ``difference`` is the mean over the subjects (over the pairs where
    there are none) of the difference within; ``low`` and ``high`` bound it with 95 % confidence, NaN where
    there are fewer than five subjects. ``grew`` is the share of subjects, or pairs, in which its size grew.
    """

    metric: str
    place: str
    unit: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    grew: float
    equivalence_p: float = float("nan")
    detectable: float = float("nan")

    @property
    def percent(self) -> float:
        """Increase of its size in percent of A, so that more compression is positive; NaN if A is 0."""
        return 100.0 * self.difference / self.a if self.a != 0.0 else float("nan")

    @property
    def relative_change(self) -> str:
        """Change of its size in words: in %, or as both values where A is 0."""
        return relative_change(self.a, self.b, self.percent)


def relative_change(a: float, b: float, percent: float) -> str:
    """Change from ``a`` to ``b`` in words: ``percent``, or both values where ``a`` is 0.

    Examples
    --------
    >>> nan = float("nan")
    >>> relative_change(200.0, 210.0, 5.0), relative_change(0.0, 153.2, nan), relative_change(0.0, 0.0, nan)
    ('+5.0', 'from 0 to 153.2', '0 in both')
    """
    if a != 0.0:
        return f"{percent:+.1f}"
    return f"from 0 to {b:.4g}" if b != 0.0 else "0 in both"


@dataclass(frozen=True)
class Conclusion:
    """What follows from a comparison.

    Attributes
    ----------
    strain : str
        Which design strains more, at the 95th percentile and at the worst place; empty of plans.
    exposure : str
        Damage and probability under a plan, or why there is none.
    origin : str
        The inputs that differ, with level and text of their sources.
    confidence : str
        How sure: an interval and over whom it is, or that there is none.
    remarks : tuple of str
        What was left out.
    """

    strain: str
    exposure: str
    origin: str
    confidence: str
    remarks: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All, in order."""
        return tuple(filter(None, (self.strain, self.exposure, self.origin, self.confidence, *self.remarks)))


def bone_in_words(bone: str) -> str:
    """A bone within a sentence.

    Examples
    --------
    >>> bone_in_words("tibia"), bone_in_words("metatarsal2")
    ('the tibia', 'the second metatarsal')
    """
    number = bone.removeprefix("metatarsal")
    return f"the {_ORDINALS[int(number) - 1]} metatarsal" if number in "12345" and number != bone else f"the {bone}"


def designs_of(inputs: Sequence[InputDifference], labels: tuple[str, str]) -> tuple[str, str]:
    """What both sides are called: by the inputs that differ, of the design if there are any, else by their labels."""
    kinds = [one.kind for one in inputs]
    told = [one for one in inputs if one.kind == kinds[0] and VARIES not in (one.a, one.b)]
    a, b = (", ".join(_named(one.name, getattr(one, side)) for one in told[:2]) for side in "ab")
    return (a, b) if told and a != b else labels


def _named(name: str, value: str) -> str:
    """A value as the name of a design: with the name of its input where it is a number or a word."""
    return value if value[:1].isupper() else f"{name} {value}"


def listed(names: Sequence[str]) -> str:
    """Names in a row, each once, of many the first twelve."""
    each = list(dict.fromkeys(names))
    more = len(each) - _MOST_NAMED
    return "; ".join(each[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def strain_sentence(designs: tuple[str, str], bone: str, p95: Change, worst: Change | None) -> str:
    """Which design strains the bone more, and by how much."""
    a, b = f"{designs[0]} (A)", f"{designs[1]} (B)"
    changes = [("at the 95th percentile", p95)]
    if worst is not None:
        changes.append((f"at the worst site ({worst.place}, p95 there)", worst))
    if all(change.difference == 0.0 for _, change in changes):
        return f"No difference: {b} strains {bone} as {a} does, {abs(p95.a):.0f} µε at the 95th percentile."
    told = "; ".join(f"{_in_percent(c)} {where}, {abs(c.a):.0f} to {abs(c.b):.0f} µε" for where, c in changes)
    grew = {float(np.sign(abs(change.b) - abs(change.a))) for _, change in changes}
    if {1.0, -1.0} <= grew:
        return f"{b} strains {bone} more than {a} in one measure and less in the other: {told}."
    return f"{b} strains {bone} {'more' if 1.0 in grew else 'less'} than {a}: {told}."


def _in_percent(change: Change) -> str:
    if abs(change.percent) < _SAME_PERCENT:
        return "no difference"
    return f"{change.percent:+.1f} %" if abs(change.percent) >= 0.1 else f"{change.percent:+.2f} %"


def exposure_sentence(designs: tuple[str, str], exposure: ExposureComparison | str) -> str:
    """Damage and probability of both designs under a plan."""
    if isinstance(exposure, str):
        return f"No damage or probability is given: {exposure}."
    risk, (a, b) = exposure.risk, designs
    over = f"Over {exposure.exposure}, each done as in these cases"
    virtual = exposure.who == "virtual subjects"
    share = "the expected share of people with a stress fracture" if virtual else "the mean probability of a fracture"
    if risk.ratio == 1.0 and risk.damage_ratio == 1.0:
        return f"{over}, damage is the same, and {share}, {in_percent(risk.a)}."
    ratio = f", {times(risk.ratio)} as much" if np.isfinite(risk.ratio) else ""
    if risk.ratio_band is not None:
        low, _, high = risk.ratio_band
        ratio += f" ({low:.3g} to {high:.3g} times in the middle 90 % of virtual subjects)"
    damage = f"{b} does {times(risk.damage_ratio)} the damage of {a}" if np.isfinite(risk.damage_ratio) else "no damage"
    shares = f"{share} is {in_percent(risk.b)} against {in_percent(risk.a)}"
    return f"{over}, {damage}; {shares}{ratio}{_safer(risk, exposure, a, b)}."


def times(ratio: float) -> str:
    """A ratio in words.

    Examples
    --------
    >>> times(1.0), times(1.397), times(0.0123), times(123.4)
    ('1 time', '1.4 times', '0.0123 times', '123 times')
    """
    return "1 time" if ratio == 1.0 else f"{ratio:.3g} times"


def _safer(risk: PairedRisk, exposure: ExposureComparison, a: str, b: str) -> str:
    """Who is safer under which, of virtual subjects or of pairs."""
    if risk.safer_a is None or risk.safer_b is None:
        return ""
    if risk.safer_a == risk.safer_b == 0.0:
        return "; all are as safe with both"
    share, design = max((risk.safer_a, a), (risk.safer_b, b), key=lambda one: one[0])
    if exposure.who == "virtual subjects":
        return f"; {100.0 * share:.0f} of 100 virtual subjects are safer with {design}"
    return f"; {design} is safer in {share * exposure.number:.0f} of {exposure.number} pairs of cases"


def origin_sentence(inputs: Sequence[InputDifference], bone: str) -> str:
    """The inputs that differ, with the sources of their factors."""
    if not inputs:
        return "No input differs."
    told = []
    for one in inputs:
        if one.without_effect:
            told.append(f"{one.sentence}, and no effect of this {one.name} on {bone} is known to the library")
        elif one.effects:
            told.append(f"{one.sentence} ({'; '.join(effect.sentence for effect in one.effects)})")
        else:
            told.append(one.sentence)
    return f"What differs: {'; '.join(told)}."


def confidence_sentence(
    p95: Change,
    subjects: int,
    pairs: int,
    inputs: Sequence[InputDifference],
    over_range: RangeInterval | None,
    margin_percent: float,
) -> str:
    """How sure the difference is: an interval, named as what it is, or that there is none."""
    if np.isfinite(p95.low) and p95.a != 0.0:
        low, high = (f"{100.0 * end / p95.a:+.2f}" for end in (p95.low, p95.high))
        within = f"within ±{margin_percent:g} % (two one-sided tests, p = {p95.equivalence_p:.2g})"
        equivalent = "equivalent" if p95.equivalence_p < 1.0 - CONFIDENCE else "not shown to be equivalent"
        return (
            f"How sure: over {subjects} subjects the 95 % interval of the mean difference of p95 is {low} to {high} %; "
            f"the designs are {equivalent} {within}; so many subjects show a difference of "
            f"{abs(100.0 * p95.detectable / p95.a):.2g} % with 80 % power. This is the spread of the subjects, not the "
            "uncertainty of the model."
        )
    if over_range is not None:
        low, high = f"{over_range.low_percent:+.1f}", f"{over_range.high_percent:+.1f}"
        return (
            f"How sure: over the range that the source of {', '.join(over_range.quantities)} allows, p95 changes by "
            f"{low} to {high} %."
        )
    factors = [effect.quantity for one in inputs for effect in one.effects]
    spread = f", and no source states a range of the factor on {', '.join(factors)}" if factors else ""
    who = "one pair of cases" if pairs == 1 else f"{pairs} pairs of cases that are no sample of people"
    if subjects:
        who = f"{subjects} subjects are too few"
    return f"How sure: no interval can be given: {who}{spread}."
