# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Position of the foot and lean of the shank, frame by frame, for a leg of given size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Posture, StanceProfile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Position of foot and shank over one contact.

    Attributes
    ----------
    ahead_mm, height_mm : ndarray, float64, (frames,)
        Centre of pressure in front of the ankle; height of the ankle.
    lean : ndarray, float64, (frames,)
        Forward lean of the shank in rad.
    size : float
        Size of the leg relative to that of the average man.
    lateral_mm : ndarray, float64, (frames,)
        Centre of pressure lateral of the ankle, across the direction of progression.
    lean_lateral : ndarray, float64, (frames,)
        Lean of the shank in rad, its top towards lateral.
    progression : ndarray, float64, (frames,)
        Turn of the foot out of the direction of progression in rad, toes towards lateral.
    """

    ahead_mm: Floats
    height_mm: Floats
    lean: Floats
    size: float
    lateral_mm: Floats
    lean_lateral: Floats
    progression: Floats


def placement(posture: Posture, phase: Floats, size: float, cop_factor: float) -> Placement:
    """Placement at ``phase`` (frames,), fractions of the contact time.

    ``cop_factor`` is what the shoe does to the distance of the centre of pressure from the ankle.
    """
    return Placement(
        size * cop_factor * posture.cop_ahead_of_ankle_mm.value(phase),
        size * posture.ankle_height_mm.value(phase),
        np.deg2rad(posture.shank_lean_deg.value(phase)),
        size,
        size * _value(posture.cop_lateral_of_ankle_mm, phase),
        np.deg2rad(_value(posture.shank_lean_lateral_deg, phase)),
        np.deg2rad(_value(posture.foot_progression_deg, phase)),
    )


def _value(profile: StanceProfile | None, phase: Floats) -> Floats:
    return np.zeros_like(phase) if profile is None else profile.value(phase)
