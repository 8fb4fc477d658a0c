# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a study: the question, each factor's effect in means, and the cases in one table."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from fea.errors import InputError
from fea.folders import MANIFEST, CsvCell, Stored, StudyManifest, number_or_text, read_rows, read_stored
from fea.report.page import Image, brief, image, rendered, words
from fea.report.section import PageSection, PageTable, counted, shortened
from fea.studies import NOT_FACTORS, UNITS

CellValue = str | float | int

_SHOWN = ("p95", "peak tension", "peak compression", "volume above 4000 µε")
_METRIC = "@"
"""Before the name of a metric among the columns of a case, so that no factor is taken for one."""
_MOST_LEVELS = 24
"""With more, as where a factor is sampled, each level has a case or two, and a mean says nothing."""


class StoredSampling(Stored):
    """Factors that are sampled, as the manifest holds them."""

    method: str
    points: int
    factors: dict[str, dict[str, float]]


class StoredSubjects(Stored):
    """Virtual subjects, as the manifest holds them."""

    cohort: str
    count: int


class StudyQuestion(Stored):
    """The question of a study: the factors that all cases share, and the levels of those that vary."""

    name: str
    title: str = ""
    base: dict[str, CellValue] = Field(default_factory=dict)
    cross: dict[str, list[CellValue]] = Field(default_factory=dict)
    paired: list[dict[str, list[CellValue]]] = Field(default_factory=list)
    sampled: StoredSampling | None = None
    subjects: StoredSubjects | None = None
    training: dict[str, float] | None = None

    @property
    def factors(self) -> list[str]:
        """Names of the factors that the study varies; the bodies of its subjects differ in more."""
        sampled = [] if self.sampled is None else [*self.sampled.factors]
        return [*self.cross, *(name for pair in self.paired for name in pair), *sampled]


def study_page(place: Path) -> str:
    """Page of a study as HTML.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    asked = read_stored(place / MANIFEST, StudyManifest)
    question = read_question(asked, place)
    cases, varied = _cases(place / "results.csv")
    factors = [name for name in varied if name in question.factors]
    listed = [name for name in varied if name == "subject" or name in factors]
    means = [_means(cases, factor) for factor in factors if len({case[factor] for case in cases}) <= _MOST_LEVELS]
    title = question.title or words(question.name)
    drawn: tuple[Image, ...] = ()
    if (place / "study.png").is_file():
        told = "; ".join(map(_in_words, means)) or "see the tables"
        alt = f"{title}: 95th percentile of strain and a second measure over the factors. Means of p95 / µε: {told}."
        drawn = (image(place / "study.png", "the study", alt),)
    meshes, wrong = counted(asked.meshes, "mesh", "meshes"), len(asked.failed)
    failures = shortened(("case", "reason"), list(asked.failed.items()), "Cases that failed", MANIFEST)
    return rendered(
        "tables.html",
        place,
        title=title,
        manifest=asked,
        inputs=[],
        lead=[f"{counted(len(asked.cases), 'case', 'cases')} on {meshes}, {wrong or 'none'} failed."],
        keys=[],
        sections=[
            PageSection("The question", tables=(_question(question),)),
            PageSection("By factor", images=drawn, tables=tuple(means)),
            PageSection("Cases", tables=(_listed(cases, listed), *([failures] if asked.failed else []))),
        ],
    )


def read_question(manifest: StudyManifest, place: Path) -> StudyQuestion:
    """Question of a study from its manifest.

    Raises
    ------
    fea.errors.InputError
        It is not what bonefea writes.
    """
    try:
        return StudyQuestion.model_validate(manifest.study)
    except ValidationError as error:
        raise InputError(f"{str(place / MANIFEST)!r} is not what bonefea writes: {error.errors()[0]['msg']}.") from None


def _cases(file: Path) -> tuple[list[dict[str, CsvCell]], list[str]]:
    """A row for each case with its factors and metrics, and the factors that vary."""
    rows = read_rows(file)
    if not rows or not set(NOT_FACTORS) <= rows[0].keys():
        raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns or rows.")
    factors = [name for name in rows[0] if name not in NOT_FACTORS]
    found: dict[str, dict[str, CsvCell]] = {}
    for row in rows:
        case = found.setdefault(row["case"], {f: number_or_text(row[f]) for f in ("case", *factors)})
        if row["place"] == "" and (row["metric"] in _SHOWN or row["metric"].startswith("probability")):
            unit = "" if row["unit"] == "1" else f" / {row['unit']}"
            case[f"{_METRIC}{row['metric']}{unit}"] = number_or_text(row["value"])
    cases = list(found.values())
    return cases, [f for f in factors if len({case[f] for case in cases}) > 1]


def _metrics(cases: list[dict[str, CsvCell]]) -> list[str]:
    return [name for name in cases[0] if name.startswith(_METRIC)]


def _listed(cases: list[dict[str, CsvCell]], factors: list[str]) -> PageTable:
    columns = ["case", *factors, *_metrics(cases)]
    rows = [[case.get(column, "") for column in columns] for case in cases]
    return shortened([_head(c) for c in columns], rows, "One row for each case", "results.csv")


def _means(cases: list[dict[str, CsvCell]], factor: str) -> PageTable:
    """Mean of each metric for each level of a factor."""
    metrics, rows = _metrics(cases), []
    for level in dict.fromkeys(case[factor] for case in cases):
        own = [case for case in cases if case[factor] == level]
        values = [[v for case in own if isinstance(v := case.get(m), float | int)] for m in metrics]
        rows.append([level, len(own), *(sum(v) / len(v) if v else "" for v in values)])
    head = [_head(factor), "cases", *map(_head, metrics)]
    return shortened(head, rows, f"Means by {words(factor)}", "results.csv")


def _in_words(means: PageTable) -> str:
    """A factor's mean of p95 at each level in words, for those who don't see the picture."""
    named = (f"{level} {brief(value)}" for level, _, value, *_ in means.rows if isinstance(value, float))
    return f"{means.head[0]} {', '.join(named)}"


def _head(column: str) -> str:
    """Head of a column: a metric as it is called, a factor as words with its unit."""
    if column.startswith(_METRIC):
        return column.removeprefix(_METRIC)
    unit = UNITS.get(column, "")
    return f"{words(column)} / {unit}" if unit else words(column)


def _question(asked: StudyQuestion) -> PageTable:
    """The question: one row for each thing that is fixed or varied."""
    rows: list[tuple[CsvCell, ...]] = [
        ("in all cases", _head(name), _levels([value])) for name, value in asked.base.items()
    ]
    rows += [("crossed", _head(name), _levels(levels)) for name, levels in asked.cross.items()]
    rows += [("paired", _head(name), _levels(levels)) for pair in asked.paired for name, levels in pair.items()]
    if asked.sampled is not None:
        how = f"{asked.sampled.points} points ({asked.sampled.method})"
        ranges = asked.sampled.factors.items()
        rows += [(how, _head(name), f"{edge['low']:g} to {edge['high']:g}") for name, edge in ranges]
    if asked.subjects is not None:
        rows.append(("crossed", "subjects", f"{asked.subjects.count} of {words(asked.subjects.cohort)}"))
    rows += [("training", words(name), f"{value:g}") for name, value in (asked.training or {}).items()]
    return shortened(("how", "what", "levels"), rows, "What the cases share and what is varied", MANIFEST)


def _levels(levels: list[CellValue]) -> str:
    return ", ".join(words(one) if isinstance(one, str) else f"{one:g}" for one in levels)
