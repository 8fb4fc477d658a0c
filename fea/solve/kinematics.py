# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From the displacement of nodes to strain: straight tetrahedra of degree 1 or 2, all loads at once.

With barycentric coordinates λ the gradient of a displacement is ∇u = Σ_j (Σ_i ∂φ_i/∂λ_j u_i) ⊗ ∇λ_j. The inner
sum depends on the place alone, ∇λ on the cell alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CORNERS: Floats = np.eye(4)
"""Barycentric coordinates of the corners of a cell."""
CENTRE: Floats = np.full((1, 4), 0.25)
"""And of its centre, where the strain is the mean of the cell."""

EDGES = ((2, 3), (1, 3), (1, 2), (0, 3), (0, 2), (0, 1))
"""Corners at the ends of each edge of a cell, in the order in which DOLFINx numbers the edges."""

COMPONENTS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Order of the six tensor components of a strain."""

_AT_ONCE = 250_000
"""Numbers worked on at once: they stay in the cache."""


def slopes(degree: int, places: Floats) -> Floats:
    """Slopes ∂φ_i/∂λ_j of the shape functions of a cell at barycentric coordinates (p, 4), shape (p, 4, nodes).

    φ_i = λ_i, or φ_i = λ_i (2 λ_i − 1) at the corners and φ_ij = 4 λ_i λ_j on the edges.
    """
    if degree == 1:
        return np.tile(np.eye(4), (len(places), 1, 1))
    result = np.zeros((len(places), 4, 10))
    for i in range(4):
        result[:, i, i] = 4.0 * places[:, i] - 1.0
    for edge, (i, j) in enumerate(EDGES):
        result[:, i, 4 + edge] = 4.0 * places[:, j]
        result[:, j, 4 + edge] = 4.0 * places[:, i]
    return result


def gradients(points: Floats, cells: Ints) -> Floats:
    """Gradients ∇λ of the four barycentric coordinates of each cell, shape (m, 4, 3)."""
    corner = points[cells]
    others = np.linalg.inv(corner[:, 1:] - corner[:, :1]).swapaxes(1, 2)
    return np.concatenate([-others.sum(axis=1, keepdims=True), others], axis=1)


def cell_nodes(corner_of: Ints, nodes: Ints) -> Ints:
    """Nodes (m, 4 or 10) of cells whose corners are taken in another order.

    Parameters
    ----------
    corner_of : ndarray, int64, (m, 4)
        For each corner in the new order its place in the old.
    nodes : ndarray, int64, (m, 4 or 10)
        Four corners and, for degree 2, the middles of :data:`EDGES`, in the old order.
    """
    corners = np.take_along_axis(nodes, corner_of, axis=1)
    if nodes.shape[1] == 4:
        return corners
    between = np.zeros((4, 4), dtype=np.int64)
    for edge, (i, j) in enumerate(EDGES):
        between[i, j] = between[j, i] = 4 + edge
    first, second = np.array(EDGES).T
    middles = np.take_along_axis(nodes, between[corner_of[:, first], corner_of[:, second]], axis=1)
    return np.hstack([corners, middles])


def strains(points: Floats, cells: Ints, nodes: Ints, displacement: Floats, places: Floats) -> Floats:
    """Strain at places of each cell under each load, shape (loads, m, p, 6); the loads lie side by side in memory.

    Parameters
    ----------
    points : ndarray, float64, (n, 3)
        Vertices in mm.
    cells : ndarray, int64, (m, 4)
        Tetrahedra.
    nodes : ndarray, int64, (m, 4 or 10)
        Displacement nodes of each cell: its corners, then the middles of :data:`EDGES`.
    displacement : ndarray, float64, (dofs, loads)
        In mm, component 3 · node + axis.
    places : ndarray, float64, (p, 4)
        Barycentric coordinates, such as :data:`CORNERS`.

    Returns
    -------
    ndarray
        Components in the order of :data:`COMPONENTS`.
    """
    loads, per_cell = displacement.shape[1], nodes.shape[1]
    of_node = np.ascontiguousarray(displacement).reshape(-1, 3 * loads)
    slope = slopes(1 if per_cell == 4 else 2, places).reshape(-1, per_cell)
    grad = gradients(points, cells).swapaxes(1, 2)
    result = np.empty((len(cells), len(places), 6, loads))
    step = max(1, _AT_ONCE // (len(slope) * 3 * loads))
    for first in range(0, len(cells), step):
        here = slice(first, first + step)
        weighted = (slope @ of_node[nodes[here]]).reshape(-1, len(places), 4, 3 * loads)
        # (cells, places, derivative, component, loads)
        tensor = (grad[here, None] @ weighted).reshape(-1, len(places), 3, 3, loads)
        for six, (i, j) in enumerate(COMPONENTS):
            value = tensor[:, :, i, i] if i == j else 0.5 * (tensor[:, :, i, j] + tensor[:, :, j, i])
            result[here, :, six] = value
    return np.moveaxis(result, -1, 0)


def prolongation(nodes: Ints) -> tuple[Any, Ints]:
    """Matrix, CSR, that gives a field of degree 1 its values at the nodes of degree 2, and its columns.

    Parameters
    ----------
    nodes : ndarray, int64, (m, 10)
        Four corners of each cell, then the middles of :data:`EDGES`.

    Returns
    -------
    scipy.sparse.csr_array, (nodes, corners)
        One at the corners, one half and one half on an edge.
    ndarray, int64, (corners,)
        The node of each column.
    """
    corners, column = np.unique(nodes[:, :4], return_inverse=True)
    column = column.reshape(-1, 4)
    middles, where = np.unique(nodes[:, 4:], return_index=True)
    ends = column[:, np.array(EDGES)].reshape(-1, 2)[where]
    rows = np.concatenate([corners, np.repeat(middles, 2)])
    columns = np.concatenate([np.arange(len(corners)), ends.ravel()])
    values = np.repeat([1.0, 0.5], [len(corners), 2 * len(middles)])
    return scipy.sparse.csr_array((values, (rows, columns)), shape=(nodes.max() + 1, len(corners))), corners
