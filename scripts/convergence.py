# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Refine the mesh of a bone under an activity and write how its strain measures settle.

Writes convergence_BONE.csv; by default from twice to half of the bone's own element size. Half of the tibia's 3 mm
needs about 15 GiB and ten minutes.
Usage: python scripts/convergence.py BONE ACTIVITY [FOLDER] [SIZE_MM ...]
The tables of docs/: tibia running_peak; metatarsal1, 2 and 5 scripts/push_off.csv.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from fea.case import read_bone, resolved
from fea.pipeline import solved

REFINEMENTS = (2.0, 1.5, 1.0, 0.67, 0.5)
STRAINS = ("p50 / ue", "p90 / ue", "p95 / ue", "peak compression / ue", "peak tension / ue")
COLUMNS = ("size / mm", "cells", "dofs", *STRAINS, "volume above 4000 ue / mm3", "mesh to strain / s")


def main(bone: str, activity: str, folder: Path, sizes: list[float]) -> None:
    """Solve each size, coarse first, and write a row as soon as it is known."""
    with (folder / f"convergence_{bone}.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for size in sizes:
            run = solved(resolved(bone, activity, size_mm=size), use_cache=False)
            s = run.summary
            strains = [s.p50_ue, s.p90_ue, s.p95_ue, s.peak_compression_ue, s.peak_tension_ue]
            values = [*strains, s.strained_volume_mm3[4000], sum(run.wall_s.values())]
            table.writerow([size, len(run.mesh.cells), run.dofs, *(f"{v:.0f}" for v in values)])
            stream.flush()
            print(f"{size:g} mm: p95 {s.p95_ue:.0f} µε")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    usual = read_bone(sys.argv[1]).size_mm
    main(
        sys.argv[1],
        sys.argv[2],
        Path(sys.argv[3]) if len(sys.argv) > 3 else Path("docs/tables"),
        [float(size) for size in sys.argv[4:]] or [round(usual * factor, 2) for factor in REFINEMENTS],
    )
