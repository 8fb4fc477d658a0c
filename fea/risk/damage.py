# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Miner's rule: damage of each contact at each point, and points of like damage put together in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import LifeLaw
from fea.errors import out_of_range
from fea.risk.exposure import Exposure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_GROUPS = 8


@dataclass(frozen=True)
class Damage:
    """Damage of one contact at the quadrature points of the cells, four for each cell, cell by cell.

    A channel is a load in one of the law's two modes: in each cell the load acts in one of them, and the
    other is 0. So each channel scales with one power of the strain.

    Attributes
    ----------
    points : ndarray, float64, (c, 4 p)
        Damage, 1 being failure of the reference volume with 63 %.
    load : ndarray, int64, (c,)
        The load of each channel.
    exponent : ndarray, float64, (c,)
        Power of the strain.
    """

    points: Floats
    load: Ints
    exponent: Floats


@dataclass(frozen=True)
class DamageGroups:
    """Points of like damage at the same site, as one: (c, g) from (c, p).

    Attributes
    ----------
    volume : ndarray, float64, (g,)
        mm³.
    site : ndarray, int64, (g,)
        Number of the site.
    damage : ndarray, float64, (c, g)
        Damage of one contact.
    load, exponent : ndarray, (c,)
        As in :class:`Damage`.
    """

    volume: Floats
    site: Ints
    damage: Floats
    load: Ints
    exponent: Floats


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
        A factor that is not positive.
    """
    for name, factor in (("life factor", life_factor), ("fatigue strength factor", strength_factor)):
        if not (np.isfinite(factor) and factor > 0.0):
            raise out_of_range(name, factor, "above 0")
    rows = []
    for one in exposures:
        for power, cells in ((law.tension, one.tensile), (law.compression, ~one.tensile)):
            of_mean = np.where(cells, (1.0 / power.life(one.ranges / strength_factor)).sum(axis=1), 0.0)
            rows.append((of_mean[:, None] * one.variation**power.exponent).ravel() / life_factor)
    return Damage(
        points=np.array(rows),
        load=np.repeat(np.arange(len(exposures)), 2),
        exponent=np.tile([law.tension.exponent, law.compression.exponent], len(exposures)),
    )


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
    proportional to strain. A group has the mean Σ V D^w / Σ V of its points, so that for one load nothing is
    lost, or, as published, their peak.

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
    total = contacts[damage.load] @ damage.points
    like_strain = total ** (1.0 / damage.exponent.max())
    largest = like_strain.max(initial=0.0)
    step = np.zeros(len(total), dtype=np.int64)
    if largest > 0.0:
        step = np.minimum((like_strain / largest * count).astype(np.int64), count - 1)
    labels, group = np.unique(site * count + step, return_inverse=True)
    share = np.bincount(group, volume)
    if peak:
        merged = np.zeros((len(damage.points), len(labels)))
        np.maximum.at(merged.T, group, damage.points.T)
    else:
        power = damage.points**exponent * volume
        merged = np.array([np.bincount(group, row, len(labels)) / share for row in power]) ** (1.0 / exponent)
    return DamageGroups(share, labels // count, merged, damage.load, damage.exponent)


def days_to_failure(damage_per_day: Floats) -> Floats:
    """Days until the reference volume fails with 63 % without repair: 1 / damage; infinite without damage."""
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / damage_per_day)
