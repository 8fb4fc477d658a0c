# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""JSON and CSV as bonefea writes them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these a cell begins that a spreadsheet would execute."""


def write_json(file: Path, table: Mapping[str, Any]) -> None:
    """Write ``table`` as JSON and flush it to disk; NaN is refused."""
    with file.open("w", encoding="utf-8") as stream:
        json.dump(table, stream, indent=2, allow_nan=False, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


def write_rows(file: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Write ``rows`` as CSV with the given columns, a header line even when there are no rows.

    Texts are written as :func:`spreadsheet_safe` returns them.
    """
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows({name: spreadsheet_safe(value) for name, value in row.items()} for row in rows)


def spreadsheet_safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: such a text gets an apostrophe in front.

    A text that is a number stays as it is.

    Examples
    --------
    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("-12.5"), spreadsheet_safe("neck"), spreadsheet_safe(-1)
    ("'=1+1", '-12.5', 'neck', -1)
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
