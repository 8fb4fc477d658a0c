# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a training plan: question, ``result.json``, tables, pictures and manifest, written and read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import tomli_w
from pydantic import ConfigDict, Field, SerializeAsAny

from fea.bone import of_side
from fea.case import BodyOptions, BodySide, BoneDescription, Fatigue, Plan, SupportKind, TissueState
from fea.comparison import Conclusion, PlanComparison, PlanSide, compared_plans, plan_side
from fea.errors import InputError
from fea.evaluate import BonesTogether, FinalRisk, GrowthLimit, PlanQuestion, Prediction, RestLimit, final_risk
from fea.files import Clock, Progress, silent, write_json, write_rows, written_folder
from fea.folders.conclusions import InputFigures, PairedFigures, input_figures, paired_figures
from fea.folders.fields import EXCLUDED_FIELD, write_fields
from fea.folders.figures import MeshFigures, mesh_figures
from fea.folders.manifest import SCHEMA, Manifest, Stored, manifest_of, owned_by, read_manifest, read_stored, seal
from fea.folders.rows import read_rows
from fea.risk import PERCENTILES, RiskSettings, Sensitivity, days_to_failure, headline
from fea.show import draw_bones, draw_calendar, draw_damage, draw_growth, draw_plan, draw_plans

SUBJECTS = "subjects.csv"
_SUBJECT = ("weight", "probability")
_LEAST_SHARE = 1e-3
_SETTINGS = {"transient": "lag", "apposition": "growth"}
"""Settings that ``result.json`` calls otherwise since its first version."""


class RiskFigures(Stored):
    """Risk of a stress fracture by the end: of the average person, and over virtual subjects.

    Further keys are percentiles over virtual subjects.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    cycles_per_day: float
    days: int
    expected_share: float | None = None
    usual_share: float | None = None
    probability: float
    damage: float | None = None

    @property
    def headline(self) -> str:
        """How many of a hundred people break, with the band; without virtual subjects the average person."""
        more = self.model_extra or {}
        low, high = (more.get(f"p{percent:02}") for percent in (PERCENTILES[0], PERCENTILES[-1]))
        band = None if low is None or high is None else (low, high)
        return headline(self.expected_share, band, self.probability, self.usual_share)


class PlanLoadFigures(Stored):
    """An activity of the plan, and its contacts of one leg."""

    activity: str = ""
    title: str
    cycles: float


class SiteFigures(Stored):
    """A site and the risk of a fracture there: the expected share of people, and of the average person."""

    site: str
    expected_share: float | None = None
    probability: float


class OtherPlan(Stored):
    """Another plan, or another design, compared with this one; of several bones the risk that any breaks.

    ``a`` is what this plan is called beside it, ``b`` the other one; ``paired`` the difference of their risk.
    """

    plan: str
    risk: RiskFigures
    a: str = ""
    b: str = ""
    conclusion: Conclusion | None = None
    inputs: list[InputFigures] = Field(default_factory=list)
    paired: PairedFigures | None = None


class BoneFigures(Stored):
    """One of several bones of the same people."""

    bone: str
    title: str
    risk: RiskFigures


class PlanFigures(Stored):
    """Content of ``result.json`` of a plan."""

    schema_version: Annotated[int, Field(alias="schema", ge=1)] = SCHEMA
    bone: str
    plan: str
    tissue: str
    body_mass_kg: float
    side: BodySide = "right"
    mesh: MeshFigures | None = None
    model: dict[str, Any] = Field(default_factory=dict)
    risk: SerializeAsAny[RiskFigures]
    loads: list[PlanLoadFigures]
    sites: list[SiteFigures]
    sensitivity: list[Sensitivity] = Field(default_factory=list)
    weeks: list[dict[str, float | int]] = Field(default_factory=list)
    growth_limit: GrowthLimit | None = None
    rest_limit: RestLimit | None = None
    compared: list[OtherPlan]
    bones: list[BoneFigures] = Field(default_factory=list)
    any_bone: RiskFigures | None = None
    remarks: list[str] = Field(default_factory=list)
    wall_s: dict[str, float] = Field(default_factory=dict)


class Titled(Stored):
    """A record by its title."""

    title: str


class PlanCase(Stored):
    """``case.toml`` of a plan, as far as it is shown."""

    bone: Titled
    side: BodySide = "right"
    plan: Titled
    compared: list[Titled] = Field(default_factory=list)


@dataclass(frozen=True)
class PlanFolder:
    """A plan as its folder holds it."""

    place: Path
    case: PlanCase
    figures: PlanFigures
    manifest: Manifest

    @property
    def final(self) -> FinalRisk:
        """Risk at the end, of any bone where there are several; without subjects in a folder of a version before 0.2.

        Raises
        ------
        fea.errors.InputError
            The table of subjects is damaged.
        """
        risk = self.figures.any_bone or self.figures.risk
        share = risk.probability if risk.expected_share is None else risk.expected_share
        damage = float("nan") if risk.damage is None else risk.damage
        file = self.place / SUBJECTS
        if not file.is_file():
            return FinalRisk(share, damage)
        rows = read_rows(file)
        try:
            columns = [np.array([float(row[name]) for row in rows]) for name in _SUBJECT]
        except (KeyError, ValueError):
            raise InputError(f"{str(file)!r} is not what bonefea writes: columns of numbers are missing.") from None
        weight, probability = columns
        return FinalRisk(share, damage, probability, weight)


class _PlanQuestion(Stored):
    """``case.toml`` of a plan, as far as its question follows from it."""

    body_mass_kg: float
    support: SupportKind
    side: BodySide = "right"
    settings: dict[str, Any]
    plan: Plan
    bone: BoneDescription
    tissue: TissueState
    fatigue: Fatigue


def read_plan_side(place: Path) -> PlanSide:
    """A plan as one side of a comparison, read from its folder.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged, or is not of this version.
    """
    folder = read_plan_folder(place)
    first = _question_of(place)
    names = [one.bone for one in folder.figures.bones[1:]]
    others = [_question_of(place / name) for name in names]
    return PlanSide((first, *others), folder.final)


def _question_of(place: Path) -> PlanQuestion:
    asked = read_stored(place / "case.toml", _PlanQuestion)
    named = {name: key for key, name in _SETTINGS.items()}
    try:
        settings = RiskSettings(**{named.get(name, name): value for name, value in asked.settings.items()})
    except TypeError as error:
        raise InputError(f"{str(place / 'case.toml')!r} is not what bonefea writes: settings: {error}.") from None
    body = BodyOptions(mass_kg=asked.body_mass_kg, support=asked.support, side=asked.side)
    return PlanQuestion(asked.plan, asked.bone, asked.tissue, asked.fatigue, body, settings)


def read_plan_folder(place: Path) -> PlanFolder:
    """The plan that a folder holds.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged, or the files contradict each other.
    """
    figures = read_stored(place / "result.json", PlanFigures)
    case = read_stored(place / "case.toml", PlanCase)
    if len(case.compared) != len(figures.compared):
        raise InputError(f"the plan in {str(place)!r} was compared with other plans than its case.toml says.")
    return PlanFolder(place, case, figures, read_manifest(place))


def write_plan(prediction: Prediction, others: Sequence[Prediction], out: Path, progress: Progress = silent) -> None:
    """Write the folder of a plan, and of the plans it is compared with, whole or not at all.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, or holds what is not a plan.
    fea.errors.RunError
        The disk is full.
    """
    with written_folder(out, owned_by("plan")) as folder:
        fill_plan(prediction, others, folder, progress)


def write_bones(
    together: BonesTogether, others: Sequence[BonesTogether], out: Path, progress: Progress = silent
) -> None:
    """Write the folder of a plan on several bones, whole or not at all; errors as :func:`write_plan`."""
    with written_folder(out, owned_by("plan")) as folder:
        fill_bones(together, others, folder, progress)


def fill_bones(
    together: BonesTogether, others: Sequence[BonesTogether], folder: Path, progress: Progress = silent
) -> None:
    """Write all files of a plan on several bones: those of the first, and of each other one in a folder of its name.

    ``others`` are the plans that it is compared with, on the same bones.
    """
    first, *more = together.bones
    for one in more:
        inner = folder / one.question.bone.name
        inner.mkdir()
        fill_plan(one, (), inner, progress)
    fill_plan(first, others, folder, progress, together)


def fill_plan(
    prediction: Prediction,
    others: Sequence[Prediction | BonesTogether],
    folder: Path,
    progress: Progress = silent,
    together: BonesTogether | None = None,
) -> None:
    """Write all files of a plan into an empty folder; the manifest comes last."""
    clock, whole = Clock(progress), together or prediction
    question = _question(prediction, others)
    (folder / "case.toml").write_text(question, encoding="utf-8")
    with clock.step("render"):
        _draw(prediction, others, folder, whole)
        if together is not None:
            draw_bones(together, folder / "bones.png", f"{prediction.plan.title}: {len(together.bones)} bones")
    with clock.step("write"):
        rows = weekly(prediction)
        write_rows(folder / "weeks.csv", rows, list(rows[0]))
        sites = _site_rows(prediction)
        write_rows(folder / "sites.csv", sites, list(sites[0]))
        if whole.subjects is not None:
            people = zip(whole.subjects.weight.tolist(), whole.subjects.probability[:, -1].tolist(), strict=True)
            write_rows(folder / SUBJECTS, [dict(zip(_SUBJECT, one, strict=True)) for one in people], list(_SUBJECT))
        if whole.growth_limit is not None:
            points = [asdict(point) for point in whole.growth_limit.curve]
            write_rows(folder / "growth.csv", points, list(points[0]))
        fields: dict[str, npt.NDArray[Any]] = {
            "damage_per_day": prediction.damage_per_day,
            "days_to_failure": np.where(prediction.excluded, 0.0, days_to_failure(prediction.damage_per_day)),
            EXCLUDED_FIELD: prediction.excluded.astype(np.uint8),
        }
        mesh = of_side(prediction.solved.mesh, prediction.question.side)
        write_fields(mesh, fields, {}, folder / "fields.vtu")
    prediction.wall_s.update(clock.wall_s)
    write_json(folder / "result.json", plan_figures(prediction, others, together).table())
    seeds = {"mesh": 1, "people": prediction.settings.seed}
    seal(
        folder,
        manifest_of("plan", question, prediction.question.tissue, prediction.solved.unit, prediction.wall_s, seeds),
    )


def plan_figures(
    prediction: Prediction,
    others: Sequence[Prediction | BonesTogether] = (),
    together: BonesTogether | None = None,
) -> PlanFigures:
    """Content of ``result.json`` for the prediction of a plan, compared with others or beside other bones."""
    whole = together or prediction
    question, final = prediction.question, prediction.curve_by_site[:, -1]
    settings = {_SETTINGS.get(name, name): value for name, value in asdict(prediction.settings).items()}
    return PlanFigures(
        bone=question.bone.name,
        plan=prediction.plan.name,
        tissue=question.tissue.name,
        body_mass_kg=question.mass_kg,
        side=question.side,
        mesh=mesh_figures(prediction.solved),
        model={**settings, "accustomed": prediction.plan.accustomed},
        risk=_risk(prediction),
        loads=[
            PlanLoadFigures(
                activity=load.case.activity.name, title=load.case.activity.title, cycles=float(load.contacts.sum())
            )
            for load in prediction.loads
        ],
        sites=[
            SiteFigures(
                site=prediction.sites[k],
                expected_share=None if prediction.share_by_site is None else float(final[k]),
                probability=float(prediction.by_site[k, -1]),
            )
            for k in np.argsort(-final, kind="stable")
            if final[k] > _LEAST_SHARE * final.max()
        ],
        sensitivity=prediction.sensitivity,
        weeks=weekly(prediction),
        growth_limit=whole.growth_limit,
        rest_limit=whole.rest_limit,
        compared=[_other(one, compared_plans(plan_side(whole), plan_side(one))) for one in others],
        bones=[
            BoneFigures(bone=one.question.bone.name, title=one.question.bone_title, risk=_risk(one))
            for one in ([] if together is None else together.bones)
        ],
        any_bone=None if together is None else _any_risk(together),
        remarks=question.remarks,
        wall_s=prediction.wall_s,
    )


def _other(one: Prediction | BonesTogether, comparison: PlanComparison) -> OtherPlan:
    a, b = comparison.designs
    return OtherPlan(
        plan=one.plan.name,
        risk=_any_risk(one) if isinstance(one, BonesTogether) else _risk(one),
        a=a,
        b=b,
        conclusion=comparison.conclusion,
        inputs=input_figures(comparison.inputs),
        paired=paired_figures(comparison.risk),
    )


def _risk(prediction: Prediction) -> RiskFigures:
    table = _over_people(prediction, prediction.contacts)
    table["total_area_gain"] = float(((1.0 + prediction.apposition) ** 2 - 1.0).max())
    if prediction.other is not None:
        lagging = "without" if prediction.settings.transient else "with"
        table[f"probability_{lagging}_lag"] = float(prediction.other[-1])
    if prediction.other_muscles is not None:
        tired = "without" if prediction.settings.muscle_fatigue else "with"
        table[f"probability_{tired}_muscle_fatigue"] = float(prediction.other_muscles[-1])
    return RiskFigures.model_validate(table)


def _any_risk(together: BonesTogether) -> RiskFigures:
    return RiskFigures.model_validate(_over_people(together, together.bones[0].contacts))


def _over_people(one: Prediction | BonesTogether, contacts: npt.NDArray[np.float64]) -> dict[str, float | int]:
    days = one.plan.days
    table: dict[str, float | int] = {
        "cycles_per_day": float(contacts.sum()) / days,
        "days": days,
        "probability": float(one.probability[-1]),
        "damage": final_risk(one).damage,
    }
    if one.usual_share is not None:
        table["usual_share"] = one.usual_share
    if one.share is not None and one.band is not None and one.spread is not None:
        table["expected_share"] = float(one.share[-1])
        table |= {f"p{percent:02}": float(row[-1]) for percent, row in zip(PERCENTILES, one.band, strict=True)}
        table["sd"] = one.spread
    return table


def weekly(prediction: Prediction) -> list[dict[str, float | int]]:
    """A row for each week: km, repetitions, contacts of one leg, and the risk at its end."""
    rows: list[dict[str, float | int]] = []
    contacts = prediction.contacts.sum(axis=0).reshape(-1, 7).sum(axis=1)
    km, repetitions = prediction.plan.weekly_amounts()
    for week in range(prediction.plan.weeks):
        end = 7 * week + 6
        row: dict[str, float | int] = {
            "week": week + 1,
            "distance_km": round(km[week], 3),
            "repetitions": round(repetitions[week], 1),
            "cycles": round(float(contacts[week]), 1),
            **({} if prediction.share is None else {"expected_share": float(prediction.share[end])}),
            "probability": float(prediction.probability[end]),
        }
        if prediction.other is not None:
            row[f"probability_{'without' if prediction.settings.transient else 'with'}_lag"] = float(
                prediction.other[end]
            )
        if prediction.band is not None:
            row |= {
                f"p{percent:02}": float(line[end]) for percent, line in zip(PERCENTILES, prediction.band, strict=True)
            }
        rows.append(row)
    return rows


def _site_rows(prediction: Prediction) -> list[dict[str, float | int]]:
    """A row for each week with the expected share of each site that contributes to the risk."""
    by_site = prediction.curve_by_site
    final = by_site[:, -1]
    kept = [k for k in np.argsort(-final, kind="stable") if final[k] > _LEAST_SHARE * final.max()]
    return [
        {"week": week + 1, **{prediction.sites[k]: float(by_site[k, 7 * week + 6]) for k in kept}}
        for week in range(prediction.plan.weeks)
    ]


def _question(prediction: Prediction, others: Sequence[Prediction | BonesTogether]) -> str:
    """The whole question as TOML."""
    return tomli_w.dumps(
        {
            "body_mass_kg": prediction.question.mass_kg,
            "support": prediction.solved.support,
            "side": prediction.question.side,
            **({} if prediction.question.limit is None else {"limit": prediction.question.limit}),
            "settings": {_SETTINGS.get(name, name): value for name, value in asdict(prediction.settings).items()},
            "plan": _dumped(prediction.plan),
            "compared": [_dumped(one.plan) for one in others],
            "bone": _dumped(prediction.question.bone),
            "tissue": _dumped(prediction.question.tissue),
            "fatigue": _dumped(prediction.question.fatigue),
        }
    )


def _dumped(record: Any) -> dict[str, Any]:
    table: dict[str, Any] = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    return table


def _draw(
    prediction: Prediction,
    others: Sequence[Prediction | BonesTogether],
    folder: Path,
    whole: Prediction | BonesTogether,
) -> None:
    question = prediction.question
    of = f"any of {len(whole.bones)} bones" if isinstance(whole, BonesTogether) else question.bone_title
    made_of = "" if question.tissue.name == "healthy" else f", {question.tissue.title}"
    title = f"{question.bone_title}: {prediction.plan.title}{made_of}"
    draw_plan(prediction, folder / "plan.png", title)
    draw_calendar(prediction, folder / "calendar.png", title)
    if whole.growth_limit is not None:
        draw_growth(whole.growth_limit, folder / "growth.png", f"{of}: {prediction.plan.title}{made_of}")
    if others:
        draw_plans([whole, *others], folder / "compare.png", f"{of}: plans compared")
    draw_damage(prediction, folder, title)
