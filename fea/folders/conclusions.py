# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a comparison concludes, as ``result.json`` has it: sentences, inputs that differ, damage and probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from fea.case import EvidenceLevel
from fea.comparison import EffectDifference, ExposureComparison, InputDifference, InputKind
from fea.evaluate import PairedRisk
from fea.folders.manifest import Stored


class EffectFigures(Stored):
    """A factor of a shoe or a way of carrying that acts on the bone and differs between the sides."""

    quantity: str
    factor_a: float
    factor_b: float
    evidence_a: EvidenceLevel
    evidence_b: EvidenceLevel
    source_a: str
    source_b: str
    range_a: tuple[float, float] | None = None
    range_b: tuple[float, float] | None = None


class InputFigures(Stored):
    """An input that differs between the sides, with the factors that differ with it."""

    name: str
    kind: InputKind
    a: str
    b: str
    effects: list[EffectFigures] = Field(default_factory=list)
    without_effect: bool = False


class PairedFigures(Stored):
    """Damage and probability of both sides, and their difference within virtual subjects."""

    probability_a: float
    probability_b: float
    probability_ratio: float | None = None
    damage_ratio: float | None = None
    safer_a: float | None = None
    safer_b: float | None = None
    difference_band: tuple[float, float, float] | None = None
    ratio_band: tuple[float, float, float] | None = None


class ExposureFigures(PairedFigures):
    """The same under one exposure of both sides."""

    exposure: str
    who: str
    number: int


def input_figures(inputs: Sequence[InputDifference]) -> list[InputFigures]:
    """Inputs that differ, with their factors."""
    return [
        InputFigures(
            name=one.name,
            kind=one.kind,
            a=one.a,
            b=one.b,
            effects=[_effect(effect) for effect in one.effects],
            without_effect=one.without_effect,
        )
        for one in inputs
    ]


def exposure_figures(exposure: ExposureComparison) -> ExposureFigures:
    """Damage and probability under an exposure."""
    return ExposureFigures(
        exposure=exposure.exposure, who=exposure.who, number=exposure.number, **_paired(exposure.risk)
    )


def paired_figures(risk: PairedRisk) -> PairedFigures:
    """Damage and probability of both sides."""
    return PairedFigures(**_paired(risk))


def _paired(risk: PairedRisk) -> dict[str, Any]:
    return {
        "probability_a": risk.a,
        "probability_b": risk.b,
        **finite({"probability_ratio": risk.ratio, "damage_ratio": risk.damage_ratio}),
        "safer_a": risk.safer_a,
        "safer_b": risk.safer_b,
        "difference_band": risk.difference_band,
        "ratio_band": risk.ratio_band,
    }


def _effect(one: EffectDifference) -> EffectFigures:
    return EffectFigures(
        quantity=one.quantity,
        factor_a=one.a.factor,
        factor_b=one.b.factor,
        evidence_a=one.a.evidence,
        evidence_b=one.b.evidence,
        source_a=one.a.source,
        source_b=one.b.source,
        range_a=one.a.range,
        range_b=one.b.range,
    )


def finite(table: dict[str, Any]) -> dict[str, Any]:
    """The table with None in place of numbers that are not finite."""
    return {key: None if isinstance(x, float) and not math.isfinite(x) else x for key, x in table.items()}
