# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bar beside the bone: two springs in parallel, reciprocity, and the limits of no and of an infinite stiffness."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneMesh, Pull
from fea.loading import PathLoad, UnitLoad, internal_loads, surface_load
from fea.solve import ElasticBody, Fixed, Foundation, Free, balance, support_of
from fea.solve.basis import with_fibula
from fea.solve.unit import Bar, LoadedBone, _load_vectors, bar_forces
from fea.strain import integrated_loads, superposed
from fea.tissue import Elasticity, elasticity

# A post of 10 mm · 60 mm · 10 mm along x, y, z, its cross-section 100 mm².
SIDES = (10.0, 60.0, 10.0)
MODULUS, AREA = 300.0, 100.0
OWN = MODULUS * AREA / SIDES[1]
"""Stiffness of the post along y, N/mm."""
LOADS = tuple(UnitLoad("tip", moment, axis) for moment in (False, True) for axis in range(3))
UP = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def post(block, outer_triangles):
    """A post whose ends and two patches on the right side can be loaded."""
    points, cells = block((3, 12, 3), SIDES, jitter=0.15, seed=3)
    facets = outer_triangles(cells)
    corner = points[facets]
    y, side = corner[..., 1], np.all(np.isclose(corner[..., 0], SIDES[0]), axis=1)
    regions = {
        "tip": np.flatnonzero(np.all(y == 0.0, axis=1)),
        "root": np.flatnonzero(np.all(np.isclose(y, SIDES[1]), axis=1)),
        "low": np.flatnonzero(side & np.all(y < 15.5, axis=1)),
        "high": np.flatnonzero(side & np.all(y > 44.5, axis=1)),
    }
    centers = {"tip": [5, 0, 5], "root": [5, 60, 5], "low": [10, 7.5, 5], "high": [10, 52.5, 5]}
    none = np.zeros(len(cells), dtype=np.int64)
    places = {name: np.array(center, dtype=float) for name, center in centers.items()}
    return BoneMesh("post", points, cells, none, facets, regions, places, {"fibula": beside(), "middle": middle()})


def beside():
    """A bar 6 mm beside the post, between the patches on its side."""
    return (Pull("low", -UP, np.array([16.0, 8.0, 6.0])), Pull("high", UP, np.array([16.0, 52.0, 6.0])))


def middle():
    """A bar along the axis from end to end."""
    return (Pull("tip", -UP, np.array([5.0, 0.0, 5.0])), Pull("root", UP, np.array([5.0, 60.0, 5.0])))


def even(mesh, poisson=0.3):
    return Elasticity(np.full(len(mesh.cells), 1.8), np.full(len(mesh.cells), MODULUS), poisson)


def solved(mesh, stiffness, support=None, path="fibula", poisson=0.3):
    """Response to loads on the tip with a bar; without one for ``None``."""
    bar = None if stiffness is None else Bar(surface_load(mesh, PathLoad(path)), stiffness)
    loads = [surface_load(mesh, load) for load in LOADS]
    return LoadedBone(mesh, support or Fixed(("root",)), loads, bar=bar).unit_strains(even(mesh, poisson))


@pytest.mark.parametrize("stiffness", [1.0, OWN, 3000.0])
def test_post_and_bar_are_two_springs_in_parallel(post, stiffness):
    # Without contraction the post is compressed evenly: E A / L = 500 N/mm, and the bar takes k / (k + E A / L).
    unit = solved(post, stiffness, path="middle", poisson=0.0)
    axial = LOADS.index(UnitLoad("tip", False, 1))
    assert unit.fibula[axial] == pytest.approx(stiffness / (stiffness + OWN), rel=1e-9)
    tip = np.unique(post.facets[post.regions["tip"]])
    np.testing.assert_allclose(unit.displacement[axial, tip, 1], 1.0 / (stiffness + OWN), rtol=1e-9)
    # What shortens neither takes no part: shear and torsion, and bending about the axis of the bar.
    np.testing.assert_allclose(np.delete(unit.fibula, axial), 0.0, atol=1e-9)


def test_a_bar_without_stiffness_carries_nothing_and_changes_nothing(post):
    alone, slack = solved(post, None), solved(post, 1e-9)
    assert not alone.fibula.any()
    np.testing.assert_allclose(slack.fibula, 0.0, atol=1e-10)
    np.testing.assert_allclose(slack.strain, alone.strain, rtol=0, atol=1e-9 * np.abs(alone.strain).max())


def test_a_stiffer_bar_carries_more_and_a_rigid_one_keeps_its_ends_apart(post):
    forces = np.array([solved(post, k).fibula for k in (10.0, 100.0, 1000.0, 1e12)])
    taking = np.abs(forces[-1]) > 1e-6
    assert np.all(np.diff(np.abs(forces[:, taking]), axis=0) > 0.0)
    # Rigid: with its force its ends come no nearer.
    _, u, loads = bodies(post)
    rigid = u[:, :-1] + np.outer(u[:, -1], forces[-1])
    before = np.abs(loads[:, -1] @ u[:, :-1]).max()
    np.testing.assert_allclose(loads[:, -1] @ rigid, 0.0, atol=1e-6 * before)


def bodies(mesh):
    """Body, displacements and load vectors of the loads on the tip and of 1 N in the bar."""
    constants = even(mesh)
    body = ElasticBody(mesh.points, mesh.cells, constants.modulus, constants.poisson)
    tractions = [*(surface_load(mesh, load) for load in LOADS), surface_load(mesh, PathLoad("fibula"))]
    loads = _load_vectors(body, mesh, tractions)
    return body, body.factorised(body.fixed_nodes(mesh.facets[mesh.regions["root"]])).solve(loads), loads


def test_load_and_bar_move_each_other_alike(post):
    # Betti: the bar's ends move apart under a load by what its point moves under 1 N of the bar.
    _, u, loads = bodies(post)
    work = loads.T @ u
    np.testing.assert_allclose(work, work.T, rtol=0, atol=1e-10 * np.abs(work).max())
    assert np.abs(work[:-1, -1]).max() > 0.01 * work[-1, -1]


@pytest.mark.parametrize("stiffness", [20.0, 600.0])
def test_the_bar_is_shortened_by_its_force_over_its_stiffness(post, stiffness):
    # Hooke's law of the bar itself, on the displacements with the bar in place: N / k = −(f · u).
    _, u, loads = bodies(post)
    force = bar_forces(loads[:, -1] @ u, stiffness)
    together = u[:, :-1] + np.outer(u[:, -1], force)
    np.testing.assert_allclose(-loads[:, -1] @ together, force / stiffness, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(solved(post, stiffness).fibula, force, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    "support", [Fixed(("root",)), Foundation(("root",), 20.0), Free()], ids=lambda s: type(s).__name__
)
def test_with_the_bar_among_the_loads_every_support_is_in_balance(post, support):
    unit = solved(post, 600.0, support)
    loads = with_fibula(post, [surface_load(post, load) for load in LOADS], unit.fibula)
    for coefficients in (*np.eye(len(LOADS)), np.array([30.0, 900.0, -20.0, 500.0, -300.0, 800.0])):
        balance(unit, loads, coefficients)
    # Two opposite forces on one line: supports feel nothing of the bar.
    np.testing.assert_allclose(unit.reaction, solved(post, None, support).reaction, atol=1e-7)


def test_loads_with_the_bar_among_them_strain_the_bone_as_the_bar_does(post):
    unit = solved(post, 600.0)
    loads = with_fibula(post, [surface_load(post, load) for load in LOADS], unit.fibula)
    other = LoadedBone(post, Fixed(("root",)), loads).unit_strains(even(post))
    np.testing.assert_allclose(other.strain, unit.strain, rtol=0, atol=1e-9 * np.abs(unit.strain).max())


def test_statics_with_the_bar_are_the_stress_in_the_section(post):
    # Half way between the ends of the bar the post carries less than the load, and the rest of its moment too. 2 %: the
    # stress of quadratic elements at a cut.
    unit, level = solved(post, 600.0), np.array([0.5])
    center = np.array([[5.0, 30.0, 5.0]])
    coefficients = np.array([2.0, 900.0, -3.0, 300.0, -200.0, 400.0])
    loads = with_fibula(post, [surface_load(post, load) for load in LOADS], unit.fibula)
    statics = internal_loads(loads, coefficients, level, center)
    stress = integrated_loads(post, even(post), superposed(unit, coefficients), level, center)
    np.testing.assert_allclose(stress.force, statics.force, atol=0.02 * 900.0)
    np.testing.assert_allclose(stress.moment, statics.moment, atol=0.02 * np.abs(statics.moment).max())
    share = float(coefficients @ unit.fibula)
    assert share > 50.0
    assert statics.force[0, 1] == pytest.approx(900.0 - share, rel=1e-9)


def test_the_fibula_of_the_tibia_carries_what_was_measured(tibia, tibia_mesh):
    # 6.4 % (Takebe 1984) and 7.1 % (Clin Orthop 1992) of an axial force in neutral position; give or take a half, since
    # the place of the force matters.
    bar = Bar(surface_load(tibia_mesh, PathLoad("fibula")), tibia.fibula.stiffness_n_per_mm)
    axial = [surface_load(tibia_mesh, UnitLoad("plafond", False, 1))]
    support = support_of(tibia, "fixed")
    unit = LoadedBone(tibia_mesh, support, axial, bar=bar).unit_strains(elasticity(tibia, tibia_mesh))
    assert 0.032 < unit.fibula[0] < 0.107
