# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A table of participants as the rows of a study: what they weigh, which bone and which loads are theirs."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from fea.errors import InputError

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

    Comma, semicolon or tab separate the columns; beside semicolons a decimal comma is understood. Lines that begin with
    ``#`` are passed over.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, no column ``subject``, a column twice, or a row of another length.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{str(file)!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    lines = [line for line in text.splitlines() if line.strip(" ,;\t") and not line.lstrip(' "').startswith("#")]
    separator = max(",;\t", key=lines[0].count) if lines else ","
    head, *rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)] or [[]]
    while head and not head[-1]:
        head.pop()
    if SUBJECT not in head or len(set(head)) < len(head):
        raise InputError(f"{str(file)!r} has the columns {', '.join(head) or 'none'}; needed: {SUBJECT}, each once.")
    found: list[dict[str, Value]] = []
    for number, row in enumerate(rows, start=1):
        if len(row) < len(head) or any(row[len(head) :]):
            raise InputError(f"{str(file)!r}, person {number}: has {len(row)} cells, the head {len(head)}.")
        cells = zip(head, row, strict=False)
        found.append({name: _value(name, cell, separator) for name, cell in cells if cell})
    if not found:
        raise InputError(f"{str(file)!r} holds nobody.")
    return found


def _value(name: str, cell: str, separator: str) -> Value:
    """A cell as a number where it is one; names of people, designs and trials stay text."""
    plain = cell.replace(",", ".") if separator == ";" else cell
    try:
        number = float(plain)
    except ValueError:
        return cell
    return number if name not in (SUBJECT, *LABELS) and math.isfinite(number) else cell
