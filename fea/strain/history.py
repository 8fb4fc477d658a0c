# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The envelope of a load history: extremes of strain over all frames, in memory that does not grow with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, RunError, out_of_range
from fea.loading import LoadHistory
from fea.solve import thread_count
from fea.strain.invariants import PLANES, WORK_PLANES, Reals, extremes
from fea.strain.tensor import MICROSTRAIN, equivalent, loads_last, principal, tensors

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Precision = type[np.float32] | type[np.float64]
Scalars = Callable[[Reals, Reals], tuple[Reals, ...]]

SAMPLES = 32_768
"""Points times frames worked on at once: their planes stay in the cache."""

# Products of at most this size run on one thread in OpenBLAS; its threads would only wait for each other.
_PRODUCT = 262_144
_MOST_FRAMES = 256

_SAMPLES_AT_ONCE = 2_000_000
_SHEAR = PLANES[1:] * np.sqrt([1.0, 0.75, 1.0, 1.0, 1.0])[:, None]
"""Rows that take the components to five numbers whose squares add up to J₂."""


@dataclass(frozen=True)
class Envelope:
    """The extremes of a history at each point, dimensionless, and the frames that reach them.

    The dominant direction n of a point is that of its largest principal strain by size in the whole history;
    the normal strain n·ε(t)·n along it is the signed strain whose range fatigue counts.

    Attributes
    ----------
    tension, compression, equivalent : ndarray, float64, (p,)
        Largest ε1, smallest ε3 and largest equivalent strain.
    highest, lowest : ndarray, float64, (p,)
        Extremes of n·ε(t)·n.
    rate : ndarray, float64, (p,)
        Largest size of the difference quotient of n·ε(t)·n between neighbouring frames in 1/s; 0 for a
        single frame.
    direction : ndarray, float64, (p, 3)
        The unit vector n; its sign means nothing.
    tension_frame, compression_frame, equivalent_frame, highest_frame, lowest_frame : ndarray, int64, (p,)
        The first frame that reaches each.
    rate_frame : ndarray, int64, (p,)
        The frame at the beginning of the interval of the largest rate.
    """

    tension: Floats
    compression: Floats
    equivalent: Floats
    highest: Floats
    lowest: Floats
    rate: Floats
    direction: Floats
    tension_frame: Ints
    compression_frame: Ints
    equivalent_frame: Ints
    highest_frame: Ints
    lowest_frame: Ints
    rate_frame: Ints

    @property
    def strain_range(self) -> Floats:
        """Range of n·ε(t)·n over the frames, shape (p,): 0 for a single frame."""
        return self.highest - self.lowest

    @property
    def extremes(self) -> Floats:
        """Smallest ε3 and largest ε1 as columns, shape (p, 2), as :func:`fea.strain.hotspots` reads them."""
        return np.column_stack([self.compression, self.tension])

    def at_points(self, points: npt.NDArray[np.bool_]) -> Envelope:
        """Envelope of some of the points, a mask (p,)."""
        return Envelope(*(getattr(self, field.name)[points] for field in fields(self)))


def envelope(
    unit: Floats,
    history: LoadHistory,
    poisson: float,
    *,
    precision: Precision = np.float32,
    samples: int = SAMPLES,
) -> Envelope:
    """Envelope of strain over the frames of a history.

    Frames are compared in ``precision``; the values are those of the chosen frames in float64. With
    float32 a value may therefore miss the true extreme by the error of the comparison: 1e-6 of the
    strain's size, or 1e-3 where two principal strains agree (2e-8 with float64). Of frames that tie within
    that error any may be chosen, and with it its dominant direction. A single frame is exact.

    Parameters
    ----------
    unit : ndarray, (loads, p, 6)
        Strain that each unit load causes at cells or vertices, components xx, yy, zz, yz, xz, xy.
    history : LoadHistory
        Size of each unit load in each frame, and the frames' times.
    poisson : float
        Poisson's ratio, for the equivalent strain.
    precision : type, optional
        ``np.float32`` or ``np.float64``.
    samples : int, optional
        Points times frames that are worked on at once.

    Raises
    ------
    fea.errors.InputError
        Shapes that don't match, no frame, or times that don't rise.
    fea.errors.RunError
        A unit strain or a coefficient is not finite.
    """
    _check(unit, history, samples)
    size, quotient = history.coefficients, rates_of_change(history.coefficients, history.time_s)
    scan = _Scan(size.shape, unit.shape[1], precision, samples)
    six = loads_last(unit)
    at_high, at_low, at_eq = scan.largest(_planes(six), size, extremes, 3)
    high, low = (tensors(_combined(six, size[frame])) for frame in (at_high, at_low))
    tension, compression = principal(high)[:, 2], principal(low)[:, 0]
    direction = _dominant(high, low, tension >= -compression)
    normal = _normal(six, direction)
    highest_frame, lowest_frame = scan.largest(normal[None], size, _both_signs, 2)
    highest, lowest = (np.einsum("pl,lp->p", size[frame], normal) for frame in (highest_frame, lowest_frame))
    rate, rate_frame = np.zeros(len(tension)), np.zeros(len(tension), dtype=np.int64)
    if len(quotient) > 0:
        (rate_frame,) = scan.largest(normal[None], quotient, _size_alone, 1)
        rate = np.abs(np.einsum("pl,lp->p", quotient[rate_frame], normal))
    return Envelope(
        tension=tension,
        compression=compression,
        equivalent=equivalent(tensors(_combined(six, size[at_eq])), poisson),
        highest=highest,
        lowest=lowest,
        rate=rate,
        direction=direction,
        tension_frame=at_high,
        compression_frame=at_low,
        equivalent_frame=at_eq,
        highest_frame=highest_frame,
        lowest_frame=lowest_frame,
        rate_frame=rate_frame,
    )


def peak_equivalent(unit: Floats, coefficients: Floats, poisson: float) -> Floats:
    """Largest equivalent strain (p,) of many frames, such as samples of loads.

    J₂ of a point is a quadratic form of the coefficients, Σ_ab G_ab c_a c_b, so that no strain of a frame is ever
    formed: all frames of all points are one product of the coefficients' pairs with the points' G. Frames are compared
    in float32, and the value is that of the chosen frame in float64; it may miss the true extreme by 1e-4.

    Parameters
    ----------
    unit : ndarray, (loads, p, 6)
        Strain that each unit load causes, components xx, yy, zz, yz, xz, xy.
    coefficients : ndarray, (frames, loads)
        Size of each unit load in each frame.
    poisson : float
        Poisson's ratio.

    Raises
    ------
    fea.errors.RunError
        A unit strain or a coefficient is not finite.
    """
    if not (np.isfinite(unit).all() and np.isfinite(coefficients).all()):
        raise RunError("a unit strain or a coefficient is not finite.")
    size = np.abs(coefficients).max(axis=0)
    size[size == 0.0] = 1.0
    planes = np.einsum("ck,lpk->plc", _SHEAR, unit * (MICROSTRAIN * size[:, None, None]))
    first, second = np.triu_indices(len(size))
    share = coefficients / size
    pairs = (share[:, first] * share[:, second] * np.where(first == second, 1.0, 2.0)).astype(np.float32).T
    chosen = np.empty(unit.shape[1], dtype=np.int64)
    step = max(1, _SAMPLES_AT_ONCE // len(coefficients))
    for start in range(0, len(chosen), step):
        own = planes[start : start + step]
        gram = (own @ own.swapaxes(1, 2))[:, first, second].astype(np.float32)
        chosen[start : start + step] = (gram @ pairs).argmax(axis=1)
    return equivalent(tensors(_combined(loads_last(unit), coefficients[chosen])), poisson)


def rms_equivalent(unit: Floats, volume: Floats, coefficients: Floats, poisson: float) -> Floats:
    """Root mean square, by volume, of the equivalent strain in each frame (frames,).

    Its square is a quadratic form of the coefficients, as that of each point.

    Parameters
    ----------
    unit : ndarray, (loads, p, 6)
        Strain that each unit load causes, components xx, yy, zz, yz, xz, xy.
    volume : ndarray, (p,)
        Volume of each point.
    coefficients : ndarray, (frames, loads)
        Size of each unit load in each frame.
    poisson : float
        Poisson's ratio.
    """
    planes = (_SHEAR @ loads_last(unit)) * np.sqrt(volume / volume.sum())[:, None, None]
    flat = planes.reshape(-1, len(unit))
    j2 = np.einsum("fl,lk,fk->f", coefficients, flat.T @ flat, coefficients)
    return np.asarray(np.sqrt(3.0 * np.maximum(j2, 0.0)) / (1.0 + poisson))


def rates_of_change(value: Floats, time_s: Floats) -> Floats:
    """Difference quotients between neighbouring frames, shape (frames − 1, …), of values (frames, …).

    Examples
    --------
    >>> rates_of_change(np.array([0.0, 3.0, 2.0]), np.array([0.0, 0.5, 1.0]))
    array([ 6., -2.])
    """
    steps = np.diff(time_s).reshape((-1,) + (1,) * (value.ndim - 1))
    return np.asarray(np.diff(value, axis=0) / steps)


def peak_rate(series: Floats, time_s: Floats) -> float:
    """Largest size of the difference quotients of a series (frames,); 0 for a single frame."""
    return float(np.abs(rates_of_change(series, time_s)).max(initial=0.0))


def check_times(history: LoadHistory) -> None:
    """Refuse a history without frames, or whose times don't rise.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    frames, times = len(history.coefficients), history.time_s
    if frames == 0:
        raise InputError(f"the history of {history.name!r} has no frame; allowed: at least one.")
    if np.shape(times) != (frames,):
        raise out_of_range(f"the shape of the times of {history.name!r}", np.shape(times), f"({frames},), one a frame")
    risen = np.isfinite(times) & np.concatenate([[True], times[1:] > times[:-1]])
    if not risen.all():
        first = int(np.argmin(risen))
        place = f"the time of frame {first} of {history.name!r} in s"
        raise out_of_range(place, float(times[first]), "finite, and later than the frame before")


def _check(unit: Floats, history: LoadHistory, samples: int) -> None:
    check_times(history)
    loads = history.coefficients.shape[1]
    if unit.ndim != 3 or unit.shape[0] != loads or unit.shape[2] != 6 or loads == 0 or unit.shape[1] == 0:
        raise out_of_range("the shape of the unit strains", unit.shape, f"({max(loads, 1)}, points, 6), none of them 0")
    if samples < 1:
        raise out_of_range("samples worked on at once", samples, "1 or more")
    for name, array in (("unit strain", unit), ("coefficient", history.coefficients)):
        if not np.isfinite(array).all():
            raise RunError(f"a {name} of {history.name!r} is not finite.")


def _planes(six: Floats) -> Floats:
    """Planes (6, loads, p), in µε, of strains (p, 6, loads), so that squares and cubes fit into float32."""
    return ((PLANES * MICROSTRAIN) @ six).transpose(1, 2, 0)


def _combined(six: Floats, weight: Floats) -> Floats:
    """Components (p, 6) of strains (p, 6, loads) in frames chosen point by point, coefficients (p, loads)."""
    return np.asarray((six @ weight[:, :, None])[:, :, 0])


def _dominant(high: Floats, low: Floats, tensile: npt.NDArray[np.bool_]) -> Floats:
    """Directions (p, 3) of ε1 of ``high`` where ``tensile``, of ε3 of ``low`` elsewhere."""
    vectors = np.linalg.eigh(np.where(tensile[:, None, None], high, low)).eigenvectors
    return np.asarray(np.where(tensile[:, None], vectors[:, :, 2], vectors[:, :, 0]))


def _normal(six: Floats, n: Floats) -> Floats:
    """Normal strains (loads, p) along directions (p, 3) of strains (p, 6, loads)."""
    x, y, z = n.T
    along = np.stack([x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y], axis=1)
    return np.asarray((along[:, None, :] @ six)[:, 0].T)


def _both_signs(planes: Reals, work: Reals) -> tuple[Reals, ...]:
    return planes[0], np.negative(planes[0], out=work[0])


def _size_alone(planes: Reals, work: Reals) -> tuple[Reals, ...]:
    return (np.abs(planes[0], out=work[0]),)


class _Scan:
    """Search for the frames with the largest scalars: on each thread block by block, in buffers made once."""

    def __init__(self, shape: tuple[int, ...], points: int, precision: Precision, samples: int) -> None:
        frames, loads = shape
        self._points, self._precision = points, precision
        self._frames = min(_MOST_FRAMES, samples, frames)
        self._group = int(np.clip(_PRODUCT // (self._frames * loads), 1, samples // self._frames))
        self._groups = max(1, samples // (self._frames * self._group))
        blocks = -(-points // (self._group * self._groups))
        room = (6 + WORK_PLANES, self._frames * self._group * self._groups)
        self._rooms = [np.empty(room, dtype=precision) for _ in range(min(thread_count(), blocks))]

    def largest(self, planes: Floats, coefficients: Floats, scalars: Scalars, count: int) -> list[Ints]:
        """For each of ``count`` scalars the first frame (p,) at which it is largest.

        ``planes`` (k, loads, p) are superposed with ``coefficients`` (frames, loads).
        """
        grouped = self._grouped(planes)
        padded = grouped.shape[1] * self._group
        best = np.full((count, padded), -np.inf, dtype=self._precision)
        frame = np.zeros((count, padded), dtype=np.int64)
        parts = [
            (first, np.ascontiguousarray(coefficients[first : first + self._frames].T, dtype=self._precision))
            for first in range(0, len(coefficients), self._frames)
        ]

        def search(room: Reals, blocks: Sequence[int]) -> None:
            for start, (first, part) in itertools.product(blocks, parts):
                here, block, work = self._block(grouped, start, part, room)
                for k, value in enumerate(scalars(block, work)):
                    at = value.argmax(axis=1)
                    top = value[np.arange(len(value)), at]
                    better = top > best[k, here]
                    best[k, here][better] = top[better]
                    frame[k, here][better] = first + at[better]

        starts = range(0, grouped.shape[1], self._groups)
        with ThreadPoolExecutor(len(self._rooms)) as threads:
            shares = [starts[k :: len(self._rooms)] for k in range(len(self._rooms))]
            list(threads.map(search, self._rooms, shares))
        return list(frame[:, : self._points])

    def _grouped(self, planes: Floats) -> Reals:
        """Planes (k, loads, p) as (k, groups, group, loads), filled up with zeros."""
        groups = -(-self._points // self._group)
        result = np.zeros((len(planes), groups * self._group, planes.shape[1]), dtype=self._precision)
        result[:, : self._points] = planes.transpose(0, 2, 1)
        return result.reshape(len(planes), groups, self._group, planes.shape[1])

    def _block(self, grouped: Reals, start: int, part: Reals, room: Reals) -> tuple[slice, Reals, Reals]:
        """Slice of the padded points from a group on, their planes (k, points, frames) and room to work in."""
        stop = min(start + self._groups, grouped.shape[1])
        here = slice(start * self._group, stop * self._group)
        count = here.stop - here.start
        own = room[:, : count * part.shape[1]].reshape(-1, count, part.shape[1])
        block = own[: len(grouped)]
        np.matmul(grouped[:, start:stop], part, out=block.reshape(len(block), -1, self._group, part.shape[1]))
        return here, block, own[6:]
