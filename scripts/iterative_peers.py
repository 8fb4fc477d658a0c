# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Peers that solve by preconditioned conjugate gradients, each set as its own documentation recommends for elasticity.

All reduce the residual by 1e-8; this project's multigrid goes to 1e-10.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from peers import Bonefea, Model, Ngsolve, ScikitFem, quadratic_of, six_nodes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REDUCTION = 1e-8
MOST_ITERATIONS = 20_000


class NgsolveBddc(Ngsolve):
    """NGSolve: conjugate gradients with BDDC, a direct solver on its coarse grid."""

    def factorise(self, loads: int) -> None:
        with self._ng.TaskManager():
            form = self._form_of()
            self._pre = self._ng.Preconditioner(form, "bddc")
            form.Assemble()
            self._pre.Update()
        self._form = form

    def solve(self, loads: Floats) -> Floats:
        from ngsolve.krylovspace import CGSolver

        columns = []
        right = self._state.vec.CreateVector()
        with self._ng.TaskManager():
            solver = CGSolver(mat=self._form.mat, pre=self._pre.mat, tol=REDUCTION, maxiter=MOST_ITERATIONS)
            for load in loads.T:
                right.FV().NumPy()[:] = load
                columns.append((solver * right).Evaluate().FV().NumPy().copy())
        return np.column_stack(columns)


class ScikitFemAmg(ScikitFem):
    """scikit-fem: conjugate gradients with smoothed aggregation of pyamg, which is given the rigid motions."""

    def factorise(self, loads: int) -> None:
        import pyamg
        import scipy.sparse

        free = np.isin(self._dofs[:, 0], self._free)
        self._order = self._dofs[free].ravel()
        own: Any = self._stiffness()[self._order][:, self._order]
        x, y, z = self._nodes[free].T
        none, one = np.zeros_like(x), np.ones_like(x)
        turning = [np.stack([none, -z, y]), np.stack([z, none, -x]), np.stack([-y, x, none])]
        moving = [np.stack(three) for three in ([one, none, none], [none, one, none], [none, none, one])]
        motions = np.column_stack([m.T.ravel() for m in [*moving, *turning]])
        blocks = scipy.sparse.bsr_matrix(own.tobsr((3, 3)))
        self._levels = pyamg.smoothed_aggregation_solver(blocks, B=motions, symmetry="symmetric")

    def solve(self, loads: Floats) -> Floats:
        result = np.zeros_like(loads)
        for k, load in enumerate(loads.T):
            result[self._order, k] = self._levels.solve(
                load[self._order], tol=REDUCTION, accel="cg", maxiter=MOST_ITERATIONS
            )
        return result


class DolfinxGamg(Bonefea):
    """DOLFINx and PETSc's GAMG with the settings of DOLFINx' own demonstration of elasticity."""

    def factorise(self, loads: int) -> None:
        from dolfinx.fem import petsc
        from petsc4py import PETSc

        equations = self._body._equations(self._fixed, np.empty(0, dtype=np.int64), None)
        matrix = petsc.assemble_matrix(equations.stiffness, bcs=list(equations.supports))
        matrix.assemble()
        motions = [matrix.createVecRight() for _ in range(6)]
        for vector, column in zip(motions, np.linalg.qr(self._body.rigid_motions())[0].T, strict=True):
            vector.array[:] = column
        matrix.setNearNullSpace(PETSc.NullSpace().create(vectors=motions))
        options = PETSc.Options()
        for name, value in {
            "ksp_type": "cg",
            "pc_type": "gamg",
            "mg_levels_ksp_type": "chebyshev",
            "mg_levels_pc_type": "jacobi",
            "mg_levels_ksp_chebyshev_esteig_steps": 10,
        }.items():
            options[name] = value
        self._fixed_components = equations.fixed
        self._solver = PETSc.KSP().create(matrix.comm)
        self._solver.setOperators(matrix)
        self._solver.setTolerances(rtol=REDUCTION, max_it=MOST_ITERATIONS)
        self._solver.setFromOptions()
        self._solver.setUp()
        self._matrix = matrix

    def solve(self, loads: Floats) -> Floats:
        columns = []
        right, found = self._matrix.createVecs()
        for load in loads.T:
            right.array[:] = load
            right.array[self._fixed_components] = 0.0
            self._solver.solve(right, found)
            columns.append(found.array.copy())
        return np.column_stack(columns)


class Mfem:
    """MFEM: conjugate gradients with Gauss-Seidel, as its example of elasticity; its serial wheel has no multigrid."""

    EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    """Edges of a tetrahedron in the order in which MFEM counts its nodes."""

    def __init__(self, model: Model, threads: int) -> None:
        import mfem.ser as mfem

        self._mfem, self._model = mfem, model
        mesh = mfem.Mesh(3, len(model.points), len(model.cells), 0, 3)
        for point in model.points.tolist():
            mesh.AddVertex(*point)
        for k, cell in enumerate(model.cells.tolist(), start=1):
            mesh.AddTet(*cell, k)
        mesh.FinalizeTetMesh(1, 0, True)
        self._mesh, self._elements = mesh, mfem.H1_FECollection(2, 3)
        self._space = mfem.FiniteElementSpace(mesh, self._elements, 3, mfem.Ordering.byVDIM)
        nodes, _, between = quadratic_of(model)
        self._ten = model.ten_nodes(between)
        number = np.empty(len(nodes), dtype=np.int64)
        for k in range(len(model.cells)):
            corner, own = list(mesh.GetElementVertices(k)), list(self._space.GetElementDofs(k))
            number[own] = [
                *corner,
                *(between[min(corner[a], corner[b]), max(corner[a], corner[b])] for a, b in self.EDGES),
            ]
        self._place = np.argsort(number)  # of our nodes among theirs
        forces = model.nodal_forces(nodes, between)
        self.loads = forces[number].reshape(3 * len(nodes), -1)
        fixed = self._place[np.unique(six_nodes(model.fixed, between))]
        self._fixed = (3 * fixed[:, None] + np.arange(3)).ravel()
        self.idle_s = 0.0

    def factorise(self, loads: int) -> None:
        mfem, model = self._mfem, self._model
        mu = model.modulus / (2.0 * (1.0 + model.poisson))
        lam = 2.0 * mu * model.poisson / (1.0 - 2.0 * model.poisson)
        first, second = (mfem.PWConstCoefficient(mfem.Vector(values.tolist())) for values in (lam, mu))
        form = mfem.BilinearForm(self._space)
        form.AddDomainIntegrator(mfem.ElasticityIntegrator(first, second))
        form.Assemble()
        self._fixed_list = mfem.intArray(self._fixed.tolist())
        self._matrix = mfem.SparseMatrix()
        form.FormSystemMatrix(self._fixed_list, self._matrix)
        self._smoother = mfem.GSSmoother(self._matrix)
        self._form = form

    def solve(self, loads: Floats) -> Floats:
        mfem, columns = self._mfem, []
        for load in loads.T:
            values = load.copy()
            values[self._fixed] = 0.0
            right, found = mfem.Vector(values), mfem.Vector(len(values))
            found.Assign(0.0)
            mfem.PCG(self._matrix, self._smoother, right, found, 0, MOST_ITERATIONS, REDUCTION**2, 0.0)
            columns.append(np.array(found.GetDataArray()))
        return np.column_stack(columns)

    def strain(self, u: Floats) -> Floats:
        return self.strains(u[:, None])[0]

    def strains(self, u: Floats) -> Floats:
        return self._model.strains(self._ten, u.reshape(-1, 3, u.shape[1])[self._place])

    def displacement(self, u: Floats) -> Floats:
        return u.reshape(-1, 3)[self._place][: len(self._model.points)]
