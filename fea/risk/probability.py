# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Probability of a fracture from the damage of groups by day, in the cumulative and in the published form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.case import Repair, Scatter
from fea.risk.damage import DamageGroups
from fea.risk.repair import unrepaired_share

Floats = npt.NDArray[np.float64]

_LEAST_PERCENT = 1e-4


def doses(groups: DamageGroups, contacts: Floats, strain_factor: Floats) -> Floats:
    """Contacts weighed by their strain, N · f^n, for each node and channel, site and day.

    Parameters
    ----------
    groups : DamageGroups
        For the channels' loads, exponents and nodes.
    contacts : ndarray, (loads, days)
        Contacts of each day.
    strain_factor : ndarray, (loads, sites, days)
        By what the strain of each load has changed, such as by apposition.

    Returns
    -------
    ndarray, float64, (n c, sites, days)
    """
    powered = strain_factor[groups.load] ** groups.exponent[:, None, None]
    every = groups.weights(strain_factor)[:, groups.load] * (contacts[groups.load, None, :] * powered)
    return np.asarray(every.reshape(-1, *every.shape[2:]))


def hazards(groups: DamageGroups, unrepaired: Floats, scatter: Scatter) -> Floats:
    """Cumulative hazard of each group, (g, days): H = (V/V₀) [max over time of D]^w.

    A group fails when its unrepaired damage exceeds its tolerance, which is scattered; what has once been
    exceeded stays so: hence the running maximum.

    Parameters
    ----------
    groups : DamageGroups
        With the damage of one contact.
    unrepaired : ndarray, (n c, sites, days)
        Unrepaired doses (:func:`fea.risk.repair.damage_convolution` of :func:`doses`).
    scatter : Scatter
        w and V₀.
    """
    unrepaired_damage = np.einsum("cg,cgt->gt", groups.damage, unrepaired[:, groups.site])
    worst = np.maximum.accumulate(unrepaired_damage, axis=1) ** scatter.exponent
    return np.asarray(groups.volume[:, None] / scatter.reference_volume_mm3 * worst)


def by_site(hazard: Floats, groups: DamageGroups, sites: int) -> Floats:
    """Hazard of each site, (sites, days), from that of groups, (g, days)."""
    total = np.zeros((sites, hazard.shape[1]))
    np.add.at(total, groups.site, hazard)
    return total


def probability(hazard: Floats) -> Floats:
    """Probability 1 − exp(−H), any shape.

    Examples
    --------
    >>> probability(np.array([0.0, np.log(2.0)]))
    array([0. , 0.5])
    """
    return np.asarray(-np.expm1(-hazard))


def in_percent(probability: float) -> str:
    """Probability as people read it: a digit after the point, or two digits of a small one.

    Examples
    --------
    >>> [in_percent(p) for p in (0.1234, 0.0123, 8.53e-5, 1e-9, 0.0)]
    ['12.3 %', '1.2 %', '0.0085 %', 'below 0.0001 %', '0 %']
    """
    percent = 100.0 * probability
    if 0.0 < percent < _LEAST_PERCENT:
        return f"below {_LEAST_PERCENT:.4f} %"
    return f"{percent:.1f} %" if percent >= 1.0 else f"{percent:.2g} %"


def headline(share: float | None, band: tuple[float, float] | None, average: float, usual: float | None = None) -> str:
    """What a plan says first: how many of a hundred people break, with the band; else the average person.

    ``usual`` is the share that breaks with training as usual.

    Examples
    --------
    >>> headline(0.0213, (0.004, 0.06), 0.011)
    'of 100 such people, 2.1 (0.4–6) break'
    >>> headline(0.0213, (0.004, 0.06), 0.011, 0.013)
    'of 100 such people, 2.1 (0.4–6) break, 1.3 of them with training as usual'
    >>> headline(None, None, 0.011)
    'the average person: 1.1 %'
    """
    if share is None or band is None:
        return f"the average person: {in_percent(average)}"
    low, high = (_of_hundred(end) for end in band)
    first = f"of 100 such people, {_of_hundred(share)} ({low}–{high}) break"
    return first if usual is None else f"{first}, {_of_hundred(usual)} of them with training as usual"


def _of_hundred(share: float) -> str:
    number = 100.0 * share
    if 0.0 < number < _LEAST_PERCENT:
        return f"<{_LEAST_PERCENT:.4f}"
    return f"{number:.0f}" if number >= 10.0 else f"{number:.2g}"


def published(groups: DamageGroups, daily: Floats, scatter: Scatter, repair: Repair | None) -> Floats:
    """Probability by day of the published single-horizon form, shape (days,).

    Equations (3) to (7) of docs/explanation/risk.md, after Taylor & Kuiper 2001, Taylor, Casolari & Bignardi 2004 and
    Edwards 2009, doi 10.1249/MSS.0b013e3181a984c4: one equivalent strain for the whole horizon, hence one
    mean damage a day; P_A = 1 − exp[−Σ (V/V₀)(t/t_f)^w]; and P = ∫ [1 − P_R(t)] dP_A. Its defects: the curve
    depends on the horizon, and repair runs from day 0 only, so that late training carries no risk.

    Parameters
    ----------
    groups : DamageGroups
        With the peak damage of each group.
    daily : ndarray, (n c, sites, days)
        Doses of each day.
    scatter : Scatter
        w and V₀.
    repair : Repair or None
        None leaves it out.
    """
    mean = np.einsum("cg,cg->g", groups.damage, daily.mean(axis=-1)[:, groups.site])
    day = np.arange(daily.shape[-1] + 1)
    hazard = (groups.volume * mean**scatter.exponent).sum() / scatter.reference_volume_mm3 * day**scatter.exponent
    still = unrepaired_share(repair, len(day))
    return np.asarray(np.cumsum(np.diff(probability(hazard)) * (still[1:] + still[:-1]) / 2.0))
