# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Results of OpenSim, read without it: reactions, muscle forces and motion → the loads of a tibia."""

from fea.loading.opensim.regions import ImportedLoads, import_opensim
from fea.loading.opensim.trial import Interval, OpenSimFiles, TibiaForces, read_shank, read_tibia_forces

__all__ = [
    "ImportedLoads",
    "Interval",
    "OpenSimFiles",
    "TibiaForces",
    "import_opensim",
    "read_shank",
    "read_tibia_forces",
]
