# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cells of a diary's columns: dates, numbers, times and paces, each read as the whole column says."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fea.errors import InputError

DateOrder = Literal["d/m/y", "m/d/y"]
Decimal = Literal[".", ","]


@dataclass(frozen=True)
class Cell:
    """Text of a cell, and where it stands: row of the spreadsheet, name of the column."""

    text: str
    row: int
    column: str
    file: str

    def mistake(self, what: str) -> InputError:
        """The error for what stands in this cell."""
        return InputError(f"{self.file!r}, row {self.row}, column {self.column!r}: {what}.")


# ---------------------------------------------------------------- dates

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_MONTH_FIRST = re.compile(r"([^\W\d]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.? ?([^\W\d]{3,})\.?,? (\d{4})")
_TIME = re.compile(r"(?:(?:,? |T)\d{1,2}:\d{2}.*)?")
_WEEKDAY = re.compile(r"(?:mo|tu|di|we|mi|th|do|fr|sa|su|so)[^\W\d]*\.?,? ", re.IGNORECASE)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär mae mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"),
        start=1,
    )
    for name in names.split()
}
_YEARS = (1970, 2100)


def dates_of(cells: Sequence[Cell], order: DateOrder | None = None) -> tuple[list[date], str]:
    """Date of each cell, and the order of day and month where that had to be told.

    ISO, ``d.m.y``, names of months in English and German; ``d/m/y`` and ``m/d/y`` are told apart by a number above 12
    somewhere in the column.

    Raises
    ------
    fea.errors.InputError
        A cell that is no date, or a column that is both or neither of ``d/m/y`` and ``m/d/y``.
    """
    parts = [_parts(cell) for cell in cells]
    slashed = [(cell, found) for cell, found in zip(cells, parts, strict=True) if isinstance(found, tuple)]
    decided = _order(slashed, order) if slashed else None
    days: list[date] = []
    for cell, found in zip(cells, parts, strict=True):
        if isinstance(found, tuple):
            first, second, year = found
            found = [year, *((second, first) if decided == "d/m/y" else (first, second))]
        try:
            day = date(*found)
        except ValueError:
            raise cell.mistake(f"{cell.text!r} is no date of the calendar") from None
        if not _YEARS[0] <= day.year <= _YEARS[1]:
            raise cell.mistake(f"the year is {day.year}; allowed: {_YEARS[0]} to {_YEARS[1]}")
        days.append(day)
    return days, decided or ""


def _parts(cell: Cell) -> list[int] | tuple[int, int, int]:
    """Year, month and day as a list; as a tuple the two numbers whose order is open, and the year."""
    text = _WEEKDAY.sub("", " ".join(cell.text.split()), count=1)
    for pattern in (_ISO, _NUMBERS, _MONTH_FIRST, _DAY_FIRST):
        found = pattern.match(text)
        if found is None or not _TIME.fullmatch(text[found.end() :]):
            continue
        if pattern is _ISO:
            return [int(part) for part in found.groups()]
        if pattern is _NUMBERS:
            first, second = int(found[1]), int(found[3])
            year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
            return [year, second, first] if found[2] == "." else (first, second, year)
        name, day = (found[1], found[2]) if pattern is _MONTH_FIRST else (found[2], found[1])
        month = _MONTHS.get(name[:3].lower())
        if month is not None:
            return [int(found[3]), month, int(day)]
    raise cell.mistake(f"{cell.text!r} is not a date; understood: 2026-03-31, 31.3.2026, 3/31/2026, 31 March 2026")


def _order(slashed: Sequence[tuple[Cell, tuple[int, int, int]]], order: DateOrder | None) -> DateOrder:
    """Which number is the day, as one above 12 shows."""
    if order is not None:
        return order
    by_day = next((cell for cell, (first, _, _) in slashed if first > 12), None)
    by_month = next((cell for cell, (_, second, _) in slashed if second > 12), None)
    if by_day is not None and by_month is not None:
        raise by_month.mistake(f"{by_month.text!r} is m/d/y, but row {by_day.row} with {by_day.text!r} is d/m/y")
    if by_day is None and by_month is None:
        cell = slashed[0][0]
        raise cell.mistake(
            f"{cell.text!r} may be d/m/y or m/d/y, and no date in the column decides; say --dates d/m/y or m/d/y to "
            "bonefea diary"
        )
    return "d/m/y" if by_day is not None else "m/d/y"


# ---------------------------------------------------------------- numbers

_NUMBER = re.compile(r"([-+]?)([\d.,'’ \u00a0\u202f]*\d)\s*([^\d\s.,].*)?")
_NONE = {"", "-", "--", "—", "–", "n/a", "na", "nan", "null", "none", "#n/a"}
"""How exports write that there is no value."""


def is_empty(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.strip().lower() in _NONE


def mark_of(cells: Sequence[Cell], separator: str) -> Decimal:
    """Decimal mark of all cells; three digits behind a single comma are thousands unless semicolons separate the cells.

    Raises
    ------
    fea.errors.InputError
        One cell has a decimal comma, another a decimal point.
    """
    comma = next((cell for cell in cells if _decimal_of(cell.text) == ","), None)
    point = next((cell for cell in cells if _decimal_of(cell.text) == "."), None)
    if comma is not None and point is not None:
        raise point.mistake(f"{point.text!r} has a decimal point, but row {comma.row} with {comma.text!r} a comma")
    if comma is None and point is None and separator == ";" and any("," in cell.text for cell in cells):
        return ","
    return "." if comma is None else ","


def _decimal_of(text: str) -> str | None:
    """The mark that can only be decimal; None where there is none, or it may part thousands."""
    found = _NUMBER.match(text.strip())
    if found is None:
        return None
    marks: list[str] = re.findall(r"[.,]", found[2])
    if not marks:
        return None
    head, tail = re.split(r"[.,]", found[2])[0], re.split(r"[.,]", found[2])[-1]
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return "." if marks[0] == "," else ","
    may_part = len(tail) == 3 and 1 <= len(head) <= 3 and int(head) > 0
    return None if may_part else marks[0]


def number_of(cell: Cell, mark: Decimal, units: Mapping[str, float]) -> tuple[float, float | None]:
    """A number, and the factor of the unit that stands behind it in the cell, if one does.

    Raises
    ------
    fea.errors.InputError
        The cell is no number that is not below 0, or has a unit that is none of ``units``.
    """
    found = _NUMBER.fullmatch(cell.text.strip())
    if found is None:
        raise cell.mistake(f"{cell.text!r} is not a number")
    other = "," if mark == "." else "."
    plain = re.sub(r"['’\s]", "", found[2]).replace(other, "").replace(mark, ".")
    try:
        value = float(found[1] + plain)
    except ValueError:
        raise cell.mistake(f"{cell.text!r} is not a number") from None
    if value < 0.0:
        raise cell.mistake(f"{cell.text} is below 0")
    unit = (found[3] or "").strip().lower()
    if unit and unit not in units:
        raise cell.mistake(f"{cell.text!r} has the unit {unit!r}; understood: {', '.join(units)}")
    return value, units[unit] if unit else None


# ---------------------------------------------------------------- times

KM = {
    name: factor
    for names, factor in (
        ("km kilometer kilometers kilometre kilometres", 1.0),
        ("mi mile miles meile meilen", 1.609344),
        ("m meter meters metre metres", 1e-3),
    )
    for name in names.split()
}
"""Kilometres of a unit of distance."""
SECONDS = {
    name: factor
    for names, factor in (
        ("s sec secs second seconds sek sekunden", 1.0),
        ("min mins minute minutes minuten", 60.0),
        ("h hr hrs hour hours std stunden", 3600.0),
    )
    for name in names.split()
}
"""Seconds of a unit of time."""
PER_UNIT = {
    f"{head}{sign}{unit}": KM[unit]
    for head in ("min", "")
    for sign in ("/", " / ", " per ", "/ ")
    for unit in ("km", "mi", "mile", "meile")
}
"""Kilometres of the distance that a pace is for."""
M_PER_S = {"m/s": 1.0, "km/h": 1 / 3.6, "kmh": 1 / 3.6, "kph": 1 / 3.6, "mph": 0.44704, "mi/h": 0.44704}
"""Metres per second of a unit of speed."""

_CLOCK = re.compile(r"(?:(\d{1,3})[:h])?(\d{1,3})[:'′’](\d{1,2}(?:[.,]\d+)?)[\"″”]?\s*([^\d\s].*)?")
_LETTERS = re.compile(
    r"(?:(\d+)\s*(?:h|hr|hrs|std|hours?)\.?)?\s*(?:(\d+)\s*(?:m|min|mins|minutes?)\.?)?\s*(?:(\d+)\s*(?:s|sec|sek)\.?)?",
    re.IGNORECASE,
)
_PLAUSIBLE = (1.0, 6.5)
"""Median speed of a diary, m/s, by which an unwritten unit is told: those it may be differ by 60."""


@dataclass(frozen=True)
class Time:
    """Seconds as the most usual reading has them, how they were written, and the unit of a pace behind them."""

    seconds: float
    written: Literal["fixed", "h:m:s", "m:s", "number"]
    per_km: float | None = None


def time_of(cell: Cell, mark: Decimal, header_unit: float | None, *, paces: bool) -> Time:
    """A duration, or a pace; ``1:05:30``, ``31:40``, ``5'30"``, ``1 h 5 min``, or a number.

    Raises
    ------
    fea.errors.InputError
        The cell is none of these.
    """
    text = cell.text.strip().lower()
    found = _CLOCK.fullmatch(text)
    if found:
        unit = (found[4] or "").strip()
        if unit and unit not in PER_UNIT:
            raise cell.mistake(f"{cell.text!r} has the unit {unit!r}; understood: {', '.join(list(PER_UNIT)[:3])}")
        seconds = float(found[3].replace(",", "."))
        if seconds >= 60.0 or (found[1] and int(found[2]) >= 60):
            raise cell.mistake(f"{cell.text!r} has 60 or more of what stops at 59")
        total = 3600.0 * int(found[1] or 0) + 60.0 * int(found[2]) + seconds
        return Time(total, "h:m:s" if found[1] else "m:s", PER_UNIT.get(unit))
    letters = _LETTERS.fullmatch(text)
    if letters and any(letters.groups()):
        hours, minutes, seconds = (int(part or 0) for part in letters.groups())
        return Time(3600.0 * hours + 60.0 * minutes + seconds, "fixed")
    units = {**{name: 60.0 for name in PER_UNIT}, **SECONDS} if paces else SECONDS
    value, own = number_of(cell, mark, units)
    factor = own or header_unit
    unit = text[-8:]
    per_km = next((km for name, km in PER_UNIT.items() if unit.endswith(name)), None) if paces else None
    return Time(value * (factor or 1.0), "number" if factor is None else "fixed", per_km)


def scales_of(
    cells: Sequence[Cell], times: Sequence[Time], km: Sequence[float], choices: Mapping[str, Mapping[str, float]]
) -> tuple[list[float], dict[str, str]]:
    """Seconds of each time, and what those were that the column left open: the reading with plausible speeds.

    ``choices`` maps how a time is written to its readings, each with the factor on the usual seconds.

    Raises
    ------
    fea.errors.InputError
        No reading gives a plausible speed.
    """
    seconds = [time.seconds for time in times]
    names: dict[str, str] = {}
    for written, readings in choices.items():
        members = [k for k, time in enumerate(times) if time.written == written and time.seconds > 0.0 and km[k] > 0.0]
        if not members:
            continue
        speed = statistics.median(1000.0 * km[k] / times[k].seconds for k in members)
        fit = [name for name, factor in readings.items() if _PLAUSIBLE[0] <= speed / factor <= _PLAUSIBLE[1]]
        if not fit:
            cell = cells[members[0]]
            raise cell.mistake(
                f"{cell.text!r} for {km[members[0]]:g} km: no unit of it makes the middle run of the column 1 to 6.5 "
                "m/s; check the units of distance and time"
            )
        names[written] = fit[0]
        for k, time in enumerate(times):
            if time.written == written:
                seconds[k] = time.seconds * readings[fit[0]]
    return seconds, names
