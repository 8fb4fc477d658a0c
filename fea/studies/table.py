# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A finished study: its tidy table; then histories by case, and the resolved cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fea.case import Case, Study, Value

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NOT_FACTORS = ("case", "metric", "place", "unit", "value")
"""Columns of the table that are no factors."""


@dataclass(frozen=True)
class StudyTable:
    """The table of a finished study.

    Attributes
    ----------
    study : Study
        The question.
    table : DataFrame
        A row for each case and metric: ``case`` (number), ``subject`` if there are subjects, a column for each
        factor, ``metric``, ``place``, ``unit``, ``value``.
    """

    study: Study
    table: pd.DataFrame

    @property
    def factors(self) -> list[str]:
        """Names of the columns by which cases differ, ``subject`` among them if there is one."""
        return [str(column) for column in self.table.columns if column not in NOT_FACTORS]

    def wide(self) -> pd.DataFrame:
        """One row for each case and a column for each metric, named ``metric [unit]`` or ``metric, place [unit]``.

        The hottest place is excluded: it is another one in each case.
        """
        rows = self.table[self.table["metric"] != "hottest place"]
        where = rows["place"].map(lambda place: f", {place}" if place else "")
        named = rows.assign(column=rows["metric"] + where + " [" + rows["unit"] + "]")
        values = named.pivot_table(index="case", columns="column", values="value", sort=False)
        return self.table.drop_duplicates("case").set_index("case")[self.factors].join(values)


@dataclass(frozen=True)
class FailedCase:
    """A case of a study that failed: its number, its setting with the subject, its label in one line, and why."""

    number: int
    setting: dict[str, Value]
    label: str
    reason: str


@dataclass(frozen=True)
class StudyResult(StudyTable):
    """A finished study.

    Attributes
    ----------
    histories : Dataset
        ``gauge`` (case, frame, gauge, quantity), ``force`` (case, frame, load), ``time_s`` (case, frame) and
        ``places`` (case, level, sector_deg), 0° being anterior or dorsal and 90° lateral; frames that a case
        has not are NaN.
    cases : dict of int to Case
        The resolved question of each case.
    failed : tuple of FailedCase
        Cases that have no results.
    """

    histories: xr.Dataset
    cases: dict[int, Case]
    failed: tuple[FailedCase, ...] = ()
