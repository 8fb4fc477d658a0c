# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A table of participants as the rows of a study: what they weigh, which bone and which loads are theirs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from fea.errors import InputError
from fea.files import Sheet

SUBJECT, LABELS = "subject", ("design", "trial")
"""Columns of a table of participants that are no factors."""


def _plain(value: object) -> object:
    """Refuse what cannot be the level of a factor; pydantic would name each type that it is not."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value != value or value in _INFINITE:
        raise ValueError("a level is a finite number or a text")
    return value


_INFINITE = (float("inf"), float("-inf"))
Value = Annotated[int | float | str, BeforeValidator(_plain)]


def read_participants(file: Path) -> list[dict[str, Value]]:
    """Rows of a CSV file of people: a column ``subject``, others named like factors; an empty cell says nothing.

    It is read as a :class:`fea.files.Sheet`.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, no column ``subject``, a column twice, or a row of another length.
    """
    sheet = Sheet(file)
    if SUBJECT not in sheet.names or len(set(sheet.names)) < len(sheet.names):
        raise InputError(
            f"{str(file)!r} has the columns {', '.join(sheet.names) or 'none'}; needed: {SUBJECT}, each once."
        )
    found: list[dict[str, Value]] = []
    for row in sheet.whole():
        cells = zip(sheet.names, row, strict=True)
        found.append({name: _value(sheet, name, cell) for name, cell in cells if cell})
    if not found:
        raise InputError(f"{str(file)!r} holds nobody.")
    return found


def _value(sheet: Sheet, name: str, cell: str) -> Value:
    """A cell as a number where it is one; names of people, designs and trials stay text."""
    number = None if name in (SUBJECT, *LABELS) else sheet.number_or_none(cell)
    return cell if number is None or not math.isfinite(number) else number
