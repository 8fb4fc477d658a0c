# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Where is the bone strained most? Connected volumes of highest tension and of highest compression."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fea.bone import Anatomy, BoneMesh
from fea.errors import out_of_range
from fea.strain.summary import volume_percentile
from fea.strain.tensor import MICROSTRAIN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Mode = Literal["tension", "compression"]

_SHARE_OF_PEAK = 0.85
_PEAK_PERCENTILE = 99.5
_LEAST_SHARE = 1.0 / 7000.0
"""Of the bone's volume; smaller groups are noise of the mesh. On a man's tibia 50 mm³, some 16 elements of 3 mm."""


@dataclass(frozen=True)
class Hotspot:
    """A connected volume of high strain.

    ``strain_ue`` is the mean of its hotter half, compression negative; ``volume_mm3`` the volume above
    85 % of the mode's peak; ``position`` the cell nearest to the centroid of its hottest tenth, in mm;
    ``time_s`` when it peaks: half of the hotter half's volume has peaked by then.
    """

    rank: int
    site: str
    level: float
    sector: str
    mode: Mode
    strain_ue: float
    volume_mm3: float
    position: tuple[float, float, float]
    time_s: float = 0.0


def hotspots(
    mesh: BoneMesh,
    anatomy: Anatomy,
    kept: Mask,
    principal: Floats,
    most: int = 6,
    peak_times: Floats | None = None,
) -> list[Hotspot]:
    """Return the hotspots ranked by the size of their strain.

    Tension and compression are searched apart: a cell belongs to the mode whose principal strain is
    larger in size. Within a mode, cells above 85 % of its peak (the 99.5th percentile by volume) that
    share a vertex form one hotspot; those below a 7000th of the bone's volume are noise of the mesh and are dropped.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh.
    anatomy : Anatomy
        Names the sites.
    kept : ndarray, bool, (m,)
        Cells to look at.
    principal : ndarray, (m, 2) or (m, 3)
        Smallest principal strain first, largest last: of one frame, or over a history
        (:attr:`fea.strain.Envelope.extremes`).
    most : int
        How many to return at most.
    peak_times : ndarray, (m, 2), optional
        When smallest and largest are reached, in s (:meth:`fea.strain.Envelope.peak_times`); by default 0.

    Raises
    ------
    fea.errors.InputError
        Arrays of other shapes.
    """
    times = np.zeros((len(mesh.cells), 2)) if peak_times is None else peak_times
    for name, array, columns in (("principal strains", principal, (2, 3)), ("peak times", times, (2,))):
        if array.ndim != 2 or len(array) != len(mesh.cells) or array.shape[1] not in columns:
            wanted = " or ".join(f"({len(mesh.cells)}, {k})" for k in columns)
            raise out_of_range(f"the shape of the {name}", array.shape, wanted)
    found: list[Hotspot] = []
    least = _LEAST_SHARE * float(mesh.volumes.sum())
    modes: tuple[tuple[Mode, Floats, Floats], ...] = (
        ("tension", principal[:, -1], times[:, 1]),
        ("compression", -principal[:, 0], times[:, 0]),
    )
    for mode, size, time in modes:
        cells = kept & (size >= np.abs(principal).max(axis=1)) & (size > 0.0)
        if not cells.any():
            continue
        peak = volume_percentile(size[cells], mesh.volumes[cells], [_PEAK_PERCENTILE])[0]
        hot = np.flatnonzero(cells & (size >= _SHARE_OF_PEAK * peak))
        for group in _groups(mesh, hot):
            if mesh.volumes[group].sum() >= least:
                found.append(_hotspot(mesh, anatomy, group, size[group], mode, time[group]))
    ranked = sorted(found, key=lambda h: -abs(h.strain_ue))[:most]
    return [replace(h, rank=rank) for rank, h in enumerate(ranked, start=1)]


def _hotspot(mesh: BoneMesh, anatomy: Anatomy, cells: Ints, size: Floats, mode: Mode, time: Floats) -> Hotspot:
    sign = 1.0 if mode == "tension" else -1.0
    volume = mesh.volumes[cells]
    half = size >= volume_percentile(size, volume, [50.0])[0]
    strain = sign * MICROSTRAIN * float(np.average(size[half], weights=volume[half]))
    hottest = size >= volume_percentile(size, volume, [90.0])[0]
    middle = np.average(mesh.centroids[cells[hottest]], axis=0, weights=volume[hottest])
    # The centroid of a curved hotspot can lie in the canal: its place is that of the nearest cell.
    centre = mesh.centroids[cells]
    nearest = centre[[np.argmin(np.linalg.norm(centre - middle, axis=1))]]
    return Hotspot(
        rank=0,
        site=anatomy.site(nearest)[0],
        level=float(anatomy.level(nearest)[0]),
        sector=anatomy.sector(nearest)[0],
        mode=mode,
        strain_ue=strain,
        volume_mm3=float(volume.sum()),
        position=(float(nearest[0, 0]), float(nearest[0, 1]), float(nearest[0, 2])),
        time_s=float(volume_percentile(time[half], volume[half], [50.0])[0]),
    )


def _groups(mesh: BoneMesh, hot: Ints) -> list[Ints]:
    """Return the cells of ``hot`` in groups that hang together by shared vertices."""
    corners = mesh.cells[hot].ravel()
    owner = np.repeat(np.arange(len(hot)), 4)
    touches = coo_array((np.ones(len(owner)), (owner, corners)), shape=(len(hot), len(mesh.points))).tocsr()
    count, label = connected_components(touches @ touches.T, directed=False)
    return [hot[label == k] for k in range(count)]
