# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Position of the foot and lean of the shank, frame by frame, for a leg of given size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Posture

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
    """

    ahead_mm: Floats
    height_mm: Floats
    lean: Floats
    size: float


def placement(posture: Posture, phase: Floats, size: float, cop_factor: float) -> Placement:
    """Placement at ``phase`` (frames,), fractions of the contact time.

    ``cop_factor`` is what the shoe does to the distance of the centre of pressure from the ankle.
    """
    return Placement(
        size * cop_factor * posture.cop_ahead_of_ankle_mm.value(phase),
        size * posture.ankle_height_mm.value(phase),
        np.deg2rad(posture.shank_lean_deg.value(phase)),
        size,
    )
