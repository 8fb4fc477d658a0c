# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Miner's rule: damage of each contact at each point, and points of like damage put together in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fea.case import LifeCurve, LifeLaw
from fea.errors import InputError, out_of_range
from fea.risk.exposure import Exposure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEAST_GROUPS = 8

_STEP = 0.05
_ROWS = 57
"""Rows of a table of damage over strain in even steps of the logarithm, from a quarter to four times the strain."""


def _factors(rows: int) -> Floats:
    """Factors on strain of the rows of a table, 1 in the middle."""
    return np.asarray(np.exp(_STEP * (np.arange(rows) - (rows - 1) / 2.0)))


@dataclass(frozen=True)
class Damage:
    """Damage of one contact at the quadrature points of the cells, four for each cell, cell by cell.

    A channel is a load in one of the law's two modes: in each cell the load acts in one of them, and the
    other is 0. All that changes strain, such as new bone, asks for the damage at a factor on it.

    Attributes
    ----------
    exposures : tuple of Exposure
        The loads.
    law : LifeLaw
        N(Δε) in tension and compression.
    life_factor, strength_factor : float
        Those of :func:`contact_damage`.
    """

    exposures: tuple[Exposure, ...]
    law: LifeLaw
    life_factor: float
    strength_factor: float

    @property
    def load(self) -> Ints:
        """The load of each channel, (c,)."""
        return np.repeat(np.arange(len(self.exposures)), 2)

    @property
    def exponent(self) -> Floats:
        """Power of strain that the damage of each channel goes with: exactly for a power law, else about, (c,)."""
        return np.tile([self.law.tension.slope, self.law.compression.slope], len(self.exposures))

    @property
    def factors(self) -> Floats:
        """Factors on strain that tell the damage at any other: 1 for power laws, even steps of the logarithm else."""
        powers = self.law.tension.scales and self.law.compression.scales
        return _factors(1 if powers else _ROWS)

    @cached_property
    def points(self) -> Floats:
        """Damage at the strain of the exposures, (c, 4 p), 1 being failure of the reference volume with 63 %."""
        return self.at(1.0)

    def at(self, factor: float) -> Floats:
        """Damage with all strains times a factor, (c, 4 p)."""
        each = [
            self._of(curve, one, cells, factor)
            for one in self.exposures
            for curve, cells in ((self.law.tension, one.tensile), (self.law.compression, ~one.tensile))
        ]
        return np.array(each)

    def _of(self, curve: LifeCurve, one: Exposure, cells: Bools, factor: float) -> Floats:
        ranges = factor * one.ranges / self.strength_factor
        if curve.scales:
            of_mean = np.where(cells, (1.0 / curve.life(ranges, one.frequency_hz)).sum(axis=1), 0.0)
            return np.asarray((of_mean[:, None] * one.variation**curve.slope).ravel() / self.life_factor)
        found = np.zeros(one.variation.shape)
        for cycle in ranges.T:
            here = cells & (cycle > 0.0)  # most cells have one cycle, few the largest number
            found[here] += 1.0 / curve.life(cycle[here, None] * one.variation[here], one.frequency_hz)
        return found.ravel() / self.life_factor


@dataclass(frozen=True)
class DamageGroups:
    """Points of like damage at the same site, as one.

    The damage of a channel with its strain times f is f^exponent · table, interpolated in ln f: exact for a power law,
    whose table has one row, and beyond the ends of the table, as by a power law, for any other. What changes strain by
    day is split between rows of the table, its ``nodes``, so that doses of days add up and people differ by a factor.

    Attributes
    ----------
    volume : ndarray, float64, (g,)
        mm³.
    site : ndarray, int64, (g,)
        Number of the site.
    table : ndarray, float64, (k, c, g)
        Damage of one contact at the factors on strain of :class:`Damage`, over factor^exponent.
    load, exponent : ndarray, (c,)
        As in :class:`Damage`.
    nodes : ndarray, int64, (n,)
        Rows of the table by which doses are told apart.
    """

    volume: Floats
    site: Ints
    table: Floats
    load: Ints
    exponent: Floats
    nodes: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))

    @property
    def factors(self) -> Floats:
        """Factors on strain of the table's rows, (k,)."""
        return _factors(len(self.table))

    @property
    def damage(self) -> Floats:
        """Damage of one contact for each node and channel, over its factor^exponent, (n c, g)."""
        return self.table[self.nodes].reshape(-1, len(self.volume))

    def spanning(self, strain_factor: Floats) -> DamageGroups:
        """The same groups with the nodes that factors on strain, any shape, lie between."""
        place = np.clip(self._place(strain_factor), 0.0, len(self.table) - 1.0)
        return replace(self, nodes=np.arange(int(np.floor(place.min())), int(np.ceil(place.max())) + 1))

    def weights(self, strain_factor: Floats) -> Floats:
        """Share of each node in factors on strain, (n, …); they add up to 1."""
        place = np.clip(self._place(strain_factor), 0.0, len(self.table) - 1.0)
        nodes = self.nodes.reshape(-1, *[1] * place.ndim)
        return np.asarray(np.maximum(1.0 - np.abs(place - nodes), 0.0))

    def damage_at(self, strain_factor: Floats, life: Floats) -> Floats:
        """``damage`` of people with factors on the strain of each load (s, loads) and on life (s,): (s, n c, g)."""
        power = strain_factor[:, self.load] ** self.exponent / life[:, None]
        last = len(self.table) - 1
        shift = self.nodes - last / 2.0
        place = np.clip(self._place(strain_factor)[:, None, self.load] + shift[:, None], 0.0, last)
        low = np.minimum(place.astype(np.int64), max(last - 1, 0))
        part, channel = (place - low)[..., None], np.arange(len(self.load))
        between = (1.0 - part) * self.table[low, channel] + part * self.table[np.minimum(low + 1, last), channel]
        return np.asarray((power[:, None, :, None] * between).reshape(len(power), -1, len(self.volume)))

    def _place(self, strain_factor: Floats) -> Floats:
        """Place of factors on strain among the rows of the table."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(strain_factor) / _STEP + (len(self.table) - 1) / 2.0)


def contact_damage(
    exposures: Sequence[Exposure], law: LifeLaw, *, life_factor: float = 1.0, strength_factor: float = 1.0
) -> Damage:
    """Σ 1/N(Δε) over the cycles of one contact (Miner 1945, doi 10.1115/1.4009458), for each load.

    All cycles of a cell vary within it as the largest does.

    Parameters
    ----------
    exposures : sequence of Exposure
        The loads.
    law : LifeLaw
        N(Δε) in tension and compression; the mode is that of the larger excursion.
    life_factor : float
        Calibrated factor on N.
    strength_factor : float
        Fatigue strength of the tissue over that of the law's: N(Δε / strength_factor).

    Raises
    ------
    fea.errors.InputError
        A factor that is not positive, or a law that goes with frequency for a load without duration.
    """
    for name, factor in (("life factor", life_factor), ("fatigue strength factor", strength_factor)):
        if not (np.isfinite(factor) and factor > 0.0):
            raise out_of_range(name, factor, "above 0")
    if law.tension.frequency_exponent != 0.0 or law.compression.frequency_exponent != 0.0:
        for one in exposures:
            if one.frequency_hz is None:
                raise InputError(
                    f"the life law {law.title!r} goes with the frequency of loading, and the activity {one.name!r}"
                    " is a single instant; take a law without frequency_exponent, or an activity over time."
                )
    return Damage(tuple(exposures), law, life_factor, strength_factor)


def grouped(
    damage: Damage,
    contacts: Floats,
    volume: Floats,
    site: Ints,
    exponent: float,
    *,
    count: int = 16,
    peak: bool = False,
) -> DamageGroups:
    """Groups of points that have about the same damage over a plan, at most ``count`` for each site.

    Group edges are evenly spaced in damage^(1/n), n the largest exponent of the law: a measure that is
    proportional to strain; where there is an endurance limit it is taken well above. A group has the mean
    Σ V D^w / Σ V of its points, so that for one load nothing is lost, or, as published, their peak.

    Parameters
    ----------
    damage : Damage
        Of one contact.
    contacts : ndarray, (loads,)
        Contacts over the whole plan.
    volume : ndarray, (p,)
        Of the points in mm³.
    site : ndarray, int64, (p,)
        Number of each point's site.
    exponent : float
        w of the scatter.
    count : int
        Groups between no damage and the largest, 8 or more.
    peak : bool
        Give each group the damage of its worst point.

    Raises
    ------
    fea.errors.InputError
        Fewer than 8 groups.
    """
    if count < LEAST_GROUPS:
        raise out_of_range("groups of strained volume", count, f"{LEAST_GROUPS} or more")
    factors = damage.factors
    total = contacts[damage.load] @ (damage.points if len(factors) == 1 else damage.at(factors[-1]))
    like_strain = total ** (1.0 / damage.exponent.max())
    largest = like_strain.max(initial=0.0)
    step = np.zeros(len(total), dtype=np.int64)
    if largest > 0.0:
        step = np.minimum((like_strain / largest * count).astype(np.int64), count - 1)
    labels, group = np.unique(site * count + step, return_inverse=True)
    share = np.bincount(group, volume)

    def merged(points: Floats) -> Floats:
        if peak:
            worst = np.zeros((len(points), len(labels)))
            np.maximum.at(worst.T, group, points.T)
            return worst
        power = points**exponent * volume
        return np.array([np.bincount(group, row, len(labels)) / share for row in power]) ** (1.0 / exponent)

    each = (damage.points if factor == 1.0 else damage.at(factor) for factor in factors)
    rows = [merged(points) / factor ** damage.exponent[:, None] for factor, points in zip(factors, each, strict=True)]
    groups = DamageGroups(share, labels // count, np.array(rows), damage.load, damage.exponent)
    return groups.spanning(np.ones(1))


def days_to_failure(damage_per_day: Floats) -> Floats:
    """Days until the reference volume fails with 63 % without repair: 1 / damage; infinite without damage."""
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / damage_per_day)
