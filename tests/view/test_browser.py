# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page in a real browser without a screen: it loads, sliders change the picture, nothing goes wrong."""

from __future__ import annotations

import io
import shutil
import socket
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.view.proxy import PATH, proxied

api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A browser without a screen."""
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield started
        started.close()


@pytest.fixture(scope="module")
def opened(browser, address: str) -> tuple[object, list[str]]:
    """The page, and what went wrong on it so far."""
    return page_at(browser, address)


def page_at(browser, address: str) -> tuple[object, list[str]]:
    wrong: list[str] = []
    page = browser.new_page(viewport={"width": 1300, "height": 850})
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # A picture that the next one overtakes is let go: its blob fails, and nothing is wrong.
    page.on("requestfailed", lambda r: None if r.url.startswith("blob:") else wrong.append(r.url))
    page.goto(address)
    page.wait_for_selector("text=Hotspots:")
    wait_for_picture(page)
    return page, wrong


def picture(page) -> np.ndarray:
    """Return what the browser shows of the bone, (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(page.locator("main img").screenshot())).convert("RGB"), dtype=np.int16)


def wait_for_picture(page) -> None:
    page.wait_for_function("() => document.querySelector('main img')?.naturalWidth > 100")
    page.wait_for_timeout(1000)


def change_after(page, act) -> float:
    """Return the share of pixels that change clearly within the time a picture may take."""
    before = picture(page)
    act()
    share = 0.0
    for _ in range(PATIENCE_MS // 200):
        page.wait_for_timeout(200)
        share = float((np.abs(picture(page) - before).max(axis=2) > 12).mean())
        if share > 0.005:
            break
    return share


def press(page, slider: str, key: str, times: int = 1) -> None:
    page.get_by_label(slider).first.focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_the_bone_is_shown_in_colours(opened):
    page, _ = opened
    shown = picture(page)
    bone = (shown.max(axis=2) - shown.min(axis=2)) > 20  # neither white ground nor grey zones of entry
    assert 0.01 < bone.mean() < 0.5


def test_arrow_keys_on_the_time_change_the_picture(opened):
    page, _ = opened
    assert change_after(page, lambda: press(page, "Time in contact", "Home")) > 0.005
    assert page.get_by_label("Time in contact").input_value() == "0"
    assert change_after(page, lambda: [press(page, "Time in contact", "PageUp") for _ in range(5)]) > 0.005


def test_more_body_mass_with_colours_kept_changes_the_picture(opened):
    page, _ = opened
    page.get_by_label("Keep these colour limits").check()
    assert change_after(page, lambda: press(page, "Body mass", "End")) > 0.005
    assert page.get_by_label("Body mass").first.input_value() == "120"
    page.get_by_label("Keep these colour limits").uncheck()


def test_a_hotspot_is_flown_to_and_a_click_there_reads_its_site(opened):
    page, _ = opened
    page.wait_for_selector("text=Hotspots:")
    spot = page.locator("button", has_text="compression").first
    site = spot.inner_text().split("(")[0].split("  ")[-1].strip().lstrip("1234567890 ")
    assert change_after(page, spot.click) > 0.02
    box, reading = page.locator("main img").bounding_box(), page.locator("text=/equivalent \\d+ µε/")
    for _ in range(PATIENCE_MS // 3000):
        page.wait_for_timeout(3000)  # the camera is still on its way, and a busy machine takes its time
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 30)
        page.wait_for_timeout(500)
        if reading.count():
            break
    # The click lands a little beside the hotspot, perhaps in the next sector, but in the same third of the shaft.
    read = page.get_by_text("equivalent", exact=False).last.inner_text()
    assert site.split(", ")[1] in read
    assert site[:6] == "poster" == read[:6]


def test_a_second_design_stands_beside_the_first(opened):
    page, _ = opened
    assert change_after(page, lambda: page.get_by_label("Second design beside it").check()) > 0.02
    # Once more Body mass, now of the second design.
    assert page.get_by_label("Body mass").nth(1).is_visible()
    page.get_by_label("Second design beside it").uncheck()


def test_nothing_went_wrong_on_the_page(opened):
    _, wrong = opened
    assert wrong == []


def test_a_bone_prepared_for_all_tissues_answers_the_slider_at_once(prepared, viewer, browser):
    with viewer("metatarsal2", 2.0) as address:
        page, wrong = page_at(browser, address)
        page.wait_for_selector("text=Every T-score is shown at once. >> visible=true")
        page.get_by_label("Keep these colour limits").check()
        share = change_after(page, lambda: press(page, "Bone density, T-score", "ArrowLeft", 20))
        assert share > 0.005
        page.wait_for_selector("text=T-score -2, combined from solved bones >> visible=true")
        page.wait_for_selector("text=Hotspots: >> visible=true")
        assert not wrong
        page.close()


def test_the_page_works_behind_a_proxy_that_has_a_path_and_a_name_of_its_own(prepared, viewer, browser):
    with socket.create_server(("127.0.0.1", 0)) as door:
        name = f"localhost:{door.getsockname()[1]}"
        with viewer("metatarsal2", 2.0, "--allow-host", name) as address:
            target, path = address[: address.index("/", 8) + 1], address[address.index("/", 8) + 1 :]
            with proxied(door, target):
                page, wrong = page_at(browser, f"http://{name}{PATH}{path}")
                assert change_after(page, lambda: press(page, "Time in contact", "Home")) > 0.005
                assert wrong == []
                page.close()
