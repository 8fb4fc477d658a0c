# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Unit tractions carry exactly the unit loads, by their own quadrature and by that of DOLFINx."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone import mesh_bone
from fea.errors import InputError
from fea.loading import PathLoad, UnitLoad, mean_tractions, resultant, surface_load
from fea.loading.traction import loaded_area
from fea.solve import ElasticBody

LENGTH = 370.0
"""Lever in mm by which moments about the origin are measured."""

# Exact quadrature, summed over up to a few hundred facets: round-off alone.
EXACT = 1e-11

ALL = [(moment, axis) for moment in (False, True) for axis in range(3)]


def loaded_regions(tibia):
    return sorted(set(tibia.regions) - set(tibia.support.regions))


def wanted(mesh, load):
    """Return force and moment about the origin of the unit load on the centre of its region, (6,)."""
    unit = np.eye(3)[load.axis]
    if load.moment:
        return np.concatenate([np.zeros(3), unit])
    return np.concatenate([unit, np.cross(mesh.centers[load.region], unit)])


def assert_same_resultants(found, expected, load):
    # 1 N·mm on a region of some 10 mm is a pair of forces of 0.1 N.
    force = 0.1 if load.moment else 1.0
    np.testing.assert_allclose(found[:3], expected[:3], rtol=0, atol=EXACT * force)
    np.testing.assert_allclose(found[3:], expected[3:], rtol=0, atol=EXACT * force * LENGTH)


@pytest.mark.parametrize(("moment", "axis"), ALL)
def test_resultants_are_the_unit_load_on_every_region(tibia, tibia_mesh, moment, axis):
    for region in loaded_regions(tibia):
        load = UnitLoad(region, moment, axis)
        found = np.concatenate(surface_load(tibia_mesh, load).resultants())
        assert_same_resultants(found, wanted(tibia_mesh, load), load)


@pytest.fixture(scope="module")
def body(tibia_mesh):
    return ElasticBody(tibia_mesh.points, tibia_mesh.cells, np.ones(len(tibia_mesh.cells)), 0.3, degree=1)


@pytest.fixture(scope="module")
def rigid_motions(body):
    """Three shifts and three turns about the origin as displacements, (6, dofs)."""
    turns = [lambda x, axis=axis: np.cross(axis, x.T).T for axis in np.eye(3)]
    shifts = [lambda x, axis=axis: np.tile(axis[:, None], x.shape[1]) for axis in np.eye(3)]
    return np.array([body.interpolated(motion) for motion in (*shifts, *turns)])


def test_assembled_load_vectors_do_the_work_of_the_unit_load_on_rigid_motions(tibia, tibia_mesh, body, rigid_motions):
    for region in loaded_regions(tibia):
        loads = [UnitLoad(region, moment, axis) for moment, axis in ALL]
        tractions = [surface_load(tibia_mesh, load) for load in loads]
        triangles = tibia_mesh.facets[tibia_mesh.regions[region]]
        vectors = body.traction_loads(triangles, [(t.a, t.b, t.c) for load in tractions for t in load.parts])
        for load, vector in zip(loads, vectors.T, strict=True):
            assert_same_resultants(rigid_motions @ vector, wanted(tibia_mesh, load), load)


def test_force_through_the_centroid_of_the_facets_is_spread_evenly_over_them_and_nowhere_else(tibia_mesh, body):
    # With linear displacement a facet hands a third of its share of the area to each of its corners.
    facets = tibia_mesh.facets[tibia_mesh.regions["soleus"]]
    centroid = loaded_area(tibia_mesh, "soleus").centroid
    centred = replace(tibia_mesh, centers={**tibia_mesh.centers, "soleus": centroid})
    (traction,) = surface_load(centred, UnitLoad("soleus", False, 1)).parts
    load = body.traction_loads(facets, [(traction.a, traction.b, traction.c)])[:, 0].reshape(-1, 3)

    corner = tibia_mesh.points[facets]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    expected = np.bincount(facets.ravel(), np.repeat(area / area.sum() / 3.0, 3), len(tibia_mesh.points))
    by_place = [np.lexsort(np.round(place, 9).T) for place in (body.nodes(), tibia_mesh.points)]
    np.testing.assert_allclose(load[by_place[0], 1], expected[by_place[1]], rtol=0, atol=EXACT)
    np.testing.assert_allclose(load[:, [0, 2]], 0.0, atol=EXACT)


@pytest.mark.parametrize(("moment", "axis"), ALL)
def test_line_of_action_is_the_same_in_every_mesh(tibia, tibia_mesh, moment, axis):
    finer = mesh_bone(tibia, 5.0)
    for region in loaded_regions(tibia):
        load = UnitLoad(region, moment, axis)
        coarse, fine = (np.concatenate(surface_load(mesh, load).resultants()) for mesh in (tibia_mesh, finer))
        assert_same_resultants(coarse, fine, load)


def test_the_tractions_of_every_path_have_exactly_its_forces_at_its_points(tibia_mesh):
    # Each pull acts through its own point, which lies off the region that bears it; tendons that hug a malleolus pass
    # beside the bone.
    for name, pulls in tibia_mesh.pulls.items():
        force, moment = surface_load(tibia_mesh, PathLoad(name)).resultants()
        np.testing.assert_allclose(force, sum(pull.force for pull in pulls), rtol=0, atol=EXACT)
        about = sum(np.cross(pull.point, pull.force) for pull in pulls)
        np.testing.assert_allclose(moment, about, rtol=0, atol=EXACT * LENGTH)


def test_each_region_of_a_path_bears_its_own_pull(tibia_mesh):
    for name in ("tibialis_posterior", "peroneus_longus", "fibula"):
        own = [pull for pull in tibia_mesh.pulls[name] if pull.force.any()]
        for part, pull in zip(surface_load(tibia_mesh, PathLoad(name)).parts, own, strict=True):
            assert part.loaded_area.region == pull.region
            np.testing.assert_allclose(part.resultants()[0], pull.force, rtol=0, atol=EXACT)
            np.testing.assert_allclose(
                part.resultants()[1], np.cross(pull.point, pull.force), rtol=0, atol=EXACT * LENGTH
            )


def test_what_lies_below_a_cut_is_the_part_of_the_path_below_it(tibia_mesh):
    # At 20 % the pulley behind the malleolus is below, the origin of tibialis posterior above.
    pulley = tibia_mesh.pulls["tibialis_posterior"][-1]
    force, moment = surface_load(tibia_mesh, PathLoad("tibialis_posterior")).resultants(below=0.2 * LENGTH)
    np.testing.assert_allclose(force, pulley.force, rtol=0, atol=EXACT)
    np.testing.assert_allclose(moment, np.cross(pulley.point, pulley.force), rtol=0, atol=EXACT * LENGTH)


def test_scaled_and_added_loads_have_scaled_and_added_resultants(tibia_mesh):
    one, other = (surface_load(tibia_mesh, PathLoad(name)) for name in ("soleus", "fibula"))
    together = one.with_parts_of(other.scaled(-0.3))
    expected = np.concatenate(one.resultants()) - 0.3 * np.concatenate(other.resultants())
    np.testing.assert_allclose(np.concatenate(together.resultants()), expected, rtol=0, atol=EXACT * LENGTH)


def test_unknown_path_is_refused_and_the_nearest_offered(tibia_mesh):
    with pytest.raises(InputError, match=r"no muscle path 'solues'; nearest: soleus"):
        surface_load(tibia_mesh, PathLoad("solues"))


def test_loads_are_named_for_people():
    assert UnitLoad("plafond", True, 2).title == "plafond lateral moment"
    assert PathLoad("soleus").title == "soleus tension"


def test_unknown_region_is_refused_and_the_nearest_offered(tibia_mesh):
    with pytest.raises(InputError, match=r"no region 'plafnod'; nearest: plafond"):
        surface_load(tibia_mesh, UnitLoad("plafnod", False, 0))


def test_resultant_adds_scaled_loads(tibia_mesh):
    loads = [UnitLoad("plafond", False, 1), UnitLoad("soleus", False, 1), UnitLoad("plafond", True, 2)]
    tractions = [surface_load(tibia_mesh, load) for load in loads]
    force, moment = resultant(tractions, np.array([900.0, -300.0, 5000.0]))
    expected = 900.0 * wanted(tibia_mesh, loads[0]) - 300.0 * wanted(tibia_mesh, loads[1])
    np.testing.assert_allclose(force, [0.0, 600.0, 0.0], atol=600.0 * EXACT)
    np.testing.assert_allclose(moment, [*expected[3:5], expected[5] + 5000.0], rtol=1e-9, atol=1e-6)


def test_mean_traction_is_the_net_force_over_the_area(tibia_mesh):
    # 300 N and 400 N at a right angle make 500 N; a moment has no mean.
    loads = [UnitLoad("soleus", False, 0), UnitLoad("soleus", False, 1), UnitLoad("soleus", True, 1)]
    tractions = [surface_load(tibia_mesh, load) for load in loads]
    found = mean_tractions(tractions, np.array([300.0, -400.0, 1e4]))
    assert found == {"soleus": pytest.approx(500.0 / tibia_mesh.region_area("soleus"), rel=1e-9)}
