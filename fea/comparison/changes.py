# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A against B: pairs of like cases, differences within subjects with bootstrap intervals, by metric and by place."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.comparison.sides import Observation, Side
from fea.errors import InputError
from fea.evaluate import place_name
from fea.strain import vertex_mean

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RESAMPLES = 9_999
CONFIDENCE = 0.95
LEAST_SUBJECTS = 5
"""Below this many subjects a bootstrap interval says nothing, and none is given."""

_MOST_MAPS = 60


@dataclass(frozen=True)
class Change:
    """B − A of one quantity.

    ``a`` and ``b`` are means over the pairs, ``difference`` is the mean over the subjects (over the pairs where
    there are none) of the difference within; ``low`` and ``high`` bound it with 95 % confidence, NaN where
    there are fewer than five subjects. ``grew`` is the share of subjects, or pairs, in which its size grew.
    """

    metric: str
    place: str
    unit: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    grew: float

    @property
    def percent(self) -> float:
        """Increase of its size in percent of A, so that more compression is positive; NaN if A is 0."""
        return 100.0 * self.difference / self.a if self.a != 0.0 else float("nan")

    @property
    def relative_change(self) -> str:
        """Change of its size in words: in %, or as both values where A is 0."""
        return relative_change(self.a, self.b, self.percent)


def relative_change(a: float, b: float, percent: float) -> str:
    """Change from ``a`` to ``b`` in words: ``percent``, or both values where ``a`` is 0.

    Examples
    --------
    >>> nan = float("nan")
    >>> relative_change(200.0, 210.0, 5.0), relative_change(0.0, 153.2, nan), relative_change(0.0, 0.0, nan)
    ('+5.0', 'from 0 to 153.2', '0 in both')
    """
    if a != 0.0:
        return f"{percent:+.1f}"
    return f"from 0 to {b:.4g}" if b != 0.0 else "0 in both"


@dataclass(frozen=True)
class MeshDifference:
    """Mean of B − A of the largest equivalent strain at the vertices of one mesh, (n,) in µε; ``excluded`` (n,)."""

    mesh: BoneMesh
    difference_ue: Floats
    excluded: Mask


@dataclass(frozen=True)
class Comparison:
    """Two sides compared.

    ``metrics`` has a change for each metric that all pairs have, ``places`` for each place where strain is read
    on both sides; ``by_place`` (20, 8) holds the mean differences in µε. ``on_mesh`` is None where the sides,
    or the pairs among each other, differ in their mesh.
    """

    a: Side
    b: Side
    pairs: int
    subjects: int
    metrics: tuple[Change, ...]
    places: tuple[Change, ...]
    by_place: Floats
    on_mesh: MeshDifference | None


def compared(a: Side, b: Side) -> Comparison:
    """Comparison of two sides.

    Cases are paired that agree in all columns which both sides have, apart from those that were fixed to
    choose the sides.

    Raises
    ------
    fea.errors.InputError
        No case of one side has a partner on the other, or more than one.
    """
    pairs = _pairs(a, b)
    subjects = [one.subject for one, _ in pairs]
    common = [
        key for key in pairs[0][0].metrics if all(key in one.metrics and key in two.metrics for one, two in pairs)
    ]
    metrics = [_change(*key, pairs[0][0].metrics[key][0], *_values(pairs, key), subjects) for key in common]
    one, two = (np.array([pair[side].places for pair in pairs]) for side in (0, 1))
    sectors = tuple(pairs[0][0].case.bone.sites.sectors)
    places = []
    for number in np.flatnonzero(np.isfinite(one + two).all(axis=0)):
        values = one.reshape(len(pairs), -1)[:, number], two.reshape(len(pairs), -1)[:, number]
        places.append(_change("p95 of place", place_name(int(number), sectors), "µε", *values, subjects))
    return Comparison(
        a,
        b,
        len(pairs),
        len({s for s in subjects if s}),
        tuple(metrics),
        tuple(places),
        (two - one).mean(axis=0),
        _on_mesh(pairs),
    )


def _pairs(a: Side, b: Side) -> list[tuple[Observation, Observation]]:
    if len(a.observations) == len(b.observations) == 1:
        return [(a.observations[0], b.observations[0])]
    fixed = {*a.fixed, *b.fixed}
    columns = [f for f in a.observations[0].setting if f in b.observations[0].setting and f not in fixed]
    sides = []
    for side in (a, b):
        found: dict[tuple[str, ...], Observation] = {}
        for one in side.observations:
            key = tuple(repr(one.setting[column]) for column in columns)
            if key in found:
                raise InputError(
                    f"{side.label!r} holds several cases with the same {', '.join(columns) or 'setting'}; "
                    "choose one design: FOLDER@factor=level."
                )
            found[key] = one
        sides.append(found)
    pairs = [(one, sides[1][key]) for key, one in sides[0].items() if key in sides[1]]
    if not pairs:
        raise InputError(
            f"no case of {a.label!r} has a partner in {b.label!r} with the same {', '.join(columns) or 'setting'}."
        )
    return pairs


def _values(pairs: Sequence[tuple[Observation, Observation]], key: tuple[str, str]) -> tuple[Floats, Floats]:
    a, b = (np.array([pair[side].metrics[key][1] for pair in pairs]) for side in (0, 1))
    return a, b


def _change(metric: str, place: str, unit: str, a: Floats, b: Floats, subjects: Sequence[str]) -> Change:
    """Change of values (pairs,), the pairs of a subject averaged first."""
    named = [subject or str(k) for k, subject in enumerate(subjects)]
    within = np.array([(b - a)[[n == name for n in named]].mean() for name in dict.fromkeys(named)])
    low, high = _interval(within) if any(subjects) else (float("nan"), float("nan"))
    return Change(
        metric=metric,
        place=place,
        unit=unit,
        a=float(a.mean()),
        b=float(b.mean()),
        difference=float(within.mean()),
        low=low,
        high=high,
        grew=float((within * np.sign(a.mean() + b.mean()) > 0.0).mean()),
    )


def _interval(within: Floats) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean of differences (subjects,), with a fixed seed.

    Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    from scipy.stats import bootstrap

    if len(within) < LEAST_SUBJECTS:
        return float("nan"), float("nan")
    if np.ptp(within) == 0.0:
        return float(within[0]), float(within[0])
    found = bootstrap(
        (within,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    return float(found.low), float(found.high)


def _on_mesh(pairs: Sequence[tuple[Observation, Observation]]) -> MeshDifference | None:
    """Mean difference on the mesh, if all cases share one."""
    first = pairs[0][0].case
    every = list(itertools.chain.from_iterable(pairs))
    if len(every) > _MOST_MAPS or any(
        (one.case.bone, one.case.size_mm) != (first.bone, first.size_mm) for one in every
    ):
        return None
    maps = [(a.strain_map(), b.strain_map()) for a, b in pairs]
    mesh = maps[0][0].mesh
    if not all(_equal(one.mesh, mesh) for one in itertools.chain.from_iterable(maps)):
        return None
    difference = np.mean([two.equivalent_ue - one.equivalent_ue for one, two in maps], axis=0)
    excluded = np.any([one.excluded | two.excluded for one, two in maps], axis=0)
    cells = np.column_stack([difference, excluded])
    at_vertices = vertex_mean(mesh, np.repeat(cells[:, None], 4, axis=1))
    return MeshDifference(mesh, at_vertices[:, 0], at_vertices[:, 1] > 0.5)


def _equal(one: BoneMesh, two: BoneMesh) -> bool:
    return np.array_equal(one.cells, two.cells) and np.array_equal(one.points, two.points)
