# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A reduced basis over the stiffness of two tissues: what it answers, and whether its bound bounds the error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone import TISSUES
from fea.case import TissueOptions, read_bone, read_tissue
from fea.errors import InputError
from fea.solve import Fixed, Foundation, Free, MeshedBone
from fea.solve.kinematics import CORNERS, strains
from fea.solve.unit import LoadedBone, Snapshot, _load_vectors
from fea.tissue import elasticity

RATIOS = np.array([1.0, 0.3, 0.55])
FACTORS = [(1.0, 0.42), (0.7, 0.25), (1.3, 1.3), (0.8, 0.9), (1.0, 0.3)]


class Truth:
    """A coarse metatarsal, combined and solved for the same factors of its moduli."""

    def __init__(self, support, symmetry=None):
        bone = read_bone("metatarsal2")
        self.meshed = MeshedBone(bone, 3.0, support, keep=True)
        self.mesh, self.support = self.meshed.mesh, support
        self.elasticity = elasticity(bone, self.mesh, read_tissue(TissueOptions(symmetry=symmetry)))
        self.loaded: LoadedBone = self.meshed._loaded
        self.kept: list[Snapshot] = []
        self.reduced = self.loaded.reduced(self.elasticity, RATIOS, self.kept.append, self.mesh)
        self.body = self.loaded._body
        self.loads = support.balanced(
            self.body, self.elasticity.density, _load_vectors(self.body, self.mesh, self.meshed._tractions)
        )

    def modulus(self, a: float, b: float) -> np.ndarray:
        factor = {"cortical": a, "cancellous": b, "marrow": 1.0}
        return self.elasticity.modulus * np.array([factor[name] for name in TISSUES])[self.mesh.tissue]

    def solved(self, a: float, b: float) -> np.ndarray:
        self.body.set_constants(self.modulus(a, b), self.elasticity.anisotropy)
        return self.support.factorised(self.body, self.mesh, 9).solve(self.loads)

    def energy(self, a: float, b: float, u: np.ndarray) -> np.ndarray:
        """Return uᵀ K u of columns, springs included: their work is what is left of that of the loads."""
        self.body.set_constants(self.modulus(a, b), self.elasticity.anisotropy)
        inner = np.einsum("dk,dk->k", u, self.body.stiffness() @ u)
        if isinstance(self.support, Foundation):
            springs = self.support._layer(self.mesh)
            inner += np.einsum("dk,dk->k", u, self.body.foundation_forces(springs, u))
        return inner


@pytest.fixture(scope="module", params=["fixed", "springs", "orthotropic", "free"])
def truth(request) -> Truth:
    regions = read_bone("metatarsal2").support.regions
    support = {"springs": Foundation(regions, 50.0), "free": Free()}.get(request.param, Fixed(regions))
    return Truth(support, "orthotropic" if request.param == "orthotropic" else None)


def test_the_bound_is_no_less_than_the_error_and_not_far_above(truth):
    snapshots = np.stack([truth.solved(1.0, b) for b in RATIOS], axis=2)
    rng = np.random.default_rng(5)
    loads = snapshots.shape[1]
    frames = np.vstack([np.eye(loads), rng.normal(size=(20, loads))])
    for a, b in FACTORS:
        exact = truth.solved(a, b) @ frames.T
        found = np.einsum("dls,ls->dl", snapshots, truth.reduced.weights(a, b)) @ frames.T
        error, size = (np.sqrt(truth.energy(a, b, u)) for u in (exact - found, exact))
        bound = truth.reduced.error(a, b, frames)
        assert np.all(bound >= 0.999 * error)
        # K ≤ max(1, a, b / b̄) K̄ and K ≥ min(1, a, b / b̄) K̄, so the bound exceeds the error by their ratio at most;
        # below 1e-7 of the displacement round-off is all there is.
        ends = (1.0, a, b / RATIOS[-1])
        large = error > 1e-7 * size
        assert np.all(bound[large] <= 1.01 * np.sqrt(max(ends) / min(ends)) * error[large])
        relative = truth.reduced.relative_error(a, b, frames)
        assert np.all(relative >= 0.999 * error / size)
        assert np.all(relative <= 1.001 * bound / (size - bound))


def test_snapshots_of_the_solved_ratios_are_handed_on(truth):
    for snapshot, ratio in zip(truth.kept, RATIOS, strict=True):
        u = truth.support.placed(truth.body, truth.elasticity.density, truth.solved(1.0, ratio))
        np.testing.assert_allclose(snapshot.displacement, u, atol=1e-9 * np.abs(u).max())
        mesh, nodes = snapshot.mesh, snapshot.nodes
        np.testing.assert_allclose(strains(mesh.points, mesh.cells, nodes, u, CORNERS), snapshot.strain, atol=1e-12)


def test_a_solved_ratio_is_found_again(truth):
    for k, ratio in enumerate(RATIOS):
        weights = truth.reduced.weights(1.0, ratio)
        np.testing.assert_allclose(weights, np.tile(np.eye(3)[k], (len(weights), 1)), atol=1e-4)
        assert truth.reduced.relative_error(1.0, ratio, np.eye(len(weights))).max() < 1e-6


def test_all_moduli_doubled_halve_the_response(truth):
    if isinstance(truth.support, Foundation):
        pytest.skip("springs stay as they are")
    # But for the marrow, which is four orders softer.
    once, twice = truth.reduced.weights(1.0, 0.42), truth.reduced.weights(2.0, 0.84)
    np.testing.assert_allclose(twice.sum(axis=1), 0.5 * once.sum(axis=1), rtol=1e-3)


@pytest.mark.parametrize("factors", [(0.0, 1.0), (1.0, -1.0), (np.nan, 1.0), (1.0, np.inf)])
def test_factors_that_are_not_positive_are_refused(truth, factors):
    with pytest.raises(InputError, match=r"factor of a modulus is .*; allowed: above 0"):
        truth.reduced.weights(*factors)


def test_a_free_bone_combined_strains_as_a_free_bone_solved():
    # Solved as an ordinary free bone, with the inertia of its own density; rigid motions make no strain.
    free = Truth(Free())
    for a, b in FACTORS:
        constants = replace(free.elasticity, modulus=free.modulus(a, b))
        expected = LoadedBone(free.mesh, Free(), free.meshed._tractions).unit_strains(constants, free.mesh).strain
        found = np.einsum("slmij,ls->lmij", [k.strain for k in free.kept], free.reduced.weights(a, b))
        # The bound on the energy, here of all loads together, is below a hundredth.
        assert np.linalg.norm(found - expected) < 0.01 * np.linalg.norm(expected)
        if a == 1.0 and b in RATIOS:
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())
