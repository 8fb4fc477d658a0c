# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does the tissue feel? Superposition, principal strains, gauges, hotspots, section integrals."""

from fea.strain.gauges import GaugeReading, read_gauges
from fea.strain.hotspots import Hotspot, hotspots
from fea.strain.sections import integrated_loads
from fea.strain.summary import Summary, excluded, summarised, volume_percentile
from fea.strain.tensor import MICROSTRAIN, StrainField, equivalent, principal, superposed, vertex_mean

__all__ = [
    "MICROSTRAIN",
    "GaugeReading",
    "Hotspot",
    "StrainField",
    "Summary",
    "equivalent",
    "excluded",
    "hotspots",
    "integrated_loads",
    "principal",
    "read_gauges",
    "summarised",
    "superposed",
    "vertex_mean",
    "volume_percentile",
]
