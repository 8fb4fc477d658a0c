# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One factorisation, many right-hand sides: MUMPS Cholesky on the symmetric positive definite stiffness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import RunError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PIVOT_ORDER_PORD = 4
_RHS_BLOCK = 128


class Factor:
    """A factorised stiffness with some components held at zero.

    ``held`` (h,) are their numbers. The factor lives until the object is released.
    """

    def __init__(self, solver: Any, matrix: Any, held: Ints) -> None:
        self._solver, self._matrix, self.held = solver, matrix, held

    def solve(self, loads: Floats) -> Floats:
        """Return the displacements (dofs, k) under load vectors (dofs, k), all in one block.

        Raises
        ------
        fea.errors.RunError
            The result is not finite.
        """
        from petsc4py import PETSc

        rhs = np.array(loads, dtype=np.float64, order="F")
        rhs[self.held] = 0.0
        comm = self._matrix.getComm()
        b = PETSc.Mat().createDense(rhs.shape, array=rhs, comm=comm)  # type: ignore[arg-type]
        x = PETSc.Mat().createDense(rhs.shape, comm=comm)
        x.setUp()
        self._solver.getPC().getFactorMatrix().matSolve(b, x)
        result = np.array(x.getDenseArray(), dtype=np.float64)
        b.destroy()
        x.destroy()
        if not np.all(np.isfinite(result)):
            raise RunError("the linear solver returned values that are not finite.")
        return result


def factorised(stiffness: Any, supports: Sequence[Any], held: Ints) -> Factor:
    """Return the factor of a compiled bilinear form with Dirichlet conditions.

    Raises
    ------
    fea.errors.RunError
        The factorisation failed.
    """
    from dolfinx.fem import petsc
    from petsc4py import PETSc

    matrix = petsc.assemble_matrix(stiffness, bcs=list(supports))
    matrix.assemble()
    matrix.setOption(PETSc.Mat.Option.SPD, True)
    solver = PETSc.KSP().create(matrix.getComm())
    solver.setOperators(matrix)
    solver.setType("preonly")
    pc = solver.getPC()
    pc.setType("cholesky")
    pc.setFactorSolverType("mumps")
    pc.setFactorSetUpSolverType()
    factor = pc.getFactorMatrix()
    factor.setMumpsIcntl(7, _PIVOT_ORDER_PORD)
    factor.setMumpsIcntl(27, _RHS_BLOCK)
    try:
        solver.setUp()
    except PETSc.Error as error:
        raise RunError(f"the stiffness cannot be factorised: {error}.") from None
    if factor.getMumpsInfog(1) != 0:
        raise RunError(f"the stiffness cannot be factorised: MUMPS says INFOG(1) = {factor.getMumpsInfog(1)}.")
    return Factor(solver, matrix, held)
