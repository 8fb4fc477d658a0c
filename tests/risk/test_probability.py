# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Probability against closed forms: one group, one load."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import read_fatigue
from fea.case.fatigue import Scatter, Spread, Spreads
from fea.errors import InputError, RunError
from fea.risk import (
    Groups,
    Outlook,
    Samples,
    calibrated,
    damage_convolution,
    doses,
    hazards,
    probabilities,
    probability,
    published,
    sampled,
    sensitivities,
    unrepaired_share,
)

FATIGUE = read_fatigue()
SCATTER = Scatter(exponent=1.2, reference_volume_mm3=96.0, evidence="U", source="test")


def one_group(volume=960.0, damage=1e-6):
    """960 mm³ that a contact damages by a millionth."""
    return Groups(np.array([volume]), np.zeros(1, int), np.array([[damage]]), np.zeros(1, int), np.array([6.6]))


def daily(groups, contacts):
    return doses(groups, contacts[None], np.ones((1, 1, len(contacts))))


def curve(contacts, repair=FATIGUE.repair, before=0, **group):
    groups = one_group(**group)
    left = damage_convolution(daily(groups, contacts), unrepaired_share(repair, len(contacts)))
    return probability(hazards(groups, left, SCATTER, before).sum(axis=0))


def test_without_repair_probability_is_the_weibull_of_all_damage():
    # 1000 contacts a day for 50 d at 1e-6: D = 0.05; 1 − exp(−10 · 0.05^1.2).
    assert curve(np.full(50, 1000.0), repair=None)[-1] == pytest.approx(1.0 - np.exp(-10.0 * 0.05**1.2))


def test_the_published_form_without_repair_is_the_same_for_constant_training():
    contacts = np.full(50, 1000.0)
    groups = one_group()
    assert published(groups, daily(groups, contacts), SCATTER, None) == pytest.approx(curve(contacts, repair=None))


def test_the_published_form_depends_on_its_horizon_and_the_cumulative_one_does_not():
    contacts = np.concatenate([np.full(40, 1000.0), np.zeros(60)])
    groups = one_group()
    short, long = (published(groups, daily(groups, contacts[:n]), SCATTER, FATIGUE.repair)[39] for n in (40, 100))
    assert short > 1.5 * long
    assert curve(contacts[:40])[39] == pytest.approx(curve(contacts)[39])


def test_late_training_carries_risk_in_the_cumulative_form_only():
    contacts = np.concatenate([np.zeros(90), np.full(10, 1000.0)])
    groups = one_group()
    late = published(groups, daily(groups, contacts), SCATTER, FATIGUE.repair)
    assert late[-1] - late[89] < 1e-3 * late[-1]
    assert curve(contacts)[-1] == pytest.approx(curve(contacts[90:])[-1])
    assert curve(contacts)[89] == 0.0


def test_what_was_broken_stays_broken():
    assert np.all(np.diff(curve(np.concatenate([np.full(30, 5000.0), np.zeros(30)]))) >= 0.0)


def test_a_person_who_keeps_to_what_is_usual_gains_no_risk():
    contacts = np.full(200, 1000.0)
    assert curve(contacts, before=126) == pytest.approx(np.zeros(74), abs=1e-7)
    contacts[150:] = 2000.0
    doubled = curve(contacts, before=126)
    assert doubled[23] == pytest.approx(0.0, abs=1e-7)
    assert 0.0 < doubled[-1] < curve(contacts)[-1]


def outlook(spread_of_load=0.0, days=30):
    groups = one_group()
    left = damage_convolution(daily(groups, np.full(days, 1000.0)), unrepaired_share(FATIGUE.repair, days))
    zero = Spread(sd=0.0, evidence="U", source="test")
    spreads = Spreads(
        body_mass=zero,
        load=Spread(sd=spread_of_load, evidence="U", source="test"),
        density=zero,
        bone_size=zero,
        fatigue_life=zero,
    )
    return Outlook(groups, left, SCATTER, 0, np.ones(1), 1.37), spreads


def test_the_person_described_has_the_nominal_curve():
    view, _ = outlook()
    assert probabilities(view, Samples(np.ones((3, 5)))) == pytest.approx(np.tile(curve(np.full(30, 1000.0)), (3, 1)))


@pytest.mark.parametrize(
    ("column", "power"),
    # ln H: strain to the power n·w = 7.92; life to −w; size: strain −2, volume 3; density: strain −1.37.
    [(0, 7.92), (1, 7.92), (2, -1.37 * 7.92), (3, 3.0 - 2.0 * 7.92), (4, -1.2)],
    ids=["mass", "load", "density", "size", "life"],
)
def test_each_input_acts_on_the_hazard_by_its_power(column, power):
    view, _ = outlook()
    factors = np.ones((2, 5))
    factors[1, column] = 1.05
    hazard = -np.log1p(-probabilities(view, Samples(factors))[:, -1])
    assert hazard[1] / hazard[0] == pytest.approx(1.05**power)


def test_percentiles_of_people_are_those_of_the_load():
    # One lognormal input: the 5th percentile of the probability is that of the load's 5th percentile.
    view, spreads = outlook(spread_of_load=0.1)
    found = np.percentile(probabilities(view, sampled(spreads, 2048, 1))[:, -1], [5, 50, 95])
    factors = np.ones((3, 5))
    factors[:, 1] = np.exp(0.1 * np.array([-1.6449, 0.0, 1.6449]))
    assert found == pytest.approx(probabilities(view, Samples(factors))[:, -1], rel=0.01)


def test_samples_repeat_with_their_seed():
    spreads = FATIGUE.spreads
    assert np.array_equal(sampled(spreads, 100, 7).factors, sampled(spreads, 100, 7).factors)
    assert not np.array_equal(sampled(spreads, 100, 7).factors, sampled(spreads, 100, 8).factors)


def test_all_variance_comes_from_the_only_input_that_varies():
    view, spreads = outlook(spread_of_load=0.1)
    found = {one.name: one for one in sensitivities(view, spreads, 1024, 1)}
    assert found["load"].first == pytest.approx(1.0, abs=0.05)
    assert found["load"].total == pytest.approx(1.0, abs=0.05)
    assert all(abs(one.total) < 1e-9 for name, one in found.items() if name != "load")


def test_nothing_varies_where_nothing_spreads():
    view, spreads = outlook()
    assert {one.total for one in sensitivities(view, spreads, 32, 1)} == {0.0}


@pytest.mark.parametrize("count", [0, -5, 10_000_000])
def test_a_number_of_samples_out_of_range_is_refused(count):
    with pytest.raises(InputError, match="1 to 1000000"):
        sampled(FATIGUE.spreads, count, 1)


def test_a_probability_that_cannot_be_reached_is_an_error():
    with pytest.raises(RunError, match="no life factor"):
        calibrated(lambda factor: 0.0, 0.18)
