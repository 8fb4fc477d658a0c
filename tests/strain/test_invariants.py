# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import numpy as np
import pytest

from fea.strain import components
from fea.strain.invariants import PLANES, extremes

# What the docstring promises where two principal values agree, and a few rounding errors where all differ.
NEAR = {np.float64: 1e-8, np.float32: 4e-4}
APART = {np.float64: 3e-15, np.float32: 2e-6}


def turned(values, seed=3):
    """Tensors (n, 3, 3) with the given principal values (n, 3), turned at random."""
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), 3, 3)))[0]
    return np.einsum("nij,nj,nkj->nik", turn, values, turn)


def in_closed_form(tensor, precision):
    planes = (PLANES @ components(tensor).T).astype(precision)
    high, minus_low, j2 = extremes(planes, np.empty_like(planes))
    return high.astype(np.float64), -minus_low.astype(np.float64), j2.astype(np.float64)


def worst(tensor, precision):
    """Largest error of ε1 and of ε3 against LAPACK, relative to the largest principal value by size."""
    high, low, _ = in_closed_form(tensor, precision)
    exact = np.linalg.eigvalsh(tensor)
    size = np.abs(exact).max(axis=1)
    return (np.abs(high - exact[:, 2]) / size).max(), (np.abs(low - exact[:, 0]) / size).max()


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1e-5, 1.0, 3e3, 1e10])
def test_distinct_values_agree_with_lapack_to_rounding(precision, size):
    middle = np.linspace(-0.8, 0.8, 2000)
    values = size * np.column_stack([-np.ones(2000), middle, np.ones(2000)])
    assert max(worst(turned(values), precision)) < APART[precision]


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("apart", [0.0, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_nearly_equal_values_lose_no_more_than_promised(precision, apart, sign):
    # Uniaxial stress, the common case in a shaft: the two transverse strains agree.
    single = sign * np.linspace(100.0, 3000.0, 2000)
    values = np.column_stack([single, -0.3 * single, -0.3 * single * (1.0 + apart)])
    errors = worst(turned(values), precision)
    assert max(errors) < NEAR[precision]
    # The value that stands alone stays accurate to rounding: ε1 in tension, ε3 in compression.
    assert errors[0 if sign > 0.0 else 1] < APART[precision]


@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_equal_values_and_nothing_at_all_are_no_exception(precision):
    values = np.array([[500.0] * 3, [-500.0] * 3, [0.0] * 3])
    high, low, j2 = in_closed_form(turned(values), precision)
    assert high == pytest.approx([500.0, -500.0, 0.0], rel=1e-6)
    assert low == pytest.approx([500.0, -500.0, 0.0], rel=1e-6)
    assert j2 == pytest.approx(0.0, abs=1e-6)


def test_j2_is_a_third_of_the_squared_equivalent_of_mises():
    # ½ Σ (εi − εj)² = 3 J₂; for 2, −1, −1: ½ (9 + 0 + 9) = 9.
    _, _, j2 = in_closed_form(turned(np.array([[2.0, -1.0, -1.0]])), np.float64)
    assert j2 == pytest.approx(3.0, rel=1e-14)
