# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Elastic constants of each cell, and stress from strain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fea.bone import TISSUES, Anatomy
from fea.case import TissueOptions, read_bone, read_tissue
from fea.errors import InputError
from fea.tissue import Anisotropy, Elasticity, elasticity, stiffness

MODULI = np.array([15e3, 500.0])


@pytest.fixture
def two_cells():
    return Elasticity(np.array([1.8, 0.2]), MODULI, 0.3)


def test_uniaxial_strain_state_gives_modulus_times_strain(two_cells):
    # ε = diag(1, −ν, −ν) e in a bar pulled along x: σ = diag(E e, 0, 0). Cell by cell, at four corners.
    strain = np.broadcast_to(np.diag([1.0, -0.3, -0.3]) * 1e-3, (2, 4, 3, 3))
    expected = np.zeros((2, 4, 3, 3))
    expected[..., 0, 0] = MODULI[:, None] * 1e-3
    np.testing.assert_allclose(two_cells.stress(strain), expected, rtol=1e-12, atol=1e-11)


def test_confined_compression_gives_the_constrained_modulus(two_cells):
    # ε = diag(0, e, 0): σ_y = (λ + 2μ) e, σ_x = λ e; with ν = 0.3: λ = E · 0.3 / (1.3 · 0.4) = 0.576923 E,
    # λ + 2μ = 1.346154 E.
    strain = np.broadcast_to(np.diag([0.0, -1e-3, 0.0]), (2, 3, 3))
    stress = two_cells.stress(strain)
    np.testing.assert_allclose(stress[:, 1, 1], -1.346154e-3 * MODULI, rtol=1e-6)
    np.testing.assert_allclose(stress[:, 0, 0], -0.576923e-3 * MODULI, rtol=1e-6)
    np.testing.assert_allclose(stress[:, 2, 2], -0.576923e-3 * MODULI, rtol=1e-6)


def test_shear_gives_twice_the_shear_modulus_times_tensor_shear(two_cells):
    # ε_xy = γ/2: σ_xy = 2 μ ε_xy = E ε_xy / 1.3.
    strain = np.zeros((2, 3, 3))
    strain[:, 0, 1] = strain[:, 1, 0] = 1e-3
    np.testing.assert_allclose(two_cells.stress(strain), MODULI[:, None, None] * strain / 1.3, rtol=1e-12)


def test_tissues_of_the_tibia_have_the_constants_of_their_laws(tibia, tibia_mesh):
    # Cortical density is 1.85 g/cm³ from 25 to 66 % of the length (15 261 MPa by Rho); marrow is soft.
    found = elasticity(tibia, tibia_mesh)
    level = tibia_mesh.centroids[:, 1] / tibia.length_mm
    tissue = {name: tibia_mesh.tissue == TISSUES.index(name) for name in TISSUES}
    shaft = tissue["cortical"] & (level > 0.25) & (level < 0.66)
    np.testing.assert_allclose(found.modulus[shaft], 15261.0, rtol=5e-5)
    np.testing.assert_allclose(found.density[shaft], 1.85, rtol=1e-12)
    assert np.all(found.modulus[tissue["marrow"]] == 2.0)
    assert np.all(found.density[tissue["marrow"]] == 0.0)
    # Cancellous bone has 0.25 to 0.45 g/cm³: 15 520 ρ^1.93 is 1069 to 3324 MPa.
    cancellous = found.modulus[tissue["cancellous"]]
    assert 1069.0 * 0.999 <= cancellous.min() <= cancellous.max() <= 3324.0 * 1.001
    assert found.poisson == 0.3


def test_density_of_the_file_outside_its_law_is_refused(tibia_mesh):
    light = read_bone("tibia", ["density.cortical_g_per_cm3.at.14=0.6"])
    with pytest.raises(InputError, match=r"apparent density for the law rho-1995"):
        elasticity(light, tibia_mesh)


RATIOS = read_tissue(TissueOptions(symmetry="orthotropic")).ratios
TURNS = Rotation.from_euler("xyz", [[25.0, -40.0, 65.0], [0.0, 90.0, 10.0]], degrees=True).as_matrix()


def directed(part):
    """Two cells whose tissue is turned, a share of which has directions."""
    return Elasticity(np.ones(2), MODULI, 0.3, Anisotropy(np.array(part), TURNS, stiffness(RATIOS)))


@pytest.mark.parametrize("corners", [(), (4,), (2, 3)], ids=["a tensor", "corners", "more"])
@pytest.mark.parametrize("axis", range(3))
def test_stress_along_one_axis_of_the_tissue_strains_it_by_its_engineering_constants(axis, corners):
    # σ along axis i: ε_i = σ / E_i, across it −ν σ / E: with ν12 / E1, ν23 / E2 and ν31 / E3, E3 = 1.
    r = RATIOS
    compliance = np.array(
        [
            [1.0 / r.e1, -r.nu12 / r.e1, -r.nu31],
            [-r.nu12 / r.e1, 1.0 / r.e2, -r.nu23 / r.e2],
            [-r.nu31, -r.nu23 / r.e2, 1.0],
        ]
    )
    own = np.array([TURNS[k].T @ np.diag(compliance[axis]) @ TURNS[k] for k in range(2)]) * 1e-3
    strain = np.broadcast_to(own.reshape(2, *(1,) * len(corners), 3, 3), (2, *corners, 3, 3))
    wanted = [MODULI[k] * 1e-3 * np.outer(TURNS[k][axis], TURNS[k][axis]) for k in range(2)]
    for index in np.ndindex(*corners):
        found = directed([1.0, 1.0]).stress(strain)[(slice(None), *index)]
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("pair", "modulus"), [((1, 2), "g23"), ((0, 2), "g31"), ((0, 1), "g12")])
def test_shear_in_a_plane_of_the_tissue_meets_its_own_shear_modulus(pair, modulus):
    i, j = pair
    own = np.zeros((3, 3))
    own[i, j] = own[j, i] = 1e-3
    strain = np.array([turn.T @ own @ turn for turn in TURNS])
    # τ = G γ with γ = 2 ε.
    wanted = [2.0 * e * getattr(RATIOS, modulus) * turned for e, turned in zip(MODULI, strain, strict=True)]
    np.testing.assert_allclose(directed([1.0, 1.0]).stress(strain), wanted, rtol=1e-9, atol=1e-9)


def test_tissue_that_has_directions_in_part_carries_the_sum_of_both_laws(two_cells):
    strain = np.random.default_rng(1).normal(size=(2, 3, 3)) * 1e-3
    strain += strain.swapaxes(1, 2)
    plain, whole = two_cells.stress(strain), directed([1.0, 1.0]).stress(strain)
    share = np.array([0.3, 0.8])[:, None, None]
    np.testing.assert_allclose(directed([0.3, 0.8]).stress(strain), (1.0 - share) * plain + share * whole, rtol=1e-9)


@pytest.mark.parametrize("part", [None, [1.0, 0.4]], ids=["isotropic", "directed"])
def test_stress_of_some_cells_is_that_of_all_there(two_cells, part):
    constants = two_cells if part is None else directed(part)
    strain = np.random.default_rng(2).normal(size=(2, 4, 3, 3)) * 1e-3
    strain += strain.swapaxes(-1, -2)
    second = np.array([False, True])
    np.testing.assert_allclose(constants.stress(strain[1:], second), constants.stress(strain)[1:], rtol=1e-12)


def test_cortical_axes_follow_the_bone_and_are_as_stiff_as_their_ratios_say(tibia, tibia_mesh):
    found = elasticity(tibia, tibia_mesh, read_tissue(TissueOptions(symmetry="orthotropic"))).anisotropy
    np.testing.assert_allclose(
        found.axes @ found.axes.swapaxes(1, 2), np.tile(np.eye(3), (len(found.axes), 1, 1)), atol=1e-12
    )
    # Along the shaft within a few degrees of the axis, radial away from the centre of the section.
    shaft = (tibia_mesh.centroids[:, 1] > 0.3 * tibia.length_mm) & (tibia_mesh.centroids[:, 1] < 0.6 * tibia.length_mm)
    assert found.axes[shaft, 2, 1].min() > 0.99
    level = tibia_mesh.centroids[shaft, 1] / tibia.length_mm
    away = tibia_mesh.centroids[shaft] - np.array([Anatomy(tibia).section_center(y) for y in level])
    assert np.all(np.einsum("ni,ni->n", found.axes[shaft, 0], away) >= -0.2)
    np.testing.assert_allclose(found.stiffness @ RATIOS.compliance(), np.eye(6), atol=1e-12)
