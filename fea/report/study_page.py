# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a study: its question, each factor's effect in means, and the cases in one table."""

from __future__ import annotations

from pathlib import Path

from fea.errors import InputError
from fea.folder import MANIFEST
from fea.report.folder import Manifest, Read, read_record
from fea.report.page import Image, image, rendered, words
from fea.report.section import Cell, Section, Table, number_or_text, read_rows, shortened

_SHOWN = ("p95", "peak tension", "peak compression", "volume above 4000 µε")
_NOT_FACTORS = ("case", "metric", "place", "unit", "value")


class Question(Read):
    """What the study is called."""

    name: str
    title: str = ""


class StudyManifest(Manifest):
    """What a study was made of."""

    study: Question
    cases: dict[str, str]
    failed: dict[str, str]
    meshes: int


def study_page(place: Path) -> str:
    """Return the page of a study as HTML.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    asked = read_record(place / MANIFEST, StudyManifest)
    cases, factors = _cases(place / "results.csv")
    title = asked.study.title or words(asked.study.name)
    drawn: tuple[Image, ...] = ()
    if (place / "study.png").is_file():
        drawn = (image(place / "study.png", "the study", f"{title}: strain and strained volume over the factors."),)
    failures = shortened(("case", "reason"), list(asked.failed.items()), "Cases that failed", MANIFEST)
    return rendered(
        "tables.html",
        place,
        title=title,
        manifest=asked,
        lead=[f"{len(asked.cases)} cases on {asked.meshes} mesh(es), {len(asked.failed)} failed."],
        keys=[],
        sections=[
            Section("By factor", images=drawn, tables=tuple(_means(cases, factor) for factor in factors)),
            Section("Cases", tables=(_listed(cases, factors), *([failures] if asked.failed else []))),
        ],
    )


def _cases(file: Path) -> tuple[list[dict[str, Cell]], list[str]]:
    """Return a row for each case with its factors and metrics, and the factors that vary."""
    rows = read_rows(file)
    if not rows or not set(_NOT_FACTORS) <= rows[0].keys():
        raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns or rows.")
    factors = [name for name in rows[0] if name not in _NOT_FACTORS]
    found: dict[str, dict[str, Cell]] = {}
    for row in rows:
        case = found.setdefault(row["case"], {f: number_or_text(row[f]) for f in ("case", *factors)})
        if row["metric"] in _SHOWN and row["place"] == "":
            case[f"{row['metric']} / {row['unit']}"] = number_or_text(row["value"])
    cases = list(found.values())
    return cases, [f for f in factors if len({case[f] for case in cases}) > 1]


def _metrics(cases: list[dict[str, Cell]]) -> list[str]:
    return [name for name in cases[0] if " / " in name]


def _listed(cases: list[dict[str, Cell]], factors: list[str]) -> Table:
    columns = ["case", *factors, *_metrics(cases)]
    rows = [[case.get(column, "") for column in columns] for case in cases]
    return shortened([words(c) for c in columns], rows, "One row for each case", "results.csv")


def _means(cases: list[dict[str, Cell]], factor: str) -> Table:
    """Return the mean of each metric for each level of a factor."""
    metrics, rows = _metrics(cases), []
    for level in dict.fromkeys(case[factor] for case in cases):
        own = [case for case in cases if case[factor] == level]
        values = [[v for case in own if isinstance(v := case.get(m), float | int)] for m in metrics]
        rows.append([level, len(own), *(sum(v) / len(v) if v else "" for v in values)])
    head = [words(factor), "cases", *metrics]
    return shortened(head, rows, f"Means by {words(factor)}", "results.csv")
