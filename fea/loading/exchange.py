# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history as CSV: written for people to change, read back to identical numbers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fea.bone import BoneShape, centers_of, unit_pulls
from fea.case import FRAMES, BodySide, BoneDescription, side_moments, side_vectors
from fea.case.history import COLUMNS
from fea.errors import on_one_line
from fea.files import written_file
from fea.loading.applied import region_wrenches
from fea.loading.frames import LoadHistory

_HEAD = (
    "# {name}: forces on regions of the bone, one line per time and region.",
    "# time_s: seconds, rising. region: a region of the bone's file (bonefea mesh BONE lists them).",
    "# side: {side}",
    "# fx_n, fy_n, fz_n: N along x, y, z; or fx_bw, fy_bw, fz_bw in body weights.",
    "# mx_nmm, my_nmm, mz_nmm: N mm about x, y, z through the region's centre; or mx_nm in N m, mx_bwmm in BW mm.",
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
) -> None:
    """Write the forces and moments of a history, those of a left limb in its frame; numbers keep all their digits.

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

    Raises
    ------
    fea.errors.InputError
        The file cannot be written.
    fea.errors.RunError
        The disk is full, or fails while the file is written.
    """
    shape = BoneShape(bone)
    centers = centers_of(bone)
    sizes = zip(history.loads, history.coefficients.T, strict=True)
    wrenches = region_wrenches(sizes, centers, unit_pulls(shape, centers))
    turned = any(np.abs(wrench[:, 3:]).max() > _LEAST_NMM for wrench in wrenches.values())
    tables = {region: side_vectors(wrench[:, :3], side) + 0.0 for region, wrench in wrenches.items()}
    columns = (*COLUMNS, *_MOMENTS) if turned else COLUMNS
    if turned:
        tables = {r: np.hstack([rows, side_moments(wrenches[r][:, 3:], side) + 0.0]) for r, rows in tables.items()}
    if side == "left":
        command += " --side left"
    said = {"name": history.name, "side": side, "axes": FRAMES[side], "command": on_one_line(command)}
    with written_file(file, replaces=replaces) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        stream.writelines(line.format(**said) + "\n" for line in _HEAD)
        stream.writelines(f"# - {on_one_line(sentence)}\n" for sentence in account)
        table = csv.writer(stream)
        table.writerow(columns)
        for frame, time in enumerate(history.time_s.tolist()):
            for region, rows in tables.items():
                table.writerow([repr(time), region, *map(repr, rows[frame].tolist())])
