# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Kernels on arrays: superposition, principal strains, envelopes, gauges, hotspots, section integrals."""

from fea.strain.gauges import (
    GaugeHistory,
    GaugeReading,
    UnitGauge,
    gauge_history,
    largest_in_size,
    read_gauges,
    unit_gauges,
)
from fea.strain.history import Envelope, envelope, peak_equivalent, peak_rate, rms_equivalent
from fea.strain.hotspots import Hotspot, HotspotHistory, hotspots
from fea.strain.quadrature import (
    QUADRATURE,
    QuadratureExtremes,
    at_quadrature,
    chosen_strain,
    normal_ranges,
    quadrature_extremes,
    unit_at_quadrature,
)
from fea.strain.rotation import section_rotations
from fea.strain.sections import integrated_loads
from fea.strain.series import common_times, history_rows, history_table, stance_percent
from fea.strain.summary import (
    PEAK_PERCENTILE,
    StressPeaks,
    Summary,
    excluded,
    stress_peaks,
    summarised,
    volume_percentile,
)
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
    vertex_geometric_mean,
    vertex_mean,
)

__all__ = [
    "MICROSTRAIN",
    "PEAK_PERCENTILE",
    "QUADRATURE",
    "Envelope",
    "GaugeHistory",
    "GaugeReading",
    "Hotspot",
    "HotspotHistory",
    "QuadratureExtremes",
    "StrainField",
    "StressPeaks",
    "Summary",
    "UnitGauge",
    "at_quadrature",
    "chosen_strain",
    "common_times",
    "components",
    "envelope",
    "equivalent",
    "excluded",
    "gauge_history",
    "history_rows",
    "history_table",
    "hotspots",
    "integrated_loads",
    "largest_in_size",
    "normal_ranges",
    "peak_equivalent",
    "peak_rate",
    "principal",
    "quadrature_extremes",
    "read_gauges",
    "rms_equivalent",
    "section_rotations",
    "stance_percent",
    "stress_peaks",
    "summarised",
    "superposed",
    "tensors",
    "unit_at_cells",
    "unit_at_quadrature",
    "unit_at_vertices",
    "unit_gauges",
    "vertex_geometric_mean",
    "vertex_mean",
    "volume_percentile",
]
