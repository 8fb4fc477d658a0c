# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Where the bodies of a model are at each instant, and what its muscles do to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.loading.opensim.model import GROUND, Axis, Joint, Model, PathPoint, rotation

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PointForce:
    """A force (frames, 3) in N at a point (frames, 3) in m, in the frame of a body.

    ``body`` is that on which it acts, ``place`` the number of its point along the path of ``muscle``.
    """

    muscle: str
    body: str
    place: int
    point: Floats
    force: Floats


class Motion:
    """Places of bodies over frames, from coordinates (frames,) in rad and m; those not given have their default."""

    def __init__(self, model: Model, coordinates: Mapping[str, Floats], frames: int) -> None:
        self.model, self.coordinates, self.frames = model, dict(coordinates), frames
        self.assumed: dict[str, float] = {}
        self._in_parent: dict[str, Floats] = {}

    def coordinate(self, name: str) -> Floats:
        """A coordinate over the frames."""
        if name not in self.coordinates:
            if name in self.model.couplings:
                leading, function = self.model.couplings[name]
                if leading in self.model.couplings:
                    raise InputError(f"{str(self.model.file)!r}: {name} follows {leading}, which follows another one.")
                self.coordinates[name] = function(self.coordinate(leading))
            else:
                self.assumed[name] = self.model.defaults.get(name, 0.0)
                self.coordinates[name] = np.full(self.frames, self.assumed[name])
        return self.coordinates[name]

    def place(self, body: str, base: str) -> Floats:
        """Transforms (frames, 4, 4) from the frame of a body to that of another one.

        Raises
        ------
        fea.errors.InputError
            A joint between them is not read, or they are not connected.
        """
        one, other = self._chain(body), self._chain(base)
        while one and other and one[-1] is other[-1]:
            one.pop()
            other.pop()
        with np.errstate(over="ignore", invalid="ignore"):
            found = _reversed(self._product(other)) @ self._product(one)
        if not np.isfinite(found).all():
            raise InputError(f"{str(self.model.file)!r}: the place of {body!r} from {base!r} is not finite.")
        return np.asarray(found)

    def _chain(self, body: str) -> list[Joint]:
        """Joints from a body to the ground."""
        found: list[Joint] = []
        while body != GROUND:
            joint = self.model.joints.get(body)
            if joint is None or any(joint is known for known in found):
                raise InputError(f"{str(self.model.file)!r}: the body {body!r} is not joined to the ground.")
            found.append(joint)
            body = joint.parent
        return found

    def _product(self, joints: list[Joint]) -> Floats:
        found = np.broadcast_to(np.eye(4), (self.frames, 4, 4))
        for joint in joints:
            found = self._of(joint) @ found
        return np.asarray(found)

    def _of(self, joint: Joint) -> Floats:
        """Transforms (frames, 4, 4) of the child of a joint in its parent."""
        if joint.unread:
            raise InputError(f"{str(self.model.file)!r}, joint {joint.name!r}: {joint.unread}.")
        if joint.child not in self._in_parent:
            moved = np.tile(np.eye(4), (self.frames, 1, 1))
            for axis in joint.rotations:
                moved[:, :3, :3] = moved[:, :3, :3] @ rotation(axis[0], self._value(axis))
            for axis in joint.translations:
                moved[:, :3, 3] += self._value(axis)[:, None] * axis[0]
            self._in_parent[joint.child] = joint.parent_frame @ moved @ _reversed(joint.child_frame)
        return self._in_parent[joint.child]

    def _value(self, axis: Axis) -> Floats:
        _, name, function = axis
        return function(np.zeros(self.frames) if name is None else self.coordinate(name))

    def point_forces(self, muscle: str, tension: Floats, base: str) -> list[PointForce]:
        """Forces T (u₋ + u₊) of a muscle at each point of its path, in the frame of ``base``.

        Parameters
        ----------
        muscle : str
            The muscle.
        tension : ndarray, float64, (frames,)
            Its tension in N.
        base : str
            The body in whose frame points and forces are.
        """
        points = self.model.muscles[muscle]
        places = np.stack([self._located(point, base) for point in points])
        acting = np.stack([self._acts(point) for point in points])
        force = np.zeros_like(places)
        for pattern in np.unique(acting, axis=1).T:
            frames = (acting == pattern[:, None]).all(axis=0)
            kept = np.flatnonzero(pattern)
            line = np.diff(places[kept][:, frames], axis=0)
            length = np.linalg.norm(line, axis=2, keepdims=True)
            unit = tension[frames, None] * line / np.where(length > 0.0, length, 1.0)
            for number, k in enumerate(kept):
                onwards = unit[number] if number < len(unit) else 0.0
                force[k, frames] = onwards - (unit[number - 1] if number else 0.0)
        return [PointForce(muscle, p.body, k, places[k], force[k]) for k, p in enumerate(points)]

    def _located(self, point: PathPoint, base: str) -> Floats:
        local = [f(np.zeros(self.frames) if name is None else self.coordinate(name)) for name, f in point.location]
        homogeneous = np.column_stack([*local, np.ones(self.frames)]) @ point.frame.T
        return np.asarray(np.einsum("fij,fj->fi", self.place(point.body, base), homogeneous)[:, :3])

    def _acts(self, point: PathPoint) -> npt.NDArray[np.bool_]:
        if point.between is None:
            return np.ones(self.frames, dtype=bool)
        name, low, high = point.between
        value = self.coordinate(name)
        return np.asarray((value >= low) & (value <= high))


def _reversed(place: Floats) -> Floats:
    """Inverse of rigid transforms (…, 4, 4)."""
    found = np.zeros_like(place)
    found[..., :3, :3] = np.swapaxes(place[..., :3, :3], -1, -2)
    found[..., :3, 3] = -np.einsum("...ji,...j->...i", place[..., :3, :3], place[..., :3, 3])
    found[..., 3, 3] = 1.0
    return found
