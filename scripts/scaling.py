# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time a study of loads on one tibia: what each stage costs a case, what a second worker gains, what a worker needs.

Writes stages.csv (ms a case of each stage, in one process), workers.csv (cases per second by number of workers, the
bone being in the cache) and workers_memory.csv (seconds and memory of solving a bone, by element size).
Usage: python scripts/scaling.py [FOLDER] [SIZE_MM] [CASES] [SIZES_FOR_MEMORY ...]
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fea.solve import cached_basis, support_of
from fea.strain import history
from fea.study import Study, plan_of, reading, run_study
from fea.study.metrics import finding
from fea.study.reading import Bench
from fea.study.store import opened_store
from fea.study.tables import write_tables

MEMORY = """
import resource, sys, time
from fea.case import resolved
from fea.solve import cached_basis, support_of
from fea.study.reading import Bench
case = resolved("tibia", "running", size_mm=float(sys.argv[1]))
begin = time.perf_counter()
basis = cached_basis(case.bone, case.size_mm, support_of(case.bone), use_cache=False)
seconds = time.perf_counter() - begin
Bench(basis, case).reading(case, None)
print(len(basis.mesh.cells), seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)
"""


def study_of(size_mm: float, cases: int) -> Study:
    """Return a study of so many running cases on one tibia."""
    table = {
        "schema": 1,
        "kind": "study",
        "name": "scaling",
        "title": "Loads on one tibia",
        "base": {"bone": "tibia", "activity": "running", "size": size_mm},
        "sampled": {
            "method": "sobol",
            "points": cases,
            "seed": 1,
            "factors": {"speed": {"low": 2.5, "high": 5.0}, "mass": {"low": 50.0, "high": 90.0}},
        },
    }
    return Study.model_validate(table)


def stages(study: Study, folder: Path) -> list[list[str | float]]:
    """Return the stages of a study in one process and the milliseconds that each takes a case."""
    spent = dict.fromkeys(("plan", "superpose", "read", "keep", "tables"), 0.0)

    def timed(*arguments: object) -> object:
        begin = time.perf_counter()
        result = history.envelope(*arguments)  # type: ignore[arg-type]
        spent["superpose"] += time.perf_counter() - begin
        return result

    begin = time.perf_counter()
    plan = plan_of(study)
    spent["plan"] = time.perf_counter() - begin
    first = plan.cases[0].asked.case
    bench = Bench(cached_basis(first.bone, first.size_mm, support_of(first.bone)), first)
    bench.reading(first, None)
    reading.envelope = timed  # type: ignore[assignment]
    with opened_store(folder) as store:
        for case in plan.cases:
            begin = time.perf_counter()
            found = finding(bench.reading(case.asked.case, case.asked.carried))
            done = time.perf_counter()
            store.keep(case.key, found)
            spent["read"] += done - begin
            spent["keep"] += time.perf_counter() - done
        begin = time.perf_counter()
        write_tables(study, plan, store, folder, 0.0)
        spent["tables"] = time.perf_counter() - begin
    reading.envelope = history.envelope
    spent["read"] -= spent["superpose"]
    rows: list[list[str | float]] = [[name, round(1000.0 * s / len(plan.cases), 2)] for name, s in spent.items()]
    overhead = 1000.0 * (sum(spent.values()) - spent["superpose"]) / len(plan.cases)
    return [*rows, ["all but superpose", round(overhead, 2)]]


def by_workers(study: Study, folder: Path, most: int) -> list[list[float]]:
    """Return workers, seconds, cases per second and parallel efficiency, the start of the processes included."""
    rows: list[list[float]] = []
    plan = plan_of(study)
    for workers in range(1, most + 1):
        begin = time.perf_counter()
        run_study(study, plan, folder / f"with-{workers}", workers=workers)
        took = time.perf_counter() - begin
        alone = rows[0][1] if rows else took
        rows.append([workers, round(took, 1), round(len(plan.cases) / took, 2), round(alone / (workers * took), 2)])
        print(f"{workers} workers: {took:.1f} s")
    return rows


def memory(sizes: list[float]) -> list[list[float]]:
    """Return element size, cells, seconds to solve and peak memory in MiB, each in a process of its own."""
    rows = []
    for size in sizes:
        command = [sys.executable, "-c", MEMORY, str(size)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        cells, seconds, mib = ran.stdout.split()
        rows.append([size, int(cells), round(float(seconds), 1), round(float(mib))])
        print(f"{size} mm: {cells} cells, {float(seconds):.1f} s, {float(mib):.0f} MiB")
    return rows


def written(file: Path, columns: tuple[str, ...], rows: list[list[str | float]] | list[list[float]]) -> None:
    """Write rows as CSV."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([columns, *rows])


def main(folder: Path, size: float, cases: int, sizes: list[float]) -> None:
    """Time everything and write the tables."""
    study = study_of(size, cases)
    with tempfile.TemporaryDirectory() as scratch:
        found = stages(study, Path(scratch) / "stages")
        written(folder / "stages.csv", ("stage", "ms a case"), found)
        workers = by_workers(study, Path(scratch), min(2, os.cpu_count() or 1))
        written(folder / "workers.csv", ("workers", "seconds", "cases per second", "parallel efficiency"), workers)
    written(folder / "workers_memory.csv", ("size / mm", "cells", "seconds", "peak memory / MiB"), memory(sizes))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 3.0,
        int(sys.argv[3]) if len(sys.argv) > 3 else 256,
        [float(s) for s in sys.argv[4:]] or [6.0, 4.0, 3.0],
    )
