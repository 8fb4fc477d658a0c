# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Unit strains: every unit load solved with one factorisation and handed on as plain arrays."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.loading import Traction
from fea.solve.body import ElasticBody
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]

COMPONENTS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Order of the six tensor components in :attr:`UnitStrains.strain`."""


@dataclass(frozen=True)
class UnitStrains:
    """What each unit load does to the bone.

    Attributes
    ----------
    strain : ndarray, float64, (loads, m, 4, 6)
        Strain at the four corners of each cell, components in the order of :data:`COMPONENTS`.
    displacement : ndarray, float64, (loads, n, 3)
        Displacement of the vertices in mm.
    reaction : ndarray, float64, (loads, 6)
        Force in N and moment about the origin in N·mm that the supports exert.
    dofs : int
        Number of unknowns.
    wall_s : mapping of str to float
        Seconds spent to assemble, factorise, solve and evaluate strains.
    """

    strain: Floats
    displacement: Floats
    reaction: Floats
    dofs: int
    wall_s: Mapping[str, float]


def unit_strains(
    mesh: BoneMesh,
    elasticity: Elasticity,
    fixed: Sequence[str],
    tractions: Sequence[Traction],
    degree: int = 2,
) -> UnitStrains:
    """Return the response to each unit load of a bone that is held on the ``fixed`` regions.

    Raises
    ------
    fea.errors.RunError
        The stiffness cannot be factorised.
    """
    ticks = [time.perf_counter()]
    body = ElasticBody(mesh.points, mesh.cells, elasticity.modulus, elasticity.poisson, degree)
    held = body.fixed_nodes(mesh.facets[np.concatenate([mesh.regions[name] for name in fixed])])
    loads = _load_vectors(body, mesh, tractions)
    ticks.append(time.perf_counter())
    factor = body.factorised(held)
    ticks.append(time.perf_counter())
    u = factor.solve(loads)
    ticks.append(time.perf_counter())
    strain = np.empty((len(tractions), len(mesh.cells), 4, 6))
    for k in range(len(tractions)):
        tensor = body.strain(u[:, k])
        for position, (i, j) in enumerate(COMPONENTS):
            strain[k, :, :, position] = tensor[..., i, j]
    displacement = np.stack([body.at_vertices(u[:, k]) for k in range(len(tractions))])
    reaction = _reactions(body, factor.held, u, loads)
    ticks.append(time.perf_counter())
    wall = dict(zip(("assemble", "factorise", "solve", "strain"), np.diff(ticks).tolist(), strict=True))
    return UnitStrains(strain, displacement, reaction, body.dofs, wall)


def _load_vectors(body: ElasticBody, mesh: BoneMesh, tractions: Sequence[Traction]) -> Floats:
    """Return the load vectors (dofs, loads), assembled region by region."""
    loads = np.empty((body.dofs, len(tractions)))
    for region in dict.fromkeys(t.patch.region for t in tractions):
        columns = [k for k, t in enumerate(tractions) if t.patch.region == region]
        triangles = mesh.facets[tractions[columns[0]].patch.facets]
        affine = [(tractions[k].a, tractions[k].b, tractions[k].c) for k in columns]
        loads[:, columns] = body.traction_loads(triangles, affine)
    return loads


def _reactions(body: ElasticBody, held: npt.NDArray[np.int64], u: Floats, loads: Floats) -> Floats:
    """Return the resultants (loads, 6) of the nodal forces that hold the supports.

    With r a rigid motion restricted to the held nodes, r · (K u − f) is the resultant; K r serves all
    loads.
    """
    nodes = body.nodes()
    resultants = np.empty((u.shape[1], 6))
    for k in range(6):
        rigid = np.zeros_like(nodes)
        if k < 3:
            rigid[:, k] = 1.0
        else:
            rigid[:] = np.cross(np.eye(3)[k - 3], nodes)
        held_part = np.zeros(nodes.size)
        held_part[held] = rigid.ravel()[held]
        resultants[:, k] = body.internal_force(held_part) @ u - held_part @ loads
    return resultants
