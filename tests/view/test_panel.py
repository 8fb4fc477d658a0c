# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A design of the page offers what its bone was solved for."""

from __future__ import annotations

from fea.case import names
from fea.view.design import designed
from fea.view.panel import DesignPanel, InitialDesign


def offered(design):
    return DesignPanel("a", InitialDesign("tibia", design.bone, design.case), {}).cases


def test_every_activity_that_is_offered_can_be_shown(running):
    for case in offered(running):
        assert designed(running.bone, case).coefficients.any()


def test_given_forces_on_regions_of_muscles_are_offered_only_of_a_bone_that_was_solved_for_them(running):
    shown = {case.activity.name for case in offered(running)}
    assert {"running", "walking", "jump_landing"} <= shown
    assert "running_peak" in names("activity")
    assert "running_peak" not in shown
