# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Forces and moments on the page are those of Python: arrows, numbers, key and scale."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fea.view import design as d
from tests.view.pages import Page

PICTURE = "#picture-a"


def marks(page: Page, kind: str, name: str) -> dict[str, float]:
    """Return a number of all arrows of a kind by their region."""
    found = page.tab.locator(f"{PICTURE} .{kind}").all()
    return {one.get_attribute("data-region").replace(" ", "_"): float(one.get_attribute(name)) for one in found}


def ends(page: Page, kind: str, region: str) -> np.ndarray:
    """Return the begin and the end of the shaft of an arrow in the picture, (2, 2)."""
    line = page.tab.locator(f"{PICTURE} .{kind}[data-region='{region}'] line").first
    return np.array([float(line.get_attribute(name)) for name in ("x1", "y1", "x2", "y2")]).reshape(2, 2)


@pytest.mark.parametrize("percent", [10, 40, 80])
def test_arrows_bear_the_forces_and_moments_of_the_instant(page, running, percent):
    page.slide("Time in contact", percent)
    page.rest()
    forces = {load.region: load.size_n for load in d.applied(running, percent) if load.size_n > 1.0}
    drawn = marks(page, "force", "data-newton")
    assert drawn == pytest.approx({region: forces[region] for region in drawn}, rel=1e-9)
    missing = [size for region, size in forces.items() if region not in drawn]
    assert max(missing, default=0.0) < 0.1 * max(forces.values())  # too short to be seen
    size = {load.region: float(np.linalg.norm(load.moment_nm)) for load in d.applied(running, percent)}
    drawn = marks(page, "moment", "data-nm")
    assert drawn == pytest.approx({region: size[region] for region in drawn}, rel=1e-9)
    missing = [nm for region, nm in size.items() if region not in drawn]
    assert max(missing) < 0.12 * page("page.slots.a.picture.head.largest_nm")  # too short to be seen


def test_a_moment_points_along_its_axis_by_the_right_hand_rule(page, running):
    # Seen from the medial side, anterior (x) is left and proximal (y) up: the picture shows (−x, y).
    moment = {load.region: load.moment_nm for load in d.applied(running, 40)}
    for region in ("plafond", "plateau_medial", "fibular_notch"):
        begin, end = ends(page, "moment", region.replace("_", " "))
        along = (end - begin) * (1.0, -1.0)
        expected = moment[region][:2] * (-1.0, 1.0)
        cosine = along @ expected / np.linalg.norm(along) / np.linalg.norm(expected)
        assert cosine == pytest.approx(1.0, abs=1e-6)


LOAD = {"center": [0.0, 150.0, 0.0], "number": 0, "pulls": False, "region": "hand-made"}


def drawn_alone(page: Page, force_n: list[float], moment_nm: list[float]) -> Page:
    """Draw one load in place of those of the bone, with the largest of 1000 N and 100 N·m."""
    load = {**LOAD, "force_n": force_n, "moment_nm": moment_nm}
    page(
        """(load) => { const { picture } = page.slots.a;
        Object.assign(picture.head, { loads: [load], largest_n: 1000, largest_nm: 100 }); picture.draw(); }""",
        load,
    )
    return page


@pytest.fixture
def faced(page) -> Page:
    """The page with the medial side, −z, facing the viewer; the loads of the bone come back at the end."""
    yield page
    page("page.again()")
    page.rest()


@pytest.mark.parametrize("kind", ["force", "moment"])
@pytest.mark.parametrize(
    ("degrees", "size", "looks"),
    [
        (0.0, 1.0, "near"),
        (15.0, 1.0, "near"),
        (25.0, 1.0, "arrow"),
        (90.0, 1.0, "arrow"),
        (165.0, 1.0, "away"),
        (180.0, 0.03, "away"),
        (90.0, 0.03, None),  # in the plane of the picture, but too short to be seen
        (0.0, 0.01, None),  # along the line of sight, but too small for a number
    ],
)
def test_the_angle_to_the_line_of_sight_decides_between_arrow_point_and_cross(faced, kind, degrees, size, looks):
    angle = np.radians(degrees)
    towards = [0.0, np.sin(angle), -np.cos(angle)]
    largest = {"force": 1000.0, "moment": 100.0}[kind]
    vector, nothing = [size * largest * x for x in towards], [0.0, 0.0, 0.0]
    drawn_alone(faced, *((vector, nothing) if kind == "force" else (nothing, vector)))
    found = faced.tab.locator(f"{PICTURE} .{kind}")
    assert found.count() == (looks is not None)
    for mark in ("near", "away"):
        assert found.locator(f".{mark}").count() == (looks == mark)
    assert found.locator("polygon").count() == (2 * {"force": 1, "moment": 2}[kind] if looks == "arrow" else 0)
    assert faced.tab.locator(f"{PICTURE} .load-key").count() == (size >= 0.02)


def test_force_and_moment_seen_end_on_stand_side_by_side_and_are_told_apart(faced):
    drawn_alone(faced, [0.0, 0.0, -900.0], [0.0, 0.0, 90.0])
    force, moment = (faced.tab.locator(f"{PICTURE} .{kind}") for kind in ("force", "moment"))
    assert (force.locator(".near").count(), moment.locator(".away").count()) == (1, 1)
    one, other = force.bounding_box(), moment.bounding_box()
    assert one["x"] + one["width"] <= other["x"] + 1.0
    rings = [found.locator("circle:not(.near)[stroke]").count() for found in (force, moment)]
    assert rings == [1, 2]


def test_the_key_tells_name_force_and_moment_of_each_number(page, running):
    rows = page.tab.locator(f"{PICTURE} .load-key").all()
    told = dict(re.match(r"(F\d+)(.*)", row.text_content()).groups() for row in rows)
    by_size = list(running.wrenches)
    for load in d.applied(running, 40)[:6]:
        nm = float(np.linalg.norm(load.moment_nm))
        moment = f", {float(f'{nm:.3g}'):g} N·m" if nm > 0.05 else ""
        expected = f"{load.region.replace('_', ' ')}: {load.size_n:.0f} N{moment}"
        assert told[f"F{by_size.index(load.region) + 1}"] == expected


def test_the_scale_is_that_of_the_arrows(page, running):
    pixel_n = float(page.tab.locator(f"{PICTURE} .scale").first.get_attribute("data-px"))
    newton = float(page.tab.locator(f"{PICTURE} .scale").first.get_attribute("data-value"))
    plafond = next(load for load in d.applied(running, 40) if load.region == "plafond")
    begin, end = ends(page, "force", "plafond")
    flat = np.linalg.norm(plafond.force_n[:2])
    assert np.linalg.norm(end - begin) + 10.0 == pytest.approx(flat * pixel_n / newton, rel=1e-3)  # 10 px is its head
    page("(page.look.camera.zoomBy(2), page.redraw())")
    page.rest()
    later = page.tab.locator(f"{PICTURE} .scale").first
    ratio = float(later.get_attribute("data-px")) / float(later.get_attribute("data-value"))
    assert ratio == pytest.approx(2.0 * pixel_n / newton, rel=1e-6)


def test_where_the_picture_is_narrow_the_key_stands_below_and_goes_with_the_forces(page):
    shown = page.tab.locator(f"{PICTURE} .load-key").all_text_contents()
    page.tab.set_viewport_size({"width": 390, "height": 844})
    page.wait("Boolean(document.getElementById('loads-a'))")
    assert page.tab.locator("#loads-a .load").all_text_contents() == shown
    page.tab.get_by_role("checkbox", name="Forces and moments").uncheck()
    page.rest()
    assert page.tab.locator("#loads-a").count() == 0
    assert page.tab.locator(f"{PICTURE} .forces *").count() == 0
    page.tab.get_by_role("checkbox", name="Forces and moments").check()
    page.tab.set_viewport_size({"width": 1200, "height": 800})
    page.wait("!document.getElementById('loads-a')")
