# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Bodies with closed forms: a hollow cylinder whose walls are similar ellipses, along y like a bone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fea.bone import BoneMesh, outer_facets

_BRICK = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


@pytest.fixture(scope="session")
def centre_of() -> Callable[[BoneMesh, str], np.ndarray]:
    """A function that returns where forces on a region act, the centre of the smooth surface.

    That of the facets must be near; it moves with the mesh.
    """

    def centre(mesh: BoneMesh, region: str) -> np.ndarray:
        corner = mesh.points[mesh.facets[mesh.regions[region]]]
        area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
        of_facets = np.average(corner.mean(axis=1), axis=0, weights=area)
        assert np.linalg.norm(mesh.centers[region] - of_facets) < 0.1 * np.sqrt(mesh.region_area(region)) + 1.0
        return mesh.centers[region]

    return centre


@pytest.fixture(scope="session")
def tube() -> Callable[..., BoneMesh]:
    """A function that meshes a hollow cylinder: ``tube(semi_axes, ratio, length, around, wall, along)``.

    The outer ellipse has the ``semi_axes`` along (x, z), the inner one ``ratio`` times these. Regions:
    ``tip`` (y = 0), ``root`` (y = length), ``inside`` and ``outside``.
    """
    return _tube


def _tube(semi_axes: tuple[float, float], ratio: float, length: float, around: int, wall: int, along: int) -> BoneMesh:
    # A regular polygon of n corners on the unit circle encloses n/2 sin(2π/n), not π. At equal area its
    # second moment is (2 + cos t) t / (3 sin t) = 1 + O(t⁴) times that of the circle, t = 2π/n: 1.0001 for
    # n = 32. An affine map takes both to the ellipse.
    equal_area = np.sqrt(2.0 * np.pi / (around * np.sin(2.0 * np.pi / around)))
    angle = 2.0 * np.pi * np.arange(around) / around
    share = np.geomspace(ratio, 1.0, wall + 1) * equal_area
    height = np.linspace(0.0, length, along + 1)
    s, t, y = np.meshgrid(share, angle, height, indexing="ij")
    points = np.stack([semi_axes[0] * s * np.cos(t), y, semi_axes[1] * s * np.sin(t)], axis=-1).reshape(-1, 3)
    number = np.arange(len(points)).reshape(s.shape)
    number = np.concatenate([number, number[:, :1]], axis=1)
    cells = np.vstack([_path(number, order) for order in _BRICK])
    corner = points[cells]
    turned = np.linalg.det(corner[:, 1:] - corner[:, :1]) < 0.0
    cells[turned] = cells[turned][:, [0, 1, 3, 2]]
    facets = outer_facets(cells)
    ring, _, station = (index[facets] for index in np.unravel_index(np.arange(len(points)), s.shape))
    regions = {
        "tip": np.flatnonzero(np.all(station == 0, axis=1)),
        "root": np.flatnonzero(np.all(station == along, axis=1)),
        "inside": np.flatnonzero(np.all(ring == 0, axis=1)),
        "outside": np.flatnonzero(np.all(ring == wall, axis=1)),
    }
    return BoneMesh(
        name="tube",
        points=points,
        cells=cells,
        tissue=np.zeros(len(cells), dtype=np.int64),
        facets=facets,
        regions=regions,
        centers={name: np.array([0.0, y * length, 0.0]) for name, y in zip(regions, (0.0, 1.0, 0.5, 0.5), strict=True)},
    )


def _path(number: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """Return one tetrahedron of each brick: the path along its edges that takes the axes in ``order``."""
    size = np.array(number.shape) - 1
    corner = [0, 0, 0]
    path = [tuple(corner)]
    for axis in order:
        corner[axis] = 1
        path.append(tuple(corner))
    return np.column_stack([number[tuple(slice(c, c + n) for c, n in zip(p, size, strict=True))].ravel() for p in path])
