# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Virtual strain gauges on the outer surface, read as a rosette would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import Anatomy, BoneMesh
from fea.bone.tetrahedra import facet_areas
from fea.case import BoneDescription
from fea.case.description import Gauge
from fea.errors import InputError
from fea.strain.tensor import MICROSTRAIN

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GaugeReading:
    """Principal strains in the plane of the surface, strain and stress along the bone.

    ``shear_ue`` is the largest engineering shear in the plane, tension minus compression; strains in
    µε, ``axial_mpa`` in MPa, ``area_mm2`` the area covered.
    """

    name: str
    level: float
    direction_deg: float
    tension_ue: float
    compression_ue: float
    shear_ue: float
    axial_ue: float
    axial_mpa: float
    area_mm2: float


def read_gauges(
    description: BoneDescription, mesh: BoneMesh, gauges: Mapping[str, Gauge], strain: Floats, stress: Floats
) -> list[GaugeReading]:
    """Return the reading of each gauge.

    A gauge covers the facets of the outer surface within half its length of its centre; it reads their
    mean by area, projected on the mean tangent plane.

    Parameters
    ----------
    description : BoneDescription
        The bone that was meshed.
    mesh : BoneMesh
        Its mesh.
    gauges : mapping of str to Gauge
        The gauges by name.
    strain, stress : ndarray, (n, 3, 3)
        At the vertices; stress in MPa.

    Raises
    ------
    fea.errors.InputError
        A gauge is so small that no facet lies under it.
    """
    anatomy = Anatomy(description)
    corner = mesh.points[mesh.facets]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = facet_areas(mesh.points, mesh.facets)
    readings = []
    for name, gauge in gauges.items():
        covered = _covered(anatomy, gauge, corner.mean(axis=1), description.magnification)
        if not covered.any():
            raise InputError(
                f"the gauge {name!r} of {gauge.length_mm:g} mm covers no element; enlarge it or refine the mesh."
            )
        share = area[covered] / area[covered].sum()
        facets = mesh.facets[covered]
        plane = _tangents(normal[covered].sum(axis=0))
        flat, pressed = (
            plane @ np.einsum("k,kij->ij", share, tensor[facets].mean(axis=1)) @ plane.T for tensor in (strain, stress)
        )
        low, high = np.linalg.eigvalsh(flat * MICROSTRAIN)
        readings.append(
            GaugeReading(
                name=name,
                level=gauge.level,
                direction_deg=gauge.direction_deg,
                tension_ue=float(high),
                compression_ue=float(low),
                shear_ue=float(high - low),
                axial_ue=float(flat[0, 0] * MICROSTRAIN),
                axial_mpa=float(pressed[0, 0]),
                area_mm2=float(area[covered].sum()),
            )
        )
    return readings


def _covered(anatomy: Anatomy, gauge: Gauge, centre: Floats, magnification: float) -> npt.NDArray[np.bool_]:
    """Return which facets, by their centres (k, 3), lie under the gauge."""
    half = gauge.length_mm * magnification / 2.0
    away = np.deg2rad(anatomy.direction(centre) - gauge.direction_deg)
    middle = anatomy.section_center(gauge.level)
    radius = np.hypot(centre[:, 0] - middle[0], centre[:, 2] - middle[2])
    along = np.abs(centre[:, 1] - middle[1])
    return np.asarray((along <= half) & (np.abs(np.sin(away)) * radius <= half) & (np.cos(away) > 0.0))


def _tangents(normal: Floats) -> Floats:
    """Return the tangent along the bone and the one across it, rows of (2, 3)."""
    n = normal / np.linalg.norm(normal)
    along = np.array([0.0, 1.0, 0.0]) - n[1] * n
    along /= np.linalg.norm(along)
    return np.array([along, np.cross(n, along)])
