# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history as CSV: written for people to change, in a spreadsheet too."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.bone import BoneShape, centers_of, unit_pulls
from fea.case import FRAMES, BodySide, BoneDescription, History, checked, side_moments, side_vectors
from fea.case.history import COLUMNS
from fea.errors import on_one_line
from fea.files import written_file
from fea.loading.applied import region_wrenches
from fea.loading.frames import LoadHistory

Floats = npt.NDArray[np.float64]

# No comma or semicolon, at which a spreadsheet would break the line.
_HEAD = (
    "# {name}: forces on regions of the bone. {form}",
    "# time_s: seconds (rising). region: a region of the bone's file (bonefea mesh BONE lists them).",
    "# side: {side}",
    "# fx_n fy_n fz_n: N along x y z. Or fx_bw fy_bw fz_bw in body weights.",
    "# mx_nmm my_nmm mz_nmm: N mm about x y z through the region's centre. Or mx_nm in N m or mx_bwmm in BW mm.",
    "# {axes}.",
    "# Run it: {command}",
)
_MOMENTS = ("mx_nmm", "my_nmm", "mz_nmm")
_LEAST_NMM = 1e-6
_COMMAND = "bonefea run BONE THIS_FILE.csv"


def write_history(
    history: LoadHistory,
    bone: BoneDescription,
    file: Path,
    *,
    command: str = _COMMAND,
    side: BodySide = "right",
    replaces: bool = True,
    account: Sequence[str] = (),
    body_mass_kg: float | None = None,
    weight_n: float | None = None,
    wide: bool = False,
) -> None:
    """Write the forces and moments of a history, in the frame of their limb, with six digits.

    Parameters
    ----------
    history : LoadHistory
        The history.
    bone : BoneDescription
        The bone that it loads: what muscles put on its regions is written region by region.
    file : Path
        The CSV file to write.
    command : str
        What the head of the file says to run it with, without the side.
    side : {"right", "left"}
        Side of the limb.
    replaces : bool
        Whether a file that stands there is replaced.
    account : sequence of str
        What the head says of where the forces come from.
    body_mass_kg : float, optional
        Mass of the person in whom the forces were measured.
    weight_n : float, optional
        Body weight in N, for a file in body weights.
    wide : bool
        Whether there is one line for each time, with columns for each region, instead of one for time and region.

    Raises
    ------
    fea.errors.InputError
        The file cannot be written.
    fea.errors.RunError
        The disk is full, or fails while the file is written.
    """
    forces, moments = region_tables(history, bone, side)
    columns: tuple[str, ...] = (*COLUMNS, *_MOMENTS) if moments else COLUMNS
    tables = {r: np.hstack([rows, moments[r]]) if moments else rows for r, rows in forces.items()}
    if weight_n is not None:
        columns = tuple(re.sub("_n(m*)$", r"_bw\1", name) for name in columns)
        tables = {region: rows / weight_n for region, rows in tables.items()}
    if side == "left":
        command += " --side left"
    form = "One line per time with columns for each region." if wide else "One line per time and region."
    said = {
        "name": history.name,
        "form": form,
        "side": side,
        "axes": FRAMES[side].replace(",", ""),
        "command": on_one_line(command),
    }
    with written_file(file, replaces=replaces) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        stream.writelines(line.format(**said) + "\n" for line in _HEAD)
        if body_mass_kg is not None:
            stream.write(f"# body_mass_kg: {body_mass_kg:.6g}\n")
        stream.writelines(f"# - {on_one_line(sentence)}\n" for sentence in account)
        csv.writer(stream).writerows(_rows(history.time_s, tables, columns, wide=wide))


def _rows(times: Floats, tables: Mapping[str, Floats], columns: Sequence[str], *, wide: bool) -> Iterator[list[str]]:
    """Yield the head and the rows of a table with ``columns``, of which the first two are time and region."""
    timed, named, *parts = columns
    yield [timed, *(f"{region}.{part}" for region in tables for part in parts)] if wide else [timed, named, *parts]
    for frame, time in enumerate(times.tolist()):
        own = {region: [f"{value:.6g}" for value in rows[frame].tolist()] for region, rows in tables.items()}
        if wide:
            yield [f"{time:.6g}", *itertools.chain(*own.values())]
        else:
            yield from ([f"{time:.6g}", region, *cells] for region, cells in own.items())


def region_tables(
    history: LoadHistory, bone: BoneDescription, side: BodySide
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Forces in N and moments in N·mm on each region, (frames, 3), of a side; no moments if all are zero.

    Raises
    ------
    fea.errors.InputError
        A region or a muscle path that the bone lacks.
    """
    centers = centers_of(bone)
    sizes = zip(history.loads, history.coefficients.T, strict=True)
    wrenches = region_wrenches(sizes, centers, unit_pulls(BoneShape(bone), centers))
    forces = {region: side_vectors(wrench[:, :3], side) + 0.0 for region, wrench in wrenches.items()}
    if all(np.abs(wrench[:, 3:]).max() <= _LEAST_NMM for wrench in wrenches.values()):
        return forces, {}
    return forces, {region: side_moments(wrench[:, 3:], side) + 0.0 for region, wrench in wrenches.items()}


def given_history(
    history: LoadHistory,
    bone: BoneDescription,
    side: BodySide,
    *,
    title: str,
    body_mass_kg: float | None,
    notes: Sequence[str],
) -> History:
    """The same as forces that a case gives, as :func:`write_history` writes them for reading."""
    forces, moments = region_tables(history, bone, side)
    return checked(
        History,
        {
            "name": history.name,
            "title": title,
            "side": side,
            "unit": "N",
            "time_s": tuple(history.time_s.tolist()),
            "forces": {region: tuple(map(tuple, rows.tolist())) for region, rows in forces.items()},
            "moments": {region: tuple(map(tuple, rows.tolist())) for region, rows in moments.items()},
            "body_mass_kg": body_mass_kg,
            "notes": tuple(on_one_line(note) for note in notes),
        },
        f"load history {history.name!r}",
    )
