# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The basis of a bone: one column for each force and moment that an activity can apply, solved as one block."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh, mesh_bone
from fea.case import FIBULA, BoneDescription, TissueState, healthy
from fea.errors import unknown
from fea.files import Progress, silent
from fea.loading import Load, PathLoad, SurfaceLoad, UnitLoad, surface_load
from fea.solve.backend import ONE_AT_A_TIME
from fea.solve.reduced import Reduced
from fea.solve.support import Support
from fea.solve.unit import Bar, LoadedBone, Snapshot, UnitStrains
from fea.tissue import Elasticity, check_laws, elasticity, thinned_wall

Floats = npt.NDArray[np.float64]
STEPS = ("cache", "mesh", "assemble", "factorise", "solve", "strain")
"""Steps of :attr:`Basis.wall_s`: reading and writing the cache, then meshing and solving."""


@dataclass(frozen=True)
class Basis:
    """A bone with its response to every unit load.

    ``loads`` are the columns, ``tractions`` what each puts on the surface, ``unit`` the response to each;
    ``wall_s`` the seconds this took, step by step, 0 for what came from the cache.
    """

    mesh: BoneMesh
    elasticity: Elasticity
    loads: tuple[Load, ...]
    tractions: tuple[SurfaceLoad, ...]
    unit: UnitStrains
    wall_s: Mapping[str, float]

    def chosen(self, loads: Sequence[Load]) -> Basis:
        """Basis with these columns only, in this order, such as those of a load history.

        Raises
        ------
        fea.errors.InputError
            A load that is not a column: its region is a support, is unknown, or takes no moment.
        """
        k = columns_of(self.loads, loads)
        u = self.unit
        strain = np.moveaxis(np.moveaxis(u.strain, 0, -1)[..., k], -1, 0)
        unit = replace(u, strain=strain, displacement=u.displacement[k], reaction=u.reaction[k], pins=u.pins[k])
        unit = replace(unit, fibula=u.fibula[k])
        return replace(self, loads=tuple(loads), tractions=tuple(self.tractions[i] for i in k), unit=unit)


def columns_of(available: Sequence[Load], wanted: Sequence[Load]) -> list[int]:
    """Place of each wanted load among the available ones.

    Raises
    ------
    fea.errors.InputError
        A load that is not available: its region is a support, is unknown, or takes no moment.
    """
    column = {load: k for k, load in enumerate(available)}
    for load in wanted:
        if load not in column:
            if isinstance(load, PathLoad):
                raise unknown("muscle path", load.path, [x.path for x in available if isinstance(x, PathLoad)])
            kind = "moment" if load.moment else "force"
            regions = {x.region for x in available if isinstance(x, UnitLoad) and x.moment == load.moment}
            raise unknown(f"{kind} along or about axis {load.axis} in the basis on the region", load.region, regions)
    return [column[load] for load in wanted]


def basis_loads(
    bone: BoneDescription, support_regions: Collection[str], more: Collection[UnitLoad] = ()
) -> tuple[Load, ...]:
    """Unit loads of a bone: on its joint surfaces, along its muscle paths, and what else is asked for.

    Joint surfaces, at the ends, take three forces and three moments. A region of the shaft that serves a muscle path
    is loaded through the path, another one by three forces. ``more`` names loads beside these.

    Raises
    ------
    fea.errors.InputError
        A support region that the bone lacks.

    Examples
    --------
    >>> from fea.case import read_bone
    >>> bone = read_bone("tibia")
    >>> len(basis_loads(bone, bone.support.regions)), len(basis_loads(bone, ()))
    (26, 38)
    """
    for name in support_regions:
        if name not in bone.regions:
            raise unknown("region", name, bone.regions)
    loadable = {name: region for name, region in bone.regions.items() if name not in support_regions}
    through_paths = bone.path_regions
    forces = [UnitLoad(name, False, axis) for name in loadable if name not in through_paths for axis in range(3)]
    ends = [name for name, region in loadable.items() if region.on != "shaft"]
    moments = [UnitLoad(name, True, axis) for name in ends for axis in range(3)]
    paths = [PathLoad(name) for name in bone.paths]
    fixed: list[Load] = [*forces, *moments, *paths]
    return (*fixed, *(load for load in more if load not in fixed and load.region not in support_regions))


class MeshedBone:
    """A bone meshed once with all its unit loads, solved for one tissue after another.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    size_mm : float
        Edge length of the elements in mm.
    support : Support
        Its support.
    degree : {1, 2}
        Degree of the displacement.
    progress : callable, optional
        Progress callback.
    keep : bool
        Whether more tissues will follow; then the factor stays in memory between them.
    mesh : BoneMesh, optional
        Its mesh, where it is known already.
    more : collection of UnitLoad
        Loads beside the usual ones of the bone.
    """

    def __init__(
        self,
        description: BoneDescription,
        size_mm: float,
        support: Support,
        degree: int = 2,
        progress: Progress = silent,
        *,
        keep: bool = False,
        mesh: BoneMesh | None = None,
        more: Collection[UnitLoad] = (),
    ) -> None:
        self._description, self._progress = description, progress
        self.loads = basis_loads(description, support.regions, more)
        begin = time.perf_counter()
        if mesh is None:
            progress("mesh")
            mesh = mesh_bone(description, size_mm)
        self._mesh_s = time.perf_counter() - begin
        self.mesh = mesh
        self._tractions = tuple(surface_load(mesh, load) for load in self.loads)
        self._loaded = LoadedBone(mesh, support, self._tractions, degree, keep=keep, bar=_fibula(description, mesh))

    def basis(self, tissue: TissueState) -> Basis:
        """Basis for a tissue, its wall as the tissue has it; the first one's seconds hold the meshing.

        Raises
        ------
        fea.errors.InputError
            The bone lacks a region of the support, or a density is outside its law.
        fea.errors.RunError
            The solution failed.
        """
        self._progress("solve")
        begin = time.perf_counter()
        mesh = thinned_wall(self._description, self.mesh, tissue)
        constants = elasticity(self._description, mesh, tissue)
        self._mesh_s += time.perf_counter() - begin
        unit = self._loaded.unit_strains(constants, mesh)
        wall = {"cache": 0.0, "mesh": self._mesh_s, **unit.wall_s}
        self._mesh_s = 0.0
        return Basis(mesh, constants, self.loads, with_fibula(mesh, self._tractions, unit.fibula), unit, wall)

    def reduced(
        self, tissue: TissueState, ratios: Floats, keep: Callable[[Snapshot], None]
    ) -> tuple[BoneMesh, Elasticity, Reduced]:
        """Reduced basis of the bone, with the wall of a tissue: combinations of solutions for other moduli.

        Parameters
        ----------
        tissue : TissueState
            To which the factors of the moduli belong.
        ratios, keep
            As for :meth:`fea.solve.unit.LoadedBone.reduced`.

        Raises
        ------
        fea.errors.InputError, fea.errors.RunError
            As for :meth:`basis`.
        """
        mesh = thinned_wall(self._description, self.mesh, tissue)
        constants = elasticity(self._description, mesh, tissue)
        return mesh, constants, self._loaded.reduced(constants, ratios, keep, mesh)


def solved_basis(
    description: BoneDescription,
    size_mm: float,
    support: Support,
    degree: int = 2,
    progress: Progress = silent,
    tissue: TissueState | None = None,
    more: Collection[UnitLoad] = (),
) -> Basis:
    """Basis of a bone, solved without the cache.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    size_mm : float
        Edge length of the elements in mm.
    support : Support
        Its support.
    degree : {1, 2}
        Degree of the displacement.
    progress : callable, optional
        Progress callback.
    tissue : TissueState, optional
        State of the tissue; by default that of a healthy adult.
    more : collection of UnitLoad
        Loads beside the usual ones of the bone.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, lacks a region of the support, or has a density outside
        its law.
    fea.errors.RunError
        The solution failed.
    """
    state = healthy() if tissue is None else tissue
    check_laws(state)
    with ONE_AT_A_TIME:
        return MeshedBone(description, size_mm, support, degree, progress, more=more).basis(state)


def with_fibula(mesh: BoneMesh, loads: Sequence[SurfaceLoad], force: Floats) -> tuple[SurfaceLoad, ...]:
    """Loads together with what the fibula, of force (loads,) in N, does to the bone under each."""
    if not force.any():
        return tuple(loads)
    bar = surface_load(mesh, PathLoad(FIBULA))
    return tuple(load.with_parts_of(bar.scaled(float(f))) for load, f in zip(loads, force, strict=True))


def _fibula(description: BoneDescription, mesh: BoneMesh) -> Bar | None:
    """The fibula of a bone as a bar."""
    fibula = description.fibula
    if fibula is None or fibula.stiffness_n_per_mm == 0.0:
        return None
    return Bar(surface_load(mesh, PathLoad(FIBULA)), fibula.stiffness_n_per_mm)
