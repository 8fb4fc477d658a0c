# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The records themselves: profiles between their levels, the tilt of a force, what cannot be changed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fea.case import Profile, Tilt, read_bone


def profile(at: dict[float, float]) -> Profile:
    return Profile(evidence="working value", source="test", at=at)


def tilt(anterior: float, lateral: float) -> Tilt:
    return Tilt(evidence="working value", source="test", anterior_deg=anterior, lateral_deg=lateral)


levels = st.integers(0, 100).map(float)
profiles = st.dictionaries(levels, st.integers(-500, 500).map(lambda n: n / 10.0), min_size=2, max_size=8)
profiles = profiles.map(profile)


@given(profiles)
def test_a_profile_passes_through_its_values(p: Profile) -> None:
    wanted = np.array([p.at[percent] for percent in sorted(p.at)])
    measured = p.value(np.array(sorted(p.at)) / 100.0)
    # Levels are divided and multiplied by 100 on the way: round-off of the level times the steepest slope.
    assert np.allclose(measured, wanted, rtol=1e-9, atol=1e-9)


@given(profiles)
def test_a_profile_never_overshoots_its_neighbours(p: Profile) -> None:
    knots = sorted(p.at)
    for low, high in itertools.pairwise(knots):
        between = p.value(np.linspace(low, high, 21) / 100.0)
        least, most = sorted((p.at[low], p.at[high]))
        assert between.min() >= least - 1e-9
        assert between.max() <= most + 1e-9


def test_beyond_its_last_levels_a_profile_keeps_the_end_values() -> None:
    p = profile({20.0: 3.0, 80.0: 7.0})
    assert p.value([0.0, 0.1, 0.9, 1.0]).tolist() == [3.0, 3.0, 7.0, 7.0]


def test_the_order_of_levels_in_a_file_does_not_matter() -> None:
    there, back = profile({0.0: 1.0, 40.0: 5.0, 100.0: 2.0}), profile({100.0: 2.0, 40.0: 5.0, 0.0: 1.0})
    level = np.linspace(0.0, 1.0, 33)
    assert np.array_equal(there.value(level), back.value(level))


def test_without_lean_a_tilt_turns_nothing() -> None:
    assert np.allclose(tilt(0.0, 0.0).rotation(), np.eye(3), atol=1e-15)


@given(st.floats(-60.0, 60.0), st.floats(-60.0, 60.0))
def test_a_tilt_is_a_rotation(anterior: float, lateral: float) -> None:
    R = tilt(anterior, lateral).rotation()
    assert np.allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1.0, rel=1e-12)


def test_a_vertical_force_on_a_bone_leaning_forward_presses_and_shears_backward() -> None:
    # The proximal end leans anteriorly by a: upward (0, 1, 0) has cos a along the shaft and −sin a anteriorly.
    a = np.deg2rad(17.0)
    assert np.allclose(tilt(17.0, 0.0).rotation() @ [0.0, 1.0, 0.0], [-np.sin(a), np.cos(a), 0.0], atol=1e-12)


def test_a_vertical_force_on_a_bone_leaning_laterally_presses_and_shears_medially() -> None:
    b = np.deg2rad(5.0)
    assert np.allclose(tilt(0.0, 5.0).rotation() @ [0.0, 1.0, 0.0], [0.0, np.cos(b), -np.sin(b)], atol=1e-12)


def test_records_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_bone("tibia").length_mm = 1.0


def test_magnification_is_scale_times_the_ratio_of_statures() -> None:
    bone = read_bone("tibia", ["stature_m=1.593", "scale=1.1"])  # 1.593 / 1.77 = 0.9
    assert bone.magnification == pytest.approx(0.99, rel=1e-12)
