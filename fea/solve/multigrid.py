# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Conjugate gradients with p-multigrid: degree 2 smoothed, degree 1 on the same cells solved directly.

One iteration takes out of the residual what three steps of Chebyshev, with the 3 × 3 diagonal blocks of the nodes as
preconditioner, can; then what displacements that are linear in each cell can; then the first again. No factor of the
whole stiffness is needed, and the number of iterations does not depend on the size of the mesh (Helenbrook, Mavriplis
and Atkins 2003, doi 10.2514/6.2003-3989).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.solve.kinematics import prolongation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REDUCTION = 1e-10
"""Remaining share of the error in energy, √(eᵀ K e), measured by the preconditioned residual √(rᵀ M⁻¹ r)."""
MOST_ITERATIONS = 200
"""Iterations after which a load counts as unsolved; bones take 20 to 30."""

_SMOOTHING = 3
_EIGENVALUES = {
    "ksp_chebyshev_esteig": "0,0.06,0,1.1",
    "ksp_chebyshev_esteig_steps": "20",
    "esteig_ksp_type": "cg",
}
"""Chebyshev damps from 0.06 to 1.1 of the largest eigenvalue: with three steps quickest on a tibia. Twenty steps of
Lanczos find that eigenvalue to 1 %; PETSc's own ten of GMRES came out a quarter too low on a tibia, which made the
preconditioner indefinite."""


class CoarseSolver(Protocol):
    """A solver of the equations of degree 1."""

    def factorise(self) -> None:
        """Take the matrix as it stands."""
        ...

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Solutions of ``loads`` (dofs, count)."""
        ...

    def release(self) -> None:
        """Free the memory."""
        ...


class Multigrid:
    """A stiffness of degree 2, to be factorised on degree 1.

    Parameters
    ----------
    matrix : petsc4py.PETSc.Mat
        Symmetric and positive definite, in blocks of 3 (BAIJ).
    nodes : ndarray, int64, (m, 10)
        Nodes of each cell: its corners, then the middles of its edges.
    fixed : ndarray, int64, (h,)
        Components fixed at zero: rows and columns of the identity in the matrix.
    coarse : callable
        Makes the solver of degree 1 for its matrix; that is factorised afterwards.

    Attributes
    ----------
    iterations : list of int
        Iterations of the loads of the last block.
    """

    def __init__(self, matrix: Any, nodes: Ints, fixed: Ints, coarse: Callable[[Any], CoarseSolver]) -> None:
        self._matrix, self._make_coarse = matrix, coarse
        self._up, self._emptied = _spread(nodes, fixed)
        self._coarse_matrix: Any = None
        self._coarse: CoarseSolver | None = None
        self.iterations: list[int] = []
        self._solver = self._iteration()

    def _iteration(self) -> Any:
        """Conjugate gradients with two levels, in which the matrices are still missing."""
        from petsc4py import PETSc

        solver: Any = PETSc.KSP().create(self._matrix.getComm())
        solver.setType("cg")
        solver.setNormType(PETSc.KSP.NormType.NATURAL)
        solver.setTolerances(rtol=REDUCTION, atol=0.0, max_it=MOST_ITERATIONS)
        levels = solver.getPC()
        levels.setType("mg")
        levels.setMGLevels(2)
        levels.setMGInterpolation(1, self._up)
        smoother = levels.getMGSmoother(1)
        smoother.setType("chebyshev")
        smoother.setTolerances(max_it=_SMOOTHING)
        smoother.getPC().setType("pbjacobi")
        _set(smoother, _EIGENVALUES)
        bottom = levels.getMGCoarseSolve()
        bottom.setType("preonly")
        bottom.getPC().setType("python")
        bottom.getPC().setPythonContext(self)
        return solver

    def factorise(self) -> None:
        """Take the matrix as it stands: project it on degree 1, factorise that, estimate eigenvalues anew.

        Raises
        ------
        fea.errors.RunError
            The stiffness, or what is projected of it, cannot be factorised.
        """
        from petsc4py import PETSc

        if self._coarse is not None:
            _touch(self._matrix)
        flat = self._matrix.convert("aij", out=PETSc.Mat())
        self._coarse_matrix = flat.ptap(self._up, result=self._coarse_matrix)
        flat.destroy()
        _complete(self._coarse_matrix, self._emptied)
        levels = self._solver.getPC()
        self._solver.setOperators(self._matrix)
        levels.getMGSmoother(1).setOperators(self._matrix)
        levels.getMGCoarseSolve().setOperators(self._coarse_matrix)
        if self._coarse is None:
            self._coarse = self._make_coarse(self._coarse_matrix)
        self._coarse.factorise()
        try:
            self._solver.setUp()
        except PETSc.Error as error:
            raise RunError(f"the stiffness cannot be prepared for multigrid: {error}.") from None

    def apply(self, _: Any, residual: Any, correction: Any) -> None:
        """Solve the equations of degree 1, as PETSc asks a preconditioner."""
        assert self._coarse is not None
        correction.setArray(self._coarse.solved(residual.getArray(readonly=True)[:, None], 1)[:, 0])

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Solutions of ``loads`` (dofs, count), one after the other.

        Raises
        ------
        fea.errors.RunError
            The iteration does not converge.
        """
        from petsc4py import PETSc

        assert loads is not None
        result = np.empty_like(loads, order="F")
        b, x = self._matrix.createVecLeft(), self._matrix.createVecRight()
        self.iterations = []
        for k in range(count):
            b.setArray(loads[:, k])
            try:
                self._solver.solve(b, x)
            except PETSc.Error as error:
                raise RunError(f"the iteration of load {k} failed: {error}.") from None
            reason, steps = self._solver.getConvergedReason(), self._solver.getIterationNumber()
            if reason < 0:
                said = f"multigrid gave up on load {k} after {steps} steps (PETSc says {reason})"
                raise RunError(f"{said}; try another solver, such as mumps.")
            self.iterations.append(steps)
            result[:, k] = x.getArray()
        b.destroy()
        x.destroy()
        return result

    def release(self) -> None:
        """Free the hierarchy and the matrix."""
        self._solver.destroy()
        if self._coarse is not None:
            self._coarse.release()
        self._up.destroy()
        self._matrix.destroy()


def _spread(nodes: Ints, fixed: Ints) -> tuple[Any, Ints]:
    """Prolongation (dofs, coarse dofs), which leaves fixed components at zero, and its empty columns."""
    import scipy.sparse
    from petsc4py import PETSc

    of_nodes, corners = prolongation(nodes)
    kept = scipy.sparse.kron(of_nodes, scipy.sparse.eye_array(3), format="csr")
    free = np.ones(kept.shape[0])
    free[fixed] = 0.0
    own = free[(3 * corners[:, None] + np.arange(3)).ravel()]
    # Zeros stay stored, so that the projected matrix has its whole diagonal.
    kept.data *= np.repeat(free, np.diff(kept.indptr)) * own[kept.indices]
    emptied = np.flatnonzero(own == 0.0)
    places = (kept.indptr.astype(PETSc.IntType), kept.indices.astype(PETSc.IntType))
    return PETSc.Mat().createAIJ(kept.shape, bsize=3, csr=(*places, kept.data)), emptied


def _complete(matrix: Any, emptied: Ints) -> None:
    """Put a one on the diagonal of fixed components, whose rows and columns the projection has emptied.

    A place that is not stored is an error: to insert it costs a copy of the whole matrix.
    """
    from petsc4py import PETSc

    matrix.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATION_ERR, True)
    diagonal = matrix.getDiagonal()
    diagonal.getArray()[emptied] = 1.0
    matrix.setDiagonal(diagonal)
    diagonal.destroy()


def _touch(matrix: Any) -> None:
    """Make PETSc forget the inverted diagonal blocks of an earlier assembly: 3.25 does when values are copied in."""
    same = matrix.duplicate(copy=True)
    same.copy(matrix)
    same.destroy()


def _set(solver: Any, options: dict[str, str]) -> None:
    """Set options of a solver that PETSc's Python has no methods for, and leave none behind."""
    from petsc4py import PETSc

    prefix = "bonefea_multigrid_"
    solver.setOptionsPrefix(prefix)
    asked: Any = PETSc.Options(prefix)
    for name, value in options.items():
        asked[name] = value
    solver.setFromOptions()
    for name in options:
        asked.delValue(name)
