# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Saved pictures show what the screen shows; saved values are those of Python and say what they belong to."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fea.view import design as d
from fea.view.design_controls import Offered, case_of, controls_of
from tests.view.pages import Page

FRAME = 40
COLUMN = "equivalent strain [µε]"


@pytest.fixture
def three(browser, address) -> Page:
    """A page with two designs of 70 and 84 kg and their difference."""
    link = f"{address}#%7B%22compare%22%3Atrue%2C%22difference%22%3Atrue%2C%22b%22%3A%7B%22body_mass_kg%22%3A84%7D%7D"
    opened = Page(browser, link, 1280, 720).rest("a", "b")
    opened.wait("Boolean(page.differencePicture.values)")
    yield opened
    assert opened.wrong == []
    opened.close()


def saved(page: Page, button: str, file: Path) -> Path:
    """Return the file that a button saves."""
    with page.tab.expect_download() as download:
        page.tab.get_by_role("button", name=button).click()
    download.value.save_as(file)
    return file


def table(page: Page, folder: Path) -> list[dict[str, str]]:
    """Return the rows of the saved values."""
    with saved(page, "Values (CSV)", folder / "bone.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_saved_values_are_those_of_python_with_load_and_time(page, running, tmp_path):
    rows = table(page, tmp_path)
    assert len(rows) == len(np.unique(running.bone.facets))
    expected = d.at_frame(running, "equivalent_strain", FRAME)
    half_step = np.ptp(expected[np.isfinite(expected)]) / 131068
    told = {int(row["vertex"]): float(row[COLUMN]) for row in rows if row[COLUMN]}
    vertices = list(told)
    assert not running.excluded[vertices].any()
    np.testing.assert_allclose([told[v] for v in vertices], expected[vertices], atol=1.01 * half_step)
    own = {name: {row[name] for row in rows} for name in rows[0]}
    activity, history = running.case.activity, running.history
    numbers = {
        "body_mass_kg": 70.0,
        "speed_m_per_s": activity.demand,
        "step_rate_per_min": activity.step_rate_per_min,
        "pack_mass_kg": 0.0,
        "t_score": running.case.tissue.t_score,
        "stance_percent": running.percent[FRAME],
        "time_s": history.time_s[FRAME],
        "length_percent": 100.0,
    }
    assert {name: float(own[name].pop()) for name in numbers} == pytest.approx(numbers, rel=1e-3)
    words = {"shown": "one instant", "bone": running.case.bone_title, "activity": "running", "design": "A"}
    words |= {"support": running.case.support, "footwear": "conventional", "carriage": "backpack"}
    assert {name: own[name].pop() for name in words} == words


def test_values_of_the_whole_contact_and_of_days_say_so(page, tmp_path):
    page.tab.get_by_role("checkbox", name="Largest over the contact").check()
    page.rest()
    first = table(page, tmp_path)[0]
    assert (first["shown"], first["stance_percent"], first["time_s"]) == ("largest over the contact", "", "")
    page.tab.get_by_label("Field").select_option("damage_after_days")
    page.rest()
    first = table(page, tmp_path)[0]
    assert first["shown"] == "100 days of 2000 contacts"
    assert "log10 unrepaired damage" in first
    assert "stance_percent" not in first
    page.tab.get_by_label("Field").select_option("equivalent_strain")
    page.tab.get_by_role("checkbox", name="Largest over the contact").uncheck()
    page.rest()


def test_the_difference_is_a_design_of_its_own(three, running, tmp_path):
    rows = table(three, tmp_path)
    by = {name: [row for row in rows if row["design"] == name] for name in ("A", "B", "B-A")}
    assert sum(len(own) for own in by.values()) == len(rows)
    a, b, c = ({int(r["vertex"]): float(r[COLUMN]) for r in own if r[COLUMN]} for own in by.values())
    assert set(a) == set(b) == set(c)
    heavy = case_of(Offered({"running": running.case}), replace(controls_of(running.case), body_mass_kg=84.0))
    ratio = d.at_frame(d.designed(running.bone, heavy), "equivalent_strain", FRAME)
    usual = d.at_frame(running, "equivalent_strain", FRAME)
    vertices = sorted(c)
    np.testing.assert_allclose([c[v] for v in vertices], (ratio - usual)[vertices], atol=0.2)
    masses = {name: {row["body_mass_kg"] for row in own} for name, own in by.items()}
    assert masses == {"A": {"70"}, "B": {"84"}, "B-A": {""}}
    assert {row["activity"] for row in rows} == {"running"}
    assert {row["stance_percent"] for row in rows} == {"40"}


def test_values_belong_to_the_picture_while_the_next_one_is_computed(page, tmp_path):
    page("page.state.a.body_mass_kg = 111")  # a control has moved, nothing has come back yet
    assert {row["body_mass_kg"] for row in table(page, tmp_path)} == {"70"}
    page("page.state.a.body_mass_kg = 70")


def picture_of(file: Path) -> npt.NDArray[np.int16]:
    """Return a saved picture at the fineness of the screen."""
    with Image.open(file) as png:
        size = (png.width // 2, png.height // 2)
        return np.asarray(png.convert("RGB").resize(size, Image.Resampling.BOX), dtype=np.int16)


def shown_as(screen: npt.NDArray[np.int16], saved: npt.NDArray[np.int16]) -> float:
    """Return the share of pixels that differ clearly."""
    return float((np.abs(screen - saved).max(axis=2) > 90).mean())


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_a_saved_picture_shows_all_that_the_screen_shows(three, tmp_path, width, height):
    three.tab.set_viewport_size({"width": width, "height": height})
    three("page.fit()")
    three.rest("a", "b")
    three.tab.wait_for_timeout(500)
    whole = picture_of(saved(three, "Picture (PNG)", tmp_path / "bone.png"))
    assert (whole[-1, -1] == 255).all()
    keys = 17 * three.tab.locator("#loads-a .load").count() + 14
    assert keys > 100
    edges = three(
        """page.pictures.map(({ canvas }) => canvas.getBoundingClientRect())
        .map(({ left, top, width, height }) => [left, top, width, height].map(Math.round))"""
    )
    for k, name in enumerate(("a", "b", "difference")):
        left, top, wide, tall = edges[k]
        below = k * keys if top > edges[0][1] else 0  # keys of the pictures above
        left, top = left - edges[0][0], top - edges[0][1] + below
        three("(k) => scrollBy(0, page.pictures[k].canvas.getBoundingClientRect().top)", k)
        three.tab.wait_for_timeout(200)
        screen, part = three.shot(f"#picture-{name} canvas"), whole[top : top + tall, left : left + wide]
        high, across = (min(sizes) - 6 for sizes in zip(screen.shape[:2], part.shape[:2], strict=True))
        assert min(high - tall, across - wide) > -8
        differs = [  # to a pixel: places on the screen are fractions
            shown_as(screen[3 : 3 + high, 3 : 3 + across], part[3 + y : 3 + y + high, 3 + x : 3 + x + across])
            for x in (-1, 0, 1)
            for y in (-2, -1, 0, 1, 2)
        ]
        assert min(differs) < 0.015
    tall, wide = edges[0][3], edges[0][2]
    key = whole[tall : tall + keys, :wide]
    assert (key.min(axis=2) < 120).mean() > 0.03  # names and forces below the first picture
