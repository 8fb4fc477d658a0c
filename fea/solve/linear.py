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
        from petsc4py import PETSc

        self._form, self._supports, self.held = stiffness, list(supports), held
        self._matrix: Any = petsc.create_matrix(stiffness)
        self._fill()
        definite: Any = PETSc.Mat.Option.SPD
        self._matrix.setOption(definite, True)
        self._solver: Any = PETSc.KSP().create(self._matrix.getComm())
        self._solver.setOperators(self._matrix)
        self._solver.setType("preonly")
        pc = self._solver.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")
        pc.setFactorSetUpSolverType()
        factor = pc.getFactorMatrix()
        factor.setMumpsIcntl(7, _PIVOT_ORDER_PORD)
        factor.setMumpsIcntl(27, _RHS_BLOCK)
        self._factorise()

    def renew(self) -> None:
        """Assemble the form again, whose coefficients have changed, and factorise in the order found before.

        Raises
        ------
        fea.errors.RunError
            The factorisation failed.
        """
        self._matrix.zeroEntries()
        self._fill()
        self._solver.setOperators(self._matrix)
        self._factorise()

    def _fill(self) -> None:
        from dolfinx.fem import petsc

        fill: Any = petsc.assemble_matrix
        fill(self._matrix, self._form, bcs=self._supports)
        self._matrix.assemble()

    def _factorise(self) -> None:
        from petsc4py import PETSc

        factor = self._solver.getPC().getFactorMatrix()
        try:
            self._solver.setUp()
        except PETSc.Error as error:
            raise RunError(f"the stiffness cannot be factorised: {error}.") from None
        if factor.getMumpsInfog(1) != 0:
            raise RunError(f"the stiffness cannot be factorised: MUMPS says INFOG(1) = {factor.getMumpsInfog(1)}.")

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
