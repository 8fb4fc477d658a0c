# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A picture of a study: strain and strained volume over its factors, each subject a thin line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fea.errors import InputError
from fea.show.axes import INK, SOFT, blank, dress, literal
from fea.show.scale import crameri
from fea.studies import UNITS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from fea.studies import StudyResult

_STRAIN = ("p95", "95th percentile of strain / µε")
_SECOND = (
    ("volume above 4000 µε", "volume above 4000 µε / mm³"),
    ("volume above 3000 µε", "volume above 3000 µε / mm³"),
    ("peak rate", "peak strain rate / µε/s"),
)
_MOST_LINES = 10


def draw_study(result: StudyResult, file: Path) -> None:
    """Write a picture of a study over the factor with the most levels, a line for each level of the next.

    It shows the 95th percentile of strain, and the probability of fracture, the strained volume or the strain rate:
    the first of them that is known and above 0 in all cases.
    Over the levels of further factors the mean is taken, and the picture says so.

    Parameters
    ----------
    result : StudyResult
        The study, which varies something.
    file : Path
        The PNG to write.

    Raises
    ------
    fea.errors.InputError
        The study varies nothing.
    """
    factors = varying(result)
    if not factors:
        raise InputError(f"the study {result.study.name!r} varies nothing that could be drawn.")
    figure = blank(9.2, 4.2, result.study.title)
    along, *others = sorted(factors, key=lambda f: -result.table[f].nunique())
    whole = result.table[result.table["place"] == ""]
    of = {str(metric): rows for metric, rows in whole.groupby("metric")}
    risk = [(metric, f"{metric} of the same training daily") for metric in of if metric.startswith("probability")]
    second = next((pair for pair in (*risk, *_SECOND) if (of[pair[0]]["value"] > 0.0).all()), _SECOND[-1])
    for axes, (metric, label) in zip(figure.subplots(1, 2), (_STRAIN, second), strict=True):
        rows = of[metric]
        _lines(axes, rows, along, others[0] if others else None, "subject" if "subject" in rows else None)
        axes.set_ylabel(label, size=9)
        mean = f" (mean over {', '.join(others[1:])})" if others[1:] else ""
        axes.set_xlabel(f"{along.replace('_', ' ')}{f' / {UNITS[along]}' if along in UNITS else ''}{mean}", size=9)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def varying(result: StudyResult) -> list[str]:
    """Factors that have more than one level among the cases that succeeded."""
    return [factor for factor in result.study.factors if result.table[factor].nunique() > 1]


def _lines(axes: Axes, rows: pd.DataFrame, along: str, by: str | None, subject: str | None) -> None:
    from matplotlib.lines import Line2D

    levels = list(dict.fromkeys(rows[along]))
    numeric = all(isinstance(x, int | float | np.number) for x in levels)
    levels = sorted(levels) if numeric else levels
    place = {level: float(level) if numeric else float(k) for k, level in enumerate(levels)}
    groups = list(rows.groupby(by, sort=False)) if by is not None else [("", rows)]
    colours = crameri("batlow")(np.linspace(0.05, 0.8, len(groups)))
    for (name, group), colour in zip(groups, colours, strict=True):
        if subject is not None:
            for _, own in group.groupby(subject, sort=False):
                one = own.groupby(along)["value"].mean()
                seen = [level for level in levels if level in one.index]
                axes.plot([place[level] for level in seen], one[seen], color=colour, lw=0.8, alpha=0.45)
        mean = group.groupby(along)["value"].mean()
        x = [place[level] for level in levels if level in mean.index]
        y = [mean[level] for level in levels if level in mean.index]
        text = "" if by is None else f"{by.replace('_', ' ')} {name!s} {UNITS.get(by, '')}".rstrip()
        axes.plot(x, y, "o-" if numeric or subject is not None else "o", color=colour, lw=2.0, ms=4, label=text or None)
    if not numeric:
        axes.set_xticks(range(len(levels)), levels)
    dress(axes)
    axes.set_ylim(0.0, 1.06 * float(rows["value"].max()) or 1.0)
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > _MOST_LINES:  # first, middle and last say enough of a sequence of colours
        chosen = [0, len(labels) // 2, len(labels) - 1]
        handles, labels = [handles[k] for k in chosen], [labels[k] for k in chosen]
    if subject is not None:
        handles.append(Line2D([], [], color=SOFT, lw=0.8))
        labels.append("one subject; thick: mean")
    if labels:
        axes.legend(handles, labels, fontsize=8, frameon=False, labelcolor=INK)
