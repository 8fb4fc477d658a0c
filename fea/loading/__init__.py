# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does it carry? Activity → frames of unit loads → tractions; internal loads along the shaft."""

from fea.loading.exchange import write_history
from fea.loading.frames import Cycles, LoadHistory, UnitLoad, load_history, pack_and_shoe, stance_forces
from fea.loading.ground import GroundForce, ground_force
from fea.loading.leg import LegForces, leg_forces
from fea.loading.reaction import with_reaction
from fea.loading.statics import SectionLoads, internal_loads, mean_tractions, resultant, unit_section_loads
from fea.loading.traction import Traction, unit_traction

__all__ = [
    "Cycles",
    "GroundForce",
    "LegForces",
    "LoadHistory",
    "SectionLoads",
    "Traction",
    "UnitLoad",
    "ground_force",
    "internal_loads",
    "leg_forces",
    "load_history",
    "mean_tractions",
    "pack_and_shoe",
    "resultant",
    "stance_forces",
    "unit_section_loads",
    "unit_traction",
    "with_reaction",
    "write_history",
]
