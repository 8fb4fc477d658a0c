# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Where ankle and shank are in the laboratory: from markers, or from a model of OpenSim and its coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.case import GroundTrial
from fea.errors import InputError
from fea.loading.measured.ground import axes_of
from fea.loading.measured.motion_capture import read_markers
from fea.loading.opensim import read_shank

Floats = npt.NDArray[np.float64]

_LOWEST_MM, _HIGHEST_MM = 20.0, 350.0
_MOST_LEAN_DEG = 75.0


@dataclass(frozen=True)
class Shank:
    """Ankle and knee centre over time, mm along forward, up and right of the laboratory.

    Attributes
    ----------
    ankle_mm, knee_mm : ndarray, float64, (frames, 3)
        Centres of the joints.
    """

    ankle_mm: Floats
    knee_mm: Floats

    @property
    def lean(self) -> tuple[Floats, Floats]:
        """Lean of the shank forward and to the right in rad, (frames,)."""
        along = self.knee_mm - self.ankle_mm
        return np.arctan2(along[:, 0], along[:, 1]), np.arctan2(along[:, 2], along[:, 1])


def measured_shank(trial: GroundTrial, time_s: Floats) -> Shank | None:
    """Ankle and knee at given times, if the trial says where they are.

    Raises
    ------
    fea.errors.InputError
        Markers or coordinates that cannot be read, do not cover the times, or put the shank where none can be.
    """
    if trial.ankle_markers:
        found = _of_markers(trial, time_s)
    elif trial.model is not None and trial.kinematics is not None:
        ankle, knee = read_shank(Path(trial.model), Path(trial.kinematics), trial.side, time_s)
        turn = axes_of(trial, "x", "y")
        found = Shank(1000.0 * ankle @ turn.T, 1000.0 * knee @ turn.T)
    else:
        return None
    height, lean = found.ankle_mm[:, 1], np.degrees(np.abs(np.stack(found.lean)))
    if not _LOWEST_MM <= height.min() <= _HIGHEST_MM or lean.max() > _MOST_LEAN_DEG:
        raise InputError(
            f"the ankle is {height.min():.0f} to {height.max():.0f} mm above the ground and the shank leans by up to "
            f"{lean.max():.0f} degrees; allowed: an ankle that comes down to {_LOWEST_MM:g} to "
            f"{_HIGHEST_MM:g} mm, and up to "
            f"{_MOST_LEAN_DEG:g} degrees. Which axis is up, and are these the ankle and the knee "
            "of the foot on the ground?"
        )
    return found


def _of_markers(trial: GroundTrial, time_s: Floats) -> Shank:
    file = Path(trial.ground)
    if file.suffix.lower() != ".c3d":
        raise InputError(f"markers are read from a .c3d; the ground force is in {str(file)!r}.")
    turn = axes_of(trial, "", "z")
    places = []
    for names in (trial.ankle_markers, trial.knee_markers):
        time, place = read_markers(file, names)
        if time_s[-1] > time[-1] + 1.5 * (time[1] - time[0] if len(time) > 1 else 0.0):
            raise InputError(f"the markers of {str(file)!r} end at {time[-1]:g} s, the contact at {time_s[-1]:g} s.")
        seen = np.isfinite(place).all(axis=1)
        inside = (time >= time_s[0]) & (time <= time_s[-1])
        if not seen[inside].all() or not seen.any():
            raise InputError(f"{str(file)!r}: a marker of {', '.join(names)} is not seen throughout the contact.")
        places.append(np.column_stack([np.interp(time_s, time[seen], column[seen]) for column in place.T]) @ turn.T)
    return Shank(places[0], places[1])
