# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Choice of the linear solver: the one asked for, or the fastest that fits, by a measured rule.

``$BONEFEA_SOLVER`` holds what is asked for, so that worker processes and MPI ranks follow.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

import psutil

from fea.errors import InputError, MissingDependency, unknown
from fea.solve import pardiso, ranks
from fea.solve.threads import limited_to, thread_count

Direct = Literal["mumps", "pardiso"]
SolverName = Literal["mumps", "pardiso", "multigrid"]

_VARIABLE = "BONEFEA_SOLVER"

_DOFS_PER_LOAD, _GROWTH_WITH_THREADS = 60_000, 0.7
"""On one thread multigrid with k loads takes about as long as a factorisation with as many at 60,000 k unknowns of a
tibia, on two at 100,000 k: a factorisation gains by threads, multigrid does not (docs/evidence/speed.md)."""
_FACTOR_BYTES, _FACTOR_DOFS, _FACTOR_GROWTH = 5_500.0, 60_000.0, 0.18
"""Memory to factorise, per unknown at so many unknowns, and the power of the unknowns with which it grows: measured
320, 770 and 2260 MiB at 60,636, 130,929 and 317,670 unknowns of a tibia; PARDISO and MUMPS need about the same."""
_SHARE_OF_MEMORY = 0.8
_PARDISO_FROM_DOFS = 40_000


@contextmanager
def solving_with(solver: SolverName | None, threads: int | None = None) -> Iterator[None]:
    """Context in which this solver is used, on so many threads; None leaves what is asked for already.

    Raises
    ------
    fea.errors.InputError
        There is no such solver, several MPI ranks cannot share it, or the number of threads is not from 1 to 1024.
    fea.errors.MissingDependency
        It is not installed.
    """
    before = os.environ.get(_VARIABLE)
    if solver is not None:
        _checked(solver)
        os.environ[_VARIABLE] = solver
    try:
        with limited_to(threads):
            yield
    finally:
        if solver is not None:
            os.environ.pop(_VARIABLE)
            if before is not None:
                os.environ[_VARIABLE] = before


def chosen(dofs: int, loads: int, *, quadratic: bool) -> SolverName:
    """Solver for so many unknowns and loads.

    What is asked for wins. Else, on one rank and with quadratic displacement, multigrid

    * where the loads are few: a factorisation costs much once and each load little, multigrid costs little once and
      each load more. Both are about equal at dofs / 60,000 loads on one thread, at fewer on several.
    * where the factor would take more than four fifths of the memory that is available.

    Else what :func:`direct_at_hand` returns.

    Raises
    ------
    fea.errors.InputError, fea.errors.MissingDependency
        As for :func:`solving_with`; or multigrid is asked for where the displacement is not quadratic.
    """
    asked = os.environ.get(_VARIABLE)
    if asked:
        solver = _checked(asked)
        if solver == "multigrid" and not quadratic:
            raise InputError("the solver is 'multigrid', which needs displacement of degree 2; with degree 1: mumps.")
        return solver
    if quadratic and ranks.leader() is None:
        is_quicker = loads * _DOFS_PER_LOAD * thread_count() ** _GROWTH_WITH_THREADS < dofs
        if is_quicker or factor_bytes(dofs) > _SHARE_OF_MEMORY * psutil.virtual_memory().available:
            return "multigrid"
    return direct_at_hand(dofs)


def factor_bytes(dofs: int) -> float:
    """Estimate of the memory in bytes to factorise the stiffness of a bone with so many unknowns.

    Examples
    --------
    >>> round(factor_bytes(1_000_000) / 1e9)
    9
    """
    return float(_FACTOR_BYTES * dofs * (dofs / _FACTOR_DOFS) ** _FACTOR_GROWTH)


def direct_at_hand(dofs: int) -> Direct:
    """MKL PARDISO, where it is installed, the mesh is not small and one rank works alone, else MUMPS.

    On one thread PARDISO takes three quarters of the time of MUMPS at 60,000 and 90,000 unknowns, and less on larger
    meshes (docs/evidence/speed.md); on small ones it takes longer to load than it saves.
    """
    large = dofs >= _PARDISO_FROM_DOFS
    return "pardiso" if large and ranks.leader() is None and _has_pardiso() else "mumps"


@functools.cache
def _has_pardiso() -> bool:
    try:
        pardiso.load()
    except MissingDependency:
        return False
    return True


def _checked(name: str) -> SolverName:
    solvers: tuple[SolverName, ...] = get_args(SolverName)
    for solver in solvers:
        if name == solver:
            if solver != "mumps" and ranks.leader() is not None:
                raise InputError(f"the solver is {solver!r}, which works on one rank; with several: mumps.")
            if solver == "pardiso":
                pardiso.load()
            return solver
    raise unknown("solver", name, solvers)
