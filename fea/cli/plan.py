# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea plan`: a training plan on one bone, a folder with its risk."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, Token

from fea.case import BoneDescription, Plan, in_design, in_other_design, read_bone, read_fatigue, read_plan, read_tissue
from fea.cli.options import CacheOption, ChangesOption, JsonOption, SolverOption, ThreadsOption
from fea.cli.places import check_folder_to_write, folder_name
from fea.cli.question import BODY, DESIGN, MATERIAL, OTHER_DESIGN, Body, Design, Material, OtherDesign
from fea.cli.steps import shown_progress
from fea.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from fea.evaluate import BonesTogether, GrowthLimit, Prediction
    from fea.folders import PlanFigures


def _share(_: object, tokens: Sequence[Token]) -> float:
    """Share of people of a text in percent; a number alone could be either and is refused."""
    given = tokens[0].value
    with suppress(ValueError):
        if given.rstrip().endswith("%"):
            return float(given.rstrip().removesuffix("%")) / 100.0
    raise ValueError(f"limit is {given!r}; allowed: a share of people in percent, such as 1%.")


def plan(
    *bones_and_plan: str,
    body: Body = BODY,
    material: Material = MATERIAL,
    design: Design = DESIGN,
    other: OtherDesign = OTHER_DESIGN,
    compare: Annotated[
        tuple[str, ...], Parameter(negative="", consume_multiple=True, help="Plans to draw into one figure with it.")
    ] = (),
    life_law: Annotated[str, Parameter(help="Life law of the fatigue data.")] = "carter_caler",
    strain: Annotated[
        Literal["normal", "equivalent"], Parameter(help="Strain that is counted; published models take equivalent.")
    ] = "normal",
    form: Annotated[
        Literal["cumulative", "published"], Parameter(help="Cumulative damage, or the published single horizon.")
    ] = "cumulative",
    transient: Annotated[
        bool, Parameter(name=["--transient", "--lag"], negative="", help="Remodelling transient: resorption first.")
    ] = False,
    muscle_fatigue: Annotated[
        bool, Parameter(negative="", help="Muscles tire: strain rises over the distance of a day, as published.")
    ] = False,
    samples: Annotated[int, Parameter(help="Virtual subjects drawn for share and band; 0 for none.")] = 1024,
    fatigue: Annotated[Path | None, Parameter(help="Laws, repair and calibration of your own, TOML.")] = None,
    limit: Annotated[
        float | None,
        Parameter(
            converter=_share,
            help="Share such as 1%: seek the largest weekly growth and the fewest rest days.",
        ),
    ] = None,
    changes: ChangesOption = (),
    out: Annotated[Path | None, Parameter(help="Folder to write; runs/BONE-PLAN by default.")] = None,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = True,
    as_json: JsonOption = False,
) -> None:
    """Follow a training plan: how many of 100 people break a bone, by day and site; write a folder with pictures.

    Options of a design take the place of those of the plan; --compare-… follows it in a second design beside the first.
    For research and teaching, not medical advice.

    Parameters
    ----------
    bones_and_plan
        One or more bones, then the plan: names that `bonefea list` shows, or paths to TOML files. The plan may be a
        training diary (see `bonefea diary`).
    """
    if len(bones_and_plan) < 2:
        raise InputError("name a bone, or several, and a plan, such as: bonefea plan tibia metatarsal2 recruit.")
    *bones, chosen = bones_and_plan
    descriptions = [read_bone(bone, changes) for bone in bones]
    first, *more = (read_plan(name) for name in (chosen, *compare))
    plans = [in_design(one, design) for one in (first, *more)]
    beside = in_other_design(first, design, other)
    laws, tissue = read_fatigue(fatigue), read_tissue(material)
    laws.law(life_law)
    named = [folder_name(one.name, bone) for one, bone in zip(descriptions, bones, strict=True)]
    folder = Path("runs") / "-".join([*named, folder_name(plans[0].name, chosen)]) if out is None else out
    named_files = [one for pair in ((x.footwear, x.carriage) for x in (design, other)) for one in pair]
    check_folder_to_write(folder, (*bones, chosen, *compare, fatigue, material.tissue, *named_files))
    with shown_progress(quiet=as_json) as progress:
        from fea.api import run_bones, run_plans
        from fea.evaluate import PlanQuestion
        from fea.folders import plan_figures
        from fea.risk import RiskSettings

        settings = RiskSettings(
            law=life_law,
            strain=strain,
            form=form,
            transient=transient,
            muscle_fatigue=muscle_fatigue,
            samples=samples,
        )
        asked = [[PlanQuestion(one, bone, tissue, laws, body, settings) for bone in descriptions] for one in plans]
        asked[0][0] = replace(asked[0][0], limit=limit)
        if beside is not None:
            heavier = body if other.mass_kg is None else replace(body, mass_kg=other.mass_kg)
            asked.insert(1, [PlanQuestion(beside, one, tissue, laws, heavier, settings) for one in descriptions])
        if len(bones) == 1:
            one_bone = [question for (question,) in asked]
            found = run_plans(one_bone, folder, solver=solver, threads=threads, use_cache=cache, progress=progress)
            figures = plan_figures(found[0], found[1:])
            show = partial(_print_plan, found, folder, figures)
        else:
            several = run_bones(asked, folder, solver=solver, threads=threads, use_cache=cache, progress=progress)
            figures = plan_figures(several[0].bones[0], several[1:], several[0])
            show = partial(_print_bones, several, folder, figures)
    if as_json:
        print(json.dumps(figures.table(), indent=2, ensure_ascii=False))
    else:
        show()


_SHORT = {
    "distance_km": "km",
    "repetitions": "times",
    "expected_share": "p of all",
    "probability": "p average",
    "probability_with_lag": "p with transient",
    "probability_without_lag": "p without transient",
}


def _print_bones(found: Sequence[BonesTogether], folder: Path, figures: PlanFigures) -> None:
    from rich.console import Console
    from rich.table import Table

    from fea.risk import in_percent

    together = found[0]
    first = together.bones[0]
    table = Table(title=f"{together.plan.title}, {first.question.mass_kg:g} kg: share with a stress fracture")
    for column in ("week", *(one.question.bone.name for one in together.bones), "any"):
        table.add_column(column, justify="right")
    for week in range(together.plan.weeks):
        end = 7 * week + 6
        table.add_row(str(week + 1), *(in_percent(one.curve[end]) for one in (*together.bones, together)))
    console = Console(width=None if sys.stdout.isatty() else 120)
    _print_conclusions(figures, console)
    _print_diaries([one.plan for one in found], console)
    _print_origins([one.question.bone for one in together.bones], console)
    console.print(table)
    for one in together.bones:
        console.print(f"{one.question.bone_title}: {one.headline}")
    console.print(f"any of them: {together.headline}")
    _print_limits(together, console)
    for other in found[1:]:
        console.print(f"compared: {other.plan.title}: {other.headline}")
    console.print(f"research and teaching, not medical advice; {folder / 'bones.png'}", soft_wrap=True)


def _print_plan(found: Sequence[Prediction], folder: Path, figures: PlanFigures) -> None:
    from rich.console import Console
    from rich.table import Table

    from fea.folders import weekly
    from fea.risk import in_percent

    first = found[0]
    rows = [{_SHORT.get(k, k.replace("_", " ")): v for k, v in row.items()} for row in weekly(first)]
    made_of = "" if first.question.tissue.name == "healthy" else f", {first.question.tissue.title}"
    table = Table(title=f"{first.question.bone_title}: {first.plan.title}, {first.question.mass_kg:g} kg{made_of}")
    for column in rows[0]:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            *(in_percent(v) if k.startswith("p") else f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for k, v in row.items())
        )
    console = Console(width=None if sys.stdout.isatty() else 120)
    _print_conclusions(figures, console)
    _print_diaries([one.plan for one in found], console)
    _print_origins([one.question.bone for one in found], console)
    console.print(table)
    final = first.curve_by_site[:, -1]
    worst = final.argmax()
    more = f"; most at the {first.sites[worst]}: {in_percent(final[worst])}" if final[worst] > 0.0 else ""
    console.print(first.headline + more)
    ranked = sorted(first.sensitivity, key=lambda one: -one.total)
    if ranked:
        console.print("Sobol sensitivity: " + ", ".join(f"{one.name} {one.total:.2f}" for one in ranked))
    if first.other_muscles is not None:
        tired = "without" if first.settings.muscle_fatigue else "with"
        console.print(f"the average person {tired} muscles that tire: {in_percent(first.other_muscles[-1])}")
    _print_limits(first, console)
    for one in found[1:]:
        console.print(f"compared: {one.plan.title}: {one.headline}")
    console.print(f"research and teaching, not medical advice; {folder / 'plan.png'}", soft_wrap=True)


def _print_conclusions(figures: PlanFigures, console: Console) -> None:
    for remark in figures.remarks:
        console.print(f"{remark}.", soft_wrap=True, markup=False, highlight=False)
    for other in figures.compared:
        for sentence in other.conclusion.sentences if other.conclusion else ():
            console.print(sentence, soft_wrap=True, markup=False, highlight=False)


def _print_diaries(plans: Sequence[Plan], console: Console) -> None:
    for one in plans:
        if said := one.sources.get("diary"):
            console.print(said, markup=False, highlight=False)


def _print_limits(one: Prediction | BonesTogether, console: Console) -> None:
    if one.growth_limit is not None:
        _print_growth(one.growth_limit, console)
    if one.rest_limit is not None:
        console.print(one.rest_limit.sentence)


def _print_growth(found: GrowthLimit, console: Console) -> None:
    from rich.table import Table

    from fea.risk import in_percent

    table = Table(title="first week of the plan, growing from week to week")
    for column in ("growth a week / %", "expected share", "last week / km", "last week / times"):
        table.add_column(column, justify="right")
    for point in found.curve:
        amounts = (f"{amount:.3g}" for amount in (point.last_week_km, point.last_week_repetitions))
        table.add_row(f"{point.growth_percent:+.3g}", in_percent(point.expected_share), *amounts)
    console.print(table)
    console.print(found.sentence)


def _print_origins(bones: Sequence[BoneDescription], console: Console) -> None:
    """Where imported bones come from; each is told once."""
    for note in dict.fromkeys(note for bone in bones if bone.origin is not None for note in bone.origin.account):
        console.print(f"bone: {note}", soft_wrap=True, markup=False, highlight=False)
