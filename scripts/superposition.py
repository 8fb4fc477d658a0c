# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time the superposition of a load history of growing length on one tibia.

Writes superposition.csv: seconds for the envelope of all cells, against one frame, and the share of the machine's
measured memory bandwidth that reading the products of all frames once would need.
Usage: python scripts/superposition.py [FOLDER] [SIZE_MM] [FRAMES ...]
"""

from __future__ import annotations

import csv
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from fea.case import Options, resolved
from fea.evaluate import solved_bone
from fea.loading import LoadHistory, load_history
from fea.strain import envelope

FRAMES = (1, 100, 400, 10_000)
COLUMNS = ("frames", "cells", "loads", "seconds", "times one frame", "share of bandwidth", "peak memory / MiB")


def lengthened(history: LoadHistory, frames: int) -> LoadHistory:
    """Return ``frames`` frames: the contact again and again, each a little harder."""
    rows = np.arange(frames) % len(history.time_s)
    harder = 1.0 + 1e-3 * (np.arange(frames) // len(history.time_s))
    return replace(
        history,
        coefficients=history.coefficients[rows] * harder[:, None],
        time_s=np.arange(frames, dtype=np.float64) * 1e-3,
    )


def bandwidth_gb_per_s() -> float:
    """Return what copying a large array reaches, bytes read and written per second, best of five."""
    source, target = np.ones(50_000_000), np.empty(50_000_000)
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - begin)
    return 2.0 * source.nbytes / min(seconds) / 1e9


def main(folder: Path, size: float | None, lengths: list[int]) -> None:
    """Time each length, the median of three runs."""
    case = resolved("tibia", "running", Options(size_mm=size))
    history = load_history(case)
    bone = solved_bone(case)
    _, unit = bone.columns(history.loads)
    limit = bandwidth_gb_per_s()
    rows = []
    for frames in lengths:
        longer, seconds = lengthened(history, frames), []
        for _ in range(3):
            begin = time.perf_counter()
            envelope(unit, longer, bone.elasticity.poisson)
            seconds.append(time.perf_counter() - begin)
        took = float(np.median(seconds))
        moved = 4.0 * 6 * unit.shape[1] * frames / took / 1e9
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        first = rows[0][3] if rows else took
        rows.append([frames, unit.shape[1], len(unit), round(took, 2), round(took / first, 1), round(moved / limit, 3)])
        rows[-1].append(round(memory))
        print(f"{frames} frames: {took:.2f} s")
    with (folder / "superposition.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else None,
        [int(n) for n in sys.argv[3:]] or list(FRAMES),
    )
