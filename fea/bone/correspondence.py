# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Places on one bone that correspond to those on another of the same kind, whatever their length, wall and shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape
from fea.bone.wall import wall_loss, wall_radii
from fea.case import BoneDescription, around_factor
from fea.errors import InputError

Floats = npt.NDArray[np.float64]

WHOLE_WALL = (1.0,) * 8
"""Share of the wall that is left in each of the eight sectors where none is lost."""


def corresponding(
    one: BoneDescription,
    points: Floats,
    other: BoneDescription,
    walls: tuple[Sequence[float], Sequence[float]] = (WHOLE_WALL, WHOLE_WALL),
) -> Floats:
    """Places (n, 3) in mm on another bone that correspond to points (n, 3) in mm on one, both as right bones.

    A place has a level, a direction and a share of the radius. The level is that of the bent section through it, which
    follows joint surfaces and processes. The direction counts from the section's own axes, so that torsion is taken
    along. Between centre and endosteum, and between endosteum and outer surface, the share of the distance stays. So
    the map is continuous and one to one, and two bones that differ in size alone correspond point by point. Bone
    plates and the floors of the cavity keep their level, not their depth below the joint.

    Parameters
    ----------
    one, other : BoneDescription
        The bones.
    points : ndarray, float64, (n, 3)
        Points of the first.
    walls : pair of sequences of eight floats
        Share of the wall that the tissue of each has left, around the bone, as a state of the tissue has it.

    Raises
    ------
    fea.errors.InputError
        Bones of different kinds.
    """
    if one.bone != other.bone:
        raise InputError(
            f"a {one.bone} and a {other.bone} are bones of different kinds; places correspond on two of one kind only."
        )
    shape, to = BoneShape(one), BoneShape(other)
    level = shape.section_level(points, with_processes=True)
    direction = shape.direction(level, points)
    radius = np.hypot(*(points - shape.centre(level))[:, [0, 2]].T)
    beyond = points[:, 1] - shape.height(level, _flat(radius, direction))
    inner, outer = _wall(shape, level, direction, walls[0])
    to_inner, to_outer = _wall(to, level, direction, walls[1])
    in_wall = to_inner + (radius - inner) / (outer - inner) * (to_outer - to_inner)
    radius = np.where(radius > inner, in_wall, radius / inner * to_inner)
    height = to.height(level, _flat(radius, direction)) + beyond * to.length / shape.length
    x, z = (_flat(radius, direction + to.torsion_deg(level)) + to.centre(level)[:, [0, 2]]).T
    return np.column_stack([x, height, z])


def _wall(shape: BoneShape, level: Floats, direction: Floats, left: Sequence[float]) -> tuple[Floats, Floats]:
    """Radii of endosteum and outer surface in mm, each (n,), where the tissue has left so much of the wall."""
    inner, outer = wall_radii(shape, level, direction)
    return inner + wall_loss(shape, level, around_factor(left, direction)) * (outer - inner), outer


def _flat(radius: Floats, direction: Floats) -> Floats:
    """Points (n, 2) at radii and directions in degrees."""
    angle = np.deg2rad(direction)
    return np.asarray(radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
