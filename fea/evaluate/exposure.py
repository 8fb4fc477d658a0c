# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Exposure of the cortical cells to one contact, selected from the result of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.case import Case, StrainMeasure
from fea.loading import load_history
from fea.risk import Exposure, SectionExposure, beam_strain, contact_cycles
from fea.strain import MICROSTRAIN, chosen_strain, equivalent, normal_ranges

if TYPE_CHECKING:
    from fea.evaluate.result import Result

Floats = npt.NDArray[np.float64]


def exposure_of(result: Result, strain: StrainMeasure = "normal") -> Exposure:
    """Exposure of the cortical cells to one contact of a case.

    Parameters
    ----------
    result : Result
        The case on its solved bone.
    strain : {"normal", "equivalent"}
        ``normal`` counts the cycles of the normal strain in the direction of the cell's largest principal strain.
        ``equivalent`` takes one cycle from 0 to the largest equivalent (von Mises) strain, as published models do.
    """
    bone, history, coefficients = result.bone, result.history, result.coefficients
    cells = bone.cortex.cells
    kept = ~result.excluded[cells]
    evaluated = cells & ~result.excluded
    extremes = result.envelope.at_points(evaluated)
    points = bone.at_quadrature.of_cells(np.flatnonzero(evaluated[bone.cells]))
    if strain == "normal":
        _, unit = bone.columns(history.loads)
        counted = contact_cycles(_normal(unit[:, evaluated], extremes.direction) @ history.coefficients.T)
        at_points = normal_ranges(points, coefficients, extremes)
    else:
        counted = extremes.equivalent[:, None]
        (chosen,) = chosen_strain(points, coefficients[extremes.equivalent_frame])
        at_points = equivalent(chosen, bone.elasticity.poisson)
    ranges = np.zeros((len(kept), counted.shape[1]))
    ranges[kept] = counted * MICROSTRAIN
    variation = np.ones((len(kept), 4))
    variation[kept] = np.divide(at_points, counted[:, :1], out=np.ones_like(at_points), where=counted[:, :1] > 0.0)
    tensile = np.zeros(len(kept), dtype=np.bool_)
    tensile[kept] = extremes.highest >= -extremes.lowest
    duration = float(np.ptp(history.time_s))
    return Exposure(
        **vars(section_exposure(result)),
        ranges=ranges,
        variation=variation,
        tensile=tensile,
        mass_slope=_mass_slope(result.case),
        frequency_hz=1.0 / duration if duration > 0.0 else None,
    )


def section_exposure(result: Result) -> SectionExposure:
    """Exposure of the sections of the shaft to one contact of a case."""
    cycles = result.history.cycles
    return SectionExposure(
        name=result.case.activity.name, beam=_beam(result), cycles_per_km=None if cycles is None else cycles.per_km
    )


def _mass_slope(case: Case) -> float:
    """Slope of the load's size at the case's body mass; loads are linear in it, with a pack up to a constant."""
    more = 1.1
    own = load_history(case).coefficients
    heavier = load_history(case.model_copy(update={"body_mass_kg": more * case.body_mass_kg})).coefficients
    return float((np.vdot(heavier, own) / np.vdot(own, own) - 1.0) / (more - 1.0))


def _normal(unit: Floats, n: Floats) -> Floats:
    """Normal strains (p, loads) that unit loads (loads, p, 6) cause along directions (p, 3)."""
    x, y, z = n.T
    six = np.array([x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y])
    return np.asarray(np.einsum("lpk,kp->pl", unit, six))


def _beam(result: Result) -> Floats:
    """Axial force and bending moments (k, 3) by size at the frame that strains each section most."""
    sections = result.bone.cortex.sections
    loads = np.tensordot(result.coefficients, result.bone.beam_loads, axes=1)
    # Force along y; the moment about z bends in the anteroposterior plane, that about x in the mediolateral one.
    size = np.abs(loads[:, :, [1, 5, 3]])
    worst = beam_strain(size, sections.width, sections.area, sections.inertia).argmax(axis=0)
    return np.asarray(size[worst, np.arange(len(sections.level))])
