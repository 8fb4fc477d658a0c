# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time one large mesh on MPI ranks (MUMPS) and on threads (PARDISO): the whole of `bonefea run`, nothing cached.

Writes ranks.csv. "off / %" is the largest difference of percentiles and peaks to the first row of a size.
Usage: python scripts/ranks.py [FOLDER] [BONE] [SIZES_MM ...]
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLUMNS = (
    "edge / mm",
    "cells",
    "solver",
    "ranks",
    "threads",
    "factorise / s",
    "solve / s",
    "run / s",
    "processor / s",
    "largest process / MiB",
    "off / %",
)
WAYS = (("mumps", 1, 1), ("mumps", 2, 1), ("pardiso", 1, 1), ("pardiso", 1, 2))
# Resources are those of children that have ended, so each run has a process of its own to count them.
COUNTED = """
import json, resource, subprocess, sys
ran = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024.0, "code": ran.returncode,
                  "result": json.loads(ran.stdout or "null")}))
"""


def mpiexec() -> str:
    """Return the launcher beside this Python, else that of the PATH."""
    found = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
    if found is None:
        raise SystemExit("there is no mpiexec")
    return found


def run(bone: str, size: float, solver: str, ranks: int, threads: int) -> dict[str, Any]:
    """Return the result of a run with its seconds, those of all processors, and the MiB of its largest process."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "fea", "run", bone, "running", "--size", str(size), "--no-cache", "--json"]
        command += ["--solver", solver, "--threads", str(threads), "--out", str(Path(scratch) / "run")]
        launcher = [mpiexec(), "-n", str(ranks)] if ranks > 1 else []
        begin = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-c", COUNTED, *launcher, *command],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        )
        found: dict[str, Any] = {**json.loads(ran.stdout), "wall": time.perf_counter() - begin}
    if found["code"]:
        raise SystemExit(f"{solver} on {ranks} ranks ended with exit code {found['code']}")
    return found


def off(result: dict[str, Any], first: dict[str, Any]) -> float:
    """Return the largest difference of the percentiles of strain and stress, in %."""
    parts = [(result[part], first[part]) for part in ("strain", "stress")]
    return 100.0 * max(
        abs(a[key] / b[key] - 1.0) for a, b in parts for key in b if isinstance(b[key], float) and b[key] != 0.0
    )


def main(folder: Path, bone: str, sizes: list[float]) -> None:
    """Run every way at every size and write the table."""
    rows = []
    for size in sizes:
        first: dict[str, Any] = {}
        for solver, ranks, threads in WAYS:
            found = run(bone, size, solver, ranks, threads)
            result = found["result"]
            first = first or result
            wall = result["wall_s"]
            numbers = (wall["factorise"], wall["solve"], found["wall"], found["cpu"])
            rows.append(
                [size, result["mesh"]["cells"], solver, ranks, threads]
                + [f"{x:.1f}" for x in numbers]
                + [round(found["mib"]), f"{off(result, first):.1g}"]
            )
            print(*rows[-1])
    with (folder / "ranks.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        sys.argv[2] if len(sys.argv) > 2 else "tibia",
        [float(s) for s in sys.argv[3:]] or [3.0, 2.0],
    )
