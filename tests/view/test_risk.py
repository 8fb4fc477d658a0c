# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Fields of risk of a design: damage of its contact, and fractures when it is done day after day."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fea.case import read_fatigue
from fea.evaluate import daily_risk
from fea.view.design import colour_limits
from fea.view.risk import MOST_DAYS, fractures, risk_field


def test_damage_is_counted_outside_zones_of_entry_only_and_days_are_its_inverse(running):
    damage = risk_field(running, "damage_of_one_contact", 1.0, 1)
    assert np.isnan(damage[running.excluded]).all()
    days = risk_field(running, "days_to_failure", 1000.0, 1)
    known = np.isfinite(damage)
    assert known.any()
    np.testing.assert_allclose((days * damage)[known], 1e-3, rtol=1e-12)


def test_the_damage_of_a_day_is_that_of_its_contacts(running):
    once = risk_field(running, "damage_of_one_contact", 1.0, 1)
    day = risk_field(running, "damage_after_days", 1500.0, 1)
    np.testing.assert_allclose(day, 1500.0 * once, rtol=1e-9)  # a NaN equals a NaN here


def test_more_days_leave_more_damage_up_to_repair(running):
    days = [risk_field(running, "damage_after_days", 1500.0, n) for n in (1, 10, 60, MOST_DAYS)]
    for before, after in pairwise(days):
        assert np.nanmin(after / before) >= 1.0
    assert np.nanmax(days[-1] / days[-2]) < 1.01


def test_the_map_of_fractures_holds_all_of_them(running):
    density = risk_field(running, "fracture_density", 1500.0, 100)
    assert np.isnan(density[running.excluded]).all()
    cells = np.nan_to_num(density)[running.bone.cells].mean(axis=1)
    volumes = running.bone.mesh.volumes[running.bone.mesh.tissue != 2]
    assert cells[running.bone.tissue == 0] @ volumes[running.bone.tissue == 0] * 1e-3 == pytest.approx(100.0, rel=0.15)
    low, high = colour_limits(running, "fracture_density", density)
    assert low == 0.0
    assert 0.2 * np.nanmax(density) < high < 2.0 * np.nanmax(density)


def test_what_was_computed_serves_again_until_the_contacts_change(running):
    first = fractures(running, 1500.0)
    assert fractures(running, 1500.0) is first
    assert fractures(running, 3000.0).subjects.share[-1] > first.subjects.share[-1]
    again = daily_risk(running.result, 1500.0, MOST_DAYS, read_fatigue())
    np.testing.assert_allclose(again.subjects.share, first.subjects.share, rtol=1e-12)
