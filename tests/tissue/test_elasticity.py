# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Elastic constants of each cell, and stress from strain."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import TISSUES
from fea.case import read_bone
from fea.errors import InputError
from fea.tissue import Elasticity, elasticity

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
