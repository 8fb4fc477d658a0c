# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The prediction of a training plan: damage by day and site, and the probability of a stress fracture."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fea.case import (
    USUAL_MASS_KG,
    Activity,
    ActivityOptions,
    BodyOptions,
    BodySide,
    BoneDescription,
    Case,
    Day,
    Fatigue,
    History,
    Options,
    Plan,
    Session,
    Stance,
    StanceActivity,
    TissueState,
    composed,
    side_site,
    side_title,
)
from fea.errors import InputError, out_of_range
from fea.evaluate.exposure import exposure_of, section_exposure
from fea.evaluate.result import Result
from fea.evaluate.solved import SolvedBone
from fea.evaluate.subjects import body_of, everyday_case, virtual_subjects
from fea.files import Clock, Progress, silent
from fea.loading import read_loads
from fea.risk import (
    RUN_IN_D,
    WEEK_D,
    Exposure,
    Outcomes,
    RiskModel,
    RiskSettings,
    Sensitivity,
    headline,
    in_percent,
    sensitivities,
    together,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PlannedLoad:
    """A load of the plan: the case, the exposure to one contact, and contacts by day (days,)."""

    case: Case
    exposure: Exposure
    contacts: Floats


@dataclass(frozen=True)
class PlanQuestion:
    """The whole question of a training plan on a bone.

    Attributes
    ----------
    plan : Plan
        The training.
    bone, tissue : BoneDescription, TissueState
        The bone and what it is made of.
    fatigue : Fatigue
        Laws, repair and calibration.
    body : BodyOptions
        Body mass, element size, support, side.
    settings : RiskSettings
        Which law, strain, form; how many samples.
    limit : float, optional
        Expected share below which the largest weekly growth and the fewest rest days are asked for.
    number, bones : int
        Number of this bone, from 0 on, among several of the same people (:func:`fea.risk.sampled`).
    """

    plan: Plan
    bone: BoneDescription
    tissue: TissueState
    fatigue: Fatigue
    body: BodyOptions = field(default_factory=BodyOptions)
    settings: RiskSettings = field(default_factory=RiskSettings)
    limit: float | None = None
    number: int = 0
    bones: int = 1

    def __post_init__(self) -> None:
        """Refuse a limit that is no share of people, or for which the plan has no growth."""
        if self.limit is None:
            return
        if not 0.0 < self.limit < 1.0:
            raise out_of_range("limit in %", 100.0 * self.limit, "above 0 and below 100 %")
        self.plan.with_growth(0.0)

    @property
    def side(self) -> BodySide:
        """Side of the body."""
        return self.body.side or self.bone.side

    @property
    def bone_title(self) -> str:
        """Title of the bone of its side."""
        return side_title(self.bone.title, self.side)

    @property
    def remarks(self) -> list[str]:
        """What must be known of the prediction beside its numbers."""
        return self.fatigue.remarks(self.settings.law, self.settings.strain, self.settings.form)

    @functools.cached_property
    def mass_kg(self) -> float:
        """Body mass asked for; where none is, that of the one person whose measured loads the plan has, else 70 kg."""
        if self.body.mass_kg is not None:
            return self.body.mass_kg
        masses = (one.body_mass_kg for one in self._loads.values() if isinstance(one, History))
        measured = {mass for mass in masses if mass is not None}
        return measured.pop() if len(measured) == 1 else USUAL_MASS_KG

    @functools.cached_property
    def _loads(self) -> dict[str, Activity | StanceActivity | History]:
        """Loads of the plan by the names of their activities."""
        names = dict.fromkeys(entry.session.activity for entry in self.plan.dated_sessions())
        return {name: read_loads(name, self.bone) for name in names}

    def _body(self, loads: Activity | StanceActivity | History) -> BodyOptions:
        """Options of the body under loads; measured ones have the mass of their own person, if none is asked for."""
        measured = isinstance(loads, History) and self.body.mass_kg is None
        return replace(self.body, mass_kg=None if measured else self.mass_kg)

    def cases(self) -> dict[tuple[str, ActivityOptions], Case]:
        """Distinct loads of the plan as cases.

        Raises
        ------
        fea.errors.InputError
            An activity that is unknown or not for this bone, an option outside its range, an amount of the wrong kind.
        """
        found: dict[tuple[str, ActivityOptions], Case] = {}
        for entry in self.plan.dated_sessions():
            key = _key(entry.session)
            if key not in found:
                loads = self._loads[key[0]]
                options = Options(**{**vars(self._body(loads)), **vars(key[1])})
                found[key] = composed(self.bone, loads, self.tissue, options)
            _check_amount(entry.session, found[key])
        return found

    def everyday(self) -> Case | None:
        """Everyday life of this bone as a case; None for a bone that its activity does not load."""
        return everyday_case(self.bone, self.tissue, replace(self.body, mass_kg=self.mass_kg), self.fatigue)

    def every_case(self) -> list[Case]:
        """Everyday life and the distinct loads of the plan, for which the bone is solved; errors as :meth:`cases`."""
        everyday = self.everyday()
        return [*self.cases().values(), *([] if everyday is None else [everyday])]


@dataclass(frozen=True)
class CaseUnderPlan(PlanQuestion):
    """The question of a plan whose sessions are all the one contact of a case; made by :func:`under_plan`."""

    case: Case = field(kw_only=True)

    def cases(self) -> dict[tuple[str, ActivityOptions], Case]:
        """The case, for each session."""
        return dict.fromkeys((_key(entry.session) for entry in self.plan.dated_sessions()), self.case)


def under_plan(case: Case, plan: Plan, fatigue: Fatigue, settings: RiskSettings) -> CaseUnderPlan:
    """Question of a case done as often as a plan says: its kilometres, or its repetitions, on each day.

    Sessions of a plan in the other kind of amount are rest: repetitions for a case that covers distance, kilometres
    for one that does not.

    Raises
    ------
    fea.errors.InputError
        The plan has no amount of the case's kind.
    """
    covers, name = covers_distance(case), case.activity.name
    blocks = []
    for block in plan.blocks:
        kept = [one for one in block.sessions if (one.distance_km is not None) == covers]
        plain = [Session(activity=name, **one.model_dump(include=_AMOUNT)) for one in kept]
        blocks.append(block.model_copy(update={"sessions": tuple(plain)}))
    if not any(block.sessions for block in blocks):
        needed = "distance, which the activity covers" if covers else "repetitions, by which the activity goes"
        raise InputError(f"the plan {plan.name!r} has no {needed}: {name!r}; choose another plan.")
    return CaseUnderPlan(
        plan=plan.model_copy(update={"blocks": tuple(blocks)}),
        bone=case.bone,
        tissue=case.tissue,
        fatigue=fatigue,
        body=body_of(case),
        settings=settings,
        case=case,
    )


_AMOUNT = {"days", "distance_km", "repetitions", "weekly_growth_percent"}


def covers_distance(case: Case) -> bool:
    """Whether the activity of a case goes by distance, not by repetitions."""
    return isinstance(case.activity, Stance) and case.activity.what.step_rate_per_min is not None


@dataclass(frozen=True)
class GrowthPoint:
    """A weekly growth in %, the expected share of fractures by the end, km and repetitions of the last week."""

    growth_percent: float
    expected_share: float
    last_week_km: float
    last_week_repetitions: float


@dataclass(frozen=True)
class GrowthLimit:
    """The first week of a plan, grown from week to week.

    Attributes
    ----------
    limit : float
        Largest expected share that is accepted.
    curve : tuple of GrowthPoint
        Rising in growth; the point at the limit is one of them.
    largest : GrowthPoint, optional
        The largest growth up to which the share stays below the limit; none where the smallest growth is above it.
    bounded : bool
        Whether the limit is what bounds the growth, and not the range of a plan's amounts.
    """

    limit: float
    curve: tuple[GrowthPoint, ...]
    largest: GrowthPoint | None
    bounded: bool

    @property
    def sentence(self) -> str:
        """What it says, in a sentence."""
        below = f"the expected share below {100.0 * self.limit:g} %"
        if self.largest is None:
            least = self.curve[0]
            share = in_percent(least.expected_share)
            return f"no weekly growth keeps {below}: at {least.growth_percent:+g} % a week it is {share}"
        most, share = f"{self.largest.growth_percent:+.3g} % a week", in_percent(self.largest.expected_share)
        why = "" if self.bounded else ", the most that a plan may have,"
        return f"growth up to {most}{why} keeps {below}: {share} by the end"


class SubjectRisk:
    """What follows from the fractures of virtual subjects and of the average person under a plan."""

    subjects: Outcomes | None
    probability: Floats

    @property
    def plan(self) -> Plan:
        """The training plan."""
        raise NotImplementedError

    @property
    def share(self) -> Floats | None:
        """Expected share of people whose bone has broken by the end of each day, (days,)."""
        return None if self.subjects is None else self.subjects.share

    @property
    def band(self) -> Floats | None:
        """5th, 50th and 95th percentile over virtual subjects, (3, days)."""
        return None if self.subjects is None else self.subjects.band

    @property
    def spread(self) -> float | None:
        """Standard deviation of the final probability over virtual subjects."""
        return None if self.subjects is None else self.subjects.spread

    @property
    def headline(self) -> str:
        """How many of a hundred people break by the end, with the band; without virtual subjects the average person."""
        share = None if self.share is None else float(self.share[-1])
        band = None if self.band is None else (float(self.band[0, -1]), float(self.band[-1, -1]))
        return headline(share, band, float(self.probability[-1]), self.usual_share)

    @property
    def usual_share(self) -> float | None:
        """Part of the expected share that training as usual gives; None for a bone that comes from rest."""
        if self.share is None or not self.plan.accustomed:
            return None
        return float(self.share[WEEK_D - 1])

    @property
    def curve(self) -> Floats:
        """Expected share by day, (days,); without virtual subjects the probability of the average person."""
        return self.probability if self.share is None else self.share


@dataclass(frozen=True)
class RestPoint:
    """Days of the week made rest, the expected share of fractures by the end, km a week on average."""

    rest_days: tuple[Day, ...]
    expected_share: float
    weekly_km: float


@dataclass(frozen=True)
class RestLimit:
    """A plan as it is, with ever more days of the week made rest, the hardest first.

    Attributes
    ----------
    limit : float
        Largest expected share that is accepted.
    curve : tuple of RestPoint
        From the plan as it is to the first below the limit.
    fewest : RestPoint, optional
        The first below the limit; none where a single day of training is still above it.
    """

    limit: float
    curve: tuple[RestPoint, ...]
    fewest: RestPoint | None

    @property
    def sentence(self) -> str:
        """What it says, in a sentence."""
        below = f"the expected share below {100.0 * self.limit:g} %"
        if self.fewest is None:
            least = in_percent(self.curve[-1].expected_share)
            return f"no number of rest days keeps {below}: with one day of training a week it is {least}"
        if not self.fewest.rest_days:
            return f"the plan as it is keeps {below}: {in_percent(self.fewest.expected_share)} by the end"
        days = ", ".join(day.capitalize() for day in self.fewest.rest_days)
        return f"rest on {days} keeps {below}: {in_percent(self.fewest.expected_share)} by the end"


@dataclass(frozen=True)
class Prediction(SubjectRisk):
    """Prediction of a training plan on a bone.

    Attributes
    ----------
    question : PlanQuestion
        The question.
    solved : SolvedBone
        The bone.
    loads : tuple of PlannedLoad
        The distinct loads of the plan.
    model : RiskModel
        Of these loads; it takes any training by day.
    probability : ndarray, float64, (days,)
        That the average person's bone has broken by the end of each day.
    subjects : Outcomes, optional
        Fractures of the virtual subjects; none in the published form, or without samples.
    other : ndarray, float64, (days,), optional
        That of the average person with the remodelling transient switched the other way; none in the published form.
    other_muscles : ndarray, float64, (days,), optional
        The same with fatigued muscles switched the other way; none for a bone without data.
    sites : list of str
        Names of the sites.
    by_site : ndarray, float64, (sites, days)
        Probability that the average person's bone has broken there.
    sensitivity : list of Sensitivity
        Of the final probability to the inputs.
    damage_per_day : ndarray, float64, (m,)
        Mean of the plan's hardest week in each cell; 0 outside the cortex and in excluded zones.
    excluded : ndarray, bool, (m,)
        Cells that no load evaluates.
    daily_damage : ndarray, float64, (days,)
        Damage that each day adds to the whole bone: the norm (Σ V/V₀ d^w)^(1/w) over cells.
    apposition : ndarray, float64, (k,)
        Relative growth of the outer axes of each section by the end.
    wall_s : dict
        Seconds of each step.
    growth_limit : GrowthLimit, optional
        Largest weekly growth below the question's limit; none where it has no limit.
    rest_limit : RestLimit, optional
        Fewest rest days a week below it.
    """

    question: PlanQuestion
    solved: SolvedBone
    loads: tuple[PlannedLoad, ...]
    model: RiskModel
    probability: Floats
    subjects: Outcomes | None
    other: Floats | None
    other_muscles: Floats | None
    sites: list[str]
    by_site: Floats
    sensitivity: list[Sensitivity]
    damage_per_day: Floats
    excluded: Bools
    daily_damage: Floats
    apposition: Floats
    wall_s: dict[str, float]
    growth_limit: GrowthLimit | None = None
    rest_limit: RestLimit | None = None

    @property
    def plan(self) -> Plan:
        """The training plan."""
        return self.question.plan

    @property
    def settings(self) -> RiskSettings:
        """Settings of the risk model."""
        return self.question.settings

    @property
    def share_by_site(self) -> Floats | None:
        """Expected share of people whose bone has broken there, (sites, days)."""
        return None if self.subjects is None else self.subjects.by_site

    @property
    def curve_by_site(self) -> Floats:
        """The same by site, (sites, days)."""
        return self.by_site if self.share_by_site is None else self.share_by_site

    @property
    def contacts(self) -> Floats:
        """Contacts of one leg, (loads, days)."""
        return np.array([load.contacts for load in self.loads])

    def calendar(self) -> dict[int, str]:
        """A label for each training day, counted from 0: km, and contacts of activities without a distance."""
        km, times = dict[int, float](), dict[int, float]()
        for entry in self.plan.dated_sessions():
            amounts = times if entry.session.distance_km is None else km
            amounts[entry.day] = amounts.get(entry.day, 0.0) + entry.amount
        labels: dict[int, list[str]] = {}
        for amounts, form in ((km, "{:.3g}"), (times, "{:.0f}×")):
            for day, amount in amounts.items():
                labels.setdefault(day, []).append(form.format(amount))
        return {day: "\n".join(lines) for day, lines in labels.items()}


@dataclass(frozen=True)
class BonesTogether(SubjectRisk):
    """One plan on several bones of the same people: that any of them breaks.

    Attributes
    ----------
    bones : tuple of Prediction
        Of each bone, two or more; the questions differ in bone and number.
    subjects : Outcomes, optional
        That any bone of a virtual subject breaks, and in place of sites each bone; none in the published form.
    probability : ndarray, float64, (days,)
        That any bone of the average person has broken by the end of each day.
    growth_limit, rest_limit
        As of a :class:`Prediction`, for the share of people who break any of the bones.
    """

    bones: tuple[Prediction, ...]
    subjects: Outcomes | None
    probability: Floats
    growth_limit: GrowthLimit | None = None
    rest_limit: RestLimit | None = None

    @property
    def plan(self) -> Plan:
        """The training plan."""
        return self.bones[0].plan


def bones_together(bones: Sequence[Prediction]) -> BonesTogether:
    """Predictions of one plan on several bones, as one.

    Body mass, density, size and fatigue life are those of the person; beyond them each bone's load varies by itself,
    and bones of one person break independently.
    """
    people = [one.subjects for one in bones if one.subjects is not None]
    return BonesTogether(
        bones=tuple(bones),
        subjects=together(people) if len(people) == len(bones) else None,
        probability=np.asarray(1.0 - np.prod([1.0 - one.probability for one in bones], axis=0)),
    )


def predicted(question: PlanQuestion, bone: SolvedBone, progress: Progress = silent) -> Prediction:
    """Prediction of a plan on its solved bone.

    Raises
    ------
    fea.errors.InputError
        An activity that is unknown or not for this bone, an amount of the wrong kind, an unknown law.
    """
    plan, fatigue, settings = question.plan, question.fatigue, question.settings
    clock = Clock(progress)
    with clock.step("superpose"):
        loads = _loads(question, bone)
        walking = question.everyday()
        everyday = None if walking is None else section_exposure(Result(walking, bone))
    with clock.step("damage"):
        exposures = [load.exposure for load in loads]
        tiring = fatigue.muscle_fatigue.get(question.bone.bone)
        model = RiskModel(
            bone.cortex, exposures, fatigue, settings, question.tissue, everyday=everyday, muscle_fatigue=tiring
        )
        contacts, before = np.array([load.contacts for load in loads]), days_before(plan)
        course = model.course(contacts, before)
    people: Outcomes | None = None
    sensitive: list[Sensitivity] = []
    other = other_muscles = None
    if settings.form == "cumulative":
        with clock.step("samples"):
            if settings.samples > 0:
                people = virtual_subjects(model, course, question.bone, question.number, question.bones)
            if settings.sensitivity > 0:
                inputs = model.uncertainty_inputs(course)
                spreads = fatigue.spreads.of_bone(question.bone.bone, inputs.modulus_exponent)
                sensitive = sensitivities(inputs, spreads, settings.sensitivity, settings.seed)
        switched = replace(settings, transient=not settings.transient)
        other = model.with_settings(switched).course(contacts, before).probability
        if tiring is not None:
            switched = replace(settings, muscle_fatigue=not settings.muscle_fatigue)
            other_muscles = model.with_settings(switched).course(contacts, before).probability
    per_day, excluded = np.zeros(len(bone.mesh.cells)), np.ones(len(bone.mesh.cells), dtype=np.bool_)
    cells = bone.cortex.cells
    per_day[cells] = model.hardest_week(contacts)
    excluded[cells] = ~(per_day[cells] > 0.0)
    return Prediction(
        question=question,
        solved=bone,
        loads=loads,
        model=model,
        probability=course.probability,
        subjects=people,
        other=other,
        other_muscles=other_muscles,
        sites=[side_site(site, question.side) for site in bone.cortex.sites],
        by_site=course.by_site,
        sensitivity=sensitive,
        damage_per_day=per_day,
        excluded=excluded,
        daily_damage=model.whole_bone(contacts),
        apposition=model.apposition(contacts, adapted=plan.accustomed)[:, -1],
        wall_s=clock.wall_s,
    )


def _key(session: Session) -> tuple[str, ActivityOptions]:
    return session.activity, session.options


def _check_amount(session: Session, case: Case) -> None:
    covers = covers_distance(case)
    if covers and session.distance_km is None:
        raise InputError(f"the activity {session.activity!r} goes by distance; give distance_km, not repetitions.")
    if not covers and session.distance_km is not None:
        raise InputError(f"the activity {session.activity!r} covers no distance; give repetitions, not distance_km.")


def days_before(plan: Plan) -> int:
    """Days of usual training before a plan: none for a bone that comes from rest."""
    return RUN_IN_D if plan.accustomed else 0


def contacts_by_day(plan: Plan, exposures: Mapping[tuple[str, ActivityOptions], Exposure]) -> Floats:
    """Contacts of one leg under each load of a plan, (loads, days); ``exposures`` are by activity and options."""
    row = {load: k for k, load in enumerate(exposures)}
    contacts = np.zeros((len(exposures), plan.days))
    for entry in plan.dated_sessions():
        load = _key(entry.session)
        contacts[row[load], entry.day] += entry.amount * (exposures[load].cycles_per_km or 1.0)
    return contacts


def _loads(question: PlanQuestion, bone: SolvedBone) -> tuple[PlannedLoad, ...]:
    """Distinct loads of a plan with their contacts by day."""
    cases = question.cases()
    exposures = {load: exposure_of(Result(case, bone), question.settings.strain) for load, case in cases.items()}
    contacts = contacts_by_day(question.plan, exposures)
    return tuple(
        PlannedLoad(case, one, row) for case, one, row in zip(cases.values(), exposures.values(), contacts, strict=True)
    )
