# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history as CSV: written for people to change, read back to identical numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from fea.case import FRAMES, BodySide, side_vectors
from fea.case.history import COLUMNS
from fea.errors import InputError, on_one_line
from fea.files import written_file
from fea.loading.frames import LoadHistory

_HEAD = (
    "# {name}: forces on regions of the bone, one line per time and region.",
    "# time_s: seconds, rising. region: a region of the bone's file (bonefea mesh BONE lists them).",
    "# side: {side}",
    "# fx_n, fy_n, fz_n: N along x, y, z; or fx_bw, fy_bw, fz_bw in body weights.",
    "# {axes}.",
    "# Run it: {command}",
)
_COMMAND = "bonefea run BONE THIS_FILE.csv"


def write_history(
    history: LoadHistory,
    file: Path,
    *,
    command: str = _COMMAND,
    side: BodySide = "right",
    replaces: bool = True,
) -> None:
    """Write the forces of a history, those of a left limb in its frame; numbers keep all their digits.

    Parameters
    ----------
    history : LoadHistory
        The history.
    file : Path
        The CSV file to write.
    command : str
        What the head of the file says to run it with, without the side.
    side : {"right", "left"}
        Side of the limb.
    replaces : bool
        Whether a file that stands there is replaced.

    Raises
    ------
    fea.errors.InputError
        The file cannot be written, or the history holds moments, which the format does not.
    fea.errors.RunError
        The disk is full, or fails while the file is written.
    """
    if any(load.moment for load in history.loads):
        raise InputError(f"{history.name!r} holds moments; a load history as CSV holds forces only.")
    regions = list(dict.fromkeys(load.region for load in history.loads))
    forces = {region: np.zeros((len(history.time_s), 3)) for region in regions}
    for k, load in enumerate(history.loads):
        forces[load.region][:, load.axis] = history.coefficients[:, k]
    forces = {region: side_vectors(rows, side) + 0.0 for region, rows in forces.items()}
    if side == "left":
        command += " --side left"
    said = {"name": history.name, "side": side, "axes": FRAMES[side], "command": on_one_line(command)}
    with written_file(file, replaces=replaces) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        stream.writelines(line.format(**said) + "\n" for line in _HEAD)
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for frame, time in enumerate(history.time_s.tolist()):
            for region in regions:
                table.writerow([repr(time), region, *map(repr, forces[region][frame].tolist())])
