# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a comparison: changes of the whole bone, on its surface and place by place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fea.comparison import relative_change
from fea.folders import CsvCell, number_or_text, read_comparison
from fea.report.page import Part, image, part_of, words
from fea.report.section import PageSection, PageTable, counted, filled, shortened

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


def comparison_page(place: Path) -> Part:
    """What is said of a comparison.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    folder = read_comparison(place)
    asked, figures = folder.manifest, folder.figures
    metrics, places = (_changes(rows, asked.pairs) for rows in (folder.metrics, folder.places))
    whole = [row for row in metrics if row[1] == ""]
    changes = "; ".join(f"{row[0]} {row[6]:+.1f} %" for row in whole[:8] if isinstance(row[6], float))
    images = [image(place / "comparison.png", "changes", f"Growth from A to B, overall: {changes}.")]
    if asked.same_mesh:
        alt = "The bone from four sides, coloured by the change of the largest equivalent strain from A to B."
        images.append(image(place / "difference.png", "map of the difference", f"{alt} Overall: {changes}."))
    who = f"{counted(asked.subjects, 'subject', 'subjects')}, " if asked.subjects else ""
    pairs = counted(asked.pairs, "pair of cases", "pairs of cases; differences are within pairs")
    heads = tuple(_COLUMNS.values())
    of_plans = figures is not None and figures.of == "plans"
    same, other = "One mesh: compared element by element.", "The meshes differ: compared by level and sector."
    mesh = same if asked.same_mesh else other
    heading = "The whole plan" if of_plans else "The whole bone and its gauges"
    return part_of(
        "tables.html",
        place,
        title=f"{asked.b} against {asked.a}" if figures is None else f"{figures.b} against {figures.a}",
        manifest=asked,
        inputs=[],
        lead=[
            *(() if figures is None else figures.conclusion.sentences),
            f"A is {asked.a}; B is {asked.b}.",
            *(() if of_plans else (f"{who}{pairs}.", mesh)),
        ],
        keys=[
            (f"{row[0]}, growth", row[6], "+.1f", "%")
            for row in whole
            if str(row[0]).startswith(_KEYS) and isinstance(row[6], float)
        ],
        sections=[
            PageSection("What changes", images=tuple(images)),
            PageSection(heading, tables=(filled(shortened(heads, metrics, _GROWTH, _FIRST)),)),
            *(() if of_plans else (PageSection("Place by place", tables=_by_place(places)),)),
        ],
    )


_KEYS = ("p95", "peak tension", "peak compression", "volume above 4000 µε", "probability")
_GROWTH = "Metrics; growth in size, so that more compression is positive"
_FIRST = "comparison.csv"


def _changes(table: Sequence[dict[str, str]], pairs: int) -> list[tuple[CsvCell, ...]]:
    rows: list[tuple[CsvCell, ...]] = []
    for row in table:
        told = {**row, "place": words(row["place"]), "grew": row["grew"] if pairs > 1 else ""}
        a, b = (number_or_text(row[side]) for side in "ab")
        if a == 0.0 and isinstance(b, float) and b != 0.0:
            told["percent"] = relative_change(a, b, float("nan"))
        rows.append(tuple(number_or_text(told[name]) for name in _COLUMNS))
    return rows


def _by_place(changes: Sequence[tuple[CsvCell, ...]]) -> tuple[PageTable, ...]:
    """Change of each place as a table of levels, proximal above, and sectors."""
    differences: dict[str, dict[str, CsvCell]] = {}
    for _, place, _, _, _, difference, *_ in changes:
        sector, _, level = str(place).rpartition(", ")
        differences.setdefault(level, {})[sector] = difference
    sectors = list(dict.fromkeys(sector for row in differences.values() for sector in row))
    rows = [
        [level.removesuffix(" %").replace(" to ", "\u2060–\u2060"), *(row.get(sector, "") for sector in sectors)]
        for level, row in reversed(differences.items())
    ]
    caption = "B − A of the 95th percentile of the largest equivalent strain / µε, by level and sector"
    return (
        (shortened(["level %", *sectors], rows, f"{caption}; A, B and bounds in places.csv", "places.csv"),)
        if rows
        else ()
    )
