# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Tissue with directions: patch tests in turned axes, engineering constants read back, the isotropic limit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fea.case import ElasticRatios, read_tissue
from fea.case.library import TissueOptions
from fea.solve import ElasticBody
from fea.solve.support import pinned_components
from fea.strain import tensors
from fea.tissue import Anisotropy, Elasticity, stiffness

# As in the isotropic patch tests: condition number times 2e-16.
ROUND_OFF = 1e-10

LENGTHS = (2.0, 1.5, 1.0)
MODULUS = 20e3
RATIOS = read_tissue(TissueOptions(symmetry="orthotropic")).ratios
TURN = Rotation.from_euler("xyz", [25.0, -40.0, 65.0], degrees=True).as_matrix()
GRADIENT = np.array([[1.0, -0.4, 0.3], [0.2, -0.7, 0.5], [-0.6, 0.1, 0.9]]) * 1e-3


def directed(count, turn=TURN, part=1.0, ratios=RATIOS):
    return Anisotropy(np.full(count, part), np.broadcast_to(turn, (count, 3, 3)).copy(), stiffness(ratios))


def made(points, cells, anisotropy, degree=2):
    return ElasticBody(points, cells, np.full(len(cells), MODULUS), 0.3, degree, anisotropy)


def faces(points, triangles):
    for axis, length in enumerate(LENGTHS):
        for place, sign in ((0.0, -1.0), (length, 1.0)):
            yield triangles[np.all(np.isclose(points[triangles][..., axis], place), axis=1)], axis, sign


@pytest.mark.parametrize("degree", [1, 2])
def test_affine_displacement_of_the_boundary_gives_its_strain_in_turned_axes(block, outer_triangles, degree):
    points, cells = block((4, 3, 3), LENGTHS, jitter=0.25, seed=7)
    body = made(points, cells, directed(len(cells)), degree)
    boundary = body.fixed_nodes(outer_triangles(cells))
    prescribed = np.zeros((body.dofs // 3, 3))
    prescribed[boundary] = body.interpolated(lambda x: GRADIENT @ x).reshape(-1, 3)[boundary]
    rest = -body.internal_force(prescribed.ravel())
    u = body.factorised(boundary).solve(rest[:, None])[:, 0] + prescribed.ravel()

    expected = (GRADIENT + GRADIENT.T) / 2.0
    found = tensors(body.strains(u[:, None] / 1e-3)[0])
    np.testing.assert_allclose(found, np.broadcast_to(expected / 1e-3, (len(cells), 4, 3, 3)), atol=ROUND_OFF)


@pytest.mark.parametrize("component", [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)])
def test_virtual_tests_on_a_block_read_back_the_engineering_constants(block, outer_triangles, component):
    # Each test puts one stress of 10 MPa on the block along the axes of the tissue, which are turned against
    # the block; the strains in those axes give E = σ/ε, ν = −ε_across/ε and G = τ / 2ε.
    points, cells = block((3, 3, 2), LENGTHS, jitter=0.2, seed=5)
    body = made(points, cells, directed(len(cells)))
    own = np.zeros((3, 3))
    own[component] = own[component[::-1]] = 10.0
    stress = TURN.T @ own @ TURN
    outer = outer_triangles(cells)
    load = np.zeros(body.dofs)
    for face, axis, sign in faces(points, outer):
        load += body.traction_loads(face, [(sign * stress[axis], np.zeros(3), np.zeros(3))])[:, 0]
    # Six components hold the block without force.
    pins = np.sort(pinned_components(body.nodes()))
    u = body.factorised(pins=pins).solve(load[:, None])[:, 0]

    strain = TURN @ tensors(body.strains(u[:, None])[0]).reshape(-1, 3, 3) @ TURN.T
    np.testing.assert_allclose(strain, np.broadcast_to(strain[0], strain.shape), atol=1e-9 * np.abs(strain).max())
    e = strain[0]
    r = RATIOS
    i, j = component
    if i != j:
        g = {(1, 2): r.g23, (0, 2): r.g31, (0, 1): r.g12}[component]
        assert 10.0 / (2.0 * e[i, j]) == pytest.approx(g * MODULUS, rel=1e-8)
        return
    assert 10.0 / e[i, i] == pytest.approx((r.e1, r.e2, 1.0)[i] * MODULUS, rel=1e-8)
    # ν_ij / E_i = ν_ji / E_j.
    contraction = {
        0: {1: r.nu12, 2: r.nu31 * r.e1},
        1: {0: r.nu12 * r.e2 / r.e1, 2: r.nu23},
        2: {0: r.nu31, 1: r.nu23 / r.e2},
    }[i]
    for across, nu in contraction.items():
        assert -e[across, across] / e[i, i] == pytest.approx(nu, rel=1e-8)


def test_stress_of_the_record_is_that_of_the_body(block, outer_triangles):
    # Virtual work: ∫ σ(u) : ε(u) dx by the body's forces and by the record's stress; strain varies linearly in
    # a cell, so the mean over a cell of a product is (Σ_i a_i b_i + (Σ a)(Σ b)) / 20.
    points, cells = block((3, 3, 2), LENGTHS, jitter=0.2, seed=5)
    anisotropy = directed(len(cells), part=0.6)
    body = made(points, cells, anisotropy)
    record = Elasticity(np.ones(len(cells)), np.full(len(cells), MODULUS), 0.3, anisotropy)
    u = np.random.default_rng(3).normal(size=body.dofs) * 1e-3
    strain = tensors(body.strains(u[:, None])[0])
    stress = record.stress(strain)
    volume = np.linalg.det(points[cells[:, 1:]] - points[cells[:, :1]]) / 6.0
    mean = (np.einsum("mqij,mqij->m", stress, strain) + np.einsum("mij,mij->m", stress.sum(1), strain.sum(1))) / 20.0
    assert float(volume @ mean) == pytest.approx(float(u @ body.internal_force(u)), rel=1e-10)


def test_isotropic_constants_in_turned_axes_are_the_isotropic_code(block):
    # E1 = E2 = E3, ν = 0.3, G = E / 2.6: the long form must give what the short one does.
    shear = 1.0 / 2.6
    even = ElasticRatios(
        evidence="working value",
        source="test",
        e1=1.0,
        e2=1.0,
        g12=shear,
        g23=shear,
        g31=shear,
        nu12=0.3,
        nu23=0.3,
        nu31=0.3,
    )
    points, cells = block((3, 3, 2), LENGTHS, jitter=0.2, seed=5)
    modulus = np.linspace(1e3, 2e4, len(cells))
    u = np.random.default_rng(4).normal(size=ElasticBody(points, cells, modulus, 0.3).dofs)
    plain = ElasticBody(points, cells, modulus, 0.3).internal_force(u)
    turned = ElasticBody(points, cells, modulus, 0.3, 2, directed(len(cells), part=0.7, ratios=even)).internal_force(u)
    np.testing.assert_allclose(turned, plain, rtol=0, atol=1e-12 * np.abs(plain).max())
    strain = np.random.default_rng(5).normal(size=(len(cells), 4, 3, 3))
    strain = strain + strain.swapaxes(-1, -2)
    stress = [
        Elasticity(modulus, modulus, 0.3, anisotropy).stress(strain)
        for anisotropy in (None, directed(len(cells), part=0.7, ratios=even))
    ]
    np.testing.assert_allclose(stress[1], stress[0], rtol=0, atol=1e-12 * np.abs(stress[0]).max())


def test_tissue_without_shear_coupling_is_stiffest_along_the_bone():
    # A strain e along direction n costs ½ E n n : Ĉ : n n; across the bone it is less than along.
    one = Elasticity(np.ones(1), np.array([MODULUS]), 0.3, directed(1, np.eye(3)))
    energy = [float(np.einsum("ij,ij", one.stress(np.outer(n, n)[None])[0], np.outer(n, n))) for n in np.eye(3)]
    assert energy[2] > energy[0]
    assert energy[2] > energy[1]
