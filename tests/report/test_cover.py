# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A report for others: who writes it, what it says first, several folders in one, on paper."""

from __future__ import annotations

import datetime
import re
import shutil

import pytest
from markupsafe import Markup

from fea.cli import app
from fea.errors import InputError, MissingDependency
from fea.report import Cover, page_of, paper
from fea.report.page import Part, shown, whole


def written(*words):
    app([*map(str, words)], exit_on_error=False, print_error=False, result_action="return_value")


def test_title_author_and_conclusion_stand_first_and_are_no_markup(run_folder, parsed):
    cover = Cover("<b>Insole</b> B", "A. Engineer", "Laboratory & sons", "1 May 2026", "Strains the shin less.")
    page = page_of(run_folder, cover=cover)
    assert "<title>&lt;b&gt;Insole&lt;/b&gt; B</title>" in page
    text = " ".join(" ".join(parsed(page).text).split())
    first = [
        text.index(part) for part in ("<b>Insole</b> B", "A. Engineer, Laboratory & sons, 1 May 2026", cover.conclusion)
    ]
    assert first == sorted(first)
    assert first[-1] < text.index("95th percentile")


def test_several_folders_are_parts_of_one_page_with_anchors_of_their_own(run_folder):
    page = page_of(run_folder, run_folder)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    targets = re.findall(r' href="#([^"]*)"', page)
    assert targets
    assert set(targets) <= set(ids)
    alone = re.findall(r' id="([^"]*)"', page_of(run_folder))
    assert set(ids) == {"part-1", "part-2", *(f"part-{n}-{name}" for n in (1, 2) for name in alone)}


def test_an_author_has_todays_date_beside_unless_another_is_given(run_folder, tmp_path):
    written("report", run_folder, "--author", "A. Engineer", "--out", tmp_path / "a.html")
    assert f"A. Engineer, {datetime.date.today():%-d %B %Y}" in (tmp_path / "a.html").read_text(encoding="utf-8")
    written("report", run_folder, "--author", "A. Engineer", "--date", "May 2026", "--out", tmp_path / "b.html")
    assert "A. Engineer, May 2026<" in (tmp_path / "b.html").read_text(encoding="utf-8")


def test_what_belongs_to_no_folder_needs_a_name_and_a_turning_page_takes_no_cover(run_folder):
    with pytest.raises(InputError, match="--out FILE"):
        written("report", run_folder, run_folder)
    for more in (["--pdf"], ["--title", "x"]):
        with pytest.raises(InputError, match="leave out --html"):
            written("report", run_folder, "--html", *more)


def test_an_unknown_number_is_a_dash():
    assert shown(float("nan"), ".2f") == "–"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium: apt-get install chromium")
def test_a_browser_prints_the_page(tmp_path):
    page = whole([Part("B", Markup(""), Markup("<p>less</p><p style='break-before: page'>more</p>"), "here")], Cover())
    paper.print_page(page, tmp_path / "page.pdf")
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type ?/Page\b", content)) == 2


def test_without_a_browser_a_pdf_is_refused_before_anything_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency, match="printed by Chromium, Chrome or Edge"):
        written("report", tmp_path / "nothing", "--pdf")
