# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Time this project beside other programs, direct and iterative: same meshes, loads, threads and answers.

Each measurement is a process of its own (peer_run.py). Writes benchmark.csv, benchmark.png and, about the machine,
benchmark_machine.csv; ends with exit code 1 if an answer differs from ours by more than 0.1 % in the largest
displacement or 0.5 % in the p95 equivalent strain. What is not installed, or takes longer than allowed, is left out by
name.
Usage: python scripts/benchmark.py TABLES FIGURES [--bone NAME] [--sizes MM ...] [--repeats N] [--threads N ...]
       [--large MM ...] [--frames N] [--samples N] [--limit S] [--solvers NAME ...] [--tasks NAME ...]
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
import numpy.typing as npt
from matplotlib import pyplot
from matplotlib.ticker import NullFormatter

from fea.bone import mesh_bone
from fea.case import Options, names, resolved
from fea.errors import InputError
from fea.loading import Load, load_history, surface_load
from fea.solve.threads import usable_cores
from fea.strain import volume_percentile
from fea.tissue import elasticity

Floats = npt.NDArray[np.float64]

NEEDS = {
    "bonefea": ("dolfinx",),
    "NGSolve": ("ngsolve",),
    "NGSolve, BDDC + CG": ("ngsolve",),
    "scikit-fem + PyPardiso": ("pypardiso", "skfem"),
    "scikit-fem + pyamg": ("pyamg", "skfem"),
    "DOLFINx + PETSc GAMG": ("dolfinx",),
    "MFEM, PCG": ("mfem",),
    "CalculiX": ("ccx",),
}
TASKS = ("static", "unit loads", "activities", "samples")
TITLES = {
    "static": "one static case",
    "unit loads": "12 unit loads",
    "activities": "all activities, envelope of strain",
    "samples": "load samples, envelope of strain",
}
WAYS = {"static": ("solved",), "unit loads": ("solved",), "activities": ("superposed", "one by one")}
WAYS["samples"] = WAYS["activities"]
SHORT = ("static", "unit loads")
"""Tasks on meshes on which each of the others would take an hour, and of programs that iterate for each load."""
ITERATIVE = ("NGSolve, BDDC + CG", "scikit-fem + pyamg", "DOLFINx + PETSc GAMG", "MFEM, PCG")
COLOURS = ("#b2182b", "#2166ac", "#67a9cf", "#4d9221", "#a1d76a", "#762a83", "#e08214", "#7f7f7f")
ALLOWED = {"u": 1e-3, "equivalent": 5e-3}
UNIT_LOADS = 12
SPREAD = 0.1
"""Standard deviation of the factors by which the loads of a sample differ from those of a frame."""
PATIENCE_S = 120.0
"""Seconds of runs after which a measurement is not repeated."""
FEW = 2
"""Frames that CalculiX solves one by one; it factorises for each, so the rest follows in proportion."""
COLUMNS = (
    "task",
    "way",
    "solver",
    "threads",
    "dofs",
    "seconds",
    "least",
    "most",
    "cold / s",
    "peak memory / MiB",
    "times bonefea",
    "growth exponent",
    "frames",
    "frames solved",
    "displacement off / %",
    "p95 off / %",
    "runs",
)


@dataclass(frozen=True)
class Found:
    """Medians of a measurement, and its answers."""

    task: str
    way: str
    solver: str
    threads: int
    dofs: int
    seconds: list[float]
    cold: float
    memory: float
    frames: int
    solved: int
    answer: dict[str, float]

    @property
    def median(self) -> float:
        """Seconds, the median of the runs."""
        return float(np.median(self.seconds))


def installed(solver: str) -> bool:
    """Return whether a solver is here."""
    return all(shutil.which(need) or (need != "ccx" and importlib.util.find_spec(need)) for need in NEEDS[solver])


def write_model(file: Path, bone: str, size_mm: float, samples: int) -> Floats:
    """Write the arrays of a bone; return the volumes (m,) of its cells."""
    case = resolved(bone, "running", Options(size_mm=size_mm, support="fixed"))
    mesh = mesh_bone(case.bone, size_mm)
    constants = elasticity(case.bone, mesh, case.tissue)
    loads, frames = all_frames(bone)
    running = load_history(case)
    peak = running.coefficients[int(np.argmax(np.abs(running.coefficients).sum(axis=1)))]
    static = np.array([dict(zip(running.loads, peak, strict=True)).get(load, 0.0) for load in loads])
    rng = np.random.default_rng(1)
    factors = rng.normal(1.0, SPREAD, (samples, len(loads)))
    parts = [(part, k) for k, load in enumerate(loads) for part in surface_load(mesh, load).parts]
    arrays = {
        "points": mesh.points,
        "cells": mesh.cells,
        "modulus": constants.modulus,
        "poisson": np.float64(constants.poisson),
        "fixed": np.vstack([mesh.facets[mesh.regions[name]] for name in case.bone.support.regions]),
        "affine": np.array([(t.a, t.b, t.c) for t, _ in parts]),
        "together": np.eye(len(loads))[[k for _, k in parts]],
        "static": static,
        "unit loads": np.eye(len(loads))[:UNIT_LOADS],
        "activities": frames,
        "samples": frames[rng.integers(len(frames), size=samples)] * factors,
        **{f"facets {k}": mesh.facets[t.loaded_area.facets] for k, (t, _) in enumerate(parts)},
    }
    np.savez(file, allow_pickle=False, **arrays)
    return mesh.volumes


def all_frames(bone: str) -> tuple[list[Load], Floats]:
    """Return the loads of all activities on a bone, and every second frame (frames, loads) of those that last."""
    histories = []
    for name in names("activity"):
        try:
            histories.append(load_history(resolved(bone, name)))
        except InputError:  # an activity of another bone
            continue
    loads = list(dict.fromkeys(load for history in histories for load in history.loads))
    frames = []
    for history in histories:
        full = np.zeros((len(history.coefficients), len(loads)))
        full[:, [loads.index(load) for load in history.loads]] = history.coefficients
        frames.append(full[::2])
    return loads, np.vstack(frames)


def measured(
    solver: str, threads: int, task: str, way: str, model: Path, volumes: Floats, asked: argparse.Namespace
) -> Found | str:
    """Return a measurement, or why there is none."""
    script, answer = Path(__file__).with_name("peer_run.py"), model.with_name("answer.npz")
    most = FEW if solver == "CalculiX" else asked.frames
    command = [sys.executable, str(script), solver, task, way, str(model), str(answer), str(most), str(threads)]
    quiet = {k: v for k, v in os.environ.items() if k not in {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}}
    limits = {
        name: str(threads) for name in ("BONEFEA_THREADS", *(f"{n}_NUM_THREADS" for n in ("OMP", "MKL", "OPENBLAS")))
    }
    said: list[dict[str, float]] = []
    for _ in range(asked.repeats):
        if sum(one["cold"] for one in said) > PATIENCE_S:
            break
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, check=True, timeout=asked.limit, env=quiet | limits
            )
        except subprocess.TimeoutExpired:
            return f"longer than {asked.limit:g} s"
        except subprocess.CalledProcessError as error:
            return f"failed: {error.stderr.strip()[-300:] or error}"
        said.append(json.loads(ran.stdout.strip().splitlines()[-1]))
    with np.load(answer) as arrays:
        values = {"equivalent": float(volume_percentile(arrays["equivalent"], volumes, [95])[0])}
        if "u" in arrays:
            values["u"] = float(np.linalg.norm(arrays["u"], axis=1).max())
    with np.load(model) as arrays:
        frames = len(np.atleast_2d(arrays[task]))
    cold, memory = (float(np.median([one[key] for one in said])) for key in ("cold", "memory"))
    seconds = [one["seconds"] for one in said]
    dofs, solved = int(said[0]["dofs"]), int(said[0]["solved"])
    return Found(task, way, solver, threads, dofs, seconds, cold, memory, frames, solved, values)


def all_measured(asked: argparse.Namespace) -> Iterator[Found]:
    """Yield every measurement, and say what is left out."""
    solvers = [name for name in asked.solvers if installed(name)]
    for name in asked.solvers:
        if name not in solvers:
            print(f"left out: {name} is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        slow: set[tuple[object, ...]] = set()
        for size in sorted({*asked.sizes, *asked.large}, reverse=True):
            model = Path(scratch) / "model.npz"
            volumes = write_model(model, asked.bone, size, asked.samples)
            tasks = [task for task in asked.tasks if size in asked.sizes or task in SHORT]
            for task, threads in itertools.product(tasks, asked.threads):
                for way, solver in itertools.product(WAYS[task], solvers):
                    if solver in ITERATIVE and task not in SHORT:
                        continue
                    name = f"{solver}, {task} {way} at {size:g} mm on {threads} threads"
                    if (solver, task, way, threads) in slow:
                        print(f"left out: {name}: less than this took too long")
                        continue
                    found = measured(solver, threads, task, way, model, volumes, asked)
                    if isinstance(found, str):
                        slow.add((solver, task, way, threads))
                        print(f"left out: {name}: {found}", flush=True)
                        continue
                    print(f"{found.dofs} dofs, {name}: {found.median:.2f} s", flush=True)
                    yield found


def rows_of(found: list[Found]) -> tuple[list[list[object]], float]:
    """Return the rows of the table, and the worst difference from our answers over what is allowed.

    A time is compared with that of bonefea for the same task, mesh and threads in its own best way, superposition; an
    answer with that in the same way, because one by one not every frame may have been solved.
    """
    own = {(f.task, f.way, f.threads, f.dofs, f.solved): f for f in found if f.solver == "bonefea"}
    rows, worst = [], 0.0
    for f in found:
        alike = (f.task, WAYS[f.task][0], f.threads, f.dofs)
        best = next((o for o in own.values() if (o.task, o.way, o.threads, o.dofs) == alike), None)
        same = own.get((f.task, f.way, f.threads, f.dofs, f.solved))
        off = {name: abs(value / same.answer[name] - 1.0) for name, value in f.answer.items()} if same else {}
        worst = max([worst, *(share / ALLOWED[name] for name, share in off.items())])
        kin = [g for g in found if (g.task, g.way, g.solver, g.threads) == (f.task, f.way, f.solver, f.threads)]
        growth = np.polyfit(np.log([g.dofs for g in kin]), np.log([g.median for g in kin]), 1)[0] if kin[1:] else None
        seconds = (f"{value:.3g}" for value in (f.median, min(f.seconds), max(f.seconds)))
        cold = f"{f.cold:.3g}" if f.task == "static" else ""
        ratio, exponent = f"{f.median / best.median:.3g}" if best else "", "" if growth is None else f"{growth:.2f}"
        share = (f"{100 * off[name]:.1e}" if name in off else "" for name in ALLOWED)
        row = [f.task, f.way, f.solver, f.threads, f.dofs, *seconds, cold, round(f.memory), ratio, exponent]
        rows.append([*row, f.frames, f.solved, *share, len(f.seconds)])
    return rows, worst


def draw(found: list[Found], file: Path) -> None:
    """Draw seconds over unknowns, a panel for each task, a row of them for each number of threads."""
    tasks = [task for task in TASKS if any(f.task == task for f in found)]
    threads = sorted({f.threads for f in found})
    wide, high = 3.6 * len(tasks), 3.4 * len(threads) + 1.6
    figure, panels = pyplot.subplots(
        len(threads), len(tasks), figsize=(max(wide, 7.2), high), squeeze=False, sharex=True, layout="constrained"
    )
    for (row, count), (column, task) in itertools.product(enumerate(threads), enumerate(tasks)):
        panel = panels[row, column]
        for way, (solver, colour) in itertools.product(WAYS[task], zip(NEEDS, COLOURS, strict=True)):
            line = sorted(
                (f.dofs, f.median) for f in found if (f.task, f.way, f.solver, f.threads) == (task, way, solver, count)
            )
            if line:
                style = "s--" if way == "one by one" else "o-"
                label = solver if way != "one by one" else f"{solver}, one by one"
                face = "none" if way == "one by one" else None
                panel.loglog(*zip(*line, strict=True), style, color=colour, label=label, ms=5, mfc=face)
        panel.set_title(f"{TITLES[task]}, {count} thread{'s' if count > 1 else ''}", fontsize=9)
        panel.set(xlabel="unknowns", ylabel="seconds")
        panel.grid(which="both", alpha=0.25)
        panel.yaxis.set_minor_formatter(NullFormatter())
    labels = {
        label: line for panel in panels.ravel() for line, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(list(labels.values()), list(labels), fontsize=7, loc="outside lower center", ncols=3)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


MACHINE = """
import json, time, numpy
def rate(work, amount):
    return amount / min(timed(work) for _ in range(3)) / 1e9
def timed(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
a, b = numpy.ones(50_000_000), numpy.empty(50_000_000)
m = numpy.random.default_rng(1).normal(size=(2000, 2000))
print(json.dumps([rate(lambda: numpy.copyto(b, a), 2 * a.nbytes), rate(lambda: m @ m, 2 * 2000**3)]))
"""


def write_machine(file: Path, threads: list[int]) -> None:
    """Write what the machine can do: bandwidth of a copy, on one thread, and rate of a product of matrices."""
    rows: list[list[object]] = [["processor", "threads", "copy / (GB/s)", "matrix product / (GFlop/s)"]]
    for count in threads:
        command, limits = [sys.executable, "-c", MACHINE], limits_of(count)
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | limits)
        rows.append([processor(), count, *(f"{value:.3g}" for value in json.loads(ran.stdout))])
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def limits_of(threads: int) -> dict[str, str]:
    """Return the variables that hold the libraries to so many threads."""
    return {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "MKL", "OPENBLAS")}


def processor() -> str:
    """Return the name of the processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def arguments(words: list[str]) -> argparse.Namespace:
    """Return what was asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tables", type=Path, nargs="?", default=Path("docs/tables"))
    parser.add_argument("figures", type=Path, nargs="?", default=Path("docs/figures"))
    parser.add_argument("--bone", default="tibia", help="a name that `bonefea list` shows")
    parser.add_argument("--sizes", type=float, nargs="+", default=[4.8, 2.65], help="edge lengths in mm")
    parser.add_argument("--large", type=float, nargs="*", default=[1.65], help="the same, without frames and samples")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, usable_cores()])
    parser.add_argument("--frames", type=int, default=50, help="frames that are solved one by one, at most")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds that one measurement may take")
    parser.add_argument("--solvers", nargs="+", choices=list(NEEDS), default=list(NEEDS))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measure, write the table and the figure, and return the exit code."""
    asked = arguments(words)
    asked.threads = sorted(set(asked.threads))
    found: list[Found] = []
    worst = 0.0
    write_machine(asked.tables / "benchmark_machine.csv", asked.threads)
    for one in all_measured(asked):
        found.append(one)
        rows, worst = rows_of(found)
        with (asked.tables / "benchmark.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([COLUMNS, *rows])
        draw(found, asked.figures / "benchmark.png")
    return int(not worst <= 1.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
