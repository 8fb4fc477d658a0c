# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history of the user's own, from CSV or TOML, in N or body weights."""

from __future__ import annotations

import io
import itertools
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fea.case.record import Name, Record
from fea.case.side import BodySide
from fea.errors import InputError
from fea.files import Sheet, sha256_of

Time = Annotated[float, Field(ge=0.0, le=3600.0)]
ForceVector = tuple[float, float, float]
Unit = Literal["N", "BW"]
Note = Annotated[str, Field(max_length=2000)]

COLUMNS = ("time_s", "region", "fx_n", "fy_n", "fz_n")
"""Columns of a history as CSV; forces may also stand as fx_bw, fy_bw, fz_bw, and moments beside them."""

MOMENT_COLUMNS = ("mx_nm", "my_nm", "mz_nm")
"""Columns of moments; they may also stand in N·mm (``mx_nmm``), or in BW·mm (``mx_bwmm``) beside forces in BW."""

_TIMES = ("time_s", "time_ms", "phase")
_MOMENT_UNITS: dict[str, dict[str, float]] = {"N": {"nm": 1000.0, "nmm": 1.0}, "BW": {"bwmm": 1.0}}

LARGEST_BW = 60.0
LARGEST_N = 60_000.0
_LARGEST_NMM, _LARGEST_BW_MM = 1e6, 2000.0
_MOST_BYTES = 200_000_000
_SIDE = re.compile(r"#\s*side:\s*(right|left)\b.*", re.IGNORECASE)
"""Line in the head of a CSV file that says of which limb it is."""
_MASS = re.compile(r"#\s*body_mass_kg:\s*([0-9.,]+)\s*", re.IGNORECASE)
_NOTE = "# - "
"""Begin of a line in the head of a CSV file that is a note of the history."""
_LONGEST_CONTACT_S = 3.0
_LONGEST_STEP_S = 0.2
"""Between frames of a contact, which lasts 0.02 to 3 s: more means another unit."""


class History(Record):
    """Forces on regions at rising times: x anterior or dorsal, y proximal, z to the right of the body.

    For a right limb z is lateral, for a left one (``--side left``) medial.

    ``forces`` maps each region to one vector per time, in ``unit``. Instead of ``time_s`` the file may give
    ``phase``, 0 to 1, and ``contact_time_s``.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    kind: Literal["history"] = "history"
    name: Name
    title: str
    side: BodySide | None = None
    """Side of the limb that the forces belong to, if the file says so; a case of the other side refuses it."""
    unit: Literal["N", "BW"]
    """Unit of the forces."""
    time_s: tuple[Time, ...] = Field(min_length=1)
    """Times of the frames, rising."""
    forces: dict[str, tuple[ForceVector, ...]] = Field(min_length=1)
    """Forces along x, y, z for each time, by region; up to 60 BW or 60,000 N."""
    moments: dict[str, tuple[ForceVector, ...]] = Field(default_factory=dict)
    """Moments about x, y, z beside them, about the region's centre, in N·mm or BW·mm; up to 1,000 N·m."""
    body_mass_kg: Annotated[float, Field(ge=20.0, le=250.0)] | None = None
    """Mass of the person in whom it was measured, which a case takes unless another one is asked for."""
    notes: tuple[Note, ...] = Field((), max_length=200)
    """Where the loads come from: what was read, taken and met, sentence by sentence."""

    @property
    def instant(self) -> str:
        """Number and times of the frames, in words."""
        return f"{len(self.time_s)} frames from {self.time_s[0]:g} to {self.time_s[-1]:g} s"

    @property
    def bones(self) -> list[str]:
        """Bones that it may load: any, so none is named."""
        return []

    def loaded_regions(self, _: str) -> list[tuple[str, str]]:
        """Name and region of each load."""
        return [(region, region) for region in dict.fromkeys((*self.forces, *self.moments))]

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
        tables = (*self.forces.values(), *self.moments.values())
        if not any(x != 0.0 for rows in tables for row in rows for x in row):
            raise ValueError("all forces are zero; at least one must not be")
        largest = (LARGEST_N, _LARGEST_NMM) if self.unit == "N" else (LARGEST_BW, _LARGEST_BW_MM)
        self._check_table("force", self.forces, self.unit, largest[0])
        self._check_table("moment", self.moments, f"{self.unit}·mm", largest[1])
        return self

    def _check_table(self, what: str, table: Mapping[str, Sequence[ForceVector]], unit: str, largest: float) -> None:
        for region, rows in table.items():
            if len(rows) != len(self.time_s):
                raise ValueError(f"region {region!r} has {len(rows)} {what}s for {len(self.time_s)} times")
            worst = max(abs(x) for row in rows for x in row)
            if worst > largest:
                raise ValueError(f"a {what} on {region!r} is {worst:g} {unit}; allowed: up to {largest:g} {unit}")


def read_history(file: Path) -> dict[str, object]:
    """Table of a history as CSV.

    Columns are those of :data:`COLUMNS`, with forces in N or in body weights, or ``time_ms``, or ``phase`` with
    ``contact_time_s``. Instead of a row for each time and region there may be one for each time, with columns
    ``plafond.fx_n`` and so on for each region. Comma, semicolon or tab separate them; beside semicolons a decimal comma
    is understood. Lines that begin with ``#``, empty rows and trailing empty columns are passed over, but for three in
    the head:
    ``# side: left`` says that the limb is a left one, ``# body_mass_kg: 72.6`` whose loads they are, and ``# -`` begins
    a note. Times that begin below zero, or later than a contact lasts, are shifted to zero, and the title says so. A
    region that is never named is unloaded; one that is named must have a row at every time.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, missing or mixed columns, a number that is none, a region twice or not at all at a time, or
        times that look like milliseconds.
    """
    unit, times, vectors, sheet = _columns_of(file)
    _check_step(times, file)
    shift = -times[0] if times[0] < 0.0 or times[0] > _LONGEST_CONTACT_S else 0.0
    said = f", times shifted by {shift:+g} s" if shift else ""
    return {
        "kind": "history",
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", file.stem).lstrip("_.-")[:64] or "history",
        "title": f"Load history {file.name}{said}",
        **_remarked(sheet.remarks),
        "unit": unit,
        "time_s": tuple(time + shift for time in times) if shift else tuple(times),
        "forces": {region: tuple(row[:3] for row in rows) for region, rows in vectors.items()},
        "moments": {
            region: tuple(row[3:] for row in rows)
            for region, rows in vectors.items()
            if any(x != 0.0 for row in rows for x in row[3:])
        },
    }


def _remarked(remarks: Sequence[str]) -> dict[str, object]:
    """Side, mass and notes that the remarks of a file tell."""
    side: str | None = None
    mass: float | None = None
    for remark in remarks:
        if said := _SIDE.fullmatch(remark):
            side = said[1].lower()
        elif said := _MASS.fullmatch(remark):
            mass = float(said[1].replace(",", "."))
    notes = tuple(remark.removeprefix(_NOTE).strip() for remark in remarks if remark.startswith(_NOTE))
    return {"side": side, "body_mass_kg": mass, "notes": notes}


def _columns_of(file: Path) -> tuple[Unit, list[float], dict[str, list[tuple[float, ...]]], Sheet]:
    """Unit, times in s, forces and moments by region, and the sheet."""
    sheet = Sheet(file)
    sheet.names = [_of_column(name) for name in sheet.names]
    return *_collected(sheet), sheet


def _of_column(name: str) -> str:
    """Name of a column in small letters, but for that of a region in front of a dot."""
    region, dot, part = name.strip().rpartition(".")
    return f"{region}{dot}{part.lower()}"


@dataclass(frozen=True)
class _Columns:
    """Where a history as CSV has its time, and the forces and moments of its regions.

    ``vectors`` holds the places of three forces, or of three forces and three moments, by region, which is empty for
    the rows of all regions where the column ``region`` tells whose they are.
    """

    unit: Unit
    timed: str
    moment_factor: float
    vectors: Mapping[str, tuple[int, ...]]


def _columns(names: Sequence[str], file: Path) -> _Columns:
    """Unit, time and places of what the columns hold; a wide table has those of each region as ``region.fx_n``."""
    place = {name: k for k, name in enumerate(names)}
    timed = next((time for time in _TIMES if time in place), "")
    more = {timed, *(["contact_time_s"] if timed == "phase" else [])}
    regions = {""} if "region" in place else {name.rpartition(".")[0] for name in names if name not in more} - {""}
    units: tuple[Unit, ...] = ("N", "BW")
    for unit, of_moment in ((u, m) for u in units for m in (None, *_MOMENT_UNITS[u])):
        parts = [f"f{axis}_{unit.lower()}" for axis in "xyz"]
        parts += [] if of_moment is None else [f"m{axis}_{of_moment}" for axis in "xyz"]
        needed = {region: [f"{region}.{part}" if region else part for part in parts] for region in regions}
        every = {*more, *(["region"] if "" in regions else []), *itertools.chain(*needed.values())}
        if timed and regions and len(names) == len(place) and every == set(names):
            factor = 1.0 if of_moment is None else _MOMENT_UNITS[unit][of_moment]
            vectors = {region: tuple(place[part] for part in own) for region, own in needed.items()}
            return _Columns(unit, timed, factor, dict(sorted(vectors.items(), key=lambda item: item[1])))
    raise InputError(
        f"{str(file)!r} has the columns {', '.join(names) or 'none'}; needed: {', '.join(COLUMNS)}, "
        "or all three forces in _bw instead of _n, or time_ms, or phase and contact_time_s, instead of time_s; moments "
        f"beside forces in _n as {', '.join(MOMENT_COLUMNS)} (N·m) or in _nmm, beside forces in _bw in _bwmm. A table "
        "with one row for each time has, instead of region, these columns for each region, as plafond.fx_n."
    )


def _collected(sheet: Sheet) -> tuple[Unit, list[float], dict[str, list[tuple[float, ...]]]]:
    columns = _columns(sheet.names, sheet.file)
    place = {name: k for k, name in enumerate(sheet.names)}
    times: list[float] = []
    forces: dict[str, list[tuple[float, ...]]] = {}
    contact: float | None = None
    for row in sheet.whole():
        time = sheet.number(row[place[columns.timed]], columns.timed) * (1e-3 if columns.timed == "time_ms" else 1.0)
        if columns.timed == "phase":
            own = sheet.number(row[place["contact_time_s"]], "contact_time_s")
            if contact is not None and own != contact:
                raise sheet.mistake(
                    f"column contact_time_s: {own:g} differs from {contact:g} above; give one for all rows"
                )
            contact = own
            time *= own
        if times and time < times[-1]:
            raise sheet.mistake(f"time {time:g} s comes after a later one")
        if not times or time > times[-1]:
            _check_whole(sheet, times, forces)
            times.append(time)
        for named, places in columns.vectors.items():
            region = named or row[place["region"]]
            vector = [sheet.number(row[k], sheet.names[k]) for k in places]
            vector[3:] = [columns.moment_factor * moment for moment in vector[3:]]
            series = forces.setdefault(region, [])
            if len(series) == len(times):
                raise sheet.mistake(f"{region!r} stands twice at {time:g} s")
            if len(series) < len(times) - 1:
                raise sheet.mistake(_missing(region, times[len(series)]))
            series.append(tuple(vector))
    if not times:
        raise InputError(f"{str(sheet.file)!r} holds no rows.")
    _check_whole(sheet, times, forces)
    return columns.unit, times, forces


def _check_whole(sheet: Sheet, times: Sequence[float], forces: Mapping[str, Sequence[tuple[float, ...]]]) -> None:
    """Refuse a region that has no row at the last time."""
    for region, series in forces.items():
        if len(series) < len(times):
            raise sheet.mistake(_missing(region, times[-1]))


def _missing(region: str, time: float) -> str:
    return (
        f"{region!r} has no row at {time:g} s but at other times; give each region a row at each time, 0 where unloaded"
    )


def _check_step(times: Sequence[float], file: Path) -> None:
    """Refuse times so far apart that they can only be milliseconds."""
    if len(times) < 3:
        return
    step = sorted(b - a for a, b in itertools.pairwise(times))[(len(times) - 1) // 2]
    if step > _LONGEST_STEP_S:
        raise InputError(
            f"{str(file)!r} has a time every {step:g} s, allowed: up to {_LONGEST_STEP_S:g} s; if these are "
            "milliseconds, call the column time_ms."
        )


# ---------------------------------------------------------------- beside a case

LOADS = "loads.npz"
"""File beside ``case.toml`` that holds a long history."""
_SHORT = 200


def parted(table: Mapping[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    """Table of a case as it stands in ``case.toml``, and the content of :data:`LOADS` for a long history.

    ``activity.file`` and ``activity.sha256`` then take the place of the times and the forces.
    """
    activity = table["activity"]
    if activity.get("kind") != "history" or len(activity["time_s"]) <= _SHORT:
        return dict(table), None
    stream = io.BytesIO()
    arrays = {f"force {k}": np.array(rows) for k, rows in enumerate(activity["forces"].values())}
    arrays |= {f"moment {k}": np.array(rows) for k, rows in enumerate(activity.get("moments", {}).values())}
    np.savez(stream, allow_pickle=False, time_s=np.array(activity["time_s"]), **arrays)
    content = stream.getvalue()
    rest = {key: value for key, value in activity.items() if key not in ("time_s", "forces", "moments")}
    beside = {"file": LOADS, "sha256": sha256_of(content), "regions": list(activity["forces"])}
    if activity.get("moments"):
        beside["turned"] = list(activity["moments"])
    return {**table, "activity": {**rest, **beside}}, content


def joined(table: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Table of a case with the history that stands beside its file.

    Raises
    ------
    fea.errors.InputError
        The history is missing, or is not the one that the case names.
    """
    activity = table.get("activity")
    if not isinstance(activity, dict) or "file" not in activity:
        return dict(table)
    beside = file.with_name(LOADS)
    try:
        if beside.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        content = beside.read_bytes()
        if sha256_of(content) != activity["sha256"]:
            raise ValueError("it is not the history that the case names")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            beside_it = ("file", "sha256", "regions", "turned")
            rest = {key: value for key, value in activity.items() if key not in beside_it}
            forces = {str(name): arrays[f"force {k}"].tolist() for k, name in enumerate(activity["regions"])}
            moments = {str(name): arrays[f"moment {k}"].tolist() for k, name in enumerate(activity.get("turned", ()))}
            vectors = {"time_s": arrays["time_s"].tolist(), "forces": forces, "moments": moments}
            return {**table, "activity": {**rest, **vectors}}
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{str(beside)!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
