# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The reduced basis on small random matrices, whose displacements and errors linear algebra gives exactly."""

from __future__ import annotations

import numpy as np
import pytest

from fea.errors import InputError
from fea.solve.reduced import reduced

DOFS, LOADS = 14, 11
RATIOS = np.array([1.0, 0.3, 0.55])
FACTORS = [(1.0, 0.42), (0.7, 0.25), (1.3, 1.3), (0.8, 0.9), (1.0, 0.3), (2.0, 0.5), (0.5, 2.0)]


def semidefinite(random, rank):
    half = random.normal(size=(DOFS, rank))
    return half @ half.T


class Exact:
    """K(a, b) = K₀ + a K_c + b K_d, loads, and what follows from them."""

    def __init__(self, filling=1.0):
        random = np.random.default_rng(11)
        self.still = filling * semidefinite(random, DOFS)
        self.cortical, self.cancellous = semidefinite(random, DOFS), semidefinite(random, 9)
        self.loads = random.normal(size=(DOFS, LOADS))
        self.frames = np.vstack([np.eye(LOADS), random.normal(size=(6, LOADS))])
        self.snapshots = [self.solved(1.0, ratio) for ratio in RATIOS]
        self.reduced = reduced(
            RATIOS,
            self.loads,
            self.snapshots,
            (lambda v: self.cortical @ v, lambda v: self.cancellous @ v),
            lambda v: np.linalg.solve(self.stiffness(1.0, RATIOS[-1]), v),
        )

    def stiffness(self, a, b):
        return self.still + a * self.cortical + b * self.cancellous

    def solved(self, a, b):
        return np.linalg.solve(self.stiffness(a, b), self.loads)

    def found(self, a, b):
        return np.einsum("sdl,ls->dl", np.array(self.snapshots), self.reduced.weights(a, b))

    def norm(self, a, b, u):
        """Energy norm √(uᵀ K u) of columns."""
        return np.sqrt(np.einsum("dk,de,ek->k", u, self.stiffness(a, b), u))


@pytest.fixture
def exact():
    return Exact()


def test_a_solved_ratio_is_found_again(exact):
    for k, ratio in enumerate(RATIOS):
        weights = exact.reduced.weights(1.0, ratio)
        np.testing.assert_allclose(weights, np.tile(np.eye(3)[k], (LOADS, 1)), atol=1e-7)


@pytest.mark.parametrize(("a", "b"), FACTORS)
def test_the_combination_is_the_best_in_the_energy_norm(exact, a, b):
    # Galerkin: the error is orthogonal to every snapshot in the energy of K(a, b).
    error = exact.solved(a, b) - exact.found(a, b)
    for snapshot in exact.snapshots:
        inner = np.einsum("dl,de,el->l", snapshot, exact.stiffness(a, b), error)
        scale = exact.norm(a, b, snapshot) * exact.norm(a, b, exact.solved(a, b))
        np.testing.assert_allclose(inner / scale, 0.0, atol=1e-9)


@pytest.mark.parametrize(("a", "b"), FACTORS)
def test_the_bound_lies_between_the_error_and_its_widest_ratio(exact, a, b):
    exactly, found = exact.solved(a, b) @ exact.frames.T, exact.found(a, b) @ exact.frames.T
    error, size = exact.norm(a, b, exactly - found), exact.norm(a, b, exactly)
    bound = exact.reduced.error(a, b, exact.frames)
    ends = (1.0, a, b / RATIOS[-1])
    large = error > 1e-6 * size
    assert np.all(bound >= error - 1e-6 * size)
    assert np.all(bound[large] <= 1.01 * np.sqrt(max(ends) / min(ends)) * error[large])


@pytest.mark.parametrize(("a", "b"), FACTORS)
def test_the_bound_is_the_norm_of_the_residual_in_the_reference_over_the_smallest_ratio(exact, a, b):
    # ‖e‖² ≤ rᵀ K̄⁻¹ r / min(1, a, b / b̄), r = f − K(a, b) u.
    residual = (exact.loads - exact.stiffness(a, b) @ exact.found(a, b)) @ exact.frames.T
    square = np.einsum("dk,dk->k", residual, np.linalg.solve(exact.stiffness(1.0, RATIOS[-1]), residual))
    expected = np.sqrt(square / min(1.0, a, b / RATIOS[-1]))
    scale = exact.norm(1.0, RATIOS[-1], exact.snapshots[-1] @ exact.frames.T)
    np.testing.assert_allclose(exact.reduced.error(a, b, exact.frames), expected, rtol=1e-4, atol=3e-7 * scale.max())


@pytest.mark.parametrize(("a", "b"), FACTORS)
def test_the_relative_bound_is_the_bound_over_the_least_size_that_it_leaves(exact, a, b):
    # With E the bound and P = f·u the work of the combination, ‖u‖ ≥ (√(E² + 4 P) − E) / 2.
    bound = exact.reduced.error(a, b, exact.frames)
    work = np.einsum("dk,dk->k", exact.loads @ exact.frames.T, exact.found(a, b) @ exact.frames.T)
    least = (np.sqrt(bound**2 + 4.0 * work) - bound) / 2.0
    relative = exact.reduced.relative_error(a, b, exact.frames)
    np.testing.assert_allclose(relative, bound / least, rtol=1e-6)
    assert np.all(least <= exact.norm(a, b, exact.solved(a, b) @ exact.frames.T) * (1.0 + 1e-9))


def test_no_load_has_no_error(exact):
    assert exact.reduced.error(1.0, 0.4, np.zeros((1, LOADS))).tolist() == [0.0]
    assert exact.reduced.relative_error(1.0, 0.4, np.zeros((1, LOADS))).tolist() == [0.0]


def test_all_moduli_doubled_halve_the_response_where_nothing_else_is_stiff():
    exact = Exact(filling=0.0)
    once, twice = exact.reduced.weights(1.0, 0.42), exact.reduced.weights(2.0, 0.84)
    np.testing.assert_allclose(twice, 0.5 * once, rtol=1e-9)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.nan, np.inf])
def test_factors_that_are_not_positive_are_refused(exact, factor):
    for factors in ((factor, 1.0), (1.0, factor)):
        with pytest.raises(InputError, match=r"factor of a modulus is .*; allowed: above 0"):
            exact.reduced.weights(*factors)
        with pytest.raises(InputError, match=r"factor of a modulus is .*; allowed: above 0"):
            exact.reduced.error(*factors, np.ones((1, LOADS)))
