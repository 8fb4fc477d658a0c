# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Kernels on arrays: cycles, damage, repair, periosteal apposition, probability of a stress fracture."""

from fea.risk.apposition import apposition_factor
from fea.risk.calibration import calibrated
from fea.risk.cycles import contact_cycles
from fea.risk.damage import Damage, Groups, contact_damage, days_to_failure, grouped
from fea.risk.exposure import Cortex, Exposure, Sections, beam_strain
from fea.risk.model import RUN_IN_D, Course, RiskModel, Settings
from fea.risk.probability import by_site, doses, hazards, in_percent, probability, published
from fea.risk.repair import damage_convolution, porosity, softening, unrepaired_share
from fea.risk.uncertainty import INPUTS, Outlook, Samples, Sensitivity, drawn, probabilities, sampled, sensitivities

__all__ = [
    "INPUTS",
    "RUN_IN_D",
    "Cortex",
    "Course",
    "Damage",
    "Exposure",
    "Groups",
    "Outlook",
    "RiskModel",
    "Samples",
    "Sections",
    "Sensitivity",
    "Settings",
    "apposition_factor",
    "beam_strain",
    "by_site",
    "calibrated",
    "contact_cycles",
    "contact_damage",
    "damage_convolution",
    "days_to_failure",
    "doses",
    "drawn",
    "grouped",
    "hazards",
    "in_percent",
    "porosity",
    "probabilities",
    "probability",
    "published",
    "sampled",
    "sensitivities",
    "softening",
    "unrepaired_share",
]
