# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A solved bone: mesh, tissue and unit strains, and all that follows from them alone, computed when needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh
from fea.case import BoneDescription, Case, SupportKind
from fea.errors import RunError
from fea.evaluate.cortex import measured_cortex
from fea.evaluate.history import excluded_zone
from fea.evaluate.places import places_of
from fea.files import Progress, silent
from fea.loading import Load, PathLoad, SurfaceLoad, more_loads, unit_section_loads
from fea.risk import Cortex
from fea.solve import Basis, SolverName, UnitStrains, balance, cached_bases, cached_basis, columns_of, support_of
from fea.strain import (
    UnitGauge,
    UnitQuadrature,
    gauge_vertices,
    integrated_loads,
    loads_first,
    loads_last,
    section_rotations,
    superposed,
    unit_at_cells,
    unit_at_quadrature,
    unit_at_vertices,
    unit_gauges,
)
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


_TRACKED_LEVELS = (0.20, 0.80)
"""Between which bending and torsion of the bone are measured."""
_CHECKED_LEVELS = (0.25, 0.50, 0.66)
_LARGEST_GAP = 0.1


@dataclass(frozen=True, eq=False)
class SolvedBone:
    """A bone solved for every unit load that an activity can apply.

    Attributes
    ----------
    description : BoneDescription
        The bone.
    support : {"fixed", "foundation", "free"}
        Its support.
    basis : Basis
        Mesh, elasticity, unit loads with their tractions, unit strains.
    """

    description: BoneDescription
    support: SupportKind
    basis: Basis
    _chosen: dict[tuple[Load, ...], tuple[list[int], Floats]] = field(default_factory=dict, init=False, repr=False)

    @property
    def mesh(self) -> BoneMesh:
        """The tetrahedra with their regions."""
        return self.basis.mesh

    @property
    def elasticity(self) -> Elasticity:
        """Elastic constants and density of the cells."""
        return self.basis.elasticity

    @property
    def loads(self) -> tuple[Load, ...]:
        """The unit loads."""
        return self.basis.loads

    @property
    def tractions(self) -> tuple[SurfaceLoad, ...]:
        """Surface traction of each unit load."""
        return self.basis.tractions

    @property
    def unit(self) -> UnitStrains:
        """The response to each unit load."""
        return self.basis.unit

    @property
    def solver(self) -> SolverName:
        """Name of the linear solver."""
        return self.basis.unit.solver

    @cached_property
    def anatomy(self) -> Anatomy:
        """Level, sector and site of any point."""
        return Anatomy(self.description)

    @cached_property
    def mineralised(self) -> Mask:
        """Cells of cortical or cancellous bone, shape (m,)."""
        return np.asarray(self.mesh.tissue != TISSUES.index("marrow"))

    @cached_property
    def cells(self) -> Ints:
        """Numbers of the mineralised cells, shape (p,)."""
        return np.flatnonzero(self.mineralised)

    @cached_property
    def at_cells(self) -> Floats:
        """Mean strain of each cell under each unit load, shape (loads, m, 6)."""
        return unit_at_cells(self.unit)

    @cached_property
    def at_quadrature(self) -> UnitQuadrature:
        """Strain at the quadrature points of the mineralised cells, p in number, under each unit load."""
        return unit_at_quadrature(self.unit, self.cells)

    @cached_property
    def at_vertices(self) -> tuple[Floats, Floats]:
        """Strain, and under gauges stress in MPa, at the vertices under each unit load, shapes (loads, n, 6)."""
        under = gauge_vertices(self.description, self.mesh, self.description.gauges)
        return unit_at_vertices(self.mesh, self.elasticity, self.unit, under)

    @cached_property
    def gauges(self) -> list[UnitGauge]:
        """Reading of each gauge under each unit load."""
        return unit_gauges(self.description, self.mesh, self.description.gauges, *self.at_vertices)

    @cached_property
    def places(self) -> Ints:
        """Number of the place, by level and sector, of each mineralised cell, shape (p,)."""
        return places_of(self.anatomy, self.mesh.centroids[self.cells])

    @cached_property
    def cortex(self) -> Cortex:
        """The cortical cells with their sites, and the sections of the shaft."""
        return measured_cortex(self.description, self.mesh)

    @cached_property
    def beam_loads(self) -> Floats:
        """Section loads (loads, k, 6) of each unit load at the sections of :attr:`cortex`, N and N·mm."""
        return unit_section_loads(self.tractions, self.cortex.sections.center)

    @cached_property
    def rotations(self) -> Floats:
        """Rotation in rad about x, y, z of the section at 80 % against that at 20 % for each unit load, (loads, 3)."""
        lower, upper = (level * self.anatomy.length for level in _TRACKED_LEVELS)
        moved = self.unit.displacement
        return section_rotations(self.mesh, moved, upper) - section_rotations(self.mesh, moved, lower)

    def columns(self, loads: tuple[Load, ...]) -> tuple[list[int], Floats]:
        """Places of these loads among the unit loads, and their part of :attr:`at_cells`, shape (loads, m, 6).

        Raises
        ------
        fea.errors.InputError
            A load that the bone was not solved for.
        """
        if loads not in self._chosen:
            columns = columns_of(self.loads, loads)
            self._chosen[loads] = columns, loads_first(loads_last(self.at_cells)[..., columns])
        return self._chosen[loads]

    @cached_property
    def excluded(self) -> Mask:
        """Cells in the Saint-Venant zones of supports and loads, shape (m,); the same for all loads."""
        return excluded_zone(self.description, self.mesh, self.mesh.centroids)

    @cached_property
    def excluded_vertices(self) -> Mask:
        """Vertices in those zones, shape (n,)."""
        return excluded_zone(self.description, self.mesh, self.mesh.points)


def solved_bone(case: Case, *others: Case, use_cache: bool = True, progress: Progress = silent) -> SolvedBone:
    """Solved bone of a case, from the cache if it is there.

    Parameters
    ----------
    case : Case
        The question.
    *others : Case
        Other activities of the same bone, whose loads it is solved for as well.
    use_cache : bool
        Whether a bone solved earlier may serve, and this one be kept.
    progress : callable, optional
        Hears each step as it begins.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed, or a unit load is out of balance.
    """
    support, more = support_of(case.bone, case.support), more_loads(case, *others)
    basis = cached_basis(
        case.bone, case.size_mm, support, tissue=case.tissue, more=more, use_cache=use_cache, progress=progress
    )
    return _balanced(SolvedBone(case.bone, case.support, basis))


def solved_bones(cases: Sequence[Case], *, use_cache: bool = True, progress: Progress = silent) -> Iterator[SolvedBone]:
    """Solved bones of cases that differ in tissue only, on one mesh and one symbolic factorisation.

    Parameters and errors are those of :func:`solved_bone`.
    """
    first = cases[0]
    support = support_of(first.bone, first.support)
    tissues, more = [case.tissue for case in cases], more_loads(*cases)
    for basis in cached_bases(
        first.bone, first.size_mm, support, tissues, more=more, use_cache=use_cache, progress=progress
    ):
        yield _balanced(SolvedBone(first.bone, first.support, basis))


def _balanced(bone: SolvedBone) -> SolvedBone:
    """Check the equilibrium of every unit load, from which that of every frame follows, and the stress of all together.

    What comes from the cache may have been changed there: halved strains, say, are in perfect equilibrium.
    """
    for one in np.eye(len(bone.loads)):
        balance(bone.unit, bone.tractions, one)
    if bone.support != "free":  # alone, unit loads accelerate a free bone; its cases are checked with their reaction
        _check_sections(bone)
    return bone


def _check_sections(bone: SolvedBone) -> None:
    together = np.array([float(isinstance(x, PathLoad) or not x.moment) for x in bone.loads])
    centers = np.array([bone.anatomy.section_center(level) for level in _CHECKED_LEVELS])
    stress = integrated_loads(
        bone.mesh, bone.elasticity, superposed(bone.unit, together), np.array(_CHECKED_LEVELS), centers
    )
    expected = np.tensordot(together, unit_section_loads(bone.tractions, centers), axes=1)
    off = np.abs(np.hstack([stress.force, stress.moment]) - expected).max(axis=0)
    size = np.abs(expected).max(axis=0)
    gap = float((off[:3].max() / size[:3].max() + off[3:].max() / size[3:].max()) / 2.0)
    if not gap <= _LARGEST_GAP:
        raise RunError(
            f"the stress of the solved bone carries its loads with an error of {100.0 * gap:.0f} %; allowed: "
            f"{100.0 * _LARGEST_GAP:.0f} %. If it came from the cache, run it without."
        )
