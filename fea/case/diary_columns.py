# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Columns of a diary's table as distances, speeds and step rates, in units that the whole column tells."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fea.case.diary import DiaryRun, Entries, Gait, check_run
from fea.case.diary_cells import (
    KM,
    M_PER_S,
    PER_UNIT,
    SECONDS,
    Cell,
    DateOrder,
    Decimal,
    dates_of,
    is_empty,
    mark_of,
    number_of,
    scales_of,
    time_of,
)

DistanceUnit = Literal["km", "mi", "m"]
Values = list[float | None]

_ONE_FOOT: Mapping[Gait, float] = {"running": 110.0, "walking": 75.0}
"""Below this median a cadence counts one foot."""
_STEPS = dict.fromkeys(("spm", "rpm", "1/min", "/min"), 1.0)
_M, _LENGTHS = {"m": 1.0, "ft": 0.3048}, dict.fromkeys(("m", "cm", "ft"), 1.0)
_DURATIONS = {
    "m:s": {"min:s": 1.0, "h:min": 60.0},
    "h:m:s": {"h:min:s": 1.0, "min:s:0": 1.0 / 60.0},  # a spreadsheet makes 31:40:00 of 31:40
    "number": {"s": 1.0, "min": 60.0, "h": 3600.0},
}
_PACES = {
    "m:s": {"min:s": 1.0},
    "h:m:s": {"h:min:s": 1.0, "min:s:0": 1.0 / 60.0},
    "number": {"min": 60.0, "s": 1.0},
}
_LARGEST_M = 300.0
"""A median distance above it is in metres."""
_FASTEST_M_PER_S = 6.5
"""A median speed above it is in km/h."""


@dataclass(frozen=True)
class Column:
    """A column of the table: its name, the unit in it, and the cells of the rows that count."""

    name: str
    unit: str
    cells: tuple[Cell, ...]


def entries_of(
    columns: Mapping[str, Column],
    gaits: Sequence[Gait],
    entries: Entries,
    *,
    separator: str,
    unit: DistanceUnit | None,
    dates: DateOrder | None,
) -> Entries:
    """Entries of the columns, each of which has a cell for each gait.

    Raises
    ------
    fea.errors.InputError
        A cell that is not what its column holds, or units that give no plausible speed.
    """
    days, order = dates_of(columns["date"].cells, dates)
    numeric = ("distance", "speed", "cadence", "stride", "climb")
    mark = mark_of([c for what in numeric if what in columns for c in columns[what].cells], separator)
    table = _Table(columns, len(gaits), mark)
    per_unit, said = table.unit_of_distance(unit)
    km = table.distances(KM[per_unit])
    speeds, how = table.speeds(km, KM["mi" if per_unit == "mi" else "km"])
    rates, steps = table.step_rates(gaits)
    climbs = table.numbers("climb", _M)
    passed_over = Counter(entries.passed_over)
    runs = []
    for k, gait in enumerate(gaits):
        distance = table.covered(k, speeds[k]) if km[k] is None else km[k]
        if not distance:
            passed_over["without a distance"] += 1
            continue
        cell = columns["distance" if "distance" in columns else "date"].cells[k]
        check_run(distance, speeds[k], cell.mistake)
        runs.append(DiaryRun(days[k], gait, distance, speeds[k], rates[k], climbs[k]))
    read_as = [*said, *how, *steps, *([f"dates {order}"] if order else [])]
    return replace(entries, runs=tuple(runs), read_as=tuple(read_as), passed_over=passed_over)


@dataclass(frozen=True)
class _Table:
    """Columns of the rows that count, their number, and the decimal mark of their numbers."""

    columns: Mapping[str, Column]
    rows: int
    mark: Decimal

    def numbers(self, what: str, units: Mapping[str, float]) -> Values:
        """Numbers of a column in the unit whose factor is 1, None where there is none."""
        if what not in self.columns:
            return [None] * self.rows
        default = units.get(self.columns[what].unit, 1.0)
        values: Values = []
        for cell in self.columns[what].cells:
            value, factor = (None, None) if is_empty(cell.text) else number_of(cell, self.mark, units)
            values.append(None if value is None else value * (default if factor is None else factor))
        return values

    def unit_of_distance(self, asked: DistanceUnit | None) -> tuple[DistanceUnit, list[str]]:
        """Unit of the distances whose cells do not say it, and a remark on how it is known."""
        if "distance" not in self.columns:
            return asked or ("mi" if self._miles_elsewhere() else "km"), []
        column = self.columns["distance"]
        unit, why = self._unit(column, asked)
        return unit, [f"distance in {unit} ({column.name!r}{why})"]

    def _unit(self, column: Column, asked: DistanceUnit | None) -> tuple[DistanceUnit, str]:
        units: dict[float, DistanceUnit] = {KM["km"]: "km", KM["mi"]: "mi", KM["m"]: "m"}
        if column.unit in KM:
            return units[KM[column.unit]], ""
        if asked is not None:
            return asked, ", as asked"
        values = [number_of(cell, self.mark, KM) for cell in column.cells if not is_empty(cell.text)]
        if values and all(factor is not None for _, factor in values):
            return units[values[0][1] or 1.0], ""
        if statistics.median([value for value, _ in values] or [0.0]) >= _LARGEST_M:
            return "m", ", by their size"
        if miles := self._miles_elsewhere():
            return "mi", f", as {miles!r}"
        strides = self._stride_unit()
        if strides is not None:
            return strides, ", by the stride length"
        return "km", ", which names no unit; bonefea diary --unit mi reads miles"

    def _miles_elsewhere(self) -> str | None:
        """Name of a column of paces or speeds in miles."""
        for what in ("pace", "speed"):
            if what in self.columns and self.columns[what].unit.endswith(("mi", "mile", "meile", "mph", "mi/h")):
                return self.columns[what].name
        return None

    def _stride_unit(self) -> DistanceUnit | None:
        """Unit that makes distance = steps · stride length; None where the table does not hold all of them."""
        if not {"duration", "cadence", "stride"} <= self.columns.keys():
            return None
        ratios = []
        for row in zip(*(self.columns[w].cells for w in ("distance", "duration", "cadence", "stride")), strict=True):
            if any(is_empty(cell.text) for cell in row):
                continue
            distance, cadence, stride = (number_of(row[k], self.mark, _LENGTHS | KM | _STEPS)[0] for k in (0, 2, 3))
            minutes = time_of(row[1], self.mark, None, paces=False).seconds / 60.0
            if distance * cadence * stride * minutes > 0.0:
                ratios.append(minutes * cadence * stride / distance)
        if not ratios:
            return None
        middle = statistics.median(ratios)
        fits: dict[float, DistanceUnit] = {1e3: "km", 1e5: "km", 1609.344: "mi", 160934.4: "mi", 5280.0: "mi"}
        return next((unit for size, unit in fits.items() if abs(middle / size - 1.0) < 0.1), None)

    def distances(self, own: float) -> Values:
        """Distances in km, of which those without a unit count ``own`` km."""
        if "distance" not in self.columns:
            return [None] * self.rows
        raw = [
            None if is_empty(cell.text) else number_of(cell, self.mark, KM) for cell in self.columns["distance"].cells
        ]
        return [None if one is None else one[0] * (one[1] or own) for one in raw]

    def covered(self, row: int, speed: float | None) -> float | None:
        """Distance in km of a row that has a duration and a speed in place of it."""
        what = next((w for w in ("moving", "duration", "elapsed") if w in self.columns), None)
        if what is None or speed is None or is_empty(self.columns[what].cells[row].text):
            return None
        header = SECONDS.get(self.columns[what].unit, 60.0)
        return speed * time_of(self.columns[what].cells[row], self.mark, header, paces=False).seconds / 1000.0

    def speeds(self, km: Values, own: float) -> tuple[Values, list[str]]:
        """Speed of each row in m/s from the best column it has, and how those were read."""
        found: Values = [None] * self.rows
        said = []
        for what in ("moving", "duration", "pace", "speed", "elapsed"):
            if what not in self.columns or None not in found:
                continue
            values, how = self._speed_of(what, km, own)
            if any(new is not None and old is None for old, new in zip(found, values, strict=True)):
                found = [new if old is None else old for old, new in zip(found, values, strict=True)]
                said.append(f"speed from {self.columns[what].name!r}{how}")
        return found, said

    def _speed_of(self, what: str, km: Values, own: float) -> tuple[Values, str]:
        column = self.columns[what]
        if what == "speed" and not any(":" in cell.text for cell in column.cells):
            return self._plain_speeds(column)
        paces = what in ("pace", "speed")
        header = SECONDS.get(column.unit) or (60.0 if column.unit.startswith("min") and paces else None)
        rows = [k for k, cell in enumerate(column.cells) if not is_empty(cell.text) and (paces or km[k])]
        cells = [column.cells[k] for k in rows]
        times = [time_of(cell, self.mark, header, paces=paces) for cell in cells]
        per = PER_UNIT.get(column.unit, own)
        lengths = [(time.per_km or per) if paces else km[k] or 0.0 for k, time in zip(rows, times, strict=True)]
        seconds, names = scales_of(cells, times, lengths, _PACES if paces else _DURATIONS)
        speeds: Values = [None] * self.rows
        for k, length, second in zip(rows, lengths, seconds, strict=True):
            speeds[k] = 1000.0 * length / second if second > 0.0 else None
        said = " or ".join(names.values())
        if paces:
            said += f" per {'mile' if per > 1.5 else 'km'}"
        return speeds, f" in {said}" if said else ""

    def _plain_speeds(self, column: Column) -> tuple[Values, str]:
        """Speeds as numbers; without a unit they are in m/s or km/h by their size."""
        values = [value or None for value in self.numbers("speed", M_PER_S)]
        told = [value for value in values if value is not None]
        if column.unit in M_PER_S or not told or statistics.median(told) < _FASTEST_M_PER_S:
            return values, f" in {column.unit or 'm/s'}"
        return [None if value is None else value / 3.6 for value in values], " in km/h"

    def step_rates(self, gaits: Sequence[Gait]) -> tuple[Values, list[str]]:
        """Steps of both feet per minute of each row, and whether the column counts one foot."""
        raw = [value or None for value in self.numbers("cadence", _STEPS)]
        told = {gait: [v for v, own in zip(raw, gaits, strict=True) if v and own == gait] for gait in set(gaits)}
        gait: Gait = "running" if told.get("running") else "walking"
        if not told.get(gait):
            return raw, []
        one_foot = statistics.median(told[gait]) < _ONE_FOOT[gait]
        feet = "of one foot, doubled" if one_foot else "of both feet"
        factor = 2.0 if one_foot else 1.0
        rates: Values = [None if value is None else factor * value for value in raw]
        return rates, [f"steps a minute {feet} ({self.columns['cadence'].name!r})"]
