# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cholesky factorisation by MKL PARDISO, which takes the stiffness as 3 × 3 blocks; an optional library."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import MissingDependency, RunError

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]

_POSITIVE_DEFINITE = 2
_ORDER, _FACTORISE, _SOLVE, _FORGET = 11, 22, 33, -1
_SETTINGS = {1: 1, 2: 3, 24: 0, 25: 2, 35: 1, 37: 3}
"""Numbered as by Intel: own settings, nested dissection on all threads, factorisation in one level, loads of a block
side by side, numbers from 0, blocks of 3. Ordering the nodes instead of their components takes a third of the time, and
on two threads one level is quicker than two."""
_REFINEMENT = 8, 2
"""Setting and steps of iterative refinement: three times as long for a residual 5 to 15 times smaller."""


@dataclass(frozen=True)
class Blocks:
    """A square matrix in blocks of 3, row by row.

    Attributes
    ----------
    starts : ndarray, int, (b + 1,)
        Where each row of blocks begins.
    columns : ndarray, int32, (k,)
        Column of each block, rising within a row.
    values : ndarray, float64, (k, 3, 3)
        The blocks.
    """

    starts: npt.NDArray[Any]
    columns: Places
    values: Floats


_REPRODUCIBLE = "AUTO,STRICT"
"""Without it two threads gave a tibia of 240,000 unknowns other last digits (1e-12) in each run on a busy machine."""


@functools.cache
def load() -> Any:
    """The routine ``pardiso`` of MKL, in MKL's reproducible mode unless ``$MKL_CBWR`` says otherwise.

    The place of MKL is set: else the whole environment is searched for it.

    Raises
    ------
    fea.errors.MissingDependency
        pypardiso, or the library behind it, is not installed.
    """
    os.environ.setdefault("MKL_CBWR", _REPRODUCIBLE)
    beside = Path(sys.prefix)
    for library in (*beside.glob("lib/libmkl_rt.so*"), *beside.glob("Library/bin/mkl_rt*.dll")):
        os.environ.setdefault("PYPARDISO_MKL_RT", str(library))
    try:
        import pypardiso

        return pypardiso.PyPardisoSolver().libmkl.pardiso
    except (ImportError, OSError) as error:
        raise MissingDependency(
            f"PARDISO does not load ({error}); on Linux and Windows, x86-64: pip install 'bonefea[pardiso]'."
        ) from None


class PardisoFactor:
    """A matrix to be factorised.

    Parameters
    ----------
    matrix : callable
        Returns the matrix as it stands, symmetric and positive definite, always with the same places.
    keep : bool
        Whether :meth:`factorise` will be called again for other values. If not, the callable is forgotten as soon as
        the upper triangle is taken, before the factor needs the memory.
    refine : bool
        Whether solutions are refined.
    """

    def __init__(self, matrix: Callable[[], Blocks], *, keep: bool = True, refine: bool = False) -> None:
        self._matrix: Callable[[], Blocks] | None = matrix
        self._keep, self._refine = keep, refine
        self._upper: Blocks | None = None
        self._taken: npt.NDArray[np.bool_] | None = None

    def factorise(self) -> None:
        """Factorise the matrix as it stands, in the order found before if there is one.

        Raises
        ------
        fea.errors.RunError
            The factorisation failed.
        """
        ordered = self._upper is not None
        upper = self._filled()
        if not self._keep:
            self._matrix = self._taken = None
        nothing = np.zeros((3 * (len(upper.starts) - 1), 1), order="F")
        if not ordered:
            self._handle = _Handle(upper, refine=self._refine)
            self._end = weakref.finalize(self, self._handle.call, _FORGET, nothing)
            self._call(_ORDER, nothing)
        self._call(_FACTORISE, nothing)

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Solutions of ``loads`` (dofs, count), all in one block."""
        assert loads is not None
        return self._call(_SOLVE, np.asfortranarray(loads))

    def release(self) -> None:
        """Free the factor, which is freed with the object too."""
        self._end()

    def _filled(self) -> Blocks:
        """The upper triangle of the matrix; its places stay the same when the values change."""
        assert self._matrix is not None
        whole = self._matrix()
        if self._upper is None or self._taken is None:
            rows = np.repeat(np.arange(len(whole.starts) - 1, dtype=np.int32), np.diff(whole.starts))
            self._taken = whole.columns >= rows
            starts = np.concatenate([[0], np.cumsum(self._taken)])[whole.starts].astype(np.int32)
            columns = whole.columns[self._taken].astype(np.int32)
            self._upper = Blocks(starts, columns, whole.values[self._taken])
        else:
            self._upper.values[:] = whole.values[self._taken]
        return self._upper

    def _call(self, phase: int, loads: Floats) -> Floats:
        result, code = self._handle.call(phase, loads)
        if code != 0:
            raise RunError(f"the stiffness cannot be factorised: PARDISO says error {code}.")
        return result


class _Handle:
    """What PARDISO remembers between its phases."""

    def __init__(self, upper: Blocks, *, refine: bool) -> None:
        self._pardiso, self._upper = load(), upper
        self._memory = np.zeros(64, dtype=np.int64)
        self._settings = np.zeros(64, dtype=np.int32)
        for number, value in [*_SETTINGS.items(), *([_REFINEMENT] if refine else [])]:
            self._settings[number - 1] = value

    def call(self, phase: int, loads: Floats) -> tuple[Floats, int]:
        """Run a phase; return its solutions (dofs, count), columns contiguous, and its error code."""
        result, code = np.zeros_like(loads, order="F"), ctypes.c_int32(0)
        count, upper = len(self._upper.starts) - 1, self._upper
        order = np.zeros(count, dtype=np.int32)

        def number(value: int) -> Any:
            return ctypes.byref(ctypes.c_int32(value))

        def places(array: npt.NDArray[Any]) -> Any:
            return array.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))

        def values(array: Floats) -> Any:
            return array.ctypes.data_as(ctypes.c_void_p)

        self._pardiso(
            self._memory.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
            number(1),
            number(1),
            number(_POSITIVE_DEFINITE),
            number(phase),
            number(count),
            values(upper.values),
            places(upper.starts),
            places(upper.columns),
            places(order),
            number(loads.shape[1]),
            places(self._settings),
            number(0),
            values(loads),
            values(result),
            ctypes.byref(code),
        )
        return result, code.value
