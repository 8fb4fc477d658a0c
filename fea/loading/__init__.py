# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads on a bone: activity → frames of unit loads → tractions; internal loads along the shaft."""

from fea.loading.applied import AppliedLoad, applied_loads, region_face, region_wrenches
from fea.loading.exchange import given_history, write_history
from fea.loading.forefoot import ForefootForces
from fea.loading.frames import Cycles, LoadHistory, load_history, more_loads
from fea.loading.ground import GroundForce, ground_force
from fea.loading.leg import LegForces
from fea.loading.measured import contacts_in, import_ground
from fea.loading.opensim import ImportedLoads, Interval, OpenSimFiles, import_opensim
from fea.loading.question import TrialLoads, read_loads, resolved_with_trials, trial_history, trial_loads
from fea.loading.reaction import with_reaction
from fea.loading.shoe import shoe_of
from fea.loading.stance import ankle_and_knee_factors, forefoot_factor, ground_of, leg_of, ray_forces, stance_loads
from fea.loading.statics import SectionLoads, internal_loads, mean_tractions, resultant, unit_section_loads
from fea.loading.traction import Load, PathLoad, SurfaceLoad, Traction, UnitLoad, surface_load

__all__ = [
    "AppliedLoad",
    "Cycles",
    "ForefootForces",
    "GroundForce",
    "ImportedLoads",
    "Interval",
    "LegForces",
    "Load",
    "LoadHistory",
    "OpenSimFiles",
    "PathLoad",
    "SectionLoads",
    "SurfaceLoad",
    "Traction",
    "TrialLoads",
    "UnitLoad",
    "ankle_and_knee_factors",
    "applied_loads",
    "contacts_in",
    "forefoot_factor",
    "given_history",
    "ground_force",
    "ground_of",
    "import_ground",
    "import_opensim",
    "internal_loads",
    "leg_of",
    "load_history",
    "mean_tractions",
    "more_loads",
    "ray_forces",
    "read_loads",
    "region_face",
    "region_wrenches",
    "resolved_with_trials",
    "resultant",
    "shoe_of",
    "stance_loads",
    "surface_load",
    "trial_history",
    "trial_loads",
    "unit_section_loads",
    "with_reaction",
    "write_history",
]
