# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain over time at chosen places, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.strain.gauges import GaugeHistory, GaugeReading
from fea.strain.history import peak_rate
from fea.strain.hotspots import HotspotHistory

Floats = npt.NDArray[np.float64]

_GAUGE_SERIES = ("tension_ue", "compression_ue", "shear_ue", "axial_ue", "axial_mpa")


def stance_percent(time_s: Floats) -> Floats:
    """Times (frames,) in % of the contact, which lasts from the first frame to the last; a lone frame is 0.

    Examples
    --------
    >>> stance_percent(np.array([0.0, 0.05, 0.2]))
    array([  0.,  25., 100.])
    """
    return np.asarray(100.0 * (time_s - time_s[0]) / max(float(time_s[-1] - time_s[0]), np.finfo(np.float64).tiny))


def history_table(gauges: Sequence[GaugeHistory], hotspots: Sequence[HotspotHistory]) -> dict[str, Any]:
    """Strain over time as JSON takes it: one list for each quantity, strains in µε, stresses in MPa.

    ``peaks`` of a gauge are the values of its :class:`GaugeReading`; ``rate_ue_per_s`` of a hotspot is the
    largest change of its own mode between neighbouring frames.

    Raises
    ------
    fea.errors.InputError
        Neither gauge nor hotspot, or series that don't share their times.
    """
    time_s = common_times(gauges, hotspots)
    place = {f.name for f in fields(GaugeReading)} - {"name"}
    return {
        "time_s": time_s.tolist(),
        "stance_percent": stance_percent(time_s).tolist(),
        "gauges": [
            {
                "name": g.name,
                **{column: getattr(g, column).tolist() for column in _GAUGE_SERIES},
                "peaks": {key: value for key, value in asdict(g.reading).items() if key in place},
            }
            for g in gauges
        ],
        "hotspots": [
            {
                "rank": h.hotspot.rank,
                "site": h.hotspot.site,
                "mode": h.hotspot.mode,
                "tension_ue": h.tension_ue.tolist(),
                "compression_ue": h.compression_ue.tolist(),
                "rate_ue_per_s": peak_rate(h.leading_ue, h.time_s),
            }
            for h in hotspots
        ],
    }


def history_rows(gauges: Sequence[GaugeHistory], hotspots: Sequence[HotspotHistory]) -> list[dict[str, float]]:
    """Strain over time as CSV takes it: one row a frame, each column with its place and unit.

    Raises
    ------
    fea.errors.InputError
        Neither gauge nor hotspot, or series that don't share their times.
    """
    time_s = common_times(gauges, hotspots)
    columns = {"time_s": time_s, "stance_percent": stance_percent(time_s)}
    for g in gauges:
        columns |= {f"{g.name} {column}": getattr(g, column) for column in _GAUGE_SERIES}
    for h in hotspots:
        place = f"hotspot {h.hotspot.rank}"
        columns |= {f"{place} tension_ue": h.tension_ue, f"{place} compression_ue": h.compression_ue}
    return [dict(zip(columns, map(float, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def common_times(gauges: Sequence[GaugeHistory], hotspots: Sequence[HotspotHistory]) -> Floats:
    """Times in s that all series share, shape (frames,).

    Raises
    ------
    fea.errors.InputError
        Neither gauge nor hotspot, or series that don't share their times.
    """
    times = [g.time_s for g in gauges] + [h.time_s for h in hotspots]
    if not times:
        raise InputError("there is neither gauge nor hotspot; allowed: at least one of them.")
    if any(not np.array_equal(t, times[0]) for t in times):
        raise InputError("gauges and hotspots differ in the times of their frames; allowed: one history for all.")
    return times[0]
