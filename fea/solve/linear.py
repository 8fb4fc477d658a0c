# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One stiffness, many right-hand sides: assembled once, and solved by the solver that the rule picks."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.solve import ranks
from fea.solve.choice import SolverName, chosen, direct_at_hand
from fea.solve.multigrid import Multigrid
from fea.solve.mumps import RankShare
from fea.solve.pardiso import Blocks, PardisoFactor
from fea.solve.threads import limited_to, thread_count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class LinearSolver(Protocol):
    """A solver of K u = f for many load vectors f, once its matrix is factorised."""

    def factorise(self) -> None:
        """Take the matrix as it stands now; its pattern is that of before."""
        ...

    def solved(self, loads: Floats | None, count: int) -> Floats:
        """Solutions of ``loads`` (dofs, count)."""
        ...

    def release(self) -> None:
        """Free the memory."""
        ...


@dataclass(frozen=True)
class Equations:
    """The equations of a supported body.

    Attributes
    ----------
    stiffness : dolfinx.fem.Form
        The compiled bilinear form.
    supports : sequence of dolfinx.fem.DirichletBC
        Components fixed at zero.
    fixed : ndarray, int64, (h,)
        The numbers of these components.
    nodes : ndarray, int64, (m, 4 or 10)
        Displacement nodes of each cell: its corners, for degree 2 then the middles of its edges.
    refine : bool
        Whether a direct solution is refined, for a body that moves much more than it strains.
    """

    stiffness: Any
    supports: Sequence[Any]
    fixed: Ints
    nodes: Ints
    refine: bool = False


class FactorisedStiffness:
    """A factorised stiffness with some components fixed at zero, by the solver named ``solver`` on ``threads`` threads.

    Parameters
    ----------
    equations : Equations
        The equations.
    loads : int
        Expected number of loads; the rule for the solver weighs it.
    keep : bool
        Whether :meth:`renew` will be called; else the matrix is given up as early as the solver permits.

    Raises
    ------
    fea.errors.InputError, fea.errors.MissingDependency
        The solver that is asked for does not serve here.
    fea.errors.RunError
        The factorisation failed.
    """

    def __init__(self, equations: Equations, *, loads: int = 1, keep: bool = False) -> None:
        self._equations, self.fixed = equations, equations.fixed
        self._led = ranks.leader()
        quadratic = equations.nodes.shape[1] == 10
        self.threads = thread_count()
        self.solver: SolverName = chosen(3 * (int(equations.nodes.max()) + 1), loads, quadratic=quadratic)
        self._matrix: Any = self._assembled(self._empty())
        self._share: LinearSolver = self._own(keep) if self._led is None else self._shared()
        if not keep:
            self._matrix = None
        self._factorise()

    def renew(self) -> None:
        """Assemble the form again, whose coefficients have changed, and factorise in the order found before.

        With several ranks the order is found anew.

        Raises
        ------
        fea.errors.RunError
            The factorisation failed.
        """
        self._assembled(self._matrix)
        if self._led is not None:
            self._release()
            self._share = self._shared()
        self._factorise()

    def _empty(self) -> Any:
        """A matrix with the places of the stiffness: of DOLFINx in blocks for PARDISO, of PETSc for the others."""
        from dolfinx import fem
        from dolfinx.fem import petsc

        if self.solver == "pardiso":
            from dolfinx.la import BlockMode  # type: ignore[attr-defined]

            return fem.create_matrix(self._equations.stiffness, block_mode=BlockMode.compact)
        return petsc.create_matrix(self._equations.stiffness, kind="baij" if self.solver == "multigrid" else None)

    def _assembled(self, matrix: Any) -> Any:
        """The matrix, filled with what the form is now."""
        from dolfinx import fem
        from dolfinx.fem import petsc

        supports = list(self._equations.supports)
        if self.solver == "pardiso":
            matrix.set_value(0.0)
            fill: Any = fem.assemble_matrix
            fill(matrix, self._equations.stiffness, bcs=supports)
        else:
            matrix.zeroEntries()
            fill = petsc.assemble_matrix
            fill(matrix, self._equations.stiffness, bcs=supports)
            matrix.assemble()
        return matrix

    def _own(self, keep: bool) -> LinearSolver:
        if self.solver == "pardiso":
            matrix = functools.partial(_blocks, self._matrix)
            return PardisoFactor(matrix, keep=keep, refine=self._equations.refine)
        if self.solver == "multigrid":
            return Multigrid(self._matrix, self._equations.nodes, self.fixed, _coarse)
        return RankShare(self._matrix)

    def _shared(self) -> RankShare:
        ranks.call("factorise", id(self), self._matrix.getSize()[0])
        return RankShare.of_leader(self._led, self._matrix)

    def _factorise(self) -> None:
        with limited_to():
            self._share.factorise()

    def _release(self) -> None:
        ranks.call("release", id(self), 0)
        self._share.release()

    def __del__(self) -> None:
        if getattr(self, "_share", None) is not None and ranks.leader() is not None:
            self._release()

    def solve(self, loads: Floats) -> Floats:
        """Displacements (dofs, k) under load vectors (dofs, k), all in one block.

        Raises
        ------
        fea.errors.RunError
            The result is not finite, or the iteration did not converge.
        """
        rhs = np.array(loads, dtype=np.float64, order="F")
        rhs[self.fixed] = 0.0
        ranks.call("solve", id(self), rhs.shape[1])
        with limited_to():
            result = self._share.solved(rhs, rhs.shape[1])
        if not np.all(np.isfinite(result)):
            raise RunError("the linear solver returned values that are not finite.")
        return result


def _blocks(matrix: Any) -> Blocks:
    """Blocks of a matrix of DOLFINx, which they share their memory with."""
    return Blocks(matrix.indptr, matrix.indices, matrix.data.reshape(-1, 3, 3))


def _coarse(matrix: Any) -> LinearSolver:
    """Solver of the equations of degree 1, a matrix of PETSc."""
    if direct_at_hand(matrix.getSize()[0]) == "mumps":
        return RankShare(matrix)

    def blocks() -> Blocks:
        import scipy.sparse

        starts, columns, values = matrix.getValuesCSR()
        blocked = scipy.sparse.csr_array((values, columns, starts)).tobsr((3, 3))
        blocked.sort_indices()
        return Blocks(blocked.indptr, blocked.indices, blocked.data)

    return PardisoFactor(blocks)
