# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What muscles and the fibula do to a bone: point forces on its regions for a unit of tension or of compression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape
from fea.case import BoneDescription
from fea.case.description import FIBULA, Fibula, FibularEnd, MusclePath, Pulley

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pull:
    """A force (3,), dimensionless for a unit of tension, at a point (3,) in mm, spread over a region."""

    region: str
    force: Floats
    point: Floats


def unit_pulls(shape: BoneShape, centers: Mapping[str, Floats]) -> dict[str, tuple[Pull, ...]]:
    """Pulls of a tension of 1 N along each muscle path, and of a compression of 1 N in the fibula.

    Parameters
    ----------
    shape : BoneShape
        The bone.
    centers : mapping of str to ndarray, (3,)
        Centre of each region in mm.
    """
    description = shape.description
    found = {name: _along(path, shape, centers) for name, path in description.paths.items()}
    if description.fibula is not None:
        distal, proximal = fibular_ends(description)
        along = (proximal - distal) / np.linalg.norm(proximal - distal)
        found[FIBULA] = (
            Pull(description.fibula.distal.region, -along, distal),
            Pull(description.fibula.proximal.region, along, proximal),
        )
    return found


def fibular_ends(description: BoneDescription) -> tuple[Floats, Floats]:
    """Distal and proximal end of the fibula in mm, each (3,)."""
    assert description.fibula is not None
    fibula = description.fibula
    return _place(fibula.distal, description), _place(fibula.proximal, description)


def tendon_at_ankle(description: BoneDescription, path: MusclePath) -> tuple[Floats, Floats]:
    """Last point of a path in mm, and the unit vector along which its tendon leaves it, each (3,).

    A path without pulleys leaves from the y axis at the plafond, since only its direction is known.
    """
    towards = np.array(path.towards) / np.linalg.norm(path.towards)
    return (_place(path.pulleys[-1], description) if path.pulleys else np.zeros(3)), towards


def _along(path: MusclePath, shape: BoneShape, centers: Mapping[str, Floats]) -> tuple[Pull, ...]:
    description = shape.description
    pulleys = [_place(pulley, description) for pulley in path.pulleys]
    leaving = np.array(path.towards) / np.linalg.norm(path.towards)
    origins: list[tuple[float, Floats]] = []
    pulls: list[Pull] = []
    if path.region is not None:
        origin = centers[path.region]
        origins.append((1.0 - path.fibular_share, origin))
        first = _unit(pulleys[0] - origin) if pulleys else leaving
        pulls.append(Pull(path.region, (1.0 - path.fibular_share) * first, origin))
    if path.fibular_level is not None:
        assert description.fibula is not None
        origin = _on_fibula(description, path.fibular_level)
        origins.append((path.fibular_share, origin))
        first = _unit(pulleys[0] - origin) if pulleys else leaving
        pulls += _through_joints(description, description.fibula, path.fibular_share * first, origin)
    for number, (pulley, point) in enumerate(zip(path.pulleys, pulleys, strict=True)):
        back = (
            _unit(pulleys[number - 1] - point)
            if number
            else sum((share * _unit(origin - point) for share, origin in origins), start=np.zeros(3))
        )
        onwards = _unit(pulleys[number + 1] - point) if number + 1 < len(pulleys) else leaving
        pulls.append(Pull(pulley.region, back + onwards, point))
    return tuple(pulls)


def _through_joints(description: BoneDescription, fibula: Fibula, force: Floats, point: Floats) -> tuple[Pull, Pull]:
    """A force on the fibula as forces of both joints on the tibia, shared by the lever along the bone."""
    distal, proximal = fibular_ends(description)
    share = float(np.clip((point[1] - distal[1]) / (proximal[1] - distal[1]), 0.0, 1.0))
    return (
        Pull(fibula.distal.region, (1.0 - share) * force, distal),
        Pull(fibula.proximal.region, share * force, proximal),
    )


def _on_fibula(description: BoneDescription, level: float) -> Floats:
    """Point of the straight line through both ends of the fibula at a level, mm."""
    distal, proximal = fibular_ends(description)
    height = level * description.length_mm * description.magnification
    return np.asarray(distal + (height - distal[1]) / (proximal[1] - distal[1]) * (proximal - distal))


def _place(point: Pulley | FibularEnd, description: BoneDescription) -> Floats:
    size = description.magnification
    return size * np.array([point.x_mm, point.level * description.length_mm, point.z_mm])


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))
