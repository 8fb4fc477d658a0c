# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Kernels on arrays: cycles, damage, repair, periosteal apposition, probability of a stress fracture."""

from fea.risk.apposition import apposition, apposition_factor, stimulus
from fea.risk.calibration import calibrated
from fea.risk.cycles import contact_cycles
from fea.risk.damage import Damage, DamageGroups, contact_damage, days_to_failure, grouped
from fea.risk.exposure import Cortex, CorticalSections, Exposure, SectionExposure, beam_strain
from fea.risk.model import RUN_IN_D, RiskCourse, RiskModel, RiskSettings, fatigued
from fea.risk.probability import by_site, doses, hazards, headline, in_percent, probability, published
from fea.risk.repair import WEEK_D, damage_convolution, porosity, softening, unrepaired_share
from fea.risk.uncertainty import (
    INPUTS,
    MOST_BONES,
    PERCENTILES,
    Outcomes,
    Samples,
    Sensitivity,
    UncertaintyInputs,
    outcomes,
    probabilities,
    sampled,
    samples_from,
    sensitivities,
    together,
)

__all__ = [
    "INPUTS",
    "MOST_BONES",
    "PERCENTILES",
    "RUN_IN_D",
    "WEEK_D",
    "Cortex",
    "CorticalSections",
    "Damage",
    "DamageGroups",
    "Exposure",
    "Outcomes",
    "RiskCourse",
    "RiskModel",
    "RiskSettings",
    "Samples",
    "SectionExposure",
    "Sensitivity",
    "UncertaintyInputs",
    "apposition",
    "apposition_factor",
    "beam_strain",
    "by_site",
    "calibrated",
    "contact_cycles",
    "contact_damage",
    "damage_convolution",
    "days_to_failure",
    "doses",
    "fatigued",
    "grouped",
    "hazards",
    "headline",
    "in_percent",
    "outcomes",
    "porosity",
    "probabilities",
    "probability",
    "published",
    "sampled",
    "samples_from",
    "sensitivities",
    "softening",
    "stimulus",
    "together",
    "unrepaired_share",
]
