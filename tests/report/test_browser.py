# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The pages in a real browser without a screen: nothing is wider than a phone, nothing is cut on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

# Width of an A4 page without its margins of 15 mm, at 96 pixels to the inch.
PAPER_PX = round((210 - 2 * 15) / 25.4 * 96)

TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > width + 1)
        .filter(e => getComputedStyle(e).display !== 'none' && !e.parentElement.closest('.scroll'));
    return [document.documentElement.scrollWidth - width, wide.map(e => e.outerHTML.slice(0, 80))];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    """A function that opens a page in a window of a width, and what went wrong on it."""
    wrong: list[str] = []
    pages = []

    def open_in(html, width, **media):
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 800})
        pages.append(page)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else wrong.append(r.url))
        if media:
            page.emulate_media(**media)
        page.goto(file.as_uri())
        return page

    yield open_in
    for page in pages:
        page.close()
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_wider_than_the_screen(opened, html_of_each, width):
    page = opened(html_of_each, width)
    beyond, wide = page.evaluate(TOO_WIDE)
    assert (beyond, wide) == (0, [])


def test_on_paper_no_table_and_no_picture_is_cut_at_the_right(opened, html_of_each):
    page = opened(html_of_each, PAPER_PX, media="print")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('table, img')]
            .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def test_a_table_wider_than_the_phone_scrolls_by_keyboard(opened, run_html):
    page = opened(run_html, 390)
    table = page.locator(".scroll", has=page.locator("table")).first
    assert table.evaluate("e => e.scrollWidth > e.clientWidth")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")


def test_all_pictures_are_drawn(opened, run_html):
    page = opened(run_html, 1200)
    assert page.evaluate("() => [...document.images].every(i => i.complete && i.naturalWidth > 100)")


def test_a_figure_fits_on_one_sheet(opened, run_html):
    # 297 mm less two margins of 15 mm; what is taller would be cut whatever the style says.
    page = opened(run_html, PAPER_PX, media="print")
    tallest = page.evaluate("() => Math.max(...[...document.images].map(i => i.getBoundingClientRect().height))")
    assert tallest <= (297 - 30) / 25.4 * 96
    kept = page.evaluate("() => [...document.querySelectorAll('figure')].map(f => getComputedStyle(f).breakInside)")
    assert set(kept) == {"avoid"}
    assert page.evaluate("() => getComputedStyle(document.querySelector('h2')).breakAfter") == "avoid"
