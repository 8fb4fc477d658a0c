# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A measured ground force as it stands in its file, in N and mm along forward, up and right."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.case import BODY_WEIGHT_N_PER_KG, BodySide, GroundTrial
from fea.errors import InputError, out_of_range, unknown
from fea.loading.measured.motion_capture import read_plate
from fea.loading.opensim.model import read_xml
from fea.loading.opensim.storage import read_storage

Floats = npt.NDArray[np.float64]

_MOST_BYTES = 500_000_000
_FORCE, _COP = ("forward", "up", "right"), ("cop_forward", "cop_right")


@dataclass(frozen=True)
class MeasuredGround:
    """Ground force on a foot, before it is filtered.

    Attributes
    ----------
    time_s : ndarray, float64, (rows,)
        Rising times.
    force_n : ndarray, float64, (rows, 3)
        Force on the foot forward, up and to the right of the body; what was not measured is zero.
    cop_mm : ndarray, float64, (rows, 2), optional
        Centre of pressure forward and right.
    free_moment_nmm : ndarray, float64, (rows,), optional
        About the vertical through the centre of pressure.
    vertical_only : bool
        Whether the horizontal force was not measured.
    account : tuple of str
        What was read.
    """

    time_s: Floats
    force_n: Floats
    cop_mm: Floats | None
    free_moment_nmm: Floats | None
    vertical_only: bool
    account: tuple[str, ...] = field(default=())


def read_measured(trial: GroundTrial) -> MeasuredGround:
    """Ground force of a trial, as that of the ground on the foot.

    Raises
    ------
    fea.errors.InputError
        A file that cannot be read, a column or plate that it lacks, or forces that are no ground force.
    fea.errors.MissingDependency
        A ``.c3d`` without ezc3d.
    """
    file = Path(trial.ground)
    ending = file.suffix.lower()
    if ending == ".c3d":
        found = _of_plate(trial, file)
    elif ending in (".mot", ".sto"):
        found = _of_storage(trial, file)
    elif ending in (".csv", ".txt"):
        found = _of_columns(trial, file, _csv_columns(file), "mm")
    else:
        raise InputError(f"{str(file)!r} is a {ending} file; a ground force is read from .csv, .mot, .sto or .c3d.")
    return _on_the_foot(found, trial, file)


def _of_plate(trial: GroundTrial, file: Path) -> MeasuredGround:
    turn = axes_of(trial, "", "z")
    plate, said = read_plate(file, trial.plate)
    force, cop = plate.force_n @ turn.T, plate.cop_mm @ turn.T
    return MeasuredGround(plate.time_s, force, cop[:, [0, 2]], plate.free_moment_nmm @ turn[1], False, (said,))


def axes_of(trial: GroundTrial, forward: str, up: str) -> Floats:
    """Directions forward, up and right, (3, 3), in the axes of a laboratory; the defaults of its kind of file."""
    asked = (trial.forward or forward, trial.up or up)
    if not asked[0]:
        raise InputError(f"{trial.ground!r}: which axis points forward is not known; give forward, such as x or -y.")
    ahead, above = (np.eye(3)["xyz".index(a[-1])] * (-1.0 if a[0] == "-" else 1.0) for a in asked)
    if ahead @ above != 0.0:
        raise InputError(f"forward is {asked[0]} and up is {asked[1]}; they must be two axes.")
    return np.stack([ahead, above, np.cross(ahead, above)])


def _of_storage(trial: GroundTrial, file: Path) -> MeasuredGround:
    table = read_storage(file)
    columns = {"time": table.time_s, **table.columns}
    if trial.external_loads is None:
        return _of_columns(trial, file, columns, "m")
    turn = axes_of(trial, "x", "y")
    scale = {"m": 1000.0, "mm": 1.0}[trial.length_unit or "m"]
    names = _identifiers(Path(trial.external_loads), trial.side)
    force, point, torque = (_vector(columns, name, file) for name in names)
    account = (
        *table.remarks,
        f"ground force {names[0]} at {names[1]}, moment {names[2]}, which "
        f"{Path(trial.external_loads).name} puts on the "
        f"{trial.side} foot",
    )
    moment = (torque @ turn[1]) * {"Nm": 1000.0, "Nmm": 1.0}[trial.moment_unit]
    return MeasuredGround(table.time_s, force @ turn.T, scale * (point @ turn.T)[:, [0, 2]], moment, False, account)


def _vector(columns: Mapping[str, Floats], name: str, file: Path) -> Floats:
    keys = next((k for k in ([f"{name}{a}" for a in "xyz"], [f"{name}{n}" for n in "123"]) if k[0] in columns), None)
    if keys is None or any(key not in columns for key in keys):
        raise unknown(f"column of {str(file)!r}:", f"{name}x", columns)
    return np.column_stack([columns[key] for key in keys])


def _identifiers(file: Path, side: BodySide) -> tuple[str, str, str]:
    """Names of force, point and torque that act on a body of a side."""
    named = []
    for force in read_xml(file).iter("ExternalForce"):
        text = {
            key: (force.findtext(key) or "").strip()
            for key in ("applied_to_body", "force_identifier", "point_identifier", "torque_identifier")
        }
        body = text["applied_to_body"].split("/")[-1]
        named.append(body)
        if body.endswith(f"_{side[0]}") or body.startswith(f"{side[0]}_"):
            return text["force_identifier"], text["point_identifier"], text["torque_identifier"]
    raise InputError(
        f"{str(file)!r} puts forces on {', '.join(named) or 'no body'}; needed: on one ending in _{side[0]}."
    )


def _csv_columns(file: Path) -> dict[str, Floats]:
    """Columns of a CSV file by name; comma, semicolon (with decimal comma) or tab, lines of ``#`` passed over."""
    import pandas as pd

    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        with file.open(encoding="utf-8-sig") as stream:
            head = next((line for line in stream if line.strip() and not line.startswith("#")), "")
        separator = max(",;\t", key=head.count)
        table = pd.read_csv(
            file,
            sep=separator,
            decimal="," if separator == ";" and "." not in head else ".",
            comment="#",
            encoding="utf-8-sig",
            skipinitialspace=True,
            on_bad_lines="error",
        )
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{str(file)!r} cannot be read as CSV: {getattr(error, 'strerror', None) or error}.") from None
    found = {str(name).strip(): pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64) for name in table}
    if not found or len(table) < 3:
        raise InputError(f"{str(file)!r} has {len(table)} rows; needed: 3 or more, under a line with names of columns.")
    return found


def _of_columns(trial: GroundTrial, file: Path, columns: Mapping[str, Floats], length_unit: str) -> MeasuredGround:
    asked: dict[str, str] = dict(trial.columns.items())
    names = {key: asked.get(key, key) for key in ("time", *_FORCE, *_COP, "free_moment")}
    held = {key: _column(columns, name) for key, name in names.items()}
    for key in ("time", "up", *asked):
        if held[key] is None:
            raise unknown(f"column {key} of {str(file)!r}:", names[key], columns)
    missing = [key for key in ("forward", "right") if held[key] is None]
    if len(missing) == 1:
        raise InputError(f"{str(file)!r} has no column {names[missing[0]]!r}; give both horizontal forces or neither.")
    time = held["time"]
    assert time is not None
    zero = np.zeros_like(time)
    to_n = trial.body_mass_kg * BODY_WEIGHT_N_PER_KG if trial.force_unit == "BW" else 1.0
    to_mm = {"m": 1000.0, "mm": 1.0}[trial.length_unit or length_unit]
    whole = {key: zero if values is None else values for key, values in held.items()}
    force = np.column_stack([whole[key] for key in _FORCE])
    cop = None if held["cop_forward"] is None else to_mm * np.column_stack([whole[key] for key in _COP])
    free = held["free_moment"]
    used = ", ".join(f"{key} from {names[key]}" for key, values in held.items() if values is not None)
    said = f"{file.name}: {used}; forces in {trial.force_unit}, lengths in {trial.length_unit or length_unit}"
    moment = None if free is None else {"Nm": 1000.0, "Nmm": 1.0}[trial.moment_unit] * free
    seconds = time * (1e-3 if trial.time_unit == "ms" else 1.0)
    return MeasuredGround(seconds, to_n * force, cop, moment, len(missing) == 2, (said,))


def _column(columns: Mapping[str, Floats], name: str) -> Floats | None:
    """Column of a name, or its reverse if a minus stands before it."""
    if name in columns:
        return columns[name]
    inner = columns.get(name.removeprefix("-"))
    return None if inner is None or not name.startswith("-") else -inner


_LEAST_STEP_S, _MOST_STEP_S, _LONGEST_GAP_S = 1e-5, 0.05, 0.1
_LARGEST_N, _FARTHEST_MM, _LARGEST_NMM = 1e8, 1e6, 1e7
_LEAST_PEAK_BW, _LARGEST_PEAK_BW = 0.3, 10.0


def _on_the_foot(found: MeasuredGround, trial: GroundTrial, file: Path) -> MeasuredGround:
    """The same with the sign of the force on the foot; refuses what is no ground force."""
    if not np.isfinite(found.time_s).all() or not np.isfinite(found.force_n).all():
        row = int(np.argmin(np.isfinite(found.time_s) & np.isfinite(found.force_n).all(axis=1))) + 1
        raise InputError(f"{str(file)!r}, row {row}: time and forces must be numbers.")
    for what, values, largest in (
        ("force in N", found.force_n, _LARGEST_N),
        ("centre of pressure in mm", found.cop_mm, _FARTHEST_MM),
        ("free moment in N·mm", found.free_moment_nmm, _LARGEST_NMM),
    ):
        worst = 0.0 if values is None else float(np.nan_to_num(np.abs(values)).max(initial=0.0))
        if worst > largest:
            raise out_of_range(f"{str(file)!r}: the largest {what}", worst, f"up to {largest:g}")
    step = np.diff(found.time_s)
    if (step <= 0.0).any():
        raise InputError(f"{str(file)!r}, row {int(np.argmax(step <= 0.0)) + 2}: times must rise.")
    if not _LEAST_STEP_S <= float(np.median(step)) <= _MOST_STEP_S:
        raise InputError(
            f"{str(file)!r} has a row every {np.median(step):g} s; allowed: {_LEAST_STEP_S:g} to {_MOST_STEP_S:g} s. "
            'If these are milliseconds, give time_unit = "ms".'
        )
    if float(step.max()) > _LONGEST_GAP_S:
        raise InputError(
            f"{str(file)!r}, row {int(step.argmax()) + 2}: {step.max():g} s pass without a row; allowed: up to "
            f"{_LONGEST_GAP_S:g} s."
        )
    up = found.force_n[:, 1]
    sign = -1.0 if -up.min() > up.max() else 1.0
    peak = float((sign * up).max()) / (trial.body_mass_kg * BODY_WEIGHT_N_PER_KG)
    if not _LEAST_PEAK_BW <= peak <= _LARGEST_PEAK_BW:
        raise InputError(
            f"the largest vertical force of {str(file)!r} is {peak:.3g} BW of {trial.body_mass_kg:g} kg; allowed: "
            f"{_LEAST_PEAK_BW:g} to {_LARGEST_PEAK_BW:g} BW. Is its unit {trial.force_unit}, and "
            "the column the vertical one?"
        )
    said = "the vertical force points down: it is that on the plate, and all forces are reversed to those on the foot"
    free = None if found.free_moment_nmm is None else sign * found.free_moment_nmm
    return MeasuredGround(
        found.time_s,
        sign * found.force_n,
        found.cop_mm,
        free,
        found.vertical_only,
        (*found.account, *([said] if sign < 0.0 else [])),
    )
