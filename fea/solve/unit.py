# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Unit strains: every unit load solved with one factorisation and handed on as plain arrays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, BoneMesh
from fea.loading import SurfaceLoad, Traction
from fea.solve.body import ElasticBody
from fea.solve.choice import SolverName
from fea.solve.reduced import Reduced, reduced
from fea.solve.support import Support
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class UnitStrains:
    """Strain, displacement and reaction of the bone under each unit load.

    Attributes
    ----------
    strain : ndarray, float64, (loads, m, 4, 6)
        Strain at the four corners of each cell, components in the order of :data:`fea.solve.COMPONENTS`. In memory the
        loads lie side by side: what is computed of it, sums over the loads, then reads it in its order.
    displacement : ndarray, float64, (loads, n, 3)
        Displacement of the vertices in mm.
    reaction : ndarray, float64, (loads, 6)
        Force in N and moment about the origin in N·mm that the supports exert, inertia included.
    dofs : int
        Number of unknowns.
    wall_s : mapping of str to float
        Seconds spent to assemble, factorise, solve and evaluate strains.
    pins : ndarray, float64, (loads, p)
        Forces in N on components that only fix the position of a free body, where none should be; p = 0 or 6.
    solver : {"mumps", "pardiso", "multigrid"}
        Linear solver.
    fibula : ndarray, float64, (loads,)
        Compression of the fibula in N under each load, which takes part in it; 0 without one.
    threads : int
        Threads that the solver was given.
    """

    strain: Floats
    displacement: Floats
    reaction: Floats
    dofs: int
    wall_s: Mapping[str, float]
    pins: Floats
    solver: SolverName
    fibula: Floats
    threads: int = 1


@dataclass(frozen=True)
class Bar:
    """A bar between two places of the bone: what it does to the bone for 1 N of compression, and its stiffness."""

    load: SurfaceLoad
    stiffness_n_per_mm: float


@dataclass(frozen=True)
class Snapshot:
    """A bone solved for one ratio of the stiffness of its tissues.

    Attributes
    ----------
    mesh : BoneMesh
        Places of its vertices.
    nodes : ndarray, int64, (m, 4 or 10)
        Displacement nodes of each cell, as :func:`fea.solve.kinematics.strains` takes them.
    displacement : ndarray, float64, (dofs, loads)
        In mm, component 3 · node + axis.
    strain : ndarray, float64, (loads, m, 4, 6)
        As :attr:`UnitStrains.strain`.
    solver : {"mumps", "pardiso", "multigrid"}
        Linear solver.
    """

    mesh: BoneMesh
    nodes: Ints
    displacement: Floats
    strain: Floats
    solver: SolverName


def unit_strains(
    mesh: BoneMesh,
    elasticity: Elasticity,
    support: Support,
    tractions: Sequence[SurfaceLoad],
    degree: int = 2,
) -> UnitStrains:
    """Response to each unit load of a bone on its support.

    Parameters
    ----------
    mesh : BoneMesh
        The bone.
    elasticity : Elasticity
        Its elastic constants, and its density for inertia relief.
    support : Support
        :class:`fea.solve.Fixed`, :class:`fea.solve.Foundation` or :class:`fea.solve.Free`.
    tractions : sequence of SurfaceLoad
        The unit loads, at least one.
    degree : {1, 2}
        Degree of the displacement.

    Raises
    ------
    fea.errors.InputError
        The bone lacks a region of the support.
    fea.errors.RunError
        The stiffness cannot be factorised, or a free bone has no mass.
    """
    return LoadedBone(mesh, support, tractions, degree).unit_strains(elasticity)


class LoadedBone:
    """A bone with its support and unit loads, solved for one tissue after another.

    What the tissues share is made once: the finite-element mesh and forms, the load vectors and, with
    ``keep``, the order of elimination (the symbolic factorisation), for which the factor stays in memory.

    Parameters
    ----------
    mesh, support, tractions, degree
        As for :func:`unit_strains`.
    keep : bool
        Whether more tissues will follow.
    bar : Bar, optional
        A bar beside the bone that shares each load.
    """

    def __init__(
        self,
        mesh: BoneMesh,
        support: Support,
        tractions: Sequence[SurfaceLoad],
        degree: int = 2,
        *,
        keep: bool = False,
        bar: Bar | None = None,
    ) -> None:
        self._mesh, self._support, self._bar = mesh, support, bar
        self._tractions = tractions if bar is None else (*tractions, bar.load)
        self._degree, self._keep = degree, keep
        self._body: ElasticBody | None = None
        self._made_for: object = None
        self._loads: Floats | None = None

    def unit_strains(self, elasticity: Elasticity, mesh: BoneMesh | None = None) -> UnitStrains:
        """Response to each unit load for these elastic constants.

        With ``mesh``, vertices inside the bone lie where that mesh has them; its cells and its outer surface are
        those that the loads were made for.

        Raises
        ------
        fea.errors.InputError
            The bone lacks a region of the support.
        fea.errors.RunError
            The stiffness cannot be factorised, or a free bone has no mass.
        """
        begin = time.perf_counter()
        mesh = self._mesh if mesh is None else mesh
        body = self._made_of(elasticity, mesh.points)
        loads = self._loads_on(body)
        assembled = time.perf_counter()
        found = self._support.response(body, mesh, elasticity.density, loads)
        responded = time.perf_counter()
        force = np.zeros(loads.shape[1])
        if self._bar is not None:
            force = bar_forces(loads[:, -1] @ found.displacement, self._bar.stiffness_n_per_mm)
            found = found.together(force)
        strain, displacement = body.strains(found.displacement), body.at_vertices(found.displacement)
        wall = {
            "assemble": assembled - begin,
            "factorise": found.factorise_s,
            "solve": responded - assembled - found.factorise_s,
            "strain": time.perf_counter() - responded,
        }
        return UnitStrains(
            strain=strain,
            displacement=displacement,
            reaction=found.reaction,
            dofs=body.dofs,
            wall_s=wall,
            pins=found.pins,
            solver=found.solver,
            threads=found.threads,
            fibula=force,
        )

    def reduced(
        self, elasticity: Elasticity, ratios: Floats, keep: Callable[[Snapshot], None], mesh: BoneMesh
    ) -> Reduced:
        """Reduced basis of the responses to each unit load for other stiffnesses of the two tissues.

        Parameters
        ----------
        elasticity : Elasticity
            The constants to which the factors belong.
        ratios : ndarray, (s,)
            Factors of the cancellous modulus for which the bone is solved; the last one is the reference of the bound.
        keep : callable
            Is given the snapshot of each ratio.
        mesh : BoneMesh
            Where the vertices lie, as for :meth:`unit_strains`.

        Raises
        ------
        fea.errors.RunError
            The stiffness cannot be factorised.
        """
        body = self._made_of(elasticity, mesh.points)
        # The inertia of a free bone stays that of these constants: loads in balance among themselves need none.
        loads, tissue = self._support.balanced(body, elasticity.density, self._loads_on(body)).copy(), self._mesh.tissue
        alone = []
        for name in ("cortical", "cancellous"):
            body.set_constants(np.where(tissue == TISSUES.index(name), elasticity.modulus, 0.0), elasticity.anisotropy)
            alone.append(body.stiffness())
        solved = []
        for ratio in ratios:
            factor = np.where(tissue == TISSUES.index("cancellous"), ratio, 1.0)
            body.set_constants(elasticity.modulus * factor, elasticity.anisotropy)
            supported = self._support.factorised(body, mesh, loads.shape[1] * (1 + 2 * len(ratios)))
            solved.append(supported.solve(loads))
            placed = self._support.placed(body, elasticity.density, solved[-1])
            keep(Snapshot(mesh, body.cell_nodes, placed, body.strains(placed), supported.solver))
        loads[supported.fixed] = 0.0

        def applied(part: Any) -> Callable[[Floats], Floats]:
            def apply(columns: Floats) -> Floats:
                result = np.asarray(part @ columns)
                result[supported.fixed] = 0.0
                return result

            return apply

        return reduced(ratios, loads, solved, (applied(alone[0]), applied(alone[1])), supported.solve)

    def _loads_on(self, body: ElasticBody) -> Floats:
        if self._loads is None:
            self._loads = _load_vectors(body, self._mesh, self._tractions)
        return self._loads

    def _made_of(self, elasticity: Elasticity, points: Floats) -> ElasticBody:
        """Body with these constants; the first one serves until the kind of tissue changes."""
        e = elasticity
        kind = (e.poisson, e.anisotropy is None)
        if self._body is None or self._made_for != kind:
            self._body, self._made_for = None, kind
            cells = self._mesh.cells
            self._body = ElasticBody(points, cells, e.modulus, e.poisson, self._degree, e.anisotropy, keep=self._keep)
        else:
            self._body.set_constants(e.modulus, e.anisotropy, points)
        return self._body


def bar_forces(apart: Floats, stiffness_n_per_mm: float) -> Floats:
    """Compression in N of a bar under each load, (loads,), from how far its ends move apart without it.

    Under load j they move apart by a_j = f · u_j, f the load vector of the bar for 1 N, and by c = f · u for 1 N of its
    own. With a compression N it becomes shorter by N / k = −(a_j + N c).

    Parameters
    ----------
    apart : ndarray, (loads + 1,)
        The a_j in mm, and c as the last.
    stiffness_n_per_mm : float
        Stiffness k of the bar, above 0.
    """
    return np.asarray(-apart[:-1] / (1.0 / stiffness_n_per_mm + apart[-1]))


def _load_vectors(body: ElasticBody, mesh: BoneMesh, tractions: Sequence[SurfaceLoad]) -> Floats:
    """Load vectors (dofs, loads), from the six affine tractions of each region."""
    loads = np.zeros((body.dofs, len(tractions)))
    acting: dict[str, list[tuple[int, Traction]]] = {}
    for column, load in enumerate(tractions):
        for part in load.parts:
            acting.setdefault(part.loaded_area.region, []).append((column, part))
    unit, none = np.eye(3), np.zeros(3)
    for parts in acting.values():
        loaded, c = parts[0][1].loaded_area, parts[0][1].c
        affine = [*((e, none, c) for e in unit), *((none, e, c) for e in unit)]
        vectors = body.traction_loads(mesh.facets[loaded.facets], affine)
        for column, part in parts:
            loads[:, column] += vectors @ np.concatenate([part.a, part.b])
    return loads
