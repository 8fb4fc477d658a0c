# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Hotspots: connected volumes of highest tension and of highest compression."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fea.bone import Anatomy, BoneMesh
from fea.errors import out_of_range
from fea.loading import LoadHistory
from fea.strain.history import check_times
from fea.strain.summary import volume_percentile
from fea.strain.tensor import MICROSTRAIN, principal, tensors

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
HotspotMode = Literal["tension", "compression"]

_SHARE_OF_PEAK = 0.85
_PEAK_PERCENTILE = 99.5
_LEAST_SHARE = 1.0 / 7000.0
"""Of the bone's volume; smaller groups are noise of the mesh. On a man's tibia 50 mm³, some 16 elements of 3 mm."""
_VALUES = 200_000
"""Cells times frames that are worked on at once: some 50 MB."""


@dataclass(frozen=True)
class Hotspot:
    """A connected volume of high strain.

    ``strain_ue`` is the one number for its strain, in every table, picture and page: the peak over time of the mean
    principal strain in its hotter half, compression negative; ``time_s`` is when it is reached. ``volume_mm3`` is the
    volume above 85 % of the mode's peak, ``position`` the cell nearest to the centroid of its hottest tenth, in mm.
    """

    rank: int
    site: str
    level: float
    sector: str
    mode: HotspotMode
    strain_ue: float
    volume_mm3: float
    position: tuple[float, float, float]
    time_s: float = 0.0


@dataclass(frozen=True)
class HotspotHistory:
    """The mean principal strains over time in the hotter half of a hotspot.

    Attributes
    ----------
    hotspot : Hotspot
        The place; its ``strain_ue`` is the peak of :attr:`leading_ue`.
    time_s : ndarray, float64, (frames,)
        Time of each frame.
    tension_ue, compression_ue : ndarray, float64, (frames,)
        ε1 and ε3 in µε, means by volume.
    cells : ndarray, int64, (k,)
        All its cells.
    """

    hotspot: Hotspot
    time_s: Floats
    tension_ue: Floats
    compression_ue: Floats
    cells: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def leading_ue(self) -> Floats:
        """The series of the hotspot's own mode, in µε, shape (frames,)."""
        return self.tension_ue if self.hotspot.mode == "tension" else self.compression_ue


def hotspots(
    mesh: BoneMesh,
    anatomy: Anatomy,
    kept: Mask,
    extremes: Floats,
    unit: Floats,
    history: LoadHistory,
    most: int = 6,
) -> list[HotspotHistory]:
    """Hotspots and their strain over time, ranked by the size of their strain.

    Tension and compression are searched apart: a cell belongs to the mode whose principal strain is
    larger in size. Within a mode, cells above 85 % of its peak (the 99.5th percentile by volume) that
    share a vertex form one hotspot; those below a 7000th of the bone's volume are noise of the mesh and are dropped.
    The hotter half of a hotspot are its cells of the largest strain, up to half of its volume.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh.
    anatomy : Anatomy
        Names the sites.
    kept : ndarray, bool, (m,)
        Cells to look at.
    extremes : ndarray, (m, 2)
        Smallest ε3 and largest ε1 of each cell over the history (:attr:`fea.strain.Envelope.extremes`).
    unit : ndarray, (loads, m, 6)
        Mean strain of each cell under each unit load.
    history : LoadHistory
        Size of each unit load in each frame, and the frames' times.
    most : int
        Largest number of hotspots.

    Raises
    ------
    fea.errors.InputError
        Arrays of other shapes, no frame, or times that don't rise.
    """
    check_times(history)
    cells = len(mesh.cells)
    for name, array, wanted in (
        ("principal strains", extremes, (cells, 2)),
        ("unit strains", unit, (history.coefficients.shape[1], cells, 6)),
    ):
        if array.shape != wanted:
            raise out_of_range(f"the shape of the {name}", array.shape, f"{wanted}")
    found: list[HotspotHistory] = []
    least = _LEAST_SHARE * float(mesh.volumes.sum())
    modes: tuple[tuple[HotspotMode, Floats], ...] = (("tension", extremes[:, 1]), ("compression", -extremes[:, 0]))
    for mode, size in modes:
        leading = kept & (size >= np.abs(extremes).max(axis=1)) & (size > 0.0)
        if not leading.any():
            continue
        peak = volume_percentile(size[leading], mesh.volumes[leading], [_PEAK_PERCENTILE])[0]
        hot = np.flatnonzero(leading & (size >= _SHARE_OF_PEAK * peak))
        for group in _groups(mesh, hot):
            if mesh.volumes[group].sum() >= least:
                found.append(_hotspot(mesh, anatomy, group, size[group], mode, unit, history))
    ranked = sorted(found, key=lambda h: -abs(h.hotspot.strain_ue))[:most]
    return [replace(h, hotspot=replace(h.hotspot, rank=rank)) for rank, h in enumerate(ranked, start=1)]


def _hotspot(
    mesh: BoneMesh, anatomy: Anatomy, cells: Ints, size: Floats, mode: HotspotMode, unit: Floats, history: LoadHistory
) -> HotspotHistory:
    volume = mesh.volumes[cells]
    half = size >= volume_percentile(size, volume, [50.0])[0]
    compression, tension = _mean_over_time(unit[:, cells[half]], history.coefficients, volume[half])
    peak = int(np.argmax(tension) if mode == "tension" else np.argmin(compression))
    hottest = size >= volume_percentile(size, volume, [90.0])[0]
    middle = np.average(mesh.centroids[cells[hottest]], axis=0, weights=volume[hottest])
    # The centroid of a curved hotspot can lie in the canal: its place is that of the nearest cell.
    centre = mesh.centroids[cells]
    nearest = centre[[np.argmin(np.linalg.norm(centre - middle, axis=1))]]
    place = Hotspot(
        rank=0,
        site=anatomy.site(nearest)[0],
        level=float(anatomy.level(nearest)[0]),
        sector=anatomy.sector(nearest)[0],
        mode=mode,
        strain_ue=float(tension[peak] if mode == "tension" else compression[peak]),
        volume_mm3=float(volume.sum()),
        position=(float(nearest[0, 0]), float(nearest[0, 1]), float(nearest[0, 2])),
        time_s=float(history.time_s[peak]),
    )
    return HotspotHistory(place, history.time_s, tension, compression, cells)


def _mean_over_time(unit: Floats, coefficients: Floats, volume: Floats) -> tuple[Floats, Floats]:
    """Volume means of ε3 and ε1 over some cells in µε, each of shape (frames,)."""
    block = max(1, _VALUES // len(volume))
    means = []
    for start in range(0, len(coefficients), block):
        frames = np.einsum("fl,lcv->fcv", coefficients[start : start + block], unit, optimize=True)
        means.append(np.average(principal(tensors(frames))[..., [0, 2]], axis=1, weights=volume))
    compression, tension = MICROSTRAIN * np.concatenate(means).T
    return compression, tension


def _groups(mesh: BoneMesh, hot: Ints) -> list[Ints]:
    """Cells of ``hot`` in groups that hang together by shared vertices."""
    corners = mesh.cells[hot].ravel()
    owner = np.repeat(np.arange(len(hot)), 4)
    touches = coo_array((np.ones(len(owner)), (owner, corners)), shape=(len(hot), len(mesh.points))).tocsr()
    count, label = connected_components(touches @ touches.T, directed=False)
    return [hot[label == k] for k in range(count)]
