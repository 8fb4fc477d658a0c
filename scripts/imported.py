# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Import the real tibias of a folder, run them, and write the table of docs/evidence/imported.md.

Usage: python scripts/imported.py FOLDER [SIZE_MM]

FOLDER holds ``llp26`` (MAP project, github.com/musculoskeletal/models, MPL-2.0), ``gias3``
(github.com/musculoskeletal/gias3.examples, MPL-2.0) and ``opensim/geometry`` (github.com/opensim-org/opensim-models).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

import fea
from fea.files import write_rows
from fea.scan import Surface, import_bone, signed_distance

BONES = (
    *(f"llp26/tibia_LLP{number:02d}_aligned_mm.stl" for number in (0, 5, 10, 15, 20, 25)),
    "llp26/tibia_mean_aligned_mm.stl",
    "gias3/2008_1741_tibia_fibula.wrl",
    "opensim/geometry/r_tibia.vtp",
)


def row(file: Path, size: float) -> dict[str, object]:
    """Row of the table: what the import did, and what follows while running."""
    begin = time.perf_counter()
    found = import_bone(file)
    seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    result = fea.run(file, "running", size_mm=size, use_cache=False)
    run_seconds = time.perf_counter() - begin
    used, facets = np.unique(result.mesh.facets, return_inverse=True)
    skin = Surface(result.mesh.points[used], facets.reshape(-1, 3))
    away = signed_distance(found.placed.points, skin)
    spot = result.hotspots[0]
    origin = found.table["origin"]
    return {
        "file": file.name,
        "side": origin["side"],
        "triangles": len(found.clean.outer.triangles),
        "repairs": len(origin["repairs"]),
        "import_s": round(seconds, 1),
        "run_s": round(run_seconds, 1),
        "length_mm": round(found.frame.length, 1),
        "torsion_deg": round(float(found.torsion_deg or 0.0), 1),
        "volume_change_percent": round(100.0 * (skin.volume / found.clean.outer.volume - 1.0), 2),
        "distance_rms_mm": round(float(np.sqrt(np.mean(away**2))), 2),
        "distance_p95_mm": round(float(np.quantile(np.abs(away), 0.95)), 2),
        "least_quality": round(float(result.mesh.quality.min()), 2),
        "p95_ue": round(result.summary.p95_ue),
        "hotspot": spot.site,
        "hotspot_level_percent": round(100.0 * spot.level, 1),
        "hotspot_ue": round(spot.strain_ue),
    }


def main() -> None:
    """Write docs/tables/imported.csv."""
    folder, size = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    rows = []
    for name in BONES:
        rows.append(row(folder / name, size))
        print(rows[-1], flush=True)
    write_rows(Path("docs/tables/imported.csv"), rows, list(rows[0]))


if __name__ == "__main__":
    main()
