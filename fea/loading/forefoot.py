# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The forefoot: from ground reaction force and posture to the forces on the head of one metatarsal.

Heel and forefoot share the ground force by the lever of the centre of pressure, and so do heads and toes.
Each ray carries its share. What presses under a head acts on the head; what presses under a toe comes in
through the joint. The foot is a truss: aponeurosis, toe flexors and ligaments of the sole are its tie. They pull on the
toe, which presses the head towards the heel: compression along the bone, and, because the bone rises from the ground
and the sole does not, a force to plantar, whose moment about the shaft is opposite to that of the ground force.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import FootModel
from fea.loading.ground import GroundForce
from fea.loading.posture import Placement

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ForefootForces:
    """Forces on one metatarsal over one contact, in body weights, bone frame (dorsal, proximal, lateral).

    Attributes
    ----------
    head : ndarray, float64, (frames, 3)
        Ground reaction force under the head.
    joint : ndarray, float64, (frames, 3)
        Force of the proximal phalanx on the head.
    tension : ndarray, float64, (frames,)
        Tension of the sole along this ray.
    forefoot_share, toe_share : ndarray, float64, (frames,)
        Parts of the ground force under heads and toes, and under toes alone.
    pitch : ndarray, float64, (frames,)
        Turn of the foot about the heads, heel upwards, in rad.
    """

    head: Floats
    joint: Floats
    tension: Floats
    forefoot_share: Floats
    toe_share: Floats
    pitch: Floats


def forefoot_forces(
    foot: FootModel, ray: str, inclination_deg: float, placed: Placement, ground: GroundForce
) -> ForefootForces:
    """Forces on the head of one metatarsal over one contact.

    Parameters
    ----------
    foot : FootModel
        Places of heel, heads and toes, shares of the rays, plantar aponeurosis tension.
    ray : str
        Name of the metatarsal.
    inclination_deg : float
        Angle of the bone to the ground, and to the sole, on a flat foot.
    placed : Placement
        Centre of pressure and height of the ankle.
    ground : GroundForce
        Ground reaction force.
    """
    pitch, heads = _turned(foot, placed)
    heel = placed.size * foot.heel_ahead_of_ankle_mm
    forefoot = np.clip((placed.ahead_mm - heel) / (heads - heel), 0.0, 1.0)
    toes = np.clip((placed.ahead_mm - heads) / (placed.size * foot.toes_ahead_of_heads_mm), 0.0, 1.0)
    share = foot.rays[ray].share
    rise = np.deg2rad(inclination_deg)
    force = _in_bone(ground, rise + pitch)
    strength = np.linalg.norm(force, axis=1)
    tension = foot.plantar_tension.per_forefoot_force * share * forefoot * strength
    sole = np.array([-np.sin(rise), np.cos(rise), 0.0])
    return ForefootForces(
        head=(share * (forefoot - toes))[:, None] * force,
        joint=(share * toes)[:, None] * force + tension[:, None] * sole,
        tension=tension,
        forefoot_share=forefoot,
        toe_share=toes,
        pitch=pitch,
    )


def heads_ahead(foot: FootModel, placed: Placement) -> Floats:
    """Distance of the heads in front of the ankle in mm, (frames,), as the foot turns about them."""
    return _turned(foot, placed)[1]


def _turned(foot: FootModel, placed: Placement) -> tuple[Floats, Floats]:
    """Turn of the foot about the heads (rad) and place of the heads in front of the ankle (mm).

    The foot is rigid from ankle to heads; it is flat where the ankle is lowest.
    """
    below, ahead = placed.size * foot.heads_below_ankle_mm, placed.size * foot.heads_ahead_of_ankle_mm
    reach = np.hypot(ahead, below)
    height = placed.height_mm - placed.height_mm.min() + below
    angle = np.arcsin(np.minimum(height / reach, 1.0))
    return angle - np.arcsin(below / reach), reach * np.cos(angle)


def _in_bone(ground: GroundForce, rise: Floats) -> Floats:
    """Ground force (frames, 3) in the frame of a bone that rises backwards by ``rise`` (frames,)."""
    up, forward = ground.vertical_bw, ground.forward_bw
    dorsal = up * np.cos(rise) + forward * np.sin(rise)
    proximal = up * np.sin(rise) - forward * np.cos(rise)
    return np.column_stack([dorsal, proximal, np.zeros_like(up)])
