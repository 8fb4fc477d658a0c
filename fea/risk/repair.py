# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Repair: the unrepaired share of each day's damage, and the remodelling transient (resorption before formation)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.case import RemodellingTransient, Repair

Floats = npt.NDArray[np.float64]

WEEK_D = 7


def unrepaired_share(repair: Repair | None, days: int) -> Floats:
    """Share of damage that is unrepaired at ages 0 to ``days`` − 1: exp[−(a/t_r)^m]; 1 without repair.

    Source: Weibull form of Taylor, Casolari & Bignardi 2004 (mean 18.5, SD 12.5 d).
    """
    if repair is None:
        return np.ones(days)
    return np.asarray(np.exp(-((np.arange(days) / repair.time_d) ** repair.exponent)))


def damage_convolution(daily: Floats, share: Floats) -> Floats:
    """Unrepaired damage at the end of each day, Σ daily(t') · share(t − t'), shapes (…, days) and (days,).

    Examples
    --------
    >>> damage_convolution(np.array([1.0, 0.0, 1.0]), np.array([1.0, 0.5, 0.1]))
    array([1. , 0.5, 1.1])
    """
    days = np.arange(daily.shape[-1])
    age = days[None, :] - days[:, None]
    return np.asarray(daily @ np.where(age >= 0, share[np.abs(age)], 0.0))


def porosity(transient: RemodellingTransient, dose: Floats) -> Floats:
    """Porosity by day that steps up in load cause, as a fraction of the volume.

    Bone is resorbed where load has newly risen, and formed there later; until then the hole stands
    (resorption 3–4 weeks, formation about 3 months: standard values). An assumption is how large it gets:
    p = p_max (1 − exp[−Σ Δ(t') h(t − t')]), where Δ are the rises of the running maximum of the dose's
    mean over the last seven days, and h rises to 1, stays, and falls back to 0.

    Parameters
    ----------
    transient : RemodellingTransient
        Durations and largest porosity.
    dose : ndarray, (days,)
        Damage of each day in units of a reference day.
    """
    days = len(dose)
    padded = np.concatenate([np.zeros(WEEK_D), np.cumsum(dose)])
    weekly = (padded[WEEK_D:] - padded[:days]) / WEEK_D
    risen = np.diff(np.maximum.accumulate(weekly), prepend=0.0)
    times = np.cumsum([0.0, transient.resorption_d, transient.reversal_d, transient.formation_d])
    hole = np.interp(np.arange(days), times, [0.0, 1.0, 1.0, 0.0])
    return np.asarray(transient.porosity * (1.0 - np.exp(-damage_convolution(risen, hole))))


def softening(transient: RemodellingTransient, porous: Floats) -> Floats:
    """Factor on strain by porosity: (1 − p)^(−exponent), Schaffler & Burr's law of stiffness."""
    return np.asarray((1.0 - porous) ** -transient.stiffness_exponent)
