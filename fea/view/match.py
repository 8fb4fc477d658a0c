# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Vertices of one displayed bone found on another of the same kind, so that fields of both can be subtracted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import corresponding
from fea.case import TissueState
from fea.view.bone import ViewedBone

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NEAREST = (24, 160)
"""Cells that are tried for each place, by their centres, and for those that the first attempt leaves outside all."""
_WITHIN = -1e-9
_FARTHEST = -0.5
"""Least weight: a place between the surface and its facets is extrapolated to, one farther away has no bone."""


@dataclass(frozen=True)
class Match:
    """Where vertices of one bone lie in the tetrahedra of another.

    Attributes
    ----------
    vertices : ndarray, int64, (n, 4)
        Corners of the tetrahedron.
    weights : ndarray, float64, (n, 4)
        Their weights, of sum 1; NaN where the other bone has none of its tissue.
    """

    vertices: Ints
    weights: Floats


def matched(one: ViewedBone, other: ViewedBone, tissues: tuple[TissueState, TissueState]) -> Match:
    """Vertices of a bone on another, whose values are linear within each tetrahedron.

    Parameters
    ----------
    one, other : ViewedBone
        The bones.
    tissues : pair of TissueState
        Tissue of each, which thins the wall on the same mesh.

    Raises
    ------
    fea.errors.InputError
        Bones of different kinds.
    """
    walls = tissues[0].thickness_factor, tissues[1].thickness_factor
    return within(corresponding(one.description, one.points, other.description, walls), other.points, other.cells)


def within(places: Floats, points: Floats, cells: Ints) -> Match:
    """Places (n, 3) in tetrahedra (k, 4) of points (m, 3): in the one around it, else where it is least outside."""
    from scipy.spatial import cKDTree

    corners = points[cells]
    tree = cKDTree(corners.mean(axis=1))
    inverse = np.linalg.inv((corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1))
    found = np.zeros(len(places), dtype=np.int64)
    weights = np.full((len(places), 4), -np.inf)
    left = np.arange(len(places))
    for count in _NEAREST:
        _, near = tree.query(places[left], k=min(count, len(cells)))
        rest = np.einsum("nkij,nkj->nki", inverse[near], places[left][:, None] - corners[near, 0])
        every = np.concatenate([1.0 - rest.sum(axis=2, keepdims=True), rest], axis=2)
        best = every.min(axis=2).argmax(axis=1)
        row = np.arange(len(left))
        found[left], weights[left] = near[row, best], every[row, best]
        left = np.flatnonzero(weights.min(axis=1) < _WITHIN)
        if len(left) == 0:
            break
    weights[weights.min(axis=1) < _FARTHEST] = np.nan
    return Match(cells[found], weights)
