# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The leg in three dimensions: from ground reaction force and posture to muscle and joint forces on the tibia.

The foot is in balance (its weight and inertia are neglected). About the flexion axis of the ankle the ground reaction
is balanced by the plantarflexors, about the long axis of the foot by what the deep muscles behind both malleoli share
among them; the ankle contact carries the rest, a frontal moment as an offset of the contact, and an axial moment. About
the knee's flexion axis ground reaction and gastrocnemii are balanced by the quadriceps or the hamstrings; its other
moments are carried by the condyles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import centers_of, tendon_beyond
from fea.case import BoneDescription, LegModel, MuscleGroup
from fea.loading.ground import GroundForce
from fea.loading.posture import Placement

Floats = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class LegForces:
    """Forces over one contact, in body weights and BW·mm, in the frame of a right tibia.

    Attributes
    ----------
    ankle_contact : ndarray, float64, (frames, 3)
        Contact force of the talus on the tibia.
    ankle_moment_bw_mm : ndarray, float64, (frames, 3)
        Moment of the talus on the tibia about the centre of the ankle; none about its flexion axis.
    tensions : dict of str to ndarray, float64, (frames,)
        Tension in the muscle of each path of the bone.
    achilles, quadriceps : ndarray, float64, (frames,)
        Size of the tendon forces.
    flexion_moment_mm, knee_moment_mm : ndarray, float64, (frames,)
        Moment of the ground reaction about ankle (dorsiflexing) and knee (flexing), in BW·mm.
    """

    ankle_contact: Floats
    ankle_moment_bw_mm: Floats
    tensions: dict[str, Floats]
    achilles: Floats
    quadriceps: Floats
    flexion_moment_mm: Floats
    knee_moment_mm: Floats

    @property
    def contact_lateral_mm(self) -> Floats:
        """Offset of the ankle contact to lateral that its frontal moment amounts to, mm, (frames,)."""
        axial = np.maximum(self.ankle_contact[:, 1], _NEGLIGIBLE)
        return np.asarray(-self.ankle_moment_bw_mm[:, 0] / axial)


def leg_forces(leg: LegModel, bone: BoneDescription, placed: Placement, ground: GroundForce) -> LegForces:
    """Muscle and joint forces over one contact; moment arms grow with the size of the leg.

    Parameters
    ----------
    leg : LegModel
        Moment arms and sharing.
    bone : BoneDescription
        The tibia, which says how the muscles run along it.
    placed : Placement
        Posture of foot and shank.
    ground : GroundForce
        Ground reaction.
    """
    size = placed.size
    force, moment = _ground_on_foot(placed, ground)
    forward = np.column_stack([np.cos(placed.progression), np.zeros_like(placed.lean), np.sin(placed.progression)])
    flexion = np.column_stack([-np.sin(placed.progression), np.zeros_like(placed.lean), np.cos(placed.progression)])
    dorsiflexing = np.einsum("fi,fi->f", moment, flexion)
    reversal = size * leg.reversal_mm * np.maximum(ground.vertical_bw, 0.0)
    flexors = _eased(dorsiflexing, reversal) / (size * _mean_arm(leg))
    lifters = _eased(-dorsiflexing, reversal) / (size * _arm(leg.dorsiflexors))
    triceps = leg.triceps_share * flexors
    lines = _lines(leg, bone)
    fixed = {**_split(leg.triceps, triceps), **_split(leg.dorsiflexors, lifters)}
    offset = size * leg.contact_lateral_mm.value(ground.phase)
    inverting = np.einsum("fi,fi->f", moment, forward) + offset * force[:, 1]
    inverting += _inverting(lines, fixed, forward, offset)
    deep = _balanced(leg, lines, flexors - triceps, inverting, forward, offset)
    tension = {**fixed, **deep}
    # What a muscle pulls down on the tibia it pulls up on the foot, and the foot hands it to the ankle.
    contact = force - sum(tension[name][:, None] * lines[name].towards for name in lines)
    carried = moment + _moments(lines, tension)
    carried -= np.einsum("fi,fi->f", carried, flexion)[:, None] * flexion
    knee = -(moment[:, 2] + size * leg.reference_length_mm * force[:, 0])
    gastrocnemius = sum(tension[name] for name, m in leg.triceps.muscles.items() if m.path is None)
    extend = knee + gastrocnemius * size * leg.gastrocnemius_knee_arm_mm
    quadriceps = _eased(extend, reversal) / (size * _arm(leg.quadriceps))
    hamstrings = _eased(-extend, reversal) / (size * _arm(leg.hamstrings))
    at_knee = {**_split(leg.quadriceps, quadriceps), **_split(leg.hamstrings, hamstrings)}
    paths = {m.path: {**tension, **at_knee}[name] for name, m in leg.muscles.items() if m.path is not None}
    return LegForces(contact, carried, paths, triceps, quadriceps, dorsiflexing, knee)


def tibial_axes(placed: Placement) -> Floats:
    """Axes of the tibia x, y, z as rows, (frames, 3, 3), along progression, up, and to lateral."""
    along = np.column_stack([np.tan(placed.lean), np.ones_like(placed.lean), np.tan(placed.lean_lateral)])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    ahead = np.array([1.0, 0.0, 0.0]) - along[:, :1] * along
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    return np.stack([ahead, along, np.cross(ahead, along)], axis=1)


@dataclass(frozen=True)
class _Line:
    """Line of a tendon at the ankle: its pull on the tibia and its moment on the foot, for a tension of 1 BW.

    The moment of one that passes the ankle without a pulley is left to the moment arms of the leg model: its tendon
    lies in the plane of the foot.
    """

    towards: Floats
    moment: Floats


def _lines(leg: LegModel, bone: BoneDescription) -> dict[str, _Line]:
    """Line of each muscle at the ankle, by name."""
    found = {}
    for name, muscle in leg.ankle_muscles.items():
        if muscle.path is None:
            pull = np.array(muscle.direction)
            found[name] = _Line(pull / np.linalg.norm(pull), np.zeros(3))
            continue
        path = bone.paths[muscle.path]
        point, pull = tendon_beyond(bone, path, centers_of(bone))
        found[name] = _Line(pull, np.cross(point, -pull) if path.pulleys else np.zeros(3))
    return found


def _ground_on_foot(placed: Placement, ground: GroundForce) -> tuple[Floats, Floats]:
    """Force in BW, and moment about the ankle in BW·mm, of the ground on the foot, (frames, 3), tibial frame."""
    force = np.column_stack([ground.forward_bw, ground.vertical_bw, ground.lateral_bw])
    arm = np.column_stack([placed.ahead_mm, -placed.height_mm, placed.lateral_mm])
    moment = np.cross(arm, force)
    moment[:, 1] += ground.free_moment_bw_mm
    axes = tibial_axes(placed)
    return np.einsum("fij,fj->fi", axes, force), np.einsum("fij,fj->fi", axes, moment)


def _balanced(
    leg: LegModel, lines: dict[str, _Line], deep: Floats, inverting: Floats, forward: Floats, offset: Floats
) -> dict[str, Floats]:
    """Tension of the deep muscles, (frames,): how those of both malleoli share balances the foot in the frontal plane.

    ``deep`` (frames,) is their sum, ``inverting`` (frames,) the moment about the foot's long axis that they are to
    balance: that of all else less what the contact may bear by its offset. What they cannot, the contact bears.
    """
    sides = (_split(leg.invertors, np.ones_like(deep)), _split(leg.evertors, np.ones_like(deep)))
    arms = [_inverting(lines, side, forward, offset) for side in sides]
    share = np.clip(-(inverting + deep * arms[1]) / _safe(deep * (arms[0] - arms[1])), 0.0, 1.0)
    inward, outward = share * deep, (1.0 - share) * deep
    return {**_split(leg.invertors, inward), **_split(leg.evertors, outward)}


def _eased(value: Floats, over: Floats) -> Floats:
    """The positive part of values (frames,), without a corner where they change sign.

    Within ``over`` (frames,) on either side of 0 it is the parabola (v + o)² / 4o, so that the parts of v and of −v
    still differ by v: the moment of two muscle groups stays in balance. Elsewhere it is the positive part itself.
    """
    near = np.abs(value) < over
    inside = (value + over) ** 2 / (4.0 * np.where(near, over, 1.0))
    return np.where(near, inside, np.maximum(value, 0.0))


def _safe(values: Floats) -> Floats:
    return np.where(np.abs(values) > _NEGLIGIBLE, values, np.inf)


def _inverting(lines: dict[str, _Line], tension: dict[str, Floats], forward: Floats, offset: Floats) -> Floats:
    """Moment of tendons about the foot's long axis less what the contact bears by its offset, (frames,).

    A tendon presses the joint together, so that it also adds to what the offset bears.
    """
    axial = sum(force * lines[name].towards[1] for name, force in tension.items())
    return np.asarray(np.einsum("fi,fi->f", _moments(lines, tension), forward) - offset * axial)


def _moments(lines: dict[str, _Line], tension: dict[str, Floats]) -> Floats:
    """Moment of tendons on the foot about the ankle, (frames, 3)."""
    return np.asarray(sum(force[:, None] * lines[name].moment for name, force in tension.items()))


def _mean_arm(leg: LegModel) -> float:
    """Moment arm in mm of the force of all plantarflexors."""
    return leg.triceps_share * _arm(leg.triceps) + (1.0 - leg.triceps_share) * leg.deep_arm_mm


def _arm(group: MuscleGroup) -> float:
    assert group.arm_mm is not None
    return group.arm_mm


def _split(group: MuscleGroup, force: Floats) -> dict[str, Floats]:
    """Tension of each muscle of a group, (frames,)."""
    return {name: muscle.share * force for name, muscle in group.muscles.items()}
