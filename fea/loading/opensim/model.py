# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A model of OpenSim, ``.osim`` of versions 2 to 4: bodies, joints and the paths of muscles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.loading.opensim.functions import Function, constant, function_of, numbers

Floats = npt.NDArray[np.float64]

GROUND = "ground"
_MOST_BYTES = 100_000_000
_OLDEST = 20_000
"""Version of the file; before, joints were written in another way."""
_EYE = np.eye(4)

Axis = tuple[Floats, str | None, Function]
"""Direction (3,), the coordinate, and the rotation in rad or the way in m along it."""


@dataclass(frozen=True)
class Joint:
    """A joint between two bodies.

    ``parent_frame`` and ``child_frame`` (4, 4) are the frames of the joint in its bodies; the second is first turned
    about ``rotations``, one after the other, and then moved along ``translations``.
    """

    name: str
    parent: str
    child: str
    parent_frame: Floats
    child_frame: Floats
    rotations: tuple[Axis, ...]
    translations: tuple[Axis, ...]
    unread: str | None = None
    """Why its movement is not read."""


@dataclass(frozen=True)
class PathPoint:
    """A point of a muscle's path: location in m in its body, as functions of coordinates where it moves.

    ``between`` is the coordinate and the range within which a conditional point acts.
    """

    body: str
    location: tuple[tuple[str | None, Function], ...]
    frame: Floats
    between: tuple[str, float, float] | None = None


@dataclass(frozen=True)
class Model:
    """Bodies with their masses in kg, joints by child, muscle paths, default values and couplings of coordinates."""

    file: Path
    version: int
    masses_kg: dict[str, float]
    joints: dict[str, Joint]
    muscles: dict[str, tuple[PathPoint, ...]]
    wrapped: dict[str, tuple[str, ...]]
    """Names of the wrap objects of each muscle."""
    defaults: dict[str, float]
    couplings: dict[str, tuple[str, Function]] = field(default_factory=dict)
    """Coordinates that follow another one."""

    @property
    def mass_kg(self) -> float:
        """Mass of all bodies in kg."""
        return sum(self.masses_kg.values())


def read_model(file: Path) -> Model:
    """Model of an ``.osim`` file.

    Raises
    ------
    fea.errors.InputError
        No model, one older than version 2, or one whose bodies, joints or paths cannot be understood.
    """
    root = read_xml(file)
    version = int(numbers(root.get("Version", "0"), f"{str(file)!r}, Version")[0])
    element = root.find("Model") if root.tag == "OpenSimDocument" else None
    if element is None:
        raise InputError(f"{str(file)!r} holds no Model; needed: an .osim file, not a set of tools or of forces.")
    if version < _OLDEST:
        raise InputError(
            f"{str(file)!r} is of version {version}; read are 20000 (OpenSim 2) and later. Open and save it in OpenSim."
        )
    try:
        return _Reader(element, file, version).model()
    except RecursionError:
        raise InputError(f"{str(file)!r}: functions or frames are nested too deeply; it is not read.") from None


def read_xml(file: Path) -> Element:
    """Root of an XML file of OpenSim.

    Raises
    ------
    fea.errors.InputError
        Unreadable, too large, no XML, or with entities.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"{str(file)!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content:
        raise InputError(f"{str(file)!r} declares entities or is not UTF-8, as no file of OpenSim; it is not read.")
    try:
        return fromstring(content)
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError(f"{str(file)!r} cannot be read as XML: {error}.") from None


class _Reader:
    """The elements of a model, and the offset frames that they name."""

    def __init__(self, element: Element, file: Path, version: int) -> None:
        self.element, self.file, self.version = element, file, version
        self.bodies = {name: body for name, body in _named(element, "Body") if body.find("mass") is not None}
        if not self.bodies:
            raise InputError(f"{str(file)!r} has no bodies.")
        self.frames: dict[str, list[tuple[str, Element]]] = {}
        for owner in (*element.iter(), element):
            for group in owner.findall("frames") + owner.findall("components"):
                for name, frame in _named(group, "PhysicalOffsetFrame"):
                    self.frames.setdefault(name, []).append((owner.get("name", ""), frame))

    def model(self) -> Model:
        joints = list(self.joints())
        muscles, wrapped = {}, {}
        for muscle in self.element.iter():
            path = muscle.find("GeometryPath")
            name = muscle.get("name")
            if (
                path is None
                or not name
                or name == "default"
                or ("Muscle" not in muscle.tag and "Actuator" not in muscle.tag)
            ):
                continue
            points = path.find("PathPointSet/objects")
            if points is not None and len(points) > 1:
                muscles[name] = tuple(self.point(point, name) for point in points)
                objects = path.findall("PathWrapSet/objects/PathWrap")
                wrapped[name] = tuple(filter(None, (_last(o.findtext("wrap_object", "")) for o in objects)))
        return Model(
            self.file,
            self.version,
            {name: self.value(body, "mass", name) for name, body in self.bodies.items()},
            {joint.child: joint for joint in joints},
            muscles,
            wrapped,
            {name: self.value(c, "default_value", name) for name, c in _named(self.element, "Coordinate")},
            dict(self.couplings()),
        )

    def value(self, element: Element, key: str, name: str) -> float:
        return float(numbers(element.findtext(key) or "0", self.where(name, key))[0])

    def where(self, name: str, key: str) -> str:
        return f"{str(self.file)!r}, {key} of {name!r}"

    def joints(self) -> Iterator[Joint]:
        for joint in self.element.iterfind("JointSet/objects/*"):
            name = joint.get("name", "")
            parent, parent_frame = self.frame(joint.findtext("socket_parent_frame", ""), name)
            child, child_frame = self.frame(joint.findtext("socket_child_frame", ""), name)
            yield self.joint(joint, name, (parent, child), (parent_frame, child_frame))
        for child, body in self.bodies.items():
            for joint in body.iterfind("Joint/*"):
                name, parent = joint.get("name", ""), _last(joint.findtext("parent_body", ""))
                frames = [
                    self.offset(joint, name, location, orientation)
                    for location, orientation in (
                        ("location_in_parent", "orientation_in_parent"),
                        ("location", "orientation"),
                    )
                ]
                found = self.joint(joint, name, (parent, child), (frames[0], frames[1]))
                turned = joint.findtext("reverse", "false").strip() == "true"
                yield found if not turned else _without(found, "it is reversed")

    def joint(self, joint: Element, name: str, bodies: tuple[str, str], frames: tuple[Floats, Floats]) -> Joint:
        for body in bodies:
            if body not in self.bodies and body != GROUND:
                raise InputError(f"{self.where(name, 'a body')} is {body!r}, which the model does not have.")
        coordinates = [c.get("name", "") for c in joint.iter("Coordinate")]
        x, y, z = np.eye(3)
        own: dict[str, tuple[tuple[Floats, ...], tuple[Floats, ...]]] = {
            "WeldJoint": ((), ()),
            "PinJoint": ((z,), ()),
            "SliderJoint": ((), (x,)),
            "UniversalJoint": ((x, y), ()),
            "BallJoint": ((x, y, z), ()),
            "FreeJoint": ((x, y, z), (x, y, z)),
            "PlanarJoint": ((z,), (x, y)),
        }
        if joint.tag == "CustomJoint":
            axes = [self.axis(a, name) for a in joint.iterfind("SpatialTransform/TransformAxis")]
            named = [a.get("name", "") for a in joint.iterfind("SpatialTransform/TransformAxis")]
            rotations = tuple(a for a, n in zip(axes, named, strict=True) if n.startswith("rotation"))
            translations = tuple(a for a, n in zip(axes, named, strict=True) if n.startswith("translation"))
            return Joint(name, *bodies, *frames, rotations, translations)
        if joint.tag not in own or len(coordinates) != sum(map(len, own[joint.tag])):
            return Joint(name, *bodies, *frames, (), (), f"joints of the kind {joint.tag!r} are not read")
        driven = iter(coordinates)
        same: Function = lambda q: q  # noqa: E731
        turns, moves = (tuple((axis, next(driven), same) for axis in axes) for axes in own[joint.tag])
        return Joint(name, *bodies, *frames, turns, moves)

    def axis(self, element: Element, joint: str) -> Axis:
        where = self.where(joint, "the axis " + element.get("name", ""))
        direction = numbers(element.findtext("axis", ""), where, 3)
        length = float(np.linalg.norm(direction))
        if length == 0.0:
            raise InputError(f"{where} has the direction 0 0 0; needed: another one.")
        driving = (element.findtext("coordinates") or "").split()
        holder = element.find("function")
        written = [e for e in (element if holder is None else holder) if e.tag not in ("coordinates", "axis")]
        if len(driving) > 1:
            raise InputError(f"{where} follows {len(driving)} coordinates; read are axes that follow one.")
        function = function_of(written[0], where) if written else constant(0.0) if not driving else (lambda q: q)
        return direction / length, _last(driving[0]) if driving else None, function

    def offset(self, element: Element, name: str, location: str, orientation: str) -> Floats:
        """Transform (4, 4) with a location in m and body-fixed angles about x, y, z in rad."""
        place = np.eye(4)
        for key in (location, orientation):
            values = numbers(element.findtext(key) or "0 0 0", self.where(name, key), 3)
            if key == location:
                place[:3, 3] = values
            else:
                for axis, angle in zip(np.eye(3), values, strict=True):
                    place[:3, :3] = place[:3, :3] @ rotation(axis, np.array([angle]))[0]
        return place

    def frame(self, path: str, owner: str, depth: int = 0) -> tuple[str, Floats]:
        """Body and transform (4, 4) of a frame that is named by its path."""
        name = _last(path)
        if name in self.bodies or name == GROUND:
            return name, _EYE
        parts = [part for part in path.strip().split("/") if part not in ("", ".", "..")]
        holder = parts[-2] if len(parts) > 1 else owner
        known = self.frames.get(name, [])
        found = next((frame for where, frame in known if where == holder), known[0][1] if len(known) == 1 else None)
        if found is None or depth > 20:
            raise InputError(f"{self.where(owner, 'the frame')} is {path.strip()!r}, which the model does not have.")
        body, place = self.frame(found.findtext("socket_parent", ""), holder, depth + 1)
        return body, place @ self.offset(found, name, "translation", "orientation")

    def point(self, point: Element, muscle: str) -> PathPoint:
        where = self.where(muscle, "a path point")
        body, frame = self.frame(point.findtext("socket_parent_frame") or point.findtext("body") or "", muscle)
        if point.tag == "MovingPathPoint":
            location = tuple(self.moving(point, axis, where) for axis in "xyz")
            return PathPoint(body, location, frame)
        values = numbers(point.findtext("location", ""), where, 3)
        fixed: tuple[tuple[str | None, Function], ...] = tuple((None, constant(float(v))) for v in values)
        if point.tag != "ConditionalPathPoint":
            return PathPoint(body, fixed, frame)
        coordinate = _last(point.findtext("socket_coordinate") or point.findtext("coordinate") or "")
        low, high = numbers(point.findtext("range", ""), where, 2)
        return PathPoint(body, fixed, frame, (coordinate, float(low), float(high)))

    def moving(self, point: Element, axis: str, where: str) -> tuple[str | None, Function]:
        named = point.findtext(f"socket_{axis}_coordinate") or point.findtext(f"{axis}_coordinate") or ""
        holder = point.find(f"{axis}_location")
        if holder is None or not len(holder):
            raise InputError(f"{where} has no {axis}_location.")
        inner = holder.find("function") if holder.find("function") is not None else holder
        assert inner is not None
        return _last(named) or None, function_of(inner[0], where)

    def couplings(self) -> Iterator[tuple[str, tuple[str, Function]]]:
        for coupling in self.element.iter("CoordinateCouplerConstraint"):
            leading = (coupling.findtext("independent_coordinate_names") or "").split()
            holder = coupling.find("coupled_coordinates_function")
            if len(leading) == 1 and holder is not None and len(holder):
                name = (coupling.findtext("dependent_coordinate_name") or "").strip()
                yield name, (leading[0], function_of(holder[0], self.where(name, "the coupling")))


def rotation(axis: Floats, angle: Floats) -> Floats:
    """Rotations (frames, 3, 3) by angles (frames,) in rad about a unit vector (3,)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + (1.0 - cosine) * (cross @ cross))


def _without(joint: Joint, why: str) -> Joint:
    return Joint(joint.name, joint.parent, joint.child, joint.parent_frame, joint.child_frame, (), (), why)


def _named(element: Element, tag: str) -> list[tuple[str, Element]]:
    return [(e.get("name", ""), e) for e in element.iter(tag)]


def _last(path: str) -> str:
    return path.strip().split("/")[-1]
