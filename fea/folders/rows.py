# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""CSV tables of folders, read back."""

from __future__ import annotations

import csv
from pathlib import Path

from fea.errors import InputError

CsvCell = str | float | int


def read_rows(file: Path) -> list[dict[str, str]]:
    """Rows of a CSV file of a folder.

    Raises
    ------
    fea.errors.InputError
        The file is missing or is no table.
    """
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(file)!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if any(None in row or None in row.values() for row in rows):
        raise InputError(f"{str(file)!r} is not what bonefea writes: a row has another number of cells than the head.")
    return rows


def number_or_text(text: str) -> CsvCell:
    """A cell of a CSV file as a number where it is one; NaN and nothing become empty.

    Examples
    --------
    >>> number_or_text("1.5"), number_or_text("running"), number_or_text("nan")
    (1.5, 'running', '')
    """
    try:
        value = float(text)
    except ValueError:
        return text
    return value if value == value else ""
