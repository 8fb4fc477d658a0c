# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Density–modulus laws and measures of density: their numbers, their ranges, their tendency."""

from __future__ import annotations

import runpy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fea.errors import InputError
from fea.tissue import LAWS, converted, law, laws
from fea.tissue.measures import TO_ASH, mineral_density

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
        # 6850 · 0.5^1.49 = 6850 / 2.80889; 15 010 · 0.5^2.18 = 15 010 / 4.53154; 4730 · 0.5^1.56 = 4730 / 2.94854.
        ("morgan-2003-femoral-neck", 0.5, 2438.7),
        ("morgan-2003-trochanter", 0.5, 3312.3),
        ("morgan-2003-vertebra", 0.5, 1604.2),
        # 3891 · 1.9^2.39 = 3891 · e^(2.39 · 0.641854) = 3891 · 4.63683 = 18 042.
        ("snyder-schneider-1991", 1.9, 18042.0),
        # Ash 1.14: 10 500 · 1.14^2.29 = 10 500 · e^(2.29 · 0.131028) = 10 500 · 1.34993 = 14 174.
        ("keller-1994", 1.14, 14174.0),
        # 33 900 · 0.2^2.2 = 33 900 · 0.0289912; 5307 · 0.4 + 469; 10 200 · 1.0.
        ("keyak-1998", 0.2, 982.80),
        ("keyak-1998", 0.4, 2591.8),
        ("keyak-1998", 1.0, 10200.0),
        # 0.01^0.06 = e^(0.06 · −4.60517) = 0.758578: 3790 · 0.758578 · 1.9^3 = 2875.0 · 6.859 = 19 720.
        ("carter-hayes-1977", 1.9, 19720.0),
        # 17 GPa at 1.9 by construction; (1.8 / 1.9)^7.4 = e^(7.4 · −0.0540672) = 0.670268.
        ("schaffler-burr-1988", 1.9, 17000.0),
        ("schaffler-burr-1988", 1.8, 11394.6),
    ],
)
def test_modulus_is_that_of_a_hand_calculation(name, density, modulus):
    # The hand calculation carries five digits.
    found = law(name)
    assert found.modulus(np.array([density]), found.measure)[0] == pytest.approx(modulus, rel=5e-5)


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_of_the_range_belong_to_it(name):
    found = law(name)
    assert np.all(found.modulus(np.array(found.valid), found.measure) > 0.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("beyond", [-1.0, 1.0, np.nan, np.inf, -np.inf])
def test_density_outside_the_range_is_refused(name, beyond):
    found = law(name)
    low, high = found.valid
    density = beyond if not np.isfinite(beyond) else (high + 1e-6 if beyond > 0.0 else low - 1e-6)
    with pytest.raises(
        InputError, match=rf"{found.measure} density for the law {name} is .*allowed: {low:g} to {high:g} g/cm³"
    ):
        found.modulus(np.array([(low + high) / 2.0, density]), found.measure)


@given(data=st.data(), name=st.sampled_from(NAMES))
def test_denser_is_never_softer(data, name):
    found = law(name)
    within = st.floats(*found.valid)
    light, dense = sorted((data.draw(within), data.draw(within)))
    soft, stiff = found.modulus(np.array([light, dense]), found.measure)
    assert soft <= stiff


@given(density=st.floats(0.0, 2.2), name=st.sampled_from(NAMES))
def test_clamping_never_leaves_the_moduli_of_the_range(density, name):
    # Morgan's law for the tibia, taken at 1.9 g/cm³, would give 54 GPa.
    found = law(name)
    low, high = found.modulus(np.array(found.valid), found.measure)
    assert low <= found.clamped(np.array([density]))[0] <= high <= 25e3


def test_keyak_pieces_meet():
    # 33 900 · 0.27^2.2 = 1902, 5307 · 0.27 + 469 = 1902; 5307 · 0.6 + 469 = 3653, 10 200 · 0.6^2.01 = 3653.
    found = law("keyak-1998")
    for place in (0.27, 0.6):
        below, above = found.modulus(np.array([place - 1e-9, place + 1e-9]), "ash")
        assert above == pytest.approx(below, rel=2e-3)


@pytest.fixture
def made_anew():
    """The laws as the module makes them when it is read; a fault there shows in no law that stands already."""
    return runpy.run_path(laws.__file__, run_name=laws.__name__)["LAWS"]


@pytest.mark.parametrize(
    ("site", "coefficient", "exponent"),
    # Morgan, Bayraktar & Keaveny 2003, doi 10.1016/S0021-9290(03)00071-X.
    [
        ("proximal-tibia", 15520.0, 1.93),
        ("femoral-neck", 6850.0, 1.49),
        ("trochanter", 15010.0, 2.18),
        ("vertebra", 4730.0, 1.56),
    ],
)
def test_morgan_s_laws_are_power_laws_of_the_apparent_density_of_cancellous_bone(
    made_anew, site, coefficient, exponent
):
    found = made_anew[f"morgan-2003-{site}"]
    density = np.array([0.05, 0.3, 0.7])
    np.testing.assert_allclose(found.modulus(density, "apparent"), coefficient * density**exponent, rtol=1e-12)
    assert (found.measure, found.valid, found.tissues) == ("apparent", (0.05, 0.7), ("cancellous",))
    assert found.equation == f"E = {coefficient:g} ρ^{exponent:g}"
    assert "doi 10.1016/S0021-9290(03)00071-X, " + site.replace("-", " ") in found.source
    assert found.source.endswith("the range is a working value")
    assert found.evidence == ("K" if site == "proximal-tibia" else "V")


def test_law_for_another_measure_of_density_is_refused():
    with pytest.raises(InputError, match=r"keller-1994 takes ash density; the density given is apparent: convert it"):
        law("keller-1994").modulus(np.array([1.0]), "apparent")


def test_law_of_another_tissue_is_refused_and_the_fitting_ones_are_named():
    with pytest.raises(InputError, match=r"rho-1995 is for cortical bone, not for cancellous; known: .*morgan-2003"):
        law("rho-1995", "cancellous")


def test_unknown_law_is_refused_and_the_nearest_offered():
    with pytest.raises(InputError, match=r"no density law 'rho-1996'; nearest: rho-1995"):
        law("rho-1996")


@pytest.mark.parametrize("name", NAMES)
def test_every_law_says_where_it_comes_from(name):
    assert LAWS[name].name == name
    assert LAWS[name].source
    assert LAWS[name].equation
    assert LAWS[name].evidence in {"V", "K", "U", "D", "working value"}


@pytest.mark.parametrize(
    ("given_as", "density", "ash"),
    # 0.6 · 1.85; 0.877 · 1.17 + 0.079; 1.22 · 0.9 + 0.0523.
    [("apparent", 1.85, 1.11), ("HA", 1.17, 1.10509), ("K2HPO4", 0.9, 1.1503), ("ash", 0.5, 0.5)],
)
def test_ash_density_is_that_of_the_published_line(given_as, density, ash):
    assert converted(np.array([density]), given_as, "ash")[0] == pytest.approx(ash, rel=1e-9)


@given(density=st.floats(0.2, 2.2), there=st.sampled_from(sorted(TO_ASH)), back=st.sampled_from(sorted(TO_ASH)))
def test_conversion_there_and_back_is_nothing(density, there, back):
    # Above 0.2 g/cm³ no measure is cut off at 0.
    one = np.array([density])
    np.testing.assert_allclose(converted(converted(one, there, back), back, there), one, rtol=1e-12)


def test_mineral_density_of_healthy_bone_is_what_scanners_read():
    # 1.85 g/cm³: (1.11 − 0.079) / 0.877 = 1.1756 (pQCT at mid-shaft 1150-1190 mg/cm³); 0.45 · 1.2 / 1.9 = 0.284.
    cortical, cancellous = mineral_density(np.array([1.85]), np.array([0.45]))
    assert cortical[0] == pytest.approx(1.1756, rel=1e-4)
    assert cancellous[0] == pytest.approx(0.2842, rel=1e-3)
