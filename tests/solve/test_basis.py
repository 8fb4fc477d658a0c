# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The basis of a bone: its columns, and any frame as a combination of them."""

from __future__ import annotations

import numpy as np
import pytest

import fea.solve.basis
from fea.case import Activity, names, read_activity, read_bone, resolved
from fea.errors import InputError
from fea.loading import UnitLoad, load_history
from fea.solve import ElasticBody, Fixed, balance, basis_loads, solved_basis
from fea.strain import superposed, tensors


@pytest.fixture(scope="module")
def basis(tibia, tibia_mesh):
    """The whole basis of the coarse tibia, held at the plateau."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fea.solve.basis, "mesh_bone", lambda description, size_mm: tibia_mesh)
        return solved_basis(tibia, 6.0, Fixed(tibia.support.regions))


def direct(basis, coefficients):
    """Return the strain (m, 4, 3, 3) of a frame from one load vector and a factorisation of its own."""
    mesh, constants = basis.mesh, basis.elasticity
    body = ElasticBody(mesh.points, mesh.cells, constants.modulus, constants.poisson)
    load = np.zeros(body.dofs)
    for traction, c in zip(basis.tractions, coefficients, strict=True):
        affine = [(c * traction.a, c * traction.b, traction.c)]
        load += body.traction_loads(mesh.facets[traction.loaded_area.facets], affine)[:, 0]
    plateau = np.concatenate([mesh.regions["plateau_medial"], mesh.regions["plateau_lateral"]])
    held = body.fixed_nodes(mesh.facets[plateau])
    return tensors(body.strains(body.factorised(held).solve(load[:, None]))[0])


def test_columns_are_forces_on_every_region_that_does_not_carry_and_moments_at_the_ends(tibia):
    # Eleven regions, two of which carry; of the other nine only the plafond is at an end.
    loads = basis_loads(tibia.regions, tibia.support.regions)
    assert len(set(loads)) == len(loads) == 9 * 3 + 3
    assert {load.region for load in loads} == set(tibia.regions) - set(tibia.support.regions)
    assert {load.region for load in loads if load.moment} == {"plafond"}
    for region in ("plafond", "soleus"):
        assert {load.axis for load in loads if load.region == region and not load.moment} == {0, 1, 2}


def test_basis_of_a_free_bone_loads_the_plateau_as_well(tibia):
    loads = basis_loads(tibia.regions, ())
    assert len(loads) == 11 * 3 + 3 * 3
    assert {load.region for load in loads if load.moment} == {"plafond", "plateau_medial", "plateau_lateral"}


def test_carrying_region_that_the_bone_lacks_is_refused(tibia):
    with pytest.raises(InputError, match=r"no region 'plateau_medal'; nearest: plateau_medial"):
        basis_loads(tibia.regions, ("plateau_medal",))


@pytest.mark.parametrize("bone", ["tibia", "metatarsal1", "metatarsal5"])
def test_every_shipped_activity_is_a_combination_of_the_columns(bone):
    description = read_bone(bone)
    columns = set(basis_loads(description.regions, description.support.regions))
    asked = {name: read_activity(name) for name in names("activity")}
    fitting = [name for name, a in asked.items() if not isinstance(a, Activity) or a.bone == description.bone]
    assert len(fitting) >= 8
    for name in fitting:
        assert set(load_history(resolved(bone, name)).loads) <= columns


def test_superposed_running_equals_the_direct_solution(basis, tibia_case):
    history = load_history(tibia_case)
    chosen = basis.chosen(history.loads)
    expected = direct(chosen, history.coefficients[0])
    found = superposed(chosen.unit, history.coefficients[0]).corner
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_superposed_frame_of_all_columns_equals_the_direct_solution(basis):
    # Forces of about 100 N and moments of about 1000 N·mm on all regions at once.
    size = [1000.0 if load.moment else 100.0 for load in basis.loads]
    frame = np.random.default_rng(6).normal(size=len(size)) * size
    expected = direct(basis, frame)
    found = superposed(basis.unit, frame).corner
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    balance(basis.unit, basis.tractions, frame)


def test_chosen_columns_come_in_the_order_asked_for(basis):
    loads = (basis.loads[7], basis.loads[29], basis.loads[2])
    chosen = basis.chosen(loads)
    assert chosen.loads == loads
    for name in ("strain", "displacement", "reaction", "pins"):
        assert np.array_equal(getattr(chosen.unit, name), getattr(basis.unit, name)[[7, 29, 2]])
    for load, traction in zip(loads, chosen.tractions, strict=True):
        assert traction.loaded_area.region == load.region
        assert np.any(traction.a) != load.moment


@pytest.mark.parametrize(
    ("load", "kind"),
    [(UnitLoad("plateau_medial", False, 1), "force"), (UnitLoad("soleus", True, 0), "moment")],
    ids=["force on a support", "moment on the shaft"],
)
def test_load_outside_the_basis_is_refused(basis, load, kind):
    with pytest.raises(InputError, match=rf"no {kind} .* on the region '{load.region}'; .*known: .*plafond"):
        basis.chosen([load])


def test_seconds_of_every_step_are_kept(basis):
    assert set(basis.wall_s) == set(fea.solve.basis.STEPS)
    assert basis.wall_s["factorise"] > 0.0
    assert basis.wall_s["cache"] == 0.0
