# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time the viewer's slider of the tissue, and compare bones that it combines with bones that are solved.

For each bone: seconds to prepare it; then for T-scores between those it was solved for the milliseconds to combine it,
strain at all vertices and peaks at the hotspots over the contact included, the bound on the error of combining moduli,
and what differs from the solved bone. Ends with exit code 1 if strain differs by more than 0.5 % in the mean square.
Usage: python scripts/tissue_slider.py TABLE [BONE ...] [--size MM] [--t-scores T ...] [--repeats N]
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

from fea.case import Options, resolved
from fea.evaluate import solved_bone
from fea.view.bone import viewed
from fea.view.design import at_frame, contact_summary, designed
from fea.view.design_controls import T_SCORES, with_t_score
from fea.view.tissues import tissues

COLUMNS = (
    "bone",
    "dofs",
    "prepared in / s",
    "kept / MB",
    "T-score",
    "combined in / ms",
    "bound on moduli / %",
    "strain off / % rms",
    "largest strain off / %",
    "p95 combined / ue",
    "p95 solved / ue",
)
ALLOWED = 0.5


def main(words: list[str]) -> int:
    """Measure, write the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("bones", nargs="*", default=["tibia", "metatarsal2"])
    parser.add_argument("--size", type=float, help="edge length in mm; that of the bone by default")
    parser.add_argument("--t-scores", type=float, nargs="+", default=[-0.7, -1.5, -2.2, -3.0])
    parser.add_argument("--repeats", type=int, default=9)
    asked = parser.parse_args(words)
    rows: list[list[object]] = []
    worst = 0.0
    for name in asked.bones:
        case = resolved(name, "running", Options(size_mm=asked.size))
        states = [with_t_score(case.tissue, t) for t in T_SCORES]
        begin = time.perf_counter()
        bone = tissues(case.bone, case.size_mm, case.support, states, use_cache=False)
        prepared = time.perf_counter() - begin
        kept = sum(a.nbytes for a in (bone.planes, bone.displacement)) / 1e6
        for t in asked.t_scores:
            spent = []
            for _ in range(asked.repeats):
                begin = time.perf_counter()
                state = with_t_score(case.tissue, t)
                mixture = bone.at(state)
                own = case.model_copy(update={"tissue": state})
                combined = designed(bone.thinned(mixture), own)
                middle = len(combined.coefficients) * 2 // 5
                near = at_frame(combined, "equivalent_strain", middle)
                spent.append(time.perf_counter() - begin)
            solved = designed(viewed(solved_bone(own, use_cache=False)), own)
            exact = at_frame(solved, "equivalent_strain", middle)
            off = (near - exact)[~solved.excluded]
            size = exact[~solved.excluded]
            rms = 100.0 * float(np.sqrt(np.mean(off**2) / np.mean(size**2)))
            worst = max(worst, rms)
            p95 = [round(contact_summary(design).strain.p95_ue, 1) for design in (combined, solved)]
            bound = 100.0 * bone.error(mixture, combined.coefficients)
            largest = 100.0 * float(np.abs(off).max() / size.max())
            figures = [f"{value:.2g}" for value in (bound, rms, largest)]
            took = f"{1e3 * np.median(spent):.0f}"
            dofs = solved.bone.solved().unit.dofs
            rows.append([name, dofs, f"{prepared:.0f}", f"{kept:.0f}", t, took, *figures, *p95])
            print(dict(zip(COLUMNS, rows[-1], strict=True)), flush=True)
    with asked.table.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    return int(worst > ALLOWED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
