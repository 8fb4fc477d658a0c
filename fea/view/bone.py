# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A solved bone prepared for display: unit strains at its vertices, so that a frame is one small product."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from fea.bone import TISSUES, Anatomy, BoneMesh, outer_facets
from fea.case import BoneDescription
from fea.evaluate import SolvedBone
from fea.loading import Load, SurfaceLoad
from fea.strain import MICROSTRAIN, unit_at_vertices, vertex_mean
from fea.strain.invariants import PLANES
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Reals = npt.NDArray[np.float64 | np.float32]
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
    loads : tuple of Load
        The unit loads.
    tractions : tuple of SurfaceLoad
        Surface traction of each load.
    vertices : ndarray, int64, (n,)
        Numbers of the vertices in the mesh.
    cells : ndarray, int64, (k, 4)
        Tetrahedra by these vertices.
    facets : ndarray, int64, (t, 3)
        Triangles of the outer and of the inner surface, normals away from the bone.
    planes : ndarray, float64 or float32, (loads, 6 n)
        Strain in µε, transformed as :func:`fea.strain.invariants.extremes` takes it: plane by plane. Single precision
        where it is combined from several bones.
    displacement : ndarray, float64 or float32, (loads, 3 n)
        In mm, vertex by vertex.
    solved : callable
        Returns the solved bone, for all that needs more than its vertices.
    """

    description: BoneDescription
    mesh: BoneMesh
    elasticity: Elasticity
    loads: tuple[Load, ...]
    tractions: tuple[SurfaceLoad, ...]
    vertices: Ints
    cells: Ints
    facets: Ints
    planes: Reals
    displacement: Reals
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
    def stress_planes(self) -> Floats:
        """Stress in MPa under each unit load as :attr:`planes`, shape (loads, 6 n)."""
        bone = self.solved()
        _, stress = unit_at_vertices(bone.mesh, bone.elasticity, bone.unit)
        return np.stack([PLANES @ six[self.vertices].T for six in stress]).reshape(len(stress), -1)

    @functools.cached_property
    def outside(self) -> Ints:
        """Triangles (t, 3) of the outer surface by these vertices."""
        place = np.zeros(len(self.mesh.points), dtype=np.int64)
        place[self.vertices] = np.arange(len(self.vertices))
        return np.asarray(place[self.mesh.facets])

    @functools.cached_property
    def nearest_cell(self) -> Ints:
        """Cell of the mesh whose centroid is nearest to each vertex, shape (n,)."""
        return np.asarray(cKDTree(self.mesh.centroids).query(self.points)[1], dtype=np.int64)

    @functools.cached_property
    def site(self) -> list[str]:
        """Site of each vertex, n in number."""
        return self.anatomy.site(self.points)

    @functools.cached_property
    def tissue(self) -> Ints:
        """Index of the tissue of each cell of :attr:`cells`, shape (k,)."""
        return np.asarray(self.mesh.tissue[self.mesh.tissue != TISSUES.index("marrow")])

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
        planes=_planes(mesh, unit.strain, vertices, np.dtype(np.float64)),
        displacement=unit.displacement[:, vertices].reshape(len(unit.displacement), -1),
        solved=lambda: bone,
    )


def shown(mesh: BoneMesh) -> tuple[Ints, Ints, Ints]:
    """Vertices (n,), tetrahedra (k, 4) and facets (t, 3) of the displayed bone, as in :class:`ViewedBone`."""
    bone = mesh.cells[mesh.tissue != TISSUES.index("marrow")]
    vertices, cells = np.unique(bone, return_inverse=True)
    cells = cells.reshape(-1, 4)
    return vertices, cells, outer_facets(cells)


def planes_at(mesh: BoneMesh, strain: Floats, vertices: Ints) -> Singles:
    """Strain (loads, m, 4, 6) as :attr:`ViewedBone.planes`, in single precision."""
    return _planes(mesh, strain, vertices, np.dtype(np.float32))


def _planes[R: (np.float64, np.float32)](
    mesh: BoneMesh, strain: Floats, vertices: Ints, kind: np.dtype[R]
) -> npt.NDArray[R]:
    planes = np.empty((len(strain), 6, len(vertices)), dtype=kind)
    for load, six in enumerate(strain):
        planes[load] = PLANES @ (vertex_mean(mesh, six)[vertices].T * MICROSTRAIN)
    return planes.reshape(len(strain), -1)
