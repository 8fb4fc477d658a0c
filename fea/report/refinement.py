# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The error of the mesh: the table that `bonefea converge` writes into a run folder, checked against the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fea.errors import InputError
from fea.folders import CONVERGENCE, CsvCell, number_or_text, read_rows
from fea.report.section import PageTable

_JUDGED = "p95 / ue"
_SIZE = "size / mm"
_LEFT_OUT = {"cells", "p50 / ue", "p90 / ue", "mesh to strain / s"}
_ROUNDED = 0.06
"""The table holds strains to a tenth of a µε."""


@dataclass(frozen=True)
class RefinementTable:
    """Meshes from coarse to fine with limit, order and error; ``error_percent`` is that of the p95 of strain."""

    table: PageTable
    error_percent: float


def read_refined(place: Path, cells: int, p95_ue: float) -> RefinementTable | None:
    """Convergence of the strains of a run as its mesh is refined, or None without a table.

    Parameters
    ----------
    place : Path
        The run folder.
    cells, p95_ue : int and float
        Those of the run; the table has to hold a mesh with the same, or it is about another question.

    Raises
    ------
    fea.errors.InputError
        The table cannot be read, is not what bonefea writes, or is about another run.
    """
    file = place / CONVERGENCE
    if not file.is_file():
        return None
    rows = read_rows(file)
    names = list(rows[0]) if rows else []
    if not {_SIZE, "cells", _JUDGED} <= set(names):
        raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns or rows.")
    values = [[number_or_text(row[name] or _absent(row, name)) for name in names] for row in rows]
    judged, counted = names.index(_JUDGED), names.index("cells")
    if not any(row[counted] == cells and _same(row[judged], p95_ue) for row in values):
        raise InputError(
            f"{str(file)!r} is about another run: none of its meshes has {cells} cells and a p95 of {p95_ue:.1f} µε. "
            "Remove it, or write it again with `bonefea converge`."
        )
    error = values[-1][judged]
    if not str(values[-1][0]).startswith("error at ") or not isinstance(error, float):
        raise InputError(f"{str(file)!r} is not what bonefea writes: its last row is not the error.")
    caption = "Meshes from coarse to fine; limit, order and error of the fit f(h) = f₀ + C hᵖ"
    kept = [k for k, name in enumerate(names) if name not in _LEFT_OUT]
    shown = tuple(tuple(row[k] for k in kept) for row in values)
    return RefinementTable(PageTable(tuple(_worded(names[k]) for k in kept), shown, caption), error)


def _absent(row: dict[str, str], name: str) -> str:
    """Text for the order of a measure without a trend above its scatter; empty for others."""
    return "–" if row[_SIZE] == "order" and name not in ("cells", "dofs") else ""


def _same(shown: CsvCell, value: float) -> bool:
    return isinstance(shown, float) and abs(shown - value) <= _ROUNDED


def _worded(name: str) -> str:
    return {"dofs": "unknowns"}.get(name, name).replace("mm3", "mm³").replace(" ue", " µε")
