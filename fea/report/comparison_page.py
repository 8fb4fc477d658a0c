# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a comparison: what changed in the whole bone, on its surface and place by place."""

from __future__ import annotations

from pathlib import Path

from fea.errors import InputError
from fea.folder import MANIFEST
from fea.report.folder import Manifest, read_manifest, read_record
from fea.report.page import image, rendered
from fea.report.section import Cell, Section, Table, number_or_text, read_rows, shortened

_COLUMNS = {
    "metric": "metric",
    "place": "place",
    "unit": "unit",
    "a": "A",
    "b": "B",
    "difference": "B − A",
    "percent": "growth %",
    "low": "95 % from",
    "high": "to",
    "grew": "grew in",
}


class ComparisonManifest(Manifest):
    """What a comparison was made of."""

    a: str
    b: str
    pairs: int
    subjects: int
    same_mesh: bool


def comparison_page(place: Path) -> str:
    """Return the page of a comparison as HTML.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    asked = read_record(place / MANIFEST, ComparisonManifest)
    metrics, places = (_changes(place / f"{name}.csv", caption) for name, caption in _TABLES.items())
    whole = [row for row in metrics.rows if row[1] == ""]
    changes = "; ".join(f"{row[0]} {row[6]:+.1f} %" for row in whole[:8] if isinstance(row[6], float))
    images = [image(place / "comparison.png", "changes", f"Growth from A to B, overall: {changes}.")]
    if asked.same_mesh:
        alt = "The bone from four sides, coloured by the change of the largest equivalent strain from A to B."
        images.append(image(place / "difference.png", "map of the difference", alt))
    who = f"{asked.subjects} subjects, " if asked.subjects else ""
    return rendered(
        "tables.html",
        place,
        title=f"{asked.b} against {asked.a}",
        manifest=read_manifest(place),
        lead=[
            f"A is {asked.a}; B is {asked.b}. {who}{asked.pairs} pair(s) of cases; differences are within pairs.",
            "One mesh: compared element by element."
            if asked.same_mesh
            else "The meshes differ: compared by level and sector.",
        ],
        keys=[],
        sections=[Section("What changes", images=tuple(images)), Section("Numbers", tables=(metrics, places))],
    )


_TABLES = {
    "comparison": "Metrics; growth in size, so that more compression is positive",
    "places": "95th percentile of the largest equivalent strain by level and sector",
}


def _changes(file: Path, caption: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for row in read_rows(file):
        if not _COLUMNS.keys() <= row.keys():
            raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns.")
        rows.append(tuple(number_or_text(row[column]) for column in _COLUMNS))
    return shortened(tuple(_COLUMNS.values()), rows, caption, file.name)
