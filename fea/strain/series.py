# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain over time at chosen places, and the tables in which it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.errors import InputError, out_of_range
from fea.loading import LoadHistory
from fea.strain.gauges import GaugeHistory, GaugeReading
from fea.strain.history import check_times, peak_rate
from fea.strain.hotspots import Hotspot
from fea.strain.tensor import MICROSTRAIN, principal, tensors

Floats = npt.NDArray[np.float64]

_GAUGE_SERIES = ("tension_ue", "compression_ue", "shear_ue", "axial_ue", "axial_mpa")


@dataclass(frozen=True)
class HotspotHistory:
    """The principal strains over time of the cell at a hotspot's ``position``.

    Attributes
    ----------
    hotspot : Hotspot
        The place.
    time_s : ndarray, float64, (frames,)
        Time of each frame.
    tension_ue, compression_ue : ndarray, float64, (frames,)
        ε1 and ε3 in µε.
    """

    hotspot: Hotspot
    time_s: Floats
    tension_ue: Floats
    compression_ue: Floats

    @property
    def leading_ue(self) -> Floats:
        """The series of the hotspot's own mode, in µε, shape (frames,)."""
        return self.tension_ue if self.hotspot.mode == "tension" else self.compression_ue


def hotspot_history(
    mesh: BoneMesh, hotspots: Sequence[Hotspot], unit: Floats, history: LoadHistory
) -> list[HotspotHistory]:
    """Return the strain over time at each hotspot.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh on which they were found.
    hotspots : sequence of Hotspot
        The hotspots.
    unit : ndarray, (loads, m, 6)
        Mean strain of each cell under each unit load.
    history : LoadHistory
        Size of each unit load in each frame, and the frames' times.

    Raises
    ------
    fea.errors.InputError
        Unit strains of another shape, no frame, or times that don't rise.
    """
    check_times(history)
    wanted = (history.coefficients.shape[1], len(mesh.cells), 6)
    if unit.shape != wanted:
        raise out_of_range("the shape of the unit strains", unit.shape, f"{wanted}")
    centre = mesh.centroids
    found = []
    for spot in hotspots:
        cell = int(np.argmin(np.linalg.norm(centre - np.array(spot.position), axis=1)))
        values = principal(tensors(history.coefficients @ unit[:, cell])) * MICROSTRAIN
        found.append(HotspotHistory(spot, history.time_s, values[:, 2], values[:, 0]))
    return found


def stance_percent(time_s: Floats) -> Floats:
    """Return times (frames,) in % of the contact, which lasts from the first frame to the last; a lone frame is 0.

    Examples
    --------
    >>> stance_percent(np.array([0.0, 0.05, 0.2]))
    array([  0.,  25., 100.])
    """
    return np.asarray(100.0 * (time_s - time_s[0]) / max(float(time_s[-1] - time_s[0]), np.finfo(np.float64).tiny))


def history_table(gauges: Sequence[GaugeHistory], hotspots: Sequence[HotspotHistory]) -> dict[str, Any]:
    """Return strain over time as JSON takes it: one list for each quantity, strains in µε, stresses in MPa.

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
    """Return strain over time as CSV takes it: one row a frame, each column with its place and unit.

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
    """Return the times in s that all series share, shape (frames,).

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
