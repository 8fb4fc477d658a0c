# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From an activity and a body to frames: the coefficient of each unit load at each instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Activity, Case, History, Stance, side_moments, side_vectors
from fea.loading.stance import ground_of, stance_loads
from fea.loading.traction import Load, UnitLoad

Floats = npt.NDArray[np.float64]

_LEAST = 1e-12


@dataclass(frozen=True)
class Cycles:
    """Load cycles of one leg: per km, or per session of an activity without distance."""

    per_km: float | None
    per_session: float | None


@dataclass(frozen=True)
class LoadHistory:
    """Frames of an activity as coefficients of unit loads.

    Attributes
    ----------
    name : str
        Name of the activity.
    loads : tuple of Load
        The columns.
    coefficients : ndarray, float64, (frames, loads)
        N for forces and tensions, N·mm for moments.
    time_s : ndarray, float64, (frames,)
        Time of each frame from first contact, rising; a single instant stands at 0.
    cycles : Cycles, optional
        Load cycles of one leg; absent for a single instant.
    """

    name: str
    loads: tuple[Load, ...]
    coefficients: Floats
    time_s: Floats
    cycles: Cycles | None = None


def load_history(case: Case) -> LoadHistory:
    """Frames of the case's activity for its body, in the frame of the right bone.

    A load history of a left limb is mirrored here, and nowhere else.

    Loads of the same kind on the same region are added; those that are zero are dropped.
    """
    asked = case.activity
    if isinstance(asked, Stance):
        return _stance(case, asked)
    if isinstance(asked, History):
        return _given(case, asked)
    return _instant(case, asked)


def _instant(case: Case, activity: Activity) -> LoadHistory:
    total: dict[UnitLoad, float] = {}
    for force in activity.forces.values():
        turn = np.eye(3) if force.tilt is None else force.tilt.rotation()
        for moment, vector in ((False, force.vector_bw), (True, force.moment_bw_mm)):
            value = force.share * case.body_weight_n * (turn @ np.array(vector))
            for axis in range(3):
                load = UnitLoad(force.region, moment, axis)
                total[load] = total.get(load, 0.0) + float(value[axis])
    kept = {load: value for load, value in total.items() if abs(value) > _LEAST}
    return LoadHistory(activity.name, tuple(kept), np.array([list(kept.values())]), np.zeros(1))


def _given(case: Case, history: History) -> LoadHistory:
    unit = case.force_factor
    loads: dict[Load, Floats] = {}
    for moment, table, mirrored in ((False, history.forces, side_vectors), (True, history.moments, side_moments)):
        for region, rows in table.items():
            values = unit * mirrored(np.array(rows), case.side)
            loads |= {UnitLoad(region, moment, axis): values[:, axis] for axis in range(3)}
    return _history(history.name, loads, np.array(history.time_s))


def _stance(case: Case, stance: Stance) -> LoadHistory:
    loads = {load: case.body_weight_n * size for load, size in stance_loads(case, stance).items()}
    return _history(stance.name, loads, ground_of(case, stance).time_s, _cycles(stance))


def _history(name: str, loads: dict[Load, Floats], time_s: Floats, cycles: Cycles | None = None) -> LoadHistory:
    """History of the loads that are not zero throughout; at least one is kept."""
    kept = {load: size for load, size in loads.items() if np.abs(size).max() > _LEAST} or dict(list(loads.items())[:1])
    return LoadHistory(name, tuple(kept), np.column_stack(list(kept.values())), time_s, cycles)


def more_loads(*cases: Case) -> tuple[UnitLoad, ...]:
    """Loads of given forces, which the usual ones of a bone may lack: all components on each region that they name."""
    found: dict[UnitLoad, None] = {}
    for case in cases:
        if isinstance(case.activity, Stance):
            continue
        for load in load_history(case).loads:
            assert isinstance(load, UnitLoad)
            found |= dict.fromkeys(UnitLoad(load.region, load.moment, axis) for axis in range(3))
    return tuple(found)


def _cycles(stance: Stance) -> Cycles:
    """Cycles of one leg; a stride, two steps, is 2 · speed · 60 / step rate long."""
    if stance.what.step_rate_per_min is None:
        assert stance.what.repetitions_per_session is not None
        return Cycles(None, float(stance.what.repetitions_per_session))
    return Cycles(1000.0 * stance.step_rate_per_min / (2.0 * stance.demand * 60.0), None)
