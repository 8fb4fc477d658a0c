# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Ground force and placement of one contact against the equations of the sources, and what a shoe changes."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import Case, resolved
from fea.loading import PathLoad, ground_of, leg_of, load_history
from fea.loading.ground import ground_force, two_mass
from fea.loading.posture import placement

RUNNING = resolved("tibia", "running").activity.what
WALKING = resolved("tibia", "walking").activity.what
HOPPING = resolved("tibia", "hopping").activity.what
CONTACT_S, STEP_S = 0.22, 60.0 / 175.0


def shod(activity, bone="tibia", **factors):
    """A case whose shoe has the given factors."""
    table = resolved(bone, activity).model_dump(by_alias=True)
    for name, factor in factors.items():
        table["activity"]["shoe"][name]["factor"] = factor
    case = Case.model_validate(table)
    return case, ground_of(case, case.activity), leg_of(case, case.activity)


def test_running_is_two_raised_cosines_that_carry_the_step_together():
    # Clark, Ryan & Weyand 2017: J₁ = m₁ (Δv / (g Δt) + 1) 2Δt at the limb, the rest of the step time at the body, which
    # presses most at 0.47 of the contact.
    model, demand = RUNNING.vertical, 4.0
    time = np.linspace(0.0, CONTACT_S, 101)
    half = model.impact_duration_s.value(demand)
    stop = model.touchdown_speed_m_per_s.value(demand)
    limb = model.impact_mass_fraction * (stop / 9.80665 + half) * 2.0
    first = limb / half * np.sin(np.pi * time / (2.0 * half)) ** 2 * (time < 2.0 * half)
    turn = np.where(time < 0.47 * CONTACT_S, time / 0.94, CONTACT_S - (CONTACT_S - time) / 1.06) / CONTACT_S
    second = (STEP_S - limb) / (CONTACT_S / 2.0) * np.sin(np.pi * turn) ** 2
    np.testing.assert_allclose(two_mass(model, demand, time, STEP_S, STEP_S), first + second, rtol=1e-10, atol=1e-12)
    # Twice the impulse is twice of both.
    np.testing.assert_allclose(two_mass(model, demand, time, 2.0 * STEP_S, STEP_S), 2.0 * (first + second), atol=1e-12)


def test_frames_are_spread_evenly_over_the_contact():
    found = ground_force(RUNNING, 4.0, CONTACT_S, 175.0)
    np.testing.assert_allclose(found.time_s, np.linspace(0.0, CONTACT_S, RUNNING.frames), rtol=1e-12)
    assert (found.phase[0], found.phase[-1]) == (0.0, 1.0)
    drawn = two_mass(RUNNING.vertical, 4.0, found.time_s, STEP_S, STEP_S)
    np.testing.assert_allclose(found.vertical_bw, drawn, rtol=1e-9)


def test_a_curve_without_a_valley_is_its_shape_times_its_peak():
    found = ground_force(HOPPING, 0.0, 0.3, np.nan)
    force = HOPPING.vertical
    assert force.valley is None
    np.testing.assert_allclose(found.vertical_bw, force.peak_bw.value(0.0) * force.shape.value(found.phase), rtol=1e-12)


def test_the_valley_takes_off_what_the_step_does_not_carry_and_in_its_own_shape():
    # 108 steps a minute.
    found = ground_force(WALKING, 1.34, 0.68, 108.0)
    force = WALKING.vertical
    drawn = force.peak_bw.value(1.34) * force.shape.value(found.phase)
    assert np.trapezoid(found.vertical_bw, found.time_s) == pytest.approx(60.0 / 108.0, rel=1e-12)
    valley = force.valley.value(found.phase)
    lowest = valley.argmax()
    taken = drawn - found.vertical_bw
    np.testing.assert_allclose(taken / taken[lowest], valley / valley[lowest], atol=1e-12)
    assert found.balance_bw == pytest.approx(-taken[lowest], rel=1e-12)
    # 100 steps a minute carry more than the curve holds, which is raised then.
    assert ground_force(WALKING, 1.34, 0.68, 100.0).balance_bw > 0.1
    assert ground_force(HOPPING, 0.0, 0.3, np.nan).balance_bw == 0.0


def test_braking_is_what_a_factor_changes_and_propulsion_is_not():
    one, half = (ground_force(RUNNING, 4.0, CONTACT_S, 175.0, factor).forward_bw for factor in (1.0, 0.5))
    np.testing.assert_allclose(half, np.where(one < 0.0, 0.5 * one, one), rtol=1e-12)
    # Drawn for the usual contact: in a shorter one all forces are larger, as the vertical one is.
    shape = RUNNING.fore_aft
    phase = np.linspace(0.0, 1.0, RUNNING.frames)
    drawn = shape.peak_bw.value(4.0) * shape.shape.value(phase)
    np.testing.assert_allclose(one, RUNNING.contact_time_s.value(4.0) / CONTACT_S * drawn, rtol=1e-12, atol=1e-15)


def test_the_foot_is_pushed_medially_through_most_of_a_walking_step_and_laterally_at_first():
    # Textbook: lateral spike of 0.02-0.05 BW in the first tenth, then medial 0.04-0.06 BW until 85 %.
    found = ground_force(WALKING, 1.34, 0.66, 112.0)
    assert 0.02 <= found.lateral_bw[:11].max() <= 0.05
    assert 0.04 <= -found.lateral_bw.min() <= 0.06
    assert (found.lateral_bw[18:86] < -0.02).all()


def test_the_free_moment_of_running_is_that_of_runners_without_fracture():
    # 0.0059 +/- 0.0021 BW height at 3.7 m/s (Milner 2006), in early stance, and more at speed (Kawamoto 2002).
    found = ground_force(RUNNING, 3.7, CONTACT_S, 175.0)
    assert found.free_moment_bw_mm.max() / 1770.0 == pytest.approx(0.0059, abs=0.0021)
    assert 0.2 < found.phase[found.free_moment_bw_mm.argmax()] < 0.4
    assert ground_force(RUNNING, 5.0, CONTACT_S, 185.0).free_moment_bw_mm.max() > found.free_moment_bw_mm.max()


def test_what_no_source_gives_of_the_frontal_plane_is_zero():
    bare = HOPPING.model_copy(update={"mediolateral": None, "free_moment": None})
    for activity in (HOPPING, bare):
        found = ground_force(activity, 0.0, 0.3, np.nan)
        assert found.lateral_bw.shape == found.free_moment_bw_mm.shape == found.time_s.shape
        assert not found.lateral_bw.any()
        assert not found.free_moment_bw_mm.any()
    posture = HOPPING.posture.model_copy(update={"cop_lateral_of_ankle_mm": None, "foot_progression_deg": None})
    placed = placement(posture, np.linspace(0.0, 1.0, 5), 1.0, 1.0)
    assert not np.any([placed.lateral_mm, placed.lean_lateral, placed.progression])


def test_lengths_of_the_foot_grow_with_the_leg_and_its_lean_does_not():
    phase = np.linspace(0.0, 1.0, 11)
    found = placement(RUNNING.posture, phase, 1.2, 1.5)
    np.testing.assert_allclose(found.ahead_mm, 1.2 * 1.5 * RUNNING.posture.cop_ahead_of_ankle_mm.value(phase))
    np.testing.assert_allclose(found.height_mm, 1.2 * RUNNING.posture.ankle_height_mm.value(phase))
    np.testing.assert_allclose(np.rad2deg(found.lean), RUNNING.posture.shank_lean_deg.value(phase))
    assert found.size == 1.2
    np.testing.assert_allclose(found.lateral_mm, 1.2 * RUNNING.posture.cop_lateral_of_ankle_mm.value(phase))
    np.testing.assert_allclose(np.rad2deg(found.lean_lateral), RUNNING.posture.shank_lean_lateral_deg.value(phase))
    np.testing.assert_allclose(np.rad2deg(found.progression), RUNNING.posture.foot_progression_deg.value(phase))


def test_a_shoe_that_lengthens_the_contact_lengthens_the_contact():
    usual, long = shod("running")[1], shod("running", contact_time=1.2)[1]
    assert long.time_s[-1] == pytest.approx(1.2 * usual.time_s[-1], rel=1e-12)


def test_a_shoe_that_moves_the_centre_of_pressure_forwards_moves_its_lever_about_the_ankle():
    (case, ground, leg), (_, _, moved) = shod("walking"), shod("walking", cop_path=1.3)
    # In the plane of progression; what the turned flexion axis of the foot and the lean to the side do is below 2 %.
    ahead = case.activity.what.posture.cop_ahead_of_ankle_mm.value(ground.phase) * case.bone.length_mm / 370.0
    by_lever = 0.3 * ahead * ground.vertical_bw
    difference = moved.flexion_moment_mm - leg.flexion_moment_mm
    np.testing.assert_allclose(difference, by_lever, atol=0.02 * np.abs(by_lever).max())


def test_a_shoe_s_force_factor_multiplies_what_acts_at_the_ankle_and_not_at_the_knee():
    one, more = (load_history(shod("running", ankle_force=factor)[0]) for factor in (1.0, 1.1))
    leg = resolved("tibia", "running").activity.leg
    at_knee = {PathLoad(muscle.path) for group in (leg.quadriceps, leg.hamstrings) for muscle in group.muscles.values()}
    factor = np.array([1.0 if load in at_knee else 1.1 for load in one.loads])
    assert set(factor) == {1.0, 1.1}
    np.testing.assert_allclose(more.coefficients, factor * one.coefficients, rtol=1e-12)


def test_activities_without_steps_have_repetitions_and_no_distance():
    hopping = load_history(resolved("tibia", "hopping")).cycles
    assert hopping.per_km is None
    assert hopping.per_session == HOPPING.repetitions_per_session
    running = load_history(resolved("tibia", "running"))
    # 4 m/s at 175 steps a minute: 1000 m · 175 / (2 · 4 m/s · 60 s), to the last digit.
    assert running.cycles.per_km == pytest.approx(1000.0 * 175.0 / 480.0, rel=1e-12)
    assert running.cycles.per_session is None


def test_the_free_moment_grows_with_the_body_it_turns():
    # Published in body weight times height.
    one, other = (
        ground_of(case, case.activity)
        for case in (resolved("tibia", "running", changes=c) for c in ([], ["scale=1.1"]))
    )
    np.testing.assert_allclose(other.free_moment_bw_mm, 1.1 * one.free_moment_bw_mm, rtol=1e-12)
    np.testing.assert_array_equal(other.lateral_bw, one.lateral_bw)
