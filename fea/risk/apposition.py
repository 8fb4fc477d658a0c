# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Periosteal apposition: new bone around a shaft that is loaded more than usual lowers the strain of the same load."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.case import Apposition
from fea.risk.exposure import CorticalSections, beam_strain
from fea.risk.repair import WEEK_D

Floats = npt.NDArray[np.float64]


def stimulus(sections: CorticalSections, beams: Floats, contacts: Floats, exponent: float) -> Floats:
    """Daily stimulus of each section, (k, days): (Σ contacts · strain^m)^(1/m), the mean of seven days.

    The form is that of Carter, Fyhrie & Whalen 1987, doi 10.1016/0021-9290(87)90058-3. The first days are those after
    rest.

    Parameters
    ----------
    sections : CorticalSections
        As measured.
    beams : ndarray, (loads, k, 3)
        Axial force and bending moments of each load at each section, by size.
    contacts : ndarray, (loads, days)
        Of each day.
    exponent : float
        m.
    """
    strain = beam_strain(beams, sections.width, sections.area, sections.inertia)
    daily = np.cumsum((strain.T**exponent) @ contacts, axis=1)
    weekly = daily.copy()
    weekly[:, WEEK_D:] -= daily[:, :-WEEK_D]
    return np.asarray((weekly / WEEK_D) ** (1.0 / exponent))


def apposition(law: Apposition, stimuli: Floats, usual: Floats) -> Floats:
    """Relative growth g of the outer axes of each section by day, (k, days), from stimuli and the usual ones (k,).

    g = ceiling (1 − exp[−rate Σ drive(t' − delay) / ceiling]), the drive rising in proportion from the set point on.

    Examples
    --------
    Twice the usual load for 50 days, of which the last 34 have not yet formed bone; and a usual load.

    >>> from fea.case import read_fatigue
    >>> g = apposition(read_fatigue().growth, np.array([[2.0] * 50, [1.0] * 50]), np.ones(2))
    >>> [f"{100 * end:.2f} %" for end in g[:, -1]]
    ['0.31 %', '0.00 %']
    """
    relative = np.divide(stimuli, usual[:, None], out=np.full_like(stimuli, np.inf), where=usual[:, None] > 0.0)
    drive = np.clip((relative - law.set_point) / (law.full_drive - law.set_point), 0.0, 1.0)
    drive[stimuli <= 0.0] = 0.0
    formed = np.zeros_like(drive)
    formed[:, law.delay_d :] = np.cumsum(drive, axis=1)[:, : max(drive.shape[1] - law.delay_d, 0)]
    return np.asarray(-law.ceiling * np.expm1(-law.rate_per_d / law.ceiling * formed))


def apposition_factor(sections: CorticalSections, beam: Floats, expansion: Floats) -> Floats:
    """Factor on the strain of a load by the relative growth of the outer axes: f = ε(after) / ε(before), (k, days).

    The outer contour is taken as an ellipse with the measured widths 2a and 2b; axes 1 + g times as long add
    π/4 a³b [(1+g)⁴ − 1] to the second moment and πab [(1+g)² − 1] to the area (beam theory, as in Edwards 2009,
    doi 10.1249/MSS.0b013e3181a984c4). An unloaded section keeps 1.

    Parameters
    ----------
    sections : CorticalSections
        As measured.
    beam : ndarray, (k, 3)
        Axial force and bending moments at each section, by size.
    expansion : ndarray, (k, days)
        Relative growth of the outer axes.
    """
    more = 1.0 + expansion[:, :, None]
    a, b = np.moveaxis(sections.width[:, None, :] / 2.0, -1, 0)
    area = sections.area[:, None] + np.pi * a * b * (more[..., 0] ** 2 - 1.0)
    solid = np.pi / 4.0 * np.stack([a**3 * b, b**3 * a], axis=-1)
    inertia = sections.inertia[:, None, :] + solid * (more**4 - 1.0)
    before = beam_strain(beam, sections.width, sections.area, sections.inertia)[:, None]
    after = beam_strain(beam[:, None, :], sections.width[:, None, :] * more, area, inertia)
    return np.asarray(np.divide(after, before, out=np.ones_like(after), where=before > 0.0))
