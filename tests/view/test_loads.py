# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Forces and moments on the page are those of Python: arrows, numbers, key and scale."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from fea.view import design as d
from tests.view.pages import Page

PICTURE = "#picture-a"


@pytest.fixture
def page(tab) -> Page:
    """The page at 40 % of contact, seen whole; at the end nothing may have gone wrong on it."""
    tab.rest()
    tab("(page.face(3), page.setTime(40))")
    yield tab.rest()
    assert tab.wrong == []


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
    expected = {region: nm for region, nm in size.items() if nm > 0.05}
    assert len(expected) >= 5
    assert marks(page, "moment", "data-nm") == pytest.approx(expected, rel=1e-9)


def test_a_moment_points_along_its_axis_by_the_right_hand_rule(page, running):
    # Seen from the medial side, anterior (x) is left and proximal (y) up: the picture shows (−x, y).
    moment = {load.region: load.moment_nm for load in d.applied(running, 40)}
    for region in ("plafond", "plateau_medial", "fibular_notch"):
        begin, end = ends(page, "moment", region.replace("_", " "))
        along = (end - begin) * (1.0, -1.0)
        expected = moment[region][:2] * (-1.0, 1.0)
        cosine = along @ expected / np.linalg.norm(along) / np.linalg.norm(expected)
        assert cosine == pytest.approx(1.0, abs=1e-6)


def test_a_moment_along_the_line_of_sight_is_a_point_or_a_cross(page, running):
    z = next(load.moment_nm for load in d.applied(running, 40) if load.region == "groove")[2]
    assert z < 0.0  # the medial side, −z, faces the viewer: towards him
    assert page.tab.locator(f"{PICTURE} .moment[data-region='groove'] circle").count() == 2
    page("page.face(1)")
    page.rest()
    assert page.tab.locator(f"{PICTURE} .moment[data-region='groove'] circle").count() == 1
    assert page.tab.locator(f"{PICTURE} .moment[data-region='groove'] path").count() == 1


def test_the_key_tells_name_force_and_moment_of_each_number(page, running):
    rows = page.tab.locator(f"{PICTURE} .load-key").all()
    told = dict(re.match(r"(\d+)(.*)", row.text_content()).groups() for row in rows)
    by_size = list(running.wrenches)
    for load in d.applied(running, 40)[:6]:
        nm = float(np.linalg.norm(load.moment_nm))
        moment = f", {float(f'{nm:.3g}'):g} N·m" if nm > 0.05 else ""
        expected = f"{load.region.replace('_', ' ')}: {load.size_n:.0f} N{moment}"
        assert told[str(by_size.index(load.region) + 1)] == expected
    numbers = page.tab.locator(f"{PICTURE} .load-number circle")
    places = numbers.evaluate_all("(all) => all.map((c) => [+c.getAttribute('cx'), +c.getAttribute('cy')])")
    for one, other in itertools.combinations(places, 2):
        assert np.hypot(*np.subtract(one, other)) > 15.0  # of radius 8: at most their white edges touch


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
