# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One mesh, many tissues: what is shared, what stays the same, and which way strain must go."""

from __future__ import annotations

import numpy as np
import pytest

import fea.solve.basis
from fea.bone import BoneMesh
from fea.case import TissueOptions, read_tissue
from fea.errors import InputError, RunError
from fea.solve import ElasticBody, Fixed, LoadedBone, cache, cached_bases, cached_basis, unit_strains
from fea.strain import superposed
from fea.tissue import Elasticity, elasticity, thinned_wall

STATES = ("healthy", "osteopenic", "osteoporotic")


@pytest.fixture(scope="module")
def one_after_another(tibia_run):
    """Responses of the coarse running tibia to its loads, by state, on one factor that is renewed."""
    support = Fixed(tibia_run.case.bone.support.regions)
    loaded = LoadedBone(tibia_run.mesh, support, tibia_run.tractions, keep=True)
    found = {}
    for name in STATES:
        mesh = thinned_wall(tibia_run.case.bone, tibia_run.mesh, read_tissue(name))
        constants = elasticity(tibia_run.case.bone, mesh, read_tissue(name))
        found[name] = mesh, constants, loaded.unit_strains(constants, mesh)
    return found


def test_healthy_state_is_the_bone_without_a_state(tibia_run, one_after_another):
    _, _, unit = one_after_another["healthy"]
    np.testing.assert_allclose(unit.strain, tibia_run.unit.strain, rtol=0, atol=1e-12 * np.abs(unit.strain).max())


def test_a_renewed_factor_gives_what_a_new_one_gives(tibia_run, one_after_another):
    mesh, constants, unit = one_after_another["osteoporotic"]
    fresh = unit_strains(mesh, constants, Fixed(tibia_run.case.bone.support.regions), tibia_run.tractions)
    # Another order of operations on stiffness entries that differ by four orders: round-off of a direct solver.
    np.testing.assert_allclose(unit.strain, fresh.strain, rtol=0, atol=1e-9 * np.abs(fresh.strain).max())
    np.testing.assert_allclose(unit.reaction, fresh.reaction, rtol=0, atol=1e-8 * np.abs(fresh.reaction).max())


@pytest.fixture
def box(block, outer_triangles):
    points, cells = block((3, 3, 3), (1.0, 2.0, 1.0), jitter=0.2, seed=2)
    return points, cells, outer_triangles(cells)


def test_three_tissues_are_ordered_once_and_factorised_three_times(box, monkeypatch):
    from petsc4py import PETSc

    monkeypatch.setenv("BONEFEA_SOLVER", "mumps")  # PETSc counts its own events only

    points, cells, outer = box
    PETSc.Log.begin()
    events = [PETSc.Log.Event(name) for name in ("MatCholFctrSym", "MatCholFctrNum")]
    before = [e.getPerfInfo()["count"] for e in events]
    body = ElasticBody(points, cells, np.full(len(cells), 1.0), 0.3, keep=True)
    held = body.fixed_nodes(outer[:1])
    load = np.ones((body.dofs, 1))
    stiff = body.factorised(held).solve(load)
    assert body.factorised(held) is body.factorised(held)
    body.set_constants(np.full(len(cells), 0.5))
    soft = body.factorised(held).solve(load)
    body.set_constants(np.full(len(cells), 0.25))
    softest = body.factorised(held).solve(load)
    np.testing.assert_allclose(soft, 2.0 * stiff, rtol=1e-10)
    np.testing.assert_allclose(softest, 4.0 * stiff, rtol=1e-10)
    assert [e.getPerfInfo()["count"] - n for e, n in zip(events, before, strict=True)] == [1, 3]


def test_other_supports_are_ordered_anew(box):
    points, cells, outer = box
    body = ElasticBody(points, cells, np.full(len(cells), 1.0), 0.3, keep=True)
    first = body.factorised(body.fixed_nodes(outer[:1]))
    second = body.factorised(body.fixed_nodes(outer[:2]))
    assert second is not first
    assert len(second.fixed) > len(first.fixed)


def test_a_body_without_directions_takes_none(box):
    points, cells, _ = box
    body = ElasticBody(points, cells, np.full(len(cells), 1.0), 0.3)
    from fea.tissue import Anisotropy

    with pytest.raises(RunError, match="make another one"):
        body.set_constants(
            np.ones(len(cells)), Anisotropy(np.ones(len(cells)), np.tile(np.eye(3), (len(cells), 1, 1)), np.eye(6))
        )


def test_bases_of_several_tissues_share_one_mesh_and_are_kept_one_by_one(tibia, tibia_mesh, monkeypatch, tmp_path):
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path))
    meshed = []
    monkeypatch.setattr(fea.solve.basis, "mesh_bone", lambda *_: meshed.append(1) or tibia_mesh)
    support = Fixed(tibia.support.regions)
    tissues = [
        read_tissue(),
        read_tissue(TissueOptions("osteoporotic", symmetry="orthotropic")),
        read_tissue("osteopenic"),
    ]
    made = list(cached_bases(tibia, 6.0, support, tissues, degree=1))
    assert len(meshed) == 1
    again = list(cached_bases(tibia, 6.0, support, tissues, degree=1))
    alone = [cached_basis(tibia, 6.0, support, tissue=t, degree=1) for t in tissues]
    assert len(meshed) == 1
    for one, other, third in zip(made, again, alone, strict=True):
        np.testing.assert_array_equal(one.unit.strain, other.unit.strain)
        np.testing.assert_array_equal(one.elasticity.modulus, third.elasticity.modulus)
        assert (one.elasticity.anisotropy is None) == (other.elasticity.anisotropy is None)
    directed = made[1].elasticity.anisotropy, again[1].elasticity.anisotropy
    for name in ("part", "axes", "stiffness"):
        np.testing.assert_array_equal(getattr(directed[0], name), getattr(directed[1], name))
    # A fourth tissue finds the mesh in the cache, through the entry of the first.
    more = [read_tissue(), read_tissue(TissueOptions(t_score=-2.0))]
    list(cached_bases(tibia, 6.0, support, more, degree=1))
    assert len(meshed) == 1


def test_key_depends_on_what_the_bone_is_made_of_and_not_on_whom_it_is_meant_for(tibia):
    support = Fixed(tibia.support.regions)
    tissues = [read_tissue(n) for n in STATES]
    tissues += [
        read_tissue(TissueOptions(symmetry="transverse")),
        read_tissue(TissueOptions(law="keller-1994")),
    ]
    keys = [cache.basis_key(tibia, 6.0, support, 2, t) for t in tissues]
    assert len(set(keys)) == len(keys)
    assert cache.basis_key(tibia, 6.0, support, 2) == keys[0]
    renamed = tissues[0].model_copy(update={"name": "mine", "fatigue_strength_factor": 0.5})
    assert cache.basis_key(tibia, 6.0, support, 2, renamed) == keys[0]


def test_unknown_law_is_refused_before_anything_is_meshed(tibia, monkeypatch, tmp_path):
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path))
    monkeypatch.setattr(fea.solve.basis, "mesh_bone", lambda *_: pytest.fail("meshed"))
    tissue = read_tissue(TissueOptions(law="rho-1996"))
    with pytest.raises(InputError, match=r"no density law 'rho-1996'"):
        cached_basis(tibia, 6.0, Fixed(tibia.support.regions), tissue=tissue)
    with pytest.raises(InputError, match=r"no density law 'rho-1996'"):
        list(cached_bases(tibia, 6.0, Fixed(tibia.support.regions), [tissue]))


# ------------------------------------------------------------------ which way it must go


def energy(tibia_run, mesh: BoneMesh, constants: Elasticity, unit) -> float:
    """Return the strain energy in N·mm of the running frame; half the work of the loads, so it measures compliance."""
    corner = superposed(unit, tibia_run.coefficients).corner
    stress = constants.stress(corner)
    # The mean over a cell of a product of two linear fields is (Σ_i a_i b_i + (Σ a)(Σ b)) / 20.
    mean = np.einsum("mqij,mqij->m", stress, corner) + np.einsum("mij,mij->m", stress.sum(1), corner.sum(1))
    return float(mesh.volumes @ mean) / 40.0


def strain(tibia_run, mesh: BoneMesh, unit) -> float:
    """Return the mean by volume of the size of the strain of bone in the running frame."""
    cell = superposed(unit, tibia_run.coefficients).cell
    bone = mesh.tissue != 2
    return float(np.average(np.linalg.norm(cell, axis=(1, 2))[bone], weights=mesh.volumes[bone]))


def test_worse_states_are_never_stiffer(tibia_run, one_after_another):
    stored = [energy(tibia_run, *one_after_another[name]) for name in STATES]
    assert stored[0] < stored[1] < stored[2]
    mean = [strain(tibia_run, one_after_another[name][0], one_after_another[name][2]) for name in STATES]
    assert mean[0] < mean[1] < mean[2]


@pytest.mark.parametrize(
    "changes",
    [
        {"porosity": 0.10},
        {"cancellous_factor": 0.8},
        {"thickness_factor": (0.9,) * 8},
        {"thickness_factor": (1.0, 1.0, 1.0, 1.0, 0.7, 1.0, 1.0, 1.0)},
    ],
    ids=["more pores", "sparser core", "thinner wall", "thinner wall at the back"],
)
def test_each_loss_alone_is_never_stiffer_and_never_strains_less(tibia_run, one_after_another, changes):
    # For given loads the energy falls when the stiffness rises anywhere: f · K⁻¹ f is monotone in K.
    state = read_tissue().model_copy(update=changes)
    mesh = thinned_wall(tibia_run.case.bone, tibia_run.mesh, state)
    constants = elasticity(tibia_run.case.bone, mesh, state)
    unit = unit_strains(mesh, constants, Fixed(tibia_run.case.bone.support.regions), tibia_run.tractions)
    well = one_after_another["healthy"]
    assert energy(tibia_run, mesh, constants, unit) > energy(tibia_run, *well)
    assert strain(tibia_run, mesh, unit) > strain(tibia_run, well[0], well[2])
