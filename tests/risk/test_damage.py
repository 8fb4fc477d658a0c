# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Life laws against published lives, Miner's rule, and groups that lose nothing."""

from __future__ import annotations

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
        ("carter_1981", True, 3000.0, 2.94e-9 * 0.003**-5.342),
        ("carter_1981", False, 4000.0, 2.94e-9 * 0.004**-5.342),
    ],
)
def test_life_is_the_published_one(fatigue, law, tensile, strain, cycles):
    damage = contact_damage([exposed([[strain]], [tensile])], fatigue.law(law))
    # The constants are given with four digits of a mantissa that the file keeps as a logarithm of three decimals.
    assert 1.0 / damage.points[:, ::4].sum() == pytest.approx(cycles, rel=2e-3)


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
