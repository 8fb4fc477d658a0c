# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Tendencies on a coarse tibia: what makes training harder never lowers the probability."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fea.case import Options, composed, healthy, read_activity, read_tissue
from fea.evaluate import Result, exposure_of, reference_factor, reference_share, solved_bone
from fea.risk import RiskModel, RiskSettings, Samples, outcomes, sampled
from fea.strain import MICROSTRAIN, envelope

SIZE = 6.0


@pytest.fixture(scope="session")
def cortex(solved):
    return solved.cortex


@pytest.fixture(scope="session")
def running(bone, solved):
    """Running at 4 m/s."""
    return Result(composed(bone, read_activity("running"), options=Options(size_mm=SIZE)), solved).exposure


@pytest.fixture(scope="session")
def walking(bone, solved):
    return Result(composed(bone, read_activity("walking"), options=Options(size_mm=SIZE)), solved).exposure


def test_a_contact_lasts_about_a_quarter_of_a_second_while_running_and_longer_while_walking(running, walking):
    # Contact times: 0.2 to 0.26 s at 4 m/s, 0.6 to 0.7 s of walking at about 1.4 m/s.
    assert 1.0 / 0.26 < running.frequency_hz < 1.0 / 0.2
    assert 1.0 / 0.75 < walking.frequency_hz < 1.0 / 0.55


@pytest.fixture
def made(cortex, fatigue):
    """A function that makes a model of loads."""

    def make(*loads, fatigue=fatigue, tissue=None, everyday=None, **settings):
        return RiskModel(cortex, loads, fatigue, RiskSettings(**settings), tissue, everyday=everyday)

    return make


TRAINING = np.tile([0.0, 2000.0, 0.0, 2000.0, 0.0, 2000.0, 3000.0], 10)[None]
VARIANTS = [{}, {"transient": True}, {"form": "published"}, {"repair": False}, {"apposition": False}, {"law": "pattin"}]
VARIANTS += [{"law": "pattin_endurance"}, {"law": "pattin_endurance", "transient": True}]


def named(variant):
    return "-".join(f"{k}={v}" for k, v in variant.items()) or "default"


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_probability_never_falls_and_lies_between_0_and_1(made, running, variant):
    for scale in (0.0, 1.0, 30.0):
        curve = made(running, **variant).course(scale * TRAINING).probability
        assert np.all(np.diff(curve) >= 0.0)
        assert 0.0 <= curve[0] <= curve[-1] <= 1.0
        assert (curve[-1] > 0.0) == (scale > 0.0)


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_more_cycles_never_lower_the_probability(made, running, variant):
    model = made(running, **variant)
    curves = [model.course(scale * TRAINING).probability for scale in (0.5, 1.0, 1.5, 4.0)]
    for few, more in itertools.pairwise(curves):
        assert np.all(more >= few)
        assert more[-1] > few[-1]


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_higher_strain_never_lowers_the_probability(made, running, variant):
    harder = replace(running, ranges=1.1 * running.ranges)
    assert np.all(
        made(harder, **variant).course(TRAINING).probability >= made(running, **variant).course(TRAINING).probability
    )


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v.get("form") != "published"], ids=named)
def test_more_cycles_and_more_strain_never_lower_the_expected_share(made, running, fatigue, variant):
    def share(load, contacts):
        model = made(load, **variant)
        inputs = model.uncertainty_inputs(model.course(contacts))
        spreads = fatigue.spreads.of_bone("tibia", inputs.modulus_exponent)
        return outcomes(inputs, sampled(spreads, 256, 1)).share

    assert not share(running, 0.0 * TRAINING).any()
    shares = [share(running, scale * TRAINING) for scale in (0.5, 1.0, 1.5)]
    shares.append(share(replace(running, ranges=1.1 * running.ranges), 1.5 * TRAINING))
    for less, more in itertools.pairwise(shares):
        # To a part in 10,000: which groups are dominant is decided anew.
        assert np.all(more >= less * (1.0 - 1e-4))
        assert more[-1] > 1.01 * less[-1] > 0.0


def test_another_activity_beside_never_lowers_the_probability(made, running, walking):
    alone = made(running).course(TRAINING).probability
    both = made(running, walking).course(np.concatenate([TRAINING, np.full_like(TRAINING, 5000.0)])).probability
    assert np.all(both >= alone - 1e-12)
    assert both[-1] > alone[-1]


def test_a_larger_volume_never_lowers_the_probability(made, running):
    small, large = made(running), made(running)
    large.cortex = replace(large.cortex, volume=1.3 * large.cortex.volume)
    low, high = (model.course(TRAINING).probability for model in (small, large))
    # H is proportional to the volume.
    assert np.log1p(-high) == pytest.approx(1.3 * np.log1p(-low))


@pytest.mark.parametrize("lag", [False, True])
def test_slower_repair_never_lowers_the_probability(made, running, fatigue, lag):
    slow = fatigue.model_copy(update={"repair": fatigue.repair.model_copy(update={"time_d": 30.0})})
    usual = made(running, transient=lag).course(TRAINING).probability
    slower = made(running, fatigue=slow, transient=lag).course(TRAINING).probability
    never = made(running, repair=False, transient=lag).course(TRAINING).probability
    assert np.all(slower >= usual)
    assert np.all(never >= slower)
    assert never[-1] > slower[-1] > usual[-1]


@pytest.mark.parametrize("form", ["cumulative", "published"])
@pytest.mark.parametrize("week", range(10))
def test_a_rest_week_never_raises_the_probability(made, running, week, form):
    rested = TRAINING.copy()
    rested[:, 7 * week : 7 * week + 7] = 0.0
    model = made(running, form=form)
    usual, less = (model.course(contacts).probability for contacts in (TRAINING, rested))
    assert less[-1] <= usual[-1]
    if form == "cumulative":
        assert np.all(less <= usual + 1e-15)


def test_apposition_lowers_and_the_transient_raises_the_probability(made, running, walking):
    # From rest, twice as much after five weeks: what is formed by then helps.
    plan = np.concatenate([TRAINING, 2.0 * TRAINING], axis=1)
    usual = made(running, everyday=walking).course(plan).probability[-1]
    assert made(running, everyday=walking, apposition=False).course(plan).probability[-1] > usual
    assert made(running, everyday=walking, transient=True).course(plan).probability[-1] > usual


def test_a_sudden_step_costs_more_than_a_gradual_one_and_most_with_the_lag(made, running):
    # From 2000 to 4000 contacts a day at once, or over eight weeks; both end at 4000.
    sudden = np.concatenate([np.full(28, 2000.0), np.full(84, 4000.0)])[None]
    gradual = np.concatenate([np.full(28, 2000.0), np.linspace(2000.0, 4000.0, 56), np.full(28, 4000.0)])[None]
    excess = {}
    for lag in (False, True):
        model = made(running, transient=lag)
        high, low = (model.course(contacts, 126).probability[-1] for contacts in (sudden, gradual))
        assert high > low > 0.0
        excess[lag] = high - low
    assert excess[True] > excess[False]


def test_weaker_tissue_is_more_likely_to_break(made, running):
    states = (read_tissue("osteoporotic"), healthy())
    weak, usual = (made(running, tissue=state).course(TRAINING).probability[-1] for state in states)
    assert weak > usual


def test_the_number_of_groups_does_not_matter(made, running, walking):
    contacts = np.concatenate([TRAINING, np.full_like(TRAINING, 20_000.0)])
    finals = [made(running, walking, groups=n).course(contacts).probability[-1] for n in (8, 16, 64)]
    assert finals == pytest.approx([finals[-1]] * 3, rel=1e-3)


def test_the_constants_give_the_published_share_with_the_published_training(bone, solved, fatigue, made, running):
    # 0.18 on the default mesh, the mean over people; the published form knows only the average person.
    result = Result(composed(bone, read_activity("running"), options=Options(size_mm=SIZE)), solved)
    for form in ("cumulative", "published"):
        assert reference_share(result, fatigue, RiskSettings(form=form)) == pytest.approx(0.18, rel=0.15)
        curve = made(running, form=form).course(np.full((1, 100), 5.0 * 365.0)).probability
        assert curve[39] > 0.9 * curve[-1]


def test_calibration_finds_the_factor_that_gives_the_number(bone, solved, fatigue, cortex):
    settings = RiskSettings(law="pattin", strain="equivalent")
    factor = 10.0 ** reference_factor(solved, SIZE, fatigue, settings)
    case = composed(bone, read_activity("running"), options=Options(size_mm=SIZE))
    one = exposure_of(Result(case, solved), "equivalent")
    model = RiskModel(cortex, [one], fatigue, settings, life_factor=factor)
    # 5 km a day for 100 days, at 175 steps a minute.
    inputs = model.uncertainty_inputs(model.course(np.full((1, 100), 5000.0 / (2.0 * 4.0 * 60.0 / 175.0))))
    people = outcomes(inputs, sampled(fatigue.spreads.of_bone("tibia", inputs.modulus_exponent), 1024, 1))
    assert people.share[-1] == pytest.approx(0.18, rel=1e-6)


def test_a_finer_mesh_hardly_changes_the_probability(bone, fatigue, running, made):
    # The committed table halves 4 to 2 mm (0.9 %); what is cheap here is 6 to 4 mm.
    case = composed(bone, read_activity("running"), options=Options(size_mm=4.0))
    finer = Result(case, solved_bone(case))
    contacts = np.full((1, 100), 2792.0)
    model = RiskModel(finer.bone.cortex, [finer.exposure], fatigue, RiskSettings())
    fine = model.course(contacts).probability[-1]
    assert fine == pytest.approx(made(running).course(contacts).probability[-1], rel=0.15)


def test_cycles_start_from_rest_and_include_the_envelope(bone, solved, running):
    result = Result(composed(bone, read_activity("running"), options=Options(size_mm=SIZE)), solved)
    unit = solved.unit.strain.mean(axis=2)[solved.columns(result.history.loads)[0]]
    found = envelope(unit, result.history, solved.elasticity.poisson)
    cells = np.flatnonzero(solved.mesh.tissue == 0)[running.ranges[:, 0] > 0.0]
    span = np.maximum(found.highest, 0.0) - np.minimum(found.lowest, 0.0)
    assert running.ranges[running.ranges[:, 0] > 0.0, 0] == pytest.approx(span[cells] * MICROSTRAIN, rel=1e-5)


def test_points_of_a_cell_vary_about_its_mean(running):
    strained = running.ranges[:, 0] > 1000.0
    assert running.variation[strained].mean() == pytest.approx(1.0, abs=0.01)
    assert 0.01 < running.variation[strained].std() < 0.3


def test_a_pack_makes_the_load_less_than_proportional_to_body_mass(bone, solved):
    pack = composed(bone, read_activity("marching"), options=Options(size_mm=SIZE, pack_kg=20.0))
    # At the ankle 1 + 0.547 · 20/m, at the knee with 0.873: m times that has the slopes 1/1.156 and 1/1.249.
    assert 1.0 / 1.249 < Result(pack, solved).exposure.mass_slope < 1.0 / 1.156


def test_a_scaled_bone_is_strained_as_the_samples_assume(bone, running):
    # Whole bone, mesh and moment arms 0.95 times: strain of the same forces 0.95^-2 times.
    small = bone.model_copy(update={"scale": 0.95 * bone.scale})
    case = composed(small, read_activity("running"), options=Options(size_mm=0.95 * SIZE))
    one = Result(case, solved_bone(case)).exposure
    top, nominal = (np.percentile(e.ranges[:, 0], 99) for e in (one, running))
    assert top / nominal == pytest.approx(0.95**-2, rel=0.02)


def test_training_as_usual_breaks_as_many_as_it_does_in_the_long_run(made, running):
    # No survivors are picked out: who trains as usual for eight weeks more has the damage balance of that training,
    # to which a bone from rest comes within two months.
    model = made(running, apposition=False)
    steady = np.tile(TRAINING[:, :7], 20)
    usual = model.course(steady[:, :56], 126).probability
    assert usual[-1] == pytest.approx(model.course(steady).probability[-1], rel=1e-3)
    assert usual[6] == pytest.approx(usual[-1], rel=1e-3)


def test_a_hundred_km_a_day_is_dangerous_also_for_who_is_used_to_it(made, running):
    day = 100.0 * running.cycles_per_km
    model = made(running)
    assert model.course(np.full((1, 56), day), 126).probability[-1] > 0.5
    people = outcomes(
        model.uncertainty_inputs(model.course(np.full((1, 56), day), 126)), Samples(np.ones((1, 5)), np.ones(1))
    )
    assert people.share[-1] > 0.5


@pytest.mark.parametrize("variant", [v for v in VARIANTS if "form" not in v and "transient" not in v], ids=named)
def test_more_usual_training_never_makes_a_later_plan_safer(made, running, walking, variant):
    # The usual week, and from the second on always the same plan. Everyday life is walking.
    later, finals = 1.5 * TRAINING, []
    for usual in (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0):
        model = made(running, everyday=walking, **variant)
        plan = np.concatenate([usual * TRAINING[:, :7], later], axis=1)
        finals.append(model.course(plan, 126 if usual else 0).probability[-1])
    for less, more in itertools.pairwise(finals):
        assert more >= less * (1.0 - 1e-9)


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_a_session_in_two_halves_on_a_day_changes_nothing(made, running, variant):
    whole = made(running, **variant).course(TRAINING).probability
    halves = made(running, running, **variant).course(np.tile(0.5 * TRAINING, (2, 1))).probability
    np.testing.assert_allclose(halves, whole, rtol=1e-9)


def test_the_page_names_tests_that_are_here():
    text = (Path(__file__).parents[2] / "docs" / "explanation" / "risk.md").read_text("utf-8")
    named_there = set(re.findall(r"`(test_\w+)`", text))
    assert len(named_there) >= 9
    assert named_there <= set(globals())
