# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""CSV tables of the user's own, as spreadsheets and laboratories save them."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from fea.errors import InputError

_MOST_BYTES = 200_000_000
_SEPARATORS = ",;\t"
_HINT = "sep="
"""Begin of a line by which a spreadsheet tells itself the separator."""
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


class Sheet:
    """Rows of a CSV file as cells.

    Comma, semicolon or tab separate the cells; beside semicolons a decimal comma is understood. Lines that begin with
    ``#`` are remarks; empty rows and empty columns at the end are passed over. The text may be UTF-8, UTF-16, or as
    spreadsheets of Western Europe save it.

    Parameters
    ----------
    file : Path
        The file.
    most_bytes : int
        Largest size that is read.

    Attributes
    ----------
    names : list of str
        Cells of the head; none in an empty file.
    separator : str
        What stands between the cells.
    remarks : list of str
        Remarks up to the row read last, with their ``#``.
    row : int
        Number of that row in a spreadsheet, from 1.

    Raises
    ------
    fea.errors.InputError
        The file cannot be read, is too large or is no text. In an iteration: a row is no CSV.
    """

    def __init__(self, file: Path, most_bytes: int = _MOST_BYTES) -> None:
        self.file, self.row = file, 0
        self.remarks: list[str] = []
        lines = self._unremarked(_text_of(file, most_bytes))
        head = ""
        for head in lines:
            self.row += 1
            if head.strip(" \t\n,;"):
                break
        self.separator = max(_SEPARATORS, key=head.count)
        try:
            self.names = _cells(next(csv.reader([head], delimiter=self.separator, strict=True), []))
        except csv.Error as error:
            raise self.mistake(f"cannot be read as CSV: {error}") from None
        while self.names and not self.names[-1]:
            self.names.pop()
        self._reader = csv.reader(lines, delimiter=self.separator, strict=True)

    def __iter__(self) -> Iterator[list[str]]:
        try:
            for row in self._reader:
                self.row += 1
                if any(cells := _cells(row)):
                    yield cells
        except csv.Error as error:
            self.row += 1
            raise self.mistake(f"cannot be read as CSV: {error}") from None

    def whole(self) -> Iterator[list[str]]:
        """Rows that have a cell for each column of the head.

        Raises
        ------
        fea.errors.InputError
            A row of another length.
        """
        count = len(self.names)
        for cells in self:
            if len(cells) < count or any(cells[count:]):
                raise self.mistake(f"has {len(cells)} cells, the head {count}")
            yield cells[:count]

    def number(self, text: str, column: str) -> float:
        """A cell as a finite number.

        Raises
        ------
        fea.errors.InputError
            It is none.
        """
        value = self.number_or_none(text)
        if value is None:
            raise self.mistake(f"column {column}: {text!r} is not a number")
        if not math.isfinite(value):
            raise self.mistake(f"column {column}: {text} is not finite")
        return value

    def number_or_none(self, text: str) -> float | None:
        """A cell as a number, if it is one."""
        if "_" in text:  # which Python allows in numbers
            return None
        try:
            return float(text.replace(",", ".") if self.separator == ";" else text)
        except ValueError:
            return None

    def mistake(self, what: str) -> InputError:
        """The error for what stands in the row read last."""
        return InputError(f"{str(self.file)!r}, line {self.row}: {what}.")

    def _unremarked(self, text: str) -> Iterator[str]:
        """Lines without remarks, of which a row within quotes has none."""
        quoted = False
        for line in io.StringIO(text, newline=None):
            remark = "" if quoted else _remark(line)
            if remark:
                self.row += 1
                self.remarks.append(remark)
            else:
                quoted ^= line.count('"') % 2 == 1
                yield line


def _remark(line: str) -> str:
    """The remark that a line is, or nothing; a spreadsheet quotes one with commas and adds empty cells."""
    bare = line.strip(" \t\n,;")
    if bare.startswith('"#'):
        bare = ",".join(filter(None, _QUOTED.findall(line))).replace('""', '"')
    return bare if bare.startswith(("#", _HINT)) else ""


def _cells(row: list[str]) -> list[str]:
    return [cell.strip() for cell in row]


def _text_of(file: Path, most_bytes: int) -> str:
    try:
        if file.stat().st_size > most_bytes:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {most_bytes}.")
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error.strerror}.") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InputError(f"{str(file)!r} is not a text but binary; needed: CSV.")
    return unicodedata.normalize("NFC", text)
