# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea plan`: a training plan on one bone, a folder with its risk."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from fea.cli.options import MADE_OF, Cache, Changes, Json, MadeOf, Mass, Size, Solver
from fea.cli.steps import announced

if TYPE_CHECKING:
    from fea.prognosis import Prognosis


def plan(
    bone: str,
    plan: str,
    /,
    *,
    mass: Mass = 70.0,
    made_of: MadeOf = MADE_OF,
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
    lag: Annotated[bool, Parameter(negative="", help="Let resorption run ahead of formation.")] = False,
    samples: Annotated[int, Parameter(help="People drawn for the band; 0 for none.")] = 1024,
    fatigue: Annotated[Path | None, Parameter(help="Laws, repair and calibration of your own, TOML.")] = None,
    size: Size = None,
    changes: Changes = (),
    out: Annotated[Path | None, Parameter(help="Folder to write; runs/BONE-PLAN by default.")] = None,
    solver: Solver = None,
    cache: Cache = True,
    as_json: Json = False,
) -> None:
    """Follow a training plan: probability of a stress fracture by day and site; write a folder with pictures.

    For research and teaching, not medical advice.

    Parameters
    ----------
    bone
        A name that `bonefea list` shows, or a path to a TOML file.
    plan
        A name that `bonefea list` shows, or a path to a TOML file.
    """
    from fea.case import read_bone, read_fatigue, read_plan, read_tissue

    description = read_bone(bone, changes)
    plans = [read_plan(name) for name in (plan, *compare)]
    laws, tissue = read_fatigue(fatigue), read_tissue(made_of.options())
    laws.law(life_law)
    folder = Path("runs") / f"{description.name}-{plans[0].name}" if out is None else out
    with announced(quiet=as_json) as announce:
        from fea.pipeline import run_plan
        from fea.plan_record import plan_table
        from fea.risk import Settings
        from fea.solve import solving_with

        with solving_with(solver):
            found = run_plan(
                plans,
                description,
                folder,
                fatigue=laws,
                tissue=tissue,
                body_mass_kg=mass,
                size_mm=size,
                settings=Settings(law=life_law, strain=strain, form=form, lag=lag, samples=samples),
                use_cache=cache,
                announce=announce,
            )
    if as_json:
        print(json.dumps(plan_table(found[0], found[1:]), indent=2, ensure_ascii=False))
        return
    _print_plan(found, folder)


_SHORT = {
    "distance_km": "km",
    "repetitions": "times",
    "probability": "p",
    "probability_with_lag": "p with lag",
    "probability_without_lag": "p without lag",
}


def _print_plan(found: list[Prognosis], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from fea.plan_record import weekly
    from fea.risk import in_percent

    first = found[0]
    rows = [{_SHORT.get(k, k.replace("_", " ")): v for k, v in row.items()} for row in weekly(first)]
    made_of = "" if first.tissue.name == "healthy" else f", {first.tissue.title}"
    table = Table(title=f"{first.bone.title}: {first.plan.title}, {first.body_mass_kg:g} kg{made_of}")
    for column in rows[0]:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            *(in_percent(v) if k.startswith("p") else f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for k, v in row.items())
        )
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    worst = first.by_site[:, -1].argmax()
    if first.by_site[worst, -1] > 0.0:
        console.print(f"most at the {first.sites[worst]}: {in_percent(first.by_site[worst, -1])}")
    matters = sorted(first.sensitivity, key=lambda one: -one.total)
    if matters:
        console.print("what matters: " + ", ".join(f"{one.name} {one.total:.2f}" for one in matters))
    for one in found[1:]:
        console.print(f"compared: {one.plan.title}: {in_percent(one.probability[-1])}")
    console.print(f"research and teaching, not medical advice; {folder / 'plan.png'}", soft_wrap=True)
