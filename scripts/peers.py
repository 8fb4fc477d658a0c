# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone as a file of arrays, and the programs that solve it with a factorisation: this project and its peers."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from crosscheck import quadratic, read_back, six_nodes, write_model, write_step, write_support

from fea.solve.kinematics import CENTRE, EDGES, strains

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SIX = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


class Model:
    """The arrays of a model: ``points`` (n, 3), ``cells`` (m, 4), ``modulus`` (m,), ``fixed`` (k, 3), and so on."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as arrays:
            self.arrays = dict(arrays)
        self.points, self.cells = self.arrays["points"], self.arrays["cells"]
        self.modulus, self.poisson = self.arrays["modulus"], float(self.arrays["poisson"])
        self.fixed = self.arrays["fixed"]

    @property
    def together(self) -> Floats:
        """Which parts (parts, loads) make up each unit load: one, or several of a muscle that turns."""
        return self.arrays["together"]

    def parts(self) -> list[tuple[Ints, tuple[Floats, Floats, Floats]]]:
        """Return facets (k, 3) and the affine traction a + b × (x − c) of each part of a unit load."""
        count = len(self.arrays["affine"])
        return [(self.arrays[f"facets {k}"], tuple(self.arrays["affine"][k])) for k in range(count)]

    def nodal_forces(self, nodes: Floats, between: dict[tuple[int, int], int]) -> Floats:
        """Return the forces (nodes, 3, loads) in N that do the same work as the unit loads."""
        from crosscheck import forces_on

        columns = []
        for facets, (a, b, c) in self.parts():
            triangles = six_nodes(facets, between)
            corner = nodes[triangles[:, :3]]
            columns.append(forces_on(nodes, triangles, a + np.cross(b, corner - c)))
        return np.stack(columns, axis=2) @ self.together

    def ten_nodes(self, between: dict[tuple[int, int], int]) -> Ints:
        """Return the nodes (m, 10) of the cells, edges in the order of :data:`fea.solve.kinematics.EDGES`."""
        middles = [[between[min(c[i], c[j]), max(c[i], c[j])] for i, j in EDGES] for c in self.cells.tolist()]
        return np.hstack([self.cells, np.array(middles)])

    def strains(self, ten: Ints, u: Floats) -> Floats:
        """Return the mean strain (k, m, 6) of the cells for displacements (nodes, 3, k), by this project's routine."""
        return strains(self.points, self.cells, ten, u.reshape(-1, u.shape[2]), CENTRE)[:, :, 0]


class Solver(Protocol):
    """A solver that holds the mesh and, as columns, the load vectors ``loads`` (dofs, loads)."""

    loads: Floats
    idle_s: float
    """Seconds of the clock that do not count: writing and reading files for a program that is driven by them."""

    def factorise(self, loads: int) -> None:
        """Assemble the stiffness and factorise it for so many loads."""

    def solve(self, loads: Floats) -> Floats:
        """Return displacements (dofs, k) under load vectors (dofs, k)."""

    def strain(self, u: Floats) -> Floats:
        """Return the mean strain (m, 6) of the cells in the solver's own way."""

    def strains(self, u: Floats) -> Floats:
        """Return the mean strain (k, m, 6) of the cells for displacements (dofs, k) in the fastest way there is."""

    def displacement(self, u: Floats) -> Floats:
        """Return the displacement (n, 3) of the vertices."""


class Bonefea:
    """bonefea: DOLFINx, and the linear solver that the rule picks."""

    def __init__(self, model: Model, threads: int) -> None:
        from fea.solve import ElasticBody

        self._body = ElasticBody(model.points, model.cells, model.modulus, model.poisson)
        self._fixed = self._body.fixed_nodes(model.fixed)
        parts = np.hstack([self._body.traction_loads(facets, [affine]) for facets, affine in model.parts()])
        self.loads = parts @ model.together
        self.idle_s = 0.0

    def factorise(self, loads: int) -> None:
        self._factor = self._body.factorised(self._fixed, loads=loads)

    def solve(self, loads: Floats) -> Floats:
        return self._factor.solve(loads)

    def strain(self, u: Floats) -> Floats:
        return self.strains(u[:, None])[0]

    def strains(self, u: Floats) -> Floats:
        return self._body.strains(u, CENTRE)[:, :, 0]

    def displacement(self, u: Floats) -> Floats:
        return self._body.at_vertices(u[:, None])[0]


class Ngsolve:
    """NGSolve with its own sparse Cholesky factorisation."""

    def __init__(self, model: Model, threads: int) -> None:
        import ngsolve as ng
        from netgen import meshing

        ng.SetNumThreads(threads)
        own = meshing.Mesh(3)
        own.AddPoints(np.ascontiguousarray(model.points))
        own.AddRegion("bone", 3)
        own.AddElements(dim=3, index=1, data=model.cells.astype(np.int32), base=0)
        self._ng, self._mesh, self._model = ng, ng.Mesh(own), model
        self._space = ng.VectorH1(self._mesh, order=2)
        self._size = self._space.ndof // 3
        nodes, _, between = quadratic_of(model)
        n = len(model.points)
        ends = np.array([[v.nr for v in edge.vertices] for edge in self._mesh.edges])
        middle = np.array([between[min(a, b), max(a, b)] for a, b in ends])
        self._ends, self._middle, self._ten = ends, middle, model.ten_nodes(between)
        self._free = ng.BitArray(self._space.ndof)
        self._free.Set()
        fixed = np.unique(six_nodes(model.fixed, between))
        for dof in np.flatnonzero(np.isin(np.concatenate([np.arange(n), middle]), fixed)):
            for axis in range(3):
                self._free.Clear(int(dof) + axis * self._size)
        for dof in range(self._space.ndof):
            self._space.FreeDofs()[dof] = self._free[dof]
        # The shape function of an edge is a bubble: the node there has the mean of the ends and the bubble's height.
        forces = model.nodal_forces(nodes, between)
        hierarchical = np.zeros((self._size, 3, forces.shape[2]))
        hierarchical[:n] = forces[:n]
        np.add.at(hierarchical, ends.ravel(), 0.5 * np.repeat(forces[middle], 2, axis=0))
        self._bubble = self._height(model.points, ends)
        hierarchical[n:] = self._bubble * forces[middle]
        self.loads = hierarchical.transpose(1, 0, 2).reshape(self._space.ndof, -1)
        self._state = ng.GridFunction(self._space)
        self._six = ng.GridFunction(ng.L2(self._mesh, order=0) ** 6)
        self.idle_s = 0.0

    def _height(self, points: Floats, ends: Ints) -> float:
        probe = self._ng.GridFunction(self._space)
        probe.vec.FV().NumPy()[len(points)] = 1.0
        return float(probe(self._mesh(*points[ends[0]].mean(axis=0)))[0])

    def factorise(self, loads: int) -> None:
        with self._ng.TaskManager():
            self._form = self._form_of()
            self._form.Assemble()
            self._inverse = self._form.mat.Inverse(self._free, inverse="sparsecholesky")

    def _form_of(self) -> Any:
        """The bilinear form, to be assembled."""
        ng, model = self._ng, self._model
        modulus = ng.GridFunction(ng.L2(self._mesh, order=0))
        modulus.vec.FV().NumPy()[:] = model.modulus
        mu = modulus / (2.0 * (1.0 + model.poisson))
        lam = 2.0 * mu * model.poisson / (1.0 - 2.0 * model.poisson)
        u, v = self._space.TnT()
        form = ng.BilinearForm(self._space, symmetric=True)
        strain = ng.Sym(ng.Grad(u))
        stress = lam * ng.Trace(strain) * ng.Id(3) + 2.0 * mu * strain
        form += ng.InnerProduct(stress, ng.Sym(ng.Grad(v))).Compile() * ng.dx
        return form

    def solve(self, loads: Floats) -> Floats:
        right, found = (self._ng.MultiVector(self._state.vec, loads.shape[1]) for _ in range(2))
        for vector, load in zip(right, loads.T, strict=True):
            vector.FV().NumPy()[:] = load
        with self._ng.TaskManager():
            found.data = self._inverse * right
        return np.column_stack([vector.FV().NumPy() for vector in found])

    def strain(self, u: Floats) -> Floats:
        ng = self._ng
        self._state.vec.FV().NumPy()[:] = u
        e = ng.Sym(ng.Grad(self._state))
        with ng.TaskManager():
            self._six.Interpolate(ng.CoefficientFunction(tuple(e[i, j] for i, j in SIX)))
        return self._six.vec.FV().NumPy().reshape(6, -1).T.copy()

    def strains(self, u: Floats) -> Floats:
        of, n = u.reshape(3, self._size, -1).swapaxes(0, 1), len(self._model.points)
        nodal = np.empty_like(of, order="C")
        nodal[:n] = of[:n]
        nodal[self._middle] = of[self._ends].mean(axis=1) + self._bubble * of[n:]
        return self._model.strains(self._ten, nodal)

    def displacement(self, u: Floats) -> Floats:
        return u.reshape(3, -1)[:, : len(self._model.points)].T


class ScikitFem:
    """scikit-fem, solved by MKL PARDISO in its mode for symmetric positive definite matrices."""

    def __init__(self, model: Model, threads: int) -> None:
        import pypardiso
        import skfem

        mesh = skfem.MeshTet(model.points.T.copy(), model.cells.T.copy())
        self._basis = skfem.Basis(mesh, skfem.ElementVector(skfem.ElementTetP2()), intorder=2)
        self._centre = skfem.Basis(mesh, skfem.ElementVector(skfem.ElementTetP2()), intorder=1)
        self._constant = self._basis.with_element(skfem.ElementTetP0())
        self._model, self._pardiso = model, pypardiso.PyPardisoSolver(mtype=2)
        nodes, _, between = quadratic_of(model)
        middle = np.array([between[min(a, b), max(a, b)] for a, b in mesh.edges.T])
        dofs = np.empty((len(nodes), 3), dtype=np.int64)
        dofs[: len(model.points)] = self._basis.nodal_dofs.T
        dofs[middle] = self._basis.edge_dofs.T
        self._dofs, self._ten, self._nodes = dofs, model.ten_nodes(between), nodes
        self._free = np.setdiff1d(np.arange(self._basis.N), dofs[np.unique(six_nodes(model.fixed, between))].ravel())
        forces = model.nodal_forces(nodes, between)
        self.loads = np.zeros((self._basis.N, forces.shape[2]))
        self.loads[dofs.ravel()] = forces.reshape(-1, forces.shape[2])
        self.idle_s = 0.0

    def factorise(self, loads: int) -> None:
        import scipy.sparse

        self._upper = scipy.sparse.triu(self._stiffness()[self._free][:, self._free], format="csr")
        self._pardiso.factorize(self._upper)

    def _stiffness(self) -> Any:
        """The stiffness as a matrix of SciPy, without supports."""
        from skfem import BilinearForm
        from skfem.helpers import ddot, eye, sym_grad, trace

        nu = self._model.poisson

        def stiffness(u: Any, v: Any, w: Any) -> Any:
            mu = w["modulus"] / (2.0 * (1.0 + nu))
            strain = sym_grad(u)
            stress = 2.0 * mu * strain + eye(2.0 * mu * nu / (1.0 - 2.0 * nu) * trace(strain), 3)
            return ddot(stress, sym_grad(v))

        modulus = self._constant.interpolate(self._model.modulus)
        return BilinearForm(stiffness).assemble(self._basis, modulus=modulus).tocsr()

    def solve(self, loads: Floats) -> Floats:
        result = np.zeros_like(loads)
        result[self._free] = self._pardiso.solve(self._upper, loads[self._free])
        return result

    def strain(self, u: Floats) -> Floats:
        gradient = self._centre.interpolate(u).grad[..., 0]
        return np.stack([0.5 * (gradient[i, j] + gradient[j, i]) for i, j in SIX], axis=1)

    def strains(self, u: Floats) -> Floats:
        return self._model.strains(self._ten, u[self._dofs])

    def displacement(self, u: Floats) -> Floats:
        return u[self._basis.nodal_dofs].T


class Calculix:
    """CalculiX, which factorises anew for each load and is driven by files; these are not counted."""

    def __init__(self, model: Model, threads: int) -> None:
        self._model = model
        self._nodes, self._cells, self._between = quadratic_of(model)
        self.loads = model.nodal_forces(self._nodes, self._between).reshape(3 * len(self._nodes), -1)
        self.idle_s = 0.0

    def factorise(self, loads: int) -> None:
        """Nothing: it is done with each load."""

    def solve(self, loads: Floats) -> Floats:
        begin = time.perf_counter()
        ran = 0.0
        columns = []
        with tempfile.TemporaryDirectory() as place:
            with (Path(place) / "model.inp").open("w", encoding="ascii") as deck:
                E, nu = self._model.modulus, self._model.poisson
                write_model(deck, [f"*ELASTIC\n{e:.11e},{nu:.11e}\n" for e in E], self._nodes, self._cells)
                write_support(deck, np.unique(six_nodes(self._model.fixed, self._between)))
                for load in loads.T:
                    write_step(deck, load.reshape(-1, 3))
            start = time.perf_counter()
            subprocess.run(["ccx", "-i", "model"], cwd=place, capture_output=True, check=True)
            ran = time.perf_counter() - start
            for u, strain in read_back(Path(place) / "model.dat", len(self._nodes), len(self._cells), loads.shape[1]):
                six = strain[:, [i for i, _ in SIX], [j for _, j in SIX]]
                columns.append(np.concatenate([u.ravel(), six.ravel()]))
        self.idle_s += time.perf_counter() - begin - ran
        return np.column_stack(columns)

    def strain(self, u: Floats) -> Floats:
        return u[3 * len(self._nodes) :].reshape(-1, 6)

    def strains(self, u: Floats) -> Floats:
        return np.stack([self.strain(column) for column in u.T])

    def displacement(self, u: Floats) -> Floats:
        return u[: 3 * len(self._model.points)].reshape(-1, 3)


def quadratic_of(model: Model) -> tuple[Floats, Ints, dict[tuple[int, int], int]]:
    """Return nodes, ten-node cells, and the node between each pair of vertices."""
    return quadratic(model.points, model.cells)
