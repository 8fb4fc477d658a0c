# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From a stance to the loads of a bone: by the leg on a tibia, by the forefoot on a metatarsal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fea.case import BoneDescription, Case, FootModel, LegModel, Stance
from fea.loading.forefoot import ForefootForces, forefoot_forces
from fea.loading.ground import GroundForce, contact_time, ground_force
from fea.loading.leg import LegForces, leg_forces
from fea.loading.posture import Placement, placement
from fea.loading.traction import Load, PathLoad, UnitLoad

Floats = npt.NDArray[np.float64]


def ground_of(case: Case, stance: Stance) -> GroundForce:
    """Ground reaction of a stance, in BW; contact time is that of the shoe, braking that of the carriage."""
    return _on_the_ground(case, stance)[0]


def placement_of(case: Case, stance: Stance) -> Placement:
    """Posture of a stance for the leg of the case's bone, with the shoe's path of the centre of pressure."""
    return _on_the_ground(case, stance)[1]


def leg_of(case: Case, stance: Stance) -> LegForces:
    """Forces of the leg on the case's tibia, in BW, before :func:`ankle_and_knee_factors`.

    Contact time and path of the centre of pressure are those of the shoe, braking that of the carriage.
    """
    ground, placed = _on_the_ground(case, stance)
    return leg_forces(stance.leg, case.bone, placed, ground)


def ray_forces(case: Case, stance: Stance) -> ForefootForces:
    """Forces on the head of the case's metatarsal, in BW, before :func:`forefoot_factor`."""
    ground, placed = _on_the_ground(case, stance)
    assert case.bone.inclination_deg is not None
    return forefoot_forces(stance.foot, case.bone.bone, case.bone.inclination_deg, placed, ground)


def ankle_and_knee_factors(case: Case, stance: Stance) -> tuple[float, float]:
    """Factors of pack and shoe on the forces at ankle and knee.

    The ground force has brought its own growth already, in running the weight's power that contact time leaves; it is
    taken out of the published growth.
    """
    weight, rule = _weight(case, stance), stance.what.contact_rule
    brought = weight ** (1.0 if rule is None else 1.0 - rule.weight_exponent)
    ankle, knee = (1.0 + gain * (weight - 1.0) for gain in (stance.what.pack.ankle_gain, stance.what.pack.knee_gain))
    return ankle / brought * stance.shoe.ankle_force.factor, knee / brought


def forefoot_factor(case: Case, stance: Stance) -> float:
    """Factor of the shoe on the forces of the forefoot; the pack is in the ground force."""
    return stance.shoe.forefoot_force.factor


def _weight(case: Case, stance: Stance) -> float:
    """Weight of body and pack over that of the body.

    The vertical force grows by about 10 N for each kg carried (Birrell 2007, Gait Posture 26:611; in proportion to the
    mass, Seay 2015, doi 10.1007/8415_2015_185).
    """
    return 1.0 + stance.pack_mass_kg / case.body_mass_kg


def stance_loads(case: Case, stance: Stance) -> dict[Load, Floats]:
    """Size (frames,) of each unit load of a stance in BW, of moments in BW·mm, with pack and shoe."""
    ground, placed = _on_the_ground(case, stance)
    factors = (forefoot_factor(case, stance), *ankle_and_knee_factors(case, stance))
    return limb_loads(stance.leg, stance.foot, case.bone, placed, ground, factors)


def limb_loads(
    leg: LegModel,
    foot: FootModel,
    bone: BoneDescription,
    placed: Placement,
    ground: GroundForce,
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> dict[Load, Floats]:
    """Size (frames,) of each unit load in BW, of moments in BW·mm, that a ground force puts on a bone.

    Parameters
    ----------
    leg, foot : LegModel, FootModel
        The models; the foot loads its metatarsals, the leg its tibia.
    bone : BoneDescription
        The bone.
    placed : Placement
        Posture.
    ground : GroundForce
        Ground force.
    factors : tuple of float
        Factors on the forces of forefoot, ankle and knee.
    """
    of_forefoot, ankle, knee = factors
    if bone.bone in foot.rays:
        assert bone.inclination_deg is not None
        ray = forefoot_forces(foot, bone.bone, bone.inclination_deg, placed, ground)
        return {
            UnitLoad(region, False, axis): of_forefoot * force[:, axis]
            for region, force in ((foot.head_region, ray.head), (foot.joint_region, ray.joint))
            for axis in range(3)
        }
    forces = leg_forces(leg, bone, placed, ground)
    contact: dict[Load, Floats] = {
        UnitLoad(leg.contact_region, moment, axis): ankle * values[:, axis]
        for moment, values in ((False, forces.ankle_contact), (True, forces.ankle_moment_bw_mm))
        for axis in range(3)
    }
    at_ankle = {muscle.path for muscle in leg.ankle_muscles.values()}
    muscles: dict[Load, Floats] = {
        PathLoad(path): (ankle if path in at_ankle else knee) * t for path, t in forces.tensions.items()
    }
    return {**contact, **muscles}


def size_of_leg(bone: BoneDescription, leg: LegModel) -> float:
    """Size of the leg relative to that of the average man."""
    of_tibia = bone.length_mm / leg.reference_length_mm if bone.bone == leg.bone else 1.0
    return of_tibia * bone.magnification


def _on_the_ground(case: Case, stance: Stance) -> tuple[GroundForce, Placement]:
    rate = stance.step_rate_per_min if stance.what.step_rate_per_min is not None else np.nan
    weight = _weight(case, stance)
    contact = contact_time(stance.what, stance.demand, rate, weight) * stance.shoe.contact_time.factor
    braking = stance.carriage.braking_force.factor
    ground = ground_force(stance.what, stance.demand, contact, rate, braking, weight)
    size = size_of_leg(case.bone, stance.leg)
    # A free moment is published in body weight times height.
    ground = replace(ground, free_moment_bw_mm=size * ground.free_moment_bw_mm)
    return ground, placement(stance.what.posture, ground.phase, size, stance.shoe.cop_path.factor)
