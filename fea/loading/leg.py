# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The leg in the sagittal plane: from ground reaction force and posture to muscle and joint forces on the tibia.

The foot is in balance (its weight and inertia are neglected): the moment of the ground reaction force
about the ankle is that of the plantarflexors, and the ankle contact carries what both leave. About the
knee the ground reaction force and the gastrocnemii are balanced by the quadriceps or the hamstrings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import LegModel, MuscleGroup
from fea.loading.ground import GroundForce
from fea.loading.posture import Placement

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LegForces:
    """Forces over one contact, in body weights, bone frame (anterior, proximal, lateral).

    Attributes
    ----------
    ankle_contact : ndarray, float64, (frames, 3)
        Contact force of the talus on the tibia.
    regions : dict of str to ndarray, float64, (frames, 3)
        Pull of the muscles on each region of the bone.
    achilles, quadriceps : ndarray, float64, (frames,)
        Size of the tendon forces.
    ankle_moment_mm, knee_moment_mm : ndarray, float64, (frames,)
        Moment of the ground reaction force about ankle (dorsiflexing) and knee (flexing), in BW·mm.
    """

    ankle_contact: Floats
    regions: dict[str, Floats]
    achilles: Floats
    quadriceps: Floats
    ankle_moment_mm: Floats
    knee_moment_mm: Floats


def leg_forces(leg: LegModel, placed: Placement, ground: GroundForce) -> LegForces:
    """Muscle and joint forces over one contact; moment arms grow with the size of the leg."""
    size, ahead, height, lean = placed.size, placed.ahead_mm, placed.height_mm, placed.lean
    length_mm = size * leg.reference_length_mm
    up, forward = ground.vertical_bw, ground.forward_bw
    ankle = ahead * up + height * forward
    flexors = np.maximum(ankle, 0.0) / (size * _mean_arm(leg))
    triceps = leg.triceps_share * flexors
    deep = flexors - triceps
    lifters = np.maximum(-ankle, 0.0) / (size * leg.dorsiflexors.arm_mm)
    gastrocnemius = triceps * sum(m.share for m in leg.triceps.muscles.values() if m.region is None)
    knee_ahead, knee_height = length_mm * np.sin(lean), height + length_mm * np.cos(lean)
    knee = (knee_ahead - ahead) * up - knee_height * forward
    extend = knee + gastrocnemius * size * leg.gastrocnemius_knee_arm_mm
    quadriceps = np.maximum(extend, 0.0) / (size * leg.quadriceps.arm_mm)
    hamstrings = np.maximum(-extend, 0.0) / (size * leg.hamstrings.arm_mm)
    shear = forward * np.cos(lean) - up * np.sin(lean)
    axial = forward * np.sin(lean) + up * np.cos(lean)
    contact = np.column_stack([shear, axial, np.zeros_like(up)])
    regions: dict[str, Floats] = {}
    for group, force in ((leg.triceps, triceps), (leg.deep_flexors, deep), (leg.dorsiflexors, lifters)):
        # What a muscle pulls down on the tibia it pulls up on the foot, and the foot hands it to the ankle.
        contact = contact - _pull(group, force, regions)
    for group, force in ((leg.quadriceps, quadriceps), (leg.hamstrings, hamstrings)):
        _pull(group, force, regions)
    return LegForces(contact, regions, triceps, quadriceps, ankle, knee)


def _mean_arm(leg: LegModel) -> float:
    """Moment arm in mm of the force of all plantarflexors."""
    return leg.triceps_share * leg.triceps.arm_mm + (1.0 - leg.triceps_share) * leg.deep_flexors.arm_mm


def _pull(group: MuscleGroup, force: Floats, regions: dict[str, Floats]) -> Floats:
    """Pull of a muscle group as a whole, (frames, 3); it is added to the regions where the muscles attach."""
    total = np.zeros((len(force), 3))
    for muscle in group.muscles.values():
        direction = np.array(muscle.direction) / np.linalg.norm(muscle.direction)
        pull = muscle.share * force[:, None] * direction
        total += pull
        if muscle.region is not None:
            regions[muscle.region] = regions.get(muscle.region, np.zeros_like(pull)) + pull
    return total
