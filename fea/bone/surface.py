# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From smooth shape to closed surfaces of triangles: rings of equal edge length, joined ring by ring."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape, polygon_properties

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FEWEST_POINTS = 12
_STEP_PER_EDGE = 0.85
_SHAFT_STEP, _END_SHARE = 1.5, 0.1
"""Rings lie this much farther apart along the shaft, where strain changes little, from a tenth of the length on."""
_COARSE, _COARSEST = 2.0, 3.0
"""Times the edge length of its file from which a coarse mesh has closer rings again, which its thin walls need."""


@dataclass(frozen=True, eq=False)
class Ring:
    """A closed loop of vertices at one level.

    ``points`` (n, 3) in mm in the bone frame, ``azimuth`` (n,) rising, in rad, by which rings are
    joined; ``level`` is the fraction of the length.
    """

    points: Floats
    azimuth: Floats
    level: float


@dataclass(frozen=True)
class BoneSurfaces:
    """All surfaces of a bone: ``points`` (n, 3) in mm, and the surfaces by name.

    ``periosteum``, ``proximal end`` and ``distal end`` close the bone; the ``core …`` surfaces bound
    the cancellous ends and the cavity.
    """

    points: Floats
    surfaces: dict[str, Ints]


def bone_surfaces(shape: BoneShape, size: float) -> BoneSurfaces:
    """Surfaces of ``shape`` with edges of about ``size`` mm."""
    plate = shape.description.ends.plate_thickness_mm * shape.magnification / shape.length
    cavity = shape.description.cavity
    builder = _Builder()
    levels = _stations(shape, 0.0, 1.0, size, inner=False, stops=())
    outer = [_ring(shape, level, size, inner=False) for level in levels]
    builder.tube("periosteum", outer)
    builder.cap("distal end", _cap(shape, 0.0, size, inner=False), outer[0], facing=-1)
    builder.cap("proximal end", _cap(shape, 1.0, size, inner=False), outer[-1], facing=1)
    stops = (cavity.distal_level, cavity.proximal_level)
    levels = _stations(shape, plate, 1.0 - plate, size, inner=True, stops=stops)
    core = [_ring(shape, level, size, inner=True) for level in levels]
    first, second = (int(np.flatnonzero(levels == stop)[0]) for stop in stops)
    builder.tube("core distal", core[: first + 1])
    builder.tube("core shaft", core[first : second + 1])
    builder.tube("core proximal", core[second:])
    for name, index, facing in (
        ("core distal end", 0, -1),
        ("core distal floor", first, -1),
        ("core proximal floor", second, 1),
        ("core proximal end", len(core) - 1, 1),
    ):
        builder.cap(name, _cap(shape, levels[index], size, inner=True), core[index], facing=facing)
    return builder.surfaces()


def _stations(
    shape: BoneShape, start: float, stop: float, size: float, *, inner: bool, stops: tuple[float, ...]
) -> Floats:
    """Levels from ``start`` to ``stop`` whose rings lie about ``size`` apart, up to 1.5 times that in the shaft.

    ``stops`` are among them.
    """
    fine = np.linspace(start, stop, 301)
    outlines = [(shape.inner(s) if inner else shape.outer(s)) for s in fine]
    place = np.array([np.column_stack([o, shape.height(s, o, not inner)]) for s, o in zip(fine, outlines, strict=True)])
    steps = np.linalg.norm(np.diff(place, axis=0), axis=2)
    between = (fine[1:] + fine[:-1]) / 2.0
    own = shape.description.size_mm * shape.magnification
    step = float(np.interp(size / own, [_COARSE, _COARSEST], [_SHAFT_STEP, 1.0]))
    apart = np.interp(np.minimum(between, 1.0 - between), [0.0, _END_SHARE], [1.0, step])
    reach = np.concatenate([[0.0], np.cumsum(np.quantile(steps, 0.75, axis=1) / apart)])
    levels: list[float] = [start]
    for a, b in zip((start, *stops), (*stops, stop), strict=True):
        lengths = np.interp([a, b], fine, reach)
        count = max(1, round((lengths[1] - lengths[0]) / (_STEP_PER_EDGE * size)))
        inner_levels = np.interp(np.linspace(lengths[0], lengths[1], count + 1)[1:-1], reach, fine)
        levels.extend(inner_levels.tolist())
        levels.append(b)
    return np.array(levels)


def _ring(shape: BoneShape, level: float, size: float, *, inner: bool) -> Ring:
    outline = shape.inner(level) if inner else shape.outer(level)
    return _spaced(shape, level, outline, size, with_processes=not inner)


def _cap(shape: BoneShape, level: float, size: float, *, inner: bool) -> Iterator[Ring]:
    """Yield shrinking rings over the flat of a section, without its edge."""
    outline = shape.inner(level) if inner else shape.outer(level)
    radius = float(np.hypot(*outline.T).mean())
    count = max(2, round(radius / (_STEP_PER_EDGE * size)))
    for k in range(count - 1, 0, -1):
        yield _spaced(shape, level, outline * (k / count), size, with_processes=not inner, fewest=6)


def _spaced(
    shape: BoneShape,
    level: float,
    outline: Floats,
    size: float,
    *,
    with_processes: bool,
    fewest: int = _FEWEST_POINTS,
) -> Ring:
    """``outline`` resampled to edges of about ``size`` mm, enclosing the same area."""
    closed = np.vstack([outline, outline[:1]])
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    count = max(fewest, round(arc[-1] / size))
    places = arc[-1] * np.arange(count) / count
    points = np.column_stack([np.interp(places, arc, closed[:, i]) for i in (0, 1)])
    points *= np.sqrt(polygon_properties(outline).area / polygon_properties(points).area)
    azimuth = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    return Ring(shape.placed(level, points, with_processes), azimuth, level)


def _zip(a: Ring, b: Ring, first_a: int, first_b: int) -> Ints:
    """Triangles of the strip between two rings whose vertices start at the given numbers.

    Turning seen from +y: triangles face away from the axis when ``b`` is the more proximal ring.
    """
    n, m = len(a.azimuth), len(b.azimuth)
    angle_a = np.append(a.azimuth, a.azimuth[0] + 2.0 * np.pi)
    angle_b = np.append(b.azimuth, b.azimuth[0] + 2.0 * np.pi)
    triangles: list[tuple[int, int, int]] = []
    i = j = 0
    while i < n or j < m:
        next_a = angle_a[i + 1] + angle_a[i] if i < n else np.inf
        next_b = angle_b[j + 1] + angle_b[j] if j < m else np.inf
        here_a, here_b = first_a + i % n, first_b + j % m
        if next_a <= next_b:
            i += 1
            triangles.append((here_a, here_b, first_a + i % n))
        else:
            j += 1
            triangles.append((here_a, here_b, first_b + j % m))
    return np.array(triangles, dtype=np.int64)


class _Builder:
    """Collects rings into shared vertices and named triangles."""

    def __init__(self) -> None:
        self._points: list[Floats] = []
        self._count = 0
        self._first: dict[Ring, int] = {}
        self._surfaces: dict[str, Ints] = {}

    def _number(self, ring: Ring) -> int:
        if ring not in self._first:
            self._first[ring] = self._add(ring.points)
        return self._first[ring]

    def _add(self, points: Floats) -> int:
        first = self._count
        self._points.append(points)
        self._count += len(points)
        return first

    def tube(self, name: str, rings: list[Ring]) -> None:
        """Join rings by strips of triangles."""
        strips = [_zip(a, b, self._number(a), self._number(b)) for a, b in itertools.pairwise(rings)]
        self._surfaces[name] = np.vstack(strips)

    def cap(self, name: str, rings: Iterator[Ring], edge: Ring, *, facing: int) -> None:
        """Close an end by rings that shrink inwards to a pole; ``facing`` is the sign of its normal along y."""
        inward = [edge, *rings]
        strips = [_zip(a, b, self._number(a), self._number(b)) for a, b in itertools.pairwise(inward)]
        last = inward[-1]
        pole = self._add(last.points.mean(axis=0, keepdims=True))
        around = self._number(last) + np.arange(len(last.points))
        strips.append(np.column_stack([around, np.full_like(around, pole), np.roll(around, -1)]))
        triangles = np.vstack(strips)
        self._surfaces[name] = triangles if facing > 0 else triangles[:, ::-1]

    def surfaces(self) -> BoneSurfaces:
        """Vertices and named triangles of all joined rings."""
        return BoneSurfaces(np.vstack(self._points), dict(self._surfaces))
