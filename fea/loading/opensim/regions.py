# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From the forces of a trial to regions of a bone: each keeps its resultant, wherever the bone takes it up."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.bone import BoneShape, centers_of, fibular_ends
from fea.case import BodySide, BoneDescription, MusclePath
from fea.errors import InputError
from fea.loading.frames import LoadHistory
from fea.loading.opensim.trial import G, Interval, MusclePoint, OpenSimFiles, TibiaForces, Wrench, read_tibia_forces
from fea.loading.traction import UnitLoad

Floats = npt.NDArray[np.float64]

_CONTACT = "plafond"
_PATELLAR = "patellar_tendon"
_NAMES = {
    "soleus": r"sol",
    "tibialis_posterior": r"tib_?post|tibialis_?post",
    "flexor_digitorum_longus": r"flex_?dig|fdl",
    "flexor_hallucis_longus": r"flex_?hal|fhl",
    "peroneus_longus": r"(per|fib)_?long|perl",
    "peroneus_brevis": r"(per|fib)_?brev|perb",
    "tibialis_anterior": r"tib_?ant|tibialis_?ant",
    "extensor_digitorum_longus": r"ext_?dig|edl|ext_?hal|ehl|per_?tert",
    _PATELLAR: r"vas|rect_?fem|recfem|quad",
    "semimembranosus": r"semimem",
    "biceps_femoris_long_head": r"bi(ceps)?_?fem|bflh|bfsh|bifem",
}
"""Muscle path of the bone by how names of muscles in models begin."""


@dataclass(frozen=True)
class ImportedLoads:
    """A load history, the forces that it was made from, on the bone's length, and an account of both."""

    history: LoadHistory
    forces: TibiaForces
    account: tuple[str, ...]


_Attachment = tuple[str, float, Floats]
"""Region, share of the force, and point (3,) in mm."""


def import_opensim(
    files: OpenSimFiles, bone: BoneDescription, side: BodySide, interval: Interval, *, name: str | None = None
) -> ImportedLoads:
    """Load history of a tibia from a trial of OpenSim, in the frame of the right bone.

    The knee's reaction is not among the loads: the supports of the bone give what balances the rest.

    Parameters
    ----------
    files : OpenSimFiles
        Model, joint reactions, muscle forces, kinematics, and ground force if the contact is to be found.
    bone : BoneDescription
        The tibia.
    side : {"right", "left"}
        Side of the limb.
    interval : Interval
        Which part of the trial.
    name : str, optional
        Name of the history; that of the file of reactions by default.

    Raises
    ------
    fea.errors.InputError
        Files that cannot be read or do not fit together, forces that no tibia bears, or a bone that is none.
    """
    if bone.bone != "tibia":
        raise InputError(f"the bone {bone.name!r} is a {bone.bone}; an import from OpenSim is for a tibia.")
    read = read_tibia_forces(files, side, interval)
    forces = read.scaled(bone.length_mm * bone.magnification)
    onto = _Onto(bone)
    onto.add(forces.ankle, [(_CONTACT, 1.0, onto.center(_CONTACT))])
    for point in forces.muscles:
        onto.take(point, forces.length_mm)
    loads = {
        UnitLoad(region, moment, axis): wrench[:, axis + 3 * moment]
        for region, wrench in onto.wrenches.items()
        for moment in (False, True)
        for axis in range(3)
    }
    kept = {load: size for load, size in loads.items() if np.abs(size).max() > 0.0}
    name = name or re.sub(r"[^A-Za-z0-9_.-]", "_", files.reactions.stem).lstrip("_.-")[:64] or "opensim"
    history = LoadHistory(name, tuple(kept), np.column_stack(list(kept.values())), forces.time_s - forces.time_s[0])
    account = (
        *read.account,
        *onto.said(),
        *_peaks(forces, bone),
        _said_of_length(read.length_mm, forces.length_mm, bone),
    )
    return ImportedLoads(history, replace(forces, account=account), account)


def _peaks(forces: TibiaForces, bone: BoneDescription) -> list[str]:
    """Ankle force and internal loads, to be held against published ones."""
    weight, time_s = forces.body_mass_kg * G, forces.time_s
    axial = forces.ankle.force[:, 1]
    said = [f"ankle force: up to {axial.max() / weight:.2f} BW along the tibia at {time_s[axial.argmax()]:.3f} s"]
    for center in BoneShape(bone).centre(np.array([0.33, 0.5])):
        force, moment = forces.internal(center)
        level = 100.0 * center[1] / forces.length_mm
        said.append(
            f"at {level:.0f} % of the length, about the centre of the section: compression up to "
            f"{force[:, 1].max() / weight:.2f} BW; moments of the part above on that below: sagittal "
            f"{_span(-moment[:, 2])} N·m, positive where the front "
            f"is stretched, frontal {_span(-moment[:, 0])}, positive where the medial side is, torsion "
            f"{_span(-moment[:, 1])}"
        )
    return said


def _span(moment: Floats) -> str:
    return f"{moment.min() / 1000.0:.1f} to {moment.max() / 1000.0:.1f}"


def _said_of_length(own_mm: float, bone_mm: float, bone: BoneDescription) -> str:
    return (
        f"places and moments times {bone_mm / own_mm:.4f}, from {own_mm:.1f} mm of the model to {bone_mm:.1f} mm of "
        f"{bone.name}; forces as they are. Run it with the mass of the model; times count from the start of the "
        "interval"
    )


class _Onto:
    """Forces and moments on the regions of a bone, gathered one after the other."""

    def __init__(self, bone: BoneDescription) -> None:
        self.bone, self.centers = bone, centers_of(bone)
        self.wrenches: dict[str, Floats] = {}
        self.where: dict[str, dict[str, None]] = {}
        self.near: dict[str, dict[str, None]] = {}
        self.tendon: dict[str, None] = {}

    def center(self, region: str) -> Floats:
        if region not in self.centers:
            raise InputError(f"the bone {self.bone.name!r} has no region {region!r}, on which a trial's forces act.")
        return self.centers[region]

    def add(self, wrench: Wrench, attachments: list[_Attachment]) -> None:
        """Share a force among regions; the first one takes the moment that keeps its line of action."""
        rest = wrench.about(np.zeros(3))
        for region, share, point in attachments:
            force = share * wrench.force
            rest = rest - np.cross(point, force)
            self._on(region, force, np.cross(point - self.center(region), force))
        self._on(attachments[0][0], 0.0 * wrench.force, rest)

    def _on(self, region: str, force: Floats, moment: Floats) -> None:
        self.wrenches[region] = self.wrenches.get(region, 0.0) + np.hstack([force, moment])

    def take(self, point: MusclePoint, length_mm: float) -> None:
        """Put what a muscle does at one of its points on the bone."""
        name = next((path for path, begins in _NAMES.items() if re.match(begins, point.muscle, re.IGNORECASE)), None)
        path = self.bone.paths.get(name) if name else None
        level = float(point.wrench.point[:, 1].mean()) / length_mm
        if name == _PATELLAR and path is not None and path.towards is not None and level > 1.0:
            towards = np.array(path.towards) / np.linalg.norm(path.towards)
            region = path.region or _PATELLAR
            none = np.zeros_like(point.wrench.force)
            self._on(region, point.tension[:, None] * towards, none)
            self.tendon[point.muscle] = None
            return
        attachments = self._nearest(point) if path is None else self._of_path(path, point, length_mm)
        self.add(point.wrench, attachments)
        where = self.where if path is not None else self.near
        where.setdefault(" + ".join(dict.fromkeys(a[0] for a in attachments)), {})[point.muscle] = None

    def _of_path(self, path: MusclePath, point: MusclePoint, length_mm: float) -> list[_Attachment]:
        if path.pulleys and point.number:
            region = path.pulleys[0].region
            return [(region, 1.0, self.center(region))]
        found = [] if path.region is None else [(path.region, 1.0 - path.fibular_share, self.center(path.region))]
        fibula = self.bone.fibula
        if fibula is None or path.fibular_level is None or not path.fibular_share:
            return found or self._nearest(point)
        distal, proximal = fibular_ends(self.bone)
        height = float(point.wrench.point[:, 1].mean()) if path.region is None else path.fibular_level * length_mm
        upper = float(np.clip((height - distal[1]) / (proximal[1] - distal[1]), 0.0, 1.0))
        found.append((fibula.proximal.region, upper * path.fibular_share, proximal))
        found.append((fibula.distal.region, (1.0 - upper) * path.fibular_share, distal))
        return [attachment for attachment in found if attachment[1] > 0.0]

    def _nearest(self, point: MusclePoint) -> list[_Attachment]:
        middle = point.wrench.point.mean(axis=0)
        shaft = [name for name, region in self.bone.regions.items() if region.on == "shaft"]
        region = min(shaft, key=lambda name: float(np.linalg.norm(self.center(name) - middle)))
        return [(region, 1.0, self.center(region))]

    def said(self) -> list[str]:
        """Which muscle acts where."""
        said = [
            f"regions: ankle on {_CONTACT}; {_listed(self.where)}. Each force keeps its line of action, by a "
            "moment on its region"
        ]
        if self.near:
            said.append(f"muscles that the bone has no region for, on the nearest one: {_listed(self.near)}")
        if self.tendon:
            said.append(
                f"{', '.join(self.tendon)} end above the plateau in the model, on a patella that moves with the "
                "tibia: their "
                "tension pulls along the patellar tendon of the bone instead, and the condyles bear what that changes"
            )
        return said


def _listed(where: dict[str, dict[str, None]]) -> str:
    return "; ".join(f"{', '.join(muscles)} on {regions}" for regions, muscles in where.items())
