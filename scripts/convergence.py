# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Refine the mesh of the running tibia and write how its strain measures settle.

Writes convergence.csv. The finest default mesh, half of 3 mm, needs about 15 GiB and ten minutes.
Usage: python scripts/convergence.py [FOLDER] [SIZE_MM ...]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from fea.case import resolved
from fea.pipeline import solved

SIZES_MM = (6.0, 4.5, 3.0, 2.0, 1.5)
STRAINS = ("p50 / ue", "p90 / ue", "p95 / ue", "peak compression / ue", "peak tension / ue")
COLUMNS = ("size / mm", "cells", "dofs", *STRAINS, "volume above 4000 ue / mm3", "mesh to strain / s")


def main(folder: Path, sizes: list[float]) -> None:
    """Solve each size, coarse first, and write a row as soon as it is known."""
    with (folder / "convergence.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for size in sizes:
            run = solved(resolved("tibia", "running_peak", size_mm=size))
            s = run.summary
            strains = [s.p50_ue, s.p90_ue, s.p95_ue, s.peak_compression_ue, s.peak_tension_ue]
            values = [*strains, s.strained_volume_mm3[4000], sum(run.wall_s.values())]
            table.writerow([size, len(run.mesh.cells), run.dofs, *(f"{v:.0f}" for v in values)])
            stream.flush()
            print(f"{size:g} mm: p95 {s.p95_ue:.0f} µε")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        [float(size) for size in sys.argv[2:]] or list(SIZES_MM),
    )
