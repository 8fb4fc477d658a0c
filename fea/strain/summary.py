# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Numbers that describe a strained bone: percentiles by volume, strained volumes, what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

MILD_TRACTION_MPA = 5.0
"""A traction of this size strains cortical bone by about 300 µε, less than a tenth of a hotspot."""


@dataclass(frozen=True)
class Summary:
    """Strain and stress of the bone, cortical and cancellous together, outside the excluded zones.

    Percentiles and strained volumes are of the equivalent strain; ``peak_…`` are the 99th percentile of
    ε1 and σ1 and the first of ε3 and σ3. ``strained_volume_mm3`` maps thresholds in µε to volumes.
    """

    p50_ue: float
    p90_ue: float
    p95_ue: float
    peak_tension_ue: float
    peak_compression_ue: float
    peak_tension_mpa: float
    peak_compression_mpa: float
    strained_volume_mm3: dict[int, float]
    excluded_volume_fraction: float


def volume_percentile(value: Floats, volume: Floats, percent: Sequence[float]) -> Floats:
    """Return values (len(percent),) below which the given percentages of the volume lie.

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


def excluded(mesh: BoneMesh, points: Floats, supports: Sequence[str], pressures: Mapping[str, float]) -> Mask:
    """Return which of ``points`` (k, 3) lie where supports and loads enter, shape (k,).

    The rule, after Saint-Venant: nearer to a supported region than the diameter of the circle of equal
    area, or nearer to a loaded region than its radius. A region whose mean traction stays below
    :data:`MILD_TRACTION_MPA` disturbs the strain too little to be left out.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh.
    points : ndarray, (k, 3)
        In mm.
    supports : sequence of str
        Regions that are held.
    pressures : mapping of str to float
        Size of the mean traction in MPa on each loaded region.
    """
    reach = {name: 2.0 * np.sqrt(mesh.region_area(name) / np.pi) for name in supports}
    for name, pressure in pressures.items():
        if pressure >= MILD_TRACTION_MPA:
            reach[name] = np.sqrt(mesh.region_area(name) / np.pi)
    out = np.zeros(len(points), dtype=np.bool_)
    for name, distance in reach.items():
        tree = cKDTree(mesh.points[np.unique(mesh.facets[mesh.regions[name]])])
        out |= tree.query(points, distance_upper_bound=distance)[0] <= distance
    return out


def summarised(
    mesh: BoneMesh,
    bone: Mask,
    left_out: Mask,
    strain: Floats,
    stress: Floats,
    eq: Floats,
    thresholds: Sequence[int],
) -> Summary:
    """Return the summary of one frame, or of the envelope of many.

    Strain varies within a cell. Means of cells miss the peaks: they put a fifth too little volume above 4000 µε in a
    metatarsal, and that shrinks with the mesh. So there are q points in each, of equal share of its volume.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh.
    bone, left_out : ndarray, bool, (m,)
        Mineralised cells, and cells near supports and loads; p cells are bone and not left out.
    strain, stress : ndarray, (p, q, 2) or (p, q, 3)
        Principal values at the points of those cells, smallest first and largest last; stress in MPa.
    eq : ndarray, (p, q)
        Equivalent strain.
    thresholds : sequence of int
        In µε.
    """
    whole, each = mesh.volumes, eq.shape[1]
    volume = np.repeat(whole[bone & ~left_out] / each, each)
    size = eq.ravel() * MICROSTRAIN
    p50, p90, p95 = volume_percentile(size, volume, [50, 90, 95])
    peaks = []
    for principal, unit in ((strain, MICROSTRAIN), (stress, 1.0)):
        values = principal.reshape(len(volume), -1) * unit
        peaks.append(float(volume_percentile(values[:, -1], volume, [PEAK_PERCENTILE])[0]))
        peaks.append(float(volume_percentile(values[:, 0], volume, [100.0 - PEAK_PERCENTILE])[0]))
    above = {t: float(volume[size >= t].sum()) for t in thresholds}
    share = float(whole[bone & left_out].sum() / whole[bone].sum())
    return Summary(
        p50_ue=float(p50),
        p90_ue=float(p90),
        p95_ue=float(p95),
        peak_tension_ue=peaks[0],
        peak_compression_ue=peaks[1],
        peak_tension_mpa=peaks[2],
        peak_compression_mpa=peaks[3],
        strained_volume_mm3=above,
        excluded_volume_fraction=share,
    )
