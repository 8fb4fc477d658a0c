# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A load history as CSV: written for people to change, read back to identical numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from fea.case.history import COLUMNS
from fea.case.side import FRAMES, BodySide, side_vectors
from fea.errors import InputError
from fea.loading.frames import LoadHistory

_HEAD = (
    "# {name}: forces on regions of the bone, one line per time and region.",
    "# time_s: seconds, rising. region: a region of the bone's file (bonefea mesh BONE lists them).",
    "# side: {side}",
    "# fx_n, fy_n, fz_n: N along x, y, z; or fx_bw, fy_bw, fz_bw in body weights.",
    "# {axes}.",
    "# Run it: bonefea run tibia THIS_FILE.csv{option}",
)


def write_history(history: LoadHistory, file: Path, side: BodySide = "right") -> None:
    """Write the forces of a history, those of a left limb in its frame; numbers keep all their digits.

    Raises
    ------
    fea.errors.InputError
        The file cannot be written, or the history holds moments, which the format does not.
    """
    if any(load.moment for load in history.loads):
        raise InputError(f"{history.name!r} holds moments; a load history as CSV holds forces only.")
    regions = list(dict.fromkeys(load.region for load in history.loads))
    forces = {region: np.zeros((len(history.time_s), 3)) for region in regions}
    for k, load in enumerate(history.loads):
        forces[load.region][:, load.axis] = history.coefficients[:, k]
    forces = {region: side_vectors(rows, side) + 0.0 for region, rows in forces.items()}
    option = " --side left" if side == "left" else ""
    partial = file.with_name(f".{file.name}.partial")
    try:
        with partial.open("w", newline="", encoding="utf-8") as stream:
            said = {"name": history.name, "side": side, "axes": FRAMES[side], "option": option}
            stream.writelines(line.format(**said) + "\n" for line in _HEAD)
            table = csv.writer(stream)
            table.writerow(COLUMNS)
            for frame, time in enumerate(history.time_s.tolist()):
                for region in regions:
                    table.writerow([repr(time), region, *map(repr, forces[region][frame].tolist())])
        partial.replace(file)
    except OSError as error:
        raise InputError(f"the load history cannot be written to {str(file)!r}: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)
