# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Unit strains of a bone-shaped record: a box held at one end and loaded at the other."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.errors import InputError
from fea.loading import UnitLoad, surface_load
from fea.solve import COMPONENTS, ElasticBody, Fixed, unit_strains
from fea.tissue import Elasticity

LOADS = tuple(
    UnitLoad(region, moment, axis) for region in ("tip", "side") for moment in (False, True) for axis in range(3)
)
LENGTH = 3.0


@pytest.fixture(scope="module")
def box(block, outer_triangles):
    points, cells = block((2, 3, 2), (2.0, LENGTH, 1.0), jitter=0.2, seed=4)
    facets = outer_triangles(cells)
    corner = points[facets]
    regions = {
        "tip": np.flatnonzero(np.all(corner[..., 1] == 0.0, axis=1)),
        "root": np.flatnonzero(np.all(corner[..., 1] == LENGTH, axis=1)),
        "side": np.flatnonzero(np.all(corner[..., 0] == 2.0, axis=1)),
    }
    middle = np.array([1.0, LENGTH / 2.0, 0.5])
    centers = {"tip": middle * [1, 0, 1], "root": middle * [1, 2, 1], "side": middle * [2, 1, 1]}
    none = np.zeros(len(cells), dtype=np.int64)
    return BoneMesh("box", points, cells, none, facets, regions, centers)


@pytest.fixture(scope="module")
def constants(box):
    return Elasticity(np.ones(len(box.cells)), np.where(box.centroids[:, 1] < 1.5, 100.0, 300.0), 0.3)


@pytest.fixture(scope="module")
def unit(box, constants):
    return unit_strains(box, constants, Fixed(("root",)), [surface_load(box, load) for load in LOADS])


def test_each_unit_load_has_its_own_response(box, constants, unit):
    # Column by column as a body of its own would give it: loads of two regions must not change places.
    body = ElasticBody(box.points, box.cells, constants.modulus, constants.poisson)
    factor = body.factorised(body.fixed_nodes(box.facets[box.regions["root"]]))
    for k, load in enumerate(LOADS):
        (t,) = surface_load(box, load).parts
        u = factor.solve(body.traction_loads(box.facets[t.loaded_area.facets], [(t.a, t.b, t.c)]))[:, 0]
        strain = body.strains(u[:, None])[0]
        np.testing.assert_allclose(unit.strain[k], strain, rtol=0, atol=1e-12 * np.abs(strain).max())
        own = body.at_vertices(u[:, None])[0]
        np.testing.assert_allclose(unit.displacement[k], own, rtol=0, atol=1e-12 * np.abs(u).max())
    assert unit.dofs == body.dofs


def test_order_of_loads_does_not_matter(box, constants, unit):
    order = np.random.default_rng(1).permutation(len(LOADS))
    mixed = unit_strains(box, constants, Fixed(("root",)), [surface_load(box, LOADS[k]) for k in order])
    np.testing.assert_allclose(mixed.strain, unit.strain[order], rtol=0, atol=1e-12 * np.abs(unit.strain).max())
    np.testing.assert_allclose(mixed.reaction, unit.reaction[order], rtol=0, atol=1e-11 * LENGTH)


def test_six_components_are_those_of_a_symmetric_tensor():
    assert sorted(COMPONENTS) == [(i, j) for i in range(3) for j in range(i, 3)]


def test_supports_push_back_what_each_unit_load_pushes(box, unit):
    # The centroid of the tip is (1, 0, 1/2), that of the side (2, 3/2, 1/2).
    centre = {"tip": np.array([1.0, 0.0, 0.5]), "side": np.array([2.0, 1.5, 0.5])}
    for load, reaction in zip(LOADS, unit.reaction, strict=True):
        axis = np.eye(3)[load.axis]
        force = np.zeros(3) if load.moment else axis
        moment = axis if load.moment else np.cross(centre[load.region], axis)
        np.testing.assert_allclose(reaction[:3], -force, atol=1e-11)
        np.testing.assert_allclose(reaction[3:], -moment, atol=1e-11 * LENGTH)


def test_loads_on_held_nodes_go_into_the_support(box, constants):
    # A traction on the root itself moves nothing and is given back whole.
    unit = unit_strains(box, constants, Fixed(("root",)), [surface_load(box, UnitLoad("root", False, 1))])
    np.testing.assert_allclose(unit.displacement, 0.0, atol=1e-15)
    np.testing.assert_allclose(unit.reaction[0, :3], [0.0, -1.0, 0.0], atol=1e-12)


def test_several_regions_can_be_held_together(box, constants):
    # With root and side held, nodes of both stay where they are.
    unit = unit_strains(box, constants, Fixed(("root", "side")), [surface_load(box, UnitLoad("tip", False, 0))])
    for region in ("root", "side"):
        held = np.unique(box.facets[box.regions[region]])
        # Interpolation to the vertices leaves round-off.
        assert np.abs(unit.displacement[0, held]).max() < 1e-12 * np.abs(unit.displacement).max()


def test_bone_that_is_held_nowhere_is_refused():
    with pytest.raises(InputError, match="region"):
        Fixed(())
