# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Tables of OpenSim, ``.sto`` and ``.mot``: a head of one of its kinds, a line of names, rows over time."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, unknown

Floats = npt.NDArray[np.float64]

_MOST_BYTES = 500_000_000
_LONGEST_HEAD = 500
_SMALLEST_STEP_BACK_S = 1e-3
"""Integrators write an instant again, up to their last digits earlier; more is another order of rows."""


@dataclass(frozen=True)
class Storage:
    """A table over time.

    Attributes
    ----------
    file : Path
        Where it was read.
    in_degrees : bool, optional
        What the head says of angles; absent where it says nothing.
    time_s : ndarray, float64, (rows,)
        Rising times in s.
    columns : dict of str to ndarray, float64, (rows,)
        The other columns by name, without the path of a component.
    remarks : tuple of str
        What was met while reading.
    """

    file: Path
    in_degrees: bool | None
    time_s: Floats
    columns: dict[str, Floats]
    remarks: tuple[str, ...]

    def at(self, name: str, time_s: Floats) -> Floats:
        """A column at given times, linear between rows.

        Raises
        ------
        fea.errors.InputError
            No such column, times outside of the table, or a number that is not finite among those used.
        """
        if name not in self.columns:
            raise unknown(f"column of {str(self.file)!r}:", name, self.columns)
        if time_s[0] < self.time_s[0] - 1e-9 or time_s[-1] > self.time_s[-1] + 1e-9:
            raise InputError(
                f"{str(self.file)!r} covers {self.time_s[0]:g} to {self.time_s[-1]:g} s; "
                f"needed: {time_s[0]:g} to {time_s[-1]:g} s."
            )
        found = np.interp(time_s, self.time_s, self.columns[name])
        if not np.isfinite(found).all():
            raise InputError(f"{str(self.file)!r}, column {name}: a number is not finite between the times used.")
        return found


def read_storage(file: Path) -> Storage:
    """Table of a ``.sto`` or ``.mot`` file, with any of the heads that OpenSim, SIMM and spreadsheets write.

    The number of rows that a head states is compared with that found. Rows at a time that was there before are left
    out.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, no ``endheader``, no column ``time``, a row of another width, or a cell that is no number.
    """
    head, names, rows = _parts(_text(file), file)
    values = _numbers(rows, len(names), file)
    remarks = []
    stated = re.search(r"^\s*(?:nrows\s*=|datarows)\s*(\d+)", "\n".join(head), re.IGNORECASE | re.MULTILINE)
    if stated and int(stated[1]) != len(values):
        remarks.append(f"{file.name}: its head states {stated[1]} rows, it has {len(values)}; all are read")
    degrees = re.search(r"^\s*indegrees\s*=\s*(yes|no)\b", "\n".join(head), re.IGNORECASE | re.MULTILINE)
    kept, repeated = _rising(values[:, 0], file)
    if repeated:
        remarks.append(f"{file.name}: {repeated} rows repeat a time and are left out")
    table = values[kept]
    columns = {name: table[:, k] for k, name in enumerate(names) if k}
    return Storage(file, None if degrees is None else degrees[1].lower() == "yes", table[:, 0], columns, tuple(remarks))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}.") from None


def _parts(text: str, file: Path) -> tuple[list[str], list[str], list[str]]:
    """Lines of the head, names of the columns, and lines of numbers."""
    lines = text.splitlines()
    ends = (k for k, line in enumerate(lines[:_LONGEST_HEAD]) if line.strip().strip('"').lower() == "endheader")
    end = next(ends, None)
    if end is None:
        raise InputError(
            f"{str(file)!r} has no line `endheader` among its first {_LONGEST_HEAD}; a .sto or .mot file of "
            "OpenSim has one."
        )
    body = [line for line in lines[end + 1 :] if line.strip()]
    names = [_short(name) for name in body[0].split()] if body else []
    if not names or names[0].lower() != "time":
        raise InputError(f"{str(file)!r}: the first column is {(names or ['none'])[0]!r}; needed: time.")
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise InputError(f"{str(file)!r} has two columns {twice!r}.")
    if len(body) < 3:
        raise InputError(f"{str(file)!r} has {len(body) - 1} rows of numbers; needed: 2 or more.")
    return lines[:end], names, body[1:]


def _short(name: str) -> str:
    """Name of a component without its path: ``/jointset/knee_r/knee_angle_r/value`` is ``knee_angle_r``."""
    parts = [part for part in name.strip('"').split("/") if part]
    if name.startswith("/") and len(parts) > 1 and parts[-1] == "value":
        return parts[-2]
    return parts[-1] if name.startswith("/") and len(parts) == 2 else name.strip('"')


def _numbers(rows: list[str], width: int, file: Path) -> Floats:
    for number, row in enumerate(rows):
        if len(row.split()) != width:
            raise InputError(
                f"{str(file)!r}, row {number + 1} of numbers: it has {len(row.split())} cells, the line of "
                f"names {width}."
            )
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(" ".join(rows), sep=" ").reshape(len(rows), width)
        except (DeprecationWarning, ValueError):
            raise InputError(f"{str(file)!r}: {_no_number(rows)}.") from None


def _no_number(rows: list[str]) -> str:
    for number, row in enumerate(rows, start=1):
        for cell in row.split():
            try:
                float(cell)
            except ValueError:
                return f"row {number} of numbers: {cell[:40]!r} is not a number"
    return "its numbers cannot be read"


def _rising(time_s: Floats, file: Path) -> tuple[npt.NDArray[np.bool_], int]:
    """Mask of the rows whose time is later than all before, and the number of the others."""
    if not np.isfinite(time_s).all():
        raise InputError(f"{str(file)!r}: a time is not finite.")
    before = np.concatenate([[-np.inf], np.maximum.accumulate(time_s)[:-1]])
    back = before - time_s
    if (back > _SMALLEST_STEP_BACK_S).any():
        k = int(np.argmax(back > _SMALLEST_STEP_BACK_S))
        raise InputError(f"{str(file)!r}, row {k + 1} of numbers: time {time_s[k]:g} s comes after {before[k]:g} s.")
    kept = time_s > before
    return kept, int((~kept).sum())
