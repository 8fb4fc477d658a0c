# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Words, numbers and tags over the pictures: legible, and none lies over another or over the bone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.view.pages import Page

THREE = {"compare": True, "difference": True, "b": {"body_mass_kg": 90}}
STATES = {
    "one": {},
    "directions": {"directions": "glyphs"},
    "three": THREE,
    "three, directions": {**THREE, "directions": "glyphs", "field": "smallest_principal_strain"},
    "three, days to failure": {**THREE, "field": "days_to_failure"},
    "deformed": {"amplitude": 20},
}
BOXES = """(id) => {
  const holder = document.getElementById(id).getBoundingClientRect();
  const seen = (e) => { const { x, y, width, height } = e.getBoundingClientRect();
    return { words: e.textContent, x: x - holder.x, y: y - holder.y, width, height }; };
  const plates = ".spot circle[r='12'], .load-number rect";
  const bare = [...document.querySelectorAll(`#${id} svg text`)].filter((e) => !e.closest(".spot, .tag"));
  const keys = [...document.querySelectorAll(`#${id} svg .load-key .tag`)];
  const own = [...document.querySelectorAll(plates.split(",").map((p) => `#${id} svg ${p}`).join(","))];
  const sizes = [...document.querySelectorAll(`#${id} svg text`)].map((e) => parseFloat(getComputedStyle(e).fontSize));
  return { width: holder.width, height: holder.height, boxes: [...bare, ...keys, ...own].map(seen), sizes };
}"""
HIT = """([id, points]) => {
  const p = page.pictures.find((one) => one.holder.id === id);
  return points.filter(([x, y]) => p.mesh.pick(p.screen, x, y) !== null); }"""


class Box(NamedTuple):
    """A box of words in a picture, px."""

    words: str
    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Whether it lies over another by more than a pixel."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return across > 1.0 and down > 1.0


@pytest.fixture
def opened(browser, address) -> Iterator[Any]:
    """Open the page in a state and at a size; nothing may go wrong on it."""
    tabs = []

    def opening(state: dict[str, Any], width: int, height: int) -> Page:
        tab = Page(browser, f"{address}#{quote(json.dumps(state))}", width, height)
        tabs.append(tab)
        tab.rest(*("ab" if state.get("compare") else "a"))
        if state.get("difference"):
            tab.wait("Boolean(page.differencePicture.values)")
        tab.tab.wait_for_timeout(300)
        return tab

    yield opening
    assert [wrong for tab in tabs for wrong in tab.wrong] == []
    for tab in tabs:
        tab.close()


def boxes_of(tab: Page, name: str) -> list[Box]:
    """Return the boxes of all words, plates and tags of a picture, none of which may lie over another."""
    boxes = [Box(b["words"], b["x"], b["y"], b["width"], b["height"]) for b in tab(BOXES, name)["boxes"]]
    assert len(boxes) > 8
    over = [(one.words, other.words) for one, other in itertools.combinations(boxes, 2) if one.meets(other)]
    assert over == []
    return boxes


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (1024, 768), (390, 844)])
def test_no_words_lie_over_others_or_over_the_bone(opened, state, width, height):
    tab = opened(STATES[state], width, height)
    for side in (3, 0):
        tab("(side) => page.face(side)", side)
        tab.rest()
        for name in tab("page.pictures.map((p) => p.holder.id)"):
            found = tab(BOXES, name)
            assert min(found["sizes"]) >= 11.0
            boxes = boxes_of(tab, name)
            for box in boxes:
                assert box.x >= -1.0, box
                assert box.y >= -1.0, box
                assert box.x + box.width <= found["width"] + 1.0, box
                assert box.y + box.height <= found["height"] + 1.0, box
            words = [box for box in boxes if box.words]  # plates and tags have none in their shape
            middles = [[box.x + share * box.width, box.y + box.height / 2] for box in words for share in (0, 0.5, 1)]
            assert tab(HIT, [name, middles]) == []


@pytest.mark.parametrize(("width", "pictures"), [(390, 390.0), (1280, 313.3), (2260, 640.0)])
def test_pictures_are_as_wide_as_this_file_says(opened, width, pictures):
    tab = opened(THREE, width, 844)
    assert tab("page.pictures[0].canvas.clientWidth") == pytest.approx(pictures, abs=1.0)


@pytest.mark.parametrize("width", [1280, 390])
def test_plates_and_tags_keep_off_the_words_wherever_the_bone_is_moved(opened, width):
    tab = opened({}, width, 800)
    for nearer in (1.0, 1.6):
        for right, up in itertools.product((-0.5, 0.0, 0.5), (-0.6, 0.0, 0.6)):
            tab("page.fit()")
            tab(
                "([z, x, y]) => { page.look.camera.zoomBy(z); page.look.camera.moveBy(x, y); page.redraw(); }",
                [nearer, right * (2.0 if width > 760 else 0.8), up],
            )
            tab.rest()
            boxes_of(tab, "picture-a")


def test_bones_side_by_side_stand_level(opened):
    tab = opened({**THREE, "field": "smallest_principal_strain"}, 1280, 720)
    rows = tab("page.pictures.map((p) => p.plan.heading.length + p.plan.legend.rows.length)")
    assert rows[2] > rows[0]  # the title of B − A is longer
    heights = tab("page.pictures.map((p) => [Math.min(...p.screen.y), Math.max(...p.screen.y)])")
    for ends in heights[1:]:
        assert ends == pytest.approx(heights[0], abs=0.5)


def test_hotspots_and_loads_have_marks_of_their_own(opened):
    """Round and black, or a coloured tag with a letter: on the bone, in the key and below the picture."""
    tab = opened({}, 390, 844)
    spots = tab.tab.locator("#spots-a .spot-mark").all_text_contents()
    assert spots == sorted(spots)
    drawn = tab.tab.locator("#picture-a .spot text").all_text_contents()
    assert sorted(drawn) == spots
    tags = tab.tab.locator("#picture-a .load-number text").all_text_contents()
    assert tags == tab.tab.locator("#loads-a .plate").all_text_contents()
    assert all(tag[0] == "F" and tag[1:].isdigit() for tag in tags)
    tab.tab.set_viewport_size({"width": 1280, "height": 720})
    tab.wait("!document.getElementById('loads-a') && Boolean(document.querySelector('#picture-a .load-key'))")
    assert tags == tab.tab.locator("#picture-a .load-key .tag").all_text_contents()


def test_a_fitted_bone_stays_fitted_until_it_is_moved(browser, address):
    page = Page(browser, address, 1280, 800).rest()
    half = page("page.look.camera.half")
    page.tab.get_by_label("Second design beside it").check()
    page.tab.get_by_label("Third picture: B − A").check()
    page.rest("a", "b")
    page.tab.set_viewport_size({"width": 900, "height": 600})
    page.tab.wait_for_timeout(600)
    kept = page("page.look.camera.half")
    assert kept > 1.05 * half  # the same bone in a lower picture
    page("page.fit()")
    assert page("page.look.camera.half") == kept
    page("(page.look.camera.zoomBy(2), page.redraw())")
    page.tab.set_viewport_size({"width": 1280, "height": 800})
    page.tab.wait_for_timeout(600)
    assert page("page.look.camera.half") == pytest.approx(0.5 * kept)
    assert page.wrong == []
    page.close()
