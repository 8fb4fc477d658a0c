# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Will it break? Cycles, damage, repair, growth and probability, on arrays."""

from fea.risk.calibration import calibrated
from fea.risk.cycles import contact_cycles
from fea.risk.damage import Damage, Groups, contact_damage, days_to_failure, grouped
from fea.risk.exposure import Cortex, Exposure, Sections, exposure, measured_cortex, measured_sections
from fea.risk.growth import growth_factor
from fea.risk.model import RUN_IN_D, Course, RiskModel, Settings, reference_factor, reference_probability
from fea.risk.probability import by_site, doses, hazards, in_percent, probability, published
from fea.risk.repair import active, porosity, softening, unrepaired
from fea.risk.uncertainty import INPUTS, Outlook, People, Sensitivity, drawn, probabilities, sampled, sensitivities

__all__ = [
    "INPUTS",
    "RUN_IN_D",
    "Cortex",
    "Course",
    "Damage",
    "Exposure",
    "Groups",
    "Outlook",
    "People",
    "RiskModel",
    "Sections",
    "Sensitivity",
    "Settings",
    "active",
    "by_site",
    "calibrated",
    "contact_cycles",
    "contact_damage",
    "days_to_failure",
    "doses",
    "drawn",
    "exposure",
    "grouped",
    "growth_factor",
    "hazards",
    "in_percent",
    "measured_cortex",
    "measured_sections",
    "porosity",
    "probabilities",
    "probability",
    "published",
    "reference_factor",
    "reference_probability",
    "sampled",
    "sensitivities",
    "softening",
    "unrepaired",
]
