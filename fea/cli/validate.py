# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea validate`: published values beside the model's."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import CacheOption, JsonOption, SolverOption, ThreadsOption


def validate(
    *,
    coarser: Annotated[float, Parameter(help="Factor on the element sizes of the bones' files.")] = 1.0,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = True,
    as_json: JsonOption = False,
) -> None:
    """Print published values beside the model's, one row each."""
    from rich.console import Console
    from rich.table import Table

    from fea.checks import compared
    from fea.solve import solving_with

    terminal = Console(stderr=True)
    with terminal.status("loading libraries") as status, solving_with(solver, threads):
        found = compared(coarser, use_cache=cache, progress=status.update)
    if as_json:
        rows = [{**c.row.model_dump(exclude_none=True), "model": c.model, "verdict": c.verdict} for c in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = Table(title="average man of 70 kg")
    for column in ("bone", "quantity", "published", "model", "verdict", "source", "evidence"):
        table.add_column(column, justify="right" if column in {"published", "model"} else "left")
    for c in found:
        spread = f" ± {c.row.sd:g}" if c.row.sd is not None else ""
        value = f"{c.row.value:g}{spread}" if c.row.value is not None else f"{c.row.low:g} to {c.row.high:g}"
        off = f", × {c.model / c.row.value:.2f}" if c.verdict == "no spread" and c.row.value else ""
        table.add_row(
            c.row.bone, c.row.quantity, value, f"{c.model:.4g}", c.verdict + off, c.row.source, c.row.evidence
        )
    Console(width=None if terminal.is_terminal else 180).print(table)
