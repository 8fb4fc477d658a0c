# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a file says is text in the viewer's page: no markup, no template, no script."""

from __future__ import annotations

import pytest

from fea.api import run_cases
from fea.case import Options, resolved
from tests.view.hostile_bone import HOSTILE, TEMPLATE, hostile_file
from tests.view.pages import Page

FOLDER = '{{7*7}}<img src=x onerror="window.taken=1">'


@pytest.mark.filterwarnings("ignore:constrained_layout not applied")  # long names leave no room for curves
def test_a_hostile_bone_and_a_hostile_run_folder_do_nothing_in_a_browser(browser, viewer, tmp_path):
    file = hostile_file(tmp_path)
    folder = tmp_path / FOLDER
    run_cases([resolved(str(file), "running", Options(size_mm=2.0))], [folder])
    with viewer(str(file), 2.0, str(folder)) as address:
        page = Page(browser, address).rest("a", "b")
        page("page.largest()")  # the probe names a site
        page.rest("a", "b")
        shown = page.tab.locator("body").text_content()
        assert HOSTILE in shown
        assert f"({FOLDER})" in shown
        assert TEMPLATE in shown
        assert "49<" not in shown
        assert page("window.taken ?? null") is None
        assert page.tab.locator("img[src=x]").count() == 0
        assert HOSTILE in page.tab.title()
        assert page.wrong == [], "\n".join(page.wrong)
        page.close()
