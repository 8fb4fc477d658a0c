# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Every page can be read without pictures, without colours and by keyboard."""

from __future__ import annotations

import itertools
import re
import tomllib

import pytest

from fea.report.inputs import sourced_inputs
from fea.show.axes import contrast, ink_on
from fea.show.loads import LOAD_COLOURS


@pytest.fixture
def page(html_of_each, parsed):
    return parsed(html_of_each)


def test_every_picture_has_a_text_that_holds_more_than_a_name(page):
    pictures = [a for tag, a in page.tags if tag == "img"]
    assert all(len(a["alt"].split()) >= 6 and re.search(r"\d", a["alt"]) for a in pictures)
    # So do drawings that are no pictures, and what scrolls says what it is.
    assert all(a["aria-label"] for _, a in page.tags if a.get("role") in ("img", "group"))


def test_headings_begin_at_one_and_leave_out_no_level(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert len(levels) >= 3


def test_a_page_says_its_language_and_its_title_and_each_head_its_scope(page):
    tags = dict(reversed(page.tags))
    assert tags["html"]["lang"] == "en"
    assert {"main", "header", "footer", "title"} <= tags.keys()
    assert all(a.get("scope") in ("col", "row") for tag, a in page.tags if tag == "th")


def test_what_scrolls_sideways_can_be_reached_by_keyboard(page):
    scrolling = [a for _, a in page.tags if a.get("class") == "scroll"]
    assert scrolling
    assert all(a["tabindex"] == "0" and a["role"] == "group" for a in scrolling)


def test_text_stands_out_from_its_ground(run_html):
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", run_html))
    # WCAG 2.2, 1.4.3: 4.5 for text of usual size.
    assert set(colours) >= {"ink", "soft", "link", "pale"}
    for name in ("ink", "soft", "link"):
        assert min(contrast(colours[name], ground) for ground in ("white", colours["pale"])) >= 4.5, name
    assert all(contrast(ink_on(colour), colour) >= 4.5 for colour in LOAD_COLOURS)
    pairs = re.findall(r'class="badge" style="background: (#\w+); color: (#?\w+)"', run_html)
    assert len(pairs) >= 6
    assert all(contrast(*pair) >= 4.5 for pair in pairs)


def test_contrast_is_that_of_the_guideline():
    # Grey #767676 on white is the lightest grey that passes: 4.54 (WCAG 2.2, understanding 1.4.3).
    assert contrast("#767676", "white") == pytest.approx(4.54, abs=0.01)
    assert contrast("white", "#767676") == contrast("#767676", "white")


def test_each_input_with_a_source_is_listed_and_counted_by_evidence_level(run_folder, run_html, parsed):
    content = (run_folder / "case.toml").read_text(encoding="utf-8")
    inputs = sourced_inputs(run_folder / "case.toml")
    # A record with an evidence level and a source has both keys on lines of their own.
    assert len(inputs) == len(re.findall(r"(?m)^evidence = ", content)) > 50
    radius = tomllib.loads(content)["bone"]["sections"]["radius_mm"]
    (one,) = [one for one in inputs if one.place == "bone.sections.radius_mm"]
    assert (one.evidence, one.source) == (radius["evidence"], radius["source"])
    page = parsed(run_html)
    text = " ".join(" ".join(page.text).split())
    uncertain = sum(one.evidence == "U" for one in inputs)
    assert f"{len(inputs)} inputs with a source" in text
    assert f"{uncertain} U" in text
    assert radius["source"] in text
