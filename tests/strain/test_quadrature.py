# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Within a cell strain is linear: four points see what its mean does not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fea.loading import LoadHistory
from fea.strain import (
    QUADRATURE,
    at_quadrature,
    chosen_strain,
    envelope,
    equivalent,
    principal,
    quadrature_extremes,
    tensors,
)
from fea.strain import unit_at_quadrature as at_points_of

POISSON = 0.3


@pytest.fixture(scope="module")
def corners() -> np.ndarray:
    """Unit strains (loads, cells, 4, 6) that vary within the cells."""
    return np.random.default_rng(5).standard_normal((3, 40, 4, 6)) * 1e-6


@pytest.fixture(scope="module")
def history() -> LoadHistory:
    size = np.random.default_rng(6).standard_normal((7, 3)) * 1e3
    return LoadHistory("test", (), size, np.arange(7.0), None)


def test_squares_of_linear_fields_are_integrated_exactly():
    # In a tetrahedron the mean of λi² is 1/10 and of λi λj 1/20; (Σ c λ)² has the mean (Σ c² + (Σ c)²) / 20.
    corner = np.random.default_rng(1).standard_normal((30, 4))
    found = (at_quadrature(corner) ** 2).mean(axis=1)
    np.testing.assert_allclose(found, ((corner**2).sum(axis=1) + corner.sum(axis=1) ** 2) / 20.0, rtol=1e-12)


def test_points_lie_within_the_cell_and_their_mean_is_the_centroid():
    assert QUADRATURE.min() > 0.0
    np.testing.assert_allclose(QUADRATURE.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(QUADRATURE.mean(axis=0), 0.25, rtol=1e-14)


def test_chosen_strain_is_that_of_each_cells_own_coefficients(corners):
    cells = np.array([3, 7, 8])
    unit = at_points_of(SimpleNamespace(strain=corners), cells)
    weight = np.random.default_rng(2).standard_normal((3, 3))
    twice, once = chosen_strain(unit, 2.0 * weight, weight)
    np.testing.assert_allclose(twice, 2.0 * once, rtol=1e-12)
    for k, cell in enumerate(cells):
        wanted = at_quadrature(tensors(np.tensordot(weight[k], corners[:, cell], axes=1))[None])[0]
        np.testing.assert_allclose(once[k], wanted, rtol=1e-12, atol=1e-18)


def test_extremes_are_those_of_the_frames_in_which_the_mean_is_extreme(corners, history):
    unit = at_points_of(SimpleNamespace(strain=corners), np.arange(40))
    cells = envelope(corners.mean(axis=2), history, POISSON)
    found = quadrature_extremes(unit, history.coefficients, cells, POISSON)
    for cell in range(40):
        strain = [
            at_quadrature(tensors(np.tensordot(history.coefficients[frame], corners[:, cell], axes=1))[None])[0]
            for frame in (cells.tension_frame[cell], cells.compression_frame[cell], cells.equivalent_frame[cell])
        ]
        np.testing.assert_allclose(found.tension[cell], principal(strain[0])[:, 2], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(found.compression[cell], principal(strain[1])[:, 0], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(found.equivalent[cell], equivalent(strain[2], POISSON), rtol=1e-9)


def test_in_cells_of_constant_strain_points_and_mean_agree(corners, history):
    even = np.repeat(corners.mean(axis=2, keepdims=True), 4, axis=2)
    cells = envelope(even.mean(axis=2), history, POISSON)
    unit = at_points_of(SimpleNamespace(strain=even), np.arange(40))
    found = quadrature_extremes(unit, history.coefficients, cells, POISSON)
    np.testing.assert_allclose(found.extremes, np.tile(cells.extremes[:, None], (1, 4, 1)), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(found.equivalent, np.tile(cells.equivalent[:, None], (1, 4)), rtol=1e-9)
