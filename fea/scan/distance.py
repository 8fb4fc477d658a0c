# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Distances to a surface, and plane sections of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.scan.surface import Surface

Floats = npt.NDArray[np.float64]


def signed_distance(points: Floats, surface: Surface) -> Floats:
    """Distance of points (n, 3) to a closed surface, negative inside, shape (n,)."""
    import pyvista as pv

    found = pv.PolyData(points).compute_implicit_distance(polydata(surface))
    return np.asarray(found["implicit_distance"], dtype=np.float64)


def polydata(surface: Surface) -> object:
    """The surface as PyVista takes it."""
    import pyvista as pv

    faces = np.insert(surface.triangles, 0, 3, axis=1)
    return pv.PolyData(surface.points, faces.ravel())


def contour(corners: Floats, value: Floats, level: float) -> Floats:
    """Segments (k, 2, 3) in which triangles (m, 3, 3) have a ``value`` (m, 3) of ``level``.

    They turn positively about y, from z towards x, around what lies inside, if normals point outwards and the value
    grows with y.
    """
    off = value - level
    off = np.where(np.abs(off) < 1e-12, 1e-12, off)
    above = (off > 0.0).sum(axis=1)
    crossed = (above == 1) | (above == 2)
    corner, off, above = corners[crossed], off[crossed], above[crossed]
    odd = np.where(above == 1, np.argmax(off, axis=1), np.argmin(off, axis=1))
    row, ends = np.arange(len(corner)), []
    for step in (1, 2):
        other = (odd + step) % 3
        share = (off[row, odd] / (off[row, odd] - off[row, other]))[:, None]
        ends.append(corner[row, odd] + (corner[row, other] - corner[row, odd]) * share)
    segments = np.stack(ends, axis=1)
    return np.where((above == 1)[:, None, None], segments, segments[:, ::-1])


@dataclass(frozen=True)
class PlaneSection:
    """Area, centre (x, z), second moments (2, 2) about it, and extent along z of a plane section."""

    area: float
    centre: Floats
    second: Floats
    width_z: float


def plane_section(corners: Floats, y: float) -> PlaneSection:
    """Section of closed triangles (m, 3, 3) by the plane at height ``y``, by Green's theorem."""
    flat = contour(corners, corners[..., 1], y)[..., [0, 2]]
    a, b = flat[:, 0], flat[:, 1]
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    area = cross.sum() / 2.0
    if not len(flat) or abs(area) < 1e-9:
        return PlaneSection(0.0, np.zeros(2), np.zeros((2, 2)), 0.0)
    centre = ((a + b) * cross[:, None]).sum(axis=0) / (6.0 * area)
    second = sum(np.einsum("n,ni,nj->ij", cross, p, q) for p, q in ((a, a), (b, b), (a + b, a + b))) / 24.0
    second = np.sign(area) * second - abs(area) * np.outer(centre, centre)
    return PlaneSection(abs(float(area)), centre, second, float(np.ptp(flat[..., 1])))


def heights(corners: Floats, x: float, z: float) -> Floats:
    """Heights y at which the line through (x, z) along y meets triangles (m, 3, 3), rising."""
    flat = corners[..., [0, 2]] - np.array([x, z])
    near = (flat.min(axis=1) <= 0.0).all(axis=1) & (flat.max(axis=1) >= 0.0).all(axis=1)
    corner, flat = corners[near], flat[near]
    opposite = [flat[:, (k + 1) % 3, 0] * flat[:, (k + 2) % 3, 1] - flat[:, (k + 1) % 3, 1] * flat[:, (k + 2) % 3, 0]
                for k in range(3)]  # fmt: skip
    weight = np.stack(opposite, axis=1)
    total = weight.sum(axis=1)
    solid = np.abs(total) > 1e-12
    share = weight[solid] / total[solid, None]
    inside = (share >= 0.0).all(axis=1)
    return np.sort((share[inside] * corner[solid][inside, :, 1]).sum(axis=1))


def outline(segments: Floats, azimuths: Floats) -> Floats:
    """Outermost radius at azimuths (k,) in rad of segments (m, 2, 2) about the origin; gaps are bridged."""
    direction = np.column_stack([np.cos(azimuths), np.sin(azimuths)])
    a, b = segments[:, 0], segments[:, 1]
    across = [direction[:, :1] * p[:, 1] - direction[:, 1:] * p[:, 0] for p in (a, b)]
    along = [direction @ p.T for p in (a, b)]
    met = (across[0] * across[1] <= 0.0) & (across[0] != across[1])
    share = np.where(met, across[0] / np.where(met, across[0] - across[1], 1.0), 0.0)
    radius = np.where(met, along[0] + share * (along[1] - along[0]), -1.0).max(axis=1, initial=-1.0)
    gap = radius <= 0.0
    if gap.all():
        return np.zeros(len(azimuths))
    radius[gap] = np.interp(azimuths[gap], azimuths[~gap], radius[~gap], period=2.0 * np.pi)
    return np.asarray(radius)
