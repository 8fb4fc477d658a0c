# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Write where each metatarsal is strained most, by activity, beside the place where it fractures.

Writes metatarsals.csv. Default meshes need about a quarter of a minute for each bone.
Usage: python scripts/metatarsals.py [FOLDER] [COARSER]
"""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

from fea.case import Options, read_bone, resolved
from fea.evaluate import Result, solved_bone

ACTIVITIES = {
    "walking": Options(),
    "walking barefoot": Options(footwear="barefoot"),
    "marching, 20 kg": Options(pack_kg=20.0),
    "running 3 m/s": Options(speed_m_per_s=3.0),
    "running 5 m/s": Options(speed_m_per_s=5.0),
    "running_forefoot 4 m/s": Options(),
    "jump_takeoff": Options(),
    "jump_landing": Options(),
}
FRACTURES = {
    "metatarsal1": "rare",
    "metatarsal2": "distal shaft and neck; base in dancers",
    "metatarsal3": "distal shaft and neck",
    "metatarsal4": "rare",
    "metatarsal5": "meta-diaphyseal junction, 15-20 mm from the tip of the tuberosity",
}
"""Chuckpaiwong 2007 (PMC2465429) for 2 and 3 [V]; 5 is common knowledge [K]; military: mostly 2 and 3 [K]."""
COLUMNS = ("bone", "activity", "p95 / ue", "dorsal gauge / ue", "plantar gauge / ue")
PEAKS = ("largest compression / ue", "at", "largest tension / ue", "there at", "fractures")


def main(folder: Path, coarser: float) -> None:
    """Solve each bone once and write a row for each activity."""
    with (folder / "metatarsals.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow([*COLUMNS, *PEAKS])
        for bone, fractures in FRACTURES.items():
            description = read_bone(bone)
            size = coarser * description.size_mm * description.magnification
            cases = {
                name: resolved(bone, name.partition(" ")[0].rstrip(","), replace(options, size_mm=size))
                for name, options in ACTIVITIES.items()
            }
            solved = solved_bone(next(iter(cases.values())))
            for name, case in cases.items():
                result = Result(case, solved)
                gauges = [max((g.reading.compression_ue, g.reading.tension_ue), key=abs) for g in result.gauges[:2]]
                peaks: list[str] = []
                for mode in ("compression", "tension"):
                    spot = max((h for h in result.hotspots if h.mode == mode), key=lambda h: abs(h.strain_ue))
                    peaks += [f"{spot.strain_ue:.0f}", f"{spot.site} ({100 * spot.level:.0f} %)"]
                values = [f"{v:.0f}" for v in (result.summary.p95_ue, *gauges)]
                table.writerow([bone, name, *values, *peaks, fractures])
            stream.flush()
            print(bone)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 1.0,
    )
