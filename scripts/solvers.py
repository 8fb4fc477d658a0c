# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time the linear solvers on one bone, by size, loads and threads, and what the automatic rule loses.

Each cell is a process of its own; the repeats go round all cells, so that a busy minute does not fall on one solver.
Writes solvers.csv; ends with exit code 1 if the rule takes longer than the best solver by more than 20 %.
Usage: python scripts/solvers.py [TABLES] [--bone NAME] [--sizes MM ...] [--loads N ...] [--solvers NAME ...]
       [--threads N ...] [--repeats N]
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import get_args

import numpy as np

from fea.bone import mesh_bone
from fea.case import Options, resolved
from fea.errors import MissingDependency
from fea.loading import surface_load
from fea.solve import THREADS_VARIABLE, ElasticBody, SolverName, basis_loads, solving_with, usable_cores
from fea.solve.choice import chosen
from fea.tissue import elasticity

ALLOWED = 0.2
SOLVERS: tuple[SolverName, ...] = get_args(SolverName)
COLUMNS = (
    "edge / mm",
    "dofs",
    "loads",
    "threads",
    "solver",
    "seconds",
    "least",
    "most",
    "processor / s",
    "peak memory / MiB",
    "taken by the rule",
    "loss of the rule / %",
    "runs",
)
Cell = tuple[float, int, int, SolverName]


def write_model(file: Path, bone: str, size_mm: float) -> None:
    """Write the mesh of a bone, its moduli, its support and all its unit loads."""
    case = resolved(bone, "running", Options(size_mm=size_mm))
    mesh = mesh_bone(case.bone, size_mm)
    constants, supports = elasticity(case.bone, mesh, case.tissue), case.bone.support.regions
    # One part of each load is enough: what it costs to solve does not depend on where it acts.
    tractions = [surface_load(mesh, load).parts[0] for load in basis_loads(case.bone, supports)]
    np.savez(
        file,
        allow_pickle=False,
        points=mesh.points,
        cells=mesh.cells,
        modulus=constants.modulus,
        poisson=constants.poisson,
        fixed=np.vstack([mesh.facets[mesh.regions[name]] for name in supports]),
        affine=np.array([(t.a, t.b, t.c) for t in tractions]),
        **{f"facets {k}": mesh.facets[t.loaded_area.facets] for k, t in enumerate(tractions)},
    )


def solve(file: Path, count: int, solver: SolverName) -> None:
    """Solve so many loads; print seconds from assembly to displacement, those of the processor, and MiB at most."""
    with np.load(file) as arrays:
        model = dict(arrays)
    body = ElasticBody(model["points"], model["cells"], model["modulus"], float(model["poisson"]))
    fixed = body.fixed_nodes(model["fixed"])
    number = [k % len(model["affine"]) for k in range(count)]
    loads = np.hstack([body.traction_loads(model[f"facets {k}"], [tuple(model["affine"][k])]) for k in number])
    with solving_with(solver):  # libraries are loaded here
        begin, processor = time.perf_counter(), time.process_time()
        body.factorised(fixed, loads=count).solve(loads)
    seconds = {"seconds": time.perf_counter() - begin, "processor": time.process_time() - processor}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(json.dumps(seconds | {"memory": memory, "dofs": body.dofs}))


def measured(file: Path, count: int, threads: int, solver: SolverName) -> dict[str, float]:
    """Return what :func:`solve` prints in a process of its own, on so many threads."""
    command = [sys.executable, __file__, "--solve", str(file), str(count), solver]
    number = os.environ | {THREADS_VARIABLE: str(threads)}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=number)
    said: dict[str, float] = json.loads(ran.stdout.strip().splitlines()[-1])
    return said


def rows_of(found: dict[Cell, list[dict[str, float]]]) -> tuple[list[list[object]], float]:
    """Return the rows of the table, and the largest loss of the rule."""
    rows, worst = [], 0.0
    for (size, count, threads, solver), runs in sorted(found.items()):
        seconds = [run["seconds"] for run in runs]
        median = {
            other: float(np.median([run["seconds"] for run in found[size, count, threads, other]]))
            for other in SOLVERS
            if (size, count, threads, other) in found
        }
        dofs = int(runs[0]["dofs"])
        with solving_with(None, threads):
            taken = chosen(dofs, count, quadratic=True)
        loss = median[taken] / min(median.values()) - 1.0 if taken in median else float("nan")
        worst = max(worst, loss)
        processor, memory = (float(np.median([run[key] for run in runs])) for key in ("processor", "memory"))
        times = (f"{value:.3g}" for value in (median[solver], min(seconds), max(seconds), processor))
        rows.append([size, dofs, count, threads, solver, *times, round(memory), taken, f"{100 * loss:.0f}", len(runs)])
    return rows, worst


def main(words: list[str]) -> int:
    """Measure, write the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tables", type=Path, nargs="?", default=Path("docs/tables"))
    parser.add_argument("--bone", default="tibia", help="a name that `bonefea list` shows")
    parser.add_argument("--sizes", type=float, nargs="+", default=[6.0, 4.8, 3.5, 2.65, 2.0], help="edges in mm")
    parser.add_argument("--loads", type=int, nargs="+", default=[1, 12, 30])
    parser.add_argument("--solvers", nargs="+", choices=SOLVERS, default=list(SOLVERS))
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, usable_cores()}))
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(words)
    solvers = []
    for name in asked.solvers:
        try:
            with solving_with(name):
                solvers.append(name)
        except MissingDependency as error:
            print(f"left out: {error}")
    worst = 0.0
    found: dict[Cell, list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        models = {size: Path(scratch) / f"{size:g}.npz" for size in asked.sizes}
        for size, model in models.items():
            write_model(model, asked.bone, size)
        for _ in range(asked.repeats):
            for size, model in models.items():
                for count in asked.loads:
                    for solver, threads in itertools.product(solvers, asked.threads):
                        last = measured(model, count, threads, solver)
                        found[size, count, threads, solver].append(last)
                        how = f"{size:g} mm, {count} loads, {solver} on {threads}"
                        print(f"{how}: {last['seconds']:.2f} s, processor {last['processor']:.2f} s", flush=True)
                rows, worst = rows_of(found)
                with (asked.tables / "solvers.csv").open("w", newline="", encoding="utf-8") as stream:
                    csv.writer(stream).writerows([COLUMNS, *rows])
    return int(worst > ALLOWED)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--solve"]:
        solve(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        sys.exit(main(sys.argv[1:]))
