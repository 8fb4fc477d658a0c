# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Life laws that are no power of strain, against evaluation at each point, day and person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.case import Fatigue, read_fatigue
from fea.case.tables import checked
from fea.errors import InputError
from fea.risk import (
    Exposure,
    Samples,
    UncertaintyInputs,
    contact_damage,
    damage_convolution,
    doses,
    grouped,
    hazards,
    probabilities,
    probability,
    unrepaired_share,
)

SHIPPED = read_fatigue()
SCATTER = SHIPPED.scatter
CELLS, DAYS = 300, 35
POWER = {"log10_cycles": 30.43, "exponent": 6.6}


def law(tension, compression=None):
    """A law of the shipped data with these curves, read as from a file."""
    table = read_fatigue().model_dump(mode="json", by_alias=True, exclude_none=True)
    table["laws"]["pattin"] |= {"title": "own", "tension": tension, "compression": compression or tension}
    return checked(Fatigue, table, "fatigue data").law("pattin")


LIMIT = {**POWER, "endurance_ue": 2500.0}
BENT = {"points": [[1000.0, 1e12], [2500.0, 1e8], [6000.0, 1e5]]}


def exposed(name, mean, seed, **changes):
    """A load whose largest strain ranges lie about a mean in µε, with a smaller cycle beside, in both modes."""
    rng = np.random.default_rng(seed)
    largest = rng.normal(mean, 0.25 * mean, CELLS).clip(0.0)
    one = Exposure(
        name=name,
        ranges=np.column_stack([largest, 0.6 * largest]),
        variation=rng.uniform(0.9, 1.1, (CELLS, 4)),
        tensile=np.arange(CELLS) % 2 == 0,
        beam=np.zeros((1, 3)),
        cycles_per_km=400.0,
        mass_slope=1.0,
        frequency_hz=4.0,
    )
    return replace(one, **changes)


RNG = np.random.default_rng(7)
VOLUME, SITE = RNG.uniform(0.5, 2.0, 4 * CELLS), np.repeat(np.arange(CELLS) % 2, 4)
CONTACTS = 5.0 * np.array([np.tile([0, 2000, 0, 2000, 500, 2000, 3000], 5), np.tile([300, 0, 300, 0, 0, 0, 0], 5)])
# Two loads at two sites: strain falls as bone is formed at one, and rises as muscles tire at the other.
CHANGE = np.array([np.linspace([1.0, 1.15], [0.93, 1.3], DAYS).T, np.linspace([1.0, 1.05], [0.97, 1.1], DAYS).T])
PEOPLE = Samples(np.exp(RNG.normal(0.0, [0.05, 0.3, 0.02, 0.03, 0.5], (8, 5))), np.ones(8))
LEFT = unrepaired_share(SHIPPED.repair, DAYS)


def loads(mean):
    """A load, and one that strains the same cells a fifth more."""
    one = exposed("one", mean, 1)
    return one, replace(one, ranges=1.2 * one.ranges)


def inputs(exposures, curves, change=CHANGE):
    """What the probabilities of people follow from, by groups and tables."""
    damage = contact_damage(exposures, curves)
    groups = grouped(damage, CONTACTS.sum(axis=1), VOLUME, SITE, SCATTER.exponent).spanning(change)
    left = damage_convolution(doses(groups, CONTACTS, change), LEFT)
    return UncertaintyInputs(groups, left, SCATTER, np.ones(len(exposures)), 2.0)


def directly(exposures, curves, people, change=CHANGE):
    """Probability of each person by day with the law itself at each point, on each day."""
    found = []
    everyone = zip(people.strain(np.ones(len(exposures)), 2.0), people.life, people.volume, strict=True)
    for strain, life, size in everyone:
        daily = np.zeros((len(SITE), DAYS))
        for k, s, day in np.ndindex(len(exposures), 2, DAYS):
            own = replace(exposures[k], ranges=strain[k] * change[k, s, day] * exposures[k].ranges)
            damage = contact_damage([own], curves).points.sum(axis=0)
            daily[s == SITE, day] += CONTACTS[k, day] * damage[s == SITE] / life
        worst = np.maximum.accumulate(damage_convolution(daily, LEFT), axis=1)
        found.append(size * VOLUME @ worst**SCATTER.exponent / SCATTER.reference_volume_mm3)
    return probability(np.array(found))


@pytest.mark.parametrize("curve", [POWER, LIMIT, BENT], ids=["power", "endurance", "points"])
@pytest.mark.parametrize("mean_ue", [1500.0, 2500.0])
def test_the_share_of_people_is_that_of_the_law_at_each_point_within_three_thousandths(curve, mean_ue):
    curves = law(curve)
    exact = directly(loads(mean_ue), curves, PEOPLE)[:, -1]
    found = probabilities(inputs(loads(mean_ue), curves), PEOPLE)[:, -1]
    assert found.mean() == pytest.approx(exact.mean(), rel=3e-3)
    likely = exact > 1e-3
    assert found[likely] == pytest.approx(exact[likely], rel=1e-2)


def test_people_who_load_more_break_where_the_average_person_stays_below_the_endurance_limit():
    # The largest strain of the average person is about 1200 µε of 2500; loads twice and three times as large.
    curves, few = law(LIMIT), (exposed("one", 600.0, 1), exposed("two", 600.0, 1))
    still = np.ones_like(CHANGE)
    view = inputs(few, curves, still)
    assert not hazards(view.groups, view.unrepaired, SCATTER).any()
    factors = np.ones((3, 5))
    factors[:, 1] = [1.0, 2.5, 3.5]
    people = Samples(factors, np.ones(3))
    found = probabilities(view, people)[:, -1]
    assert found[0] == 0.0 < found[1] < found[2]
    assert found == pytest.approx(directly(few, curves, people, still)[:, -1], rel=0.1)


def test_points_on_a_power_law_are_that_power_law():
    # N = 10^30.43 Δε^-6.6 at three strains, of which the outermost lines go on.
    on_it = {"points": [[s, 10.0**30.43 * s**-6.6] for s in (1000.0, 3000.0, 5000.0)]}
    found, exact = (probabilities(inputs(loads(2500.0), law(curve)), PEOPLE) for curve in (on_it, POWER))
    assert found == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("curve", [POWER, LIMIT, BENT], ids=["power", "endurance", "points"])
def test_more_strain_never_does_less_damage_between_the_rows_of_the_table(curve):
    view = inputs(loads(1500.0), law(curve))
    factors = np.ones((400, 5))
    factors[:, 1] = np.linspace(0.2, 5.0, 400)
    damage = view.groups.damage_at(factors[:, 1:2] * np.ones((1, 2)), np.ones(400))
    assert (np.diff(damage, axis=0) >= 0.0).all()
    assert (np.diff(probabilities(view, Samples(factors, np.ones(400)))[:, -1]) >= 0.0).all()


def damaged(strain_ue, curves, *, tensile=True, strength=1.0, **changes):
    """Damage of one cycle of this range."""
    one = exposed("one", 1.0, 1)
    one = replace(one, ranges=np.full((CELLS, 1), strain_ue), variation=np.ones((CELLS, 4)), **changes)
    points = contact_damage([replace(one, tensile=np.full(CELLS, tensile))], curves, strength_factor=strength).points
    return points[:, 0].sum()


def test_up_to_the_endurance_limit_nothing_is_damaged_and_above_it_all_as_without():
    curves = law(LIMIT)
    assert damaged(2500.0, curves) == 0.0
    assert damaged(2501.0, curves) == pytest.approx(2501.0**6.6 / 10.0**30.43)


def test_weaker_tissue_has_a_lower_endurance_limit():
    assert damaged(2100.0, law(LIMIT)) == 0.0
    assert damaged(2100.0, law(LIMIT), strength=0.8) == pytest.approx((2100.0 / 0.8) ** 6.6 / 10.0**30.43)


def test_tension_and_compression_have_forms_of_their_own():
    curves = law(POWER, BENT)
    assert damaged(2500.0, curves, tensile=False) == pytest.approx(1e-8)
    assert damaged(2500.0, curves, tensile=True) == pytest.approx(2500.0**6.6 / 10.0**30.43)


def test_a_life_that_is_a_time_takes_as_many_more_cycles_as_they_are_faster():
    # Exponent 1: measured at 2 Hz, a contact of a quarter of a second at 4 Hz does half the damage of a cycle.
    timed = law({**POWER, "frequency_exponent": 1.0, "frequency_hz": 2.0})
    assert damaged(3000.0, timed, frequency_hz=4.0) == pytest.approx(damaged(3000.0, law(POWER)) / 2.0)
    assert damaged(3000.0, timed, frequency_hz=2.0) == damaged(3000.0, law(POWER))


def test_a_law_with_frequency_refuses_a_load_without_duration():
    timed = law(POWER, {**POWER, "frequency_exponent": 1.0, "frequency_hz": 2.0})
    with pytest.raises(InputError, match=r"'own' goes with the frequency.*'one' is a single instant"):
        damaged(3000.0, timed, frequency_hz=None)


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        ({"points": [[2000.0, 1e6], [3000.0, 2e6]]}, r"\(3000 µε, 2e\+06 cycles\) follows .*ranges that rise"),
        ({"points": [[2000.0, 1e6], [1500.0, 1e5]]}, "ranges that rise with cycles that fall"),
        ({"points": [[2000.0, 1e6]]}, "points"),
        ({**POWER, "endurance_ue": -1.0}, "endurance_ue is -1"),
        ({**POWER, "frequency_exponent": 1.0}, "frequency_exponent stands without frequency_hz"),
        ({"points": [[2000.0, 1e6], [3000.0, 1e5]], "exponent": 5.0}, "there is no key .*exponent"),
        ({"exponent": 5.0}, "log10_cycles.* missing"),
        ({**POWER, "exponent": -1.0}, "exponent is -1.0; allowed: above 0 to 30"),
        ({**POWER, "kind": "spline"}, "kind"),
        (6.6, "tension"),
    ],
)
def test_a_curve_that_is_none_is_refused(curve, said):
    with pytest.raises(InputError, match=said):
        law(curve)
