# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Where the seconds of `bonefea run` go, from the start of the process to its end; writes run_profile.csv.

The steps are those that a run folder's result.json times; what is left of the process is start and imports.
Usage: python scripts/profile_run.py [FOLDER] [SIZE_MM] [REPEATS]
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

STEPS = {
    "start": "start of Python, imports, reading the case, compiled forms",
    "mesh": "meshing with gmsh, tissue of the cells",
    "assemble": "mesh handed to DOLFINx, load vectors",
    "factorise": "assembly of the stiffness, factorisation",
    "solve": "all unit loads, reactions",
    "strain": "strain of all unit loads",
    "superpose": "superposition over the frames",
    "read": "hotspots, gauges, section loads",
    "render": "pictures",
    "write": "tables and fields",
}


def seconds_of(size: float | None) -> dict[str, float]:
    """Return the seconds of each step of one run that finds nothing in the cache."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "fea", "run", "tibia", "running", "--no-cache", "--json"]
        command += ["--out", str(Path(scratch) / "run"), *([] if size is None else ["--size", str(size)])]
        begin = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        total = time.perf_counter() - begin
    wall: dict[str, float] = json.loads(ran.stdout)["wall_s"]
    return {"start": total - sum(wall.values()), **{step: wall.get(step, 0.0) for step in STEPS if step != "start"}}


def main(folder: Path, size: float | None, repeats: int) -> None:
    """Run and write the medians."""
    runs = [seconds_of(size) for _ in range(repeats)]
    median = {step: float(np.median([run[step] for run in runs])) for step in STEPS}
    total = sum(median.values())
    with (folder / "run_profile.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["step", "what", "seconds", "share / %"])
        table.writerows([s, STEPS[s], f"{median[s]:.2f}", f"{100 * median[s] / total:.1f}"] for s in STEPS)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else None,
        int(sys.argv[3]) if len(sys.argv) > 3 else 3,
    )
