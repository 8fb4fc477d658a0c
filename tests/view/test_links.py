# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A link asks for what the controls could ask for; whatever else it says, the page opens, and names it."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.view.pages import Page

POSE = {"turn": 0.3, "tilt": 0.2, "focus": [1.0, 200.0, 3.0], "half": 50.0}


def opened(browser, address, state: object) -> Page:
    return Page(browser, f"{address}#{quote(state if isinstance(state, str) else json.dumps(state))}").rest()


def said(page: Page) -> str:
    notice = page.tab.locator("#panel > .mistake")
    return notice.text_content() if notice.is_visible() else ""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"a": {"t_score": 99}}, "T-score 99 (allowed: −4 to 0)"),
        ({"a": {"t_score": "-1"}}, 'T-score "-1"'),
        ({"a": {"body_mass_kg": 1e30}}, "body mass 1e+30 (allowed: 40 to 120)"),
        ({"a": {"body_mass_kg": -5}}, "body mass -5"),
        ({"a": {"support": "nope"}}, 'support "nope" (allowed: fixed, foundation, free)'),
        ({"a": {"activity": "__proto__"}}, 'activity "__proto__"'),
        ({"a": {"activity": "toString", "footwear": "nope"}}, 'footwear "nope"'),
        ({"a": {"bone": 7}}, "bone 7 (allowed: 0 to 0)"),
        ({"a": {"demand": 1e9}}, "demand 1000000000"),
        ({"a": {"step_rate_per_min": 1e-9}}, "step rate 1e-9"),
        ({"a": {"modes": [0, 0, 99]}}, "modes [0,0,99]"),
        ({"percent": 1e9}, "time in contact 1000000000 (allowed: 0 to 100)"),
        ({"contacts": 1e12, "days": 0.5}, "days 0.5"),
        ({"probe": {"a": -3}}, "probe of A -3 (allowed: none, 0 to"),
        ({"probe": {"a": "x"}}, 'probe of A "x"'),
        ({"probe": {"a": {}}}, "probe of A {}"),
        ({"probe": {"a": 10**6}}, "probe 1000000 (allowed: 0 to"),
        ({"typed": [50, 1e9]}, "place of the probe [50,1000000000]"),
        ({"lock": "abc"}, 'colour limits "abc"'),
        ({"lock": [None, "x"]}, "colour limits"),
        ({"lock": [5, 5]}, "colour limits [5,5]"),
        ({"amplitude": 1e9}, "amplitude 1000000000 (allowed: 0 to 50)"),
        ({"part": "nope", "axis": "w", "bands": 7}, 'part "nope"'),
        ({"directions": "all", "principal": 1, "path": "33"}, 'path "33"'),
        ({"field": "constructor"}, 'field "constructor"'),
        ({"compare": "yes", "difference": 1}, 'compare "yes"'),
    ],
)
def test_what_no_control_could_ask_for_is_named_and_the_page_works(browser, address, state, words):
    page = opened(browser, address, {**state, "pose": {**POSE, "half": 1e-300}})
    assert words in said(page)
    fresh = page("page.slots.a.frame.probe === null && page.slots.a.mistake === ''")
    assert fresh
    page.slide("Body mass", 80)
    page.rest()
    assert page("[page.state.a.body_mass_kg, page.slots.a.picture.badge.hidden]") == [80, True]
    assert 10.0 < page("page.look.camera.half") < 1000.0
    assert page.wrong == []
    page.close()


@pytest.mark.parametrize("text", ["{", "null", "[]", "3", '"x"', '{"a": 3, "b": null, "probe": [], "views": {}}'])
def test_a_link_that_says_nothing_opens_the_bone_as_it_was(browser, address, text):
    page = opened(browser, address, text)
    assert (said(page), page.wrong) == ("", [])
    page.close()


def test_a_link_brings_back_what_was_shown_and_is_short(browser, address):
    page = Page(browser, address).rest()
    page.slide("Body mass", 95)
    page.slide("Time in contact", 55)
    page.rest()("page.setProbe('a', 100)")
    page.rest()
    page.wait("page.slots.a.frame.probe !== null")
    read = page.read()
    for name in "12345":
        page.tab.get_by_label("Name of the view").fill(name)
        page.tab.get_by_role("button", name="Save view").click()
    page.tab.wait_for_timeout(600)
    link = page("location.href")
    assert len(link) < 6000
    again = Page(browser, link).rest()
    again.wait("page.slots.a.frame.probe !== null && page.slots.a.history !== null")
    assert again.read() == read
    assert again("[page.state.a.body_mass_kg, page.state.percent, page.state.probe.a, page.state.views.length]") == [
        95,
        55,
        100,
        5,
    ]
    assert again("page.state") == page("page.state")
    for one in (page, again):
        assert one.wrong == []
        one.close()


def test_a_second_design_begins_as_the_first_and_comes_back_as_it_was_left(browser, address):
    page = Page(browser, address).rest()
    page.slide("Body mass", 95)
    page.tab.get_by_role("combobox", name="Footwear").first.select_option("minimal")
    page.rest().tab.get_by_label("Second design beside it").check()
    page.rest("a", "b")
    assert page("JSON.stringify(page.state.a) === JSON.stringify(page.state.b)")
    assert page.tab.get_by_label("Body mass").nth(1).input_value() == "95"
    assert (page.values("page.slots.b.picture") == page.values()).mean() > 0.99
    titles = page.tab.locator("#panel > details > summary").all_text_contents()
    assert [title[:3] for title in titles if title[1:3] == ": "] == ["A: ", "B: "]
    page.slide("Body mass", 60, 1)
    page.rest("a", "b").tab.get_by_label("Second design beside it").uncheck()
    assert "Load and tissue" in page.tab.locator("#panel > details > summary").all_text_contents()
    page.rest().tab.get_by_label("Second design beside it").check()
    page.rest("a", "b")
    assert page("[page.state.a.body_mass_kg, page.state.b.body_mass_kg]") == [95, 60]
    assert page.wrong == []
    page.close()


def test_what_is_read_from_an_old_picture_is_paled(browser, address):
    page = Page(browser, address).rest()
    page("page.setProbe('a', 100)")
    page.rest().wait("page.slots.a.history !== null && !page.slots.a.oldRisk && Boolean(page.slots.a.risk)")
    paled = "[...document.querySelectorAll('#probe-a, #risk .soft')].map((box) => box.classList.contains('aged'))"
    assert page(paled) == [False, False]
    page.slide("Bone density, T-score", -1.3)
    page.wait("!page.slots.a.picture.badge.hidden")
    assert page(paled) == [True, True]
    page.rest().wait(f"!{paled}.includes(true)")
    assert page.wrong == []
    page.close()


def test_a_page_without_its_viewer_says_so_whatever_is_moved(browser, running, viewer):
    with viewer("tibia", 6.0) as address:
        page = Page(browser, address).rest()
    page.wait("!page.slots.a.picture.badge.hidden")
    page.slide("Time in contact", 70)
    page.tab.wait_for_timeout(400)
    assert page("page.slots.a.picture.badge.textContent").startswith("The viewer has stopped")
    page.close()


def test_sectors_are_listed_in_their_order_around_the_bone(browser, address):
    page = Page(browser, address).rest()
    around = page("page.welcome.bones[0].sectors")
    for label, first in (("Sector", "–"), ("Curve along the shaft", "none")):
        listed = page.tab.locator("label.row", has_text=label).locator("option").all_text_contents()
        assert listed == [first, *around]
    page.close()


@pytest.mark.parametrize("probe", [{"a": 30000}, {"a": 300, "b": -4}, {"a": 10**9, "b": -4}, {"b": 300}])
def test_a_probe_that_is_no_vertex_leaves_two_designs_alive(browser, address, probe):
    page = Page(browser, f"{address}#{quote(json.dumps({'compare': True, 'probe': probe}))}").rest("a", "b")
    page.tab.get_by_role("combobox", name="Field").first.select_option("displacement")
    page.rest("a", "b")
    assert page("['a', 'b'].map((place) => page.slots[place].picture.field.key)") == ["displacement"] * 2
    known = [one for one in probe.values() if 0 <= one < 2000]
    assert page("[page.state.probe.a, page.state.probe.b]") == (2 * known or [None, None])
    assert (said(page) != "") == (len(known) < len(probe))
    assert page.wrong == []
    page.close()


def test_one_force_has_one_number_and_one_length_in_both_pictures(browser, address):
    page = Page(browser, address).rest()
    page.tab.get_by_label("Second design beside it").check()
    page.rest("a", "b")
    page.slide("Bone density, T-score", -2, 1)
    page.slide("Body mass", 110, 1)
    page.rest("a", "b").wait("page.slots.b.frame.words.includes('T-score')")
    heads = page("['a', 'b'].map((place) => page.slots[place].picture.head)")
    one, other = ({load["region"]: load["number"] for load in head["loads"]} for head in heads)
    assert one
    assert {region: other[region] for region in one if region in other} == {
        region: number for region, number in one.items() if region in other
    }
    assert len(set(one.values()) | set(other.values())) == len(one.keys() | other.keys())
    assert heads[0]["largest_n"] == heads[1]["largest_n"] > heads[0]["own"]["largest_n"]
    page.tab.get_by_label("Second design beside it").uncheck()
    page.rest().slide("Time in contact", 45)
    page.rest()
    assert page("page.slots.a.frame.largest_n") == heads[0]["own"]["largest_n"]
    assert page.wrong == []
    page.close()


def test_a_page_that_is_not_understood_is_to_be_loaded_again(browser, address):
    page = Page(browser, address).rest()
    page("void page.source.send({ id: 1, ask: 'the moon' })")
    page.wait("!page.slots.a.picture.badge.hidden")
    assert page("page.slots.a.picture.badge.textContent") == "The viewer did not understand this page: load it again."
    page.close()


@pytest.mark.parametrize("share", [75, 125])
def test_a_link_brings_back_the_ends_of_the_step_rate(browser, address, share):
    page = Page(browser, address).rest()
    for speed in page("(({ low, high }) => [low, high])(page.panels.a.activity.demand)"):
        page.slide("Speed", speed)
        page.slide("Step rate, share of the usual", share)
        page.tab.wait_for_timeout(600)
        rate = page("page.state.a.step_rate_per_min")
        again = Page(browser, page("location.href")).rest()
        assert (said(again), again("page.state.a.step_rate_per_min")) == ("", rate)
        again.close()
    page.close()
