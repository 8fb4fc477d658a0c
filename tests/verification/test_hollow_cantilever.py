# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Hollow cantilevers, a bone's shaft made simple, loaded by the unit tractions that load a bone.

Fixed at y = L (root), loaded at y = 0 (tip); the walls are similar ellipses with semi-axes a, b outside and
q a, q b inside, so that

    A = π a b (1 − q²),  I = π a³ b (1 − q⁴) / 4 for bending along a,
    J = π a³ b³ (1 − q⁴) / (a² + b²),

the last because the inner ellipse is a line of constant stress function of the solid one (Saint-Venant;
Timoshenko & Goodier, Theory of Elasticity, § 106-107).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.loading import SurfaceLoad, UnitLoad, internal_loads, surface_load
from fea.solve import Fixed, UnitStrains, unit_strains
from fea.strain import StrainField, integrated_loads, superposed
from fea.tissue import Elasticity

MODULUS, POISSON = 17e3, 0.3
SHEAR_MODULUS = MODULUS / (2.0 * (1.0 + POISSON))
A, B, Q = 14.0, 11.0, 0.6
LENGTH = 280.0  # ten times the width
AROUND = 32

LOADS = tuple(UnitLoad("tip", moment, axis) for moment in (False, True) for axis in range(3))
ALONG_X, AXIAL, ALONG_Z, ABOUT_X, ABOUT_Y, ABOUT_Z = range(6)


@dataclass(frozen=True)
class Section:
    """Constants of a section of similar ellipses with outer semi-axes ``a`` (x) and ``b`` (z)."""

    a: float
    b: float

    @property
    def area(self):
        return np.pi * self.a * self.b * (1.0 - Q**2)

    @property
    def second_moment(self):
        """For bending along x and along z."""
        return {0: self._quarter * self.a**2, 2: self._quarter * self.b**2}

    @property
    def _quarter(self):
        return np.pi * self.a * self.b * (1.0 - Q**4) / 4.0

    @property
    def torsion_constant(self):
        return np.pi * self.a**3 * self.b**3 * (1.0 - Q**4) / (self.a**2 + self.b**2)


@dataclass(frozen=True)
class Cantilever:
    mesh: BoneMesh
    elasticity: Elasticity
    tractions: tuple[SurfaceLoad, ...]
    unit: UnitStrains

    def field(self, load) -> StrainField:
        return superposed(self.unit, np.eye(6)[load])

    def corner_strain(self, load, y):
        """Return the strain along the bone at all corners of cells that lie at height ``y``."""
        at = np.isclose(self.mesh.points[self.mesh.cells][..., 1], y)
        return self.field(load).corner[at][:, 1, 1]

    def section_integral(self, y, value):
        """Return the integral over the section at ``y``, a plane of the mesh, of ``value`` at the vertices."""
        faces = self.mesh.cells[:, [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]]].reshape(-1, 3)
        faces = faces[np.all(np.isclose(self.mesh.points[faces][..., 1], y), axis=1)]
        faces = np.unique(np.sort(faces, axis=1), axis=0)
        corner = self.mesh.points[faces]
        area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 2.0
        # Products of two fields that are linear on each triangle: mid-edges are exact.
        middle = [(v[faces] + np.roll(v[faces], -1, axis=1)) / 2.0 for v in value]
        return float((area[:, None] / 3.0 * np.prod(middle, axis=0)).sum())


def cantilever(tube, section, length, along):
    mesh = tube((section.a, section.b), Q, length, around=AROUND, wall=2, along=along)
    constants = Elasticity(np.ones(len(mesh.cells)), np.full(len(mesh.cells), MODULUS), POISSON)
    tractions = tuple(surface_load(mesh, load) for load in LOADS)
    return Cantilever(mesh, constants, tractions, unit_strains(mesh, constants, Fixed(("root",)), tractions))


ELLIPSE = Section(A, B)


@pytest.fixture(scope="module")
def elliptical(tube):
    return cantilever(tube, ELLIPSE, LENGTH, along=28)


def shear_coefficient():
    """Return that of a hollow circle: Cowper 1966, J Appl Mech 33:335, doi 10.1115/1.3625046."""
    m = (1.0 + Q**2) ** 2
    return 6.0 * (1.0 + POISSON) * m / ((7.0 + 6.0 * POISSON) * m + (20.0 + 12.0 * POISSON) * Q**2)


@pytest.mark.parametrize(("load", "axis"), [(ALONG_X, 0), (ALONG_Z, 2)])
def test_tip_deflection_under_transverse_force_is_that_of_timoshenko(elliptical, load, axis):
    # δ = F L³ / 3EI + F L / κGA. Shear is 1 % of it, so that the circle's κ serves the ellipse. What
    # remains is the clamp, which also holds back Poisson's contraction and so shortens the beam by less
    # than one millimetre: 3 · 0.7 mm / 280 mm = 0.8 %.
    bending = LENGTH**3 / (3.0 * MODULUS * ELLIPSE.second_moment[axis])
    shear = LENGTH / (shear_coefficient() * SHEAR_MODULUS * ELLIPSE.area)

    deflection = elliptical.unit.displacement[load][:, axis]
    mean = elliptical.section_integral(0.0, [deflection]) / ELLIPSE.area
    assert mean == pytest.approx(bending + shear, rel=0.01)


def test_shear_flexibility_of_a_hollow_circle_is_that_of_cowper(tube):
    # Away from both ends Saint-Venant's solution holds, and with Cowper's means over the section,
    # w = ∫ u_x dA / A and θ = ∫ x u_y dA / I, the deflection between two sections is exactly
    # w₂ − w₁ = θ₁ l + F ((L − s₁) l² / 2 − l³ / 6) / EI + F l / κGA, l = s₂ − s₁, s counted from the root.
    # Here shear is 6 % of it: 1 % of κ asks for a deflection good to 0.06 %.
    length, away = 140.0, 28.0
    circle = Section(12.0, 12.0)
    beam = cantilever(tube, circle, length, along=20)
    x = beam.mesh.points[:, 0]
    u = beam.unit.displacement[ALONG_X]
    w = [beam.section_integral(y, [u[:, 0]]) / circle.area for y in (length - away, away)]
    θ = beam.section_integral(length - away, [x, u[:, 1]]) / circle.second_moment[0]
    between = length - 2.0 * away
    bending = ((length - away) * between**2 / 2.0 - between**3 / 6.0) / (MODULUS * circle.second_moment[0])

    shear = w[1] - w[0] - θ * between - bending
    assert shear == pytest.approx(between / (shear_coefficient() * SHEAR_MODULUS * circle.area), rel=0.01)


def test_axial_force_strains_the_middle_by_force_over_stiffness(elliptical):
    # A force of 1 N upwards at the distal end compresses: ε = −1 / EA, uniform by Saint-Venant; the mesh
    # has the exact area.
    strain = elliptical.corner_strain(AXIAL, LENGTH / 2.0)
    np.testing.assert_allclose(strain * MODULUS * ELLIPSE.area, -1.0, rtol=1e-4)


# The outermost vertices stand √(2π / (n sin(2π/n))) − 1 = 0.3 % outside the ellipse, n = 32; as much again is
# the error of the strain at a corner where the moment varies along the bone.
@pytest.mark.parametrize(
    ("load", "moment", "axis", "semi_axis"),
    [
        (ABOUT_X, 1.0, 2, B),
        (ABOUT_Z, 1.0, 0, A),
        (ALONG_X, LENGTH / 2.0, 0, A),
        (ALONG_Z, LENGTH / 2.0, 2, B),
    ],
)
def test_peak_strain_in_bending_is_moment_times_distance_over_stiffness(elliptical, load, moment, axis, semi_axis):
    peak = moment * semi_axis / (MODULUS * ELLIPSE.second_moment[axis])
    strain = elliptical.corner_strain(load, LENGTH / 2.0)
    assert strain.max() == pytest.approx(peak, rel=0.01)
    assert strain.min() == pytest.approx(-peak, rel=0.01)


def test_moment_about_lateral_stretches_the_side_that_its_sign_says(elliptical):
    # +1 N·mm about z on the distal part pushes its +x side towards the root (t = b × r, t_y = b x > 0):
    # the +x side is compressed.
    side = elliptical.mesh.centroids[:, 0]
    axial = elliptical.field(ABOUT_Z).cell[:, 1, 1]
    assert np.corrcoef(side, axial)[0, 1] < -0.99


def test_twist_per_length_is_that_of_saint_venant(elliptical):
    # The section turns as a whole and warps along y only, so u_x = θ z and u_z = −θ x; θ from all vertices
    # of sections at a quarter and three quarters of the length.
    def angle(y):
        at = np.isclose(elliptical.mesh.points[:, 1], y)
        x, _, z = elliptical.mesh.points[at].T
        u = elliptical.unit.displacement[ABOUT_Y][at]
        return (u[:, 0] * z - u[:, 2] * x).sum() / (x**2 + z**2).sum()

    twist = (angle(LENGTH / 4.0) - angle(3.0 * LENGTH / 4.0)) / (LENGTH / 2.0)
    assert twist == pytest.approx(1.0 / (SHEAR_MODULUS * ELLIPSE.torsion_constant), rel=0.005)


@pytest.mark.parametrize("load", range(6))
def test_stress_over_cuts_carries_what_statics_says(elliptical, load):
    # Cuts between the planes of the mesh; forces compared with 1 N, or with 1 N·mm over the length.
    levels = np.array([0.23, 0.51, 0.77])
    centers = np.column_stack([np.zeros(3), levels * LENGTH, np.zeros(3)])
    field = elliptical.field(load)
    statics = internal_loads(elliptical.tractions, np.eye(6)[load], levels, centers)
    carried = integrated_loads(elliptical.mesh, elliptical.elasticity, field, levels, centers)
    size = max(np.abs(statics.moment).max(), np.abs(statics.force).max() * A)
    np.testing.assert_allclose(carried.moment, statics.moment, rtol=0, atol=0.005 * size)
    np.testing.assert_allclose(carried.force, statics.force, rtol=0, atol=0.005 * size / A)
