# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What acts on the tibia in a trial of OpenSim: reactions of the joints and muscles along their paths, in its axes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.case import BodySide, side_moments, side_vectors
from fea.errors import InputError, out_of_range, unknown
from fea.loading.opensim.contact import contact_times, read_ground
from fea.loading.opensim.model import GROUND, Joint, Model, read_model
from fea.loading.opensim.motion import Motion
from fea.loading.opensim.storage import Storage, read_storage

Floats = npt.NDArray[np.float64]

G = 9.80665
_PLAFOND, _PLATEAU = 0.043, 0.068
"""Of the distance of ankle and knee centre: plafond above the first and plateau below the second.

On the bone surfaces that come with the models Gait2392 and Rajagopal: 4.6 and 4.0 %, 7.9 and 5.7 %.
"""
_MOST_OBLIQUE_DEG = 20.0
_MOST_PULL = 0.3
_LARGEST_RESIDUAL = 0.3
"""Of the largest ankle force; with gravity and inertia missing it is 0.01 to 0.03."""
_MOST_RESERVE = 0.05
"""Of the moment of the muscles (Hicks 2015, J Biomech Eng 137:020905)."""


@dataclass(frozen=True)
class OpenSimFiles:
    """Files of one trial; ``ground`` and ``external_loads``, which maps it to bodies, find the contact."""

    model: Path
    reactions: Path
    muscles: Path
    kinematics: Path
    ground: Path | None = None
    external_loads: Path | None = None


@dataclass(frozen=True)
class Interval:
    """Times of a trial: given ones in s, or a numbered contact of the foot."""

    start_s: float | None = None
    end_s: float | None = None
    contact: int = 1
    frames: int = 101


@dataclass(frozen=True)
class Wrench:
    """Force in N and moment about ``point`` in N·mm, each (frames, 3); ``point`` (frames, 3) in mm."""

    force: Floats
    moment: Floats
    point: Floats

    def about(self, point: Floats) -> Floats:
        """Moment (frames, 3) in N·mm about another point (3,) or (frames, 3)."""
        return np.asarray(self.moment + np.cross(self.point - point, self.force))

    def scaled(self, size: float) -> Wrench:
        """The same on a tibia so many times as long."""
        return Wrench(self.force, size * self.moment, size * self.point)


@dataclass(frozen=True)
class MusclePoint:
    """What a muscle does to the tibia at one point of its path; ``number`` counts those on the tibia."""

    muscle: str
    number: int
    tension: Floats
    wrench: Wrench


@dataclass(frozen=True)
class TibiaForces:
    """All that acts on a tibia over a trial, as on a right one: x anterior, y along the bone, z lateral.

    Attributes
    ----------
    time_s : ndarray, float64, (frames,)
        Times of the trial.
    body_mass_kg : float
        Mass of the model.
    length_mm : float
        From the centre of the plafond, which is the origin, to that of the plateau.
    ankle, knee : Wrench
        Reactions on the tibia; the knee's only if the file holds it.
    muscles : tuple of MusclePoint
        Muscles, point by point.
    account : tuple of str
        What was read, taken and met.
    """

    time_s: Floats
    body_mass_kg: float
    length_mm: float
    ankle: Wrench
    knee: Wrench | None
    muscles: tuple[MusclePoint, ...]
    account: tuple[str, ...]

    def scaled(self, length_mm: float) -> TibiaForces:
        """The same on a tibia of another length: forces as they are, places and moments in proportion."""
        size = length_mm / self.length_mm
        muscles = tuple(replace(m, wrench=m.wrench.scaled(size)) for m in self.muscles)
        knee = None if self.knee is None else self.knee.scaled(size)
        return replace(self, length_mm=length_mm, ankle=self.ankle.scaled(size), knee=knee, muscles=muscles)

    def internal(self, center: Floats) -> tuple[Floats, Floats]:
        """Force in N and moment in N·mm, (frames, 3), of all below a section on the part above, about its centre."""
        force, moment = self.ankle.force, self.ankle.about(center)
        for muscle in self.muscles:
            below = (muscle.wrench.point[:, 1] < center[1])[:, None]
            force, moment = force + below * muscle.wrench.force, moment + below * muscle.wrench.about(center)
        return force, moment

    @property
    def residual_n(self) -> Floats | None:
        """Size of the sum of all forces, (frames,), which gravity and inertia leave; absent without the knee."""
        if self.knee is None:
            return None
        total = self.ankle.force + self.knee.force + sum(m.wrench.force for m in self.muscles)
        return np.asarray(np.linalg.norm(total, axis=1))


def read_tibia_forces(files: OpenSimFiles, side: BodySide, interval: Interval) -> TibiaForces:
    """All that acts on the tibia of one side over an interval of a trial.

    Parameters
    ----------
    files : OpenSimFiles
        The files.
    side : {"right", "left"}
        Side of the tibia.
    interval : Interval
        Which part of the trial.

    Raises
    ------
    fea.errors.InputError
        A file that cannot be read or does not fit the others, or forces that no tibia bears.
    """
    model = read_model(files.model)
    reactions, muscles = read_storage(files.reactions), read_storage(files.muscles)
    kinematics = read_storage(files.kinematics)
    tibia = _tibia(model, side)
    account = [f"model {files.model.name}, file version {model.version}: {model.mass_kg:.4g} kg; body {tibia}, {side}"]
    time_s, said = _times(files, model, tibia, interval, (reactions, muscles, kinematics))
    account += [*reactions.remarks, *muscles.remarks, *kinematics.remarks, said]
    coordinates, said = _coordinates(kinematics, model, time_s)
    motion = Motion(model, coordinates, len(time_s))
    axes = _Axes(model, tibia, side)
    account += [said, axes.said]
    ankle, said = axes.reaction(motion, reactions, axes.ankle_joint, time_s)
    knee, knee_said = axes.reaction(motion, reactions, axes.knee_joint, time_s)
    if ankle is None:
        raise InputError(
            f"{str(files.reactions)!r} has no reaction of the joint {axes.ankle_joint.name!r}; its columns "
            "begin with "
            f"{', '.join(_prefixes(reactions)[:8]) or 'other names'}."
        )
    points, muscles_said = _muscles(model, muscles, motion, axes, time_s)
    found = TibiaForces(
        time_s, model.mass_kg, axes.length_mm, ankle, knee, points, (*account, said, knee_said, *muscles_said)
    )
    found = replace(
        found, account=(*found.account, *_reserves(model, muscles, motion, axes, time_s), *_assumed(motion))
    )
    _check(found, files)
    return replace(found, account=(*found.account, _residual(found)))


def read_shank(model_file: Path, kinematics: Path, side: BodySide, time_s: Floats) -> tuple[Floats, Floats]:
    """Ankle and knee centre, (frames, 3), in m in the ground of a model, at given times.

    Raises
    ------
    fea.errors.InputError
        Files that cannot be read, or coordinates that do not cover the times.
    """
    model = read_model(model_file)
    tibia = _tibia(model, side)
    coordinates, _ = _coordinates(read_storage(kinematics), model, time_s)
    axes = _Axes(model, tibia, side)
    place = Motion(model, coordinates, len(time_s)).place(tibia, GROUND)
    ankle, knee = axes.ankle_joint.parent_frame[:3, 3], axes.knee_joint.child_frame[:3, 3]
    return tuple(place[:, :3, :3] @ point + place[:, :3, 3] for point in (ankle, knee))  # type: ignore[return-value]


def _tibia(model: Model, side: BodySide) -> str:
    for name in (f"tibia_{side[0]}", f"{side[0]}_tibia", f"shank_{side[0]}", f"{side[0]}_shank"):
        if name in model.masses_kg:
            return name
    raise unknown(f"body of {str(model.file)!r}:", f"tibia_{side[0]}", model.masses_kg)


def _times(
    files: OpenSimFiles, model: Model, tibia: str, interval: Interval, tables: tuple[Storage, ...]
) -> tuple[Floats, str]:
    start = max(float(table.time_s[0]) for table in tables)
    end = min(float(table.time_s[-1]) for table in tables)
    if end <= start:
        spans = "; ".join(f"{t.file.name} {t.time_s[0]:g} to {t.time_s[-1]:g} s" for t in tables)
        raise InputError(f"the files share no time: {spans}.")
    if not 2 <= interval.frames <= 2000:
        raise out_of_range("frames", interval.frames, "2 to 2000")
    if files.ground is not None:
        if interval.start_s is not None or interval.end_s is not None:
            raise InputError("give either the ground force, from which the contact is found, or times.")
        ground = read_ground(files.ground, files.external_loads, _beyond(model, tibia))
        first, last, said = contact_times(ground, (start, end), interval.contact)
    else:
        first = start if interval.start_s is None else interval.start_s
        last = end if interval.end_s is None else interval.end_s
        said = (
            "times as given"
            if (first, last) != (start, end)
            else "all that the files share, as no stance was asked for"
        )
        said += f": {first:g} to {last:g} s"
    if not (start - 1e-9 <= first < last <= end + 1e-9):
        raise InputError(f"the interval is {first:g} to {last:g} s; the files share {start:g} to {end:g} s.")
    return np.linspace(
        max(first, start), min(last, end), interval.frames
    ), f"{said}; {interval.frames} frames, linear between rows"


def _beyond(model: Model, tibia: str) -> set[str]:
    """Bodies that hang from the tibia."""
    found = {tibia}
    for _ in model.joints:
        found |= {child for child, joint in model.joints.items() if joint.parent in found}
    return found - {tibia}


def _coordinates(table: Storage, model: Model, time_s: Floats) -> tuple[dict[str, Floats], str]:
    """Coordinates in rad and m, and how their angles were read."""
    turning = {name for joint in model.joints.values() for _, name, _ in joint.rotations if name}
    found = {name: table.at(name, time_s) for name in table.columns if name in model.defaults}
    angles = [np.abs(table.columns[name]).max() for name in found if name in turning]
    if not angles:
        raise InputError(
            f"{str(table.file)!r} has none of the model's angles; needed: columns such as "
            f"{', '.join(sorted(turning)[:4])}."
        )
    largest, stated = float(max(angles)), table.in_degrees
    degrees = largest > 2.0 * np.pi if stated is None else stated or largest > 2.0 * np.pi
    unit = "degrees" if degrees else "radians"
    if stated is degrees:
        said = f"angles of {table.file.name} in {unit}, as its head says"
    else:
        head = "its head does not say the unit of angles" if stated is None else "its head says inDegrees=no"
        said = f"{table.file.name}: {head}, the largest is {largest:.3g}; read in {unit}"
    scale = np.pi / 180.0 if degrees else 1.0
    return {name: scale * v if name in turning else v for name, v in found.items()}, said


class _Axes:
    """The axes of the bone in the frame of the tibia of a model: from the centres of its joints."""

    def __init__(self, model: Model, tibia: str, side: BodySide) -> None:
        self.tibia, self.side = tibia, side
        if tibia not in model.joints:
            raise InputError(f"{str(model.file)!r}: no joint moves the body {tibia!r}.")
        self.knee_joint = model.joints[tibia]
        below = [joint for joint in model.joints.values() if joint.parent == tibia]
        ankles = [j for j in below if "ankle" in j.name.lower() or "talus" in j.child.lower()] or below
        if len(ankles) != 1:
            names = ", ".join(j.name for j in below) or "none"
            raise InputError(f"{str(model.file)!r}: the joints below {tibia!r} are {names}; needed: one ankle.")
        self.ankle_joint = ankles[0]
        knee, ankle = self.knee_joint.child_frame[:3, 3], self.ankle_joint.parent_frame[:3, 3]
        reach = float(np.linalg.norm(knee - ankle))
        if not 0.15 <= reach <= 0.7:
            raise InputError(f"{str(model.file)!r}: knee and ankle are {reach:g} m apart; allowed: 0.15 to 0.7 m.")
        along = (knee - ankle) / reach
        oblique = float(np.degrees(np.arccos(np.clip(along[1], -1.0, 1.0))))
        if oblique > _MOST_OBLIQUE_DEG:
            raise InputError(
                f"{str(model.file)!r}: y of {tibia!r} stands {oblique:.0f} degrees from the line of ankle and knee; "
                f"allowed: up to {_MOST_OBLIQUE_DEG:g}. Models of OpenSim have y proximal and x anterior."
            )
        ahead = np.array([1.0, 0.0, 0.0]) - along[0] * along
        ahead /= np.linalg.norm(ahead)
        self.axes = np.stack([ahead, along, np.cross(ahead, along)])
        self.origin = ankle + _PLAFOND * (knee - ankle)
        self.length_mm = 1000.0 * reach * (1.0 - _PLAFOND - _PLATEAU)
        self.said = (
            f"axes: y from the ankle centre to the knee centre, {1000 * reach:.1f} mm, {oblique:.2g} degrees from "
            f"y of {tibia}; x that of {tibia} across it, the plane of progression and not the front of the plateau; "
            f"plafond {100 * _PLAFOND:.1f} % above the ankle centre, plateau {100 * _PLATEAU:.1f} % below the "
            "knee centre, "
            f"{self.length_mm:.1f} mm apart"
        )

    def vectors(self, vectors: Floats) -> Floats:
        """Forces in the axes of a right bone."""
        return side_vectors(vectors @ self.axes.T, self.side)

    def moments(self, moments: Floats) -> Floats:
        """Moments in N·mm of moments in N·m."""
        return 1000.0 * side_moments(moments @ self.axes.T, self.side)

    def points(self, points: Floats) -> Floats:
        """Points in mm from the plafond, of points in m."""
        return 1000.0 * self.vectors(points - self.origin)

    def reaction(self, motion: Motion, table: Storage, joint: Joint, time_s: Floats) -> tuple[Wrench | None, str]:
        """Reaction of a joint on the tibia, and as what it was read."""
        columns = re.compile(rf"(?:.*_)?{re.escape(joint.name)}_on_(.+)_in_(.+)_fx")
        found = [(name, match) for name in table.columns if (match := columns.fullmatch(name))]
        if not found:
            return None, f"no reaction of {joint.name} in {table.file.name}"
        name, match = found[0]
        bodies = (joint.parent, joint.child)
        on, frame = (_body(part, (*bodies, GROUND), table, name) for part in match.groups())
        if on not in bodies:
            raise InputError(f"{str(table.file)!r}: {name} acts on {on!r}; {joint.name} joins {' and '.join(bodies)}.")
        sign = 1.0 if on == self.tibia else -1.0
        stem = name.removesuffix("fx")
        force, moment = (np.column_stack([table.at(f"{stem}{k}{axis}", time_s) for axis in "xyz"]) for k in "fm")
        place = motion.place(frame, self.tibia)
        if f"{stem}px" in table.columns:
            at = np.column_stack([table.at(f"{stem}p{axis}", time_s) for axis in "xyz"])
            point = np.einsum("fij,fj->fi", place[:, :3, :3], at) + place[:, :3, 3]
        else:
            own = joint.parent_frame if on == joint.parent else joint.child_frame
            point = (motion.place(on, self.tibia) @ own)[:, :3, 3]
        force, moment = (sign * np.einsum("fij,fj->fi", place[:, :3, :3], v) for v in (force, moment))
        said = f"reaction of {joint.name} on {on} in the frame of {frame}"
        said += "" if sign > 0.0 else f", reversed to that on {self.tibia}"
        said += "" if frame == self.tibia else f", turned into its frame by the motion of {self.tibia}"
        return Wrench(self.vectors(force), self.moments(moment), self.points(point)), said


def _body(name: str, known: tuple[str, ...], table: Storage, column: str) -> str:
    """Body that a frame in a column's name belongs to: itself or an offset frame of it."""
    plain = re.sub(r"_offset$", "", name).removeprefix("_")
    if plain not in known:
        raise InputError(
            f"{str(table.file)!r}: the column {column} names the frame {name!r}; allowed: {', '.join(known)}."
        )
    return plain


def _prefixes(table: Storage) -> list[str]:
    return [name.removesuffix("_fx") for name in table.columns if name.endswith("_fx")] or list(table.columns)


def _muscles(
    model: Model, table: Storage, motion: Motion, axes: _Axes, time_s: Floats
) -> tuple[tuple[MusclePoint, ...], list[str]]:
    """What the muscles do to the tibia, and what was left out."""
    touching = [m for m, points in model.muscles.items() if any(point.body == axes.tibia for point in points)]
    held = [muscle for muscle in touching if muscle in table.columns]
    if not held:
        raise InputError(
            f"{str(table.file)!r} has no column of a muscle of {axes.tibia!r}; needed: such as "
            f"{', '.join(touching[:5])}."
        )
    found = []
    for muscle in held:
        tension = table.at(muscle, time_s)
        if tension.min() < -1.0:
            raise InputError(
                f"{str(table.file)!r}: {muscle} pushes with {-tension.min():g} N; a muscle pulls, tension is positive."
            )
        forces = [f for f in motion.point_forces(muscle, tension, axes.tibia) if f.body == axes.tibia]
        for number, f in enumerate(forces):
            wrench = Wrench(axes.vectors(f.force), np.zeros_like(f.force), axes.points(f.point))
            found.append(MusclePoint(muscle, number, tension, wrench))
    said = [
        f"{len(held)} muscles of {axes.tibia} from {table.file.name}, along their paths, with T (u₋ + u₊) at each point"
    ]
    absent = [muscle for muscle in touching if muscle not in table.columns]
    if absent:
        said.append(f"without a column, and so without force: {', '.join(absent)}")
    wrapped = [f"{m} ({', '.join(model.wrapped[m])})" for m in held if model.wrapped[m]]
    if wrapped:
        said.append(f"wrap objects are left out, paths run straight past them: {', '.join(wrapped)}")
    return tuple(found), said


def _assumed(motion: Motion) -> list[str]:
    if not motion.assumed:
        return []
    values = ", ".join(f"{name} {value:g}" for name, value in motion.assumed.items())
    return [f"coordinates that the kinematics lack have the value of the model: {values}"]


def _reserves(model: Model, table: Storage, motion: Motion, axes: _Axes, time_s: Floats) -> list[str]:
    """What reserve actuators give at ankle and knee, of the largest moment of the muscles about the same axis."""
    beyond = _beyond(model, axes.tibia)
    said = []
    for joint, frame, moved in (
        (axes.ankle_joint, axes.ankle_joint.parent_frame, beyond),
        (axes.knee_joint, axes.knee_joint.child_frame, beyond | {axes.tibia}),
    ):
        driven = next(((axis, name) for axis, name, _ in joint.rotations if name), None)
        names = [] if driven is None else [n for n in table.columns if "reserve" in n.lower() and str(driven[1]) in n]
        if driven is None or not names:
            continue
        reserve = max(float(np.abs(table.at(name, time_s)).max()) for name in names)
        total = np.zeros((len(time_s), 3))
        for muscle, points in model.muscles.items():
            bodies = {point.body for point in points}
            if muscle in table.columns and bodies & moved and not bodies <= moved:
                for f in motion.point_forces(muscle, table.at(muscle, time_s), axes.tibia):
                    if f.body in moved:
                        total += np.cross(f.point - frame[:3, 3], f.force)
        share = reserve / max(float(np.abs(total @ (frame[:3, :3] @ driven[0])).max()), 1e-9)
        warning = (
            ""
            if share <= _MOST_RESERVE
            else (f"; WARNING: more than {100 * _MOST_RESERVE:.0f} %, so muscles and reactions miss what it does")
        )
        said.append(
            f"reserve of {driven[1]}: {reserve:.2g} N·m, {100 * share:.1f} % of the moment of the muscles{warning}"
        )
    return said or [f"no reserve actuators of {axes.ankle_joint.name} and {axes.knee_joint.name} in {table.file.name}"]


def _check(found: TibiaForces, files: OpenSimFiles) -> None:
    """Refuse an ankle that pulls, and forces that do not belong together."""
    largest = float(np.linalg.norm(found.ankle.force, axis=1).max())
    axial = found.ankle.force[:, 1]
    if largest == 0.0 or axial.min() < -_MOST_PULL * largest or axial.max() < 0.5 * largest:
        k = int(np.argmax(np.linalg.norm(found.ankle.force, axis=1)))
        x, y, z = found.ankle.force[k]
        raise InputError(
            f"{str(files.reactions)!r}: the largest ankle force, at {found.time_s[k]:g} s, is ({x:.0f}, "
            f"{y:.0f}, {z:.0f}) N "
            f"on the tibia and the smallest along it {axial.min():.0f} N; a joint bears no tension. Were signs "
            "changed, is "
            "it another side's or trial's motion, or is the model another one?"
        )
    residual = found.residual_n
    if residual is not None and float(residual.max()) > _LARGEST_RESIDUAL * largest:
        raise InputError(
            f"forces on the tibia do not balance: {residual.max():.0f} N are left at "
            f"{found.time_s[residual.argmax()]:g} s, "
            f"{100 * residual.max() / largest:.0f} % of the largest ankle force; allowed: "
            f"{100 * _LARGEST_RESIDUAL:.0f} %. "
            "Reactions and muscle forces must be of one trial and one model, and no muscle may be missing."
        )


def _residual(found: TibiaForces) -> str:
    residual = found.residual_n
    if residual is None:
        return "equilibrium is not checked, as the reaction of the knee is missing"
    weight = found.body_mass_kg * G
    return (
        f"equilibrium: ankle, knee and muscles leave up to {residual.max() / weight:.3f} BW, the gravity and "
        "inertia of the "
        "shank, which are in no file and are left out"
    )
