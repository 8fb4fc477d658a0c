# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Opening the page: at once or not at all, and never in the terminal of the viewer."""

from __future__ import annotations

import os
import time
import webbrowser
from pathlib import Path

import pytest

from fea.view.browser import browse

ADDRESS = "http://127.0.0.1:8123/0123/index.html"


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """A function that makes a program the one browser there is; returns the file in which that notes its words."""

    def chosen(name: str, extra: str = "") -> Path:
        noted = tmp_path / "noted"
        program = tmp_path / name
        # Like a browser in a terminal it waits for keys; it gives up where there are none.
        program.write_text(f'#!/bin/sh\necho "$@" >{noted}.part; mv {noted}.part {noted}\nread key\nsleep 5\n')
        program.chmod(0o755)
        monkeypatch.setenv("BROWSER", f"{program}{extra}")
        monkeypatch.setattr(webbrowser, "_tryorder", None)
        monkeypatch.setattr(webbrowser, "_browsers", {})
        return noted

    return chosen


def noted(file: Path, seconds: float = 10.0) -> str:
    end = time.monotonic() + seconds
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return file.read_text().strip() if file.exists() else ""


@pytest.mark.parametrize("name", ["lynx", "w3m", "links", "elinks", "www-browser"])
def test_a_browser_in_the_terminal_is_not_started(browser, name):
    file = browser(name)
    assert not browse(ADDRESS)
    assert noted(file, 0.3) == ""


@pytest.mark.parametrize("extra", ["", " --new %s"])
def test_a_browser_that_python_would_wait_for_is_started_beside(browser, extra):
    file = browser("helper.sh", extra)
    begin = time.monotonic()
    assert browse(ADDRESS)
    assert time.monotonic() - begin < 2.0
    assert noted(file) == f"{'--new ' if extra else ''}{ADDRESS}"


def test_where_there_is_no_browser_none_is_opened(monkeypatch):
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    monkeypatch.setattr(webbrowser, "_browsers", {})
    assert not browse(ADDRESS)
    monkeypatch.setenv("BROWSER", "/nowhere/firefox")
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not browse(ADDRESS)
