# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The running tibia: balance, statics against stress, superposition, invariance and mesh size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone import TISSUES, Anatomy, BoneMesh, mesh_bone
from fea.case import Case
from fea.evaluate import excluded_zone
from fea.loading import UnitLoad, internal_loads, load_history, surface_load
from fea.solve import ElasticBody, Fixed, unit_strains
from fea.strain import equivalent, integrated_loads, superposed, tensors, volume_percentile
from fea.tissue import elasticity

# Round-off of the direct solver on a long, thin body: reactions and strains are good to about 1e-10.
SOLVER_NOISE = 1e-8


def test_reactions_balance_every_unit_load(tibia_run, centre_of):
    # 1 N along an axis, spread evenly, acts at the centre of its region. Moments are measured by the
    # force times the length of the bone.
    length = tibia_run.case.bone.length_mm
    for load, reaction in zip(tibia_run.history.loads, tibia_run.unit.reaction, strict=True):
        force = np.eye(3)[load.axis]
        moment = np.cross(centre_of(tibia_run.mesh, load.region), force)
        np.testing.assert_allclose(reaction[:3], -force, rtol=0, atol=SOLVER_NOISE)
        np.testing.assert_allclose(reaction[3:], -moment, rtol=0, atol=SOLVER_NOISE * length)


def test_reactions_of_the_frame_balance_the_forces_of_the_file(tibia_run, centre_of):
    case = tibia_run.case
    forces = [f for f in case.activity.forces.values() if f.share == 1.0]
    newtons = np.array([f.vector_bw for f in forces]) * case.body_mass_kg * 9.80665
    centre = np.array([centre_of(tibia_run.mesh, f.region) for f in forces])

    reaction = tibia_run.coefficients @ tibia_run.unit.reaction

    size = np.abs(newtons).sum()
    np.testing.assert_allclose(reaction[:3], -newtons.sum(axis=0), rtol=0, atol=SOLVER_NOISE * size)
    moment = np.cross(centre, newtons).sum(axis=0)
    np.testing.assert_allclose(reaction[3:], -moment, rtol=0, atol=SOLVER_NOISE * size * case.bone.length_mm)


def test_stress_over_cuts_carries_what_statics_says(tibia_run):
    # 2 % of the largest force and of the largest moment: stress of quadratic elements at twice the default
    # edge length is good to about 1 %.
    anatomy = Anatomy(tibia_run.case.bone)
    levels = np.array([0.14, 0.25, 0.38, 0.50, 0.66, 0.80])
    centers = np.array([anatomy.section_center(level) for level in levels])

    statics = internal_loads(tibia_run.tractions, tibia_run.coefficients, levels, centers)
    carried = integrated_loads(tibia_run.mesh, tibia_run.elasticity, tibia_run.field, levels, centers)
    for found, expected in ((carried.force, statics.force), (carried.moment, statics.moment)):
        np.testing.assert_allclose(found, expected, rtol=0, atol=0.02 * np.abs(expected).max())


def solved_at_once(mesh, constants, fixed, tractions, coefficients):
    """Return the strain (m, 4, 3, 3) under all tractions together, as one load vector."""
    body = ElasticBody(mesh.points, mesh.cells, constants.modulus, constants.poisson)
    load = np.zeros(body.dofs)
    for surface, c in zip(tractions, coefficients, strict=True):
        for part in surface.parts:
            triangles = mesh.facets[part.loaded_area.facets]
            load += body.traction_loads(triangles, [(c * part.a, c * part.b, part.c)])[:, 0]
    held = body.fixed_nodes(mesh.facets[np.concatenate([mesh.regions[name] for name in fixed])])
    return tensors(body.strains(body.factorised(held).solve(load[:, None]))[0])


def test_superposed_unit_strains_equal_the_direct_solution(tibia_run):
    run = tibia_run
    direct = solved_at_once(run.mesh, run.elasticity, run.case.bone.support.regions, run.tractions, run.coefficients)
    largest = np.abs(direct).max()
    np.testing.assert_allclose(run.field.corner, direct, rtol=0, atol=1e-9 * largest)


def p95(mesh, bone, constants, corner):
    kept = (mesh.tissue != TISSUES.index("marrow")) & ~excluded_zone(bone, mesh, mesh.centroids)
    eq = equivalent(corner.mean(axis=1), constants.poisson)
    return volume_percentile(eq[kept], mesh.volumes[kept], [95.0])[0]


def test_p95_strain_hardly_changes_with_a_finer_mesh(tibia_run):
    # From 6 to 4 mm, that is twice the unknowns. Edges of regions follow the facets, so that sizes between
    # 7 and 3 mm scatter by 2 % without trend; 3 % is what the default mesh is asked for as well.
    run, bone = tibia_run, tibia_run.case.bone
    finer = mesh_bone(bone, 4.0)
    constants = elasticity(bone, finer)
    tractions = [surface_load(finer, load) for load in run.history.loads]
    corner = solved_at_once(finer, constants, bone.support.regions, tractions, run.coefficients)

    coarse = p95(run.mesh, bone, run.elasticity, run.field.corner)
    fine = p95(finer, bone, constants, corner)
    assert coarse == pytest.approx(fine, rel=0.03)


# ------------------------------------------------------------------ invariance

ANGLES = np.deg2rad([31.0, -57.0, 113.0])


def rotation():
    (ca, cb, cc), (sa, sb, sc) = np.cos(ANGLES), np.sin(ANGLES)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def moved(mesh: BoneMesh, Q) -> BoneMesh:
    """Return the mesh with every point x at Q x; a mirror image has its cells and facets turned."""
    turn = [0, 1, 2, 3] if np.linalg.det(Q) > 0.0 else [0, 1, 3, 2]
    facets = mesh.facets if np.linalg.det(Q) > 0.0 else mesh.facets[:, [0, 2, 1]]
    centers = {name: Q @ center for name, center in mesh.centers.items()}
    return replace(mesh, points=mesh.points @ Q.T, cells=mesh.cells[:, turn], facets=facets, centers=centers)


def equivalent_strain(mesh, case, constants, Q):
    """Return ε_eq at the corners of the original cells of the bone that Q moves along with its loads.

    Forces turn like vectors, moments like axial ones: m becomes det(Q) Q m.
    """
    history = load_history(case)
    force = {load: c for load, c in zip(history.loads, history.coefficients[0], strict=True)}
    loads, coefficients = [], []
    for region in dict.fromkeys(load.region for load in history.loads):
        for moment in (False, True):
            vector = np.array([force.get(UnitLoad(region, moment, axis), 0.0) for axis in range(3)])
            turned = (np.linalg.det(Q) if moment else 1.0) * Q @ vector
            if np.any(vector):
                loads += [UnitLoad(region, moment, axis) for axis in range(3)]
                coefficients += turned.tolist()
    image = moved(mesh, Q)
    tractions = [surface_load(image, load) for load in loads]
    unit = unit_strains(image, constants, Fixed(case.bone.support.regions), tractions)
    corner = superposed(unit, np.array(coefficients)).corner
    original = corner if np.linalg.det(Q) > 0.0 else corner[:, [0, 1, 3, 2]]
    return equivalent(original, constants.poisson)


@pytest.fixture(scope="module")
def with_moment(tibia_case: Case) -> Case:
    """Running with the gastrocnemii's moment, so that a moment takes part."""
    forces = dict(tibia_case.activity.forces)
    forces["gastrocnemii"] = forces["gastrocnemii"].model_copy(update={"share": 1.0})
    return tibia_case.model_copy(update={"activity": tibia_case.activity.model_copy(update={"forces": forces})})


@pytest.fixture(scope="module")
def as_it_stands(tibia_run, with_moment):
    return equivalent_strain(tibia_run.mesh, with_moment, tibia_run.elasticity, np.eye(3))


def test_moment_takes_part_in_the_invariance_tests(as_it_stands, tibia_run):
    without = equivalent(tibia_run.field.corner, tibia_run.elasticity.poisson)
    assert np.abs(as_it_stands - without).max() > 0.1 * without.max()


@pytest.mark.parametrize("Q", [rotation(), np.diag([1.0, 1.0, -1.0])], ids=["rotated", "mirrored"])
def test_moved_bone_has_the_same_strain(tibia_run, with_moment, as_it_stands, Q):
    found = equivalent_strain(tibia_run.mesh, with_moment, tibia_run.elasticity, Q)
    np.testing.assert_allclose(found, as_it_stands, rtol=0, atol=SOLVER_NOISE * as_it_stands.max())
