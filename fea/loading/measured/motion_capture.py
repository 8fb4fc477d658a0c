# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Files of motion capture, ``.c3d``: force plates and markers, read by ezc3d in a process of its own."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, MissingDependency, unknown
from fea.loading.measured import c3d_reader

Floats = npt.NDArray[np.float64]

_MOST_BYTES = 500_000_000
_TO_MM = {"m": 1000.0, "cm": 10.0, "mm": 1.0}
_TO_NMM = {"Nm": 1000.0, "Nmm": 1.0}
_STEPPED_ON_N = 100.0
"""Largest force below which nobody stepped on a plate; a working value."""
_LONGEST_S = 60.0


@dataclass(frozen=True)
class Plate:
    """What a force plate measured in the axes of the laboratory: N, mm and N·mm, (rows, 3), over time in s."""

    time_s: Floats
    force_n: Floats
    cop_mm: Floats
    free_moment_nmm: Floats


def _read(file: Path) -> dict[str, npt.NDArray[Any]]:
    """What :mod:`fea.loading.measured.c3d_reader` finds in a file, by name."""
    if importlib.util.find_spec("ezc3d") is None:
        raise MissingDependency(".c3d files need ezc3d: pip install 'bonefea[c3d]'.")
    try:
        if not file.is_file():
            raise InputError(f"{str(file)!r} cannot be read: there is no such file.")
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        done = subprocess.run(
            [sys.executable, "-I", str(c3d_reader.__file__), str(file.resolve())],
            capture_output=True,
            timeout=_LONGEST_S,
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            reason = said[-1] if done.returncode == 2 and said else "the library that reads it gave up"
            raise InputError(f"{str(file)!r} cannot be read as C3D: {reason}.")
        with np.load(io.BytesIO(done.stdout), allow_pickle=False) as arrays:
            return dict(arrays)
    except subprocess.TimeoutExpired:
        raise InputError(f"{str(file)!r} cannot be read as C3D within {_LONGEST_S:g} s.") from None
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(file)!r} cannot be read as C3D: {error}.") from None


def read_plate(file: Path, number: int | None) -> tuple[Plate, str]:
    """What one force plate of a file measured, and a sentence about it.

    Parameters
    ----------
    file : Path
        The ``.c3d``.
    number : int, optional
        The plate, from 1; the only one that was stepped on by default.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, no such plate, or several plates that were stepped on and none is named.
    fea.errors.MissingDependency
        ezc3d is not installed.
    """
    held = _read(file)
    forces = [held[f"force {k}"] for k in range(sum(name.startswith("force ") for name in held))]
    peaks = [float(np.nan_to_num(np.abs(force)).max(initial=0.0)) for force in forces]
    used = [k for k, peak in enumerate(peaks) if peak > _STEPPED_ON_N]
    said = ", ".join(f"{k + 1}: {peak:.0f} N" for k, peak in enumerate(peaks)) or "none"
    if number is None and len(used) != 1:
        raise InputError(
            f"{str(file)!r}: largest forces by plate are {said}; give plate, which of them the foot was on."
        )
    chosen = used[0] if number is None else number - 1
    if not 0 <= chosen < len(forces):
        raise InputError(f"{str(file)!r} has no plate {number}; largest forces by plate: {said}.")
    rate = _rate(held, "plate_rate", file)
    position, moment = (str(unit) for unit in held[f"units {chosen}"])
    force = forces[chosen].T
    return Plate(
        np.arange(len(force)) / rate,
        force,
        _unit(_TO_MM, position, file) * held[f"center_of_pressure {chosen}"].T,
        _unit(_TO_NMM, moment, file) * held[f"Tz {chosen}"].T,
    ), f"{file.name}: plate {chosen + 1} of {len(forces)}, {rate:g} Hz; largest forces by plate: {said}"


def _rate(held: dict[str, npt.NDArray[Any]], name: str, file: Path) -> float:
    rate = float(held[name])
    if not 10.0 <= rate <= 100_000.0:
        raise InputError(f"{str(file)!r} has a sampling rate of {rate:g} Hz; allowed: 10 to 100000 Hz.")
    return rate


def _unit(known: dict[str, float], unit: str, file: Path) -> float:
    if unit not in known:
        raise unknown(f"unit of {str(file)!r}:", unit, known)
    return known[unit]


def read_markers(file: Path, names: Sequence[str]) -> tuple[Floats, Floats]:
    """Times in s, (rows,), and the mean place of markers in mm, (rows, 3), in the axes of the laboratory.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, or a marker that it lacks.
    fea.errors.MissingDependency
        ezc3d is not installed.
    """
    held = _read(file)
    labels = [str(label) for label in held["labels"]]
    for name in names:
        if name not in labels:
            raise unknown(f"marker of {str(file)!r}:", name, labels)
    to_mm = _unit(_TO_MM, str(held["units"][0]) if len(held["units"]) else "mm", file)
    points = held["points"][:, [labels.index(name) for name in names]]
    return np.arange(points.shape[2]) / _rate(held, "marker_rate", file), to_mm * points.mean(axis=1).T
