# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two predictions for the same virtual subjects: who is safer under which, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.evaluate.prediction import BonesTogether, Prediction
from fea.risk import PERCENTILES

Floats = npt.NDArray[np.float64]

_ROUND_OFF = 1e-9
"""Relative difference of two probabilities below which they are the same."""


@dataclass(frozen=True)
class PairedRisk:
    """Risk by the end under A and under B, and its difference within each virtual subject.

    Attributes
    ----------
    a, b : float
        Expected share of people whose bone has broken; without virtual subjects the probability of the average person.
    damage_ratio : float
        Damage that all days add to the whole bone of the average person, B over A.
    safer_a, safer_b : float, optional
        Share of people who are safer under A and under B; the rest are as safe under both. None without virtual
        subjects.
    difference_band : tuple of float, optional
        5th, 50th and 95th percentile over virtual subjects of the difference of their probabilities, B - A.
    ratio_band : tuple of float, optional
        The same of the ratio, B over A, of those whose bone can break under A.
    """

    a: float
    b: float
    damage_ratio: float
    safer_a: float | None = None
    safer_b: float | None = None
    difference_band: tuple[float, float, float] | None = None
    ratio_band: tuple[float, float, float] | None = None

    @property
    def ratio(self) -> float:
        """Share under B over that under A; NaN where both are 0."""
        return quotient(self.b, self.a)

    @property
    def difference(self) -> float:
        """Share under B minus that under A."""
        return self.b - self.a


def quotient(over: float, under: float) -> float:
    """A ratio; NaN of two zeros, infinite over 0.

    Examples
    --------
    >>> quotient(3.0, 2.0), quotient(0.0, 0.0), quotient(1.0, 0.0)
    (1.5, nan, inf)
    """
    if under == 0.0:
        return float("nan") if over == 0.0 else float("inf")
    return over / under


@dataclass(frozen=True)
class FinalRisk:
    """Risk at the end of a prediction.

    Attributes
    ----------
    share : float
        Expected share of people whose bone has broken; without virtual subjects the probability of the average person.
    damage : float
        Damage that all days add to the whole bone of the average person, of several bones their sum.
    probability, weight : ndarray, float64, (s,), optional
        Of each virtual subject.
    """

    share: float
    damage: float
    probability: Floats | None = None
    weight: Floats | None = None


def final_risk(one: Prediction | BonesTogether) -> FinalRisk:
    """Risk at the end of a prediction."""
    bones = one.bones if isinstance(one, BonesTogether) else (one,)
    damage = float(sum(bone.daily_damage.sum() for bone in bones))
    people = one.subjects
    if people is None:
        return FinalRisk(float(one.curve[-1]), damage)
    return FinalRisk(float(one.curve[-1]), damage, people.probability[:, -1], people.weight)


def paired_risk(a: FinalRisk, b: FinalRisk) -> PairedRisk:
    """Difference of two risks within the same virtual subjects; as a whole where one has none.

    Raises
    ------
    fea.errors.InputError
        The virtual subjects are not the same.
    """
    damage = quotient(b.damage, a.damage)
    one, two, weight, other = a.probability, b.probability, a.weight, b.weight
    if one is None or two is None or weight is None or other is None:
        return PairedRisk(a.share, b.share, damage)
    if len(weight) != len(other) or not np.allclose(weight, other, rtol=_ROUND_OFF, atol=0.0):
        raise InputError("the predictions are of other virtual subjects; give both the same samples and seed.")
    apart = np.abs(two - one) > _ROUND_OFF * np.maximum(one, two)
    ratio = np.divide(two, one, out=np.ones_like(one), where=one > 0.0)
    return PairedRisk(
        a=a.share,
        b=b.share,
        damage_ratio=damage,
        safer_a=float(np.average(apart & (one < two), weights=weight)),
        safer_b=float(np.average(apart & (two < one), weights=weight)),
        difference_band=_band(two - one, weight),
        ratio_band=_band(ratio, weight * (one > 0.0)) if (one > 0.0).any() else None,
    )


def _band(value: Floats, weight: Floats) -> tuple[float, float, float]:
    low, middle, high = np.percentile(value, PERCENTILES, weights=weight, method="inverted_cdf")
    return float(low), float(middle), float(high)
