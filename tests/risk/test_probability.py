# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Probability against closed forms: one group, one load."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.case import read_fatigue
from fea.case.fatigue import LognormalSpread, Scatter, Spreads
from fea.errors import InputError, RunError
from fea.risk import (
    INPUTS,
    DamageGroups,
    Samples,
    UncertaintyInputs,
    calibrated,
    damage_convolution,
    doses,
    hazards,
    in_percent,
    outcomes,
    probabilities,
    probability,
    published,
    sampled,
    sensitivities,
    together,
    unrepaired_share,
)

FATIGUE = read_fatigue()
SCATTER = Scatter(exponent=1.2, reference_volume_mm3=96.0, evidence="U", source="test")


def one_group(volume=960.0, damage=1e-6):
    """960 mm³ that a contact damages by a millionth."""
    return DamageGroups(np.array([volume]), np.zeros(1, int), np.array([[[damage]]]), np.zeros(1, int), np.array([6.6]))


def daily(groups, contacts):
    return doses(groups, contacts[None], np.ones((1, 1, len(contacts))))


def curve(contacts, repair=FATIGUE.repair, **group):
    groups = one_group(**group)
    left = damage_convolution(daily(groups, contacts), unrepaired_share(repair, len(contacts)))
    return probability(hazards(groups, left, SCATTER).sum(axis=0))


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


def outlook(spread_of_load=0.0, days=30):
    groups = one_group()
    left = damage_convolution(daily(groups, np.full(days, 1000.0)), unrepaired_share(FATIGUE.repair, days))
    zero = LognormalSpread(sd=0.0, evidence="U", source="test")
    spreads = Spreads(
        body_mass=zero,
        load=LognormalSpread(sd=spread_of_load, evidence="U", source="test"),
        density=zero,
        bone_size=zero,
        fatigue_life=zero,
    )
    return UncertaintyInputs(groups, left, SCATTER, np.ones(1), 1.37), spreads


def test_the_person_described_has_the_nominal_curve():
    view, _ = outlook()
    assert probabilities(view, alike(3)) == pytest.approx(np.tile(curve(np.full(30, 1000.0)), (3, 1)))


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
    hazard = -np.log1p(-probabilities(view, Samples(factors, np.ones(len(factors))))[:, -1])
    assert hazard[1] / hazard[0] == pytest.approx(1.05**power)


def test_percentiles_of_people_are_those_of_the_load():
    # One lognormal input: the 5th percentile of the probability is that of the load's 5th percentile.
    view, spreads = outlook(spread_of_load=0.1)
    found = outcomes(view, sampled(spreads, 2048, 1)).band[:, -1]
    factors = np.ones((3, 5))
    factors[:, 1] = np.exp(0.1 * np.array([-1.6449, 0.0, 1.6449]))
    assert found == pytest.approx(probabilities(view, Samples(factors, np.ones(len(factors))))[:, -1], rel=0.01)


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


@pytest.mark.parametrize("damage", [1e-11, 1e-15])
def test_two_inputs_share_the_variance_of_the_logarithm_of_the_hazard(damage):
    # H ∝ load^7.92 · life^-1.2 at any size, so that ln H is a sum: the shares are those of its terms and add up to 1.
    view, spreads = outlook(spread_of_load=0.06)
    rare = replace(view, groups=one_group(damage=damage))
    spreads = spreads.model_copy(update={"fatigue_life": LognormalSpread(sd=0.3, evidence="U", source="test")})
    found = {one.name: one for one in sensitivities(rare, spreads, 4096, 1)}
    load, life = (7.92 * 0.06) ** 2, (1.2 * 0.3) ** 2
    for name, variance in (("load", load), ("fatigue life", life)):
        assert found[name].first == pytest.approx(variance / (load + life), abs=0.02)
        assert found[name].total == pytest.approx(variance / (load + life), abs=0.02)


@pytest.mark.parametrize("damage", [1e-300, 1e-14, 1e-11, 1e-6, 1.0])
def test_shares_of_variance_lie_between_0_and_1(damage):
    view, spreads = outlook(spread_of_load=0.3)
    spreads = spreads.model_copy(update={"fatigue_life": LognormalSpread(sd=0.5, evidence="U", source="test")})
    found = sensitivities(replace(view, groups=one_group(damage=damage)), spreads, 64, 1)
    assert all(0.0 <= one.first <= 1.0 and 0.0 <= one.total <= 1.0 for one in found)


def test_shares_of_variance_repeat_with_their_seed_and_name_every_input():
    view, spreads = outlook(spread_of_load=0.1)
    one, other = (sensitivities(view, spreads, 64, 3) for _ in range(2))
    assert one == other
    assert [share.name for share in one] == list(INPUTS)
    still = sensitivities(*outlook(), 32, 1)
    assert [(share.name, share.first, share.total) for share in still] == [(name, 0.0, 0.0) for name in INPUTS]


def alike(count=1):
    """Average people."""
    return Samples(np.ones((count, 5)), np.ones(count))


def two_groups():
    """Two loads, each in tension and in compression, on two groups at two sites."""
    return DamageGroups(
        np.array([960.0, 500.0]),
        np.array([1, 0]),
        np.array([[[1e-6, 2e-6], [3e-6, 0.5e-6]]]),
        np.array([0, 1]),
        np.array([6.6, 5.0]),
    )


def test_the_hazard_of_groups_is_that_of_the_worst_damage_so_far():
    groups = two_groups()
    left = np.random.default_rng(2).uniform(0.0, 1000.0, (2, 2, 9))
    found = hazards(groups, left, SCATTER)
    for g, (volume, site) in enumerate(zip(groups.volume, groups.site, strict=True)):
        damage = groups.damage[0, g] * left[0, site] + groups.damage[1, g] * left[1, site]
        worst = np.array([damage[: day + 1].max() for day in range(9)])
        assert found[g] == pytest.approx(volume / 96.0 * worst**1.2)


def scaled(groups, factors):
    return replace(groups, table=groups.table * np.asarray(factors)[:, None])


WEIGHTS = np.array([0.5, 2.0, 0.5])
PEOPLE = np.array([[1.1, 0.9, 1.05, 0.97, 1.3], [0.8, 1.2, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0, 1.0]])


def test_people_of_several_loads_and_groups_have_the_hazard_of_each_load_scaled_by_its_own_power():
    groups = two_groups()
    left = np.random.default_rng(2).uniform(0.0, 1000.0, (2, 2, 9))
    view = UncertaintyInputs(groups, left, SCATTER, np.array([1.0, 0.4]), 1.37)
    found = probabilities(view, Samples(PEOPLE, WEIGHTS))
    assert found.shape == (3, 9)
    for person, (mass, load, density, size, life) in zip(found, PEOPLE, strict=True):
        strain = load * density**-1.37 / size**2 * np.array([mass, 1.0 + 0.4 * (mass - 1.0)])
        own = scaled(groups, strain ** np.array([6.6, 5.0]) / life)
        assert person == pytest.approx(probability(size**3 * hazards(own, left, SCATTER).sum(axis=0)))


def test_the_expected_share_is_the_mean_of_the_subjects_and_so_is_that_of_each_site():
    groups = two_groups()
    left = np.random.default_rng(2).uniform(0.0, 20_000.0, (2, 3, 9))
    view = UncertaintyInputs(groups, left, SCATTER, np.array([1.0, 0.4]), 1.37)
    found = outcomes(view, Samples(PEOPLE, WEIGHTS))
    assert found.probability == pytest.approx(probabilities(view, Samples(PEOPLE, WEIGHTS)))
    assert found.share == pytest.approx(WEIGHTS @ found.probability / 3.0)
    one_by_one = [outcomes(view, Samples(person[None], np.ones(1))) for person in PEOPLE]
    assert found.by_site == pytest.approx(np.average([one.by_site for one in one_by_one], axis=0, weights=WEIGHTS))
    # Sites are independent in one subject; the third has no group.
    assert one_by_one[0].share == pytest.approx(1.0 - np.prod(1.0 - one_by_one[0].by_site, axis=0))
    assert not found.by_site[2].any()


@pytest.mark.parametrize("damage", [1e-9, 1e-7, 1e-6])
def test_a_larger_spread_never_lowers_the_expected_share_of_a_rare_fracture(damage):
    shares = []
    for spread in (0.0, 0.1, 0.2, 0.4):
        view, spreads = outlook(spread_of_load=spread)
        view = replace(view, groups=one_group(damage=damage))
        shares.append(outcomes(view, sampled(spreads, 4096, 1)).share[-1])
    assert shares == sorted(shares)
    # Lognormal hazards: the mean is exp(½ (7.92 · 0.1)²) = 1.37 times the median, as long as fractures are rare.
    if damage < 1e-8:
        assert shares[1] / shares[0] == pytest.approx(np.exp(0.5 * 0.792**2), rel=0.01)


def test_the_strain_of_a_bone_varies_as_measured():
    for bone, sd in (("tibia", 0.214), ("metatarsal2", 0.398)):
        spreads = FATIGUE.spreads.of_bone(bone, 1.37)
        factors = sampled(spreads, 4096, 1)
        # Arndt 2002: 41 % of the mean at the second metatarsal; Sinclair & Taylor 2023: 22 % at the tibia.
        strain = np.log(factors.strain(np.ones(1), 1.37)[:, 0])
        assert np.sqrt(np.average(strain**2, weights=factors.weight)) == pytest.approx(sd, rel=0.01)
        assert np.average(strain, weights=factors.weight) == pytest.approx(0.0, abs=0.01 * sd)
    assert FATIGUE.spreads.of_bone("fibula", 1.37) == FATIGUE.spreads


def test_the_share_of_a_rare_fracture_is_found_with_few_samples():
    # ln H is normal: with the SD 7.92 · 0.4 = 3.17 the mean of 1 − exp(−H) is an integral over one variable.
    view, spreads = outlook(spread_of_load=0.4)
    view = replace(view, groups=one_group(damage=1e-9))
    z = np.linspace(-8.0, 8.0, 20_001)
    hazard = -np.log1p(-probabilities(view, alike())[0, -1]) * np.exp(7.92 * 0.4 * z)
    exact = np.trapezoid(-np.expm1(-hazard) * np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi), z)
    assert exact < 2e-3
    assert outcomes(view, sampled(spreads, 1024, 1)).share[-1] == pytest.approx(exact, rel=0.02)


def bones_of(spread=0.3, count=2, samples=4096):
    """Outcomes of some bones of the same people, whose loads and fatigue lives vary."""
    view, spreads = outlook(spread_of_load=spread)
    spreads = spreads.model_copy(update={"fatigue_life": LognormalSpread(sd=0.5, evidence="U", source="test")})
    return [outcomes(view, sampled(spreads, samples, 1, bone, count)) for bone in range(count)]


@pytest.mark.parametrize("samples", [16, 4096])
def test_two_bones_are_at_least_as_likely_to_break_as_one(samples):
    one, other = bones_of(samples=samples)
    both = together([one, other])
    # Either bone of a person breaks or neither does, one independently of the other.
    whole = 1.0 - (1.0 - one.probability) * (1.0 - other.probability)
    assert both.share == pytest.approx(one.weight @ whole / samples)
    # Bonferroni: no less than either, no more than the sum; who is weak in one bone is in the other too.
    assert np.all(both.share >= np.maximum(one.share, other.share))
    assert np.all(both.share <= one.share + other.share)
    if samples > 1000:
        assert both.share[-1] < 1.0 - (1.0 - one.share[-1]) * (1.0 - other.share[-1])
    assert both.by_site == pytest.approx(np.array([one.share, other.share]))
    assert together([one]).share == pytest.approx(one.share)


def test_bones_of_the_same_people_share_all_but_their_loads():
    first, second = (sampled(FATIGUE.spreads, 2048, 1, bone, 2) for bone in (0, 1))
    load = INPUTS.index("load")
    others = [k for k in range(len(INPUTS)) if k != load]
    assert np.array_equal(first.factors[:, others], second.factors[:, others])
    logs = np.log(np.column_stack([first.factors[:, load], second.factors[:, load]]))
    assert abs(np.corrcoef(logs.T)[0, 1]) < 0.05
    # Weights make up for loads sampled more widely than people have them, in each bone.
    many = [sampled(FATIGUE.spreads, 2**14, 1, bone, 2) for bone in (0, 1)]
    spread = [np.sqrt(np.average(np.log(one.factors[:, load]) ** 2, weights=one.weight)) for one in many]
    assert spread == pytest.approx([FATIGUE.spreads.load.sd] * 2, rel=0.03)


@pytest.mark.parametrize(("bone", "bones"), [(-1, 1), (1, 1), (8, 9), (0, 9)])
def test_more_than_eight_bones_are_refused(bone, bones):
    with pytest.raises(InputError, match="1 to 8"):
        sampled(FATIGUE.spreads, 16, 1, bone, bones)


def test_a_spread_below_that_of_mass_density_and_size_leaves_none_to_the_load():
    narrow = FATIGUE.spreads.strain["tibia"].model_copy(update={"sd": 0.01})
    spreads = FATIGUE.spreads.model_copy(update={"strain": {"tibia": narrow}})
    assert spreads.of_bone("tibia", 1.37).load.sd == 0.0


def test_no_load_pulls_where_it_pushed():
    # A slope of 3 at half the mass would be −0.5 times the load.
    assert Samples(np.array([[0.5, 1.0, 1.0, 1.0, 1.0]]), np.ones(1)).strain(np.array([3.0, 1.0]), 1.37).tolist() == [
        [0.0, 0.5]
    ]


def test_many_people_are_worked_on_in_blocks_without_a_seam(monkeypatch):
    view, spreads = outlook(spread_of_load=0.1)
    people = sampled(spreads, 50, 1)
    whole = probabilities(view, people)
    monkeypatch.setattr("fea.risk.uncertainty._AT_ONCE", 7 * 30)
    assert probabilities(view, people) == pytest.approx(whole)


def test_groups_that_hold_next_to_nothing_change_next_to_nothing():
    view, _ = outlook()
    one = view.groups
    # A thousand times less damage on a million times the strainless volume, and another that is not damaged at all.
    more = DamageGroups(
        np.array([1e3, 960.0, 1e6]),
        np.zeros(3, int),
        np.array([[[1e-10, one.damage[0, 0], 0.0]]]),
        one.load,
        one.exponent,
    )
    people = alike()
    assert probabilities(replace(view, groups=more), people) == pytest.approx(probabilities(view, people), rel=1e-4)


def test_a_site_hurt_on_the_first_day_and_one_hurt_on_the_last_both_count():
    groups = two_groups()
    left = np.zeros((2, 2, 9))
    left[:, 1, 0] = left[:, 0, 8] = 800.0
    view = UncertaintyInputs(groups, left, SCATTER, np.ones(2), 1.37)
    nominal = hazards(groups, left, SCATTER)
    assert np.all(nominal[:, -1] > 0.1 * nominal[:, -1].sum())
    assert probabilities(view, alike())[0] == pytest.approx(probability(nominal.sum(axis=0)))


def test_doses_are_contacts_times_the_power_of_each_channel():
    contacts = np.array([[10.0, 20.0], [1.0, 0.0]])
    factor = np.array([[[1.0, 0.9], [1.1, 1.0]], [[1.0, 1.0], [2.0, 2.0]]])
    found = doses(two_groups(), contacts, factor)
    assert found[0] == pytest.approx(contacts[0] * factor[0] ** 6.6)
    assert found[1] == pytest.approx(contacts[1] * factor[1] ** 5.0)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.01, "1.0 %"), (0.00999, "1 %"), (2e-6, "0.0002 %"), (0.9e-6, "below 0.0001 %"), (1.0, "100.0 %")],
)
def test_shares_at_the_borders_are_written_as_people_read_them(share, text):
    assert in_percent(share) == text


def test_the_published_form_weighs_repair_by_the_mean_of_each_day():
    # P = Σ ΔP_A (R(t) + R(t+1)) / 2 with R what is not repaired by then.
    contacts, groups = np.full(30, 1000.0), one_group()
    left = unrepaired_share(FATIGUE.repair, 31)
    alone = broken = 0.0
    found = published(groups, daily(groups, contacts), SCATTER, FATIGUE.repair)
    for day in range(30):
        hazard = 10.0 * (0.001 * (day + 1)) ** 1.2
        step = -np.expm1(-hazard) - alone
        alone += step
        broken += step * (left[day] + left[day + 1]) / 2.0
        assert found[day] == pytest.approx(broken)
