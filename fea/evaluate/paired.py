# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two predictions for the same virtual subjects: who is safer under which, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fea.errors import InputError
from fea.evaluate.prediction import BonesTogether, Prediction
from fea.risk import PERCENTILES

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


def paired_risk(a: Prediction | BonesTogether, b: Prediction | BonesTogether) -> PairedRisk:
    """Difference of two predictions within the same virtual subjects.

    Raises
    ------
    fea.errors.InputError
        The predictions are of other virtual subjects.
    """
    damage = quotient(_damage(b), _damage(a))
    share_a, share_b = float(a.curve[-1]), float(b.curve[-1])
    if a.subjects is None or b.subjects is None:
        return PairedRisk(share_a, share_b, damage)
    if not np.array_equal(a.subjects.weight, b.subjects.weight):
        raise InputError("the predictions are of other virtual subjects; give both the same samples and seed.")
    weight, one, two = a.subjects.weight, a.subjects.probability[:, -1], b.subjects.probability[:, -1]
    apart = np.abs(two - one) > _ROUND_OFF * np.maximum(one, two)
    ratio = np.divide(two, one, out=np.ones_like(one), where=one > 0.0)
    return PairedRisk(
        a=share_a,
        b=share_b,
        damage_ratio=damage,
        safer_a=float(np.average(apart & (one < two), weights=weight)),
        safer_b=float(np.average(apart & (two < one), weights=weight)),
        difference_band=_band(two - one, weight),
        ratio_band=_band(ratio, weight * (one > 0.0)) if (one > 0.0).any() else None,
    )


def _damage(one: Prediction | BonesTogether) -> float:
    bones = one.bones if isinstance(one, BonesTogether) else (one,)
    return float(sum(bone.daily_damage.sum() for bone in bones))


def _band(value: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.percentile(value, PERCENTILES, weights=weight, method="inverted_cdf")
    return float(low), float(middle), float(high)
