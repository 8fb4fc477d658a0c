# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solve one model with one program, in a process of its own; benchmark.py starts it.

The model is a file of arrays: mesh, modulus of each cell, fixed facets, unit loads. Every program gets the mesh and
its load vectors before the clock starts; what counts is assembly, factorisation or set-up, solution and strain.
Usage: python scripts/peer_run.py SOLVER TASK WAY MODEL ANSWER MOST THREADS
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
from iterative_peers import DolfinxGamg, Mfem, NgsolveBddc, ScikitFemAmg
from peers import Bonefea, Calculix, Model, Ngsolve, ScikitFem, Solver

from fea.strain import peak_equivalent

Floats = npt.NDArray[np.float64]

BLOCK = 100
"""Frames that are solved at once."""
SOLVERS: dict[str, type[Any]] = {
    "bonefea": Bonefea,
    "NGSolve": Ngsolve,
    "NGSolve, BDDC + CG": NgsolveBddc,
    "scikit-fem + PyPardiso": ScikitFem,
    "scikit-fem + pyamg": ScikitFemAmg,
    "DOLFINx + PETSc GAMG": DolfinxGamg,
    "MFEM, PCG": Mfem,
    "CalculiX": Calculix,
}


def equivalent(strain: Floats, poisson: float) -> Floats:
    """Return the equivalent strain of components (…, 6)."""
    xx, yy, zz, yz, xz, xy = np.moveaxis(strain, -1, 0)
    square = 0.5 * ((xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2) + 3.0 * (yz**2 + xz**2 + xy**2)
    return np.asarray(np.sqrt(square) / (1.0 + poisson))


def one_by_one(solver: Solver, frames: Floats, poisson: float) -> Floats:
    """Return the largest equivalent strain (m,) of frames (frames, loads), each solved, in blocks."""
    largest = 0.0
    for first in range(0, len(frames), BLOCK):
        u = solver.solve(solver.loads @ frames[first : first + BLOCK].T)
        largest = np.maximum(largest, equivalent(solver.strains(u), poisson).max(axis=0))
    return np.asarray(largest)


def superposed(solver: Solver, frames: Floats, poisson: float) -> Floats:
    """Return the same from the strain of each unit load; the superposition is this project's."""
    return peak_equivalent(solver.strains(solver.solve(solver.loads)), frames, poisson)


def timed(solver: Solver, model: Model, task: str, way: str, most: int) -> tuple[float, int, dict[str, Floats]]:
    """Return the seconds of a task, how many frames were solved for it, and the answer."""
    frames = np.atleast_2d(model.arrays[task])
    answer: dict[str, Floats] = {}
    solver.idle_s, begin = 0.0, time.perf_counter()
    solver.factorise(solver.loads.shape[1] if way == "superposed" else len(frames))
    if task == "static":
        u = solver.solve(solver.loads @ frames.T)[:, 0]
        answer = {"equivalent": equivalent(solver.strain(u), model.poisson), "u": solver.displacement(u)}
    elif task == "unit loads":
        solved = solver.solve(solver.loads @ frames.T)
        strain = equivalent(solver.strains(solved), model.poisson)
        answer = {"equivalent": strain.max(axis=0), "u": solver.displacement(solved.sum(axis=1))}
    elif way == "superposed":
        answer = {"equivalent": superposed(solver, frames, model.poisson)}
    else:
        chosen = frames[np.unique(np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(int))]
        ready = time.perf_counter() - begin - solver.idle_s
        answer = {"equivalent": one_by_one(solver, chosen, model.poisson)}
        took = time.perf_counter() - begin - solver.idle_s - ready
        return ready + took * len(frames) / len(chosen), len(chosen), answer
    return time.perf_counter() - begin - solver.idle_s, len(frames), answer


def main(words: list[str]) -> None:
    """Do a task; print its seconds, those since the process began (cold), and peak memory in MiB."""
    name, task, way, file, target, most, threads = words
    model = Model(Path(file))
    solver: Solver = SOLVERS[name](model, int(threads))
    seconds, solved, answer = timed(solver, model, task, way, int(most))
    alive = time.time() - psutil.Process().create_time()
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    np.savez(target, **answer)
    found = {"seconds": seconds, "cold": alive, "memory": memory / 1024.0, "solved": solved, "dofs": len(solver.loads)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
