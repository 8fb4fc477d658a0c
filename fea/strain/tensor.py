# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain of one frame: superposed unit strains and the scalars computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from fea.bone import TISSUES, BoneMesh
from fea.solve import COMPONENTS, UnitStrains
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

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


def loads_last(unit: Floats) -> Floats:
    """The same values (…, loads) of unit loads (loads, …), contiguous, which costs nothing where they are in memory."""
    return np.ascontiguousarray(np.moveaxis(unit, 0, -1))


def loads_first(values: Floats) -> Floats:
    """The same values (loads, …) of unit loads (…, loads); the memory stays as it is."""
    return np.moveaxis(values, -1, 0)


def unit_at_cells(unit: UnitStrains) -> Floats:
    """Mean strain of each cell under each unit load, shape (loads, m, 6)."""
    return loads_first(loads_last(unit.strain).mean(axis=1))


def unit_at_vertices(
    mesh: BoneMesh, elasticity: Elasticity, unit: UnitStrains, stressed: Ints | None = None
) -> tuple[Floats, Floats]:
    """Strain, and stress in MPa, at the vertices under each unit load, each (loads, n, 6).

    Means are those of :func:`vertex_mean`. Stress is NaN but at the vertices ``stressed``, by default all.
    """
    loads, corner = len(unit.strain), loads_last(unit.strain)
    mean = _vertex_means(mesh)
    strain = (mean @ corner.reshape(-1, 6 * loads)).reshape(-1, 6, loads)
    stressed = np.arange(len(mesh.points)) if stressed is None else stressed
    near = np.isin(mesh.cells, stressed).any(axis=1)
    pressed = loads_last(components(elasticity.stress(tensors(np.moveaxis(corner[near], -1, 1)), near)).swapaxes(0, 1))
    stress = np.full_like(strain, np.nan)
    stress[stressed] = (mean[stressed][:, np.repeat(near, 4)] @ pressed.reshape(-1, 6 * loads)).reshape(-1, 6, loads)
    return loads_first(strain), loads_first(stress)


def vertex_mean(mesh: BoneMesh, corner: Floats) -> Floats:
    """Mean (n, …) at each vertex of values at the corners of cells (m, 4, …), by volume.

    Where cortical cells meet others only the cortical ones count, so that the wall is not mixed with
    what it covers.
    """
    mean = _vertex_means(mesh) @ corner.reshape(4 * len(mesh.cells), -1)
    return np.asarray(mean.reshape(-1, *corner.shape[2:]))


def _vertex_means(mesh: BoneMesh) -> csr_array:
    """Matrix (n, 4 m) that takes values at the corners of cells to their means at the vertices."""
    weight = np.repeat(np.where(mesh.tissue == TISSUES.index("cortical"), 1.0, 1e-9) * mesh.volumes, 4)
    vertex = mesh.cells.ravel()
    share = np.bincount(vertex, weight, len(mesh.points))
    place = (vertex, np.arange(len(vertex)))
    return csr_array((weight / share[vertex], place), shape=(len(mesh.points), len(vertex)))


def superposed(unit: UnitStrains, coefficients: Floats) -> StrainField:
    """Strain of the frame in which each unit load acts with its coefficient, shape (loads,)."""
    corner = loads_last(unit.strain)
    six = (corner.reshape(-1, corner.shape[-1]) @ coefficients).reshape(corner.shape[:-1])
    return StrainField(tensors(six), np.tensordot(coefficients, unit.displacement, axes=1))


def principal(strain: Floats) -> Floats:
    """Principal values of symmetric tensors (…, 3, 3), rising: ε3, ε2, ε1, shape (…, 3)."""
    return np.asarray(np.linalg.eigvalsh(strain))


def extreme_axes(tensor: Floats) -> tuple[Floats, Floats]:
    """Largest and smallest principal value (2, …) of symmetric tensors (…, 3, 3) and their unit vectors (2, …, 3).

    The sign of a vector means nothing. Where two principal values agree, so do all directions in their plane.

    Examples
    --------
    >>> values, axes = extreme_axes(np.diag([-0.3, 1.0, -0.2]))
    >>> values.tolist(), np.abs(axes).round(9).tolist()
    ([1.0, -0.3], [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    """
    values, vectors = np.linalg.eigh(tensor)
    return np.stack([values[..., 2], values[..., 0]]), np.stack([vectors[..., 2], vectors[..., 0]])


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
