# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a study: the question, each factor's effect in means, and the cases in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fea.case import Study, Value
from fea.folders import MANIFEST, CsvCell, read_study_table
from fea.report.page import Image, Part, brief, image, part_of, words
from fea.report.section import PageSection, PageTable, counted, shortened
from fea.studies import UNITS

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("p95", "peak tension", "peak compression", "volume above 4000 µε")
_MOST_LEVELS = 24
"""With more, as where a factor is sampled, each level has a case or two, and a mean says nothing."""


def study_page(place: Path) -> Part:
    """What is said of a study.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    manifest, found = read_study_table(place)
    study, cases = found.study, found.wide()
    metrics = [column for column in cases.columns if column not in found.factors and _is_shown(column)]
    varied = [name for name in found.factors if cases[name].nunique() > 1]
    factors = [name for name in varied if name in study.factors]
    listed = [name for name in varied if name == "subject" or name in factors]
    means = [_means(cases, factor, metrics) for factor in factors if cases[factor].nunique() <= _MOST_LEVELS]
    drawn: tuple[Image, ...] = ()
    if (place / "study.png").is_file():
        told = "; ".join(map(_in_words, means)) or "see the tables"
        what = f"{study.title}: 95th percentile of strain and a second measure over the factors"
        alt = f"{what}. Means of p95 / µε: {told}."
        drawn = (image(place / "study.png", "the study", alt),)
    meshes, wrong = counted(manifest.meshes, "mesh", "meshes"), len(manifest.failed)
    failures = shortened(("case", "reason"), list(manifest.failed.items()), "Cases that failed", MANIFEST)
    of_cases = _table(cases[[*listed, *metrics]].reset_index(), "One row for each case")
    return part_of(
        "tables.html",
        place,
        title=study.title,
        manifest=manifest,
        inputs=[],
        lead=[f"{counted(len(manifest.cases), 'case', 'cases')} on {meshes}, {wrong or 'none'} failed."],
        keys=[],
        sections=[
            PageSection("The question", tables=(_question(study),)),
            PageSection("By factor", images=drawn, tables=tuple(means)),
            PageSection("Cases", tables=(of_cases, *([failures] if manifest.failed else []))),
        ],
    )


def _is_shown(column: str) -> bool:
    """Whether a column is a metric of the whole bone that the page shows."""
    metric = column.rpartition(" [")[0]
    return metric in _SHOWN or (metric.startswith("probability") and ", " not in metric)


def _means(cases: pd.DataFrame, factor: str, metrics: list[str]) -> PageTable:
    """Mean of each metric for each level of a factor."""
    groups = cases.groupby(factor, sort=False)
    means = groups[metrics].mean()
    means.insert(0, "cases", groups.size())
    return _table(means.reset_index(), f"Means by {words(factor)}")


def _table(frame: pd.DataFrame, caption: str) -> PageTable:
    rows = [["" if value != value else value for value in row] for row in frame.astype(object).to_numpy().tolist()]
    return shortened([_head(str(column)) for column in frame.columns], rows, caption, "results.csv")


def _in_words(means: PageTable) -> str:
    """A factor's mean of p95 at each level in words, for those who don't see the picture."""
    named = (f"{level} {brief(value)}" for level, _, value, *_ in means.rows if isinstance(value, float))
    return f"{means.head[0]} {', '.join(named)}"


def _head(column: str) -> str:
    """Head of a column: a metric as it is called, a factor as words, each with its unit."""
    name, bracket, unit = column.rpartition(" [")
    if not bracket:
        name, unit = words(column), UNITS.get(column, "")
    unit = unit.removesuffix("]")
    return f"{name} / {unit}" if unit not in ("", "1") else name


def _question(asked: Study) -> PageTable:
    """The question: one row for each thing that is fixed or varied."""
    rows: list[tuple[CsvCell, ...]] = [
        ("in all cases", _head(name), _levels([value])) for name, value in asked.base.items()
    ]
    rows += [("crossed", _head(name), _levels(levels)) for name, levels in asked.cross.items()]
    rows += [("paired", _head(name), _levels(levels)) for pair in asked.paired for name, levels in pair.items()]
    if asked.sampled is not None:
        how = f"{asked.sampled.points} points ({asked.sampled.method})"
        ranges = asked.sampled.factors.items()
        rows += [(how, _head(name), f"{edge.low:g} to {edge.high:g}") for name, edge in ranges]
    if asked.subjects is not None:
        rows.append(("crossed", "subjects", f"{asked.subjects.count} of {words(asked.subjects.cohort)}"))
    training = {} if asked.training is None else asked.training.model_dump(exclude_none=True)
    rows += [("training", words(name), f"{value:g}") for name, value in training.items()]
    return shortened(("how", "what", "levels"), rows, "What the cases share and what is varied", MANIFEST)


def _levels(levels: list[Value]) -> str:
    return ", ".join(words(one) if isinstance(one, str) else f"{one:g}" for one in levels)
