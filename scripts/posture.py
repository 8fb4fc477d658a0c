# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Vary what is a working value of walking and write what bending of the tibia it leaves in late stance.

Writes posture.csv. Statics only: nothing is solved.
Usage: python scripts/posture.py [FOLDER] [SIZE_MM]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from fea.bone import Anatomy, mesh_bone
from fea.case import Case, Options, resolved
from fea.loading import leg_of, load_history, surface_load, unit_section_loads

LEVELS = np.arange(0.06, 0.88, 0.02)
COLUMNS = ("variation", "bending late stance / BW mm", "whole stance / BW mm", "ankle axial / BW", "Achilles / BW")


def varied(case: Case, lean_deg: float, ahead_mm: float, fore_aft: float, gastrocnemii: float) -> Case:
    """Return the case with posture, fore-aft force and share of the gastrocnemii changed."""
    table = case.model_dump(by_alias=True)
    what, triceps = table["activity"]["what"], table["activity"]["leg"]["triceps"]["muscles"]
    posture = what["posture"]
    for course, more in ((posture["shank_lean_deg"], lean_deg), (posture["cop_ahead_of_ankle_mm"], ahead_mm)):
        course["at"] = {percent: value + more for percent, value in course["at"].items()}
    size = what["fore_aft"]["peak_bw"]
    size["at"] = {speed: fore_aft * value for speed, value in size["at"].items()}
    triceps["gastrocnemii"]["share"], triceps["soleus"]["share"] = gastrocnemii, 1.0 - gastrocnemii
    return Case.model_validate(table)


def main(folder: Path, size_mm: float) -> None:
    """Write one row for each variation, alone and together."""
    case = resolved("tibia", "walking", Options(size_mm=size_mm))
    mesh, anatomy = mesh_bone(case.bone, size_mm), Anatomy(case.bone)
    centers = np.array([anatomy.section_center(float(level)) for level in LEVELS])
    variations = {
        "as shipped": (0.0, 0.0, 1.0, 0.26),
        "shank leans 5 deg less": (-5.0, 0.0, 1.0, 0.26),
        "shank leans 5 deg more": (5.0, 0.0, 1.0, 0.26),
        "centre of pressure 10 mm further back": (0.0, -10.0, 1.0, 0.26),
        "centre of pressure 10 mm further ahead": (0.0, 10.0, 1.0, 0.26),
        "fore-aft force x 0.8": (0.0, 0.0, 0.8, 0.26),
        "fore-aft force x 1.2": (0.0, 0.0, 1.2, 0.26),
        "gastrocnemii 0.37 of the triceps": (0.0, 0.0, 1.0, 0.37),
        "5 deg less, 10 mm ahead, x 1.2": (-5.0, 10.0, 1.2, 0.26),
    }
    with (folder / "posture.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for name, variation in variations.items():
            changed = varied(case, *variation)
            history, leg = load_history(changed), leg_of(changed, changed.activity)
            unit = unit_section_loads([surface_load(mesh, load) for load in history.loads], centers)
            bending = np.tensordot(history.coefficients, unit, axes=1)[:, :, 5] / changed.body_weight_n
            half = len(bending) // 2
            peaks = [part.flat[np.abs(part).argmax()] for part in (bending[half:], bending)]
            forces = leg.ankle_contact[:, 1].max(), leg.achilles.max()
            table.writerow([name, *(f"{p:.0f}" for p in peaks), *(f"{f:.2f}" for f in forces)])


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 3.0,
    )
