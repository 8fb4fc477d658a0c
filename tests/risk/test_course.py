# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Training by day against closed forms: bones of two evenly strained sites, whose sections are rings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.case import MuscleFatigue, healthy, read_fatigue, read_tissue
from fea.errors import InputError
from fea.risk import RUN_IN_D, Cortex, CorticalSections, Exposure, RiskModel, RiskSettings, porosity, unrepaired_share

FATIGUE = read_fatigue()
W, V0 = FATIGUE.scatter.exponent, FATIGUE.scatter.reference_volume_mm3
N = FATIGUE.law("carter_caler").tension.exponent
VOLUMES = np.array([960.0, 480.0])
STRAINS = np.array([3000.0, 3500.0])
BARE = {"apposition": False, "repair": False}
WEEK = np.array([0.0, 2000.0, 0.0, 2000.0, 500.0, 2000.0, 3000.0])


def ring(radius, levels=(0.2, 0.6)):
    """Sections of a ring, 6 mm within, at some levels."""
    area, inertia = np.pi * (radius**2 - 36.0), np.pi / 4.0 * (radius**4 - 6.0**4)
    each = np.atleast_1d(np.broadcast_to(area, len(levels))), np.broadcast_to(inertia, len(levels))
    width = np.broadcast_to(2.0 * np.asarray(radius), len(levels))
    return CorticalSections(
        np.array(levels),
        np.zeros((len(levels), 3)),
        np.column_stack([width] * 2),
        each[0],
        np.column_stack([each[1]] * 2),
    )


CORTEX = Cortex(
    cells=np.ones(2, dtype=bool),
    volume=np.repeat(VOLUMES / 4.0, 4),
    site=np.repeat([0, 1], 4),
    sites=("distal", "middle"),
    level=np.array([0.3, 0.5]),
    sections=ring(12.0),
)


def test_values_at_points_are_averaged_over_their_cells_and_0_elsewhere():
    some = replace(CORTEX, cells=np.array([False, True, False, True]))
    np.testing.assert_array_equal(some.of_cells(np.array([1.0, 2, 3, 6, 0, 0, 0, 4])), [0.0, 3.0, 0.0, 1.0])


def load(strains=STRAINS, **changes):
    """A load of one cycle that strains the two cells so, in µε, and presses the shaft."""
    one = Exposure(
        name="load",
        ranges=np.asarray(strains, dtype=float)[:, None],
        variation=np.ones((2, 4)),
        tensile=np.ones(2, dtype=bool),
        beam=np.tile([1000.0, 0.0, 0.0], (2, 1)),
        cycles_per_km=400.0,
        mass_slope=1.0,
    )
    return replace(one, **changes)


def model(*loads, fatigue=FATIGUE, tissue=None, cortex=CORTEX, life_factor=1.0, **settings):
    return RiskModel(cortex, loads or (load(),), fatigue, RiskSettings(**settings), tissue, life_factor)


def damage(strains=STRAINS):
    """Damage of one contact by the law as printed in the file, N = 10^30.43 Δε^-6.6."""
    return np.asarray(strains) ** 6.6 / 10.0**30.43


def broken(hazard):
    return 1.0 - np.exp(-np.asarray(hazard))


def test_without_repair_and_growth_each_site_breaks_by_the_weibull_of_its_damage():
    contacts = np.tile(WEEK, 4)[None]
    found = model(**BARE).course(contacts)
    hazard = (VOLUMES / V0)[:, None] * (damage()[:, None] * np.cumsum(contacts)) ** W
    np.testing.assert_allclose(found.by_site, broken(hazard), rtol=1e-9)
    # The bone survives if both sites do.
    np.testing.assert_allclose(found.probability, 1.0 - np.prod(1.0 - found.by_site, axis=0), rtol=1e-9)


def test_damages_of_two_loads_add_up_day_by_day():
    second = load(0.8 * STRAINS)
    contacts = np.array([WEEK, WEEK[::-1]])
    found = model(load(), second, **BARE).course(contacts)
    total = np.outer(damage(), WEEK) + np.outer(damage(0.8 * STRAINS), WEEK[::-1])
    np.testing.assert_allclose(
        found.by_site, broken((VOLUMES / V0)[:, None] * np.cumsum(total, axis=1) ** W), rtol=1e-9
    )


def test_repair_leaves_of_each_day_what_the_clock_of_that_day_says():
    found = model(apposition=False).course(np.full((1, 60), 1000.0))
    left = np.exp(-((np.arange(60) / FATIGUE.repair.time_d) ** FATIGUE.repair.exponent))
    hazard = (VOLUMES / V0)[:, None] * (1000.0 * damage()[:, None] * np.cumsum(left)) ** W
    np.testing.assert_allclose(found.by_site, broken(hazard), rtol=1e-9)


GROWTH = FATIGUE.growth


def everyday(force_n):
    """Walking that presses every section so."""
    return load(beam=np.tile([force_n, 0.0, 0.0], (2, 1)))


def grown(ratio, days):
    """Relative growth by day under a constant load of so many times the usual stimulus, from rest on."""
    # The mean of seven days rises by a seventh each day; its fourth root is the stimulus.
    rise = ratio * (np.minimum(np.arange(1, days + 1), 7) / 7.0) ** 0.25
    drive = np.clip((rise - GROWTH.set_point) / (GROWTH.full_drive - GROWTH.set_point), 0.0, 1.0)
    formed = np.concatenate([np.zeros(GROWTH.delay_d), np.cumsum(drive)])[:days]
    return GROWTH.ceiling * (1.0 - np.exp(-GROWTH.rate_per_d * formed / GROWTH.ceiling))


def test_apposition_lowers_the_strain_of_each_site_between_the_sections_around_it():
    # A pressed ring of 12 mm at level 0.2 and of 15 mm at 0.6; the sites lie a quarter and three quarters between.
    # As many contacts as everyday life has, of twice its force.
    contacts = np.full((1, 90), GROWTH.everyday_km_per_d * 400.0)
    growth = grown(2.0, 90)
    thin, thick = (((r**2 - 36.0) / ((r * (1.0 + growth)) ** 2 - 36.0)) for r in (12.0, 15.0))
    factor = np.array([0.75 * thin + 0.25 * thick, 0.25 * thin + 0.75 * thick])
    cortex = replace(CORTEX, sections=ring(np.array([12.0, 15.0])))
    settings = RiskSettings(repair=False)
    view = RiskModel(cortex, [load()], FATIGUE, settings, life_factor=1.0, everyday=everyday(500.0))
    hazard = (VOLUMES / V0)[:, None] * np.cumsum(contacts * damage()[:, None] * factor**N, axis=1) ** W
    np.testing.assert_allclose(view.course(contacts).by_site, broken(hazard), rtol=1e-9)
    assert factor[0, -1] < 0.995


def growth_of(*loads, contacts, adapted=False, usual=500.0):
    view = RiskModel(CORTEX, loads, FATIGUE, RiskSettings(), life_factor=1.0, everyday=everyday(usual))
    return view.apposition(contacts, adapted=adapted)


def test_bone_is_formed_in_proportion_to_the_shaft_whatever_its_size():
    contacts = np.full((1, 80), GROWTH.everyday_km_per_d * 400.0)
    for radius in (8.0, 12.0, 30.0):
        view = RiskModel(
            replace(CORTEX, sections=ring(radius)), [load()], FATIGUE, RiskSettings(), None, 1.0, everyday(500.0)
        )
        np.testing.assert_allclose(view.apposition(contacts, adapted=False), np.tile(grown(2.0, 80), (2, 1)))


def test_no_bone_is_formed_where_nothing_is_loaded_nor_without_training():
    one_section = load(beam=np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    found = growth_of(one_section, contacts=np.full((1, 90), 5000.0))
    assert found[0, -1] > 0.0
    assert not found[1].any()
    assert not growth_of(one_section, contacts=np.full((1, 90), 5000.0), usual=0.0)[1].any()
    assert not growth_of(load(), contacts=np.zeros((1, 90))).any()


def test_no_bone_is_formed_by_everyday_life_nor_in_who_is_pre_conditioned():
    daily = GROWTH.everyday_km_per_d * 400.0
    assert not growth_of(load(), contacts=np.full((1, 90), daily), usual=1000.0).any()
    hard = np.full((1, 90), 20.0 * daily)
    assert growth_of(load(), contacts=hard)[0, -1] > 0.0
    assert not growth_of(load(), contacts=hard, adapted=True).any()


def test_new_bone_waits_for_resorption_and_never_passes_the_ceiling():
    found = growth_of(load(), contacts=np.full((1, 20_000), 1e9))[0]
    assert not found[: GROWTH.delay_d].any()
    assert found[GROWTH.delay_d] > 0.0
    # The rate of the first days is the largest there is.
    assert np.diff(found).max() <= GROWTH.rate_per_d
    assert found[-1] == pytest.approx(GROWTH.ceiling, rel=1e-6)
    assert found.max() <= GROWTH.ceiling


@pytest.mark.parametrize("days", [7, 14, 34, 35])
def test_a_plan_may_be_shorter_than_the_delay(days):
    found = growth_of(load(), contacts=np.full((1, days), 1e6))
    assert found.shape == (2, days)
    assert not found[:, : GROWTH.delay_d].any()


def test_who_is_pre_conditioned_begins_with_the_damage_of_the_usual_load():
    # Two weeks of the first week's training before: what they leave unrepaired counts from the first day of the plan.
    plan = np.concatenate([WEEK, 3.0 * WEEK, WEEK])
    found = model(apposition=False).course(plan[None], 14)
    every = np.concatenate([WEEK, WEEK, plan])
    left = unrepaired_share(FATIGUE.repair, len(every))
    unhealed = np.array([sum(every[k] * left[t - k] for k in range(t + 1)) for t in range(len(every))])
    worst = np.maximum.accumulate(unhealed[14:])
    hazard = (VOLUMES / V0)[:, None] * damage()[:, None] ** W * worst**W
    assert found.probability.shape == (21,)
    np.testing.assert_allclose(found.by_site, broken(hazard), rtol=1e-9, atol=1e-15)
    assert found.by_site[0, 0] > 0.0


TIRING = MuscleFatigue(evidence="U", source="test", strain_rise=0.3, over_km=10.0)


def test_muscles_that_tire_raise_the_strain_over_the_distance_of_a_day():
    # 400 contacts for a km: 5, 0 and 20 km. Strain rises to 0.3 at 10 km and stays: mean factors 1.075, 1 and 1.225.
    contacts = np.array([[2000.0, 0.0, 8000.0]])
    view = RiskModel(
        CORTEX, [load()], FATIGUE, RiskSettings(muscle_fatigue=True, **BARE), life_factor=1.0, muscle_fatigue=TIRING
    )
    hazard = (VOLUMES / V0)[:, None] * (
        damage()[:, None] * np.cumsum(contacts * np.array([1.075, 1.0, 1.225]) ** N)
    ) ** W
    np.testing.assert_allclose(view.course(contacts).by_site, broken(hazard), rtol=1e-9)
    halves = RiskModel(
        CORTEX, [load()] * 2, FATIGUE, RiskSettings(muscle_fatigue=True, **BARE), life_factor=1.0, muscle_fatigue=TIRING
    )
    np.testing.assert_allclose(halves.course(np.tile(contacts / 2.0, (2, 1))).by_site, broken(hazard), rtol=1e-9)


def test_muscles_that_tire_bring_a_strain_over_the_endurance_limit():
    # 2400 of 2500 µε (Pattin, tension); after 10 km a day, 4000 contacts, strain is on average 15 % higher.
    far = np.full((1, 14), 4000.0)
    tiring = RiskModel(
        CORTEX,
        [load([2400.0, 2400.0])],
        FATIGUE,
        RiskSettings(law="pattin_endurance", muscle_fatigue=True, **BARE),
        life_factor=1.0,
        muscle_fatigue=TIRING,
    )
    assert tiring.with_settings(replace(tiring.settings, muscle_fatigue=False)).course(far).probability[-1] == 0.0
    damaged = 14 * 4000.0 * (1.15 * 2400.0) ** 14.1 / 10.0**53.16
    expected = broken(VOLUMES.sum() / V0 * damaged**W)
    assert tiring.course(far).probability[-1] == pytest.approx(expected, rel=2e-2)


def test_muscles_do_not_tire_unless_asked_nor_in_contacts_without_a_distance():
    contacts = np.full((1, 20), 4000.0)
    usual = model(**BARE).course(contacts).by_site
    off = RiskModel(CORTEX, [load()], FATIGUE, RiskSettings(**BARE), life_factor=1.0, muscle_fatigue=TIRING)
    np.testing.assert_array_equal(off.course(contacts).by_site, usual)
    jumps = load(cycles_per_km=None)
    on = RiskModel(
        CORTEX, [jumps], FATIGUE, RiskSettings(muscle_fatigue=True, **BARE), life_factor=1.0, muscle_fatigue=TIRING
    )
    np.testing.assert_allclose(on.course(contacts).by_site, usual)


def soft(contacts, total):
    """Strain factors of the lag for evenly strained sites: what the whole bone is damaged in units of the reference."""
    lasting = unrepaired_share(FATIGUE.repair, RUN_IN_D).sum()
    # 18 % after constant training: (V/V₀) (dose · lasting)^w = −ln 0.82.
    unit = (-np.log(1.0 - FATIGUE.reference.probability)) ** (1.0 / W) / lasting
    porous = porosity(FATIGUE.lag, total * contacts / unit)
    return (1.0 - porous) ** -FATIGUE.lag.stiffness_exponent


def test_the_lag_raises_the_strain_of_the_plan_by_the_pores_that_it_opens():
    plan = np.concatenate([np.tile(WEEK, 2), np.tile(4.0 * WEEK, 6)])
    total = ((VOLUMES / V0) @ damage() ** W) ** (1.0 / W)
    found = model(transient=True, **BARE).course(plan[None], 7)
    every = np.concatenate([WEEK, plan])
    factor = soft(every, total)
    factor[:7] = 1.0
    hazard = (VOLUMES / V0)[:, None] * damage()[:, None] ** W * np.cumsum(every * factor**N)[7:] ** W
    np.testing.assert_allclose(found.by_site, broken(hazard), rtol=1e-9)
    assert factor.max() > 1.01


def test_the_whole_bone_adds_its_sites_by_the_scatter():
    # (Σ V/V₀ d^w)^(1/w), each day by itself, of two loads whose damages add up at a point.
    contacts = np.array([[0.0, 1000.0, 500.0, 1000.0], [100.0, 0.0, 2000.0, 0.0]])
    each = np.outer(damage(), contacts[0]) + np.outer(damage(0.7 * STRAINS), contacts[1])
    found = model(load(), load(0.7 * STRAINS), **BARE).whole_bone(contacts)
    np.testing.assert_allclose(found, ((VOLUMES / V0) @ each**W) ** (1.0 / W), rtol=1e-9)


def test_the_hardest_week_is_the_one_that_damages_most_not_the_one_of_most_contacts():
    # Ten times the contacts at half the strain do 10 / 2^6.6 of the damage.
    hard, light = load(), load(0.5 * STRAINS)
    contacts = np.zeros((2, 21))
    contacts[0, 7:14] = WEEK
    contacts[1, 14:] = 10.0 * WEEK
    found = model(hard, light, **BARE).hardest_week(contacts)
    np.testing.assert_allclose(found, WEEK.mean() * damage(), rtol=1e-9)


def test_a_cell_has_the_mean_damage_of_its_points_in_the_hardest_week():
    variation = np.array([[1.0, 1.0, 1.0, 1.0], [0.9, 1.0, 1.1, 1.2]])
    found = model(load(variation=variation), **BARE).hardest_week(WEEK[None])
    np.testing.assert_allclose(found, WEEK.mean() * damage() * (variation**6.6).mean(axis=1), rtol=1e-9)


def test_samples_of_people_get_the_slopes_of_the_loads_and_the_power_of_the_law():
    view = model(load(mass_slope=0.8), load(mass_slope=0.0), apposition=False)
    course = view.course(np.tile(WEEK, (2, 2)), 14)
    found = view.uncertainty_inputs(course)
    assert found.mass_slope.tolist() == [0.8, 0.0]
    # Rho 1995, E = 6570 ρ^1.37.
    assert found.modulus_exponent == pytest.approx(1.37, rel=1e-9)
    assert found.unrepaired.shape[-1] == 14
    assert found.groups is course.groups
    assert found.scatter is FATIGUE.scatter


def test_the_power_of_the_law_is_that_of_the_tissue_s_own_law():
    # Snyder & Schneider 1991: E = 3891 ρ^2.39.
    tissue = healthy().model_copy(update={"cortical_law": "snyder-schneider-1991"})
    view = model(tissue=tissue)
    assert view.uncertainty_inputs(view.course(WEEK[None])).modulus_exponent == pytest.approx(2.39, rel=1e-9)


def test_keyak_s_law_has_at_its_dense_end_the_power_of_its_last_piece():
    # Keyak 1998 takes ash density: 10 200 ρ^2.01 above 0.6 g/cm³.
    view = model(tissue=healthy().model_copy(update={"cortical_law": "keyak-1998"}))
    assert view.uncertainty_inputs(view.course(WEEK[None])).modulus_exponent == pytest.approx(2.01, rel=1e-9)


def test_the_published_form_knows_one_curve_for_the_bone_and_counts_nothing_before():
    contacts = np.full((1, 40), 1000.0)
    found = model(form="published", **BARE).course(contacts, 14)
    hazard = (VOLUMES / V0) @ (1000.0 * damage()) ** W * np.arange(1, 41) ** W
    np.testing.assert_allclose(found.probability, broken(hazard), rtol=1e-9)
    assert found.by_site.shape == (2, 40)
    assert not found.by_site.any()
    assert found.unrepaired.size == 0


def test_the_published_form_gives_all_of_a_group_the_damage_of_its_worst_point():
    # Two points of one group, 1 % apart in strain; the cumulative form takes their mean.
    variation = np.array([[1.0, 0.99, 1.0, 0.99]] * 2)
    contacts = np.full((1, 10), 1000.0)
    peak = model(form="published", **BARE).course(contacts).probability
    assert model(load(variation=variation), form="published", **BARE).course(contacts).probability == pytest.approx(
        peak
    )
    assert model(load(variation=variation), **BARE).course(contacts).probability[-1] < 0.99 * peak[-1]


def test_the_published_form_repairs_too():
    contacts = np.full((1, 60), 1000.0)
    repaired = model(form="published", apposition=False).course(contacts).probability
    assert repaired[-1] < 0.9 * model(form="published", **BARE).course(contacts).probability[-1]


@pytest.mark.parametrize("form", ["cumulative", "published"])
def test_by_default_lives_are_as_many_times_longer_as_calibrated(form):
    factor = FATIGUE.life_factor("carter_caler", "normal", form)
    assert factor > 2.0
    own, stated = (model(life_factor=f, form=form).damage.points for f in (None, 1.0))
    np.testing.assert_allclose(own, stated / factor, rtol=1e-12)


def test_weaker_tissue_breaks_as_by_more_strain():
    weak = read_tissue("osteoporotic")
    assert weak.fatigue_strength_factor < 1.0
    found = model(tissue=weak, **BARE).course(WEEK[None])
    strained = model(load(STRAINS / weak.fatigue_strength_factor), **BARE).course(WEEK[None])
    np.testing.assert_allclose(found.by_site, strained.by_site, rtol=1e-9)


def test_the_law_asked_for_is_the_one_that_counts():
    pattin = model(law="pattin").damage.points[:, ::4].sum(axis=0)
    # Pattin 1996: N = 10^53.16 Δε^-14.1 in tension.
    np.testing.assert_allclose(pattin, STRAINS**14.1 / 10.0**53.16, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "value"), [("samples", -1), ("samples", 1_000_001), ("sensitivity", -2), ("sensitivity", 3)]
)
def test_numbers_of_samples_that_cannot_be_drawn_are_refused(name, value):
    with pytest.raises(InputError, match=rf"{value}; allowed: 0"):
        RiskSettings(**{name: value})


@pytest.mark.parametrize(
    "settings", [{"samples": 0}, {"samples": 1_000_000}, {"sensitivity": 0}, {"sensitivity": 1}, {"sensitivity": 64}]
)
def test_no_sample_a_million_of_them_and_any_power_of_2_are_allowed(settings):
    made = RiskSettings(**settings)
    assert {name: getattr(made, name) for name in settings} == settings
