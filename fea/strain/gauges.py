# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Virtual strain gauges on the outer surface: readings of rosettes and staples over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fea.bone import Anatomy, BoneMesh, facet_areas
from fea.case import BoneDescription, Gauge
from fea.errors import InputError, out_of_range
from fea.loading import LoadHistory
from fea.strain.history import check_times, peak_rate
from fea.strain.tensor import MICROSTRAIN, components, tensors

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GaugeReading:
    """The peaks of a gauge over its frames; of a single frame its reading.

    Strains in µε along the surface, compression negative: the largest tension, the smallest compression,
    the largest engineering shear. ``axial_ue`` and ``axial_mpa`` are strain and stress along the bone
    where they are largest in size; ``area_mm2`` is the area covered. Rates are the largest changes between
    neighbouring frames, without sign; ``rate_ue_per_s`` is the larger of tension's and compression's. Angles are those
    of a rosette's largest tension and compression to the axis of the bone, in degrees, 0 to 90.
    """

    name: str
    level: float
    direction_deg: float
    tension_ue: float
    compression_ue: float
    shear_ue: float
    axial_ue: float
    axial_mpa: float
    area_mm2: float
    kind: Literal["rosette", "staple"] = "rosette"
    orientation_deg: float = 0.0
    rate_ue_per_s: float = 0.0
    tension_rate_ue_per_s: float = 0.0
    compression_rate_ue_per_s: float = 0.0
    shear_rate_ue_per_s: float = 0.0
    tension_angle_deg: float = 0.0
    compression_angle_deg: float = 0.0


@dataclass(frozen=True)
class GaugeHistory:
    """The readings of one gauge over time.

    A rosette reads the principal strains in the plane of the surface. A staple knows only the strain along
    its length: that is its tension and its compression, and it reads no shear.

    Attributes
    ----------
    name : str
        Name of the gauge.
    gauge : Gauge
        Its place and kind.
    area_mm2 : float
        The area covered.
    time_s : ndarray, float64, (frames,)
        Time of each frame.
    tension_ue, compression_ue, shear_ue : ndarray, float64, (frames,)
        Largest and smallest strain in the plane, and their difference, in µε.
    axial_ue, axial_mpa : ndarray, float64, (frames,)
        Strain in µε and stress in MPa along the bone.
    compression_angle_deg : ndarray, float64, (frames,)
        Angle between the direction of the smallest strain and the axis of the bone, 0 to 90; that of the largest is
        its complement. 0 for a staple.
    """

    name: str
    gauge: Gauge
    area_mm2: float
    time_s: Floats
    tension_ue: Floats
    compression_ue: Floats
    shear_ue: Floats
    axial_ue: Floats
    axial_mpa: Floats
    compression_angle_deg: Floats

    @property
    def reading(self) -> GaugeReading:
        """The peaks over all frames."""
        series = (self.tension_ue, self.compression_ue, self.shear_ue)
        tension_rate, compression_rate, shear_rate = (peak_rate(s, self.time_s) for s in series)
        return GaugeReading(
            name=self.name,
            level=self.gauge.level,
            direction_deg=self.gauge.direction_deg,
            tension_ue=float(self.tension_ue.max()),
            compression_ue=float(self.compression_ue.min()),
            shear_ue=float(self.shear_ue.max()),
            axial_ue=largest_in_size(self.axial_ue),
            axial_mpa=largest_in_size(self.axial_mpa),
            area_mm2=self.area_mm2,
            kind=self.gauge.kind,
            orientation_deg=self.gauge.orientation_deg,
            rate_ue_per_s=max(tension_rate, compression_rate),
            tension_rate_ue_per_s=tension_rate,
            compression_rate_ue_per_s=compression_rate,
            shear_rate_ue_per_s=shear_rate,
            **self._angles(),
        )

    def _angles(self) -> dict[str, float]:
        if self.gauge.kind == "staple":
            return {}
        tension, compression = int(self.tension_ue.argmax()), int(self.compression_ue.argmin())
        return {
            "tension_angle_deg": 90.0 - float(self.compression_angle_deg[tension]),
            "compression_angle_deg": float(self.compression_angle_deg[compression]),
        }


def gauge_history(
    description: BoneDescription,
    mesh: BoneMesh,
    gauges: Mapping[str, Gauge],
    strain: Floats,
    stress: Floats,
    history: LoadHistory,
) -> list[GaugeHistory]:
    """Readings of each gauge in each frame.

    A gauge covers the facets of the outer surface within half its length of its centre, along and across
    its orientation; it reads their mean by area, projected on the mean tangent plane. That mean is linear
    in the loads: the unit strains are projected once, and a frame is a sum over the loads.

    Parameters
    ----------
    description : BoneDescription
        The bone that was meshed.
    mesh : BoneMesh
        Its mesh.
    gauges : mapping of str to Gauge
        The gauges by name.
    strain, stress : ndarray, (loads, n, 6)
        Of each unit load at the vertices, as :func:`fea.strain.unit_at_vertices` returns them; stress in
        MPa.
    history : LoadHistory
        Size of each unit load in each frame, and the frames' times.

    Raises
    ------
    fea.errors.InputError
        A gauge is so small that no facet lies under it, arrays of other shapes, no frame, or times that
        don't rise.
    """
    check_times(history)
    wanted = (history.coefficients.shape[1], len(mesh.points), 6)
    for name, array in (("strains", strain), ("stresses", stress)):
        if array.shape != wanted:
            raise out_of_range(f"the shape of the {name} under unit loads", array.shape, f"{wanted}")
    every = slice(None)
    return [g.history(every, history) for g in unit_gauges(description, mesh, gauges, strain, stress)]


@dataclass(frozen=True)
class UnitGauge:
    """Readings of one gauge under each unit load, in the plane of the surface.

    Attributes
    ----------
    name : str
        Name of the gauge.
    gauge : Gauge
        Its place and kind.
    area_mm2 : float
        The area covered.
    strain, stress : ndarray, float64, (loads, 2, 2)
        Along the bone and across it; strain in µε, stress in MPa.
    """

    name: str
    gauge: Gauge
    area_mm2: float
    strain: Floats
    stress: Floats

    def history(self, columns: Sequence[int] | slice, history: LoadHistory) -> GaugeHistory:
        """Reading over a history whose loads are the ``columns`` of the unit loads.

        The principal values of a plane tensor lie around their mean.
        """
        flat, pressed = (np.tensordot(history.coefficients, t[columns], axes=1) for t in (self.strain, self.stress))
        if self.gauge.kind == "rosette":
            middle = (flat[:, 0, 0] + flat[:, 1, 1]) / 2.0
            half = (flat[:, 0, 0] - flat[:, 1, 1]) / 2.0
            reach = np.hypot(half, flat[:, 0, 1])
            # Mohr's circle: the largest strain lies at half the angle of (half, shear) from the axis.
            angle = 90.0 - np.rad2deg(np.arctan2(np.abs(flat[:, 0, 1]), half)) / 2.0
        else:
            turn = np.deg2rad(self.gauge.orientation_deg)
            along = np.array([np.cos(turn), np.sin(turn)])
            middle, reach, angle = flat @ along @ along, np.zeros(len(flat)), np.zeros(len(flat))
        return GaugeHistory(
            name=self.name,
            gauge=self.gauge,
            area_mm2=self.area_mm2,
            time_s=history.time_s,
            tension_ue=middle + reach,
            compression_ue=middle - reach,
            shear_ue=2.0 * reach,
            axial_ue=flat[:, 0, 0],
            axial_mpa=pressed[:, 0, 0],
            compression_angle_deg=angle,
        )


def unit_gauges(
    description: BoneDescription, mesh: BoneMesh, gauges: Mapping[str, Gauge], strain: Floats, stress: Floats
) -> list[UnitGauge]:
    """Readings of each gauge under each unit load; parameters and errors are those of :func:`gauge_history`."""
    return [
        UnitGauge(p.name, p.gauge, p.area_mm2, p.mean(strain) * MICROSTRAIN, p.mean(stress))
        for p in _placed(description, mesh, gauges)
    ]


def gauge_vertices(description: BoneDescription, mesh: BoneMesh, gauges: Mapping[str, Gauge]) -> npt.NDArray[np.int64]:
    """Numbers of the vertices under gauges, rising; errors are those of :func:`gauge_history`."""
    facets = [p.facets.ravel() for p in _placed(description, mesh, gauges)]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *facets]))


def read_gauges(
    description: BoneDescription, mesh: BoneMesh, gauges: Mapping[str, Gauge], strain: Floats, stress: Floats
) -> list[GaugeReading]:
    """Reading of each gauge in a single frame: :func:`gauge_history` of one load.

    Parameters
    ----------
    description : BoneDescription
        The bone that was meshed.
    mesh : BoneMesh
        Its mesh.
    gauges : mapping of str to Gauge
        The gauges by name.
    strain, stress : ndarray, (n, 3, 3)
        At the vertices; stress in MPa.

    Raises
    ------
    fea.errors.InputError
        A gauge is so small that no facet lies under it.
    """
    alone, pressed = components(strain)[None], components(stress)[None]
    single = LoadHistory("one frame", (), np.ones((1, 1)), np.zeros(1))
    every = slice(None)
    return [g.history(every, single).reading for g in unit_gauges(description, mesh, gauges, alone, pressed)]


@dataclass(frozen=True)
class _Placed:
    """A gauge on the surface: its facets (k, 3), their shares of its area (k,), its tangents (2, 3)."""

    name: str
    gauge: Gauge
    facets: npt.NDArray[np.int64]
    share: Floats
    area_mm2: float
    tangents: Floats

    def mean(self, six: Floats) -> Floats:
        """Mean in the tangent plane, (loads, 2, 2), of values at vertices, (loads, n, 6)."""
        mean = np.einsum("k,lkc->lc", self.share, six[:, self.facets].mean(axis=2))
        return np.asarray(self.tangents @ tensors(mean) @ self.tangents.T)


def _placed(description: BoneDescription, mesh: BoneMesh, gauges: Mapping[str, Gauge]) -> list[_Placed]:
    anatomy = Anatomy(description)
    corner = mesh.points[mesh.facets]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    areas = facet_areas(mesh.points, mesh.facets)
    placed = []
    for name, gauge in gauges.items():
        covered = _covered(anatomy, gauge, corner.mean(axis=1), description.magnification)
        if not covered.any():
            raise InputError(
                f"the gauge {name!r} of {gauge.length_mm:g} mm covers no element; enlarge it or refine the mesh."
            )
        area = float(areas[covered].sum())
        tangents = _tangents(normal[covered].sum(axis=0))
        placed.append(_Placed(name, gauge, mesh.facets[covered], areas[covered] / area, area, tangents))
    return placed


def _covered(anatomy: Anatomy, gauge: Gauge, centre: Floats, magnification: float) -> npt.NDArray[np.bool_]:
    """Mask of the facets that the gauge covers, by their centres (k, 3)."""
    half = gauge.length_mm * magnification / 2.0
    away = np.deg2rad(anatomy.direction(centre) - gauge.direction_deg)
    middle = anatomy.section_center(gauge.level)
    up = centre[:, 1] - middle[1]
    around = np.sin(away) * np.hypot(centre[:, 0] - middle[0], centre[:, 2] - middle[2])
    turn = np.deg2rad(gauge.orientation_deg)
    along, across = np.cos(turn) * up + np.sin(turn) * around, np.cos(turn) * around - np.sin(turn) * up
    return np.asarray((np.abs(along) <= half) & (np.abs(across) <= half) & (np.cos(away) > 0.0))


def _tangents(normal: Floats) -> Floats:
    """Tangents along the bone and across it, towards rising direction, rows of (2, 3)."""
    n = normal / np.linalg.norm(normal)
    along = np.array([0.0, 1.0, 0.0]) - n[1] * n
    along /= np.linalg.norm(along)
    return np.array([along, np.cross(n, along)])


def largest_in_size(series: Floats) -> float:
    """Value of a series (n,) that is largest in size, with its sign."""
    return float(series[np.argmax(np.abs(series))])
