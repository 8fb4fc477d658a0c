# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Thick-walled cylinder under internal pressure with open ends, against Lamé's solution.

With inner and outer radius a, b and A = p a² / (b² − a²):
σ_r = A (1 − b²/r²), σ_θ = A (1 + b²/r²), σ_y = 0,
u_r = A ((1 − ν) r + (1 + ν) b²/r) / E, u_y = −2 ν A y / E
(Timoshenko & Goodier, Theory of Elasticity, § 28). It holds in three dimensions, ends included.
"""

from __future__ import annotations

import numpy as np
import pytest

from fea.solve import ElasticBody
from fea.strain import tensors
from fea.tissue import Elasticity

INNER, OUTER, LENGTH = 10.0, 20.0, 20.0
PRESSURE, MODULUS, POISSON = 10.0, 17e3, 0.3
LAME = PRESSURE * INNER**2 / (OUTER**2 - INNER**2)


def radial_displacement(r):
    return LAME * ((1.0 - POISSON) * r + (1.0 + POISSON) * OUTER**2 / r) / MODULUS


def exact(x):
    r = np.hypot(x[0], x[2])
    u = radial_displacement(r)
    return np.array([u * x[0] / r, -2.0 * POISSON * LAME * x[1] / MODULUS, u * x[2] / r])


def pressure_load(body, facets):
    """Return the load vector of t = −p n on ``facets``, which no affine traction of the library gives."""
    import ufl
    from dolfinx import fem
    from dolfinx import mesh as dmesh

    facets = np.sort(facets)
    tags = dmesh.meshtags(body.mesh, 2, facets, np.ones(len(facets), dtype=np.int32))
    ds = ufl.Measure("ds", domain=body.mesh, subdomain_data=tags)
    load = -PRESSURE * ufl.inner(ufl.FacetNormal(body.mesh), ufl.TestFunction(body.space)) * ds(1)
    return fem.assemble_vector(fem.form(load)).array.copy()


@pytest.fixture(scope="module")
def pressurised(tube):
    """Mesh, displacement of its vertices and strain at the corners of its cells."""
    mesh = tube((OUTER, OUTER), INNER / OUTER, LENGTH, around=40, wall=5, along=4)
    body = ElasticBody(mesh.points, mesh.cells, np.full(len(mesh.cells), MODULUS), POISSON)
    # One outer facet is held where Lamé has it: that stops the rigid motions and nothing else.
    nodes = body.fixed_nodes(mesh.facets[mesh.regions["outside"][:1]])
    prescribed = np.zeros((body.dofs // 3, 3))
    prescribed[nodes] = body.interpolated(exact).reshape(-1, 3)[nodes]
    inside = body.facets(mesh.facets[mesh.regions["inside"]])
    rest = pressure_load(body, inside) - body.internal_force(prescribed.ravel())
    u = body.factorised(nodes).solve(rest[:, None])[:, 0] + prescribed.ravel()
    return mesh, body.at_vertices(u[:, None])[0], tensors(body.strains(u[:, None])[0])


# The polygon of 40 corners that stands for each wall has the circle's area but corners 0.2 % outside it;
# the rest of 1 % is left to the elements.
WITHIN = 0.01


@pytest.mark.parametrize("wall", ["inside", "outside"])
def test_radial_displacement_is_that_of_lame(pressurised, wall):
    mesh, displacement, _ = pressurised
    vertices = np.unique(mesh.facets[mesh.regions[wall]])
    place = mesh.points[vertices]
    r = np.hypot(place[:, 0], place[:, 2])
    outwards = (displacement[vertices][:, [0, 2]] * place[:, [0, 2]]).sum(axis=1) / r
    np.testing.assert_allclose(outwards, radial_displacement(r), rtol=WITHIN)


@pytest.mark.parametrize("wall", ["inside", "outside"])
def test_hoop_strain_and_stress_are_those_of_lame(pressurised, wall):
    mesh, _, strain = pressurised
    stress = Elasticity(np.ones(len(mesh.cells)), np.full(len(mesh.cells), MODULUS), POISSON).stress(strain)
    on_wall = np.isin(mesh.cells, np.unique(mesh.facets[mesh.regions[wall]]))
    place = mesh.points[mesh.cells][on_wall]
    r = np.hypot(place[:, 0], place[:, 2])
    around = np.column_stack([-place[:, 2], np.zeros(len(r)), place[:, 0]]) / r[:, None]
    hoop_strain, hoop_stress = (np.einsum("ki,kij,kj->k", around, t[on_wall], around) for t in (strain, stress))
    radius = {"inside": INNER, "outside": OUTER}[wall]
    # ε_θ = u_r / r; means over the wall.
    assert hoop_strain.mean() == pytest.approx(radial_displacement(radius) / radius, rel=WITHIN)
    assert hoop_stress.mean() == pytest.approx(LAME * (1.0 + OUTER**2 / radius**2), rel=WITHIN)
