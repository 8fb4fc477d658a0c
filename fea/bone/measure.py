# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cross-sections measured on the mesh itself: the tetrahedra cut by a plane across the shaft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape, SectionAxes
from fea.bone.tetrahedra import TISSUES, BoneMesh
from fea.case import BoneDescription

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CrossSection:
    """The triangles in which a plane y = const meets the tetrahedra.

    Attributes
    ----------
    cell : ndarray, int64, (t,)
        The cell each triangle lies in.
    weights : ndarray, float64, (t, 3, 4)
        Barycentric weights of the triangle's mid-edges in that cell: the quadrature points that are
        exact for quadratic integrands.
    points : ndarray, float64, (t, 3, 3)
        The mid-edges in mm.
    area : ndarray, float64, (t,)
        Area in mm².
    """

    cell: Ints
    weights: Floats
    points: Floats
    area: Floats

    def integral(self, value: Floats) -> Floats:
        """Integral over the section of ``value`` given at the mid-edges, shape (t, 3, …)."""
        return np.asarray(np.einsum("t,tq...->...", self.area / 3.0, value))

    def within(self, cells: npt.NDArray[np.bool_]) -> CrossSection:
        """Part of the section that lies in ``cells``, a mask over all cells of the mesh."""
        keep = cells[self.cell]
        return CrossSection(self.cell[keep], self.weights[keep], self.points[keep], self.area[keep])


@dataclass(frozen=True)
class SectionComparison:
    """Measured section properties and their targets at one level.

    ``outlines`` are closed curves (n, 2) along (x, z) in mm; ``measured`` and ``target`` share keys that carry the
    unit, widths along the section's own axes and the principal second moments.
    """

    level: float
    outlines: tuple[Floats, ...]
    measured: Mapping[str, float]
    target: Mapping[str, float]


def cut(mesh: BoneMesh, y: float) -> CrossSection:
    """Section of all cells by the plane at height ``y`` mm."""
    height = mesh.points[mesh.cells][:, :, 1] - y
    height = np.where(np.abs(height) < 1e-9, 1e-9, height)
    below = (height < 0.0).sum(axis=1)
    cells, corners = [], []
    for count in (1, 2, 3):
        chosen = np.flatnonzero(below == count)
        order = np.argsort(height[chosen], axis=1)
        for triangle in _CUT_EDGES[count]:
            cells.append(chosen)
            corners.append(_edge_weights(height[chosen], order, triangle))
    cell, corner = np.concatenate(cells), np.concatenate(corners)
    middle = (corner + np.roll(corner, -1, axis=1)) / 2.0
    place = mesh.points[mesh.cells[cell]]
    at = np.einsum("tqv,tvi->tqi", corner, place)
    area = np.linalg.norm(np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]), axis=1) / 2.0
    return CrossSection(cell, middle, np.einsum("tqv,tvi->tqi", middle, place), area)


# Corners of the cut as edges between the cell's vertices, which are sorted by height.
_CUT_EDGES: Mapping[int, tuple[tuple[tuple[int, int], ...], ...]] = {
    1: (((0, 1), (0, 2), (0, 3)),),
    2: (((0, 2), (0, 3), (1, 3)), ((0, 2), (1, 3), (1, 2))),
    3: (((0, 3), (1, 3), (2, 3)),),
}


def _edge_weights(height: Floats, order: Ints, edges: tuple[tuple[int, int], ...]) -> Floats:
    weights = np.zeros((len(height), 3, 4))
    row = np.arange(len(height))
    for corner, (low, high) in enumerate(edges):
        a, b = order[:, low], order[:, high]
        share = height[row, a] / (height[row, a] - height[row, b])
        weights[row, corner, a] = 1.0 - share
        weights[row, corner, b] = share
    return weights


def section_properties(mesh: BoneMesh, y: float, turn: float = 0.0) -> dict[str, float]:
    """Widths, cortical area and principal cortical second moments of the section at ``y`` mm.

    Widths are along the section's own axes, which are turned by ``turn`` (rad) from the bone's x towards z; second
    moments are the largest and the smallest about the centroid of the cortex, whatever their axes.
    """
    whole = cut(mesh, y)
    # A corner is the sum of the two mid-edges that meet there less the third.
    corners = whole.points + np.roll(whole.points, 1, axis=1) - np.roll(whole.points, -1, axis=1)
    own = SectionAxes(y, np.zeros(2), turn).to_local(corners.reshape(-1, 3)[:, [0, 2]])
    width_x, width_z = np.ptp(own, axis=0)
    cortex = whole.within(mesh.tissue == TISSUES.index("cortical"))
    area = float(cortex.area.sum())
    offset = (cortex.points - cortex.integral(cortex.points) / area)[..., [0, 2]]
    smallest, largest = np.linalg.eigvalsh(cortex.integral(offset[..., :, None] * offset[..., None, :]))
    return {
        "width across own x / mm": float(width_z),
        "width along own x / mm": float(width_x),
        "cortical area / mm²": area,
        "largest second moment / mm⁴": float(largest),
        "smallest second moment / mm⁴": float(smallest),
    }


def compare_sections(description: BoneDescription, mesh: BoneMesh) -> list[SectionComparison]:
    """Measured section properties and their targets, for every level that has targets in the bone's file."""
    shape = BoneShape(description)
    targets = description.section_targets
    rows = []
    for percent, target in targets.at.items() if targets is not None else ():
        level = percent / 100.0
        axes = shape.axes(level)
        outlines = tuple(axes.to_bone(line) for line in (shape.outer(level), shape.inner(level)))
        measured = section_properties(mesh, level * shape.length, axes.torsion)
        wanted = (*target[:3], max(target[3:]), min(target[3:]))
        rows.append(SectionComparison(level, outlines, measured, dict(zip(measured, wanted, strict=True))))
    return rows
