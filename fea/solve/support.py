# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Supports: regions fixed (Dirichlet), regions on an elastic foundation, or a free bone (inertia relief)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.case import BoneDescription, SupportKind
from fea.errors import InputError, RunError, out_of_range, unknown
from fea.solve.body import ElasticBody, FoundationLayer
from fea.solve.choice import SolverName
from fea.solve.linear import FactorisedStiffness

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STIFFEST_N_PER_MM3 = 1e9


@dataclass(frozen=True)
class Response:
    """Displacement and reactions of a supported body under load vectors.

    Attributes
    ----------
    displacement : ndarray, float64, (dofs, loads)
        In mm.
    reaction : ndarray, float64, (loads, 6)
        Force in N and moment about the origin in N·mm that the supports exert, inertia included.
    pins : ndarray, float64, (loads, p)
        Forces in N of the components that are fixed only to determine the position; they ought to vanish.
    factorise_s : float
        Seconds spent to factorise.
    solver : {"mumps", "pardiso", "multigrid"}
        Linear solver.
    threads : int
        Threads that the solver was given.
    """

    displacement: Floats
    reaction: Floats
    pins: Floats
    factorise_s: float
    solver: SolverName
    threads: int

    def together(self, share: Floats) -> Response:
        """Response to all loads but the last, each together with its share (loads − 1,) of the last one."""
        last = self.displacement[:, -1]
        displacement = self.displacement[:, :-1] + np.outer(last, share)
        reaction = self.reaction[:-1] + np.outer(share, self.reaction[-1])
        pins = self.pins[:-1] + np.outer(share, self.pins[-1])
        return replace(self, displacement=displacement, reaction=reaction, pins=pins)


class Support(Protocol):
    """A kind of support. Its ``repr`` states all that it depends on."""

    @property
    def regions(self) -> tuple[str, ...]:
        """The support regions; no load of the basis acts on them."""
        ...

    def factorised(self, body: ElasticBody, mesh: BoneMesh, loads: int) -> FactorisedStiffness:
        """The factorised stiffness with this support, for about so many loads.

        Raises
        ------
        fea.errors.InputError
            The bone lacks a region of the support.
        fea.errors.RunError
            The stiffness cannot be factorised.
        """
        ...

    def balanced(self, body: ElasticBody, density: Floats, loads: Floats) -> Floats:
        """Load vectors (dofs, loads) that the support needs no more than its regions for."""
        ...

    def placed(self, body: ElasticBody, density: Floats, displacement: Floats) -> Floats:
        """Displacement (dofs, loads) where the support holds the body, of one that may lie elsewhere as a whole."""
        ...

    def response(self, body: ElasticBody, mesh: BoneMesh, density: Floats, loads: Floats) -> Response:
        """Displacement and reactions under load vectors (dofs, loads); ``density`` (m,) in g/cm³.

        Raises
        ------
        fea.errors.InputError
            The bone lacks a region of the support.
        fea.errors.RunError
            The stiffness cannot be factorised, or the body has no mass.
        """
        ...


@dataclass(frozen=True)
class Fixed:
    """Fixed regions: their nodes do not move.

    Attributes
    ----------
    regions : tuple of str
        At least one region.

    Raises
    ------
    fea.errors.InputError
        No region.
    """

    regions: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_some(self.regions)

    def factorised(self, body: ElasticBody, mesh: BoneMesh, loads: int) -> FactorisedStiffness:
        """The factorised K with the nodes of the regions fixed."""
        return body.factorised(body.fixed_nodes(_triangles(mesh, self.regions)), loads=loads)

    def balanced(self, body: ElasticBody, density: Floats, loads: Floats) -> Floats:
        """The loads themselves."""
        return loads

    def placed(self, body: ElasticBody, density: Floats, displacement: Floats) -> Floats:
        """The displacement itself."""
        return displacement

    def response(self, body: ElasticBody, mesh: BoneMesh, density: Floats, loads: Floats) -> Response:
        """Solve K u = f with u = 0 on the regions.

        With r a rigid motion restricted to the fixed nodes, r · (K u − f) is the resultant of the nodal
        forces that fix them; K r serves all loads.
        """
        found = _solved(self, body, mesh, loads)
        u = found.displacement
        motions = body.rigid_motions()
        free = np.ones(len(motions), dtype=bool)
        free[found.fixed] = False
        motions[free] = 0.0
        forces = np.column_stack([body.internal_force(r) for r in motions.T])
        reaction = u.T @ forces - loads.T @ motions
        return found.response(reaction, np.zeros((loads.shape[1], 0)))


@dataclass(frozen=True)
class Foundation:
    """Regions on an elastic foundation: a traction −k u, the same in all directions.

    Attributes
    ----------
    regions : tuple of str
        At least one region.
    stiffness_n_per_mm3 : float
        k in N/mm³, above 0 to 1e9; a layer of thickness h and modulus E has about E / h. On a foundation
        softer than a few N/mm³ a bone moves so much more than it strains that round-off may fail the check of
        equilibrium.

    Raises
    ------
    fea.errors.InputError
        No region, or a stiffness outside its range.
    """

    regions: tuple[str, ...]
    stiffness_n_per_mm3: float

    def __post_init__(self) -> None:
        _check_some(self.regions)
        if not 0.0 < self.stiffness_n_per_mm3 <= _STIFFEST_N_PER_MM3:
            allowed = f"above 0 to {_STIFFEST_N_PER_MM3:g} N/mm³"
            raise out_of_range("stiffness of the foundation", self.stiffness_n_per_mm3, allowed)

    def factorised(self, body: ElasticBody, mesh: BoneMesh, loads: int) -> FactorisedStiffness:
        """The factorised K + ∫ k u · v ds."""
        return body.factorised(foundation=self._layer(mesh), loads=loads)

    def balanced(self, body: ElasticBody, density: Floats, loads: Floats) -> Floats:
        """The loads themselves."""
        return loads

    def placed(self, body: ElasticBody, density: Floats, displacement: Floats) -> Floats:
        """The displacement itself."""
        return displacement

    def response(self, body: ElasticBody, mesh: BoneMesh, density: Floats, loads: Floats) -> Response:
        """Solve (K + ∫ k u · v ds) u = f; the reaction is the resultant of −k u."""
        found = _solved(self, body, mesh, loads)
        u = found.displacement
        forces = body.foundation_forces(self._layer(mesh), body.rigid_motions())
        return found.response(-u.T @ forces, np.zeros((loads.shape[1], 0)))

    def _layer(self, mesh: BoneMesh) -> FoundationLayer:
        return FoundationLayer(_triangles(mesh, self.regions), self.stiffness_n_per_mm3)


@dataclass(frozen=True)
class Free:
    """No support: the loads accelerate the bone as a rigid body, and its inertia balances them (inertia relief).

    The acceleration a(x) of a rigid body follows from M and the loads, and the body force −ρ a makes force
    and moment vanish. Six components at three nodes fix the position without force; then the rigid part of
    the displacement, weighted by mass, is taken away. A bone is light: loads that are far from balance
    among themselves give accelerations that no bone has, so the forces at both ends belong to the loads.
    """

    @property
    def regions(self) -> tuple[str, ...]:
        """None: a free bone has no support region."""
        return ()

    def factorised(self, body: ElasticBody, mesh: BoneMesh, loads: int) -> FactorisedStiffness:
        """The factorised K with six components fixed that only determine the position."""
        return body.factorised(pins=pinned_components(body.nodes()), loads=loads)

    def balanced(self, body: ElasticBody, density: Floats, loads: Floats) -> Floats:
        """Loads less the inertia of the rigid motion that they cause, f − M R a."""
        return _relieved(*_centred(body, density, body.rigid_motions()), loads)

    def placed(self, body: ElasticBody, density: Floats, displacement: Floats) -> Floats:
        """The displacement less its rigid part, weighted by mass."""
        return _at_rest(*_centred(body, density, body.rigid_motions()), displacement)

    def response(self, body: ElasticBody, mesh: BoneMesh, density: Floats, loads: Floats) -> Response:
        """Solve K u = f − M R a with (Rᵀ M R) a = Rᵀ f, R the rigid motions; then remove the part of u in R."""
        about_origin = body.rigid_motions()
        about_centre, inertia = _centred(body, density, about_origin)
        balanced = _relieved(about_centre, inertia, loads)
        found = _solved(self, body, mesh, balanced)
        u, pins = found.displacement, found.fixed
        at_pins = np.zeros((len(pins), body.dofs))
        at_pins[np.arange(len(pins)), pins] = 1.0
        pin_force = np.column_stack([body.internal_force(e) for e in at_pins]).T @ u - balanced[pins]
        found = replace(found, displacement=_at_rest(about_centre, inertia, u))
        reaction = about_origin.T @ (balanced - loads) + about_origin[pins].T @ pin_force
        return found.response(reaction.T, pin_force.T)


def support_of(bone: BoneDescription, kind: SupportKind | None = None) -> Support:
    """Support of a bone: as its file says, or of another kind on the regions of the file.

    Examples
    --------
    >>> from fea.case import read_bone
    >>> support_of(read_bone("metatarsal2"))
    Fixed(regions=('base_joint',))
    """
    chosen = bone.support.kind if kind is None else kind
    if chosen == "free":
        return Free()
    if chosen == "fixed":
        return Fixed(bone.support.regions)
    return Foundation(bone.support.regions, bone.support.stiffness_n_per_mm3)


def pinned_components(nodes: Floats) -> Ints:
    """Six components that fix the position of a body with nodes (n, 3) and nothing else, 3 · node + axis.

    Three at one end, two at the node farthest from it, one at the node farthest from the line through
    both: without these a body could move, turn about the first, and turn about the line.
    """
    first = int(np.argmin(nodes[:, 1]))
    arm = nodes - nodes[first]
    second = int(np.argmax(np.linalg.norm(arm, axis=1)))
    along = int(np.argmax(np.abs(arm[second])))
    turning = np.cross(arm[second], arm)
    third = int(np.argmax(np.linalg.norm(turning, axis=1)))
    about = int(np.argmax(np.abs(turning[third])))
    fixed = [(first, 0), (first, 1), (first, 2), *((second, axis) for axis in range(3) if axis != along)]
    return np.array([3 * node + axis for node, axis in [*fixed, (third, about)]], dtype=np.int64)


def _at_rest(about_centre: Floats, inertia: Floats, displacement: Floats) -> Floats:
    """Displacement less its rigid part, weighted by mass."""
    share = np.linalg.solve(about_centre.T @ inertia, inertia.T @ displacement)
    return np.asarray(displacement - about_centre @ share)


def _centred(body: ElasticBody, density: Floats, motions: Floats) -> tuple[Floats, Floats]:
    """Rigid motions about the centre of mass (dofs, 6), of similar size, and their ∫ ρ r · v dx.

    Raises
    ------
    fea.errors.RunError
        The mass is not positive.
    """
    forces = body.inertia_forces(density, motions)
    mass = float(motions[:, 0] @ forces[:, 0])
    if not (mass > 0.0 and math.isfinite(mass)):
        raise RunError(f"a free body needs a positive mass; its density adds up to {mass:g} g/cm³ · mm³.")
    change = np.eye(6)
    # The mean motion of a rotation about the origin is that of the centre of mass.
    change[:3, 3:] = -motions[:, :3].T @ forces[:, 3:] / mass
    change[:, 3:] /= np.abs(body.nodes()).max()
    return motions @ change, forces @ change


def _relieved(motions: Floats, inertia: Floats, loads: Floats) -> Floats:
    """Load vectors less the inertia forces of the accelerations a with (Rᵀ M R) a = Rᵀ f."""
    return np.asarray(loads - inertia @ np.linalg.solve(motions.T @ inertia, motions.T @ loads))


@dataclass(frozen=True)
class _Solved:
    """Displacements, seconds spent to factorise, and what solved them."""

    displacement: Floats
    factorise_s: float
    factor: FactorisedStiffness

    @property
    def fixed(self) -> Ints:
        """Fixed components."""
        return self.factor.fixed

    def response(self, reaction: Floats, pins: Floats) -> Response:
        """Response with its reactions and the forces at pins."""
        by = self.factor
        return Response(self.displacement, reaction, pins, self.factorise_s, by.solver, by.threads)


def _solved(support: Support, body: ElasticBody, mesh: BoneMesh, loads: Floats) -> _Solved:
    """Solve for load vectors (dofs, loads)."""
    begin = time.perf_counter()
    factor = support.factorised(body, mesh, loads.shape[1])
    seconds = time.perf_counter() - begin
    return _Solved(factor.solve(loads), seconds, factor)


def _triangles(mesh: BoneMesh, regions: tuple[str, ...]) -> Ints:
    for name in regions:
        if name not in mesh.regions:
            raise unknown("region", name, mesh.regions)
    return np.asarray(mesh.facets[np.concatenate([mesh.regions[name] for name in regions])])


def _check_some(regions: tuple[str, ...]) -> None:
    if not regions:
        raise InputError("the support names no region; name at least one, or leave the body free.")
