# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does it carry? Activity → frames of unit loads → tractions; internal loads along the shaft."""

from fea.loading.frames import LoadHistory, UnitLoad, load_history
from fea.loading.statics import SectionLoads, internal_loads, mean_tractions, resultant
from fea.loading.traction import Traction, unit_traction

__all__ = [
    "LoadHistory",
    "SectionLoads",
    "Traction",
    "UnitLoad",
    "internal_loads",
    "load_history",
    "mean_tractions",
    "resultant",
    "unit_traction",
]
