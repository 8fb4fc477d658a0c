# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The published training that the fatigue life is calibrated on, for a case and for a bone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fea.case import Fatigue, Options, composed, read_activity
from fea.evaluate.exposure import exposure_of
from fea.evaluate.result import Result
from fea.evaluate.solved import SolvedBone
from fea.risk import RiskModel, RiskSettings, calibrated, outcomes, sampled

_SUBJECTS = 1024


def reference_share(result: Result, fatigue: Fatigue, settings: RiskSettings) -> float:
    """Expected share of people who break with the training of the reference, each contact that of a case.

    In the published form, which knows no virtual subjects, the probability of the average person.
    """
    one = exposure_of(result, settings.strain)
    model = RiskModel(result.bone.cortex, [one], fatigue, settings, result.case.tissue)
    return _share(model, result.bone)


def reference_factor(bone: SolvedBone, size_mm: float, fatigue: Fatigue, settings: RiskSettings) -> float:
    """log10 of the life factor that gives the reference's published share with this bone.

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
        return _share(RiskModel(bone.cortex, [one], fatigue, settings, life_factor=factor), bone)

    return calibrated(final, asked.probability)


def _share(model: RiskModel, bone: SolvedBone) -> float:
    asked = model.fatigue.reference
    return share_after(model, bone, asked.distance_km_per_day, asked.days)


def share_after(model: RiskModel, bone: SolvedBone, km_per_day: float, days: int) -> float:
    """Expected share of people who break by the end of so many days of the model's only load, from rest on.

    In the published form, which knows no virtual subjects, the probability of the average person.
    """
    each_day = km_per_day * (model.exposures[0].cycles_per_km or 0.0)
    course = model.course(np.full((1, days), each_day))
    if model.settings.form == "published":
        return float(course.probability[-1])
    # Load and repair never change, so that the last day is the worst.
    inputs = replace(model.uncertainty_inputs(course), unrepaired=course.unrepaired[:, :, -1:])
    spreads = model.fatigue.spreads.of_bone(bone.description.bone, inputs.modulus_exponent)
    return float(outcomes(inputs, sampled(spreads, _SUBJECTS, seed=1)).share[-1])
