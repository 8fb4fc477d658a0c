# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Life laws against published lives, Miner's rule, and groups that lose nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.case import read_fatigue
from fea.errors import InputError
from fea.risk import Exposure, contact_damage, days_to_failure, grouped


@pytest.fixture(scope="module")
def fatigue():
    return read_fatigue()


def exposed(ranges, tensile):
    """A load with these ranges in µε, one row for each cell."""
    return Exposure(
        name="load",
        ranges=np.atleast_2d(ranges),
        variation=np.ones((len(np.atleast_1d(tensile)), 4)),
        tensile=np.atleast_1d(tensile),
        beam=np.zeros((1, 3)),
        cycles_per_km=400.0,
        mass_slope=1.0,
    )


@pytest.mark.parametrize(
    ("law", "tensile", "strain", "cycles"),
    [
        # 1.445e53 · 3000^-14.1 and 9.333e40 · 4000^-10.3 (Pattin 1996), 2.94e-9 · 0.003^-5.342 (Carter 1981).
        ("pattin", True, 3000.0, 1.445e53 * 3000.0**-14.1),
        ("pattin", False, 4000.0, 9.333e40 * 4000.0**-10.3),
        ("pattin_endurance", True, 3000.0, 1.445e53 * 3000.0**-14.1),
        ("carter_1981", True, 3000.0, 2.94e-9 * 0.003**-5.342),
        ("carter_1981", False, 4000.0, 2.94e-9 * 0.004**-5.342),
    ],
)
def test_life_is_the_published_one(fatigue, law, tensile, strain, cycles):
    damage = contact_damage([exposed([[strain]], [tensile])], fatigue.law(law))
    # The constants are given with four digits of a mantissa that the file keeps as a logarithm of three decimals.
    assert 1.0 / damage.points[:, ::4].sum() == pytest.approx(cycles, rel=2e-3)


@pytest.mark.parametrize(("tensile", "threshold"), [(True, 2500.0), (False, 4000.0)])
def test_the_thresholds_of_pattin_are_endurance_limits_where_asked_for(fatigue, tensile, threshold):
    curves = fatigue.law("pattin_endurance")
    assert not contact_damage([exposed([[threshold]], [tensile])], curves).points.any()
    assert contact_damage([exposed([[1.01 * threshold]], [tensile])], curves).points.any()


def test_a_tenth_more_strain_does_1_88_times_the_damage_at_the_exponent_6_6(fatigue):
    one, more = (
        contact_damage([exposed([[s]], [True])], fatigue.law("carter_caler")).points[:, ::4].sum()
        for s in (3000.0, 3300.0)
    )
    assert more / one == pytest.approx(1.1**6.6)


def test_damages_of_all_cycles_of_a_contact_add_up(fatigue):
    law = fatigue.law("carter_caler")
    parts = [contact_damage([exposed([[s]], [True])], law).points[:, ::4].sum() for s in (3000.0, 2000.0)]
    assert contact_damage([exposed([[3000.0, 2000.0]], [True])], law).points[:, ::4].sum() == pytest.approx(sum(parts))


def test_an_unstrained_cell_is_not_damaged(fatigue):
    damage = contact_damage([exposed([[0.0]], [True])], fatigue.law("pattin")).points
    assert damage.tolist() == [[0.0] * 4] * 2
    assert days_to_failure(damage).tolist() == [[np.inf] * 4] * 2


def test_weaker_tissue_is_damaged_as_by_more_strain(fatigue):
    law = fatigue.law("pattin")
    weaker = contact_damage([exposed([[3000.0]], [False])], law, strength_factor=0.8).points
    assert weaker == pytest.approx(contact_damage([exposed([[3750.0]], [False])], law).points)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.nan])
def test_a_strength_that_is_not_positive_is_refused(fatigue, factor):
    with pytest.raises(InputError, match="fatigue strength factor"):
        contact_damage([exposed([[1.0]], [True])], fatigue.law("pattin"), strength_factor=factor)


@pytest.fixture
def scattered(fatigue):
    """Damage of one load in 500 cells of two sites, with their volumes and sites."""
    rng = np.random.default_rng(1)
    damage = contact_damage([exposed(rng.uniform(0.0, 4000.0, (500, 1)), np.ones(500, bool))], fatigue.law("pattin"))
    return damage, rng.uniform(1.0, 9.0, 2000), rng.integers(0, 2, 2000)


@pytest.mark.parametrize("count", [8, 16, 100])
def test_groups_of_one_load_keep_volume_and_hazard(scattered, count):
    damage, volume, site = scattered
    groups = grouped(damage, np.ones(1), volume, site, 1.2, count=count)
    assert groups.volume.sum() == pytest.approx(volume.sum())
    assert (groups.volume * groups.damage**1.2).sum() == pytest.approx((volume * damage.points**1.2).sum())


def test_peaks_of_groups_bound_the_hazard_and_approach_it(scattered):
    damage, volume, site = scattered
    exact = (volume * damage.points**1.2).sum()
    peaks = [grouped(damage, np.ones(1), volume, site, 1.2, count=n, peak=True) for n in (8, 32, 2000)]
    hazards = [(g.volume * g.damage**1.2).sum() for g in peaks]
    assert hazards[0] > hazards[1] > hazards[2] >= exact
    assert hazards[2] == pytest.approx(exact, rel=0.02)


def test_fewer_than_eight_groups_are_refused(scattered):
    damage, volume, site = scattered
    with pytest.raises(InputError, match="8 or more"):
        grouped(damage, np.ones(1), volume, site, 1.2, count=7)


def test_a_point_is_damaged_by_the_power_of_its_own_strain(fatigue):
    # 1.2 times the mean of the cell at one of its points, in the mode of the cell: 14.1 in tension.
    one = exposed([[3000.0]], [True])
    varied = replace(one, variation=np.array([[1.0, 1.2, 0.9, 1.0]]))
    law = fatigue.law("pattin")
    ratio = contact_damage([varied], law).points[0] / contact_damage([one], law).points[0]
    assert ratio == pytest.approx([1.0, 1.2**14.1, 0.9**14.1, 1.0])


def test_each_load_has_a_channel_for_tension_and_one_for_compression(fatigue):
    damage = contact_damage([exposed([[3000.0], [3000.0]], [True, False])] * 2, fatigue.law("pattin"))
    assert damage.load.tolist() == [0, 0, 1, 1]
    assert damage.exponent.tolist() == [14.1, 10.3] * 2
    assert (damage.points > 0.0).tolist() == [[True] * 4 + [False] * 4, [False] * 4 + [True] * 4] * 2


def test_a_factor_on_life_divides_the_damage(fatigue):
    law = fatigue.law("pattin")
    one, other = (contact_damage([exposed([[3000.0]], [True])], law, life_factor=f).points for f in (1.0, 4.0))
    assert other == pytest.approx(one / 4.0)


def test_groups_hold_points_of_like_strain_of_one_site(scattered):
    # Edges are even in strain: with 8 groups up to 4000 µε each is 500 µε wide.
    damage, volume, site = scattered
    groups = grouped(damage, np.ones(1), volume, site, 1.2, count=8)
    assert len(groups.volume) == 16
    strain = damage.points.sum(axis=0) ** (1.0 / 14.1)
    step = np.minimum((strain / strain.max() * 8).astype(int), 7)
    for k in range(16):
        inside = (site == groups.site[k]) & (step == k % 8)
        assert groups.volume[k] == pytest.approx(volume[inside].sum())
        mean = np.average(damage.points[0, inside] ** 1.2, weights=volume[inside]) ** (1.0 / 1.2)
        assert groups.damage[0, k] == pytest.approx(mean)


def test_points_without_damage_form_one_group_of_each_site(fatigue):
    damage = contact_damage([exposed(np.zeros((3, 1)), np.ones(3, bool))], fatigue.law("pattin"))
    groups = grouped(damage, np.ones(1), np.ones(12), np.repeat([0, 1, 1], 4), 1.2)
    assert groups.site.tolist() == [0, 1]
    assert groups.volume.tolist() == [4.0, 8.0]
    assert not groups.damage.any()
