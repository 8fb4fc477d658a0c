# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One factorisation, many right-hand sides: MUMPS Cholesky on a symmetric positive definite stiffness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.solve import ranks

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PIVOT_ORDER_PORD = 4
_RHS_BLOCK = 128


class Share:
    """What one rank holds of a factorised matrix: the first rank all rows of the matrix, helpers none.

    The factor itself is spread over the ranks by MUMPS. Every method is called on all ranks.
    """

    def __init__(self, matrix: Any) -> None:
        from petsc4py import PETSc

        matrix.setOption(PETSc.Mat.Option.SPD, True)
        self._matrix, self._solver = matrix, PETSc.KSP().create(matrix.getComm())
        self._solver.setOperators(matrix)
        self._solver.setType("preonly")
        pc = self._solver.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")
        pc.setFactorSetUpSolverType()
        factor = pc.getFactorMatrix()
        factor.setMumpsIcntl(7, _PIVOT_ORDER_PORD)
        factor.setMumpsIcntl(27, _RHS_BLOCK)
        try:
            self._solver.setUp()
        except PETSc.Error as error:
            raise RunError(f"the stiffness cannot be factorised: {error}.") from None
        if factor.getMumpsInfog(1) != 0:
            raise RunError(f"the stiffness cannot be factorised: MUMPS says INFOG(1) = {factor.getMumpsInfog(1)}.")

    @classmethod
    def of_leader(cls, comm: Any, matrix: Any) -> Share:
        """Return the share of the first rank, which puts a matrix of its own at the disposal of all."""
        from petsc4py import PETSc

        rows, _ = matrix.getSize()
        ranks.call("factorise", rows)
        spread = PETSc.Mat().createAIJ(((rows, rows), (rows, rows)), csr=matrix.getValuesCSR(), comm=comm)
        matrix.destroy()
        return cls(spread)

    @classmethod
    def of_helper(cls, comm: Any, rows: int) -> Share:
        """Return the share of a helper in a matrix with so many rows."""
        from petsc4py import PETSc

        return cls(PETSc.Mat().createAIJ(((0, rows), (0, rows)), csr=([0], [], []), comm=comm))

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Return the solutions of the first rank's ``loads`` (dofs, count), one block; helpers bring and get none."""
        from petsc4py import PETSc

        own, every = self._matrix.getLocalSize()[0], self._matrix.getSize()[0]
        columns = count if own == every else 0
        shape = ((own, every), (columns if self._matrix.getComm().getSize() > 1 else count, count))
        rhs = np.zeros((own, count), order="F") if loads is None else np.asfortranarray(loads)
        b = PETSc.Mat().createDense(shape, array=rhs, comm=self._matrix.getComm())  # type: ignore[arg-type]
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


class Factor:
    """A factorised stiffness with some components held at zero.

    ``held`` (h,) are their numbers. The factor lives until it is released.
    """

    def __init__(self, share: Share, held: Ints) -> None:
        self._share, self.held = share, held

    def solve(self, loads: Floats) -> Floats:
        """Return the displacements (dofs, k) under load vectors (dofs, k), all in one block.

        Raises
        ------
        fea.errors.RunError
            The result is not finite.
        """
        rhs = np.array(loads, dtype=np.float64, order="F")
        rhs[self.held] = 0.0
        ranks.call("solve", rhs.shape[1])
        result = self._share.solved(rhs, rhs.shape[1])
        if not np.all(np.isfinite(result)):
            raise RunError("the linear solver returned values that are not finite.")
        return result

    def release(self) -> None:
        """Free the memory of the factor; it cannot be used afterwards."""
        ranks.call("release")
        self._share.release()


def factorised(stiffness: Any, supports: Sequence[Any], held: Ints) -> Factor:
    """Return the factor of a compiled bilinear form with Dirichlet conditions.

    Raises
    ------
    fea.errors.RunError
        The factorisation failed.
    """
    from dolfinx.fem import petsc

    matrix = petsc.assemble_matrix(stiffness, bcs=list(supports))
    matrix.assemble()
    comm = ranks.leader()
    return Factor(Share(matrix) if comm is None else Share.of_leader(comm, matrix), held)
