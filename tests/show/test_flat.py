# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Colours mean one thing: no light changes one that is a number, and dark is little in maps and calendars alike."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt

import fea
from fea.risk import RiskSettings
from fea.show import draw_calendar
from fea.show.scale import colour_map
from fea.show.views import Surface, arranged, picture

NAMES = ("anterior", "lateral", "posterior", "medial")


def test_a_value_has_the_colour_of_the_bar_on_all_sides_of_a_round_bone():
    import pyvista

    ball = pyvista.Sphere(radius=20.0, theta_resolution=40, phi_resolution=40)
    facets = ball.faces.reshape(-1, 4)[:, 1:].astype(np.int64)
    value = np.full(ball.n_points, 700.0)
    surface = Surface(np.asarray(ball.points, dtype=float), facets, value, np.zeros(ball.n_points, dtype=bool))
    colours = colour_map((0.0, 1000.0))
    shot = picture(surface, arranged(surface.points, NAMES, 800.0, 200.0, 10.0), (0.0, 1000.0), colours)
    inside = shot[shot[..., 3] == 255][:, :3].astype(int)
    assert len(inside) > 10_000
    wanted = 255.0 * np.array(colours(0.7)[:3])
    assert np.abs(inside - wanted).max() <= 3


@pytest.fixture(scope="module")
def prediction():
    return fea.plan("tibia", "recruit", size_mm=6, settings=RiskSettings(samples=0, sensitivity=0))


def test_the_hardest_day_of_a_calendar_is_bright_as_the_most_damaged_bone_is(prediction, tmp_path):
    draw_calendar(prediction, tmp_path / "calendar.png", "recruit")
    shot = plt.imread(tmp_path / "calendar.png")[..., :3]
    low, high = (np.array(colour_map((0.0, 1.0))(x)[:3]) for x in (0.0, 1.0))

    def columns(colour):
        """Places from left to right of pixels in a colour, the colour bar left aside."""
        return np.flatnonzero((np.abs(shot - colour).max(axis=2) < 0.02)[:, : int(0.88 * shot.shape[1])].any(axis=0))

    daily = prediction.daily_damage.reshape(-1, 7).sum(axis=1)
    assert daily[-1] == daily.max()  # the last week of recruits is the hardest
    assert columns(high).min() > 0.6 * shot.shape[1]
    assert low.mean() < 0.1 < 0.9 < high.mean()
