# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Installs the built wheel into a fresh virtual environment outside the checkout and does the main job there.

The environment gets what ``pip install 'bonefea[dolfinx]'`` brings, at the versions of ``.ci/constraints.txt``, and
nothing else: what works only in a checkout, or only beside the tools of a developer, fails here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from check_wheel import ROOT, built

CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
WRITTEN = {"case.toml", "fields.vtu", "hotspots.csv", "manifest.json", "map.png", "result.json"}
IN_PYTHON = """
import sys
from pathlib import Path
import fea
assert Path(fea.__file__).is_relative_to(sys.prefix), f"fea comes from {fea.__file__}"
table = fea.run("metatarsal2", "walking", size_mm=2.5).to_pandas()
assert len(table), "the table of a run is empty"
print(f"{len(table)} rows from Python")
"""


def ran(command: list[str], place: Path) -> str:
    """Return what a command prints where nothing of the checkout is known; leave with its message if it fails."""
    known = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    # Kept out of the user's cache, which would answer in place of the installed solver.
    environment = {**known, "BONEFEA_CACHE": str(place / "cache")}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Fail when the installed wheel cannot list, run a tibia, or be used from Python."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bonefea-install-") as folder:
        place = Path(folder)
        wheel = built(place / "dist")
        venv.create(place / "venv", with_pip=True)
        tools = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python, bonefea = str(tools / "python"), str(tools / "bonefea")
        ran([python, "-m", "pip", "install", "-q", f"{wheel}[dolfinx]", "-c", str(CONSTRAINTS)], place)
        installed = time.perf_counter()
        listed = ran([bonefea, "list"], place)
        if "tibia" not in listed or "running_peak" not in listed:
            sys.exit(f"the installed bonefea does not list what it ships:\n{listed}")
        ran([bonefea, "run", "tibia", "running_peak", "--size", "6", "--out", "run"], place)
        absent = WRITTEN - {file.name for file in (place / "run").iterdir()}
        if absent:
            sys.exit(f"the installed bonefea did not write {sorted(absent)}")
        p95 = json.loads((place / "run" / "result.json").read_text(encoding="utf-8"))["strain"]["p95_ue"]
        said = ran([python, "-c", IN_PYTHON], place).strip()
    seconds = time.perf_counter() - begin
    print(f"wheel installed elsewhere in {installed - begin:.0f} s: p95 {p95:.0f} µε, {said}; {seconds:.0f} s in all")


if __name__ == "__main__":
    main()
