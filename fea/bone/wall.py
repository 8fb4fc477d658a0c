# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Places in the cortical wall; a thinner wall on the same mesh, whose endosteum moves outwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape
from fea.bone.tetrahedra import LEAST_QUALITY, BoneMesh
from fea.case import BoneDescription
from fea.errors import GeometryError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEVELS = 301


@dataclass(frozen=True)
class Depth:
    """Places of points (n,) in the wall or inside it.

    Attributes
    ----------
    level, direction_deg : ndarray, (n,)
        Level and direction.
    wall : ndarray, (n,)
        Depth in the wall, 0 on the outer surface to 1 on the endosteum.
    core : ndarray, (n,)
        Depth inside it, 0 on the endosteum to 1 in the centre.
    """

    level: Floats
    direction_deg: Floats
    wall: Floats
    core: Floats


def depth(description: BoneDescription, points: Floats) -> Depth:
    """Places of points (n, 3) in mm in the cortical wall or inside it, of plane sections, as a scan is read."""
    shape = BoneShape(description)
    level = np.clip(points[:, 1] / shape.length, 0.0, 1.0)
    radius = np.hypot(*(points - shape.centre(level))[:, [0, 2]].T)
    direction = shape.direction(level, points)
    inner, outer = wall_radii(shape, level, direction)
    wall = np.clip((outer - radius) / (outer - inner), 0.0, 1.0)
    return Depth(level, direction, wall, np.clip(1.0 - radius / inner, 0.0, 1.0))


def thinned(description: BoneDescription, mesh: BoneMesh, kept: Floats) -> BoneMesh:
    """Mesh with a thinner cortical wall, lost from the inside.

    Every point moves away from the centre of its section, in proportion to how far it is from the outer surface
    in the wall and from the centre in the core: from r to r + (1 − k) w min(r / r_in, 1) (1 − t), where w is the
    thickness of the wall along the radius, t the depth in it from 0 on the endosteum to 1 outside, and k the
    share that is left. The outer surface and the bone plates under the joints with their rims stay: a wall is lost from
    the depth of a plate on, and wholly from three times that. Cells, facets and regions
    are the same, so that results stay comparable cell by cell.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    mesh : BoneMesh
        Its mesh.
    kept : ndarray, float64, (n,)
        Share of the wall that is left, at each vertex, above 0 to 1.

    Raises
    ------
    fea.errors.GeometryError
        The wall becomes so thin that its elements are too flat.
    """
    shape = BoneShape(description)
    level = shape.section_level(mesh.points)
    out = (mesh.points - shape.centre(level))[:, [0, 2]]
    radius = np.hypot(*out.T)
    inner, outer = wall_radii(shape, level, shape.direction(level, mesh.points))
    depth = np.clip((radius - inner) / (outer - inner), 0.0, 1.0)
    lost = wall_loss(shape, level, kept)
    move = lost * (outer - inner) * np.minimum(radius / inner, 1.0) * (1.0 - depth)
    move[np.unique(mesh.facets)] = 0.0
    points = mesh.points.copy()
    points[:, [0, 2]] += out * (move / np.maximum(radius, 1e-12))[:, None]
    found = replace(mesh, points=points)
    if float(found.volumes.min()) <= 0.0 or float(found.quality.min()) < LEAST_QUALITY:
        raise GeometryError(
            f"with {100 * float(kept.min()):.0f} % of its wall the flattest element of {mesh.name} has quality "
            f"{found.quality.min():.3f}; allowed: at least {LEAST_QUALITY:g} of 1. A smaller element size may help."
        )
    return found


def wall_loss(shape: BoneShape, level: Floats, kept: Floats) -> Floats:
    """Share of the wall that is lost at levels (n,) where ``kept`` (n,) is left of it: none in the bone plates."""
    plate = shape.description.ends.plate_thickness_mm * shape.magnification
    beyond = np.minimum(level, 1.0 - level) * shape.length - plate
    return np.asarray((1.0 - kept) * np.clip(beyond / (2.0 * plate), 0.0, 1.0))


def wall_radii(shape: BoneShape, level: Floats, direction_deg: Floats) -> tuple[Floats, Floats]:
    """Radii of endosteum and outer surface in mm at levels and directions, each (n,)."""
    from scipy.interpolate import RegularGridInterpolator

    levels, azimuths = np.linspace(0.0, 1.0, _LEVELS), np.linspace(-180.0, 180.0, 361)
    place = np.column_stack([level, (direction_deg + 180.0) % 360.0 - 180.0])
    found = []
    for outline in (shape.inner, shape.outer):
        table = np.empty((_LEVELS, len(azimuths)))
        for row, at in enumerate(levels):
            points = outline(at)
            angle = np.rad2deg(np.arctan2(points[:, 1], points[:, 0]))
            table[row] = np.interp(azimuths, angle, np.hypot(*points.T), period=360.0)
        found.append(RegularGridInterpolator((levels, azimuths), table)(place))
    return found[0], found[1]
