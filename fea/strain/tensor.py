# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain of one frame: superposed unit strains and the scalars computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from fea.bone import TISSUES, BoneMesh
from fea.solve import COMPONENTS, UnitStrains
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]

MICROSTRAIN = 1e6


@dataclass(frozen=True)
class StrainField:
    """The strain of one frame.

    Attributes
    ----------
    corner : ndarray, float64, (m, 4, 3, 3)
        Strain at the corners of each cell; between them it varies linearly.
    displacement : ndarray, float64, (n, 3)
        Displacement of the vertices in mm.
    """

    corner: Floats
    displacement: Floats

    @property
    def cell(self) -> Floats:
        """Mean strain of each cell, shape (m, 3, 3)."""
        return np.asarray(self.corner.mean(axis=1))


def tensors(six: Floats) -> Floats:
    """Tensors (…, 3, 3) from their components (…, 6) in the order of :data:`fea.solve.COMPONENTS`."""
    full = np.empty((*six.shape[:-1], 3, 3))
    for position, (i, j) in enumerate(COMPONENTS):
        full[..., i, j] = full[..., j, i] = six[..., position]
    return full


def components(tensor: Floats) -> Floats:
    """Components (…, 6) of symmetric tensors (…, 3, 3), as :func:`tensors` takes them."""
    rows, columns = np.array(COMPONENTS).T
    return np.asarray(tensor[..., rows, columns])


def unit_at_cells(unit: UnitStrains) -> Floats:
    """Mean strain of each cell under each unit load, shape (loads, m, 6)."""
    return np.asarray(unit.strain.mean(axis=2))


def unit_at_vertices(mesh: BoneMesh, elasticity: Elasticity, unit: UnitStrains) -> tuple[Floats, Floats]:
    """Strain, and stress in MPa, at the vertices under each unit load, each (loads, n, 6).

    Means are those of :func:`vertex_mean`.
    """
    strain, stress = np.empty((2, len(unit.strain), len(mesh.points), 6))
    for load, six in enumerate(unit.strain):
        strain[load] = vertex_mean(mesh, six)
        stress[load] = vertex_mean(mesh, components(elasticity.stress(tensors(six))))
    return strain, stress


def vertex_mean(mesh: BoneMesh, corner: Floats) -> Floats:
    """Mean (n, …) at each vertex of values at the corners of cells (m, 4, …), by volume.

    Where cortical cells meet others only the cortical ones count, so that the wall is not mixed with
    what it covers.
    """
    weight = np.where(mesh.tissue == TISSUES.index("cortical"), 1.0, 1e-9) * mesh.volumes
    vertex = mesh.cells.ravel()
    share = np.bincount(vertex, np.repeat(weight, 4), len(mesh.points))
    flat = corner.reshape(len(mesh.cells), 4, -1)
    weighted = (flat * weight[:, None, None]).reshape(4 * len(mesh.cells), -1)
    total = np.column_stack([np.bincount(vertex, column, len(mesh.points)) for column in weighted.T])
    return np.asarray((total / share[:, None]).reshape(-1, *corner.shape[2:]))


def superposed(unit: UnitStrains, coefficients: Floats) -> StrainField:
    """Strain of the frame in which each unit load acts with its coefficient, shape (loads,)."""
    corner = tensors(np.tensordot(coefficients, unit.strain, axes=1))
    return StrainField(corner, np.tensordot(coefficients, unit.displacement, axes=1))


def principal(strain: Floats) -> Floats:
    """Principal values of symmetric tensors (…, 3, 3), rising: ε3, ε2, ε1, shape (…, 3)."""
    return np.asarray(np.linalg.eigvalsh(strain))


def equivalent(strain: Floats, poisson: float) -> Floats:
    """Equivalent (von Mises) strain of tensors (…, 3, 3), shape (…,).

    ε_eq = σ_vM / E = √(½ Σ (εi − εj)²) / (1 + ν): in uniaxial stress it is the axial strain. Codes that
    print the effective strain √(⅔ e : e) give 2 (1 + ν) / 3 of it, that is 0.867 at ν = 0.3.

    Examples
    --------
    >>> uniaxial = np.diag([-0.3, 1.0, -0.3]) * 1e-3
    >>> round(float(equivalent(uniaxial, 0.3)), 9)
    0.001
    """
    e3, e2, e1 = np.moveaxis(principal(strain), -1, 0)
    return np.asarray(np.sqrt(((e1 - e2) ** 2 + (e2 - e3) ** 2 + (e3 - e1) ** 2) / 2.0) / (1.0 + poisson))


def vertex_geometric_mean(
    mesh: BoneMesh, value: Floats, excluded: npt.NDArray[np.bool_]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Geometric mean (n,) at each vertex of positive values of its cells (m,), by volume; a mask (n,) where none is.

    Excluded cells do not count; a vertex with no other gets the value of the nearest that has, so that
    colours run up to the edge.
    """
    kept = np.flatnonzero(~excluded)
    corners, weight = mesh.cells[kept].ravel(), np.repeat(mesh.volumes[kept], 4)
    share = np.bincount(corners, weight, len(mesh.points))
    total = np.bincount(corners, weight * np.repeat(np.log(value[kept]), 4), len(mesh.points))
    none = share == 0.0
    mean = np.exp(total / np.where(none, 1.0, share))
    _, nearest = cKDTree(mesh.points[~none]).query(mesh.points[none])
    mean[none] = mean[~none][nearest]
    return mean, none
