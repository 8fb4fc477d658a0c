# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Points of the outer surface by level and direction, as weights of the vertices of the mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone.anatomy import Anatomy
from fea.bone.tetrahedra import BoneMesh

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_OFF_VERTEX_MM = 1e-9


@dataclass(frozen=True)
class SurfacePoints:
    """Points on the outer surface of a mesh.

    Attributes
    ----------
    level, direction_deg : ndarray, float64, (k,)
        Fraction of the length, and direction from the centre of the section: 0 anterior or dorsal, 90 lateral.
    facet : ndarray, int64, (k,)
        Row of the mesh's facets on which the point lies; −1 where the section has no surface in that direction,
        as beyond a slanting end.
    weights : ndarray, float64, (k, 3)
        Barycentric weights of the facet's corners; NaN where there is no point.
    """

    level: Floats
    direction_deg: Floats
    facet: Ints
    weights: Floats

    def vertices(self, mesh: BoneMesh) -> Ints:
        """Numbers of the three vertices around each point, shape (k, 3)."""
        return np.asarray(mesh.facets[self.facet])

    def at(self, mesh: BoneMesh, value: Floats) -> Floats:
        """Values (k, …) at the points of a field given at the vertices of the mesh, (n, …)."""
        return np.asarray(np.einsum("kv,kv...->k...", self.weights, value[self.vertices(mesh)]))


def surface_points(
    mesh: BoneMesh, anatomy: Anatomy, level: npt.ArrayLike, direction_deg: npt.ArrayLike
) -> SurfacePoints:
    """Points of the outer surface at levels and directions that broadcast to shape (k,).

    The surface is cut across the shaft at each level; the point is where a ray from the centre of the section leaves
    it for good.
    """
    given = (np.asarray(x, dtype=np.float64) for x in (level, direction_deg))
    levels, directions = (np.ravel(x) for x in np.broadcast_arrays(*given))
    facet, weights = np.full(len(levels), -1, dtype=np.int64), np.full((len(levels), 3), np.nan)
    for own in np.unique(levels):
        here = np.flatnonzero(levels == own)
        rows, ends = _cut_facets(mesh, own * anatomy.length)
        offset = np.einsum("fev,fvi->fei", ends, mesh.points[mesh.facets[rows]]) - anatomy.section_center(own)
        for k in here:
            hit = _left_at(offset[..., [0, 2]], anatomy.ray(own, directions[k]))
            if hit is not None:
                row, share = hit
                facet[k], weights[k] = rows[row], (1.0 - share) * ends[row, 0] + share * ends[row, 1]
    return SurfacePoints(levels, directions, facet, weights)


def _cut_facets(mesh: BoneMesh, y: float) -> tuple[Ints, Floats]:
    """Facets that the plane at height ``y`` cuts, (f,), and the weights of both ends of the cut, (f, 2, 3)."""
    height = mesh.points[mesh.facets, 1] - y
    height[np.abs(height) < _OFF_VERTEX_MM] = _OFF_VERTEX_MM
    rows = np.flatnonzero(np.ptp(np.sign(height), axis=1) > 0.0)
    height = height[rows]
    after = np.roll(height, -1, axis=1)
    _, first = np.nonzero(np.sign(height) != np.sign(after))
    edge = first.reshape(-1, 2)  # a plane that passes no vertex cuts two edges of a triangle
    row = np.arange(len(rows))[:, None]
    share = height[row, edge] / (height[row, edge] - after[row, edge])
    ends = np.zeros((len(rows), 2, 3))
    ends[row, [[0, 1]], edge] = 1.0 - share
    ends[row, [[0, 1]], (edge + 1) % 3] = share
    return rows, ends


def _left_at(ends: Floats, ray: Floats) -> tuple[int, float] | None:
    """The segment of (f, 2, 2) that a ray (2,) from the origin crosses last, and where between its ends."""
    aside = ends[..., 1] * ray[0] - ends[..., 0] * ray[1]
    crossed = np.flatnonzero(aside[:, 0] * aside[:, 1] <= 0.0)
    share = aside[crossed, 0] / np.where(aside[crossed, 0] == aside[crossed, 1], 1.0, np.subtract(*aside[crossed].T))
    along = ((1.0 - share)[:, None] * ends[crossed, 0] + share[:, None] * ends[crossed, 1]) @ ray
    if not (along > 0.0).any():
        return None
    last = int(np.argmax(along))
    return int(crossed[last]), float(share[last])
