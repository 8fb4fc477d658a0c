# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Patch tests: what the elements must reproduce exactly on any mesh, up to round-off."""

from __future__ import annotations

import numpy as np
import pytest

from fea.solve import ElasticBody
from fea.strain import tensors

# Relative to the largest strain. Round-off is the condition number of these small meshes, some 1e3 to
# 1e5, times 2e-16.
ROUND_OFF = 1e-10

LENGTHS = (2.0, 1.5, 1.0)
MODULUS = 17e3
POISSON = 0.3

# u = G x + c with every component of the gradient in use.
GRADIENT = np.array([[1.0, -0.4, 0.3], [0.2, -0.7, 0.5], [-0.6, 0.1, 0.9]]) * 1e-3
SHIFT = np.array([2.0, -1.0, 3.0]) * 1e-3


def affine(x):
    return GRADIENT @ x + SHIFT[:, None]


def solved(body, nodes, field, load=0.0):
    """Return the displacement under ``load`` with ``nodes`` moved as ``field`` says, the others free."""
    prescribed = np.zeros((body.dofs // 3, 3))
    prescribed[nodes] = body.interpolated(field).reshape(-1, 3)[nodes]
    prescribed = prescribed.ravel()
    rest = load - body.internal_force(prescribed)
    return body.factorised(nodes).solve(rest[:, None])[:, 0] + prescribed


def assert_strain_everywhere(strain, expected):
    scale = np.abs(expected).max()
    np.testing.assert_allclose(strain / scale, np.broadcast_to(expected / scale, strain.shape), rtol=0, atol=ROUND_OFF)


@pytest.mark.parametrize("degree", [1, 2])
def test_affine_displacement_of_the_boundary_gives_its_strain_everywhere(block, outer_triangles, degree):
    points, cells = block((4, 3, 3), LENGTHS, jitter=0.25, seed=7)
    body = ElasticBody(points, cells, np.full(len(cells), MODULUS), POISSON, degree)
    boundary = body.fixed_nodes(outer_triangles(cells))
    assert len(np.unique(boundary)) < len(body.nodes()), "no node is left to be solved for"

    u = solved(body, boundary, affine)

    assert_strain_everywhere(tensors(body.strains(u[:, None])[0]), (GRADIENT + GRADIENT.T) / 2.0)
    np.testing.assert_allclose(body.at_vertices(u[:, None])[0], affine(points.T).T, rtol=ROUND_OFF)


@pytest.mark.parametrize("degree", [1, 2])
def test_constant_tractions_give_constant_stress(block, outer_triangles, degree):
    # σ is chosen, ε = ((1 + ν) σ − ν tr(σ) I) / E follows, t = σ n loads every face. One outer triangle is
    # held where the exact u = ε x has it: that stops the rigid motions and carries no force.
    stress = np.array([[30.0, -8.0, 5.0], [-8.0, -20.0, 12.0], [5.0, 12.0, 15.0]])
    strain = ((1.0 + POISSON) * stress - POISSON * np.trace(stress) * np.eye(3)) / MODULUS
    points, cells = block((4, 3, 3), LENGTHS, jitter=0.25, seed=7)
    body = ElasticBody(points, cells, np.full(len(cells), MODULUS), POISSON, degree)
    outer = outer_triangles(cells)
    load = np.zeros(body.dofs)
    for axis, length in enumerate(LENGTHS):
        for place, sign in ((0.0, -1.0), (length, 1.0)):
            face = outer[np.all(np.isclose(points[outer][..., axis], place), axis=1)]
            load += body.traction_loads(face, [(sign * stress[axis], np.zeros(3), np.zeros(3))])[:, 0]

    u = solved(body, body.fixed_nodes(outer[:1]), lambda x: strain @ x, load)

    assert_strain_everywhere(tensors(body.strains(u[:, None])[0]), strain)


@pytest.mark.parametrize("degree", [1, 2])
def test_two_layers_in_series_carry_the_same_stress(block, outer_triangles, degree):
    # Confined compression of two layers that meet at x = 1: the strain jumps so that E ε is equal on both
    # sides, and u is affine in each layer. Cells and vertices are shuffled: a modulus given to the wrong
    # cell shows.
    points, cells = block((4, 3, 3), LENGTHS, seed=3)
    soft = points[cells].mean(axis=1)[:, 0] < 1.0
    body = ElasticBody(points, cells, np.where(soft, 2e3, 10e3), POISSON, degree)

    def exact(x):
        u = np.zeros_like(x)
        u[0] = np.where(x[0] < 1.0, -5e-3 * x[0], -5e-3 - 1e-3 * (x[0] - 1.0))
        return u

    strain = tensors(body.strains(solved(body, body.fixed_nodes(outer_triangles(cells)), exact)[:, None])[0])

    expected = np.zeros((len(cells), 4, 3, 3))
    expected[..., 0, 0] = np.where(soft, -5e-3, -1e-3)[:, None]
    assert_strain_everywhere(strain, expected)
