# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does the tissue feel? Superposition, principal strains, gauges, hotspots, section integrals."""

from fea.strain.gauges import GaugeHistory, GaugeReading, UnitGauge, gauge_history, read_gauges, unit_gauges
from fea.strain.history import Envelope, envelope, peak_equivalent, rms_equivalent
from fea.strain.hotspots import Hotspot, hotspots
from fea.strain.inside import QUADRATURE, Inside, at_points, chosen_strain, inside, unit_at_points
from fea.strain.sections import integrated_loads
from fea.strain.series import HotspotHistory, history_rows, history_table, hotspot_history, stance_percent
from fea.strain.summary import Summary, excluded, summarised, volume_percentile
from fea.strain.tensor import (
    MICROSTRAIN,
    StrainField,
    components,
    equivalent,
    principal,
    superposed,
    tensors,
    unit_at_cells,
    unit_at_vertices,
    vertex_mean,
)

__all__ = [
    "MICROSTRAIN",
    "QUADRATURE",
    "Envelope",
    "GaugeHistory",
    "GaugeReading",
    "Hotspot",
    "HotspotHistory",
    "Inside",
    "StrainField",
    "Summary",
    "UnitGauge",
    "at_points",
    "chosen_strain",
    "components",
    "envelope",
    "equivalent",
    "excluded",
    "gauge_history",
    "history_rows",
    "history_table",
    "hotspot_history",
    "hotspots",
    "inside",
    "integrated_loads",
    "peak_equivalent",
    "principal",
    "read_gauges",
    "rms_equivalent",
    "stance_percent",
    "summarised",
    "superposed",
    "tensors",
    "unit_at_cells",
    "unit_at_points",
    "unit_at_vertices",
    "unit_gauges",
    "vertex_mean",
    "volume_percentile",
]
