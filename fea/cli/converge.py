# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea converge`: the error that the mesh makes, by refinement and extrapolation."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fea.cli.options import DOING, MADE_OF, Cache, Changes, Doing, Json, MadeOf, Mass, Size, Solver
from fea.errors import InputError

if TYPE_CHECKING:
    from fea.case import Case
    from fea.convergence import Convergence
    from fea.solve import Carried


def converge(
    what: str,
    activity: str | None = None,
    *,
    sizes: Annotated[
        tuple[float, ...],
        Parameter(consume_multiple=True, negative="", help="Edge lengths in mm; 2, √2, 1, 1/√2 times SIZE by default."),
    ] = (),
    size: Size = None,
    mass: Mass = 70.0,
    doing: Doing = DOING,
    made_of: MadeOf = MADE_OF,
    changes: Changes = (),
    out: Annotated[
        Path | None,
        Parameter(help="CSV file to write: a row for each mesh, then limit and error; DIR/convergence.csv for a run."),
    ] = None,
    solver: Solver = None,
    cache: Cache = False,
    as_json: Json = False,
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
    from rich.console import Console

    from fea.case import resolved
    from fea.folder import CONVERGENCE

    if activity is None:
        if (size, mass, doing, made_of, changes) != (None, 70.0, DOING, MADE_OF, ()):
            raise InputError("a run folder holds its whole question; options that change it go with BONE ACTIVITY.")
        case, carried = _asked(Path(what))
        out = Path(what) / CONVERGENCE if out is None else out
    else:
        options, tissue, carried = doing.options(), made_of.options(), None
        case = resolved(
            what, activity, body_mass_kg=mass, size_mm=size, changes=changes, options=options, tissue=tissue
        )
    if out is not None and not out.parent.is_dir():
        raise InputError(f"the table cannot be written to {str(out)!r}: there is no such folder.")
    with Console(stderr=True).status("loading libraries") as status:
        from fea.convergence import converged
        from fea.solve import solving_with

        with solving_with(solver):
            found = converged(case, sizes, carried=carried, use_cache=cache, announce=status.update)
    if out is not None:
        _write(found, out)
    if as_json:
        print(json.dumps(asdict(found), indent=2))
    else:
        _print(found, f"{case.bone.title}: {case.activity.title}")


def _asked(folder: Path) -> tuple[Case, Carried]:
    if not folder.is_dir():
        raise InputError(f"ACTIVITY is missing, and {str(folder)!r} is no run folder.")
    from fea.report import read_question

    return read_question(folder)


def _print(found: Convergence, title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{title}; error at {found.size_mm:g} mm")
    sizes = [f"{m.size_mm:.3g} mm" for m in found.meshes]
    for column in ("", *sizes, "order", "limit", "scatter", "error"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("unknowns", *(f"{m.dofs}" for m in found.meshes), "", "", "", "")
    for trend in found.trends:
        values = [_shown(m.measures[trend.measure]) for m in found.meshes]
        order = "–" if trend.order is None else f"{trend.order:.1f}"
        shares = (f"{100.0 * share:.1f} %" for share in (trend.scatter, trend.error))
        table.add_row(trend.measure, *values, order, _shown(trend.extrapolated), *shares)
    console = Console(width=None if Console().is_terminal else 140)
    console.print(table)
    console.print("order –: no trend above the scatter, or none of an order from 1 to 4; error is trend plus scatter.")


def _shown(value: float, decimals: int = 0) -> str:
    return f"{value:.{decimals}f}" if abs(value) >= 100.0 else f"{value:.{3 + decimals}g}"


def _write(found: Convergence, file: Path) -> None:
    from fea.folder import write_rows
    from fea.report import written_file

    names = [trend.measure for trend in found.trends]
    rows: list[dict[str, object]] = [
        {
            "size / mm": f"{m.size_mm:.4g}",
            "cells": m.cells,
            "dofs": m.dofs,
            **{name: _shown(m.measures[name], 1) for name in names},
            "mesh to strain / s": f"{m.wall_s:.0f}",
        }
        for m in found.meshes
    ]
    rows.append({"size / mm": "limit", **{t.measure: _shown(t.extrapolated, 1) for t in found.trends}})
    orders = {t.measure: "" if t.order is None else f"{t.order:.1f}" for t in found.trends}
    rows.append({"size / mm": "order", **orders})
    for name in ("scatter", "error"):
        shares = {t.measure: f"{100.0 * getattr(t, name):.2f}" for t in found.trends}
        rows.append({"size / mm": f"{name} at {found.size_mm:g} mm / %", **shares})
    with written_file(file) as partial:
        write_rows(partial, rows, list(rows[0]))
