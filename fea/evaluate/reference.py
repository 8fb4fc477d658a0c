# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The published training that the fatigue life is calibrated on, for a case and for a bone."""

from __future__ import annotations

from fea.case import Fatigue, Options, composed, read_activity
from fea.evaluate.exposure import exposure_of
from fea.evaluate.result import Result
from fea.evaluate.solved import SolvedBone
from fea.risk import RiskModel, RiskSettings, calibrated


def reference_probability(result: Result, fatigue: Fatigue, settings: RiskSettings) -> float:
    """Probability of a stress fracture after the days and contacts of the reference, each contact that of a case."""
    one = exposure_of(result, settings.strain)
    return RiskModel(result.bone.cortex, [one], fatigue, settings, result.case.tissue).after_reference()


def reference_factor(bone: SolvedBone, size_mm: float, fatigue: Fatigue, settings: RiskSettings) -> float:
    """log10 of the life factor that gives the reference's published probability with this bone.

    Raises
    ------
    fea.errors.RunError
        No factor does.
    """
    asked = fatigue.reference
    options = Options(
        speed_m_per_s=asked.speed_m_per_s, mass_kg=asked.body_mass_kg, size_mm=size_mm, support=bone.support
    )
    case = composed(bone.description, read_activity(asked.activity), options=options)
    one = exposure_of(Result(case, bone), settings.strain)

    def final(factor: float) -> float:
        return RiskModel(bone.cortex, [one], fatigue, settings, life_factor=factor).after_reference()

    return calibrated(final, asked.probability)
