# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Scalars of a strain tensor against closed forms; superposition and means at vertices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fea.bone import TISSUES, BoneMesh
from fea.solve import COMPONENTS, UnitStrains
from fea.strain import equivalent, extreme_axes, principal, superposed, vertex_mean

POISSON = st.floats(0.0, 0.49)
TENSORS = st.lists(st.integers(-5000, 5000), min_size=6, max_size=6).map(lambda six: symmetric(np.array(six) * 1e-6))
QUATERNIONS = st.lists(st.integers(-100, 100), min_size=4, max_size=4).filter(any)


def symmetric(six):
    xx, yy, zz, yz, xz, xy = six
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def rotation(quaternion):
    w, x, y, z = np.array(quaternion) / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


# ---------------------------------------------------------------- scalars


@given(st.integers(-8000, 8000), POISSON)
def test_equivalent_strain_of_uniaxial_stress_is_the_axial_strain(axial_ue, poisson):
    e = axial_ue * 1e-6
    assert equivalent(np.diag([-poisson * e, e, -poisson * e]), poisson) == pytest.approx(abs(e), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("gamma", [1e-3, -4e-3])
def test_equivalent_strain_of_pure_shear(gamma):
    # Tensor shear γ/2 has principal values γ/2, 0, −γ/2: ½ Σ (εi − εj)² = ½ (γ²/4 + γ²/4 + γ²) = 3 γ²/4, so that
    # ε_eq = √3 (γ/2) / (1 + ν). The same as σ_vM / E = √3 τ / E with τ = E γ / (2 (1 + ν)).
    strain = symmetric([0.0, 0.0, 0.0, 0.0, 0.0, gamma / 2.0])
    assert equivalent(strain, 0.3) == pytest.approx(np.sqrt(3.0) * abs(gamma) / 2.0 / 1.3, rel=1e-12)


@given(st.integers(-8000, 8000), POISSON)
def test_equal_strain_in_all_directions_has_no_equivalent_strain(size_ue, poisson):
    assert equivalent(size_ue * 1e-6 * np.eye(3), poisson) == pytest.approx(0.0, abs=1e-15)


@given(TENSORS, st.floats(0.0, 0.45))
def test_equivalent_strain_is_the_von_mises_stress_over_the_modulus(strain, poisson):
    E = 18_000.0
    mu, lam = E / (2.0 * (1.0 + poisson)), E * poisson / ((1.0 + poisson) * (1.0 - 2.0 * poisson))
    stress = lam * np.trace(strain) * np.eye(3) + 2.0 * mu * strain
    deviator = stress - np.trace(stress) / 3.0 * np.eye(3)
    wanted = np.sqrt(1.5 * np.sum(deviator**2)) / E
    # The deviator is a difference of stresses of up to 2e4 MPa·ε/(1 − 2ν): round-off relative to the whole strain.
    assert equivalent(strain, poisson) == pytest.approx(wanted, rel=1e-8, abs=1e-13)


@given(TENSORS, QUATERNIONS)
def test_scalars_do_not_depend_on_the_axes(strain, quaternion):
    R = rotation(quaternion)
    turned = R @ strain @ R.T
    turned = (turned + turned.T) / 2.0
    assert np.allclose(principal(turned), principal(strain), rtol=0, atol=1e-15)
    assert equivalent(turned, 0.3) == pytest.approx(float(equivalent(strain, 0.3)), rel=1e-9, abs=1e-13)


@given(TENSORS)
def test_principal_strains_rise_and_keep_the_trace(strain):
    values = principal(strain)
    assert np.all(np.diff(values) >= 0.0)
    assert values.sum() == pytest.approx(np.trace(strain), abs=1e-15)


def test_scalars_are_taken_tensor_by_tensor():
    stack = np.array([[np.diag([1.0, 2.0, 3.0]), np.diag([3.0, 1.0, 2.0])], [np.eye(3), np.zeros((3, 3))]])
    assert np.allclose(principal(stack)[0], [[1.0, 2.0, 3.0]] * 2)
    assert equivalent(stack, 0.0) == pytest.approx(np.array([[np.sqrt(3.0)] * 2, [0.0, 0.0]]))


# ---------------------------------------------------------------- superposition


def units(loads=3, cells=5, vertices=7):
    random = np.random.default_rng(4)
    strain = random.normal(size=(loads, cells, 4, 6))
    return UnitStrains(
        strain=strain,
        displacement=random.normal(size=(loads, vertices, 3)),
        reaction=np.zeros((loads, 6)),
        dofs=3 * vertices,
        wall_s={},
        pins=np.zeros((loads, 0)),
        solver="mumps",
        fibula=np.zeros(loads),
    )


def test_each_component_takes_its_place_in_the_tensor():
    strain = np.arange(1.0, 7.0).reshape(1, 1, 1, 6) * np.ones((1, 1, 4, 1))
    unit = UnitStrains(strain, np.zeros((1, 4, 3)), np.zeros((1, 6)), 12, {}, np.zeros((1, 0)), "mumps", np.zeros(1))
    field = superposed(unit, np.array([2.0]))
    assert COMPONENTS == ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
    assert np.array_equal(field.corner[0, 0], 2.0 * symmetric(range(1, 7)))


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=6, max_size=6), st.integers(-5, 5))
def test_superposition_is_linear(coefficients, factor):
    unit, (a, b) = units(), np.array(coefficients, dtype=float).reshape(2, 3)
    whole, one, other = superposed(unit, factor * a + b), superposed(unit, a), superposed(unit, b)
    assert np.allclose(whole.corner, factor * one.corner + other.corner, rtol=1e-12, atol=1e-9)
    assert np.allclose(whole.displacement, factor * one.displacement + other.displacement, rtol=1e-12, atol=1e-9)


def test_one_load_alone_gives_its_unit_strain():
    unit = units()
    field = superposed(unit, np.array([0.0, 1.0, 0.0]))
    assert np.array_equal(field.corner[2, 3], symmetric(unit.strain[1, 2, 3]))
    assert np.array_equal(field.displacement, unit.displacement[1])


def test_strain_of_a_cell_is_the_mean_of_its_corners():
    field = superposed(units(), np.array([1.0, 2.0, 3.0]))
    assert np.allclose(field.cell, field.corner.sum(axis=1) / 4.0)


# ---------------------------------------------------------------- means at vertices


def pair(tissues):
    """Return two cells of volumes 1 and 3 mm³ on either side of the face of vertices 1, 2 and 3."""
    points = np.array([[-1.0, 0, 0], [0, 0, 0], [0, 2.0, 0], [0, 0, 3.0], [3.0, 0, 0]])
    cells = np.array([[0, 1, 2, 3], [1, 4, 2, 3]])
    corner = points[cells]
    turned = np.linalg.det(corner[:, 1:] - corner[:, :1]) < 0
    cells[turned] = cells[turned][:, [0, 1, 3, 2]]
    tissue = np.array([TISSUES.index(t) for t in tissues])
    mesh = BoneMesh("pair", points, cells, tissue, np.empty((0, 3), dtype=np.int64), {}, {})
    assert mesh.volumes == pytest.approx([1.0, 3.0])
    return mesh


def test_vertex_mean_of_a_constant_field_is_that_constant(tibia_mesh):
    constant = symmetric([1e-3, -2e-3, 3e-4, 5e-4, -6e-4, 7e-4])
    mean = vertex_mean(tibia_mesh, np.broadcast_to(constant, (len(tibia_mesh.cells), 4, 3, 3)))
    assert mean.shape == (len(tibia_mesh.points), 3, 3)
    assert np.allclose(mean, constant, rtol=1e-12, atol=0)


def test_vertex_mean_weighs_cells_by_their_volume():
    corner = np.array([1.0, 5.0])[:, None, None, None] * np.ones((2, 4, 3, 3))
    mean = vertex_mean(pair(("cortical", "cortical")), corner)[:, 0, 0]
    # Vertices 0 and 4 belong to one cell each; the shared ones have (1·1 + 3·5) / 4 = 4.
    assert mean == pytest.approx([1.0, 4.0, 4.0, 4.0, 5.0], rel=1e-12)


@pytest.mark.parametrize("soft", ["marrow", "cancellous"])
def test_where_cortex_meets_soft_tissue_only_cortex_counts(soft):
    corner = np.array([1.0, 5.0])[:, None, None, None] * np.ones((2, 4, 3, 3))
    mean = vertex_mean(pair(("cortical", soft)), corner)[:, 0, 0]
    assert mean == pytest.approx([1.0, 1.0, 1.0, 1.0, 5.0], rel=1e-7)


def test_vertex_mean_takes_each_corner_at_its_vertex():
    mesh = pair(("cortical", "cortical"))
    linear = mesh.points[:, 0] + 2.0 * mesh.points[:, 1]
    corner = linear[mesh.cells][:, :, None, None] * np.ones((2, 4, 3, 3))
    assert vertex_mean(mesh, corner)[:, 1, 2] == pytest.approx(linear, abs=1e-12)


# ---------------------------------------------------------------- principal directions


@given(QUATERNIONS)
def test_the_largest_direction_of_uniaxial_stress_is_the_axis_of_the_pull(quaternion):
    turned = rotation(quaternion)
    values, axes = extreme_axes(turned @ np.diag([-0.3e-3, 1e-3, -0.31e-3]) @ turned.T)
    assert values == pytest.approx([1e-3, -0.31e-3], rel=1e-9)
    assert abs(axes[0] @ turned[:, 1]) == pytest.approx(1.0, abs=1e-9)
    assert abs(axes[1] @ turned[:, 2]) == pytest.approx(1.0, abs=1e-9)


def test_directions_in_torsion_wind_at_45_degrees_around_the_cylinder():
    # Shear γ between the axis y and the direction around: ε1 = γ/2 and ε3 = −γ/2, both at 45° to the axis.
    angle = np.linspace(0.0, 2.0 * np.pi, 13)
    around = np.column_stack([-np.sin(angle), np.zeros(13), np.cos(angle)])
    y = np.array([0.0, 1.0, 0.0])
    values, axes = extreme_axes(1e-3 * (around[:, :, None] * y + y[:, None] * around[:, None]))
    np.testing.assert_allclose(values, np.repeat([[1e-3], [-1e-3]], 13, axis=1), rtol=1e-12)
    np.testing.assert_allclose(np.abs(axes @ y), np.sqrt(0.5), rtol=1e-12)
    np.testing.assert_allclose((axes[0] * around).sum(axis=1) * (axes[0] @ y), 0.5, rtol=1e-12)
    np.testing.assert_allclose((axes[1] * around).sum(axis=1) * (axes[1] @ y), -0.5, rtol=1e-12)
