# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea run`: activities on one bone, a run folder for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from fea.case import Options
from fea.cli.options import CacheOption, ChangesOption, JsonOption, SolverOption, ThreadsOption
from fea.cli.places import check_folder_to_write, folder_name
from fea.cli.question import ACTIVITY, BODY, MATERIAL, Activity, Body, Material
from fea.cli.steps import shown_progress
from fea.errors import InputError
from fea.loading import resolved_with_trials

if TYPE_CHECKING:
    from fea.evaluate import Result


def run(
    bone: str,
    activities: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    /,
    *,
    body: Body = BODY,
    how: Activity = ACTIVITY,
    material: Material = MATERIAL,
    load: Annotated[Path | None, Parameter(help="A load history of your own, CSV or TOML, besides ACTIVITIES.")] = None,
    changes: ChangesOption = (),
    out: Annotated[
        Path | None, Parameter(help="Run folder, or the parent of several; runs/BONE-ACTIVITY by default.")
    ] = None,
    show: Annotated[
        tuple[Literal["density"], ...], Parameter(negative="", help="Pictures beside the usual ones.")
    ] = (),
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = True,
    as_json: JsonOption = False,
) -> None:
    """Solve activities on one bone; write a run folder for each and print the hotspots.

    Parameters
    ----------
    bone
        A name that `bonefea list` shows, or a path to a TOML file.
    activities
        Names that `bonefea list` shows, or paths to TOML or CSV files.
    """
    options = Options(**vars(body), **vars(how), **vars(material))
    asked = [resolved_with_trials(bone, activity, options, changes=changes) for activity in activities]
    if load is not None:
        asked.append(resolved_with_trials(bone, str(load), options, changes=changes))
    if not asked:
        raise InputError("there is no activity; name one, or give --load FILE.")
    given = [*activities, *([] if load is None else [str(load)])]
    names = [
        f"{folder_name(case.bone.name, bone)}-{folder_name(case.activity.name, one)}"
        for case, one in zip(asked, given, strict=True)
    ]
    folders = _folders(names, out)
    for folder in folders:
        check_folder_to_write(folder, (bone, material.tissue, how.footwear, how.carriage, *given))
    with shown_progress(quiet=as_json) as progress:
        from fea.api import run_cases

        results = run_cases(
            asked, folders, solver=solver, threads=threads, use_cache=cache, pictures=show, progress=progress
        )
    if as_json:
        tables = [result.figures.table() for result in results]
        print(json.dumps(tables[0] if len(tables) == 1 else tables, indent=2))
        return
    for result, folder in zip(results, folders, strict=True):
        _print_run(result, folder)


def _folders(names: list[str], out: Path | None) -> list[Path]:
    """A run folder for each name."""
    if len(set(names)) < len(names):
        raise InputError(f"an activity is named twice: {', '.join(names)}.")
    if out is None:
        return [Path("runs") / name for name in names]
    return [out] if len(names) == 1 else [out / name for name in names]


def _print_run(result: Result, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    case, s = result.case, result.summary
    moving = result.moving
    made_of = "" if case.tissue.name == "healthy" else f", {case.tissue.title}"
    table = Table(title=f"{case.bone_title}: {case.activity.title}, {case.person}{made_of}")
    for column in ("", "site", "level %", "mode", "strain µε", "volume mm³", *(["at ms"] if moving else [])):
        table.add_column(column, justify="left" if column in {"site", "mode"} else "right")
    for h in result.hotspots:
        row = [str(h.rank), h.site, f"{100 * h.level:.0f}", h.mode, f"{h.strain_ue:.0f}", f"{h.volume_mm3:.0f}"]
        table.add_row(*row, *([f"{1000 * h.time_s:.0f}"] if moving else []))
    console = Console()
    console.print(table)
    volumes = ", ".join(f"{v:.0f} mm³ above {t} µε" for t, v in s.strained_volume_mm3.items())
    console.print(f"{s.percentiles}; {volumes}")
    for g in (history.reading for history in result.gauges):
        rate = f", {g.rate_ue_per_s:.0f} µε/s" if moving else ""
        console.print(f"gauge {g.name}: {g.tension_ue:+.0f} / {g.compression_ue:+.0f} µε, {g.axial_mpa:+.1f} MPa{rate}")
    for note in case.notes:
        console.print(note, soft_wrap=True, markup=False, highlight=False)
    for remark in result.remarks:
        console.print(f"remark: {remark}", soft_wrap=True)
    e = result.equilibrium
    console.print(f"equilibrium: force {e.force_residual:.0e}, moment {e.moment_residual:.0e} of the load")
    console.print(f"{sum(result.wall_s.values()):.0f} s; map: {folder / 'map.png'}", soft_wrap=True)
