# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea converge`: the error that the mesh makes, by refinement and extrapolation."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from fea.case import Case, Options
from fea.checks.convergence import rounded
from fea.cli.options import CacheOption, ChangesOption, JsonOption, SolverOption, ThreadsOption
from fea.cli.places import Overwrite, check_file_to_write
from fea.cli.question import ACTIVITY, BODY, MATERIAL, Activity, Body, Material
from fea.errors import InputError
from fea.files import is_folder
from fea.folders import CONVERGENCE, read_question
from fea.loading import resolved_with_trials

if TYPE_CHECKING:
    from fea.checks import Convergence


def converge(
    what: str,
    activity: str | None = None,
    *,
    sizes: Annotated[
        tuple[float, ...],
        Parameter(consume_multiple=True, negative="", help="Edge lengths in mm; 2, √2, 1, 1/√2 times SIZE by default."),
    ] = (),
    body: Body = BODY,
    how: Activity = ACTIVITY,
    material: Material = MATERIAL,
    changes: ChangesOption = (),
    out: Annotated[
        Path | None,
        Parameter(help="CSV file to write: a row for each mesh, then limit and error; DIR/convergence.csv for a run."),
    ] = None,
    overwrite: Overwrite = False,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = False,
    as_json: JsonOption = False,
) -> None:
    """Refine the mesh, extrapolate, and state the discretisation error at SIZE.

    The probability is that of a fracture after the days and contacts that the calibration was made for, each contact
    being one of ACTIVITY; it stands for the error, not for a person.

    Parameters
    ----------
    what
        A bone that `bonefea list` shows, a path to its TOML file, or a run folder, whose question it then asks.
    activity
        A name that `bonefea list` shows, or a path; none with a run folder.
    """
    if activity is None:
        if (body, how, material, changes) != (BODY, ACTIVITY, MATERIAL, ()):
            raise InputError("a run folder holds its whole question; options that change it go with BONE ACTIVITY.")
        case = _asked(Path(what))
        usual = Path(what) / CONVERGENCE
        out = usual if out is None else out
        replaces = overwrite or out == usual
    else:
        case = resolved_with_trials(
            what, activity, Options(**vars(body), **vars(how), **vars(material)), changes=changes
        )
        replaces = overwrite
    if out is not None:
        check_file_to_write(
            out,
            (what, activity, material.tissue, how.footwear, how.carriage),
            folder=Path(what) if activity is None else None,
            overwrite=replaces,
        )
    if out is not None and not out.parent.is_dir():
        raise InputError(f"the table cannot be written to {str(out)!r}: there is no such folder.")
    with Console(stderr=True).status("loading libraries") as status:
        from fea.checks import converged, write_convergence
        from fea.solve import solving_with

        with solving_with(solver, threads):
            found = converged(case, sizes, use_cache=cache, progress=status.update)
    if out is not None:
        write_convergence(found, out, replaces=replaces)
    if as_json:
        print(json.dumps(asdict(found), indent=2))
    else:
        _print(found, f"{case.bone.title}: {case.activity.title}")


def _asked(folder: Path) -> Case:
    if not is_folder(folder):
        raise InputError(f"ACTIVITY is missing, and {str(folder)!r} is no run folder.")
    return read_question(folder)


def _print(found: Convergence, title: str) -> None:
    table = Table(title=f"{title}; error at {found.size_mm:g} mm")
    sizes = [f"{m.size_mm:.3g} mm" for m in found.meshes]
    for column in ("", *sizes, "order", "limit", "scatter", "error"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("unknowns", *(f"{m.dofs}" for m in found.meshes), "", "", "", "")
    for trend in found.trends:
        values = [rounded(m.measures[trend.measure]) for m in found.meshes]
        order = "–" if trend.order is None else f"{trend.order:.1f}"
        shares = (f"{100.0 * share:.1f} %" for share in (trend.scatter, trend.error))
        table.add_row(trend.measure, *values, order, rounded(trend.extrapolated), *shares)
    console = Console(width=None if Console().is_terminal else 140)
    console.print(table)
    console.print("order –: no trend above the scatter, or none of an order from 1 to 4; error is trend plus scatter.")
