# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Which linear solver answers the loads: the one asked for, or the fastest that fits, by a measured rule.

``$BONEFEA_SOLVER`` holds what is asked for, so that worker processes and MPI ranks follow.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from fea.errors import InputError, MissingDependency, unknown
from fea.solve import pardiso, ranks

Direct = Literal["mumps", "pardiso"]
Solver = Literal["mumps", "pardiso", "multigrid"]

_VARIABLE = "BONEFEA_SOLVER"


@contextmanager
def solving_with(solver: Solver | None) -> Iterator[None]:
    """Ask for a solver in the body of a ``with`` statement; None leaves what is asked for already.

    Raises
    ------
    fea.errors.InputError
        There is no such solver, or several MPI ranks cannot share it.
    fea.errors.MissingDependency
        It is not installed.
    """
    before = os.environ.get(_VARIABLE)
    if solver is not None:
        _checked(solver)
        os.environ[_VARIABLE] = solver
    try:
        yield
    finally:
        if solver is not None:
            os.environ.pop(_VARIABLE)
            if before is not None:
                os.environ[_VARIABLE] = before


def chosen(dofs: int, loads: int, *, quadratic: bool) -> Solver:
    """Return the solver for so many unknowns and loads.

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
    return direct_at_hand()


def direct_at_hand() -> Direct:
    """Return MKL PARDISO where it is installed and one rank works alone, else MUMPS."""
    return "pardiso" if ranks.leader() is None and _has_pardiso() else "mumps"


@functools.cache
def _has_pardiso() -> bool:
    try:
        pardiso.load()
    except MissingDependency:
        return False
    return True


def _checked(name: str) -> Solver:
    solvers: tuple[Solver, ...] = get_args(Solver)
    for solver in solvers:
        if name == solver:
            if solver != "mumps" and ranks.leader() is not None:
                raise InputError(f"the solver is {solver!r}, which works on one rank; with several: mumps.")
            if solver == "pardiso":
                pardiso.load()
            return solver
    raise unknown("solver", name, solvers)
