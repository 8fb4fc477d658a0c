# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What muscles and the fibula do to a bone: point forces on its regions for a unit of tension or of compression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape
from fea.case import FIBULA, BoneDescription, Fibula, FibularEnd, MusclePath, PathEnd, Pulley

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


def tendon_beyond(
    description: BoneDescription, path: MusclePath, centers: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Last point of a path in mm, and the pull beyond it for 1 N, each (3,).

    Of a muscle without pulleys that attaches to bone and fibula the pull is the sum of both parts, through its end.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    path : MusclePath
        One of its paths.
    centers : mapping of str to ndarray, (3,)
        Centre of each region in mm.
    """
    if path.pulleys:
        last = _place(path.pulleys[-1], description)
        return last, _leaving(path, last, description)
    origins = _origins(path, description, centers)
    pull = sum((share * _leaving(path, origin, description) for share, origin in origins), start=np.zeros(3))
    point = origins[0][1] if path.end is None else _place(path.end, description)
    return point, np.asarray(pull)


def _along(path: MusclePath, shape: BoneShape, centers: Mapping[str, Floats]) -> tuple[Pull, ...]:
    description = shape.description
    pulleys = [_place(pulley, description) for pulley in path.pulleys]
    origins = _origins(path, description, centers)
    pulls: list[Pull] = []
    for number, (share, origin) in enumerate(origins):
        first = _unit(pulleys[0] - origin) if pulleys else _leaving(path, origin, description)
        if path.region is not None and number == 0:
            pulls.append(Pull(path.region, share * first, origin))
        else:
            assert description.fibula is not None
            pulls += _through_joints(description, description.fibula, share * first, origin)
    for number, (pulley, point) in enumerate(zip(path.pulleys, pulleys, strict=True)):
        back = (
            _unit(pulleys[number - 1] - point)
            if number
            else sum((share * _unit(origin - point) for share, origin in origins), start=np.zeros(3))
        )
        last = number + 1 == len(pulleys)
        onwards = _leaving(path, point, description) if last else _unit(pulleys[number + 1] - point)
        pulls.append(Pull(pulley.region, back + onwards, point))
    return tuple(pulls)


def _origins(
    path: MusclePath, description: BoneDescription, centers: Mapping[str, Floats]
) -> list[tuple[float, Floats]]:
    """Share of the tension, and point in mm, of each attachment: to the bone first, to the fibula."""
    found: list[tuple[float, Floats]] = []
    if path.region is not None:
        found.append((1.0 - path.fibular_share, centers[path.region]))
    if path.fibular_level is not None:
        found.append((path.fibular_share, _on_fibula(description, path.fibular_level)))
    return found


def _leaving(path: MusclePath, point: Floats, description: BoneDescription) -> Floats:
    """Unit vector along which the tendon leaves a point that is the last one on the bone."""
    return _unit(np.array(path.towards) if path.end is None else _place(path.end, description) - point)


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


def _place(point: Pulley | FibularEnd | PathEnd, description: BoneDescription) -> Floats:
    size = description.magnification
    return size * np.array([point.x_mm, point.level * description.length_mm, point.z_mm])


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))
