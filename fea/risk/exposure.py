# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From a solved bone and a load to what one contact does to each cortical cell, and to the shaft as a beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy
from fea.bone.measure import section_properties
from fea.case import BoneDescription, Case, StrainMeasure
from fea.loading import LoadHistory, load_history, mean_tractions, unit_section_loads
from fea.risk.cycles import contact_cycles
from fea.solve import Basis
from fea.strain import MICROSTRAIN, Envelope, chosen_strain, envelope, equivalent, excluded, unit_at_points

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SECTION_LEVELS = np.arange(0.1, 0.91, 0.1)
"""Where sections are measured: between the ends, which are no beam."""


@dataclass(frozen=True)
class Sections:
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
    """Where damage is counted: the cortical cells of a bone, four quadrature points in each.

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
    sections : Sections
        Of the shaft.
    """

    cells: Bools
    volume: Floats
    site: Ints
    sites: tuple[str, ...]
    level: Floats
    sections: Sections


@dataclass(frozen=True)
class Exposure:
    """What one contact does to the cortical cells.

    Attributes
    ----------
    name : str
        Name of the activity.
    ranges : ndarray, float64, (p, k)
        Strain ranges of the cycles of a contact in µε, filled up with 0; 0 throughout in cells that this
        load's zones of entry leave out.
    variation : ndarray, float64, (p, 4)
        The largest range at the four quadrature points of the cell over that of its mean strain: in quadratic
        elements strain varies linearly within a cell, and its seventh power a good deal.
    tensile : ndarray, bool, (p,)
        The larger excursion is tension.
    beam : ndarray, float64, (k, 3)
        Axial force in N and bending moments in N·mm, all by size, at each section when they strain it most.
    cycles_per_km : float or None
        Contacts of one leg; None for an activity without distance.
    mass_slope : float
        Relative growth of the load over that of the body mass: 1, less with a pack, 0 for forces in N.
    """

    name: str
    ranges: Floats
    variation: Floats
    tensile: Bools
    beam: Floats
    cycles_per_km: float | None
    mass_slope: float


def cortical(basis: Basis) -> Bools:
    """Return which cells are cortical, shape (m,): those that damage is counted in."""
    return np.asarray(basis.mesh.tissue == TISSUES.index("cortical"))


def measured_sections(bone: BoneDescription, basis: Basis) -> Sections:
    """Return the sections of a bone at :data:`SECTION_LEVELS`."""
    anatomy = Anatomy(bone)
    center = np.array([anatomy.section_center(float(level)) for level in SECTION_LEVELS])
    table = [section_properties(basis.mesh, float(y)) for y in center[:, 1]]
    columns = np.array([list(row.values()) for row in table])
    ml, ap, area, inertia_ap, inertia_ml = columns.T
    return Sections(SECTION_LEVELS, center, np.column_stack([ap, ml]), area, np.column_stack([inertia_ap, inertia_ml]))


def measured_cortex(bone: BoneDescription, basis: Basis) -> Cortex:
    """Return the cortex of a solved bone with the names of its sites."""
    cells = cortical(basis)
    volume, centre = basis.mesh.volumes[cells], basis.mesh.centroids[cells]
    anatomy = Anatomy(bone)
    names, site = np.unique(anatomy.site(centre), return_inverse=True)
    return Cortex(
        cells=cells,
        volume=np.repeat(volume / 4.0, 4),
        site=np.repeat(site.astype(np.int64), 4),
        sites=tuple(str(name) for name in names),
        level=np.bincount(site, volume * anatomy.level(centre)) / np.bincount(site, volume),
        sections=measured_sections(bone, basis),
    )


def exposure(case: Case, basis: Basis, sections: Sections, strain: StrainMeasure = "normal") -> Exposure:
    """Return what one contact of a case does to a solved bone.

    Parameters
    ----------
    case : Case
        The load, for the bone of ``basis``.
    basis : Basis
        The solved bone.
    sections : Sections
        Of the same bone.
    strain : {"normal", "equivalent"}
        ``normal`` counts the cycles of the normal strain in the direction of the cell's largest principal strain.
        ``equivalent`` takes one cycle from 0 to the largest equivalent (von Mises) strain, as published models do.

    Raises
    ------
    fea.errors.InputError
        A load that the basis lacks.
    """
    history = load_history(case)
    own = basis.chosen(history.loads)
    cells = cortical(basis)
    pressures = mean_tractions(own.tractions, history.coefficients)
    kept = ~excluded(basis.mesh, basis.mesh.centroids[cells], case.bone.support.regions, pressures)
    points = unit_at_points(own.unit, np.flatnonzero(cells)[kept])
    unit = points.mean(axis=2).swapaxes(0, 1)
    found = envelope(unit, history, basis.elasticity.poisson)
    if strain == "normal":
        counted = contact_cycles(_normal(unit, found.direction) @ history.coefficients.T)
        inside = _normal_ranges(points, history.coefficients, found)
    else:
        counted = found.equivalent[:, None]
        inside = equivalent(
            chosen_strain(points, history.coefficients[found.equivalent_frame]), basis.elasticity.poisson
        )
    ranges = np.zeros((len(kept), counted.shape[1]))
    ranges[kept] = counted * MICROSTRAIN
    variation = np.ones((len(kept), 4))
    variation[kept] = np.divide(inside, counted[:, :1], out=np.ones_like(inside), where=counted[:, :1] > 0.0)
    tensile = np.zeros(len(kept), dtype=np.bool_)
    tensile[kept] = found.highest >= -found.lowest
    return Exposure(
        name=case.activity.name,
        ranges=ranges,
        variation=variation,
        tensile=tensile,
        beam=_beam(own, history, sections),
        cycles_per_km=None if history.cycles is None else history.cycles.per_km,
        mass_slope=_mass_slope(case, history),
    )


def _mass_slope(case: Case, history: LoadHistory) -> float:
    """Return the slope at the case's body mass; loads are linear in it, with a pack up to a constant."""
    more = 1.1
    heavier = load_history(case.model_copy(update={"body_mass_kg": more * case.body_mass_kg})).coefficients
    own = history.coefficients
    return float((np.vdot(heavier, own) / np.vdot(own, own) - 1.0) / (more - 1.0))


def _normal(unit: Floats, n: Floats) -> Floats:
    """Return the normal strains (p, loads) that unit loads cause along directions (p, 3)."""
    x, y, z = n.T
    six = np.array([x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y])
    return np.asarray(np.einsum("lpk,kp->pl", unit, six))


def _normal_ranges(points: Floats, coefficients: Floats, found: Envelope) -> Floats:
    """Return the ranges (p, 4) at the quadrature points between the frames in which the cell's mean is extreme."""
    high = coefficients[found.highest_frame] * (found.highest > 0.0)[:, None]
    low = coefficients[found.lowest_frame] * (found.lowest < 0.0)[:, None]
    strain, n = chosen_strain(points, high - low), found.direction
    return np.asarray(np.abs(np.einsum("pi,pqij,pj->pq", n, strain, n)))


def _beam(own: Basis, history: LoadHistory, sections: Sections) -> Floats:
    """Return axial force and bending moments (k, 3) by size at the frame that strains each section most."""
    loads = np.tensordot(history.coefficients, unit_section_loads(own.tractions, sections.center), axes=1)
    # Force along y; the moment about z bends in the anteroposterior plane, that about x in the mediolateral one.
    size = np.abs(loads[:, :, [1, 5, 3]])
    worst = beam_strain(size, sections.width, sections.area, sections.inertia).argmax(axis=0)
    return np.asarray(size[worst, np.arange(len(sections.level))])


def beam_strain(size: Floats, width: Floats, area: Floats, inertia: Floats) -> Floats:
    """Return E times the largest strain of sections, |N|/A + Σ |M| c/I with c half the width, in MPa.

    ``size`` (…, k, 3) holds N and both moments, ``width`` and ``inertia`` (…, k, 2), ``area`` (…, k).
    """
    return np.asarray(size[..., 0] / area + (size[..., 1:] * width / (2.0 * inertia)).sum(axis=-1))
