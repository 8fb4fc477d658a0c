# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A thinner wall on the same mesh: the endosteum moves outwards, cells and outer surface stay what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from fea.bone.tetrahedra import LEAST_QUALITY, TISSUES, BoneMesh
from fea.errors import GeometryError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
_FINE = 8
"""Points along the edge of a triangle by which distances to the outer surface are measured."""


def thinned(mesh: BoneMesh, kept: Floats) -> BoneMesh:
    """Return the mesh with a thinner cortical wall, lost from the inside.

    Each vertex of the endosteum moves towards the nearest point of the outer surface until the share ``kept``
    of the way is left; the bone plates under the joints thin in the same way. Vertices of the outer surface
    stay, all others follow so that each lies as its neighbours do in the mean. Cells, facets and regions are
    the same, so that results stay comparable cell by cell.

    Parameters
    ----------
    mesh : BoneMesh
        The bone.
    kept : ndarray, float64, (n,)
        Share of the wall that is left, at each vertex, above 0 to 1.

    Raises
    ------
    fea.errors.GeometryError
        The wall becomes so thin that its elements are too flat.
    """
    endosteum, outer = _endosteum(mesh), np.unique(mesh.facets)
    away = _nearest(mesh, endosteum) - mesh.points[endosteum]
    moved = np.zeros_like(mesh.points)
    moved[endosteum] = (1.0 - kept[endosteum])[:, None] * away
    fixed = np.union1d(endosteum, outer)
    points = mesh.points + _followed(mesh.cells, moved, fixed)
    found = replace(mesh, points=points, quality=quality(points, mesh.cells))
    if float(found.volumes.min()) <= 0.0 or float(found.quality.min()) < LEAST_QUALITY:
        raise GeometryError(
            f"with {100 * float(kept.min()):.0f} % of its wall the flattest element of {mesh.name} has quality "
            f"{found.quality.min():.3f}; allowed: at least {LEAST_QUALITY:g} of 1. A smaller element size may help."
        )
    return found


def quality(points: Floats, cells: Ints) -> Floats:
    """Return three times the inscribed over the circumscribed radius of each tetrahedron, shape (m,).

    Examples
    --------
    >>> regular = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
    >>> quality(regular, np.array([[0, 1, 2, 3]])).round(9)
    array([1.])
    """
    corner = points[cells]
    volume = np.abs(np.linalg.det(corner[:, 1:] - corner[:, :1])) / 6.0
    face = corner[:, _FACES]
    area = (
        np.linalg.norm(np.cross(face[:, :, 1] - face[:, :, 0], face[:, :, 2] - face[:, :, 0]), axis=2).sum(axis=1) / 2
    )
    pairs = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
    p, q, r = (
        np.prod([np.linalg.norm(corner[:, a] - corner[:, b], axis=1) for a, b in pair], axis=0) for pair in pairs
    )
    # 24 V R = √((p+q+r)(p+q−r)(p−q+r)(−p+q+r)) with the products p, q, r of opposite edges; r_in = 3 V / A.
    root = np.sqrt(np.maximum((p + q + r) * (p + q - r) * (p - q + r) * (-p + q + r), 0.0))
    return np.asarray(9.0 * volume / area * 24.0 * volume / np.maximum(root, 1e-300))


def _endosteum(mesh: BoneMesh) -> Ints:
    """Return the vertices between cortical cells and others."""
    cortical = mesh.tissue == TISSUES.index("cortical")
    return np.intersect1d(mesh.cells[cortical], mesh.cells[~cortical])


def _nearest(mesh: BoneMesh, vertices: Ints) -> Floats:
    """Return the nearest points of the outer surface to vertices, shape (len(vertices), 3)."""
    steps = [(i, j, _FINE - i - j) for i in range(_FINE + 1) for j in range(_FINE + 1 - i)]
    places = np.einsum("qv,fvi->fqi", np.array(steps) / _FINE, mesh.points[mesh.facets]).reshape(-1, 3)
    return np.asarray(places[cKDTree(places).query(mesh.points[vertices])[1]])


def _followed(cells: Ints, moved: Floats, fixed: Ints) -> Floats:
    """Return displacements (n, 3) of all vertices: as given where ``fixed``, else the mean of their neighbours."""
    count = len(moved)
    free = np.setdiff1d(np.arange(count), fixed)
    if len(free) == 0:
        return moved
    ends = np.concatenate([cells[:, [a, b]] for a in range(4) for b in range(4) if a != b])
    joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()
    joined.data[:] = 1.0
    laplacian = (diags_array(joined.sum(axis=1)) - joined).tocsr()[free]
    result = moved.copy()
    result[free] = splu(laplacian[:, free].tocsc()).solve(-(laplacian[:, fixed] @ moved[fixed]))
    return result
