# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cholesky factorisation by MUMPS in PETSc, on one rank or spread over several."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import RunError

Floats = npt.NDArray[np.float64]

_PIVOT_ORDER_PORD = 4
_RHS_BLOCK = 128


class RankShare:
    """Part of a matrix to be factorised on one rank: the first rank has all rows of the matrix, helpers none.

    The factor itself is spread over the ranks by MUMPS. Every method is called on all ranks.
    """

    def __init__(self, matrix: Any) -> None:
        from petsc4py import PETSc

        definite: Any = PETSc.Mat.Option.SPD
        matrix.setOption(definite, True)
        self._matrix = matrix
        self._solver: Any = PETSc.KSP().create(matrix.getComm())
        self._solver.setOperators(matrix)
        self._solver.setType("preonly")
        pc = self._solver.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")
        pc.setFactorSetUpSolverType()
        factor = pc.getFactorMatrix()
        factor.setMumpsIcntl(7, _PIVOT_ORDER_PORD)
        factor.setMumpsIcntl(27, _RHS_BLOCK)

    @classmethod
    def of_leader(cls, comm: Any, matrix: Any) -> RankShare:
        """Share of the first rank, which puts a copy of its own matrix at the disposal of all."""
        from petsc4py import PETSc

        rows, _ = matrix.getSize()
        spread: Any = PETSc.Mat().createAIJ(((rows, rows), (rows, rows)), csr=matrix.getValuesCSR(), comm=comm)
        return cls(spread)

    @classmethod
    def of_helper(cls, comm: Any, rows: int) -> RankShare:
        """Share of a helper in a matrix with so many rows."""
        from petsc4py import PETSc

        return cls(PETSc.Mat().createAIJ(((0, rows), (0, rows)), csr=([0], [], []), comm=comm))

    def factorise(self) -> None:
        """Factorise the matrix as it stands, in the order of an earlier factorisation if there is one.

        Raises
        ------
        fea.errors.RunError
            The factorisation failed.
        """
        from petsc4py import PETSc

        self._solver.setOperators(self._matrix)
        factor = self._solver.getPC().getFactorMatrix()
        try:
            self._solver.setUp()
        except PETSc.Error as error:
            raise RunError(f"the stiffness cannot be factorised: {error}.") from None
        if factor.getMumpsInfog(1) != 0:
            raise RunError(f"the stiffness cannot be factorised: MUMPS says INFOG(1) = {factor.getMumpsInfog(1)}.")

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Solutions of the first rank's ``loads`` (dofs, count), one block; helpers bring and get none."""
        from petsc4py import PETSc

        own, every = self._matrix.getLocalSize()[0], self._matrix.getSize()[0]
        shape = ((own, every), (count if own == every else 0, count))
        rhs: Any = np.zeros((own, count), order="F") if loads is None else np.asfortranarray(loads)
        b = PETSc.Mat().createDense(shape, array=rhs, comm=self._matrix.getComm())
        x = PETSc.Mat().createDense(shape, comm=self._matrix.getComm())
        x.setUp()
        self._solver.getPC().getFactorMatrix().matSolve(b, x)
        result = np.array(x.getDenseArray(), dtype=np.float64)
        b.destroy()
        x.destroy()
        return result

    def release(self) -> None:
        """Free the factor and the matrix."""
        self._solver.destroy()
        self._matrix.destroy()
