# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Saved views come back, with all controls if wanted, through a link and through a file."""

from __future__ import annotations

import json
from urllib.parse import quote

import numpy as np
import pytest

from tests.view.pages import Page

POSE = "page.look.camera.pose"
OWN = {"turn": 0.3, "tilt": 0.2, "focus": [1.0, 200.0, 3.0], "half": 50.0}


@pytest.fixture
def page(browser, address) -> Page:
    """A page of its own; at the end nothing may have gone wrong on it."""
    opened = Page(browser, address).rest()
    yield opened
    assert opened.wrong == []
    opened.close()


def save(page: Page, name: str) -> None:
    page.tab.get_by_label("Name of the view").fill(name)
    page.tab.get_by_role("button", name="Save view").click()


def names(page: Page) -> list[str]:
    return page.tab.locator(".views .view button:first-child").all_text_contents()


def file_of(tmp_path, text: str) -> str:
    file = tmp_path / "views.json"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_view_brings_back_the_camera_or_all_controls(page):
    page("(page.face(0), page.look.camera.zoomBy(3), page.redraw())")
    page.slide("Body mass", 90)
    page.slide("Time in contact", 60)
    page.tab.get_by_role("combobox", name="Field").first.select_option("von_mises_stress")
    page.tab.get_by_role("combobox", name="Directions").select_option("glyphs")
    pose, values = page.rest()(POSE), page.values()
    save(page, "near the front")
    page("page.face(3)")
    page.slide("Body mass", 60)
    page.slide("Time in contact", 20)
    page.tab.get_by_role("combobox", name="Field").first.select_option("equivalent_strain")
    page.tab.get_by_role("combobox", name="Directions").select_option("none")
    page.rest()
    page.tab.get_by_role("button", name="near the front", exact=True).click()
    assert page(POSE) == pose
    assert page("[page.state.a.body_mass_kg, page.state.percent]") == [60, 20]
    page("page.face(5)")
    page.tab.get_by_role("button", name="near the front: camera and all controls").click()
    page.rest()
    assert page(POSE) == pose
    assert page("[page.state.a.body_mass_kg, page.state.percent, page.state.directions]") == [90, 60, "glyphs"]
    assert page.tab.get_by_label("Body mass").first.input_value() == "90"
    assert page.tab.get_by_label("Time in contact").input_value() == "60"
    assert page.tab.get_by_role("combobox", name="Field").first.input_value() == "von_mises_stress"
    np.testing.assert_array_equal(page.values(), values)
    assert names(page) == ["near the front"]  # coming back to one keeps them all


def test_views_are_named_replaced_and_deleted(page):
    for name in ("", "", "hot", "hot"):
        save(page, name)
    assert names(page) == ["view 1", "view 2", "hot"]
    page.tab.get_by_role("button", name="Delete view 1").click()
    assert names(page) == ["view 2", "hot"]
    for answer, after in ((" warm ", "warm"), ("view 2", "warm"), (None, "warm"), ("hot", "hot")):
        page.tab.once("dialog", lambda asked, own=answer: asked.dismiss() if own is None else asked.accept(own))
        page.tab.get_by_role("button", name=f"Rename {names(page)[1]}").click()
        assert names(page) == ["view 2", after]
    save(page, "x" * 100)
    assert names(page)[-1] == "x" * 40
    for k in range(30):
        save(page, f"more {k}")
    assert len(names(page)) == 20
    assert page.tab.get_by_text("At most 20 views are kept").is_visible()


def test_views_survive_in_the_link_and_in_a_file(page, browser, address, tmp_path):
    page("(page.face(1), page.redraw())")
    save(page, "<b>side</b> & more")
    page.tab.wait_for_timeout(600)
    again = Page(browser, page("location.href")).rest()
    assert names(again) == ["<b>side</b> & more"]  # text, never markup
    with again.tab.expect_download() as begun:
        again.tab.get_by_role("button", name="Views to a file").click()
    begun.value.save_as(tmp_path / "views.json")
    fresh = Page(browser, address).rest()
    assert names(fresh) == []
    fresh.tab.get_by_label("File of saved views").set_input_files(tmp_path / "views.json")
    fresh.wait("document.querySelectorAll('.views .view').length === 1")
    fresh.tab.get_by_role("button", name="<b>side</b> & more", exact=True).click()
    assert fresh(POSE) == page(POSE)
    for other in (again, fresh):
        assert other.wrong == []
        other.close()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no JSON", []),
        ("[]", []),
        ('{"views": 7}', []),
        (json.dumps({"views": [{"name": "a", "pose": {**OWN, "half": "x"}, "state": {}}]}), []),
        (json.dumps({"views": [{"name": 3, "pose": OWN, "state": {}}, None]}), []),
        (json.dumps({"views": [{"name": "a", "pose": OWN, "state": None}]}), []),
        (json.dumps({"views": [{"name": f"v{k}", "pose": OWN, "state": {}} for k in range(99)]}), 20),
        (json.dumps({"views": [{"name": "a" * 10**6, "pose": OWN, "state": {}}]}), []),
    ],
    ids=["words", "list", "number", "half", "name", "state", "many", "large"],
)
def test_what_is_no_saved_view_is_left_out(page, tmp_path, text, kept):
    page.tab.get_by_label("File of saved views").set_input_files(file_of(tmp_path, text))
    page.tab.wait_for_timeout(200)
    assert (len(names(page)) == kept) if kept else (names(page) == [])
    if not kept:
        assert page.tab.get_by_text("views.json holds no saved views.").is_visible()


def test_a_view_of_another_bone_or_version_opens_what_it_can(page, tmp_path):
    odd = {
        **{"field": "gone", "percent": 30, "amplitude": "x", "more": 1, "contacts": None, "views": [1]},
        **{"a": {"bone": 3, "activity": "gone"}, "probe": {"a": 10**6}, "directions": "odd", "principal": "odd"},
        "__proto__": {"toString": None},
    }
    text = json.dumps({"views": [{"name": "odd", "pose": OWN, "state": odd}]})
    page.tab.get_by_label("File of saved views").set_input_files(file_of(tmp_path, text))
    page.tab.get_by_role("button", name="odd: camera and all controls").click()
    page.rest()
    assert page(POSE) == OWN
    assert page("[page.state.percent, page.state.field, page.state.probe.a]") == [30, "equivalent_strain", None]
    assert page("page.slots.a.mistake") == ""
    assert page("typeof ({}).toString") == "function"


@pytest.mark.parametrize("pose", [{}, {**OWN, "focus": 3}, {**OWN, "half": None}, {**OWN, "turn": "left"}])
def test_an_odd_pose_in_the_link_is_none(browser, address, pose):
    page = Page(browser, f"{address}#{quote(json.dumps({'pose': pose}))}").rest()
    assert page.wrong == []
    assert np.isfinite([page(POSE)[name] for name in ("turn", "tilt", "half")]).all()
    page.close()
