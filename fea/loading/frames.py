# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From an activity and a body to frames: how much of each unit load acts at each instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Activity, Case, History, Stance
from fea.loading.ground import GroundForce, ground_force
from fea.loading.leg import LegForces, leg_forces

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
class Cycles:
    """How often the load comes on one leg: per km, or per session of an activity without distance."""

    per_km: float | None
    per_session: float | None


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
    cycles : Cycles, optional
        Load cycles of one leg; absent for a single instant.
    """

    name: str
    loads: tuple[UnitLoad, ...]
    coefficients: Floats
    time_s: Floats
    cycles: Cycles | None = None


def load_history(case: Case) -> LoadHistory:
    """Return the frames of the case's activity for its body, in the bone frame.

    Loads of the same kind on the same region are added; those that are zero are left out.
    """
    asked = case.activity
    if isinstance(asked, Stance):
        return _stance(case, asked)
    if isinstance(asked, History):
        return _given(case, asked)
    return _instant(case, asked)


def stance_forces(case: Case, stance: Stance) -> tuple[GroundForce, LegForces]:
    """Return the ground reaction force and the forces of the leg, in BW, before :func:`pack_and_shoe`.

    Contact time and path of the centre of pressure are those of the shoe.
    """
    contact = stance.what.contact_time_s.value(stance.demand) * stance.shoe.contact_time.factor
    rate = stance.step_rate_per_min if stance.what.step_rate_per_min is not None else np.nan
    ground = ground_force(stance.what, stance.demand, contact, rate)
    length = case.bone.length_mm * case.bone.magnification
    forces = leg_forces(stance.leg, stance.what.posture, ground, length, stance.shoe.cop_path.factor)
    return ground, forces


def pack_and_shoe(case: Case, stance: Stance) -> tuple[float, float]:
    """Return the factors of pack and shoe on the forces at ankle and knee."""
    carried = stance.pack_mass_kg / case.body_mass_kg
    ankle = (1.0 + stance.what.pack.ankle_gain * carried) * stance.shoe.ankle_force.factor
    return ankle, 1.0 + stance.what.pack.knee_gain * carried


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
    unit = case.body_weight_n if history.unit == "BW" else 1.0
    forces = {region: unit * np.array(rows) for region, rows in history.forces.items()}
    columns = _columns(forces)
    return LoadHistory(history.name, tuple(columns), np.column_stack(list(columns.values())), np.array(history.time_s))


def _columns(forces: dict[str, Floats]) -> dict[UnitLoad, Floats]:
    """Return the components in N that are not zero throughout, by unit load; at least one."""
    every = {UnitLoad(region, False, axis): f[:, axis] for region, f in forces.items() for axis in range(3)}
    kept = {load: values for load, values in every.items() if np.abs(values).max() > _LEAST}
    return kept or dict(list(every.items())[:1])


def _stance(case: Case, stance: Stance) -> LoadHistory:
    ground, forces = stance_forces(case, stance)
    ankle, knee = pack_and_shoe(case, stance)
    at_knee = {m.region for g in (stance.leg.quadriceps, stance.leg.hamstrings) for m in g.muscles.values()}
    regions = {stance.leg.contact_region: forces.ankle_contact, **forces.regions}
    columns = _columns(
        {r: case.body_weight_n * (knee if r in at_knee else ankle) * vector for r, vector in regions.items()}
    )
    coefficients = np.column_stack(list(columns.values()))
    return LoadHistory(stance.name, tuple(columns), coefficients, ground.time_s, _cycles(stance))


def _cycles(stance: Stance) -> Cycles:
    """Return cycles of one leg; a stride, two steps, is 2 · speed · 60 / step rate long."""
    if stance.what.step_rate_per_min is None:
        assert stance.what.repetitions_per_session is not None
        return Cycles(None, float(stance.what.repetitions_per_session))
    return Cycles(1000.0 * stance.step_rate_per_min / (2.0 * stance.demand * 60.0), None)
