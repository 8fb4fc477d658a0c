# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Summary of a strained bone: percentiles by volume, strained volumes, excluded Saint-Venant zones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from fea.bone import BoneMesh
from fea.errors import RunError
from fea.strain.tensor import MICROSTRAIN

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

PEAK_PERCENTILE = 99.0
"""Peaks are this percentile by volume, never the single worst element."""


@dataclass(frozen=True)
class Summary:
    """Strain of cortical and cancellous bone together, outside the excluded zones.

    Percentiles and strained volumes are of the equivalent strain; ``peak_…`` are the 99th percentile of
    ε1 and the first of ε3. ``strained_volume_mm3`` maps thresholds in µε to volumes.
    """

    p50_ue: float
    p90_ue: float
    p95_ue: float
    peak_tension_ue: float
    peak_compression_ue: float
    strained_volume_mm3: dict[int, float]
    excluded_volume_fraction: float

    @property
    def percentiles(self) -> str:
        """Percentiles of the equivalent strain in words, with the share of the bone that they leave out."""
        out = excluded_in_words(self.excluded_volume_fraction)
        return f"equivalent strain p50 {self.p50_ue:.0f}, p90 {self.p90_ue:.0f}, p95 {self.p95_ue:.0f} µε{out}"


def excluded_in_words(fraction: float) -> str:
    """The share of the bone that percentiles leave out, to stand behind them; nothing where it is none.

    Examples
    --------
    >>> excluded_in_words(0.368), excluded_in_words(0.0)
    (' (37 % of the bone excluded)', '')
    """
    return f" ({100.0 * fraction:.0f} % of the bone excluded)" if fraction > 0.0 else ""


@dataclass(frozen=True)
class StressPeaks:
    """The 99th percentile by volume of σ1 and the first of σ3, in MPa."""

    peak_tension_mpa: float
    peak_compression_mpa: float


def volume_percentile(value: Floats, volume: Floats, percent: Sequence[float]) -> Floats:
    """Values (len(percent),) below which the given percentages of the volume lie.

    Raises
    ------
    fea.errors.RunError
        A value is not finite.

    Examples
    --------
    >>> volume_percentile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0]), [15, 90])
    array([2., 3.])
    """
    if not np.all(np.isfinite(value)):
        raise RunError("a strain is not finite.")
    order = np.argsort(value)
    reached = np.cumsum(volume[order])
    place = np.searchsorted(reached, np.asarray(percent) / 100.0 * reached[-1])
    return np.asarray(value[order][np.minimum(place, len(value) - 1)])


_LOADED = 0.7
"""How far the zone of a loaded region reaches, over the radius of the circle of equal area."""


def excluded(mesh: BoneMesh, points: Floats, supports: Collection[str], loaded: Collection[str]) -> Mask:
    """Mask (k,) of the ``points`` (k, 3) in the Saint-Venant zones of supports and loads.

    The rule, after Saint-Venant: nearer to a support region than the diameter of the circle of equal area, or nearer
    to a loaded region than 0.7 of its radius: beyond, half the loaded area under the same load changes the strain of
    nine cells in ten by less than a fifth of the bone's median (docs/explanation/stance.md). It follows from
    the bone and its regions alone, so that the zones are the same for all loads that are compared, and percentiles are
    linear in the load.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh.
    points : ndarray, (k, 3)
        In mm.
    supports : collection of str
        Regions that support the bone, or bear the reaction of a free one.
    loaded : collection of str
        Regions where large tractions enter.
    """
    reach = {name: _LOADED * np.sqrt(mesh.region_area(name) / np.pi) for name in loaded}
    reach |= {name: 2.0 * np.sqrt(mesh.region_area(name) / np.pi) for name in supports}
    out = np.zeros(len(points), dtype=np.bool_)
    for name, distance in reach.items():
        tree = cKDTree(mesh.points[np.unique(mesh.facets[mesh.regions[name]])])
        out |= tree.query(points, distance_upper_bound=distance)[0] <= distance
    return out


def summarised(volume: Floats, kept: Mask, strain: Floats, eq: Floats, thresholds: Sequence[int]) -> Summary:
    """Summary of the strain of one frame, or of the envelope of many.

    Strain varies within a cell. Means of cells miss the peaks: they put a fifth too little volume above 4000 µε in a
    metatarsal, and that shrinks with the mesh. So there are q points in each, of equal share of its volume.

    Parameters
    ----------
    volume : ndarray, (p,)
        Of the mineralised cells in mm³.
    kept : ndarray, bool, (p,)
        Which of them are outside the excluded zones; k are.
    strain : ndarray, (k, q, 2) or (k, q, 3)
        Principal strains at the points of those cells, smallest first and largest last.
    eq : ndarray, (k, q)
        Equivalent strain.
    thresholds : sequence of int
        In µε.
    """
    at_points = _shared(volume[kept], eq.shape[1])
    size = eq.ravel() * MICROSTRAIN
    p50, p90, p95 = volume_percentile(size, at_points, [50, 90, 95])
    low, high = _peaks(volume[kept], strain)
    return Summary(
        p50_ue=float(p50),
        p90_ue=float(p90),
        p95_ue=float(p95),
        peak_tension_ue=high * MICROSTRAIN,
        peak_compression_ue=low * MICROSTRAIN,
        strained_volume_mm3={t: float(at_points[size >= t].sum()) for t in thresholds},
        excluded_volume_fraction=float(volume[~kept].sum() / volume.sum()),
    )


def stress_peaks(volume: Floats, stress: Floats) -> StressPeaks:
    """Peaks of principal stresses (k, q, 2 or 3) in MPa, smallest first, at q points of cells with ``volume`` (k,)."""
    low, high = _peaks(volume, stress)
    return StressPeaks(peak_tension_mpa=high, peak_compression_mpa=low)


def _peaks(volume: Floats, values: Floats) -> tuple[float, float]:
    """Peaks of the smallest and of the largest principal value (k, q, …) by volume."""
    at_points = _shared(volume, values.shape[1])
    flat = values.reshape(len(at_points), -1)
    low = volume_percentile(flat[:, 0], at_points, [100.0 - PEAK_PERCENTILE])[0]
    high = volume_percentile(flat[:, -1], at_points, [PEAK_PERCENTILE])[0]
    return float(low), float(high)


def _shared(volume: Floats, points: int) -> Floats:
    """Volume of each of so many points in cells, (k · points,)."""
    return np.repeat(volume / points, points)
