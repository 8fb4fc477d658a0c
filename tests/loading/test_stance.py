# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np
import pytest

from fea.case import Options, resolved
from fea.errors import InputError
from fea.loading import load_history, stance_forces

STEPPING = ["running", "running_forefoot", "walking", "marching"]


def forces(activity, **options):
    case = resolved("tibia", activity, Options(**options))
    return stance_forces(case, case.activity)


def peak(activity, **options):
    ground, leg = forces(activity, **options)
    return ground.vertical_bw.max(), leg.ankle_contact[:, 1].max(), leg.achilles.max()


@pytest.mark.parametrize("speed", [2.5, 3.0, 4.0, 5.0])
@pytest.mark.parametrize("activity", ["running", "running_forefoot"])
def test_running_carries_body_weight_over_each_step(activity, speed):
    # Momentum: the vertical impulse of a contact is body weight times the step time (contact and flight).
    case = resolved("tibia", activity, Options(speed_m_per_s=speed))
    ground, _ = stance_forces(case, case.activity)
    impulse = np.trapezoid(ground.vertical_bw, ground.time_s)
    # 1 %: the trapezium on 101 points misses a little of the impact's cusp.
    assert impulse == pytest.approx(60.0 / case.activity.step_rate_per_min, rel=0.01)


@pytest.mark.parametrize(("activity", "speed"), [("walking", 1.2), ("walking", 1.7), ("marching", 1.9)])
def test_walking_carries_body_weight_over_each_step(activity, speed):
    case = resolved("tibia", activity, Options(speed_m_per_s=speed))
    ground, _ = stance_forces(case, case.activity)
    impulse = np.trapezoid(ground.vertical_bw, ground.time_s)
    assert impulse == pytest.approx(60.0 / case.activity.step_rate_per_min, rel=1e-12)


def test_the_valley_of_walking_deepens_with_speed():
    # Textbook: 0.7-0.8 BW at 1.2-1.5 m/s. Contact shortens less than the step time.
    valley = {}
    for speed in (1.2, 1.34, 1.7):
        case = resolved("tibia", "walking", Options(speed_m_per_s=speed))
        ground, _ = stance_forces(case, case.activity)
        valley[speed] = ground.vertical_bw[40:60].min()
    assert valley[1.2] > valley[1.34] > valley[1.7] > 0.3
    assert valley[1.34] == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("activity", STEPPING)
def test_braking_and_propulsion_cancel_at_steady_speed(activity):
    ground, _ = forces(activity)
    forward = np.trapezoid(ground.forward_bw, ground.time_s)
    # Relative to the impulse of either half, 0.02: drawn curves are not exactly antisymmetric.
    assert abs(forward) < 0.05 * np.trapezoid(np.abs(ground.forward_bw), ground.time_s)


@pytest.mark.parametrize(
    ("activity", "options", "low", "high"),
    [
        # Section 3.1 of the published tables: active peaks of 2.5, 2.6, 2.8 BW (Munro 1987), walking 1.1-1.2 BW,
        # half of 2.2-2.6 BW for a take-off, half of 3.5 BW for a drop of 0.3 m, 2.5-3.0 BW for hopping; ± 10 %.
        ("running", {"speed_m_per_s": 3.0}, 2.25, 2.75),
        ("running", {"speed_m_per_s": 4.0}, 2.34, 2.86),
        ("running", {"speed_m_per_s": 5.0}, 2.52, 3.08),
        ("walking", {"speed_m_per_s": 1.34}, 1.1, 1.2),
        ("jump_takeoff", {}, 1.1, 1.3),
        ("jump_landing", {"height_m": 0.3}, 1.6, 1.93),
        ("hopping", {}, 2.5, 3.0),
    ],
)
def test_vertical_peaks_are_the_published_ones(activity, options, low, high):
    assert low <= peak(activity, **options)[0] <= high


def test_running_at_4_m_per_s_loads_the_ankle_as_published():
    ground, leg = forces("running", speed_m_per_s=4.0)
    at = leg.ankle_contact[:, 1].argmax()
    assert 8.91 - 1.14 <= leg.ankle_contact[at, 1] <= 11.50 + 0.98
    assert 8.9 <= leg.ankle_contact[at, 1] <= 11.5
    # Posterior shear 0.53 ± 0.16 BW (Sasimontonkul 2004).
    assert -0.69 <= leg.ankle_contact[at, 0] <= -0.37
    assert 0.4 <= ground.phase[at] <= 0.65


def test_the_achilles_tendon_carries_what_tensiometry_found():
    # 8.2-10.1 BW running is the one calibrated row; 4.5 BW walking is then a prediction, met within a fifth.
    assert 8.2 <= peak("running")[2] <= 10.1
    assert peak("walking")[2] == pytest.approx(4.5, rel=0.2)


def test_walking_axial_force_comes_near_the_published_peak():
    # 4.7 BW (Wehner 2009); the published Achilles force of 4.5 BW alone with 1 BW of ground reaction makes more.
    assert peak("walking")[1] == pytest.approx(4.7, rel=0.15)


def test_the_foot_is_in_balance_about_the_ankle():
    case = resolved("tibia", "running")
    _, leg = stance_forces(case, case.activity)
    model = case.activity.leg
    late = leg.ankle_moment_mm > 0.0
    deep = leg.achilles * (1.0 - model.triceps_share) / model.triceps_share
    carried = leg.achilles * model.triceps.arm_mm + deep * model.deep_flexors.arm_mm
    np.testing.assert_allclose(carried[late], leg.ankle_moment_mm[late], rtol=1e-12)


def test_the_foot_is_in_balance_along_and_across_the_shank():
    # Contact on the foot + ground reaction + muscles on the foot = 0; the soleus pulls the foot up with what it
    # pulls the tibia down. Written out here with the directions of leg.toml.
    case = resolved("tibia", "hopping")
    ground, leg = stance_forces(case, case.activity)
    lean = np.deg2rad(case.activity.what.posture.shank_lean_deg.value(ground.phase))
    reaction = np.column_stack([-ground.vertical_bw * np.sin(lean), ground.vertical_bw * np.cos(lean)])
    model = case.activity.leg
    muscles = np.zeros_like(reaction)
    deep = leg.achilles * (1.0 - model.triceps_share) / model.triceps_share
    lift = np.maximum(-leg.ankle_moment_mm, 0.0) / model.dorsiflexors.arm_mm
    for group, force in ((model.triceps, leg.achilles), (model.deep_flexors, deep), (model.dorsiflexors, lift)):
        for muscle in group.muscles.values():
            unit = np.array(muscle.direction) / np.linalg.norm(muscle.direction)
            muscles -= muscle.share * np.outer(force, unit[:2])
    np.testing.assert_allclose(leg.ankle_contact[:, :2], reaction + muscles, atol=1e-12)


@pytest.mark.parametrize("activity", ["running", "running_forefoot", "walking"])
def test_faster_loads_the_ankle_more(activity):
    own = resolved("tibia", activity).activity.what.demand
    speeds = np.linspace(own.lowest, own.highest, 4)
    assert np.all(np.diff([peak(activity, speed_m_per_s=float(v))[1] for v in speeds]) > 0.0)


def test_higher_drops_load_the_ankle_more():
    assert np.all(np.diff([peak("jump_landing", height_m=h)[1] for h in (0.1, 0.3, 0.6, 1.0)]) > 0.0)


def test_a_forefoot_strike_has_no_early_impact_and_a_larger_ankle_force():
    # Ankle contact rises with forefoot strike (Chen 2016).
    heel, _ = forces("running")
    front, _ = forces("running_forefoot")
    early = heel.phase < 0.15
    assert heel.vertical_bw[early].max() > front.vertical_bw[early].max()
    assert peak("running_forefoot")[1] > peak("running")[1]


def test_a_pack_of_30_percent_raises_walking_forces_as_published():
    # Ankle +16.4 %, knee +26.2 % (Xu 2016).
    light, heavy = (load_history(resolved("tibia", "walking", Options(pack_kg=m))) for m in (0.0, 0.3 * 70.0))
    at = {load: k for k, load in enumerate(light.loads)}
    for region, gain in (("plafond", 1.164), ("soleus", 1.164), ("patellar_tendon", 1.262)):
        column = next(k for load, k in at.items() if load.region == region and load.axis == 1)
        np.testing.assert_allclose(heavy.coefficients[:, column], gain * light.coefficients[:, column], rtol=1e-3)


def test_a_minimal_shoe_raises_the_ankle_force_as_published():
    # 12.06 against 11.50 BW (Sinclair & Taylor 2023).
    shod, bare = (
        load_history(resolved("tibia", "running", Options(footwear=shoe))) for shoe in ("conventional", "minimal")
    )
    np.testing.assert_allclose(bare.coefficients[:, 1], shod.coefficients[:, 1] * 12.06 / 11.50, rtol=1e-3)


def test_cycles_per_km_follow_from_stride_length():
    # 4.0 m/s at 175 steps/min: stride 2 · 4 · 60 / 175 = 2.743 m, 365 per km. Walking 1.34 m/s: 685-710.
    running = load_history(resolved("tibia", "running")).cycles
    walking = load_history(resolved("tibia", "walking")).cycles
    assert running.per_km == pytest.approx(364.6, rel=1e-3)
    assert 685.0 <= walking.per_km <= 710.0


def test_quicker_steps_lower_the_peak_and_raise_the_cycles():
    usual, quick = (resolved("tibia", "running", Options(step_rate_per_min=r)) for r in (175.0, 192.5))
    assert (
        stance_forces(quick, quick.activity)[0].vertical_bw.max()
        < stance_forces(usual, usual.activity)[0].vertical_bw.max()
    )
    assert load_history(quick).cycles.per_km == pytest.approx(1.1 * load_history(usual).cycles.per_km)


@pytest.mark.parametrize(
    ("activity", "options", "message"),
    [
        ("running", {"speed_m_per_s": 9.0}, "2.5 to 5 m/s for running"),
        ("running", {"speed_m_per_s": float("nan")}, "speed in m/s is nan"),
        ("running", {"height_m": 0.5}, "the activity 'running' has a speed"),
        ("hopping", {"speed_m_per_s": 3.0}, "has neither speed nor height"),
        ("hopping", {"step_rate_per_min": 130.0}, "does not step"),
        ("running", {"step_rate_per_min": 400.0}, "allowed: 0 to 300"),
        ("running", {"step_rate_per_min": 90.0}, "122 to 228 steps per minute"),
        ("walking", {"pack_kg": 75.0}, "up to the body mass"),
        ("walking", {"pack_kg": float("nan")}, "pack_mass_kg is nan"),
        ("walking", {"pack_kg": -5.0}, "0 to 80 kg"),
        ("running", {"footwear": "minimall"}, "nearest: minimal"),
        ("running_peak", {"speed_m_per_s": 3.0}, "forces given"),
    ],
)
def test_absurd_options_are_refused(activity, options, message):
    with pytest.raises(InputError, match=message):
        resolved("tibia", activity, Options(**options))


def test_body_mass_scales_all_forces():
    light, heavy = (load_history(resolved("tibia", "stairs", Options(mass_kg=m))) for m in (50.0, 100.0))
    np.testing.assert_allclose(heavy.coefficients, 2.0 * light.coefficients, rtol=1e-12)
    assert dataclasses.asdict(light.cycles) == dataclasses.asdict(heavy.cycles)


def test_a_longer_tibia_has_longer_levers_and_the_same_forces_at_the_ankle():
    short, long = (resolved("tibia", "walking", changes=[f"length_mm={length}"]) for length in (340.0, 390.0))
    (_, one), (_, other) = (stance_forces(case, case.activity) for case in (short, long))
    np.testing.assert_allclose(other.ankle_moment_mm, 390.0 / 340.0 * one.ankle_moment_mm, rtol=1e-12)
    np.testing.assert_allclose(other.ankle_contact, one.ankle_contact, rtol=1e-12, atol=1e-13)


def test_a_tibia_scaled_as_a_whole_has_levers_scaled_as_a_whole():
    own, scaled = (resolved("tibia", "walking", changes=changes) for changes in ([], ["scale=0.9"]))
    (_, one), (_, other) = (stance_forces(case, case.activity) for case in (own, scaled))
    np.testing.assert_allclose(other.ankle_moment_mm, 0.9 * one.ankle_moment_mm, rtol=1e-12)
