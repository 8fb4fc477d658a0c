# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea compare`: two designs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from fea.cli.options import JsonOption
from fea.cli.places import check_folder_to_write

if TYPE_CHECKING:
    from rich.console import Console

    from fea.comparison import Comparison


def compare(
    a: str,
    b: str,
    /,
    *,
    plan: Annotated[
        str | None,
        Parameter(help="Plan whose amounts each design does, or none; ten_percent or jump_block by default."),
    ] = None,
    across: Annotated[
        tuple[Literal["activity"], ...],
        Parameter(negative="", help="Input that may differ although it says little: activity."),
    ] = (),
    margin: Annotated[
        float, Parameter(help="Difference in % of A within which designs are equivalent, over subjects.")
    ] = 5.0,
    out: Annotated[Path | None, Parameter(help="Folder to write; runs/compare by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs, plans, designs within a study, or studies: which design strains more, by how much, how sure.

    Parameters
    ----------
    a
        A folder of a run, a plan or a study, or a design of a study as FOLDER@factor=level,factor=level.
    b
        The other one.
    """
    from rich.console import Console

    folder = Path("runs/compare") if out is None else out
    check_folder_to_write(folder, (*(Path(side.partition("@")[0]) for side in (a, b)), plan))
    with Console(stderr=True).status("loading libraries") as status:
        from fea.api import compare_folders

        found = compare_folders(a, b, folder, plan=plan, across=across, margin_percent=margin, progress=status.update)
        from fea.comparison import PlanComparison
        from fea.folders import comparison_figures

    if as_json:
        print(json.dumps(comparison_figures(found).table(), indent=2, ensure_ascii=False))
        return
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=140)
    for sentence in found.conclusion.sentences:
        console.print(sentence, soft_wrap=True, markup=False, highlight=False)
    if isinstance(found, PlanComparison):
        console.print(f"picture: {folder / 'comparison.png'}", soft_wrap=True)
    else:
        _print_comparison(found, folder, console)


def _print_comparison(found: Comparison, folder: Path, console: Console) -> None:
    from rich.table import Table

    a, b = found.designs
    table = Table(title=f"{b} (B) against {a} (A)", title_justify="left")
    for column in ("metric", "unit", "A", "B", "B − A", "%", "95 % interval", "grew in"):
        table.add_column(column, justify="left" if column in {"metric", "unit"} else "right", no_wrap=True)
    for c in (change for change in found.metrics if not change.place):
        interval = f"{c.low:.4g} to {c.high:.4g}" if c.low == c.low else ""
        numbers = (f"{c.a:.4g}", f"{c.b:.4g}", f"{c.difference:+.4g}", c.relative_change, interval)
        table.add_row(c.metric, c.unit, *numbers, f"{100 * c.grew:.0f} %")
    console.print(table)
    who = "1 pair of cases" if found.pairs == 1 else f"{found.pairs} pairs of cases"
    who += f", {found.subjects} subjects" if found.subjects else ""
    where = (
        f"difference on the bone: {folder / 'difference.png'}"
        if found.on_mesh is not None
        else "the meshes differ, so places are levels and sectors"
    )
    console.print(f"{who}; {where}; table: {folder / 'comparison.csv'}", soft_wrap=True)
