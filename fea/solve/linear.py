# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One stiffness, many right-hand sides: assembled once, and solved by the solver that the rule picks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.solve import ranks
from fea.solve.choice import Direct, SolverName, chosen, direct_at_hand
from fea.solve.multigrid import Multigrid
from fea.solve.mumps import RankShare
from fea.solve.pardiso import PardisoFactor

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class LinearSolver(Protocol):
    """A solver of K u = f for many load vectors f."""

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
    """

    stiffness: Any
    supports: Sequence[Any]
    fixed: Ints
    nodes: Ints


class FactorisedStiffness:
    """A factorised stiffness with some components fixed at zero, by the solver named ``solver``.

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
        from dolfinx.fem import petsc

        self._equations, self.fixed = equations, equations.fixed
        self._led = ranks.leader()
        blocks = "baij" if equations.nodes.shape[1] == 10 else None
        rows = 3 * (int(equations.nodes.max()) + 1)
        self.solver: SolverName = chosen(rows, loads, quadratic=blocks is not None)
        self._matrix: Any = petsc.create_matrix(
            equations.stiffness, kind=blocks if self.solver == "multigrid" else None
        )
        self._fill()
        self._share: LinearSolver = self._own(keep) if self._led is None else self._shared()

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
        fill(self._matrix, self._equations.stiffness, bcs=list(self._equations.supports))
        self._matrix.assemble()

    def _own(self, keep: bool) -> LinearSolver:
        if self.solver == "multigrid":
            return Multigrid(self._matrix, self._equations.nodes, self.fixed, lambda a: _at_hand(a, keep))
        return _direct(self.solver, self._matrix, keep)

    def _shared(self) -> RankShare:
        ranks.call("factorise", id(self), self._matrix.getSize()[0])
        return RankShare.of_leader(self._led, self._matrix)

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
        result = self._share.solved(rhs, rhs.shape[1])
        if not np.all(np.isfinite(result)):
            raise RunError("the linear solver returned values that are not finite.")
        return result


def _at_hand(matrix: Any, keep: bool) -> LinearSolver:
    return _direct(direct_at_hand(matrix.getSize()[0]), matrix, keep)


def _direct(solver: Direct, matrix: Any, keep: bool) -> LinearSolver:
    return PardisoFactor(matrix, keep=keep) if solver == "pardiso" else RankShare(matrix)
