# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A against B: pairs of like cases, differences within subjects with intervals, by metric and by place."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.case import Case, Plan
from fea.comparison.conclusion import (
    Change,
    Conclusion,
    bone_in_words,
    confidence_sentence,
    designs_of,
    exposure_sentence,
    listed,
    origin_sentence,
    strain_sentence,
)
from fea.comparison.exposure import ExposureComparison, RangeInterval, compared_exposure, range_interval
from fea.comparison.inputs import Across, InputDifference, check_comparable, input_differences
from fea.comparison.sides import Observation, Side
from fea.comparison.statistics import MARGIN_PERCENT, NO_STATISTICS, paired_statistics
from fea.errors import InputError, out_of_range
from fea.evaluate import place_name
from fea.files import Progress, silent
from fea.strain import vertex_mean

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_Cases = dict[tuple[str, ...], Observation]
"""Cases of a side by the values that pair them."""

_MOST_MAPS = 60


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
    or the pairs among each other, differ in their mesh. ``inputs`` are those that differ; ``exposure`` is damage and
    probability under a plan, or why there is none; ``over_range`` is None where no differing factor has a range.
    ``not_compared`` names failed cases, and cases of one side without a partner on the other.
    """

    a: Side
    b: Side
    pairs: int
    subjects: int
    metrics: tuple[Change, ...]
    places: tuple[Change, ...]
    by_place: Floats
    on_mesh: MeshDifference | None
    inputs: tuple[InputDifference, ...]
    exposure: ExposureComparison | str
    over_range: RangeInterval | None = None
    not_compared: tuple[str, ...] = ()
    margin_percent: float = MARGIN_PERCENT

    @property
    def designs(self) -> tuple[str, str]:
        """What A and B are called: by the inputs that differ, else by their folders."""
        return designs_of(self.inputs, (self.a.label, self.b.label))

    @property
    def bone(self) -> str:
        """The bone within a sentence."""
        return bone_in_words(self.a.observations[0].case.bone.bone)

    @cached_property
    def conclusion(self) -> Conclusion:
        """What follows, in sentences."""
        return Conclusion(
            strain=strain_sentence(self.designs, self.bone, self.p95, self.worst_place),
            exposure=exposure_sentence(self.designs, self.exposure),
            origin=origin_sentence(self.inputs, self.bone),
            confidence=confidence_sentence(
                self.p95, self.subjects, self.pairs, self.inputs, self.over_range, self.margin_percent
            ),
            remarks=self.not_compared,
        )

    @property
    def p95(self) -> Change:
        """Change of the 95th percentile of the whole bone."""
        return next(one for one in self.metrics if (one.metric, one.place) == ("p95", ""))

    @property
    def worst_place(self) -> Change | None:
        """Change at the place that is strained most on either side; None where no place is read on both."""
        return max(self.places, key=lambda one: max(abs(one.a), abs(one.b)), default=None)


def compared(
    a: Side,
    b: Side,
    *,
    across: Collection[Across] = (),
    plan: Plan | Literal["none"] | None = None,
    margin_percent: float = MARGIN_PERCENT,
    progress: Progress = silent,
) -> Comparison:
    """Comparison of two sides.

    Cases are paired that agree in all columns which both sides have, apart from those that were fixed to
    choose the sides.

    Parameters
    ----------
    a, b : Side
        The sides.
    across : collection of {"activity"}
        Inputs that may differ although their difference is usually a mistake; those fixed to choose sides may.
    plan : Plan or "none", optional
        How often each case is done, for damage and probability; see :func:`compared_exposure`.
    margin_percent : float
        Difference of the means over subjects, in % of A, within which the designs count as equivalent.
    progress : callable, optional
        Hears each step as it begins.

    Raises
    ------
    fea.errors.InputError
        No case of one side has a partner on the other, or more than one; another bone or another activity; a plan that
        does not fit the activity.
    fea.errors.RunError
        A bone has to be solved anew, and that failed.
    """
    if not 0.0 < margin_percent <= 100.0:
        raise out_of_range("margin in %", margin_percent, "above 0 and up to 100 %")
    pairs, alone = _pairs(a, b)
    cases = [(one.case, two.case) for one, two in pairs]
    check_comparable(cases, {*across, *(("activity",) if "activity" in {*a.fixed, *b.fixed} else ())})
    subjects = [one.subject for one, _ in pairs]
    inputs = input_differences(cases)
    one, two = (np.array([pair[side].places for pair in pairs]) for side in (0, 1))
    failed = (
        f"Missing, having failed in the study: {listed(side.missing)} of {side.label!r}."
        for side in (a, b)
        if side.missing
    )
    return Comparison(
        a=a,
        b=b,
        pairs=len(pairs),
        subjects=len({s for s in subjects if s}),
        metrics=_metric_changes(pairs, subjects, margin_percent),
        places=_place_changes(one, two, pairs[0][0].case, subjects, margin_percent),
        by_place=(two - one).mean(axis=0),
        on_mesh=_on_mesh(pairs),
        inputs=inputs,
        exposure=compared_exposure(pairs, plan, progress),
        over_range=range_interval(pairs[0], inputs) if len(pairs) == 1 else None,
        not_compared=(*failed, *alone),
        margin_percent=margin_percent,
    )


def _metric_changes(
    pairs: Sequence[tuple[Observation, Observation]], subjects: Sequence[str], margin_percent: float
) -> tuple[Change, ...]:
    """Change of each metric that all pairs have."""
    first = pairs[0][0].metrics
    common = [key for key in first if all(key in one.metrics and key in two.metrics for one, two in pairs)]
    return tuple(_change(*key, first[key][0], *_values(pairs, key), subjects, margin_percent) for key in common)


def _place_changes(
    one: Floats, two: Floats, case: Case, subjects: Sequence[str], margin_percent: float
) -> tuple[Change, ...]:
    """Change at each place of (pairs, 20, 8) that is read in all pairs."""
    sectors, changes = tuple(case.bone.sites.sectors), []
    for number in np.flatnonzero(np.isfinite(one + two).all(axis=0)):
        a, b = (side.reshape(len(one), -1)[:, number] for side in (one, two))
        changes.append(_change("p95 of place", place_name(int(number), sectors), "µε", a, b, subjects, margin_percent))
    return tuple(changes)


def _pairs(a: Side, b: Side) -> tuple[list[tuple[Observation, Observation]], tuple[str, ...]]:
    """Pairs of like cases, and the cases without a partner in sentences."""
    if len(a.observations) == len(b.observations) == 1:
        return [(a.observations[0], b.observations[0])], ()
    fixed = {*a.fixed, *b.fixed}
    columns = [f for f in a.observations[0].setting if f in b.observations[0].setting and f not in fixed]
    sides = []
    for side in (a, b):
        found: _Cases = {}
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
    first, second = sides
    alone = (_without_partner(a, first, second, columns), _without_partner(b, second, first, columns))
    return pairs, tuple(sentence for sentence in alone if sentence)


def _without_partner(side: Side, own: _Cases, other: _Cases, columns: Sequence[str]) -> str:
    """Sentence that names the cases of a side without a partner; empty where each has one."""
    cases = [one for key, one in own.items() if key not in other]
    if not cases:
        return ""
    names = [one.subject or ", ".join(f"{c}={one.setting[c]}" for c in columns) for one in cases]
    return f"Not compared, having no partner: {listed(names)} of {side.label!r}."


def _values(pairs: Sequence[tuple[Observation, Observation]], key: tuple[str, str]) -> tuple[Floats, Floats]:
    a, b = (np.array([pair[side].metrics[key][1] for pair in pairs]) for side in (0, 1))
    return a, b


def _change(
    metric: str, place: str, unit: str, a: Floats, b: Floats, subjects: Sequence[str], margin_percent: float
) -> Change:
    """Change of values (pairs,), the pairs of a subject averaged first."""
    named = [subject or str(k) for k, subject in enumerate(subjects)]
    within = np.array([(b - a)[[n == name for n in named]].mean() for name in dict.fromkeys(named)])
    margin = margin_percent / 100.0 * abs(float(a.mean()))
    found = paired_statistics(within, margin) if any(subjects) else NO_STATISTICS
    return Change(
        metric=metric,
        place=place,
        unit=unit,
        a=float(a.mean()),
        b=float(b.mean()),
        difference=float(within.mean()),
        low=found.low,
        high=found.high,
        equivalence_p=found.equivalence_p,
        detectable=found.detectable,
        grew=float((within * np.sign(a.mean() + b.mean()) > 0.0).mean()),
    )


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
