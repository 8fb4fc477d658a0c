# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Periosteal apposition: a layer of new bone around the shaft lowers the strain of the same load, by beam theory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.risk.exposure import CorticalSections, beam_strain

Floats = npt.NDArray[np.float64]


def apposition_factor(sections: CorticalSections, beam: Floats, layer_mm: Floats) -> Floats:
    """Factor on the strain of a load when a layer of new bone lies around the shaft: f = ε(after) / ε(before).

    The outer contour is taken as an ellipse with the measured widths; a layer δ adds π/4 [(a+δ)³(b+δ) − a³b]
    to the second moment and π [(a+δ)(b+δ) − ab] to the area (after Edwards 2009,
    doi 10.1249/MSS.0b013e3181a984c4: periosteal apposition by beam theory). An unloaded section keeps 1.

    Parameters
    ----------
    sections : CorticalSections
        As measured.
    beam : ndarray, (k, 3)
        Axial force and bending moments at each section, by size.
    layer_mm : ndarray, (t,)
        Thickness of the layer, such as 0.004 mm times the day.

    Returns
    -------
    ndarray, float64, (k, t)
    """
    axes = sections.width[:, None, :] / 2.0
    grown = axes + layer_mm[None, :, None]
    a, b = np.moveaxis(axes, -1, 0)
    c, d = np.moveaxis(grown, -1, 0)
    area = sections.area[:, None] + np.pi * (c * d - a * b)
    added = np.pi / 4.0 * np.stack([c**3 * d - a**3 * b, d**3 * c - b**3 * a], axis=-1)
    inertia = sections.inertia[:, None, :] + added
    size = beam[:, None, :]
    before = beam_strain(beam, sections.width, sections.area, sections.inertia)[:, None]
    after = beam_strain(size, 2.0 * grown, area, inertia)
    return np.asarray(np.divide(after, before, out=np.ones_like(after), where=before > 0.0))
