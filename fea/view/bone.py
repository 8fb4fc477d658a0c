# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A solved bone made ready to be looked at: unit strains at its vertices, so that a frame is one small product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy
from fea.case import BoneDescription
from fea.risk import Sections, measured_sections
from fea.solve import Basis
from fea.strain import MICROSTRAIN, unit_at_cells, vertex_mean
from fea.strain.invariants import PLANES

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_FACES = ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1))


@dataclass(frozen=True)
class ViewedBone:
    """Cortical and cancellous bone with what its vertices feel under each unit load; the marrow is left out.

    Attributes
    ----------
    description : BoneDescription
        The bone.
    basis : Basis
        Its response to every unit load.
    anatomy : Anatomy
        Names places on it.
    points : ndarray, float64, (n, 3)
        Vertices in mm.
    vertices : ndarray, int64, (n,)
        Their numbers in the mesh of the basis.
    cells : ndarray, int64, (m, 4)
        Tetrahedra as rows of ``points``.
    facets : ndarray, int64, (k, 3)
        Triangles of the outer and of the inner surface, normals away from the bone.
    planes : ndarray, float32, (loads, 6 n)
        Strain in µε, transformed as :func:`fea.strain.invariants.extremes` takes it: plane by plane.
    displacement : ndarray, float32, (loads, 3 n)
        In mm, vertex by vertex.
    modulus : ndarray, float64, (n,)
        Young's modulus in MPa.
    density : ndarray, float64, (n,)
        Wet apparent density in g/cm³.
    sections : Sections
        Of the shaft, for damage.
    at_cells : ndarray, float64, (loads, all cells of the mesh, 6)
        Mean strain of the cells under each unit load.
    """

    description: BoneDescription
    basis: Basis
    anatomy: Anatomy
    points: Floats
    vertices: Ints
    cells: Ints
    facets: Ints
    planes: Singles
    displacement: Singles
    modulus: Floats
    density: Floats
    sections: Sections
    at_cells: Floats


def viewed(description: BoneDescription, basis: Basis) -> ViewedBone:
    """Return a solved bone ready to be looked at."""
    mesh, unit = basis.mesh, basis.unit
    bone = mesh.cells[mesh.tissue != TISSUES.index("marrow")]
    vertices, cells = np.unique(bone, return_inverse=True)
    loads, n = len(unit.strain), len(vertices)
    planes = np.empty((loads, 6, n), dtype=np.float32)
    for load, six in enumerate(unit.strain):
        planes[load] = PLANES @ (vertex_mean(mesh, six)[vertices].T * MICROSTRAIN)
    constants = np.column_stack([basis.elasticity.modulus, basis.elasticity.density])
    modulus, density = vertex_mean(mesh, np.repeat(constants[:, None], 4, axis=1))[vertices].T
    return ViewedBone(
        description=description,
        basis=basis,
        anatomy=Anatomy(description),
        points=mesh.points[vertices],
        cells=cells.reshape(-1, 4),
        facets=outer_facets(cells.reshape(-1, 4)),
        planes=planes.reshape(loads, 6 * n),
        displacement=unit.displacement[:, vertices].astype(np.float32).reshape(loads, 3 * n),
        vertices=vertices,
        modulus=modulus,
        density=density,
        sections=measured_sections(description, basis),
        at_cells=unit_at_cells(unit),
    )


def outer_facets(cells: Ints) -> Ints:
    """Return the triangles (k, 3) that belong to one tetrahedron of ``cells`` (m, 4) only, normals outwards."""
    faces = cells[:, _FACES].reshape(-1, 3)
    _, first, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    return np.asarray(faces[first[count == 1]])
