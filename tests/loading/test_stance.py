# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np
import pytest

from fea.case import Options, resolved
from fea.errors import InputError
from fea.loading import PathLoad, UnitLoad, ground_of, leg_of, load_history

STEPPING = ["running", "running_forefoot", "walking", "marching"]


def forces(activity, **options):
    case = resolved("tibia", activity, Options(**options))
    return ground_of(case, case.activity), leg_of(case, case.activity)


def peak(activity, **options):
    ground, leg = forces(activity, **options)
    return ground.vertical_bw.max(), leg.ankle_contact[:, 1].max(), leg.achilles.max()


@pytest.mark.parametrize("pack", [0.0, 20.0, 60.0])
@pytest.mark.parametrize("rate", [0.75, 0.9, 1.0, 1.1, 1.25])
@pytest.mark.parametrize(
    ("activity", "speed"),
    [
        *[(run, speed) for run in ("running", "running_forefoot") for speed in (2.5, 3.0, 4.0, 5.0)],
        ("walking", 1.2),
        ("walking", 1.7),
        ("marching", 1.9),
    ],
)
def test_each_step_carries_body_and_pack_at_any_step_rate(activity, speed, rate, pack):
    # Momentum: the vertical impulse of a contact is the weight times the step time (contact and flight).
    usual = resolved("tibia", activity, Options(speed_m_per_s=speed)).activity.step_rate_per_min
    ground, _ = forces(activity, speed_m_per_s=speed, step_rate_per_min=rate * usual, pack_kg=pack)
    impulse = np.trapezoid(ground.vertical_bw, ground.time_s)
    # 1e-3: the trapezium on 101 points misses a little of the impact.
    assert impulse == pytest.approx(60.0 / (rate * usual) * (1.0 + pack / 70.0), rel=1e-3)


@pytest.mark.parametrize("activity", STEPPING)
def test_the_ground_force_begins_and_ends_smoothly(activity):
    # No force and no slope at touchdown and take-off: what begins without slope grows with the square of time, so that
    # its first frame is a quarter of its second and small against the force ten frames later.
    ground, _ = forces(activity)
    for force in (ground.vertical_bw, ground.forward_bw, ground.lateral_bw, ground.free_moment_bw_mm):
        for begun in (force, force[::-1]):
            assert begun[0] == pytest.approx(0.0, abs=1e-12)
            assert abs(begun[1]) < 0.3 * abs(begun[2])
            assert abs(begun[1]) < 0.06 * np.abs(force).max()


@pytest.mark.parametrize(
    ("speed", "impact", "valley", "active"),
    # Impact and active peaks of rearfoot strike (Munro 1987); between them the force stays above body weight, a valley
    # of 1.2 to 1.6 BW. The force of slow running is lower throughout.
    [(2.5, 1.4, 1.0, 2.3), (3.0, 1.6, 1.1, 2.5), (4.0, 1.9, 1.3, 2.6), (5.0, 2.3, 1.5, 2.8)],
)
def test_running_has_the_published_impact_peak_valley_and_active_peak(speed, impact, valley, active):
    ground, _ = forces("running", speed_m_per_s=speed)
    first = int(ground.vertical_bw[:26].argmax())
    second = int(ground.vertical_bw.argmax())
    lowest = ground.vertical_bw[first:second].min()
    assert ground.vertical_bw[first] == pytest.approx(impact, rel=0.03)
    assert 0.020 <= ground.time_s[first] <= 0.040
    assert valley < lowest < 0.95 * ground.vertical_bw[first]
    assert ground.vertical_bw[second] == pytest.approx(active, rel=0.04)
    assert 0.4 <= ground.phase[second] <= 0.5


def test_shorter_steps_lengthen_contact_against_flight_and_lower_the_peak_by_a_third_of_the_impulse():
    usual, short = (forces("running", step_rate_per_min=rate)[0] for rate in (175.0, 175.0 / 0.9))
    step = 60.0 / 175.0
    assert short.time_s[-1] / (0.9 * step) > usual.time_s[-1] / step
    assert short.time_s[-1] < usual.time_s[-1]
    lower = 1.0 - short.vertical_bw.max() / usual.vertical_bw.max()
    assert 0.03 < lower < 0.04


def test_the_part_of_a_walking_step_on_the_ground_does_not_follow_the_step_rate():
    usual, quick = (forces("walking", step_rate_per_min=rate)[0] for rate in (112.0, 112.0 / 0.9))
    assert quick.time_s[-1] == pytest.approx(0.9 * usual.time_s[-1], rel=1e-12)
    np.testing.assert_allclose(quick.vertical_bw, usual.vertical_bw, rtol=1e-9)


@pytest.mark.parametrize("activity", ["walking", "marching", "stairs", "hopping"])
def test_a_pack_adds_10_newton_for_each_kilogram(activity):
    # Birrell 2007: vertical ground force + about 10 N for each kg carried, at a peak a little above body weight.
    light, heavy = (forces(activity, pack_kg=m)[0].vertical_bw.max() for m in (0.0, 20.0))
    assert heavy / light == pytest.approx(1.0 + 20.0 / 70.0, rel=1e-9)
    if activity != "hopping":
        assert (heavy - light) * 70.0 * 9.80665 / 20.0 == pytest.approx(10.0, abs=3.0)


def test_runners_with_a_pack_stay_longer_on_the_ground():
    # Contact longer, flight shorter, stiffness unchanged (2019, doi 10.1080/17461391.2018.1537378).
    light, heavy = (forces("running", pack_kg=m)[0] for m in (0.0, 0.2 * 70.0))
    assert heavy.time_s[-1] / light.time_s[-1] == pytest.approx(np.sqrt(1.2), rel=1e-9)
    assert heavy.vertical_bw.max() / light.vertical_bw.max() == pytest.approx(np.sqrt(1.2), rel=0.01)


def test_ankle_force_grows_with_speed_as_strain_does():
    # p95 of the tibia's strain grows by 9 % for each m/s between 2.5 and 4.17 m/s (Baggaley 2023, arXiv 2305.04139).
    slow, fast = (peak("running", speed_m_per_s=v)[1] for v in (2.5, 4.17))
    assert (fast / slow - 1.0) / 1.67 == pytest.approx(0.09, abs=0.02)


def test_the_valley_of_walking_deepens_with_speed():
    # Textbook: 0.7-0.8 BW at 1.2-1.5 m/s. Contact shortens less than the step time.
    valley = {}
    for speed in (1.2, 1.34, 1.7):
        case = resolved("tibia", "walking", Options(speed_m_per_s=speed))
        ground = ground_of(case, case.activity)
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
    # 8.91 ± 1.14 BW (Sasimontonkul 2004), 11.50 ± 0.98 BW (Sinclair & Taylor 2023); shear 0.53 and 2.78 BW backwards.
    assert 8.91 - 1.14 <= leg.ankle_contact[at, 1] <= 11.50 + 0.98
    assert -2.78 <= leg.ankle_contact[at, 0] <= -0.53 + 0.16
    assert 0.4 <= ground.phase[at] <= 0.65


def test_the_achilles_tendon_carries_what_tensiometry_found():
    # Running 6.1-8.2 BW (Scott & Winter 1990) and 8.2-10.1 BW (tensiometry): where both meet, within a tenth of it.
    # 4.5 BW walking is then a prediction, met within a fifth.
    assert peak("running")[2] == pytest.approx(8.2, rel=0.1)
    assert peak("walking")[2] == pytest.approx(4.5, rel=0.2)


def test_walking_axial_force_comes_near_the_published_peak():
    # Between 4.7 BW (Wehner 2009) and, give or take 5 %, 6.2 BW of a walker simulated with all muscles; Achilles force
    # of 4.5 BW alone with 1 BW of ground reaction makes 5.5.
    assert 4.7 <= peak("walking")[1] <= 1.05 * 6.2


@pytest.mark.parametrize("activity", ["running", "walking", "stairs"])
def test_the_foot_is_in_balance_about_the_ankle(activity):
    # Also where both groups are active: what the dorsiflexors take off, the plantarflexors add.
    case = resolved("tibia", activity)
    leg, model = leg_of(case, case.activity), case.activity.leg
    deep = leg.achilles * (1.0 - model.triceps_share) / model.triceps_share
    lifters = leg.tensions["tibialis_anterior"] / model.dorsiflexors.muscles["tibialis_anterior"].share
    carried = leg.achilles * model.triceps.arm_mm + deep * model.deep_arm_mm - lifters * model.dorsiflexors.arm_mm
    np.testing.assert_allclose(carried, leg.flexion_moment_mm, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("activity", ["running", "walking"])
def test_no_muscle_of_the_sagittal_plane_begins_in_an_instant(activity):
    case = resolved("tibia", activity)
    model = case.activity.leg
    sudden = case.activity.model_copy(update={"leg": model.model_copy(update={"reversal_mm": 0.0})})
    smooth, corner = leg_of(case, case.activity), leg_of(case, sudden)

    def bend(series):
        """Largest second difference away from touchdown, over the peak."""
        return np.abs(np.diff(series, 2))[5:-5].max() / np.abs(series).max()

    for name in ("tibialis_anterior", "semimembranosus"):
        assert bend(smooth.tensions[name]) < 0.6 * bend(corner.tensions[name])
    # The peaks are those of a leg whose muscles take turns, and so is all that is far from a change of sign.
    assert smooth.achilles.max() == pytest.approx(corner.achilles.max(), rel=1e-12)
    assert smooth.quadriceps.max() == pytest.approx(
        corner.quadriceps.max(), rel=1e-3
    )  # of a walker, as the calf sets in
    assert smooth.ankle_contact[:, 1].max() == pytest.approx(corner.ankle_contact[:, 1].max(), rel=1e-12)
    np.testing.assert_array_equal(smooth.achilles[40:], corner.achilles[40:])


def test_a_stance_loads_the_ankle_by_forces_and_moments_and_the_shaft_along_muscle_paths(tibia):
    case = resolved("tibia", "running")
    history, leg = load_history(case), leg_of(case, case.activity)
    sizes = dict(zip(history.loads, history.coefficients.T, strict=True))
    assert {load.region for load in sizes if isinstance(load, UnitLoad)} == {case.activity.leg.contact_region}
    assert {load.path for load in sizes if isinstance(load, PathLoad)} <= set(tibia.paths)
    for axis in range(3):
        np.testing.assert_allclose(
            sizes[UnitLoad("plafond", False, axis)], 70.0 * 9.80665 * leg.ankle_contact[:, axis], rtol=1e-12
        )
        np.testing.assert_allclose(
            sizes[UnitLoad("plafond", True, axis)], 70.0 * 9.80665 * leg.ankle_moment_bw_mm[:, axis], rtol=1e-12
        )
    np.testing.assert_allclose(sizes[PathLoad("soleus")], 70.0 * 9.80665 * leg.tensions["soleus"], rtol=1e-12)


@pytest.mark.parametrize("activity", ["running", "walking"])
def test_muscles_have_about_their_published_size(activity):
    # One runner, 3.96 m/s, CMC: tibialis posterior 0.7-1.5, peronei 0.7-1.7 BW together; walking less than half.
    # A band of a factor 1.5 about these, since the share of both sides follows from balance alone.
    leg = forces(activity)[1]
    deep = sum(
        leg.tensions[name].max()
        for name in (
            "tibialis_posterior",
            "flexor_digitorum_longus",
            "flexor_hallucis_longus",
            "peroneus_longus",
            "peroneus_brevis",
        )
    )
    low, high = {"running": (1.8, 4.5), "walking": (0.8, 2.5)}[activity]
    assert low < deep < high


def test_the_ankle_pushes_the_running_tibia_medially():
    # Four runners and a walker (OpenSim data): medial, a small share of the axial force; only thus does the worst
    # compression lie at the posteromedial border.
    leg = forces("running")[1]
    at = leg.ankle_contact[:, 1].argmax()
    assert -0.04 < leg.ankle_contact[at, 2] / leg.ankle_contact[at, 1] < 0.0


def test_the_frontal_moment_of_the_ankle_is_within_what_runners_have():
    # −27 ± 22 N·m at about 8 kN: the contact 0 to 6 mm lateral of the centre.
    leg = forces("running")[1]
    at = leg.ankle_contact[:, 1].argmax()
    assert 0.0 < leg.contact_lateral_mm[at] < 6.0
    assert -49.0 < leg.ankle_moment_bw_mm[at, 0] * 70.0 * 9.80665 / 1000.0 < -5.0


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


@pytest.mark.parametrize(
    ("activity", "ankle", "knee", "off"),
    # Ankle +16.4 %, knee +26.2 % (Xu 2016); + 4.8 and + 20.6 % (Xu 2017). Not counted on top of the ground force. While
    # running the contact is longer and its impact is not, so that the curves differ a little.
    [("walking", 1.164, 1.262, 1e-3), ("running", 1.048, 1.206, 0.02)],
)
def test_a_pack_of_30_percent_raises_joint_forces_as_published(activity, ankle, knee, off):
    light, heavy = (load_history(resolved("tibia", activity, Options(pack_kg=m))) for m in (0.0, 0.3 * 70.0))
    axial = UnitLoad("plafond", False, 1)
    for load, gain in ((axial, ankle), (PathLoad("soleus"), ankle), (PathLoad("patellar_tendon"), knee)):
        column = light.loads.index(load)
        before, after = (np.abs(history.coefficients[:, column]).max() for history in (light, heavy))
        assert after == pytest.approx(gain * before, rel=off)


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
    assert ground_of(quick, quick.activity).vertical_bw.max() < ground_of(usual, usual.activity).vertical_bw.max()
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
    one, other = (leg_of(case, case.activity) for case in (short, long))
    np.testing.assert_allclose(other.flexion_moment_mm, 390.0 / 340.0 * one.flexion_moment_mm, rtol=1e-12)
    np.testing.assert_allclose(other.achilles, one.achilles, rtol=1e-12, atol=1e-13)
    # Tendons stay at their distance from the axis of a bone that is longer and no wider: a percent of the axial force.
    np.testing.assert_allclose(other.ankle_contact[:, 1], one.ankle_contact[:, 1], rtol=0.01)


def test_a_tibia_scaled_as_a_whole_has_levers_scaled_as_a_whole():
    own, scaled = (resolved("tibia", "walking", changes=changes) for changes in ([], ["scale=0.9"]))
    one, other = (leg_of(case, case.activity) for case in (own, scaled))
    np.testing.assert_allclose(other.flexion_moment_mm, 0.9 * one.flexion_moment_mm, rtol=1e-12)
