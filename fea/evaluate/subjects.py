# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What every prediction of risk takes beside its loads: everyday life of the bone, and virtual subjects."""

from __future__ import annotations

from fea.case import BodyOptions, BoneDescription, Case, Fatigue, Options, TissueState, composed, read_activity
from fea.errors import InputError
from fea.risk import Outcomes, RiskCourse, RiskModel, outcomes, sampled


def body_of(case: Case) -> BodyOptions:
    """Body, element size and support of a case."""
    return BodyOptions(case.body_mass_kg, case.size_mm, case.support, case.accept_implausible, case.side)


def everyday_case(bone: BoneDescription, tissue: TissueState, body: BodyOptions, fatigue: Fatigue) -> Case | None:
    """Everyday life of a bone as a case; None for a bone that its activity does not load."""
    try:
        return composed(bone, read_activity(fatigue.growth.everyday_activity), tissue, Options(**vars(body)))
    except InputError:
        return None


def virtual_subjects(
    model: RiskModel, course: RiskCourse, bone: BoneDescription, number: int = 0, bones: int = 1
) -> Outcomes:
    """Fractures of virtual subjects under a course of the model of a bone, ``number`` among several of one person."""
    inputs, settings = model.uncertainty_inputs(course), model.settings
    spreads = model.fatigue.spreads.of_bone(bone.bone, inputs.modulus_exponent)
    return outcomes(inputs, sampled(spreads, settings.samples, settings.seed, number, bones))
