# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A solved bone made ready for many cases: what depends on the bone alone is computed once, the rest case by case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh
from fea.case import Case
from fea.loading import LoadHistory, UnitLoad, load_history, mean_tractions, with_reaction
from fea.solve import Basis, Carried, Solver, balance
from fea.solve.basis import columns_of
from fea.strain import (
    MICROSTRAIN,
    Envelope,
    GaugeHistory,
    Inside,
    envelope,
    excluded,
    inside,
    unit_at_points,
    unit_at_vertices,
    unit_gauges,
)
from fea.strain.summary import MILD_TRACTION_MPA

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LEVELS, SECTORS = 20, 8
"""Bands of equal length and sectors of 45° into which the bone is cut for strain by place."""


@dataclass(frozen=True)
class Reading:
    """What a case makes of a bone, mineralised cells only.

    Attributes
    ----------
    case : Case
        The question.
    history : LoadHistory
        Its frames.
    envelope : Envelope
        Extremes of the mean of each cell over the frames, (p,).
    inside : Inside
        Extremes at four points of each cell, (p, 4).
    volume : ndarray, float64, (p,)
        Volume of each cell in mm³.
    kept : ndarray, bool, (p,)
        Cells away from supports and loads.
    gauges : list of GaugeHistory
        What the gauges of the bone read.
    solver : {"mumps", "pardiso", "multigrid"}
        What solved the bone.
    places : ndarray, float64, (20, 8)
        95th percentile by volume of the largest equivalent strain, in µε, of the kept cells by level and
        sector; NaN where there is none.
    """

    case: Case
    history: LoadHistory
    envelope: Envelope
    inside: Inside
    volume: Floats
    kept: Mask
    gauges: list[GaugeHistory]
    solver: Solver
    places: Floats


@dataclass(frozen=True)
class Painted:
    """A mesh with the largest equivalent strain of each cell in µε, (m,), and the cells left out, (m,)."""

    mesh: BoneMesh
    equivalent_ue: Floats
    excluded: Mask


class Bench:
    """A solved bone that answers cases; its blocks stay in memory.

    Parameters
    ----------
    basis : Basis
        The solved bone.
    case : Case
        Any of its cases: they share the bone.

    Raises
    ------
    fea.errors.RunError
        A unit load is out of balance.
    """

    def __init__(self, basis: Basis, case: Case) -> None:
        bone = case.bone
        for k in range(len(basis.loads)):
            balance(basis.unit, basis.tractions, np.eye(len(basis.loads))[k])
        self._mesh, self._tractions, self._poisson = basis.mesh, basis.tractions, basis.elasticity.poisson
        self._loads, self._solver = basis.loads, basis.unit.solver
        self._fixed = bone.support.regions
        self._cells = np.flatnonzero(basis.mesh.tissue != TISSUES.index("marrow"))
        self._volume = basis.mesh.volumes[self._cells]
        self._centroids = basis.mesh.centroids[self._cells]
        self._inside = unit_at_points(basis.unit, self._cells)
        self._unit = self._inside.mean(axis=2).swapaxes(0, 1)
        strain, stress = unit_at_vertices(basis.mesh, basis.elasticity, basis.unit)
        self._gauges = unit_gauges(bone, basis.mesh, bone.gauges, strain, stress)
        self._place = places_of(Anatomy(bone), self._centroids)
        self._chosen: dict[tuple[UnitLoad, ...], tuple[list[int], Floats]] = {}
        self._disturbed: dict[frozenset[str], Mask] = {}

    def reading(self, case: Case, carried: Carried | None) -> Reading:
        """Return what a case makes of the bone.

        Raises
        ------
        fea.errors.InputError
            A load that the basis lacks, or times that don't rise.
        """
        history = load_history(case)
        if carried == "free":
            history = with_reaction(self._mesh, history, self._fixed)
        columns, unit = self._columns(history.loads)
        found = envelope(unit, history, self._poisson)
        every = np.zeros((len(history.coefficients), len(self._loads)))
        every[:, columns] = history.coefficients
        pressures = mean_tractions([self._tractions[k] for k in columns], history.coefficients)
        kept = ~self._excluded(frozenset(r for r, p in pressures.items() if p >= MILD_TRACTION_MPA))
        return Reading(
            case=case,
            history=history,
            envelope=found,
            inside=inside(self._inside, every, found, self._poisson),
            volume=self._volume,
            kept=kept,
            gauges=[gauge.history(columns, history) for gauge in self._gauges],
            solver=self._solver,
            places=percentile_by_place(found.equivalent * MICROSTRAIN, self._volume, self._place, kept),
        )

    def painted(self, case: Case, carried: Carried | None) -> Painted:
        """Return the strain of a case on the mesh, 0 in marrow; errors are those of :meth:`reading`."""
        reading = self.reading(case, carried)
        equivalent, excluded = np.zeros(len(self._mesh.cells)), np.zeros(len(self._mesh.cells), dtype=np.bool_)
        equivalent[self._cells] = reading.envelope.equivalent * MICROSTRAIN
        excluded[self._cells] = ~reading.kept
        return Painted(self._mesh, equivalent, excluded)

    def _columns(self, loads: tuple[UnitLoad, ...]) -> tuple[list[int], Floats]:
        """Return the columns of loads and their unit strains, copied once for all cases with these loads."""
        if loads not in self._chosen:
            columns = columns_of(self._loads, loads)
            self._chosen[loads] = columns, self._unit[columns]
        return self._chosen[loads]

    def _excluded(self, regions: frozenset[str]) -> Mask:
        """Return the cells that supports and these loaded regions disturb."""
        if regions not in self._disturbed:
            pressed = dict.fromkeys(regions, MILD_TRACTION_MPA)
            self._disturbed[regions] = excluded(self._mesh, self._centroids, self._fixed, pressed)
        return self._disturbed[regions]


def places_of(anatomy: Anatomy, points: Floats) -> Ints:
    """Return the number of the place, level · 8 + sector, of each point (k, 3)."""
    level = np.minimum((anatomy.level(points) * LEVELS).astype(np.int64), LEVELS - 1)
    sector = np.round(anatomy.direction(points) / 45.0).astype(np.int64) % SECTORS
    return np.asarray(level * SECTORS + sector)


def percentile_by_place(value: Floats, volume: Floats, place: Ints, kept: Mask) -> Floats:
    """Return the 95th percentile by volume of the kept values (p,) in each place, (20, 8); NaN where there is none.

    Examples
    --------
    >>> by_place = percentile_by_place(np.array([1.0, 3.0, 5.0]), np.ones(3), np.array([0, 0, 159]), np.ones(3, bool))
    >>> float(by_place[0, 0]), float(by_place[19, 7]), bool(np.isnan(by_place[1, 0]))
    (3.0, 5.0, True)
    """
    result = np.full(LEVELS * SECTORS, np.nan)
    value, volume, place = value[kept], volume[kept], place[kept]
    order = np.argsort(value)
    order = order[np.argsort(place[order].astype(np.int16), kind="stable")]
    reached = np.cumsum(volume[order])
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    last = np.append(first[1:], len(order)) - 1
    before = reached[first] - volume[order[first]]
    at = np.searchsorted(reached, before + 0.95 * (reached[last] - before))
    result[place[order[first]]] = value[order[np.clip(at, first, last)]]
    return result.reshape(LEVELS, SECTORS)
