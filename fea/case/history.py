# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history of the user's own, from CSV or TOML, in N or body weights."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator
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
    """Forces on regions at rising times, bone frame: x anterior or dorsal, y proximal, z lateral.

    ``forces`` maps each region to one vector per time, in ``unit``. Instead of ``time_s`` the file may give
    ``phase``, 0 to 1, and ``contact_time_s``.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    kind: Literal["history"] = "history"
    name: Name
    title: str
    unit: Literal["N", "BW"]
    """Unit of the forces."""
    time_s: tuple[Time, ...] = Field(min_length=1)
    """Times of the frames, rising."""
    forces: dict[str, tuple[Force, ...]] = Field(min_length=1)
    """Forces along x, y, z for each time, by region; up to 60 BW or 60,000 N."""

    @property
    def instant(self) -> str:
        """Which part of the movement the frames cover."""
        return f"{len(self.time_s)} frames from {self.time_s[0]:g} to {self.time_s[-1]:g} s"

    @property
    def bones(self) -> list[str]:
        """Which bones it may load: any, so none is named."""
        return []

    def loaded(self, _: str) -> list[tuple[str, str]]:
        """Return what loads the bone and on which region."""
        return [(region, region) for region in self.forces]

    @model_validator(mode="before")
    @classmethod
    def _timed(cls, table: object) -> object:
        if not isinstance(table, dict) or "phase" not in table:
            return table
        rest = {key: value for key, value in table.items() if key not in ("phase", "contact_time_s")}
        try:
            contact = float(table["contact_time_s"])
            return {**rest, "time_s": tuple(contact * float(phase) for phase in table["phase"])}
        except (KeyError, TypeError, ValueError):
            raise ValueError("phase must be a list of numbers, and contact_time_s a number beside it") from None

    @property
    def largest(self) -> float:
        """Size of the largest force, in :attr:`unit`."""
        return max(math.hypot(*force) for rows in self.forces.values() for force in rows)

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
            numbered = _Uncommented(stream)
            reader = csv.DictReader(numbered, strict=True)
            unit = _unit(reader.fieldnames or (), file)
            return unit, _collected(reader, unit, file, numbered)
    except InputError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{str(file)!r} cannot be read as CSV: {error}.") from None


def _unit(columns: object, file: Path) -> Literal["N", "BW"]:
    found = set(columns) if isinstance(columns, (list, tuple)) else set()
    units: tuple[Literal["N", "BW"], ...] = ("N", "BW")
    for unit in units:
        forces = {f"f{axis}_{unit.lower()}" for axis in "xyz"}
        if found in ({"time_s", "region", *forces}, {"phase", "contact_time_s", "region", *forces}):
            return unit
    raise InputError(
        f"{str(file)!r} has the columns {', '.join(sorted(map(str, found))) or 'none'}; needed: {', '.join(COLUMNS)}, "
        "or all three forces in _bw instead of _n, or phase and contact_time_s instead of time_s."
    )


class _Uncommented:
    """Lines of a stream without comments; ``number`` is that of the line given last, comments counted."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = stream
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._stream, start=1):
            self.number = number
            if not line.startswith("#"):
                yield line


def _collected(
    reader: csv.DictReader[str], unit: str, file: Path, numbered: _Uncommented
) -> dict[float, dict[str, Force]]:
    table: dict[float, dict[str, Force]] = {}
    last = -math.inf
    for row in reader:
        try:
            time = float(row["time_s"]) if "time_s" in row else float(row["phase"]) * float(row["contact_time_s"])
            force = tuple(float(row[f"f{axis}_{unit.lower()}"]) for axis in "xyz")
        except (TypeError, ValueError) as error:
            raise InputError(f"{str(file)!r}, line {numbered.number}: {error}.") from None
        if not all(math.isfinite(x) for x in (time, *force)):
            raise InputError(f"{str(file)!r}, line {numbered.number}: a number is not finite.")
        if time < last:
            raise InputError(f"{str(file)!r}, line {numbered.number}: time {time:g} s comes after a later one.")
        last = time
        at = table.setdefault(time, {})
        if row["region"] in at:
            raise InputError(f"{str(file)!r}, line {numbered.number}: {row['region']!r} stands twice at {time:g} s.")
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
