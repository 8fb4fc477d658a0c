# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One factorisation, many right-hand sides: Cholesky on a symmetric positive definite stiffness, MUMPS or PARDISO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.solve import ranks
from fea.solve.choice import chosen
from fea.solve.pardiso import PardisoFactor

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
        self.factorise()

    @classmethod
    def of_leader(cls, comm: Any, matrix: Any) -> Share:
        """Return the share of the first rank, which puts a copy of its own matrix at the disposal of all."""
        from petsc4py import PETSc

        rows, _ = matrix.getSize()
        spread: Any = PETSc.Mat().createAIJ(((rows, rows), (rows, rows)), csr=matrix.getValuesCSR(), comm=comm)
        return cls(spread)

    @classmethod
    def of_helper(cls, comm: Any, rows: int) -> Share:
        """Return the share of a helper in a matrix with so many rows."""
        from petsc4py import PETSc

        return cls(PETSc.Mat().createAIJ(((0, rows), (0, rows)), csr=([0], [], []), comm=comm))

    def factorise(self) -> None:
        """Factorise the matrix as it stands, in the order found before if there is one.

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
        """Return the solutions of the first rank's ``loads`` (dofs, count), one block; helpers bring and get none."""
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


class Factor:
    """A factorised stiffness with some components held at zero.

    ``held`` (h,) are their numbers. The factor lives until the object is released.

    Parameters
    ----------
    stiffness : dolfinx.fem.Form
        The compiled bilinear form.
    supports : sequence of dolfinx.fem.DirichletBC
        What is held at zero.
    held : ndarray, int64, (h,)
        The numbers of these components.

    Raises
    ------
    fea.errors.RunError
        The factorisation failed.
    """

    def __init__(self, stiffness: Any, supports: Sequence[Any], held: Ints) -> None:
        from dolfinx.fem import petsc

        self._form, self._supports, self.held = stiffness, list(supports), held
        self._matrix: Any = petsc.create_matrix(stiffness)
        self._fill()
        self._led = ranks.leader()
        self._share = self._own() if self._led is None else self._shared()

    def renew(self) -> None:
        """Assemble the form again, whose coefficients have changed, and factorise in the order found before.

        With several ranks the order is found anew.

        Raises
        ------
        fea.errors.RunError
            The factorisation failed.
        """
        self._matrix.zeroEntries()
        self._fill()
        if self._led is None:
            self._share.factorise()
        else:
            self._release()
            self._share = self._shared()

    def _fill(self) -> None:
        from dolfinx.fem import petsc

        fill: Any = petsc.assemble_matrix
        fill(self._matrix, self._form, bcs=self._supports)
        self._matrix.assemble()

    def _own(self) -> Share | PardisoFactor:
        return PardisoFactor(self._matrix) if chosen() == "pardiso" else Share(self._matrix)

    def _shared(self) -> Share:
        ranks.call("factorise", id(self), self._matrix.getSize()[0])
        return Share.of_leader(self._led, self._matrix)

    def _release(self) -> None:
        ranks.call("release", id(self), 0)
        self._share.release()

    def __del__(self) -> None:
        if getattr(self, "_share", None) is not None and ranks.leader() is not None:
            self._release()

    def solve(self, loads: Floats) -> Floats:
        """Return the displacements (dofs, k) under load vectors (dofs, k), all in one block.

        Raises
        ------
        fea.errors.RunError
            The result is not finite.
        """
        rhs = np.array(loads, dtype=np.float64, order="F")
        rhs[self.held] = 0.0
        ranks.call("solve", id(self), rhs.shape[1])
        result = self._share.solved(rhs, rhs.shape[1])
        if not np.all(np.isfinite(result)):
            raise RunError("the linear solver returned values that are not finite.")
        return result
