# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a file says is text in the viewer's page: no markup, no template, no script."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fea.api import run_cases
from fea.case import Options, read_bone, resolved
from fea.show import offscreen
from fea.view.panel import InitialDesign
from fea.view.picture import Scene
from fea.view.viewer import Viewer
from tests.view.hostile_bone import HOSTILE, SCRIPT, TEMPLATE, hostile_file
from tests.view.test_browser import browser, page_at
from tests.view.test_browser import pytestmark as needs_browser

__all__ = ["browser"]

FOLDER = '{{7*7}}<img src=x onerror="window.taken=1">'


def test_no_word_of_a_file_stands_in_the_template_of_the_page(bone, running, tmp_path):
    described = read_bone(str(hostile_file(tmp_path, "tibia")))
    case = running.case.model_copy(update={"bone": described})
    shown = InitialDesign(f"{described.title} ({FOLDER})", replace(bone, description=described), case)
    with offscreen.canvas(300, 200, columns=2) as plotter:
        state = Viewer([shown], Scene(plotter), None).server.state.initial  # type: ignore[arg-type]
        template = state["trame__template_main"]
        for word in (SCRIPT, TEMPLATE, "7*7", "<img", "<script", "onerror", "window.taken", described.title):
            assert word not in template
        assert HOSTILE in state["title"]
        assert state["sides"] == list(described.sites.sides)
        assert "{{ title }}" in template


@pytest.mark.filterwarnings("ignore:constrained_layout not applied")  # long names leave no room for curves
@pytest.mark.skipif(needs_browser.args[0], reason=needs_browser.kwargs["reason"])
def test_a_hostile_bone_and_a_hostile_run_folder_do_nothing_in_a_browser(browser, viewer, tmp_path):
    file = hostile_file(tmp_path)
    folder = tmp_path / FOLDER
    run_cases([resolved(str(file), "running", Options(size_mm=2.0))], [folder])
    with viewer(str(file), 2.0, str(folder)) as address:
        page, wrong = page_at(browser, address)
        for label in ("Activity", "Cut", "Field"):
            page.locator(f"label:has-text('{label}')").first.click(force=True)
            page.wait_for_timeout(500)
            page.keyboard.press("Escape")
        box = page.locator("main img").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)  # the probe names a site
        page.wait_for_timeout(1500)
        shown = page.locator("body").text_content()
        assert HOSTILE in shown
        assert f"({FOLDER})" in shown
        assert TEMPLATE in shown
        assert "49<" not in shown
        assert page.evaluate("window.taken") is None
        assert page.locator("img[src=x]").count() == 0
        assert HOSTILE in page.title()
        # The long names of this bone make the browser lay the page out twice.
        assert [said for said in wrong if "ResizeObserver" not in said] == []
        page.close()
