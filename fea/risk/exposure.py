# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Input of the risk model: the cortex of a bone, its sections, and the strain ranges of one contact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CorticalSections:
    """Cortical sections of the shaft, as measured on the mesh.

    Attributes
    ----------
    level : ndarray, float64, (k,)
        Fraction of the length from the distal end.
    center : ndarray, float64, (k, 3)
        In mm.
    width : ndarray, float64, (k, 2)
        Anteroposterior and mediolateral, mm.
    area : ndarray, float64, (k,)
        mm².
    inertia : ndarray, float64, (k, 2)
        Second moments for bending that strains the ends of the first and of the second width, mm⁴.
    """

    level: Floats
    center: Floats
    width: Floats
    area: Floats
    inertia: Floats


@dataclass(frozen=True)
class Cortex:
    """The cortical cells of a bone, in which damage is counted, with four quadrature points in each.

    Attributes
    ----------
    cells : ndarray, bool, (m,)
        Which cells are cortical; p of them.
    volume : ndarray, float64, (4 p,)
        Of the points in mm³.
    site : ndarray, int64, (4 p,)
        Number of each point's site.
    sites : tuple of str
        Names of the sites.
    level : ndarray, float64, (sites,)
        Mean level of each site.
    sections : CorticalSections
        Of the shaft.
    """

    cells: Bools
    volume: Floats
    site: Ints
    sites: tuple[str, ...]
    level: Floats
    sections: CorticalSections

    def of_cells(self, points: Floats) -> Floats:
        """Means (m,) over each cell of the values (4 p,) at its points; 0 in cells that are not cortical."""
        cells = np.zeros(len(self.cells))
        cells[self.cells] = points.reshape(-1, 4).mean(axis=1)
        return cells


@dataclass(frozen=True, kw_only=True)
class SectionExposure:
    """Exposure of the sections of the shaft to one contact.

    Attributes
    ----------
    name : str
        Name of the activity.
    beam : ndarray, float64, (k, 3)
        Axial force in N and bending moments in N·mm, all by size, at each section when they strain it most.
    cycles_per_km : float or None
        Contacts of one leg; None for an activity without distance.
    """

    name: str
    beam: Floats
    cycles_per_km: float | None


@dataclass(frozen=True, kw_only=True)
class Exposure(SectionExposure):
    """Exposure of the cortical cells to one contact, beside that of the sections.

    Attributes
    ----------
    ranges : ndarray, float64, (p, k)
        Strain ranges of the cycles of a contact in µε, filled up with 0; 0 throughout in cells that this
        load's zones of entry leave out.
    variation : ndarray, float64, (p, 4)
        The largest range at the four quadrature points of the cell over that of its mean strain: in quadratic
        elements strain varies linearly within a cell, and its seventh power a good deal.
    tensile : ndarray, bool, (p,)
        The larger excursion is tension.
    mass_slope : float
        Relative growth of the load over that of the body mass: 1, less with a pack, 0 for forces in N.
    frequency_hz : float or None
        One over the duration of a contact; None for a single instant.
    """

    ranges: Floats
    variation: Floats
    tensile: Bools
    mass_slope: float
    frequency_hz: float | None = None


def beam_strain(size: Floats, width: Floats, area: Floats, inertia: Floats) -> Floats:
    """E times the largest strain of sections, ``|N|/A + Σ |M| c/I`` with c half the width, in MPa.

    ``size`` (…, k, 3) holds N and both moments, ``width`` and ``inertia`` (…, k, 2), ``area`` (…, k).
    """
    return np.asarray(size[..., 0] / area + (size[..., 1:] * width / (2.0 * inertia)).sum(axis=-1))
