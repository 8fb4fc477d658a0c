# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The basis of a bone: its columns, and any frame as a combination of them."""

from __future__ import annotations

import numpy as np
import pytest

import fea.solve.basis
from fea.case import Activity, names, read_activity, read_bone, resolved
from fea.errors import InputError
from fea.loading import PathLoad, UnitLoad, load_history, more_loads
from fea.solve import ElasticBody, Fixed, balance, basis_loads, solved_basis
from fea.strain import superposed, tensors


@pytest.fixture(scope="module")
def basis(tibia, tibia_case, tibia_mesh):
    """The whole basis of the coarse tibia, held at the plateau, and forces given on its regions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fea.solve.basis, "mesh_bone", lambda description, size_mm: tibia_mesh)
        return solved_basis(tibia, 6.0, Fixed(tibia.support.regions), more=more_loads(tibia_case))


def direct(basis, coefficients):
    """Return the strain (m, 4, 3, 3) of a frame from one load vector and a factorisation of its own."""
    mesh, constants = basis.mesh, basis.elasticity
    body = ElasticBody(mesh.points, mesh.cells, constants.modulus, constants.poisson)
    load = np.zeros(body.dofs)
    for surface, c in zip(basis.tractions, coefficients, strict=True):
        for part in surface.parts:
            affine = [(c * part.a, c * part.b, part.c)]
            load += body.traction_loads(mesh.facets[part.loaded_area.facets], affine)[:, 0]
    plateau = np.concatenate([mesh.regions["plateau_medial"], mesh.regions["plateau_lateral"]])
    held = body.fixed_nodes(mesh.facets[plateau])
    return tensors(body.strains(body.factorised(held).solve(load[:, None]))[0])


def by_kind(loads):
    """Regions of forces, regions of moments, and paths among loads; each region has all three axes."""
    found = [
        {load.region for load in loads if isinstance(load, UnitLoad) and load.moment == kind} for kind in (False, True)
    ]
    paths = {load.path for load in loads if isinstance(load, PathLoad)}
    assert len(set(loads)) == len(loads) == 3 * (len(found[0]) + len(found[1])) + len(paths)
    return (*found, paths)


def test_columns_are_forces_and_moments_at_the_ends_muscle_paths_and_forces_on_the_rest_of_the_shaft(tibia):
    forces, moments, paths = by_kind(basis_loads(tibia, tibia.support.regions))
    assert moments == {"plafond"}
    assert paths == set(tibia.paths)
    through_paths = {region for path in tibia.paths.values() for region in path.regions}
    through_paths |= {tibia.fibula.distal.region, tibia.fibula.proximal.region}
    assert forces == set(tibia.regions) - set(tibia.support.regions) - through_paths
    assert "plafond" in forces
    assert "soleus" not in forces


def test_basis_of_a_free_bone_loads_the_plateau_as_well(tibia):
    forces, moments, _ = by_kind(basis_loads(tibia, ()))
    assert moments == {"plafond", "plateau_medial", "plateau_lateral"}
    assert moments <= forces


def test_given_forces_are_columns_beside_the_usual_ones_and_none_acts_on_a_support(tibia):
    more = [UnitLoad(region, False, axis) for region in ("soleus", "plafond", "plateau_medial") for axis in range(3)]
    usual = basis_loads(tibia, tibia.support.regions)
    assert basis_loads(tibia, tibia.support.regions, more) == (*usual, *more[:3])


def test_a_bone_without_paths_is_loaded_by_forces_on_its_regions():
    bone = read_bone("metatarsal2")
    forces, _, paths = by_kind(basis_loads(bone, bone.support.regions))
    assert forces == set(bone.regions) - set(bone.support.regions)
    assert not paths


def test_carrying_region_that_the_bone_lacks_is_refused(tibia):
    with pytest.raises(InputError, match=r"no region 'plateau_medal'; nearest: plateau_medial"):
        basis_loads(tibia, ("plateau_medal",))


@pytest.mark.parametrize("bone", ["tibia", "metatarsal1", "metatarsal5"])
def test_every_shipped_activity_is_a_combination_of_the_columns(bone):
    description = read_bone(bone)
    asked = {name: read_activity(name) for name in names("activity")}
    fitting = [name for name, a in asked.items() if not isinstance(a, Activity) or a.bone == description.bone]
    assert len(fitting) >= 8
    for name in fitting:
        case = resolved(bone, name)
        columns = basis_loads(description, description.support.regions, more_loads(case))
        assert set(load_history(case).loads) <= set(columns)


def test_superposed_running_equals_the_direct_solution(basis, tibia_case):
    history = load_history(tibia_case)
    chosen = basis.chosen(history.loads)
    expected = direct(chosen, history.coefficients[0])
    found = superposed(chosen.unit, history.coefficients[0]).corner
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_superposed_frame_of_all_columns_equals_the_direct_solution(basis):
    # Forces of about 100 N and moments of about 1000 N·mm on all regions at once.
    size = [1000.0 if isinstance(load, UnitLoad) and load.moment else 100.0 for load in basis.loads]
    frame = np.random.default_rng(6).normal(size=len(size)) * size
    expected = direct(basis, frame)
    found = superposed(basis.unit, frame).corner
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    balance(basis.unit, basis.tractions, frame)


def test_chosen_columns_come_in_the_order_asked_for(basis):
    loads = (PathLoad("soleus"), UnitLoad("plafond", True, 1), UnitLoad("plafond", False, 0))
    places = [basis.loads.index(load) for load in loads]
    chosen = basis.chosen(loads)
    assert chosen.loads == loads
    for name in ("strain", "displacement", "reaction", "pins", "fibula"):
        assert np.array_equal(getattr(chosen.unit, name), getattr(basis.unit, name)[places])
    assert chosen.tractions == tuple(basis.tractions[place] for place in places)


def test_a_path_outside_the_basis_is_refused(basis):
    with pytest.raises(InputError, match=r"no muscle path 'popliteus'.*known: .*soleus"):
        basis.chosen([PathLoad("popliteus")])


def test_the_fibula_is_among_the_tractions_of_every_column_it_shares(basis, tibia_mesh):
    # Its two forces cancel in all but the parts of the bone between them.
    axial = basis.loads.index(UnitLoad("plafond", False, 1))
    share = basis.unit.fibula[axial]
    assert share > 0.01
    loaded = basis.tractions[axial]
    force, _ = loaded.resultants(below=0.5 * 370.0)
    np.testing.assert_allclose(force, np.eye(3)[1] + share * tibia_mesh.pulls["fibula"][0].force, atol=1e-9)
    np.testing.assert_allclose(loaded.resultants()[0], [0.0, 1.0, 0.0], atol=1e-9)


@pytest.mark.parametrize(
    ("load", "kind"),
    [(UnitLoad("plateau_medial", False, 1), "force"), (UnitLoad("popliteus", True, 0), "moment")],
    ids=["force on a support", "moment on the shaft"],
)
def test_load_outside_the_basis_is_refused(basis, load, kind):
    with pytest.raises(InputError, match=rf"no {kind} .* on the region '{load.region}'; .*known: .*plafond"):
        basis.chosen([load])


def test_seconds_of_every_step_are_kept(basis):
    assert set(basis.wall_s) == set(fea.solve.basis.STEPS)
    assert basis.wall_s["factorise"] > 0.0
    assert basis.wall_s["cache"] == 0.0
