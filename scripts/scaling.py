# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time studies: loads on one tibia by stage and by worker, what a worker needs, and a cohort of tibias.

Writes stages.csv (ms a case of each stage, in one process), workers.csv (cases per second by number of workers, the
bone being in the cache), workers_memory.csv (seconds and memory of solving a bone, by element size), and bones.csv
(virtual subjects, one for every 32 cases: bones an hour on all workers, and what each step takes of a bone).
Usage: python scripts/scaling.py [FOLDER] [SIZE_MM] [CASES] [SIZES_FOR_MEMORY ...]
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd  # noqa: F401 - libraries that are loaded once are no cost of a case
import pyarrow as pa  # noqa: F401
import xarray as xr  # noqa: F401

from fea.evaluate import Result, result, solved_bone
from fea.folders.study import run_study, write_tables
from fea.strain import envelope
from fea.studies import Study, plan_of
from fea.studies.metrics import case_metrics
from fea.studies.store import opened_store

MEMORY = """
import sys, time
from pathlib import Path
from fea.case import Options, resolved
from fea.evaluate import Result, solved_bone
from fea.studies.metrics import case_metrics
case = resolved("tibia", "running", Options(size_mm=float(sys.argv[1])))
begin = time.perf_counter()
bone = solved_bone(case, use_cache=False)
seconds = time.perf_counter() - begin
case_metrics(Result(case, bone))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(len(bone.mesh.cells), seconds, int(peak.split()[1]) / 1024.0)
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
    """Return the stages of a study in one process, with the milliseconds of wall and of CPU for each case."""
    spent = {name: np.zeros(2) for name in ("plan", "superpose", "read", "keep", "tables")}

    def timed(*arguments: object) -> object:
        begin = now()
        extremes = envelope(*arguments)  # type: ignore[arg-type]
        spent["superpose"] += now() - begin
        return extremes

    begin = now()
    plan = plan_of(study)
    spent["plan"] = now() - begin
    first = plan.cases[0].study_case.case
    bone = solved_bone(first)
    case_metrics(Result(first, bone))  # what is computed once for all cases is no cost of one
    result.envelope = timed  # type: ignore[attr-defined]
    with opened_store(folder) as store:
        for case in plan.cases:
            begin = now()
            found = case_metrics(Result(case.study_case.case, bone))
            done = now()
            store.keep(case.key, found)
            spent["read"] += done - begin
            spent["keep"] += now() - done
        begin = now()
        write_tables(study, plan, store, folder, 0.0)
        spent["tables"] = now() - begin
    result.envelope = envelope  # type: ignore[attr-defined]
    spent["read"] -= spent["superpose"]
    spent["all but superpose"] = np.sum([seconds for name, seconds in spent.items() if name != "superpose"], axis=0)
    return [
        [name, *(round(float(1000.0 * s / len(plan.cases)), 2) for s in seconds)] for name, seconds in spent.items()
    ]


def now() -> npt.NDArray[np.float64]:
    """Return wall and CPU time in s: on a busy machine the second tells more."""
    return np.array([time.perf_counter(), time.process_time()])


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


def cohort(size_mm: float, subjects: int) -> Study:
    """Return a study of one activity by so many virtual subjects, each with a tibia of its own."""
    table = {
        "schema": 1,
        "kind": "study",
        "name": "cohort",
        "title": "Virtual subjects with a tibia of their own",
        "base": {"activity": "running", "size": size_mm},
        "subjects": {"cohort": "active_adults", "count": subjects, "seed": 1},
    }
    return Study.model_validate(table)


def by_bones(study: Study, folder: Path, workers: int) -> list[list[str | float]]:
    """Return seconds of a bone with nothing in the cache: on all workers, and step by step in one process alone."""
    plan = plan_of(study)
    begin, used = time.perf_counter(), children()
    count = run_study(study, plan, folder / "cohort", workers=workers).progress.done
    took, spent = time.perf_counter() - begin, children() - used
    case = plan.cases[0].study_case.case
    begin = time.perf_counter()
    bone = solved_bone(case, use_cache=False)
    solved = time.perf_counter()
    case_metrics(Result(case, bone))
    steps = {**bone.basis.wall_s, "evaluate": time.perf_counter() - solved}
    del steps["cache"]
    print(f"{count} bones, {workers} workers: {took:.1f} s, {spent:.1f} s of the processor")
    return [
        ["bones an hour", round(3600.0 * count / took)],
        ["workers", workers],
        ["bones", count],
        ["cells of the first", len(bone.mesh.cells)],
        ["processor seconds a bone, start of the workers included", round(spent / count, 1)],
        *([f"seconds of the first alone: {name}", round(seconds, 2)] for name, seconds in steps.items()),
    ]


def children() -> float:
    """Return the processor seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
        written(folder / "stages.csv", ("stage", "ms a case", "CPU ms a case"), found)
        most = min(2, os.cpu_count() or 1)
        workers = by_workers(study, Path(scratch), most)
        written(folder / "workers.csv", ("workers", "seconds", "cases per second", "parallel efficiency"), workers)
        os.environ["BONEFEA_CACHE"] = str(Path(scratch) / "cache")  # which goes with it, and has nothing yet
        bones = by_bones(cohort(size, max(2, cases // 32)), Path(scratch), most)
        written(folder / "bones.csv", ("quantity", "value"), bones)
    written(folder / "workers_memory.csv", ("size / mm", "cells", "seconds", "peak memory / MiB"), memory(sizes))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 3.0,
        int(sys.argv[3]) if len(sys.argv) > 3 else 256,
        [float(s) for s in sys.argv[4:]] or [6.0, 4.0, 3.0],
    )
