# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command line: one function per command, messages for people, exit codes for scripts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from fea import __version__
from fea.errors import BonefeaError, InputError, MissingDependency, RunError

if TYPE_CHECKING:
    from fea.answer import Run
    from fea.prognosis import Prognosis

EXIT_INPUT = 2
EXIT_FAILURE = 1

app = App(
    name="bonefea",
    help="Where is a bone strained most? Strain maps and named hotspots from a bone, its tissue and its loads.",
    version=__version__,
    suppress_keyboard_interrupt=False,
)

Changes = Annotated[
    tuple[str, ...],
    Parameter(name="--set", negative="", help="Change the bone, e.g. length_mm=350; may be given several times."),
]
Size = Annotated[float | None, Parameter(name="--size", help="Edge length of the elements in mm.")]
Cache = Annotated[bool, Parameter(help="Use and keep solved bones in the cache.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of a table.")]


@app.command(name="list")
def list_library(*, as_json: Json = False) -> None:
    """Show the bones, activities, shoes and training plans that bonefea knows."""
    from fea.case import names, read_activity, read_bone, read_plan, read_shoes

    titles = {
        "bones": {name: read_bone(name).title for name in names("bone")},
        "activities": {name: read_activity(name).title for name in names("activity")},
        "footwear": {name: shoe.title for name, shoe in read_shoes().items()},
        "plans": {name: read_plan(name).title for name in names("plan")},
    }
    if as_json:
        print(json.dumps(titles, indent=2))
        return
    for kind, entries in titles.items():
        print(f"{kind}:")
        for name, title in entries.items():
            print(f"  {name:24} {title}")


@app.command
def mesh(
    bone: str,
    *,
    size: Size = None,
    changes: Changes = (),
    out: Annotated[Path | None, Parameter(help="File to write; .msh, .vtu or what meshio knows by its suffix.")] = None,
    as_json: Json = False,
) -> None:
    """Mesh a bone, report its quality, and write it with named regions.

    Parameters
    ----------
    bone
        A name that `bonefea list` shows, or a path to a TOML file.
    """
    from fea.bone import TISSUES, mesh_bone, write_mesh
    from fea.case import read_bone

    description = read_bone(bone, changes)
    made = mesh_bone(description, size)
    if out is not None:
        write_mesh(made, out)
    volumes = {t: float(made.volumes[made.tissue == k].sum()) for k, t in enumerate(TISSUES)}
    areas = {name: made.region_area(name) for name in made.regions}
    if as_json:
        report = {
            "cells": len(made.cells),
            "vertices": len(made.points),
            "volume_mm3": volumes,
            "min_quality": float(made.quality.min()),
            "region_area_mm2": areas,
        }
        print(json.dumps(report, indent=2))
        return
    print(f"{description.title}: {len(made.cells)} tetrahedra, {len(made.points)} vertices")
    print(f"quality (1 is regular): least {made.quality.min():.2f}, mean {made.quality.mean():.2f}")
    for tissue, volume in volumes.items():
        print(f"  {tissue:20} {volume:10.0f} mm³")
    for region, area in areas.items():
        print(f"  {region:20} {area:10.0f} mm²")


@app.command
def run(
    bone: str,
    activities: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    /,
    *,
    mass: Annotated[float, Parameter(help="Body mass in kg.")] = 70.0,
    pack: Annotated[float, Parameter(help="Carried mass in kg.")] = 0.0,
    speed: Annotated[float | None, Parameter(help="Speed in m/s, for activities that have one.")] = None,
    height: Annotated[float | None, Parameter(help="Drop height in m, for landings.")] = None,
    step_rate: Annotated[float | None, Parameter(help="Steps of both feet per minute.")] = None,
    footwear: Annotated[str, Parameter(help="A shoe that `bonefea list` shows.")] = "conventional",
    load: Annotated[Path | None, Parameter(help="A load history of your own, CSV or TOML, besides ACTIVITIES.")] = None,
    support: Annotated[
        Literal["held", "free"], Parameter(help="Regions held, or a free bone with a reaction on them.")
    ] = "held",
    size: Size = None,
    changes: Changes = (),
    out: Annotated[
        Path | None, Parameter(help="Run folder, or the parent of several; runs/BONE-ACTIVITY by default.")
    ] = None,
    cache: Cache = True,
    as_json: Json = False,
) -> None:
    """Solve activities on one bone; write a run folder for each and print the hotspots.

    Parameters
    ----------
    bone
        A name that `bonefea list` shows, or a path to a TOML file.
    activities
        Names that `bonefea list` shows, or paths to TOML or CSV files.
    """
    from rich.console import Console

    from fea.case import Options, resolved

    options = Options(speed, height, step_rate, pack, footwear)
    asked = [resolved(bone, a, body_mass_kg=mass, size_mm=size, changes=changes, options=options) for a in activities]
    if load is not None:
        asked.append(resolved(bone, str(load), body_mass_kg=mass, size_mm=size, changes=changes))
    if not asked:
        raise InputError("there is no activity; name one, or give --load FILE.")
    folders = _folders([f"{case.bone.name}-{case.activity.name}" for case in asked], out)
    terminal = Console(stderr=True)
    with terminal.status("loading libraries") as status:
        from fea.pipeline import run as run_pipeline
        from fea.record import result_table

        def announce(step: str) -> None:
            status.update(step)
            if not terminal.is_terminal and not as_json:
                print(step, file=sys.stderr)

        answers = run_pipeline(asked, folders, carried=support, use_cache=cache, announce=announce)
    if as_json:
        tables = [result_table(answer) for answer in answers]
        print(json.dumps(tables[0] if len(tables) == 1 else tables, indent=2))
        return
    for answer, folder in zip(answers, folders, strict=True):
        _print_run(answer, folder)


def _folders(names: list[str], out: Path | None) -> list[Path]:
    """Return a run folder for each name."""
    if len(set(names)) < len(names):
        raise InputError(f"an activity is named twice: {', '.join(names)}.")
    if out is None:
        return [Path("runs") / name for name in names]
    return [out] if len(names) == 1 else [out / name for name in names]


def _print_run(answer: Run, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    case, s = answer.case, answer.summary
    moving = len(answer.history.time_s) > 1
    table = Table(title=f"{case.bone.title}: {case.activity.title}, {case.body_mass_kg:g} kg")
    for column in ("", "site", "level %", "mode", "strain µε", "volume mm³", *(["at ms"] if moving else [])):
        table.add_column(column, justify="left" if column in {"site", "mode"} else "right")
    for h in answer.hotspots:
        row = [str(h.rank), h.site, f"{100 * h.level:.0f}", h.mode, f"{h.strain_ue:.0f}", f"{h.volume_mm3:.0f}"]
        table.add_row(*row, *([f"{1000 * h.time_s:.0f}"] if moving else []))
    console = Console()
    console.print(table)
    volumes = ", ".join(f"{v:.0f} mm³ above {t} µε" for t, v in s.strained_volume_mm3.items())
    console.print(f"equivalent strain p50 {s.p50_ue:.0f}, p90 {s.p90_ue:.0f}, p95 {s.p95_ue:.0f} µε; {volumes}")
    for g in (history.reading for history in answer.gauges):
        rate = f", {g.rate_ue_per_s:.0f} µε/s" if moving else ""
        console.print(f"gauge {g.name}: {g.tension_ue:+.0f} / {g.compression_ue:+.0f} µε, {g.axial_mpa:+.1f} MPa{rate}")
    e = answer.equilibrium
    console.print(f"equilibrium: force {e.force_residual:.0e}, moment {e.moment_residual:.0e} of the load")
    console.print(f"{sum(answer.wall_s.values()):.0f} s; map: {folder / 'map.png'}", soft_wrap=True)


@app.command
def loads(
    activity: str,
    *,
    export: Annotated[Path, Parameter(help="CSV file to write.")],
    bone: str = "tibia",
    mass: Annotated[float, Parameter(help="Body mass in kg.")] = 70.0,
    pack: Annotated[float, Parameter(help="Carried mass in kg.")] = 0.0,
    speed: Annotated[float | None, Parameter(help="Speed in m/s.")] = None,
    height: Annotated[float | None, Parameter(help="Drop height in m.")] = None,
    step_rate: Annotated[float | None, Parameter(help="Steps of both feet per minute.")] = None,
    footwear: Annotated[str, Parameter(help="A shoe that `bonefea list` shows.")] = "conventional",
) -> None:
    """Write the forces of an activity as a load history that you can change and run.

    Parameters
    ----------
    activity
        A name that `bonefea list` shows, or a path.
    """
    from fea.case import Options, resolved
    from fea.loading import load_history, write_history

    options = Options(speed, height, step_rate, pack, footwear)
    history = load_history(resolved(bone, activity, body_mass_kg=mass, options=options))
    write_history(history, export)
    print(f"{len(history.time_s)} frames on {len({x.region for x in history.loads})} regions: {export}")


@app.command
def validate(*, size: Size = None, cache: Cache = True, as_json: Json = False) -> None:
    """Print published values beside the model's, one row each."""
    from rich.console import Console
    from rich.table import Table

    from fea.validation import compared

    terminal = Console(stderr=True)
    with terminal.status("loading libraries") as status:
        found = compared(size, use_cache=cache, announce=status.update)
    if as_json:
        rows = [{**c.row.model_dump(exclude_none=True), "model": c.model, "verdict": c.verdict} for c in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = Table(title="tibia, average man of 70 kg")
    for column in ("quantity", "published", "model", "verdict", "source", "mark"):
        table.add_column(column, justify="right" if column in {"published", "model"} else "left")
    for c in found:
        spread = f" ± {c.row.sd:g}" if c.row.sd is not None else ""
        value = f"{c.row.value:g}{spread}" if c.row.value is not None else f"{c.row.low:g} to {c.row.high:g}"
        off = f", × {c.model / c.row.value:.2f}" if c.verdict == "no spread" and c.row.value else ""
        table.add_row(c.row.quantity, value, f"{c.model:.4g}", c.verdict + off, c.row.source, c.row.mark)
    Console(width=None if terminal.is_terminal else 180).print(table)


@app.command
def plan(
    bone: str,
    plan: str,
    /,
    *,
    mass: Annotated[float, Parameter(help="Body mass in kg.")] = 70.0,
    compare: Annotated[
        tuple[str, ...], Parameter(negative="", consume_multiple=True, help="Plans to draw into one figure with it.")
    ] = (),
    law: Annotated[str, Parameter(help="Life law of the fatigue data.")] = "carter_caler",
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
    from rich.console import Console

    from fea.case import read_bone, read_fatigue, read_plan

    description = read_bone(bone, changes)
    plans = [read_plan(name) for name in (plan, *compare)]
    laws = read_fatigue(fatigue)
    laws.law(law)
    folder = Path("runs") / f"{description.name}-{plans[0].name}" if out is None else out
    terminal = Console(stderr=True)
    with terminal.status("loading libraries") as status:
        from fea.pipeline import run_plan
        from fea.plan_record import plan_table
        from fea.risk import Settings

        def announce(step: str) -> None:
            status.update(step)
            if not terminal.is_terminal and not as_json:
                print(step, file=sys.stderr)

        found = run_plan(
            plans,
            description,
            folder,
            fatigue=laws,
            body_mass_kg=mass,
            size_mm=size,
            settings=Settings(law=law, strain=strain, form=form, lag=lag, samples=samples),
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

    first = found[0]
    rows = [{_SHORT.get(k, k.replace("_", " ")): v for k, v in row.items()} for row in weekly(first)]
    table = Table(title=f"{first.bone.title}: {first.plan.title}, {first.body_mass_kg:g} kg")
    for column in rows[0]:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            *(f"{v:.2%}" if k.startswith("p") else f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for k, v in row.items())
        )
    console = Console()
    console.print(table)
    worst = first.by_site[:, -1].argmax()
    if first.by_site[worst, -1] > 0.0:
        console.print(f"most at the {first.sites[worst]}: {first.by_site[worst, -1]:.2%}")
    matters = sorted(first.sensitivity, key=lambda one: -one.total)
    if matters:
        console.print("what matters: " + ", ".join(f"{one.name} {one.total:.2f}" for one in matters))
    for one in found[1:]:
        console.print(f"compared: {one.plan.title}: {one.probability[-1]:.2%}")
    console.print(f"research and teaching, not medical advice; {folder / 'plan.png'}", soft_wrap=True)


@app.command
def doctor(*, as_json: Json = False) -> None:
    """Say what is installed and whether meshing, solving, MPI and off-screen rendering work."""
    from fea.doctor import examine

    findings = examine()
    if as_json:
        print(json.dumps([vars(f) for f in findings], indent=2))
    else:
        for f in findings:
            print(f"{'ok  ' if f.ok else 'FAIL'} {f.name:12} {f.version:14} {f.detail}")
    if not all(f.ok for f in findings):
        raise RunError("something does not work, see above.")


def main() -> None:
    """Run the command line; exit 0 when done, 2 for a mistake in the input, 1 for a failed run."""
    try:
        app(exit_on_error=False, print_error=False)
    except InputError as error:
        _leave(str(error), EXIT_INPUT)
    except CycloptsError as error:
        _leave(" ".join(str(error).split()), EXIT_INPUT)
    except (MissingDependency, RunError, BonefeaError) as error:
        _leave(str(error), EXIT_FAILURE)
    except KeyboardInterrupt:
        _leave("stopped.", 130)


def _leave(message: str, code: int) -> None:
    print(f"bonefea: {message}", file=sys.stderr)
    sys.exit(code)
