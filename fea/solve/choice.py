# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Which linear solver factorises the stiffness: the one asked for, or the faster one by a measured rule.

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

Solver = Literal["mumps", "pardiso"]

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


def chosen() -> Solver:
    """Return the solver of the stiffness.

    What is asked for wins. Else MKL PARDISO, where it is installed and one rank works alone: measured with 12 loads,
    it is as fast as MUMPS at 60,000 unknowns, twice as fast at 240,000, and takes 5 to 15 % more memory
    (docs/speed.md). Else MUMPS. Size and number of loads do not decide, because neither turned the order round.

    Raises
    ------
    fea.errors.InputError, fea.errors.MissingDependency
        As for :func:`solving_with`.
    """
    asked = os.environ.get(_VARIABLE)
    if asked:
        return _checked(asked)
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
            if solver == "pardiso":
                pardiso.load()
                if ranks.leader() is not None:
                    raise InputError("the solver is 'pardiso', which works on one rank; with several: mumps.")
            return solver
    raise unknown("solver", name, solvers)
