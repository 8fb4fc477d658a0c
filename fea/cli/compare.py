# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea compare`: two designs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fea.cli.options import JsonOption
from fea.cli.places import check_folder_to_write

if TYPE_CHECKING:
    from fea.comparison import Comparison


def compare(
    a: str,
    b: str,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="Folder to write; runs/compare by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs, two designs within a study, or two studies: B minus A.

    Parameters
    ----------
    a
        A run folder, a study folder, or a design of a study as FOLDER@factor=level,factor=level.
    b
        The other one.
    """
    from rich.console import Console

    terminal = Console(stderr=True)
    folder = Path("runs/compare") if out is None else out
    check_folder_to_write(folder, [Path(side.partition("@")[0]) for side in (a, b)])
    with terminal.status("loading libraries") as status:
        from fea.api import compare as run_comparison

        found = run_comparison(a, b, folder, status.update)
    if as_json:
        rows = [{**vars(c), "percent": c.percent} for c in found.metrics]
        print(json.dumps([{k: None if v != v else v for k, v in row.items()} for row in rows], ensure_ascii=False))
        return
    _print_comparison(found, folder)


def _print_comparison(found: Comparison, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{found.b.label} (B) against {found.a.label} (A)", title_justify="left")
    for column in ("metric", "unit", "A", "B", "B − A", "%", "95 % interval", "grew in"):
        table.add_column(column, justify="left" if column in {"metric", "unit"} else "right", no_wrap=True)
    for c in (change for change in found.metrics if not change.place):
        interval = f"{c.low:.4g} to {c.high:.4g}" if c.low == c.low else ""
        numbers = (f"{c.a:.4g}", f"{c.b:.4g}", f"{c.difference:+.4g}", c.relative_change, interval)
        table.add_row(c.metric, c.unit, *numbers, f"{100 * c.grew:.0f} %")
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=140)
    console.print(table)
    who = f"{found.pairs} pairs of cases" + (f", {found.subjects} subjects" if found.subjects else "")
    where = (
        f"difference on the bone: {folder / 'difference.png'}"
        if found.on_mesh is not None
        else "the meshes differ, so places are levels and sectors"
    )
    console.print(f"{who}; {where}; table: {folder / 'comparison.csv'}", soft_wrap=True)
