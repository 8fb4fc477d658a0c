# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Density–modulus laws: their numbers, their ranges, their tendency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fea.errors import InputError
from fea.tissue import LAWS, law

NAMES = sorted(LAWS)


@pytest.mark.parametrize(
    ("name", "density", "modulus"),
    [
        # 6570 · 1.85^1.37 = 6570 · e^(1.37 · 0.615186) = 6570 · 2.32284 = 15 261 MPa.
        ("rho-1995", 1.85, 15261.0),
        # 6570 · 1^1.37.
        ("rho-1995", 1.0, 6570.0),
        # 15 520 · 0.35^1.93 = 15 520 · e^(1.93 · −1.049822) = 15 520 · 0.131840 = 2046.2 MPa.
        ("morgan-2003-proximal-tibia", 0.35, 2046.2),
        # 15 520 · 0.5^1.93 = 15 520 / 3.81055 = 4072.9 MPa.
        ("morgan-2003-proximal-tibia", 0.5, 4072.9),
    ],
)
def test_modulus_is_that_of_a_hand_calculation(name, density, modulus):
    # The hand calculation carries five digits.
    assert law(name).modulus(np.array([density]))[0] == pytest.approx(modulus, rel=5e-5)


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_of_the_range_belong_to_it(name):
    assert np.all(law(name).modulus(np.array(law(name).valid)) > 0.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("beyond", [-1.0, 1.0, np.nan, np.inf, -np.inf])
def test_density_outside_the_range_is_refused(name, beyond):
    low, high = law(name).valid
    density = beyond if not np.isfinite(beyond) else (high + 1e-6 if beyond > 0.0 else low - 1e-6)
    with pytest.raises(
        InputError, match=rf"apparent density for the law {name} is .*allowed: {low:g} to {high:g} g/cm³"
    ):
        law(name).modulus(np.array([(low + high) / 2.0, density]))


@given(data=st.data(), name=st.sampled_from(NAMES))
def test_denser_is_never_softer(data, name):
    within = st.floats(*law(name).valid)
    light, dense = sorted((data.draw(within), data.draw(within)))
    soft, stiff = law(name).modulus(np.array([light, dense]))
    assert soft <= stiff


def test_unknown_law_is_refused_and_the_nearest_offered():
    with pytest.raises(InputError, match=r"no density law 'rho-1996'; nearest: rho-1995"):
        law("rho-1996")


@pytest.mark.parametrize("name", NAMES)
def test_every_law_says_where_it_comes_from(name):
    assert LAWS[name].name == name
    assert LAWS[name].source
    assert LAWS[name].mark in {"V", "K", "U", "D", "working value"}
