# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""MKL PARDISO through pypardiso, in its mode for symmetric positive definite matrices; an optional library."""

from __future__ import annotations

import functools
import os
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import MissingDependency, RunError

Floats = npt.NDArray[np.float64]

_POSITIVE_DEFINITE = 2
_ORDER, _FACTORISE, _SOLVE, _FORGET = 11, 22, 33, -1
_SETTINGS = {1: 1, 2: 3, 8: 0, 24: 1, 25: 2}
"""Numbered as by Intel: own settings, nested dissection on all threads, no refinement (the matrix is definite),
factorisation in two levels, loads of a block side by side. Solving is four times faster than with the defaults."""


@functools.cache
def load() -> Any:
    """The module ``pypardiso`` with the place of MKL set: else it searches the whole environment for each solver.

    Raises
    ------
    fea.errors.MissingDependency
        It, or the library behind it, is not installed.
    """
    beside = Path(sys.prefix)
    for library in (*beside.glob("lib/libmkl_rt.so*"), *beside.glob("Library/bin/mkl_rt*.dll")):
        os.environ.setdefault("PYPARDISO_MKL_RT", str(library))
    try:
        import pypardiso

        pypardiso.PyPardisoSolver()
    except (ImportError, OSError) as error:
        raise MissingDependency(
            f"PARDISO does not load ({error}); on Linux and Windows, x86-64: pip install 'bonefea[pardiso]'."
        ) from None
    return pypardiso


class PardisoFactor:
    """A factorised matrix.

    Parameters
    ----------
    matrix : petsc4py.PETSc.Mat
        Symmetric and positive definite.
    keep : bool
        Whether its values will change and :meth:`factorise` be called again. If not, the matrix is destroyed as soon
        as its upper triangle is taken, before the factor needs the memory.
    """

    def __init__(self, matrix: Any, *, keep: bool = True) -> None:
        pypardiso = load()
        self._keep = keep
        self._matrix, self._failure = matrix, pypardiso.pardiso_wrapper.PyPardisoError
        self._solver: Any = pypardiso.PyPardisoSolver(mtype=_POSITIVE_DEFINITE)
        for number, value in _SETTINGS.items():
            self._solver.set_iparm(number, value)
        self._place: npt.NDArray[np.bool_] | None = None
        self.factorise()

    def factorise(self) -> None:
        """Factorise the matrix as it stands, in the order found before if there is one.

        Raises
        ------
        fea.errors.RunError
            The factorisation failed.
        """
        ordered = self._place is not None
        self._fill()
        if not self._keep:
            self._matrix.destroy()
            self._place = None
        nothing = np.zeros((self._upper.shape[0], 1))
        if not ordered:
            self._end = weakref.finalize(self, _called, self._solver, self._upper, _FORGET, nothing)
            self._call(_ORDER, nothing)
        self._call(_FACTORISE, nothing)

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Solutions of ``loads`` (dofs, count), all in one block."""
        assert loads is not None
        return np.asarray(self._call(_SOLVE, np.asfortranarray(loads)))

    def release(self) -> None:
        """Free the factor, which is freed with the object too, and the matrix."""
        self._end()
        self._matrix.destroy()

    def _fill(self) -> None:
        """Take the upper triangle of the matrix; its places stay the same when the values change."""
        import scipy.sparse

        starts, columns, values = self._matrix.getValuesCSR()
        if self._place is None:
            rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
            self._place = columns >= rows
            count = np.bincount(rows[self._place], minlength=len(starts) - 1)
            shape = (len(starts) - 1, len(starts) - 1)
            starts = np.concatenate([[0], np.cumsum(count)])
            self._upper = scipy.sparse.csr_matrix((values[self._place], columns[self._place], starts), shape=shape)
        else:
            self._upper.data[:] = values[self._place]

    def _call(self, phase: int, loads: Floats) -> Any:
        try:
            return _called(self._solver, self._upper, phase, loads)
        except self._failure as error:
            raise RunError(f"the stiffness cannot be factorised: {error}") from None


def _called(solver: Any, upper: Any, phase: int, loads: Floats) -> Any:
    """Run a phase of PARDISO directly: the public methods compare or hash the whole matrix at every solve."""
    solver.set_phase(phase)
    return solver._call_pardiso(upper, loads)
