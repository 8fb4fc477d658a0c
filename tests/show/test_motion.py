# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The moving picture: as many pictures as asked, of the strains of the run, in one file that is whole or absent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fea.api import animate
from fea.case import Options, resolved
from fea.errors import InputError, MissingDependency
from fea.loading import load_history
from fea.show.animation import Trace, check_ending, draw_stance
from fea.show.motion import at_times, check_pace
from fea.show.views import Surface


@pytest.fixture
def ball(block, outer_triangles):
    points, cells = block((2, 4, 2), (20.0, 60.0, 20.0))
    facets = outer_triangles(cells)
    used, facets = np.unique(facets, return_inverse=True)
    return Surface(points[used], facets.reshape(-1, 3), np.full(len(used), 100.0), np.zeros(len(used), dtype=bool))


def drawn(surface, file, frames=5):
    time_s = np.linspace(0.0, 0.2, frames)
    values = np.linspace(0.0, 100.0, frames)[:, None] * np.ones(len(surface.points))
    trace = Trace(np.linspace(0.0, 0.2, 21), np.sin(np.linspace(0.0, np.pi, 21)), "force / BW")
    sides = ("anterior", "lateral", "posterior", "medial")
    draw_stance(
        surface, values, time_s, trace, file, quantity="strain", unit="µε", title="a block", sides=sides, fps=10.0
    )


def test_a_gif_has_as_many_pictures_as_asked_and_its_pace(ball, tmp_path):
    drawn(ball, tmp_path / "a.gif", 7)
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 7
        assert gif.info["duration"] == 100
        pictures = []
        for k in range(7):
            gif.seek(k)
            pictures.append(np.asarray(gif.convert("L")).astype(int))
    # The bone, on the left, brightens with its strain; the page beside it does not, but for the marker.
    bone = [p[100:550, :560].mean() for p in pictures]
    assert bone == sorted(bone)
    assert bone[-1] > bone[0] + 5
    assert np.abs(pictures[-1][400:, 640:] - pictures[0][400:, 640:]).max() < 12


def test_an_mp4_is_written_where_its_writer_is_installed(ball, tmp_path):
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    drawn(ball, tmp_path / "a.mp4", 6)
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "a.mp4"))
    assert count == 6
    assert seconds == pytest.approx(0.6, abs=0.05)


def test_mistakes_are_said_before_anything_is_solved(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"\.gif or \.mp4"):
        animate(tmp_path, tmp_path / "a.avi", frames=10, fps=10.0)
    with pytest.raises(InputError, match="2 to 400"):
        check_pace(1, 10.0)
    for fps in (0.0, float("nan"), 100.0):
        with pytest.raises(InputError, match="1 to 60"):
            check_pace(10, fps)
    with pytest.raises(InputError, match="not written by bonefea"):
        animate(tmp_path, tmp_path / "a.gif", frames=10, fps=10.0)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match=r"bonefea\[movie\]"):
        check_ending(tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_loads_between_frames_are_interpolated_and_those_at_frames_kept():
    history = load_history(resolved("tibia", "running", Options(pack_kg=20.0)))
    same = at_times(history, history.time_s)
    np.testing.assert_allclose(same.coefficients, history.coefficients, rtol=1e-12)
    middle = at_times(history, (history.time_s[:-1] + history.time_s[1:]) / 2.0)
    np.testing.assert_allclose(
        middle.coefficients, (history.coefficients[:-1] + history.coefficients[1:]) / 2.0, rtol=1e-9, atol=1e-9
    )


def test_values_of_another_surface_are_refused(ball, tmp_path):
    other = replace(ball, points=np.vstack([ball.points, ball.points[:1]]))
    with pytest.raises(InputError, match="a row for each time"):
        draw_stance(
            other, np.zeros((3, 4)), np.arange(3.0), Trace(np.arange(3.0), np.arange(3.0), "f"), tmp_path / "a.gif",
            quantity="strain", unit="µε", title="", sides=("a", "b", "c", "d"), fps=5.0,
        )  # fmt: skip
