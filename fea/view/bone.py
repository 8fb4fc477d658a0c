# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A solved bone prepared for display: unit strains at its vertices, so that a frame is one small product."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh, outer_facets
from fea.case import BoneDescription
from fea.evaluate import SolvedBone
from fea.loading import Traction, UnitLoad
from fea.strain import MICROSTRAIN, vertex_mean
from fea.strain.invariants import PLANES
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ViewedBone:
    """Cortical and cancellous bone with the strain of its vertices under each unit load; without the marrow.

    Attributes
    ----------
    description : BoneDescription
        The bone.
    mesh : BoneMesh
        Its mesh, marrow and all.
    elasticity : Elasticity
        Elastic constants of its cells.
    loads : tuple of UnitLoad
        The unit loads.
    tractions : tuple of Traction
        Surface traction of each load.
    vertices : ndarray, int64, (n,)
        Numbers of the vertices in the mesh.
    cells : ndarray, int64, (k, 4)
        Tetrahedra by these vertices.
    facets : ndarray, int64, (t, 3)
        Triangles of the outer and of the inner surface, normals away from the bone.
    planes : ndarray, float32, (loads, 6 n)
        Strain in µε, transformed as :func:`fea.strain.invariants.extremes` takes it: plane by plane.
    displacement : ndarray, float32, (loads, 3 n)
        In mm, vertex by vertex.
    solved : callable
        Returns the solved bone, for all that needs more than its vertices.
    """

    description: BoneDescription
    mesh: BoneMesh
    elasticity: Elasticity
    loads: tuple[UnitLoad, ...]
    tractions: tuple[Traction, ...]
    vertices: Ints
    cells: Ints
    facets: Ints
    planes: Singles
    displacement: Singles
    solved: Callable[[], SolvedBone]

    @functools.cached_property
    def points(self) -> Floats:
        """Vertices in mm, shape (n, 3)."""
        return self.mesh.points[self.vertices]

    @property
    def modulus(self) -> Floats:
        """Young's modulus in MPa, shape (n,)."""
        return self._constants[:, 0]

    @property
    def density(self) -> Floats:
        """Wet apparent density in g/cm³, shape (n,)."""
        return self._constants[:, 1]

    @functools.cached_property
    def _constants(self) -> Floats:
        of_cells = np.column_stack([self.elasticity.modulus, self.elasticity.density])
        return vertex_mean(self.mesh, np.repeat(of_cells[:, None], 4, axis=1))[self.vertices]

    @functools.cached_property
    def anatomy(self) -> Anatomy:
        """Level, sector and site of any point of the bone."""
        return Anatomy(self.description)


def viewed(bone: SolvedBone) -> ViewedBone:
    """A solved bone prepared for display."""
    mesh, unit = bone.mesh, bone.unit
    vertices, cells, facets = shown(mesh)
    return ViewedBone(
        description=bone.description,
        mesh=mesh,
        elasticity=bone.elasticity,
        loads=bone.loads,
        tractions=bone.tractions,
        vertices=vertices,
        cells=cells,
        facets=facets,
        planes=planes_at(mesh, unit.strain, vertices),
        displacement=displacement_at(unit.displacement, vertices),
        solved=lambda: bone,
    )


def shown(mesh: BoneMesh) -> tuple[Ints, Ints, Ints]:
    """Vertices (n,), tetrahedra (k, 4) and facets (t, 3) of the displayed bone, as in :class:`ViewedBone`."""
    bone = mesh.cells[mesh.tissue != TISSUES.index("marrow")]
    vertices, cells = np.unique(bone, return_inverse=True)
    cells = cells.reshape(-1, 4)
    return vertices, cells, outer_facets(cells)


def planes_at(mesh: BoneMesh, strain: Floats, vertices: Ints) -> Singles:
    """Strain (loads, m, 4, 6) as :attr:`ViewedBone.planes`."""
    planes = np.empty((len(strain), 6, len(vertices)), dtype=np.float32)
    for load, six in enumerate(strain):
        planes[load] = PLANES @ (vertex_mean(mesh, six)[vertices].T * MICROSTRAIN)
    return planes.reshape(len(strain), -1)


def displacement_at(displacement: Floats, vertices: Ints) -> Singles:
    """Displacement (loads, vertices of the mesh, 3) as :attr:`ViewedBone.displacement`."""
    return displacement[:, vertices].astype(np.float32).reshape(len(displacement), -1)
