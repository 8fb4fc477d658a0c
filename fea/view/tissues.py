# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone prepared for display in any state of its tissue: a few solved walls and stiffnesses, combined at once.

Moduli are combined by a reduced basis with a bound on its error (:mod:`fea.solve.reduced`). The wall moves the
vertices, on which the stiffness does not depend linearly; between the solved walls strain is interpolated, as a
polynomial in the reciprocal of the share that is left, as the strain of a thin tube goes. No bound is known for this
part: docs/evidence/speed.md compares it with walls that were solved.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, BoneMesh
from fea.case import BoneDescription, SupportKind, TissueState
from fea.errors import GeometryError, InputError, out_of_range
from fea.evaluate import SolvedBone
from fea.files import Progress, code_version, silent
from fea.loading import Load, SurfaceLoad, UnitLoad, surface_load
from fea.solve import (
    Basis,
    MeshedBone,
    Reduced,
    Snapshot,
    SolverName,
    UnitStrains,
    bar_forces,
    basis_key,
    cache_folder,
    support_of,
    with_fibula,
)
from fea.solve.cache import packed_bone, unpacked_bone
from fea.solve.entry import Arrays, Header, keep_entry, read_entry
from fea.solve.kinematics import CORNERS, strains
from fea.tissue import Elasticity, composition, thinned_wall
from fea.view.bone import ViewedBone, made_when_needed, planes_at, shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]

FULL, FEW = (3, 4), (2, 3)
"""Numbers of walls and of ratios of moduli that a bone is solved for, as a rule and where it must be soon."""
_SAMPLE = 100
_ALIKE = 1e-9
_SHARED = (
    "reference_porosity",
    "modulus_exponent",
    "cortical_law",
    "cancellous_law",
    "symmetry",
    "ratios",
    "outside_law",
)
_KEPT = ("walls", "thinnest", "planes", "displacement", "nodes")


@dataclass(frozen=True)
class Mixture:
    """Combination of solved bones for a state of the tissue.

    Attributes
    ----------
    kept : float
        Share of the wall that is left.
    modulus, density : ndarray, float64, (2,)
        Factors of cortical and of cancellous bone.
    weights : ndarray, float64, (loads, w s)
        Weight of each wall and ratio in the response to each load, that of the fibula the last one.
    fibula : ndarray, float64, (loads,)
        Compression of the fibula in N under each load; empty without one.
    """

    kept: float
    modulus: Floats
    density: Floats
    weights: Floats
    fibula: Floats

    def combined(self, snapshots: Singles) -> Singles:
        """Response (loads, …) from snapshots (loads, w s, …), the fibula taking its part in each load."""
        found = _combined(self.weights, snapshots)
        return found if not len(self.fibula) else found[:-1] + np.multiply.outer(self.fibula, found[-1])


@dataclass(frozen=True, eq=False)
class Tissues:
    """A bone in every state of its tissue between the solved ones.

    Attributes
    ----------
    description : BoneDescription
        The bone.
    whole : TissueState
        The state in which it has its whole wall; other states share its laws and its symmetry.
    mesh : BoneMesh
        Its mesh in that state.
    elasticity : Elasticity
        Elastic constants of its cells in that state.
    loads : tuple of Load
        The unit loads.
    walls : ndarray, float64, (w,)
        Shares of the wall for which it was solved, the whole wall first, the thinnest last.
    thinnest : ndarray, float64, (n, 3)
        The vertices of the mesh with the thinnest wall.
    reduced : tuple of Reduced
        For each wall, with s ratios.
    planes : ndarray, float32, (loads, w s, 6 k)
        As that of :class:`ViewedBone`, for each wall and ratio; the fibula, where there is one, is the last load.
    displacement : ndarray, float32, (loads, w s, dofs)
        Of the nodes in mm, for each wall and ratio.
    nodes : ndarray, int64, (m, 10)
        Nodes of each cell.
    support : {"fixed", "foundation", "free"}
        Support of the bone.
    solver : {"mumps", "pardiso", "multigrid"}
        Linear solver.
    """

    description: BoneDescription
    whole: TissueState
    mesh: BoneMesh
    elasticity: Elasticity
    loads: tuple[Load, ...]
    walls: Floats
    thinnest: Floats
    reduced: tuple[Reduced, ...]
    planes: Singles
    displacement: Singles
    nodes: Ints
    support: SupportKind
    solver: SolverName

    def at(self, state: TissueState) -> Mixture:
        """Combination of solved bones for a state.

        Raises
        ------
        fea.errors.InputError
            Other laws, a wall outside those solved or thinned unevenly, or a state that does not just multiply moduli.
        """
        for name in _SHARED:
            if getattr(state, name) != getattr(self.whole, name):
                raise InputError(f"{name} of tissue {state.name!r} differs from that of {self.whole.name!r}.")
        kept = state.thickness_factor[0]
        if any(factor != kept for factor in state.thickness_factor):
            raise InputError(f"tissue {state.name!r} thins the wall unevenly; allowed: one share all round.")
        if not self.walls[-1] <= kept <= 1.0:
            raise out_of_range("share of the wall that is left", kept, f"{self.walls[-1]:g} to 1")
        modulus, density = _factors(self.description, self._sample, self.whole, state)
        x, to = 1.0 / self.walls, 1.0 / kept
        share = [np.prod([(to - b) / (a - b) for b in x if b != a]) for a in x]
        own = [part * one.weights(*modulus) for part, one in zip(share, self.reduced, strict=True)]
        weights = np.hstack(own)
        return Mixture(kept, modulus, density, weights, self._fibula(weights))

    def _fibula(self, weights: Floats) -> Floats:
        """Compression of the fibula under each load, from the work of its own load on each snapshot."""
        if len(weights) == len(self.loads):
            return np.zeros(0)
        assert self.description.fibula is not None
        apart = (weights * np.hstack([one.work[-1] for one in self.reduced])).sum(axis=1)
        return bar_forces(apart, self.description.fibula.stiffness_n_per_mm)

    def thinned(self, mixture: Mixture) -> ViewedBone:
        """The bone in a state of its tissue."""
        was = self.elasticity
        share = (1.0 - mixture.kept) / (1.0 - self.walls[-1]) if mixture.kept < 1.0 else 0.0
        mesh = replace(self.mesh, points=self.mesh.points + share * (self.thinnest - self.mesh.points))
        denser, stiffer = (np.append(f, 1.0)[mesh.tissue] for f in (mixture.density, mixture.modulus))
        elasticity = replace(was, density=was.density * denser, modulus=was.modulus * stiffer)
        vertices, cells, facets = self._shown
        moved = self.displacement.reshape(*self.displacement.shape[:2], -1, 3)[:, :, self._node_of_vertex[vertices]]
        return ViewedBone(
            description=self.description,
            mesh=mesh,
            elasticity=elasticity,
            loads=self.loads,
            tractions=self._tractions(mixture),
            vertices=vertices,
            cells=cells,
            facets=facets,
            planes=mixture.combined(self.planes),
            displacement=mixture.combined(moved.reshape(*moved.shape[:2], -1)),
            fibula=self._compression(mixture),
            solved=made_when_needed(functools.partial(self._solved, mesh, elasticity, mixture)),
            combined=True,
        )

    def _compression(self, mixture: Mixture) -> Floats:
        """Compression of the fibula in N under each load, (loads,); 0 without one."""
        return mixture.fibula if len(mixture.fibula) else np.zeros(len(self.loads))

    def _solved(self, mesh: BoneMesh, elasticity: Elasticity, mixture: Mixture) -> SolvedBone:
        """Bone with its response to every load; the supports balance each, whatever the tissue."""
        u = mixture.combined(self.displacement).T.astype(np.float64)
        tractions = self._tractions(mixture)
        unit = UnitStrains(
            strain=strains(mesh.points, mesh.cells, self.nodes, u, CORNERS),
            displacement=u.reshape(-1, 3, len(self.loads))[self._node_of_vertex].transpose(2, 0, 1),
            reaction=-np.array([np.concatenate(traction.resultants()) for traction in tractions]),
            dofs=len(u),
            wall_s={},
            pins=np.zeros((len(self.loads), 0)),
            solver=self.solver,
            fibula=self._compression(mixture),
        )
        basis = Basis(mesh, elasticity, self.loads, tractions, unit, {})
        return SolvedBone(self.description, self.support, basis)

    def error(self, mixture: Mixture, coefficients: Floats | Singles) -> float:
        """Bound on the error of combining moduli: of its energy norm over that of the displacement.

        It is the largest for any of the walls and of the frames (frames, loads).
        """
        used = np.asarray(coefficients, dtype=np.float64)
        if len(mixture.fibula):
            used = np.column_stack([used, used @ mixture.fibula])
        a, b = map(float, mixture.modulus)
        return max(float(one.relative_error(a, b, used).max()) for one in self.reduced)

    @functools.cached_property
    def _node_of_vertex(self) -> Ints:
        result = np.zeros(len(self.mesh.points), dtype=np.int64)
        result[self.mesh.cells] = self.nodes[:, :4]
        return result

    @functools.cached_property
    def _sample(self) -> BoneMesh:
        return _sampled(self.mesh)

    @functools.cached_property
    def _shown(self) -> tuple[Ints, Ints, Ints]:
        return shown(self.mesh)

    def _tractions(self, mixture: Mixture) -> tuple[SurfaceLoad, ...]:
        return with_fibula(self.mesh, self._unit_loads, mixture.fibula)

    @functools.cached_property
    def _unit_loads(self) -> tuple[SurfaceLoad, ...]:
        return tuple(surface_load(self.mesh, load) for load in self.loads)


def _sampled(mesh: BoneMesh) -> BoneMesh:
    """Some cells of each tissue, evenly spread over their numbers, which follow the bone."""
    cells = []
    for tissue in range(len(TISSUES)):
        own = np.flatnonzero(mesh.tissue == tissue)
        cells.append(own[np.linspace(0, len(own) - 1, _SAMPLE).astype(np.int64)] if len(own) else own)
    some = np.concatenate(cells)
    return replace(mesh, cells=mesh.cells[some], tissue=mesh.tissue[some])


def _factors(
    description: BoneDescription, sample: BoneMesh, whole: TissueState, state: TissueState
) -> tuple[Floats, Floats]:
    """Factors of a state on modulus and density of cortical and of cancellous bone, each (2,)."""
    before, after = (composition(description, sample, one) for one in (whole, state))
    found = np.ones((2, 2))
    for row, quantity in enumerate(("modulus", "density")):
        for tissue in (TISSUES.index("cortical"), TISSUES.index("cancellous")):
            here = sample.tissue == tissue
            ratio = getattr(after, quantity)[here] / getattr(before, quantity)[here]
            if len(ratio) == 0:
                continue
            if np.ptp(ratio) > _ALIKE * ratio.max():
                raise InputError(
                    f"tissue {state.name!r} changes the {TISSUES[tissue]} {quantity} by {ratio.min():.3g} to "
                    f"{ratio.max():.3g} times; allowed: by one factor everywhere."
                )
            found[row, tissue] = ratio.mean()
    return found[0], found[1]


def _combined(weights: Floats, snapshots: Singles) -> Singles:
    """Sums (k, …) of snapshots (k, s, …) with weights (k, s)."""
    return np.asarray(np.matmul(weights[:, None].astype(np.float32), snapshots)[:, 0])


# ---------------------------------------------------------------- making them


def tissues(
    description: BoneDescription,
    size_mm: float,
    support: SupportKind,
    states: Sequence[TissueState],
    *,
    more: Collection[UnitLoad] = (),
    counts: tuple[int, int] = FULL,
    use_cache: bool = True,
    progress: Progress = silent,
) -> Tissues:
    """The bone in every state between the given ones, from the cache if it is there, else solved and put there.

    Parameters
    ----------
    description, size_mm, support, more, use_cache, progress
        As for :func:`fea.solve.cached_basis`.
    support : {"fixed", "foundation", "free"}
        Support of the bone.
    states : sequence of TissueState
        The first one has the whole wall. They share laws and symmetry. Those with a wall that is too thin for the
        elements are excluded.
    counts : tuple of int
        Numbers of walls, where the states differ in it, and of ratios of the moduli, both at least 2.

    Raises
    ------
    fea.errors.InputError
        States as in :meth:`Tissues.at`.
    fea.errors.RunError
        The solution failed.
    """
    file, key = entry_of(description, size_mm, support, states, more, counts)
    if not use_cache:
        return _solved(description, size_mm, support, states, more, counts, progress)
    found = read_entry(file, key, lambda header, arrays: _unpacked(description, support, states[0], header, arrays))
    if found is None:
        found = _solved(description, size_mm, support, states, more, counts, progress)
        keep_entry(file, key, *_packed(found))
    return found


def entry_of(
    description: BoneDescription,
    size_mm: float,
    support: SupportKind,
    states: Sequence[TissueState],
    more: Collection[UnitLoad] = (),
    counts: tuple[int, int] = FULL,
) -> tuple[Path, str]:
    """File of the cache in which :func:`tissues` keeps its result, and its key."""
    borne = support_of(description, support)
    question = [basis_key(description, size_mm, borne, 2, state, more) for state in states]
    code = code_version((("fea.view", "tissues.py"), ("fea.view", "bone.py"), ("fea.strain", None)))
    key = hashlib.sha256(json.dumps([question, counts, code]).encode()).hexdigest()
    return cache_folder() / f"{key}.npz", key


def _solved(
    description: BoneDescription,
    size_mm: float,
    support: SupportKind,
    states: Sequence[TissueState],
    more: Collection[UnitLoad],
    counts: tuple[int, int],
    progress: Progress,
) -> Tissues:
    whole = states[0]
    bone = MeshedBone(description, size_mm, support_of(description, support), 2, progress, keep=True, more=more)
    states = _borne(description, bone.mesh, states)
    sample = _sampled(bone.mesh)
    moduli = np.array([_factors(description, sample, whole, state)[0] for state in states])
    walls, ratios = _walls(states, counts[0]), _ratios(moduli[:, 1] / moduli[:, 0], counts[1])
    vertices, _, _ = shown(bone.mesh)
    made: list[Snapshot] = []
    planes: list[Singles] = []
    displacement: list[Singles] = []
    reduced: list[Reduced] = []

    def keep(snapshot: Snapshot) -> None:
        progress(f"solve {len(planes) + 1} of {len(walls) * len(ratios)} tissues")
        planes.append(planes_at(snapshot.mesh, snapshot.strain, vertices))
        displacement.append(snapshot.displacement.T.astype(np.float32))
        made[:] = [snapshot]

    for kept in walls:
        state = whole.model_copy(update={"thickness_factor": (float(kept),) * 8})
        mesh, constants, one = bone.reduced(state, ratios, keep)
        if kept == walls[0]:
            elasticity = constants
        reduced.append(one)
    return Tissues(
        description=description,
        whole=whole,
        mesh=bone.mesh,
        elasticity=elasticity,
        loads=bone.loads,
        walls=walls,
        thinnest=mesh.points,
        reduced=tuple(reduced),
        planes=np.stack(planes, axis=1),
        displacement=np.stack(displacement, axis=1),
        nodes=made[-1].nodes,
        support=support,
        solver=made[-1].solver,
    )


def _borne(description: BoneDescription, mesh: BoneMesh, states: Sequence[TissueState]) -> Sequence[TissueState]:
    """States whose wall is not too thin for the elements."""
    thick_first = sorted(states, key=lambda state: -min(state.thickness_factor))
    for count in range(len(states), 1, -1):
        with suppress(GeometryError):
            thinned_wall(description, mesh, thick_first[count - 1])
            return thick_first[:count]
    return thick_first[:1]


def _walls(states: Sequence[TissueState], count: int) -> Floats:
    """One wall, or so many that are evenly spaced in the reciprocal of the remaining share."""
    thinnest = min(min(state.thickness_factor) for state in states)
    return np.array([1.0]) if thinnest == 1.0 else np.asarray(1.0 / np.linspace(1.0, 1.0 / thinnest, count))


def _ratios(asked: Floats, count: int) -> Floats:
    """So many ratios in geometric steps over the wanted ones; an inner one, the reference, comes last."""
    steps = np.geomspace(min(asked.min(), 0.9), max(asked.max(), 1.0), count)
    return np.roll(steps, 1)


def _packed(found: Tissues) -> tuple[Header, Arrays]:
    header, arrays = packed_bone(found.mesh, found.elasticity, found.loads)
    reduced = {f"{f.name} {k}": getattr(one, f.name) for k, one in enumerate(found.reduced) for f in fields(Reduced)}
    own = {name: getattr(found, name) for name in _KEPT}
    return {**header, "solver": found.solver}, {**arrays, **reduced, **own}


def _unpacked(
    description: BoneDescription, support: SupportKind, whole: TissueState, header: Header, arrays: Arrays
) -> Tissues:
    mesh, elasticity, loads = unpacked_bone(header, arrays)
    count = range(len(arrays["walls"]))
    reduced = tuple(Reduced(*(arrays[f"{f.name} {k}"] for f in fields(Reduced))) for k in count)
    own = {name: arrays[name] for name in _KEPT}
    solver = header["solver"]
    return Tissues(description, whole, mesh, elasticity, loads, reduced=reduced, support=support, solver=solver, **own)
