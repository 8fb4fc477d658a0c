# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A design: a bone under an activity with its options; from it fields, limits of colours and readings."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from fea.case import Case, Fatigue
from fea.evaluate import Result, acting, excluded_zone, exposure_of
from fea.loading import LoadHistory
from fea.risk import RiskSettings, contact_damage
from fea.show import Limits, colour_map
from fea.show.scale import rounded_up
from fea.solve import columns_of
from fea.strain import Hotspot, stance_percent, vertex_geometric_mean
from fea.strain.invariants import WORK_PLANES, extremes
from fea.view.bone import ViewedBone

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Quantity = Literal[
    "equivalent strain",
    "largest principal strain",
    "smallest principal strain",
    "damage of one contact",
    "days to failure",
    "modulus",
    "density",
]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
RISKS: tuple[Quantity, ...] = ("damage of one contact", "days to failure")
UNITS: Mapping[Quantity, str] = {
    "equivalent strain": "µε",
    "largest principal strain": "µε",
    "smallest principal strain": "µε",
    "damage of one contact": "",
    "days to failure": "d",
    "modulus": "GPa",
    "density": "g/cm³",
}

_DECADES = 4
_SAMPLED_FRAMES = 11
_LIMIT_PERCENTILE = 99.5


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
    coefficients : ndarray, float32, (frames, columns of the bone)
        The same for all columns of the bone.
    excluded : ndarray, bool, (n,)
        Vertices near supports and loads, where strain means nothing.
    """

    bone: ViewedBone
    case: Case
    history: LoadHistory
    coefficients: npt.NDArray[np.float32]
    excluded: Mask

    @property
    def percent(self) -> Floats:
        """Time of the frames in percent of contact, shape (frames,); 0 for a single instant."""
        return stance_percent(self.history.time_s)

    def frame(self, percent: float) -> int:
        """Frame nearest to a time in percent of contact."""
        return int(np.abs(self.percent - percent).argmin())


@dataclass(frozen=True)
class FrameFields:
    """A bone at one instant: strains in µε (n,) at the vertices, displacement (n, 3) in mm."""

    tension: Floats
    compression: Floats
    equivalent: Floats
    displacement: Floats


@dataclass(frozen=True)
class ProbeReading:
    """Reading of a probe at a vertex: its place and strains in µε, modulus in GPa."""

    vertex: int
    site: str
    level: float
    tension_ue: float
    compression_ue: float
    equivalent_ue: float
    modulus_gpa: float
    excluded: bool


@dataclass(frozen=True)
class ContactSummary:
    """Summary of a whole contact: hotspots, and percentiles by volume of the largest equivalent strain in µε.

    ``damage`` (n,) is that of one contact at the vertices, NaN where it is not counted; absent if not asked for.
    """

    hotspots: list[Hotspot]
    p50_ue: float
    p95_ue: float
    damage: Floats | None = None


@dataclass(frozen=True)
class ColourBar:
    """The colour bar: limits of a quantity, powers of ten if ``decades``; low is worst if ``falls``."""

    quantity: Quantity
    limits: Limits
    decades: bool = False
    falls: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """The limits as people read them."""
        low, high = (f"1e{x:g}" if self.decades else f"{x:g}" for x in self.limits)
        return low, high

    @property
    def colours(self) -> Colormap:
        """Colours from the lower limit to the upper one."""
        return colour_map(((-1.0, 0.0) if self.falls else (0.0, 1.0)) if self.decades else self.limits)


def designed(bone: ViewedBone, case: Case) -> Design:
    """A bone under the activity of a case.

    Raises
    ------
    fea.errors.InputError
        A load that the bone's basis lacks.
    """
    history = acting(case, bone.mesh)
    own = columns_of(bone.loads, history.loads)
    coefficients = np.zeros((len(history.time_s), len(bone.loads)), dtype=np.float32)
    coefficients[:, own] = history.coefficients
    excluded = excluded_zone(bone.description, bone.mesh, bone.points)
    return Design(bone, case, history, coefficients, excluded)


def at_frame(design: Design, frame: int) -> FrameFields:
    """The bone at one of the frames of its activity."""
    moved = (design.coefficients[frame] @ design.bone.displacement).reshape(-1, 3)
    return FrameFields(*_scalars(design, frame), moved.astype(np.float64))


def over_stance(design: Design) -> FrameFields:
    """Largest ε1, smallest ε3 and largest equivalent strain over all frames, of the bone as it stands."""
    tension, compression, equivalent = _scalars(design, 0)
    for frame in range(1, len(design.coefficients)):
        high, low, size = _scalars(design, frame)
        np.maximum(tension, high, out=tension)
        np.minimum(compression, low, out=compression)
        np.maximum(equivalent, size, out=equivalent)
    return FrameFields(tension, compression, equivalent, np.zeros_like(design.bone.points))


def contact_summary(design: Design, fatigue: Fatigue | None = None) -> ContactSummary:
    """Summary of the whole contact, selected from the result of the case; with ``fatigue`` also its damage."""
    result = Result(design.case, design.bone.solved())
    damage = None if fatigue is None else _damage(design, result, fatigue)
    return ContactSummary(result.hotspots, result.summary.p50_ue, result.summary.p95_ue, damage)


def peaks(design: Design, spots: Sequence[Hotspot]) -> Floats:
    """Largest strain in µε of each hotspot's own mode over the contact, at the vertex nearest to it."""
    bone = design.bone
    k = [int(np.linalg.norm(bone.points - np.array(spot.position), axis=1).argmin()) for spot in spots]
    planes = np.tensordot(design.coefficients, bone.planes.reshape(len(bone.loads), 6, -1)[:, :, k], axes=1)
    planes = np.ascontiguousarray(planes.transpose(1, 0, 2)).reshape(6, -1)
    high, low, _ = extremes(planes, np.empty((WORK_PLANES, planes.shape[1]), dtype=np.float32))
    tension, compression = (value.reshape(-1, len(k)).max(axis=0).astype(np.float64) for value in (high, low))
    return np.where([spot.mode == "tension" for spot in spots], tension, -compression)


def _damage(design: Design, result: Result, fatigue: Fatigue) -> Floats:
    """Damage of one contact at the vertices (n,), by the law and the calibration that plans use."""
    bone, usual = design.bone, RiskSettings()
    one = contact_damage(
        [exposure_of(result, usual.strain)],
        fatigue.law(usual.law),
        life_factor=fatigue.life_factor(usual.law, usual.strain, usual.form),
        strength_factor=design.case.tissue.fatigue_strength_factor,
    )
    cells = np.zeros(len(bone.mesh.cells))
    cells[result.bone.cortex.cells] = one.points.sum(axis=0).reshape(-1, 4).mean(axis=1)
    damage, none = vertex_geometric_mean(bone.mesh, cells, cells <= 0.0)
    return np.where(design.excluded | none[bone.vertices], np.nan, damage[bone.vertices])


def values(
    design: Design, frame: FrameFields, quantity: Quantity, damage: Floats | None = None, contacts: float = 1.0
) -> Floats:
    """Values (n,) of a quantity in the unit of :data:`UNITS`; NaN where it is not evaluated.

    Damage and days are powers of ten; ``damage`` is that of :class:`ContactSummary`, absent while it is not known, and
    ``contacts`` how many come in a day. Days count without repair, as in a plan's folder.
    """
    if quantity in RISKS:
        known = np.full(len(design.excluded), np.nan) if damage is None else np.log10(damage)
        return known if quantity == "damage of one contact" else -known - np.log10(contacts)
    if quantity in ("modulus", "density"):
        return design.bone.modulus / 1000.0 if quantity == "modulus" else design.bone.density
    found = {
        "equivalent strain": frame.equivalent,
        "largest principal strain": frame.tension,
        "smallest principal strain": frame.compression,
    }[quantity]
    return np.where(design.excluded, np.nan, found)


def colour_bar(designs: Sequence[Design], quantity: Quantity, known: Sequence[Floats]) -> ColourBar:
    """Colour bar that fits all designs and, for strain, all instants.

    Parameters
    ----------
    designs : sequence of Design
        The designs shown.
    quantity : Quantity
        Quantity of the colours.
    known : sequence of ndarray, (n,)
        Its values in each design, as :func:`values` gives them.
    """
    if quantity in RISKS:
        shown = np.concatenate([value[np.isfinite(value)] for value in known])
        falls = quantity == "days to failure"
        if len(shown) == 0:
            return ColourBar(quantity, (0.0, float(_DECADES)), True, falls)
        if falls:
            low = float(np.floor(np.percentile(shown, 100.0 - _LIMIT_PERCENTILE)))
            return ColourBar(quantity, (low, low + _DECADES), True, True)
        high = float(np.ceil(np.percentile(shown, _LIMIT_PERCENTILE)))
        return ColourBar(quantity, (high - _DECADES, high), True)
    if quantity in ("modulus", "density"):
        return ColourBar(quantity, (0.0, rounded_up(max(float(value.max()) for value in known))))
    high = rounded_up(max(_peak(design, quantity) for design in designs))
    return ColourBar(quantity, (-high, 0.0) if quantity == "smallest principal strain" else (0.0, high))


@functools.lru_cache(maxsize=8)
def _peak(design: Design, quantity: Quantity) -> float:
    """99.5th percentile over the vertices of the largest size of a strain over some frames."""
    some = np.unique(np.linspace(0, len(design.coefficients) - 1, _SAMPLED_FRAMES).round().astype(np.int64))
    number = ("largest principal strain", "smallest principal strain", "equivalent strain").index(quantity)
    size = np.max([np.abs(_scalars(design, int(frame))[number]) for frame in some], axis=0)
    kept = ~design.excluded if not design.excluded.all() else design.excluded
    return float(np.percentile(size[kept], _LIMIT_PERCENTILE))


def probed(design: Design, frame: FrameFields, point: Floats, magnified: float = 0.0) -> ProbeReading:
    """Reading at the vertex nearest to ``point`` (3,) in mm, drawn with its displacement ``magnified``."""
    bone = design.bone
    k = int(np.linalg.norm(bone.points + magnified * frame.displacement - point, axis=1).argmin())
    here = bone.points[[k]]
    return ProbeReading(
        vertex=k,
        site=bone.anatomy.site(here)[0],
        level=float(bone.anatomy.level(here)[0]),
        tension_ue=float(frame.tension[k]),
        compression_ue=float(frame.compression[k]),
        equivalent_ue=float(frame.equivalent[k]),
        modulus_gpa=float(bone.modulus[k]) / 1000.0,
        excluded=bool(design.excluded[k]),
    )


def _scalars(design: Design, frame: int) -> tuple[Floats, Floats, Floats]:
    """ε1, ε3 and equivalent strain in µε, each (n,), at one frame.

    Frame by frame: a product with many frames would wait for the threads of OpenBLAS longer than it takes.
    """
    planes = (design.coefficients[frame] @ design.bone.planes).reshape(6, -1)
    high, low, j2 = extremes(planes, np.empty((WORK_PLANES, planes.shape[1]), dtype=np.float32))
    equivalent = np.sqrt(3.0 * j2.astype(np.float64)) / (1.0 + design.bone.elasticity.poisson)
    return high.astype(np.float64), -low.astype(np.float64), equivalent
