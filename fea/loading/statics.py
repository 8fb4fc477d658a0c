# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Statics: internal forces and moments along the shaft from the applied loads alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.loading.traction import SurfaceLoad

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SectionLoads:
    """Force and moment that the part distal of each section exerts on the part proximal of it.

    Attributes
    ----------
    level : ndarray, float64, (k,)
        Fraction of the length from the distal end.
    center : ndarray, float64, (k, 3)
        The section's centre in mm, about which moments are taken.
    force : ndarray, float64, (k, 3)
        N along (anterior, proximal, lateral): shear, compression if positive, shear.
    moment : ndarray, float64, (k, 3)
        N·mm about (anterior, proximal, lateral): frontal bending, torsion, sagittal bending. Sagittal
        bending is negative where it compresses the posterior and stretches the anterior surface.
    """

    level: Floats
    center: Floats
    force: Floats
    moment: Floats


def resultant(
    tractions: Sequence[SurfaceLoad], coefficients: Floats, below: float | None = None
) -> tuple[Floats, Floats]:
    """Force (3,) in N and moment about the origin (3,) in N·mm of scaled tractions, with y < ``below`` mm if given."""
    force, moment = np.zeros(3), np.zeros(3)
    for traction, coefficient in zip(tractions, coefficients, strict=True):
        f, m = traction.resultants(below)
        force += coefficient * f
        moment += coefficient * m
    return force, moment


def mean_tractions(tractions: Sequence[SurfaceLoad], coefficients: Floats) -> dict[str, float]:
    """Largest size over frames of the mean traction in MPa on each loaded region: net force over area.

    ``coefficients`` are those of one frame, (loads,), or of several, (frames, loads).
    """
    frames = np.atleast_2d(coefficients)
    force: dict[str, Floats] = {}
    for column, load in zip(frames.T, tractions, strict=True):
        for part in load.parts:
            loaded = part.loaded_area
            share = np.outer(column, part.resultants()[0] / loaded.area)
            force[loaded.region] = force.get(loaded.region, np.zeros_like(share)) + share
    return {region: float(np.linalg.norm(f, axis=1).max()) for region, f in force.items()}


def unit_section_loads(tractions: Sequence[SurfaceLoad], centers: Floats) -> Floats:
    """Force and moment (loads, k, 6) that each unit load sends through sections with ``centers`` (k, 3).

    Moments are about the centres; the second component of a centre is the height of the cut.
    """
    table = np.empty((len(tractions), len(centers), 6))
    for i, traction in enumerate(tractions):
        force, about_origin = traction.resultants(below=centers[:, 1])
        table[i] = np.hstack([force, about_origin - np.cross(centers, force)])
    return table


def internal_loads(
    tractions: Sequence[SurfaceLoad], coefficients: Floats, levels: Floats, centers: Floats
) -> SectionLoads:
    """Internal loads at sections of a bone that is fixed at its proximal end.

    Parameters
    ----------
    tractions : sequence of SurfaceLoad
        The unit loads.
    coefficients : ndarray, (loads,)
        Their sizes in one frame, N or N·mm.
    levels : ndarray, (k,)
        Fractions of the length.
    centers : ndarray, (k, 3)
        Centres of the sections in mm; the second component is the height of the cut.
    """
    table = np.tensordot(coefficients, unit_section_loads(tractions, centers), axes=1)
    return SectionLoads(levels, centers, table[:, :3], table[:, 3:])
