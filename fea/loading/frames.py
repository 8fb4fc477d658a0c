# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From an activity and a body to frames: how much of each unit load acts at each instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Case

Floats = npt.NDArray[np.float64]

_LEAST = 1e-12


@dataclass(frozen=True)
class UnitLoad:
    """A load of 1 N or 1 N·mm on a region.

    ``axis`` counts anterior, proximal, lateral as 0, 1, 2; a moment is about the region's centroid.
    """

    region: str
    moment: bool
    axis: int


@dataclass(frozen=True)
class LoadHistory:
    """Frames of an activity as coefficients of unit loads.

    Attributes
    ----------
    name : str
        Name of the activity.
    loads : tuple of UnitLoad
        The columns.
    coefficients : ndarray, float64, (frames, loads)
        N for forces, N·mm for moments.
    time_s : ndarray, float64, (frames,)
        Time of each frame from first contact, rising; a single instant stands at 0.
    """

    name: str
    loads: tuple[UnitLoad, ...]
    coefficients: Floats
    time_s: Floats


def load_history(case: Case) -> LoadHistory:
    """Return the frames of the case's activity for its body, in the bone frame.

    Loads of the same kind on the same region are added; those that are zero are left out.
    """
    total: dict[UnitLoad, float] = {}
    for force in case.activity.forces.values():
        turn = np.eye(3) if force.tilt is None else force.tilt.rotation()
        for moment, vector in ((False, force.vector_bw), (True, force.moment_bw_mm)):
            value = force.share * case.body_weight_n * (turn @ np.array(vector))
            for axis in range(3):
                load = UnitLoad(force.region, moment, axis)
                total[load] = total.get(load, 0.0) + float(value[axis])
    kept = {load: value for load, value in total.items() if abs(value) > _LEAST}
    return LoadHistory(case.activity.name, tuple(kept), np.array([list(kept.values())]), np.zeros(1))
