# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a training plan makes of a solved bone: damage by day and site, and the probability of a stress fracture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.answer import Clock
from fea.case import BoneDescription, Case, Fatigue, Options, Plan, Session, StrainMeasure, resolved_for
from fea.errors import InputError
from fea.risk import (
    RUN_IN_D,
    Exposure,
    RiskModel,
    Sensitivity,
    Settings,
    exposure,
    measured_sections,
    probabilities,
    sampled,
    sensitivities,
)
from fea.solve import Basis
from fea.solve.basis import Announce, silent

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PERCENTILES = (5, 50, 95)

@dataclass(frozen=True)
class Load:
    """A way in which the plan loads the bone: the case, what one contact does, and contacts by day (days,)."""

    case: Case
    exposure: Exposure
    contacts: Floats


@dataclass(frozen=True)
class Prognosis:
    """A plan and what it does to a bone.

    Attributes
    ----------
    plan, bone, body_mass_kg, settings, fatigue
        What was asked.
    loads : tuple of Load
        The distinct loads of the plan.
    probability : ndarray, float64, (days,)
        That the bone has broken by the end of each day.
    other : ndarray, float64, (days,), optional
        The same with the lag of formation switched the other way; none in the published form.
    band : ndarray, float64, (3, days), optional
        5th, 50th and 95th percentile over people; none in the published form.
    spread : float, optional
        Standard deviation of the final probability over people.
    sites : list of str
        Names of the sites.
    by_site : ndarray, float64, (sites, days)
        Probability that the bone has broken there.
    sensitivity : list of Sensitivity
        Of the final probability to the inputs.
    damage_per_day : ndarray, float64, (m,)
        Mean of the plan's hardest week in each cell; 0 outside the cortex and in zones left out.
    left_out : ndarray, bool, (m,)
        Cells that no load evaluates.
    wall_s : dict
        Seconds of each step.
    """

    plan: Plan
    bone: BoneDescription
    body_mass_kg: float
    settings: Settings
    fatigue: Fatigue
    basis: Basis
    loads: tuple[Load, ...]
    probability: Floats
    other: Floats | None
    band: Floats | None
    spread: float | None
    sites: list[str]
    by_site: Floats
    sensitivity: list[Sensitivity]
    damage_per_day: Floats
    left_out: Bools
    wall_s: dict[str, float]

    @property
    def contacts(self) -> Floats:
        """Contacts of one leg, (loads, days)."""
        return np.array([load.contacts for load in self.loads])


def prognosis(
    plan: Plan,
    bone: BoneDescription,
    basis: Basis,
    *,
    fatigue: Fatigue,
    body_mass_kg: float = 70.0,
    size_mm: float | None = None,
    settings: Settings | None = None,
    announce: Announce = silent,
) -> Prognosis:
    """Return what a plan does to a solved bone.

    Parameters
    ----------
    plan : Plan
        The training.
    bone : BoneDescription
        The bone that ``basis`` was solved for.
    basis : Basis
        The bone, solved for all unit loads.
    fatigue : Fatigue
        Laws, repair and calibration.
    body_mass_kg, size_mm : float
        Of the cases.
    settings : Settings, optional
        Which law, strain, form; how many samples.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        An activity that is unknown or not for this bone, an amount of the wrong kind, an unknown law.
    """
    chosen = settings or Settings()
    clock = Clock(announce)
    with clock.step("superpose"):
        loads = _loads(plan, bone, basis, chosen.strain, body_mass_kg, size_mm)
    with clock.step("damage"):
        model = RiskModel(bone, basis, [load.exposure for load in loads], fatigue, chosen)
        contacts = np.array([load.contacts for load in loads])
        course = model.course(contacts, RUN_IN_D if plan.accustomed else 0)
    band, spread, sensitive, other = None, None, [], None
    if chosen.form == "cumulative":
        with clock.step("people"):
            outlook = model.outlook(course)
            if chosen.samples > 0:
                every = probabilities(outlook, sampled(fatigue.spreads, chosen.samples, chosen.seed))
                band, spread = np.percentile(every, PERCENTILES, axis=0), float(every[:, -1].std())
            if chosen.sensitivity > 0:
                sensitive = sensitivities(outlook, fatigue.spreads, chosen.sensitivity, chosen.seed)
        switched = RiskModel(bone, basis, model.exposures, fatigue, replace(chosen, lag=not chosen.lag))
        other = switched.course(contacts, course.before).probability
    hardest = contacts.reshape(len(loads), -1, 7).mean(axis=2)[:, _hardest_week(model, contacts)]
    per_day, left_out = np.zeros(len(basis.mesh.cells)), np.ones(len(basis.mesh.cells), dtype=np.bool_)
    per_day[model.cells] = hardest[model.damage.load] @ model.damage.cells
    left_out[model.cells] = ~(per_day[model.cells] > 0.0)
    return Prognosis(
        plan=plan,
        bone=bone,
        body_mass_kg=body_mass_kg,
        settings=chosen,
        fatigue=fatigue,
        basis=basis,
        loads=loads,
        probability=course.probability,
        other=other,
        band=band,
        spread=spread,
        sites=model.site_names,
        by_site=course.by_site,
        sensitivity=sensitive,
        damage_per_day=per_day,
        left_out=left_out,
        wall_s=clock.wall_s,
    )


def _hardest_week(model: RiskModel, contacts: Floats) -> int:
    """Return the week with the most damage, counted from 0."""
    weekly = contacts.reshape(len(contacts), -1, 7).sum(axis=2)
    damage = weekly[model.damage.load].T @ model.damage.cells
    return int(((damage ** model.fatigue.scatter.exponent) @ model.volume).argmax())


def _loads(
    plan: Plan,
    bone: BoneDescription,
    basis: Basis,
    strain: StrainMeasure,
    body_mass_kg: float,
    size_mm: float | None,
) -> tuple[Load, ...]:
    """Return the distinct loads of a plan with their contacts by day."""
    sections = measured_sections(bone, basis)
    found: dict[tuple[str, Options], Load] = {}
    for entry in plan.entries():
        key = entry.session.activity, _options(entry.session)
        if key not in found:
            case = resolved_for(bone, key[0], body_mass_kg=body_mass_kg, size_mm=size_mm, options=key[1])
            found[key] = Load(case, exposure(case, basis, sections, strain), np.zeros(plan.days))
        load = found[key]
        load.contacts[entry.day] += entry.amount * _contacts_per_unit(entry.session, load)
    return tuple(found.values())


def _options(session: Session) -> Options:
    return Options(
        session.speed_m_per_s,
        session.height_m,
        session.step_rate_per_min,
        session.pack_mass_kg,
        session.footwear,
    )


def _contacts_per_unit(session: Session, load: Load) -> float:
    """Return contacts of one leg per km, or 1 per repetition."""
    per_km = load.exposure.cycles_per_km
    if session.distance_km is None:
        if per_km is not None:
            raise InputError(f"the activity {session.activity!r} goes by distance; give distance_km, not repetitions.")
        return 1.0
    if per_km is None:
        raise InputError(f"the activity {session.activity!r} covers no distance; give repetitions, not distance_km.")
    return per_km


def days_to_failure(damage_per_day: Floats) -> Floats:
    """Return days until the reference volume fails with 63 % without repair: 1 / damage; infinite without damage."""
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / damage_per_day)
