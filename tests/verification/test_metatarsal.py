# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The second metatarsal as a beam: statics against stress, bending by hand, supports, mesh size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone import TISSUES, Anatomy, cut, mesh_bone
from fea.case import read_bone
from fea.evaluate import excluded_zone
from fea.loading import UnitLoad, internal_loads, load_history, surface_load
from fea.solve import Foundation, balance, support_of, unit_strains
from fea.strain import equivalent, excluded, integrated_loads, read_gauges, superposed, vertex_mean, volume_percentile
from fea.tissue import elasticity

MID = 0.5
LEVELS = np.array([0.20, 0.35, 0.50, 0.65, 0.78])


def centers(bone, levels):
    anatomy = Anatomy(bone)
    return np.array([anatomy.section_center(float(level)) for level in levels])


def test_stress_over_cuts_carries_what_statics_says(metatarsal_run):
    run, at = metatarsal_run, centers(metatarsal_run.case.bone, LEVELS)
    statics = internal_loads(run.tractions, run.coefficients, LEVELS, at)
    carried = integrated_loads(run.mesh, run.elasticity, run.field, LEVELS, at)
    for found, expected in ((carried.force, statics.force), (carried.moment, statics.moment)):
        np.testing.assert_allclose(found, expected, rtol=0, atol=0.02 * np.abs(expected).max())


def test_internal_loads_of_the_shaft_are_those_of_a_cantilever_by_hand(metatarsal_run, centre_of):
    # 40 N to dorsal and 12 N to proximal on the plantar head, -8 N and 200 N on the joint: shear 32 N, thrust 212 N.
    # The moment about lateral at height y is the sum of (x_i - x) F_yi - (y_i - y) F_xi over both forces.
    run = metatarsal_run
    statics = internal_loads(run.tractions, run.coefficients, LEVELS, centers(run.case.bone, LEVELS))
    pressed = {"plantar_head": np.array([40.0, 12.0, 0.0]), "mtp_joint": np.array([-8.0, 200.0, 0.0])}
    for level, center, force, moment in zip(
        LEVELS, centers(run.case.bone, LEVELS), statics.force, statics.moment, strict=True
    ):
        assert force == pytest.approx([32.0, 212.0, 0.0], abs=1e-6), level
        by_hand = sum(np.cross(centre_of(run.mesh, r) - center, f) for r, f in pressed.items())
        assert moment == pytest.approx(by_hand, abs=1e-6 * np.abs(by_hand).max()), level


@pytest.mark.parametrize(("name", "sign"), [("dorsal_midshaft", -1.0), ("plantar_midshaft", 1.0)])
def test_head_load_bends_the_mid_shaft_as_a_cantilever(metatarsal_run, centre_of, name, sign):
    # A force of 1 N to dorsal on the head: M = F · lever, strain = ∓ M c / (E I) with the cortex' own second moment and
    # half of the width c, E = 6570 · 1.85^1.37 MPa. Dorsal compression, plantar tension. The area under a gauge of
    # 4 mm lies up to 2 mm off the middle of a section 7 mm wide: on an ellipse its mean height is
    # ∫₀² √(1 - (z/3.5)²) dz / 2 = 0.944 of c. The bone is slightly curved and tapers: 6 %.
    run = metatarsal_run
    bone, mesh = run.case.bone, run.mesh
    pushed = UnitLoad("plantar_head", False, 0)
    unit = unit_strains(mesh, run.elasticity, support_of(bone), [surface_load(mesh, pushed)])
    strain = vertex_mean(mesh, superposed(unit, np.ones(1)).corner)
    (reading,) = read_gauges(bone, mesh, {name: bone.gauges[name]}, strain, 0.0 * strain)

    section = cut(mesh, MID * bone.length_mm).within(mesh.tissue == TISSUES.index("cortical"))
    x = section.points[..., 0]
    middle = section.integral(x) / section.integral(np.ones_like(x))
    second, width = section.integral((x - middle) ** 2), np.ptp(x)
    lever = MID * bone.length_mm - centre_of(mesh, "plantar_head")[1]
    modulus = 6570.0 * 1.85**1.37
    expected = sign * 0.944 * lever * width / 2.0 / (modulus * second)
    assert reading.axial_ue == pytest.approx(1e6 * expected, rel=0.06)


def test_dorsal_side_is_pressed_and_plantar_side_pulled_by_the_ground(metatarsal_run):
    run = metatarsal_run
    at_shaft = np.abs(run.mesh.centroids[:, 1] / run.case.bone.length_mm - 0.6) < 0.1
    axial = run.field.cell[:, 1, 1]
    sector = np.array(Anatomy(run.case.bone).sector(run.mesh.centroids))
    cortex = at_shaft & (run.mesh.tissue == TISSUES.index("cortical"))
    assert axial[cortex & (sector == "dorsal")].max() < 0.0
    assert axial[cortex & (sector == "plantar")].mean() > 0.0


# ------------------------------------------------------------------ supports


def on(run, support):
    unit = unit_strains(run.mesh, run.elasticity, support, run.tractions)
    return unit, superposed(unit, run.coefficients)


def test_strain_of_the_shaft_does_not_depend_on_the_springs_under_the_base(metatarsal_run):
    # A beam held at one end is statically determinate: springs move it, they don't strain it, away from the base.
    run = metatarsal_run
    level = run.mesh.centroids[:, 1] / run.case.bone.length_mm
    shaft = (level < 0.75) & (run.mesh.tissue == TISSUES.index("cortical"))
    held = run.field.cell[shaft]
    for stiffness in (10.0, 100.0):
        _, field = on(run, Foundation(("base_joint",), stiffness))
        assert np.abs(field.cell[shaft] - held).max() < 0.01 * np.abs(held).max()


@pytest.mark.parametrize("stiffness", [10.0, 80.0, 1e4])
def test_balance_on_springs_stays_below_the_tolerance_of_a_run(metatarsal_run, stiffness):
    # The files have 10 to 80 N/mm³. The softer the springs the more the bone moves without strain, and the more of the
    # displacement is round-off: a single unit load is off by 1.5e-8 at 1 N/mm³ and by 6e-8 at 0.1 N/mm³.
    run = metatarsal_run
    unit, _ = on(run, Foundation(("base_joint",), stiffness))
    for column in np.eye(len(run.tractions)):
        found = balance(unit, run.tractions, column)
        assert max(found.force_residual, found.moment_residual) < 1e-8


def test_base_on_springs_turns_as_the_springs_say(metatarsal_run):
    # Stiff bone on soft springs k over an area with second moment J: a moment M turns it by M / (k J).
    run = metatarsal_run
    k, region = 0.5, "base_joint"
    stiff = replace(run.elasticity, modulus=1e4 * run.elasticity.modulus)
    load = surface_load(run.mesh, UnitLoad("mtp_joint", True, 2))
    unit = unit_strains(run.mesh, stiff, Foundation((region,), k), [load])
    corner = run.mesh.points[run.mesh.facets[run.mesh.regions[region]]]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 2.0
    mid = (corner + np.roll(corner, 1, axis=1)) / 2.0
    offset = mid - np.einsum("t,tqi->i", area / 3.0, mid) / area.sum()
    second = float(np.einsum("t,tq->", area / 3.0, offset[..., 0] ** 2 + offset[..., 1] ** 2))
    head = np.argmin(run.mesh.points[:, 1])
    lever = run.mesh.points[head, 1] - run.case.bone.length_mm
    # The turn about lateral moves the head by -θ · lever along x.
    assert unit.displacement[0, head, 0] == pytest.approx(-lever / (k * second), rel=0.01)


@pytest.mark.parametrize("name", ["metatarsal1", "metatarsal4", "metatarsal5"])
def test_springs_of_the_mobile_rays_turn_by_a_few_degrees_under_a_head_load_of_walking(name):
    # Sagittal motion between base and tarsus: about 1 to 4 degrees in the first, 10 in the fourth and fifth ray. A head
    # load of 0.1 BW of 70 kg with its lever from the base, on an ellipse with second moment π a³ b / 4.
    bone = read_bone(name)
    a, b = bone.regions["base_joint"].semi_axes_mm
    lever = bone.length_mm * (1.0 - 0.08)
    turn = np.rad2deg(68.6 * lever / (bone.support.stiffness_n_per_mm3 * np.pi * a**3 * b / 4.0))
    low, high = (0.5, 4.4) if name == "metatarsal1" else (3.0, 12.0)
    assert bone.support.kind == "foundation"
    assert low < turn < high


@pytest.mark.parametrize("name", ["metatarsal2", "metatarsal3"])
def test_second_and_third_metatarsal_are_held(name):
    assert read_bone(name).support.kind == "fixed"


# ------------------------------------------------------------------ mesh


def test_p95_strain_hardly_changes_with_a_finer_mesh(metatarsal_run):
    # From 1.5 to the default 1 mm, twice the unknowns; the table in docs/ goes to half the default.
    run, bone = metatarsal_run, metatarsal_run.case.bone
    finer = mesh_bone(bone)
    tractions = [surface_load(finer, load) for load in load_history(run.case).loads]
    constants = elasticity(bone, finer)
    unit = unit_strains(finer, constants, support_of(bone), tractions)
    fine = p95(finer, bone, constants, superposed(unit, run.coefficients))
    coarse = p95(run.mesh, bone, run.elasticity, run.field)
    assert coarse == pytest.approx(fine, rel=0.03)


def p95(mesh, bone, constants, field):
    kept = (mesh.tissue != TISSUES.index("marrow")) & ~excluded_zone(bone, mesh, mesh.centroids)
    eq = equivalent(field.cell, constants.poisson)
    return volume_percentile(eq[kept], mesh.volumes[kept], [95.0])[0]


@pytest.mark.parametrize("kind", ["fixed", "foundation"])
def test_zone_around_the_base_is_left_out_whatever_carries_it(metatarsal_run, kind):
    # Nearer than the diameter of the circle of equal area: 2 √(A / π).
    run = metatarsal_run
    bone = read_bone("metatarsal2", [f'support.kind="{kind}"'])
    reach = 2.0 * np.sqrt(run.mesh.region_area("base_joint") / np.pi)
    axis = centers(bone, np.array([1.0]))[0] + np.array([[0.0, -0.95 * reach, 0.0], [0.0, -1.1 * reach, 0.0]])
    assert support_of(bone).regions == ("base_joint",)
    assert excluded(run.mesh, axis, bone.support.regions, ()).tolist() == [True, False]
