# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A linear elastic body in DOLFINx: weak form, loads, supports, strains; arrays in, arrays out.

Find u with ∫ σ(u) : ε(v) dx + ∫ k u · v ds = ∫ t · v ds + ∫ f · v dx for all v, where σ = λ tr(ε) I + 2μ ε, or,
for the part p of the modulus E that has directions, with axes A and the stiffness Ĉ along them,
σ = (1 − p)(λ tr(ε) I + 2μ ε) + p E Aᵀ Ĉ(A ε Aᵀ) A.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.solve import backend
from fea.solve.kinematics import CORNERS, cell_nodes, strains
from fea.solve.linear import Equations, FactorisedStiffness
from fea.solve.material import UflMaterial
from fea.tissue import Anisotropy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FieldFunction = Callable[[Floats], Floats]

NONE: Ints = np.zeros(0, dtype=np.int64)
"""No components."""

_LEAST_RANK = 1e-7
"""Singular value, for one fixed component, below which a rigid motion counts as free; round-off is 1e-16."""


@dataclass(frozen=True)
class FoundationLayer:
    """An elastic layer on the outer surface that resists every displacement: a traction −k u.

    ``triangles`` (t, 3) are outer facets by vertex numbers, ``stiffness`` is k in N/mm³.
    """

    triangles: Ints
    stiffness: float

    @property
    def key(self) -> tuple[bytes, float]:
        """Key that distinguishes this layer from others."""
        return self.triangles.tobytes(), self.stiffness


@dataclass
class _StoredFactor:
    """The stored factor, its supports, and whether the constants have changed since."""

    factor: FactorisedStiffness | None = None
    question: object = None
    stale: bool = True


class ElasticBody:
    """Tetrahedra with elastic constants, ready to be supported, loaded and solved.

    Parameters
    ----------
    points : ndarray, float64, (n, 3)
        Vertices in mm.
    cells : ndarray, int64, (m, 4)
        Tetrahedra.
    modulus : ndarray, float64, (m,)
        Young's modulus of each cell in MPa.
    poisson : float
        Poisson's ratio.
    degree : {1, 2}
        Degree of the displacement.
    anisotropy : Anisotropy, optional
        Directions of the tissue.
    keep : bool
        Whether the factor lives on, so that other constants on the same supports need not be ordered again.
    """

    def __init__(
        self,
        points: Floats,
        cells: Ints,
        modulus: Floats,
        poisson: float,
        degree: int = 2,
        anisotropy: Anisotropy | None = None,
        *,
        keep: bool = False,
    ) -> None:
        backend.load()
        import basix.ufl
        import ufl
        from dolfinx import fem
        from dolfinx import mesh as dmesh
        from mpi4py import MPI

        coordinates: Any = basix.ufl.element("Lagrange", "tetrahedron", 1, shape=(3,))
        self.mesh = dmesh.create_mesh(MPI.COMM_SELF, cells.astype(np.int64), coordinates, points)
        self._cell_of = np.asarray(self.mesh.topology.original_cell_index, dtype=np.int64)
        self._point_of = np.asarray(self.mesh.geometry.input_global_indices, dtype=np.int64)
        self._cells, self._points = cells, points
        self.space = fem.functionspace(self.mesh, ("Lagrange", degree, (3,)))
        self._keep, self._kept = keep, _StoredFactor()
        self._material = UflMaterial(self.mesh, poisson, has_directions=anisotropy is not None)
        self.set_constants(modulus, anisotropy)
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)

        def ε(w: Any) -> Any:
            return ufl.sym(ufl.grad(w))

        def σ(w: Any) -> Any:
            return self._material.stress(ε(w))

        self._state = fem.Function(self.space)
        self._stiffness_terms = ufl.inner(σ(u), ε(v)) * ufl.dx
        self._stiffness = fem.form(self._stiffness_terms)
        self._internal = fem.form(ufl.inner(σ(self._state), ε(v)) * ufl.dx)
        self.cell_nodes = self._cell_nodes()

    def set_constants(
        self, modulus: Floats, anisotropy: Anisotropy | None = None, points: Floats | None = None
    ) -> None:
        """Give the cells other constants, with directions if the body was made with them, and move the vertices.

        Raises
        ------
        fea.errors.RunError
            Directions are given to a body that was made without, or the other way round.
        """
        self._material.fill(modulus, anisotropy, self._cell_of)
        if points is not None:
            self._points = points
            self.mesh.geometry.x[:] = points[self._point_of]
        self._kept.stale = True

    @property
    def dofs(self) -> int:
        """Number of displacement components."""
        return int(self.space.dofmap.index_map.size_global) * 3

    def nodes(self) -> Floats:
        """Coordinates of the displacement nodes in mm, shape (nodes, 3)."""
        return np.asarray(self.space.tabulate_dof_coordinates())

    def facets(self, triangles: Ints) -> npt.NDArray[np.int32]:
        """DOLFINx' numbers of outer facets given by vertex numbers (k, 3), in the same order.

        Raises
        ------
        fea.errors.RunError
            A triangle is not on the outer surface.
        """
        from dolfinx import mesh as dmesh

        self.mesh.topology.create_connectivity(2, 3)
        outer = dmesh.exterior_facet_indices(self.mesh.topology)
        self.mesh.topology.create_connectivity(2, 0)
        corners = self._point_of[dmesh.entities_to_geometry(self.mesh, 2, outer)]
        key, wanted = (_keys(np.sort(c, axis=1), len(self._point_of)) for c in (corners, triangles))
        order = np.argsort(key)
        place = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
        if not np.array_equal(key[order][place], wanted):
            raise RunError("a loaded or fixed triangle is not on the outer surface of the mesh.")
        return np.asarray(outer[order][place], dtype=np.int32)

    def fixed_nodes(self, triangles: Ints) -> npt.NDArray[np.int32]:
        """Numbers of the displacement nodes on outer facets, given by vertex numbers (k, 3)."""
        from dolfinx import fem

        return np.asarray(fem.locate_dofs_topological(self.space, 2, self.facets(triangles)), dtype=np.int32)

    def rigid_motions(self) -> Floats:
        """Six rigid motions (dofs, 6): 1 mm along and 1 rad (linearised) about each axis through the origin."""
        nodes = self.nodes()
        motions = np.zeros((len(nodes), 3, 6))
        for axis in range(3):
            motions[:, axis, axis] = 1.0
            motions[:, :, 3 + axis] = np.cross(np.eye(3)[axis], nodes)
        return motions.reshape(-1, 6)

    def factorised(
        self,
        fixed: npt.NDArray[np.int32] | None = None,
        pins: Ints = NONE,
        foundation: FoundationLayer | None = None,
        *,
        loads: int = 1,
    ) -> FactorisedStiffness:
        """The factorised stiffness with supports.

        Parameters
        ----------
        fixed : ndarray, int32, (h,), optional
            Nodes fixed in all directions.
        pins : ndarray, int64, (p,), optional
            Numbers of single fixed components: 3 · node + axis.
        foundation : FoundationLayer, optional
            Added to the stiffness.
        loads : int
            Expected number of loads; the rule for the solver weighs it.

        Raises
        ------
        fea.errors.InputError, fea.errors.MissingDependency
            The solver that is asked for does not serve here.
        fea.errors.RunError
            The factorisation failed, or the body can still move rigidly.
        """
        question = (None if fixed is None else fixed.tobytes(), pins.tobytes(), foundation and foundation.key)
        if self._kept.factor is not None and self._kept.question == question:
            if self._kept.stale:
                self._kept.factor.renew()
                self._kept.stale = False
            return self._kept.factor
        factor = FactorisedStiffness(self._equations(fixed, pins, foundation), loads=loads, keep=self._keep)
        if self._keep:
            self._kept = _StoredFactor(factor, question, stale=False)
        return factor

    def _equations(
        self, fixed: npt.NDArray[np.int32] | None, pins: Ints, foundation: FoundationLayer | None
    ) -> Equations:
        import ufl
        from dolfinx import fem

        stiffness, fixed_components, supports = self._stiffness, pins, []
        if foundation is not None:
            k, ds = self._foundation_terms(foundation)
            u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
            stiffness = fem.form(self._stiffness_terms + k * ufl.inner(u, v) * ds)
        if fixed is not None:
            fixed_components = np.union1d(_components(fixed), pins)
            supports.append(fem.dirichletbc(np.zeros(3), fixed, self.space))
        for axis in range(3):
            chosen = np.sort(pins[pins % 3 == axis]).astype(np.int32)
            if len(chosen):
                supports.append(fem.dirichletbc(0.0, chosen, self.space.sub(axis)))
        if foundation is None and not self._is_in_place(fixed_components):
            raise RunError("the stiffness cannot be factorised: the body can still move rigidly.")
        # A bone on springs moves much more than it strains: one of 240,000 unknowns was out of balance by 1.3e-8.
        return Equations(stiffness, supports, fixed_components, self.cell_nodes, refine=foundation is not None)

    def _is_in_place(self, fixed_components: Ints) -> bool:
        """Whether fixing these components prevents every rigid motion.

        Round-off gives a singular stiffness pivots of either sign, so that its factorisation may seem to succeed.
        """
        motions = self.rigid_motions()[fixed_components]
        motions[:, 3:] /= np.abs(self.nodes()).max()
        return bool(np.linalg.matrix_rank(motions, tol=_LEAST_RANK * np.sqrt(max(len(fixed_components), 1))) == 6)

    def foundation_forces(self, foundation: FoundationLayer, motions: Floats) -> Floats:
        """Forces ∫ k u · v ds for all v, in N, for displacements u (dofs, k), shape (dofs, k)."""
        import ufl

        k, ds = self._foundation_terms(foundation)
        return self._assembled(k * ufl.inner(self._state, ufl.TestFunction(self.space)) * ds, motions)

    def inertia_forces(self, density: Floats, motions: Floats) -> Floats:
        """Forces ∫ ρ u · v dx for all v, for accelerations u (dofs, k), shape (dofs, k).

        ``density`` (m,) is that of each cell; the unit of the result is its unit times mm³ and that of u.
        """
        import ufl
        from dolfinx import fem

        rho = fem.Function(self._material.modulus.function_space)
        rho.x.array[:] = density[self._cell_of]
        return self._assembled(rho * ufl.inner(self._state, ufl.TestFunction(self.space)) * ufl.dx, motions)

    def _foundation_terms(self, foundation: FoundationLayer) -> tuple[Any, Any]:
        """Stiffness k and the measure over the facets of the elastic foundation, each facet once."""
        import ufl
        from dolfinx import fem
        from dolfinx import mesh as dmesh

        facets = np.unique(self.facets(foundation.triangles))
        tags = dmesh.meshtags(self.mesh, 2, facets, np.ones(len(facets), dtype=np.int32))
        measure = ufl.Measure("ds", domain=self.mesh, subdomain_data=tags)
        return fem.Constant(self.mesh, foundation.stiffness), measure(1)

    def _assembled(self, terms: Any, fields: Floats) -> Floats:
        """Load vectors (dofs, k) of a form that is linear in the state, for states (dofs, k)."""
        from dolfinx import fem

        form = fem.form(terms)
        columns = []
        for u in fields.T:
            self._state.x.array[:] = u
            columns.append(fem.assemble_vector(form).array.copy())
        return np.column_stack(columns)

    def traction_loads(self, triangles: Ints, tractions: Sequence[tuple[Floats, Floats, Floats]]) -> Floats:
        """Load vectors (dofs, tractions) of t(x) = a + b × (x − c) on outer facets.

        Parameters
        ----------
        triangles : ndarray, (k, 3)
            The facets by vertex numbers.
        tractions : sequence of (a, b, c)
            Each (3,), in MPa, MPa/mm, mm.
        """
        import ufl
        from dolfinx import fem
        from dolfinx import mesh as dmesh

        facets = np.sort(self.facets(triangles))
        tags = dmesh.meshtags(self.mesh, 2, facets, np.ones(len(facets), dtype=np.int32))
        a, b, c = (fem.Constant(self.mesh, np.zeros(3)) for _ in range(3))
        t = a + ufl.cross(b, ufl.SpatialCoordinate(self.mesh) - c)
        measure = ufl.Measure("ds", domain=self.mesh, subdomain_data=tags)
        load = fem.form(ufl.inner(t, ufl.TestFunction(self.space)) * measure(1))
        columns = []
        for values in tractions:
            for constant, value in zip((a, b, c), values, strict=True):
                constant.value[:] = value
            columns.append(fem.assemble_vector(load).array.copy())
        return np.column_stack(columns)

    def body_load(self, force: Callable[[Any], Any], degree: int = 6) -> Floats:
        """Load vector (dofs,) of a body force in N/mm³, a UFL expression of the coordinates."""
        import ufl
        from dolfinx import fem

        f = force(ufl.SpatialCoordinate(self.mesh))
        measure = ufl.Measure("dx", domain=self.mesh, metadata={"quadrature_degree": degree})
        form = fem.form(ufl.inner(f, ufl.TestFunction(self.space)) * measure)
        return np.asarray(fem.assemble_vector(form).array.copy())

    def interpolated(self, field: FieldFunction) -> Floats:
        """Displacement components (dofs,) of a displacement field given as a function of points (3, p)."""
        from dolfinx import fem

        u = fem.Function(self.space)
        u.interpolate(field)
        return np.asarray(u.x.array.copy())

    def stiffness(self) -> Any:
        """Stiffness as the constants stand, without supports, as a matrix of SciPy (dofs, dofs)."""
        from dolfinx import fem

        matrix = fem.assemble_matrix(self._stiffness)
        matrix.scatter_reverse()
        return matrix.to_scipy().tocsr()

    def internal_force(self, u: Floats) -> Floats:
        """Forces ∫ σ(u) : ε(v) dx for all v, shape (dofs,), in N."""
        from dolfinx import fem

        self._state.x.array[:] = u
        return np.asarray(fem.assemble_vector(self._internal).array.copy())

    def strains(self, u: Floats, places: Floats = CORNERS) -> Floats:
        """Strain of each cell at places under displacements (dofs, k), shape (k, m, places, 6).

        The cells are straight, so for a displacement of degree 2 the corners determine the strain everywhere in
        the cell. Components are in the order of :data:`fea.solve.COMPONENTS`, places barycentric coordinates.
        """
        return strains(self._points, self._cells, self.cell_nodes, u, places)

    def at_vertices(self, u: Floats) -> Floats:
        """Displacements in mm at the vertices for displacements (dofs, k), shape (k, n, 3)."""
        node = np.zeros(len(self._points), dtype=np.int64)
        node[self._cells] = self.cell_nodes[:, :4]
        return np.ascontiguousarray(u.reshape(-1, 3, u.shape[1])[node].transpose(2, 0, 1))

    def _cell_nodes(self) -> Ints:
        """Displacement nodes of our cells, corner by corner as these are given."""
        own = self._point_of[self.mesh.geometry.dofmaps[0]]
        corner = np.argmax(own[:, None, :] == self._cells[self._cell_of][:, :, None], axis=2)
        nodes = cell_nodes(corner, self.space.dofmap.list.astype(np.int64))
        result = np.empty_like(nodes)
        result[self._cell_of] = nodes
        return result


def _components(nodes: npt.NDArray[np.int32]) -> Ints:
    return np.asarray((3 * nodes.astype(np.int64)[:, None] + np.arange(3)).ravel())


def _keys(triangles: Ints, count: int) -> Ints:
    t = triangles.astype(np.int64)
    return np.asarray((t[:, 0] * count + t[:, 1]) * count + t[:, 2])
