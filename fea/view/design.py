# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A design: a bone under an activity with its options; from it fields, limits of colours and readings."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.case import FIBULA, Case
from fea.evaluate import Result, acting, excluded_zone
from fea.loading import AppliedLoad, Load, LoadHistory, PathLoad, applied_loads, region_wrenches
from fea.show.scale import Limits, chosen_limits, rounded_up
from fea.show.views import Surface
from fea.solve import columns_of
from fea.strain import (
    MICROSTRAIN,
    Hotspot,
    Summary,
    extreme_axes,
    stance_percent,
    tensors,
    vertex_mean,
)
from fea.strain.invariants import PLANES, WORK_PLANES, extremes
from fea.view.bone import Reals, ViewedBone
from fea.view.fields import FIELDS, READ, Field

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DECADES = 4
_KJ_PER_M3 = 1e-3
"""Of ½ σ:ε with σ in MPa and ε in µε."""
_ENVELOPES = {
    "equivalent_strain": "equivalent",
    "largest_principal_strain": "tension",
    "smallest_principal_strain": "compression",
}
"""Fields whose limits are those of the map of a run, and where the result keeps their extremes."""


@dataclass(frozen=True, eq=False)
class Design:
    """A bone under an activity.

    Attributes
    ----------
    bone : ViewedBone
        The bone.
    case : Case
        The question.
    history : LoadHistory
        Frames of its loads.
    coefficients : ndarray, float64, (frames, columns of the bone)
        The same for all columns of the bone.
    excluded : ndarray, bool, (n,)
        Vertices near supports and loads, where strain means nothing.
    lock : RLock
        Of who computes something that is kept: two threads would do it twice.
    kept : dict
        Values that were computed once.
    """

    bone: ViewedBone
    case: Case
    history: LoadHistory
    coefficients: Floats
    excluded: Mask
    lock: RLock = field(default_factory=RLock, repr=False)
    kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def percent(self) -> Floats:
        """Time of the frames in percent of contact, shape (frames,); 0 for a single instant."""
        return stance_percent(self.history.time_s)

    def frame(self, percent: float) -> int:
        """Frame nearest to a time in percent of contact."""
        return int(np.abs(self.percent - percent).argmin())

    @functools.cached_property
    def wrenches(self) -> dict[str, Floats]:
        """Force in N and moment about its centre in N·m on each region, (frames, 6), the largest force first."""
        mesh = self.bone.mesh
        sizes: list[tuple[Load, Floats]] = list(zip(self.history.loads, self.history.coefficients.T, strict=True))
        if self.fibula_n.any():
            sizes.append((PathLoad(FIBULA), self.fibula_n))
        found = region_wrenches(sizes, mesh.centers, mesh.pulls)
        in_m = {region: wrench / np.repeat([1.0, 1000.0], 3) for region, wrench in found.items()}
        return dict(sorted(in_m.items(), key=lambda one: -_largest(one[1][:, :3])))

    @functools.cached_property
    def fibula_n(self) -> Floats:
        """Compression of the fibula in N, shape (frames,)."""
        return np.asarray(self.coefficients @ self.result.bone.unit.fibula)

    @property
    def largest_n(self) -> float:
        """Largest force in N that any region bears in any frame; 1 without one."""
        return max((_largest(wrench[:, :3]) for wrench in self.wrenches.values()), default=1.0) or 1.0

    @property
    def largest_nm(self) -> float:
        """Largest moment in N·m that any region bears in any frame; 1 without one."""
        return max((_largest(wrench[:, 3:]) for wrench in self.wrenches.values()), default=1.0) or 1.0

    @functools.cached_property
    def result(self) -> Result:
        """Result of the case, from which whole contacts are selected."""
        return Result(self.case, self.bone.solved())


@dataclass(frozen=True, eq=False)
class Place:
    """A place of the displayed bone: vertices (k,) with weights (k,) that sum to 1."""

    vertices: Ints
    weights: Floats

    def of(self, values: Floats) -> Floats:
        """Values (…) at the place of values (n, …) at the vertices."""
        return np.asarray(np.tensordot(self.weights, values[self.vertices], axes=1))


def place_of(vertex: int | Place) -> Place:
    """A vertex, or a place itself, as a place."""
    return vertex if isinstance(vertex, Place) else Place(np.array([vertex]), np.ones(1))


@dataclass(frozen=True)
class ContactSummary:
    """Hotspots of a whole contact, the vertex of the outer surface nearest to each, all vertices in each; percentiles.

    A vertex is in the hotspot of the cell with the nearest centroid, as in :meth:`fea.evaluate.Result.hotspot_at`.
    """

    hotspots: list[Hotspot]
    vertices: list[int]
    within: list[Ints]
    strain: Summary


def designed(bone: ViewedBone, case: Case) -> Design:
    """A bone under the activity of a case.

    Raises
    ------
    fea.errors.InputError
        A load that the bone's basis lacks.
    """
    history = acting(case, bone.mesh)
    own = columns_of(bone.loads, history.loads)
    coefficients = np.zeros((len(history.time_s), len(bone.loads)))
    coefficients[:, own] = history.coefficients
    excluded = excluded_zone(bone.description, bone.mesh, bone.points)
    return Design(bone, case, history, coefficients, excluded)


# ---------------------------------------------------------------- fields


def at_frame(design: Design, name: str, frame: int) -> Floats:
    """Values (n,) of a field of strain, stress, energy, displacement or tissue at one of the frames."""
    bone, size, of = design.bone, design.coefficients[frame], FIELDS[name].source
    strain = size @ bone.planes if of in ("strain", "energy") else None
    stress = size @ bone.stress_planes if of in ("stress", "energy") else None
    return _values(bone, FIELDS[name], strain, stress, displaced(design, frame) if of == "displacement" else None)


def principal_directions(design: Design, name: str, frame: int) -> tuple[Floats, Floats]:
    """Largest and smallest principal value (2, n) at a frame, and their unit vectors (2, n, 3).

    Of stress in MPa if the field with this name is one of stress, else of strain in µε. In tissue with directions of
    its own the two differ.
    """
    bone = design.bone
    unit = bone.stress_planes if FIELDS[name].source == "stress" else bone.planes
    planes = (design.coefficients[frame] @ unit).reshape(6, -1)
    return extreme_axes(tensors((np.linalg.inv(PLANES) @ planes).T))


def displaced(design: Design, frame: int) -> Floats:
    """Displacement (n, 3) in mm at one of the frames."""
    return np.asarray(design.coefficients[frame] @ design.bone.displacement).reshape(-1, 3)


def over_contact(design: Design, name: str) -> Floats:
    """Worst values (n,) of a field over all frames: largest, smallest, or largest in size with its sign."""
    with design.lock:
        if name not in design.kept:
            worst = at_frame(design, name, 0)
            for frame in range(1, len(design.coefficients)):
                worst = _worse(FIELDS[name], worst, at_frame(design, name, frame))
            design.kept[name] = worst
        return np.asarray(design.kept[name])


def history_at(design: Design, names: Sequence[str], at: int | Place) -> dict[str, Floats]:
    """Fields (frames,) of strain, stress, energy, displacement or tissue at a vertex or place over all frames.

    Between vertices tensors are linear, and fields follow from them.
    """
    place = place_of(at)
    bone, of = design.bone, {FIELDS[name].source for name in names}
    strain = _at(design, bone.planes, place) if of & {"strain", "energy"} else None
    stress = _at(design, bone.stress_planes, place) if of & {"stress", "energy"} else None
    moved = design.coefficients @ _weighted(bone.displacement.reshape(len(bone.loads), -1, 3), place)
    found = {name: _values(bone, FIELDS[name], strain, stress, moved) for name in names}
    constant = {name: np.full(len(moved), place.of(found[name])) for name in names if FIELDS[name].source == "tissue"}
    return found | constant


def _weighted(unit: Reals, place: Place) -> Floats:
    """Values (loads, 3) at a place of those of unit loads (loads, n, 3)."""
    return np.asarray(np.einsum("v,lvi->li", place.weights, unit[:, place.vertices]))


def _at(design: Design, planes: Reals, place: Place) -> Floats:
    """Planes (6 frames,) of one place over all frames."""
    own = _weighted(planes.reshape(len(planes), 6, -1).swapaxes(1, 2), place)
    return np.ascontiguousarray((design.coefficients @ own).T).ravel()


def _values(
    bone: ViewedBone, what: Field, strain: Floats | None, stress: Floats | None, moved: Floats | None
) -> Floats:
    """Values of a field from planes (6 k,) of strain and stress and displacement (k, 3), of those that it needs."""
    if what.key == "modulus":
        return bone.modulus / 1000.0
    if what.key == "density":
        return bone.density
    if what.source == "displacement":
        assert moved is not None
        return np.asarray(np.linalg.norm(moved, axis=1))
    if what.source == "energy":
        assert strain is not None
        assert stress is not None
        return 0.5 * _KJ_PER_M3 * _double_contraction(strain.reshape(6, -1), stress.reshape(6, -1))
    six = strain if what.source == "strain" else stress
    assert six is not None
    planes = six.reshape(6, -1).astype(np.float64)
    if what.key.endswith("along_bone"):
        mean, half, zz = planes[:3]
        return np.asarray(mean - zz / 2.0 - half)
    high, low, j2 = extremes(planes, np.empty((WORK_PLANES, planes.shape[1])))
    if what.key.startswith("largest"):
        return np.array(high, dtype=np.float64)
    if what.key.startswith("smallest"):
        return np.array(-low, dtype=np.float64)
    mises = np.sqrt(3.0 * j2)
    return np.asarray(mises / (1.0 + bone.elasticity.poisson) if what.source == "strain" else mises)


def _double_contraction(a: Floats, b: Floats) -> Floats:
    """Sum a:b over all components of tensors (6, k) given as planes."""
    product = a * b
    return np.asarray(3.0 * product[0] + 2.0 * product[1] + 1.5 * product[2] + 2.0 * product[3:].sum(axis=0))


def _worse(what: Field, one: Floats, other: Floats) -> Floats:
    if what.worst == "largest":
        return np.maximum(one, other)
    if what.worst == "smallest":
        return np.minimum(one, other)
    return np.where(np.abs(other) > np.abs(one), other, one)


# ---------------------------------------------------------------- limits of colours


def colour_limits(design: Design, name: str, values: Floats | None = None) -> Limits:
    """Limits of the colours of a field, the same at all instants; powers of ten for a field of decades.

    Those of strain are the limits of a run's map. ``values`` (n,) are those of risk.
    """
    what = FIELDS[name]
    if what.source == "risk":
        assert values is not None
        return _decades(values, what) if what.decades else (0.0, rounded_up(float(np.nanpercentile(values, 99.5))))
    if name in _ENVELOPES:
        with design.lock:
            cells = getattr(design.result.envelope, _ENVELOPES[name]) * MICROSTRAIN
        worst = vertex_mean(design.bone.mesh, np.repeat(cells[:, None], 4, axis=1))[design.bone.vertices]
    else:
        worst = over_contact(design, name)
    if what.source == "tissue":
        return 0.0, rounded_up(float(worst.max()))
    surface = Surface(design.bone.points, design.bone.outside, worst, design.excluded)
    return chosen_limits(surface, signed=what.worst == "size")


def _decades(values: Floats, what: Field) -> Limits:
    """Powers of ten at the ends: the worst value's decade, and so many decades on from it."""
    known = np.log10(values[np.isfinite(values)])
    if len(known) == 0:
        return 0.0, float(_DECADES)
    if what.worst == "smallest":
        low = float(np.floor(np.percentile(known, 0.5)))
        return low, low + _DECADES
    high = float(np.ceil(np.percentile(known, 99.5)))
    return high - _DECADES, high


# ---------------------------------------------------------------- readings


def contact_summary(design: Design) -> ContactSummary:
    """Summary of the whole contact, selected from the result of the case."""
    result, bone = design.result, design.bone
    with design.lock:
        hotspots, histories, strain = result.hotspots, result.hotspot_histories, result.summary
    outside = np.unique(bone.outside)
    at = [np.linalg.norm(bone.points[outside] - np.array(spot.position), axis=1) for spot in hotspots]
    vertices = [int(outside[distance.argmin()]) for distance in at]
    within = [np.flatnonzero(np.isin(bone.nearest_cell, one.cells)) for one in histories]
    return ContactSummary(hotspots, vertices, within, strain)


def probed(design: Design, at: int | Place, frame: int | None) -> dict[str, float]:
    """All fields that a probe reads at a vertex or place, at a frame or, without one, the worst over the contact."""
    names = [name for name, what in FIELDS.items() if what.source in READ]
    found = history_at(design, names, at)
    if frame is not None:
        return {name: float(value[frame]) for name, value in found.items()}
    return {
        name: float(functools.reduce(functools.partial(_worse, FIELDS[name]), value)) for name, value in found.items()
    }


def applied(design: Design, frame: int) -> list[AppliedLoad]:
    """Forces and moments on the bone at a frame, the largest force first."""
    return applied_loads(design.bone.mesh, design.history, frame, float(design.fibula_n[frame]))


def _largest(vectors: Floats) -> float:
    return float(np.linalg.norm(vectors, axis=1).max())
