# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Frames: body weights become newtons, tilted forces turn, shares count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fea.case import Case, Tilt, read_activity, read_bone
from fea.loading import UnitLoad, load_history

BONE = read_bone("tibia")
RUNNING = read_activity("running_peak")
TRIPLE = read_activity("running_contact_triple")


def running(**changes):
    return load_history(Case(**({"bone": BONE, "activity": RUNNING, "size_mm": 6.0} | changes)))


def with_force(activity, name, **changes):
    force = activity.forces[name].model_copy(update=changes)
    return activity.model_copy(update={"forces": {**activity.forces, name: force}})


def of(history, load):
    return history.coefficients[0, history.loads.index(load)]


def test_a_body_weight_is_mass_times_standard_gravity():
    # 8.91 BW · 70 kg · 9.80665 m/s² = 6116.4 N.
    assert of(running(), UnitLoad("plafond", False, 1)) == pytest.approx(8.91 * 70.0 * 9.80665, rel=1e-12)


@given(mass=st.floats(20.0, 125.0))
def test_twice_the_mass_gives_twice_the_load(mass):
    one, two = (running(body_mass_kg=m) for m in (mass, 2.0 * mass))
    assert one.loads == two.loads
    np.testing.assert_allclose(two.coefficients, 2.0 * one.coefficients, rtol=1e-12)


def test_forces_on_one_region_add_up():
    # Three vasti and rectus femoris pull the patellar tendon: 2.27 + 1.67 + 1.58 + 1.89 = 7.41 BW upwards.
    assert of(running(), UnitLoad("patellar_tendon", False, 1)) == pytest.approx(7.41 * 70.0 * 9.80665, rel=1e-12)


def test_forces_that_are_zero_are_left_out():
    history = running()
    assert UnitLoad("plafond", False, 2) not in history.loads
    assert not any(load.moment for load in history.loads)
    assert np.all(history.coefficients != 0.0)


def test_share_scales_force_and_moment():
    # 93 BW·mm of the gastrocnemii, half of it: 0.5 · 93 · 686.4655 N = 31 920.6 N·mm.
    half = running(activity=with_force(RUNNING, "gastrocnemii", share=0.5))
    assert of(half, UnitLoad("plafond", True, 2)) == pytest.approx(0.5 * 93.0 * 70.0 * 9.80665, rel=1e-12)
    soleus = running(activity=with_force(RUNNING, "soleus", share=0.5))
    load = UnitLoad("soleus", False, 1)
    assert of(soleus, load) == pytest.approx(0.5 * of(running(), load), rel=1e-12)


ANGLE = st.floats(-60.0, 60.0)


def tilt(anterior_deg, lateral_deg):
    return Tilt(evidence="D", source="test", anterior_deg=anterior_deg, lateral_deg=lateral_deg)


@given(anterior=ANGLE, lateral=ANGLE)
def test_tilt_is_a_rotation(anterior, lateral):
    R = tilt(anterior, lateral).rotation()
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(R) == pytest.approx(1.0, rel=1e-14)


def test_no_tilt_turns_nothing():
    np.testing.assert_allclose(tilt(0.0, 0.0).rotation(), np.eye(3), atol=1e-16)


def test_a_bone_that_leans_forwards_feels_a_vertical_force_from_the_front_to_the_back():
    # Proximal end 30° in front: (0, 1, 0) of the ground has cos 30° along the bone and −sin 30° along its
    # anterior axis. Leaning 30° laterally takes the same from the lateral axis.
    np.testing.assert_allclose(tilt(30.0, 0.0).rotation() @ [0, 1, 0], [-0.5, np.sqrt(0.75), 0.0], atol=1e-15)
    np.testing.assert_allclose(tilt(0.0, 30.0).rotation() @ [0, 1, 0], [0.0, np.sqrt(0.75), -0.5], atol=1e-15)


def test_turned_triple_has_the_direction_measured_in_the_tibial_frame():
    # Posterior to axial 0.53 / 8.91 within 1 %, no medial part, and the size of the published triple:
    # √(11.50² + 2.78² + 1.12²) = 11.884 BW.
    force = TRIPLE.forces["ankle_contact"]
    assert force.tilt is not None
    anterior, proximal, lateral = force.tilt.rotation() @ np.array(force.vector_bw)
    assert -anterior / proximal == pytest.approx(0.53 / 8.91, rel=0.01)
    assert abs(lateral) < 0.02
    assert np.linalg.norm([anterior, proximal, lateral]) == pytest.approx(11.884, abs=0.001)


def test_tilted_force_reaches_the_bone_turned():
    force = TRIPLE.forces["ankle_contact"]
    expected = force.tilt.rotation() @ np.array(force.vector_bw) * 70.0 * 9.80665
    history = running(activity=TRIPLE)
    found = [of(history, UnitLoad("plafond", False, axis)) for axis in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_an_instant_stands_at_the_time_0():
    assert running().time_s.tolist() == [0.0]
    assert running().name == RUNNING.name
    assert running().cycles is None
