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
from fea.case import BoneDescription, Region, TissueState, healthy
from fea.errors import unknown
from fea.files import Progress, silent
from fea.loading import Traction, UnitLoad, unit_traction
from fea.solve.backend import ONE_AT_A_TIME
from fea.solve.reduced import Reduced
from fea.solve.support import Support
from fea.solve.unit import LoadedBone, Snapshot, UnitStrains
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
    loads: tuple[UnitLoad, ...]
    tractions: tuple[Traction, ...]
    unit: UnitStrains
    wall_s: Mapping[str, float]

    def chosen(self, loads: Sequence[UnitLoad]) -> Basis:
        """Basis with these columns only, in this order, such as those of a load history.

        Raises
        ------
        fea.errors.InputError
            A load that is not a column: its region is a support, is unknown, or takes no moment.
        """
        k = columns_of(self.loads, loads)
        u = self.unit
        unit = replace(u, strain=u.strain[k], displacement=u.displacement[k], reaction=u.reaction[k], pins=u.pins[k])
        return replace(self, loads=tuple(loads), tractions=tuple(self.tractions[i] for i in k), unit=unit)


def columns_of(available: Sequence[UnitLoad], wanted: Sequence[UnitLoad]) -> list[int]:
    """Place of each wanted load among the available ones.

    Raises
    ------
    fea.errors.InputError
        A load that is not available: its region is a support, is unknown, or takes no moment.
    """
    column = {load: k for k, load in enumerate(available)}
    for load in wanted:
        if load not in column:
            kind = "moment" if load.moment else "force"
            regions = {other.region for other in available if other.moment == load.moment}
            raise unknown(f"{kind} along or about axis {load.axis} in the basis on the region", load.region, regions)
    return [column[load] for load in wanted]


def basis_loads(regions: Mapping[str, Region], support_regions: Collection[str]) -> tuple[UnitLoad, ...]:
    """Unit loads: three forces on each region that is no support, three moments on those at an end of the bone.

    Joint surfaces lie at the ends; on the shaft muscles and tendons pull, which pass on no moment.

    Raises
    ------
    fea.errors.InputError
        A support region that the bone lacks.

    Examples
    --------
    >>> from fea.case import read_bone
    >>> bone = read_bone("tibia")
    >>> len(basis_loads(bone.regions, bone.support.regions)), len(basis_loads(bone.regions, ()))
    (30, 42)
    """
    for name in support_regions:
        if name not in regions:
            raise unknown("region", name, regions)
    loadable = {name: region for name, region in regions.items() if name not in support_regions}
    forces = [UnitLoad(name, False, axis) for name in loadable for axis in range(3)]
    ends = [name for name, region in loadable.items() if region.on != "shaft"]
    return (*forces, *(UnitLoad(name, True, axis) for name in ends for axis in range(3)))


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
    ) -> None:
        self._description, self._progress = description, progress
        self.loads = basis_loads(description.regions, support.regions)
        begin = time.perf_counter()
        if mesh is None:
            progress("mesh")
            mesh = mesh_bone(description, size_mm)
        self._mesh_s = time.perf_counter() - begin
        self.mesh = mesh
        self._tractions = tuple(unit_traction(mesh, load) for load in self.loads)
        self._loaded = LoadedBone(mesh, support, self._tractions, degree, keep=keep)

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
        return Basis(mesh, constants, self.loads, self._tractions, unit, wall)

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
            As for :meth:`basis`; and a free bone.
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
        return MeshedBone(description, size_mm, support, degree, progress).basis(state)
