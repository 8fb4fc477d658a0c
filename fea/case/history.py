# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history of the user's own, from CSV or TOML, in N or body weights."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fea.case.description import Name, Record
from fea.errors import InputError

Time = Annotated[float, Field(ge=0.0, le=3600.0)]
Force = tuple[float, float, float]

COLUMNS = ("time_s", "region", "fx_n", "fy_n", "fz_n")
"""Columns of a history as CSV; forces may also stand as fx_bw, fy_bw, fz_bw."""

LARGEST_BW = 60.0
LARGEST_N = 60_000.0
_MOST_BYTES = 200_000_000


class History(Record):
    """Forces on regions at rising times, bone frame (anterior, proximal, lateral).

    ``forces`` maps each region to one vector per time, in ``unit``.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    kind: Literal["history"] = "history"
    name: Name
    title: str
    unit: Literal["N", "BW"]
    time_s: tuple[Time, ...] = Field(min_length=1)
    forces: dict[str, tuple[Force, ...]] = Field(min_length=1)

    @property
    def instant(self) -> str:
        """Which part of the movement the frames cover."""
        return f"{len(self.time_s)} frames from {self.time_s[0]:g} to {self.time_s[-1]:g} s"

    def loaded(self) -> list[tuple[str, str]]:
        """Return what loads the bone and on which region."""
        return [(region, region) for region in self.forces]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if any(b <= a for a, b in zip(self.time_s, self.time_s[1:], strict=False)):
            raise ValueError("times must rise")
        if not any(x != 0.0 for rows in self.forces.values() for row in rows for x in row):
            raise ValueError("all forces are zero; at least one must not be")
        largest = LARGEST_N if self.unit == "N" else LARGEST_BW
        for region, rows in self.forces.items():
            if len(rows) != len(self.time_s):
                raise ValueError(f"region {region!r} has {len(rows)} forces for {len(self.time_s)} times")
            worst = max(abs(x) for row in rows for x in row)
            if worst > largest:
                raise ValueError(
                    f"a force on {region!r} is {worst:g} {self.unit}; allowed: up to {largest:g} {self.unit}"
                )
        return self


def rows_of(file: Path) -> tuple[Literal["N", "BW"], dict[float, dict[str, Force]]]:
    """Return unit and forces by time and region of a history as CSV.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, missing or mixed columns, a number that is none, a region twice at a time.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader((line for line in stream if not line.startswith("#")), strict=True)
            unit = _unit(reader.fieldnames or (), file)
            return unit, _collected(reader, unit, file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(file)!r} cannot be read as CSV: {error}.") from None


def _unit(columns: object, file: Path) -> Literal["N", "BW"]:
    found = set(columns) if isinstance(columns, (list, tuple)) else set()
    units: tuple[Literal["N", "BW"], ...] = ("N", "BW")
    for unit in units:
        if found == {"time_s", "region", *(f"f{axis}_{unit.lower()}" for axis in "xyz")}:
            return unit
    raise InputError(
        f"{str(file)!r} has the columns {', '.join(sorted(map(str, found))) or 'none'}; needed: {', '.join(COLUMNS)}, "
        "or all three forces in _bw instead of _n."
    )


def _collected(reader: csv.DictReader[str], unit: str, file: Path) -> dict[float, dict[str, Force]]:
    table: dict[float, dict[str, Force]] = {}
    for row in reader:
        try:
            time = float(row["time_s"])
            force = tuple(float(row[f"f{axis}_{unit.lower()}"]) for axis in "xyz")
        except (TypeError, ValueError) as error:
            raise InputError(f"{str(file)!r}, line {reader.line_num}: {error}.") from None
        if not all(math.isfinite(x) for x in (time, *force)):
            raise InputError(f"{str(file)!r}, line {reader.line_num}: a number is not finite.")
        at = table.setdefault(time, {})
        if table and time < max(table):
            raise InputError(f"{str(file)!r}, line {reader.line_num}: time {time:g} s comes after a later one.")
        if row["region"] in at:
            raise InputError(f"{str(file)!r}, line {reader.line_num}: {row['region']!r} stands twice at {time:g} s.")
        at[row["region"]] = (force[0], force[1], force[2])
    if not table:
        raise InputError(f"{str(file)!r} holds no rows.")
    return table


def read_history(file: Path) -> dict[str, object]:
    """Return the table of a history as CSV; a region that is missing at a time is unloaded then.

    Raises
    ------
    fea.errors.InputError
        As :func:`rows_of`.
    """
    unit, table = rows_of(file)
    regions = dict.fromkeys(region for at in table.values() for region in at)
    none = (0.0, 0.0, 0.0)
    return {
        "kind": "history",
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", file.stem).lstrip("_.-")[:64] or "history",
        "title": f"Load history {file.name}",
        "unit": unit,
        "time_s": tuple(table),
        "forces": {region: tuple(at.get(region, none) for at in table.values()) for region in regions},
    }
