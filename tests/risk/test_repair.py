# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Repair and lag against the distributions that they are made for; growth against a ring."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import read_fatigue
from fea.risk import CorticalSections, apposition_factor, damage_convolution, porosity, softening, unrepaired_share

FATIGUE = read_fatigue()


def test_repair_times_have_the_published_mean_and_spread():
    # Mean and variance of a time with survival S: sum of S, and 2 sum of a·S less the mean squared (days as steps).
    left = unrepaired_share(FATIGUE.repair, 400)
    age = np.arange(400)
    mean = left.sum() - 0.5
    spread = np.sqrt(2.0 * (age * left).sum() - mean**2)
    assert mean == pytest.approx(18.5, abs=0.1)
    assert spread == pytest.approx(12.5, abs=0.2)


def test_without_repair_damage_adds_up():
    assert damage_convolution(np.ones((2, 5)), unrepaired_share(None, 5)).tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0]] * 2


def test_each_day_of_damage_has_its_own_clock():
    # Damage of day 300 is as fresh then as that of day 0 on day 0.
    daily = np.zeros(400)
    daily[300] = 1.0
    left = unrepaired_share(FATIGUE.repair, 400)
    assert damage_convolution(daily, left)[300:] == pytest.approx(left[:100])


def test_constant_training_settles_at_the_mean_repair_time():
    left = unrepaired_share(FATIGUE.repair, 200)
    settled = damage_convolution(np.ones(200), left)
    assert settled[-1] == pytest.approx(left.sum())
    assert settled[39] > 0.9 * settled[-1]


def test_a_step_up_opens_holes_that_are_widest_after_three_to_five_weeks_and_close():
    porous = porosity(FATIGUE.lag, np.concatenate([np.zeros(30), np.full(200, 0.5)]))
    assert not porous[:30].any()
    assert 21 <= int(porous.argmax()) - 30 <= 35
    assert porous.max() < FATIGUE.lag.porosity
    assert porous[-1] == pytest.approx(0.0, abs=1e-12)


def test_training_that_never_rises_opens_no_new_holes():
    steady = np.full(300, 0.7)
    less = steady.copy()
    less[200:] = 0.2
    assert porosity(FATIGUE.lag, steady)[150:] == pytest.approx(0.0, abs=1e-12)
    assert porosity(FATIGUE.lag, less) == pytest.approx(porosity(FATIGUE.lag, steady))


def test_a_larger_step_opens_a_larger_hole():
    small, large = (porosity(FATIGUE.lag, np.full(60, dose)).max() for dose in (0.2, 0.6))
    assert small < large


def test_porosity_softens_by_the_published_power():
    # 0.015 of porosity at the exponent 10.9: 0.985^-10.9.
    assert softening(FATIGUE.lag, np.array([0.0, 0.015])) == pytest.approx([1.0, 0.985**-10.9])


@pytest.fixture
def ring():
    """A ring of radii 12 and 6 mm."""
    area, inertia = np.pi * (12.0**2 - 6.0**2), np.pi / 4.0 * (12.0**4 - 6.0**4)
    return CorticalSections(
        np.array([0.5]), np.zeros((1, 3)), np.full((1, 2), 24.0), np.array([area]), np.full((1, 2), inertia)
    )


@pytest.mark.parametrize(
    ("beam", "ratio"),
    [
        # Areas 144 − 36 and 12.4² − 36; c/I with c⁴ − 6⁴.
        ([1000.0, 0.0, 0.0], (12.0**2 - 36.0) / (12.4**2 - 36.0)),
        ([0.0, 5000.0, 0.0], (12.4 / 12.0) * (12.0**4 - 6.0**4) / (12.4**4 - 6.0**4)),
        ([0.0, 0.0, 5000.0], (12.4 / 12.0) * (12.0**4 - 6.0**4) / (12.4**4 - 6.0**4)),
    ],
    ids=["axial", "sagittal", "frontal"],
)
def test_a_layer_on_a_ring_lowers_strain_as_a_thicker_ring(ring, beam, ratio):
    # 0.4 mm around a radius of 12.
    factor = apposition_factor(ring, np.array([beam]), np.array([[0.0, 0.4 / 12.0]]))
    assert factor[0] == pytest.approx([1.0, ratio])


def test_an_unloaded_section_keeps_its_strain(ring):
    assert apposition_factor(ring, np.zeros((1, 3)), np.array([[0.0, 0.03]])).tolist() == [[1.0, 1.0]]


def test_coming_back_from_rest_to_the_usual_opens_no_hole():
    rested = np.full(300, 0.7)
    rested[200:214] = 0.0
    assert porosity(FATIGUE.lag, rested)[150:] == pytest.approx(0.0, abs=1e-12)
