# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a training plan makes of a solved bone: damage by day and site, and the probability of a stress fracture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.answer import Clock
from fea.case import (
    BoneDescription,
    Case,
    Fatigue,
    Options,
    Plan,
    Session,
    Stance,
    StrainMeasure,
    TissueState,
    composed,
    read_activity,
)
from fea.errors import InputError
from fea.risk import (
    RUN_IN_D,
    Exposure,
    RiskModel,
    Sections,
    Sensitivity,
    Settings,
    exposure,
    measured_cortex,
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
    plan, bone, tissue, body_mass_kg, settings, fatigue
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
    daily_damage : ndarray, float64, (days,)
        Damage that each day adds to the whole bone: the norm (Σ V/V₀ d^w)^(1/w) over cells.
    wall_s : dict
        Seconds of each step.
    """

    plan: Plan
    bone: BoneDescription
    tissue: TissueState
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
    daily_damage: Floats
    wall_s: dict[str, float]

    @property
    def contacts(self) -> Floats:
        """Contacts of one leg, (loads, days)."""
        return np.array([load.contacts for load in self.loads])

    def calendar(self) -> dict[int, str]:
        """Return a label for each training day, counted from 0: km, and contacts of what has no distance."""
        km, times = dict[int, float](), dict[int, float]()
        for entry in self.plan.entries():
            amounts = times if entry.session.distance_km is None else km
            amounts[entry.day] = amounts.get(entry.day, 0.0) + entry.amount
        labels: dict[int, list[str]] = {}
        for amounts, form in ((km, "{:.3g}"), (times, "{:.0f}×")):
            for day, amount in amounts.items():
                labels.setdefault(day, []).append(form.format(amount))
        return {day: "\n".join(lines) for day, lines in labels.items()}


def prognosis(
    plan: Plan,
    bone: BoneDescription,
    basis: Basis,
    *,
    fatigue: Fatigue,
    tissue: TissueState | None = None,
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
    tissue : TissueState, optional
        That of ``basis``; by default that of a healthy adult.
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
        cortex = measured_cortex(bone, basis)
        loads = _loads(plan, bone, basis, cortex.sections, chosen.strain, body_mass_kg, size_mm)
    with clock.step("damage"):
        model = RiskModel(cortex, [load.exposure for load in loads], fatigue, chosen, tissue)
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
        switched = RiskModel(cortex, model.exposures, fatigue, replace(chosen, lag=not chosen.lag), tissue)
        other = switched.course(contacts, course.before).probability
    per_day, left_out = np.zeros(len(basis.mesh.cells)), np.ones(len(basis.mesh.cells), dtype=np.bool_)
    per_day[cortex.cells] = model.hardest_week(contacts)
    left_out[cortex.cells] = ~(per_day[cortex.cells] > 0.0)
    return Prognosis(
        plan=plan,
        bone=bone,
        tissue=model.tissue,
        body_mass_kg=body_mass_kg,
        settings=chosen,
        fatigue=fatigue,
        basis=basis,
        loads=loads,
        probability=course.probability,
        other=other,
        band=band,
        spread=spread,
        sites=list(cortex.sites),
        by_site=course.by_site,
        sensitivity=sensitive,
        damage_per_day=per_day,
        left_out=left_out,
        daily_damage=model.whole_bone(contacts),
        wall_s=clock.wall_s,
    )


def check_plan(
    plan: Plan, bone: BoneDescription, *, body_mass_kg: float = 70.0, size_mm: float | None = None
) -> dict[tuple[str, Options], Case]:
    """Return the distinct loads of a plan as cases, or refuse what does not fit the bone.

    Raises
    ------
    fea.errors.InputError
        An activity that is unknown or not for this bone, an option outside its range, an amount of the wrong kind.
    """
    found: dict[tuple[str, Options], Case] = {}
    for entry in plan.entries():
        key = _key(entry.session)
        if key not in found:
            found[key] = composed(
                bone, read_activity(key[0]), body_mass_kg=body_mass_kg, size_mm=size_mm, options=key[1]
            )
        _check_amount(entry.session, found[key])
    return found


def _key(session: Session) -> tuple[str, Options]:
    return session.activity, Options(
        session.speed_m_per_s,
        session.height_m,
        session.step_rate_per_min,
        session.pack_mass_kg,
        session.carriage,
        session.footwear,
    )


def _check_amount(session: Session, case: Case) -> None:
    covers = isinstance(case.activity, Stance) and case.activity.what.step_rate_per_min is not None
    if covers and session.distance_km is None:
        raise InputError(f"the activity {session.activity!r} goes by distance; give distance_km, not repetitions.")
    if not covers and session.distance_km is not None:
        raise InputError(f"the activity {session.activity!r} covers no distance; give repetitions, not distance_km.")


def _loads(
    plan: Plan,
    bone: BoneDescription,
    basis: Basis,
    sections: Sections,
    strain: StrainMeasure,
    body_mass_kg: float,
    size_mm: float | None,
) -> tuple[Load, ...]:
    """Return the distinct loads of a plan with their contacts by day."""
    cases = check_plan(plan, bone, body_mass_kg=body_mass_kg, size_mm=size_mm)
    found = {
        key: Load(case, exposure(case, basis, sections, strain), np.zeros(plan.days)) for key, case in cases.items()
    }
    for entry in plan.entries():
        load = found[_key(entry.session)]
        load.contacts[entry.day] += entry.amount * (load.exposure.cycles_per_km or 1.0)
    return tuple(found.values())
