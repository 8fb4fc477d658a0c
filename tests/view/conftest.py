# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Coarse bones ready to be looked at, and a page that shows one."""

from __future__ import annotations

import functools
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from fea.case import Options, resolved
from fea.evaluate import solved_bone
from fea.view.bone import ViewedBone, viewed
from fea.view.design import Design, designed
from fea.view.design_controls import T_SCORES, with_t_score
from fea.view.tissues import Tissues, tissues
from tests.view.pages import CHROMIUM, Browser, Page

COARSE_MM = 6.0
METATARSAL_MM = 2.0
Viewer = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def running() -> Design:
    """Running on a coarse tibia."""
    case = resolved("tibia", "running", Options(size_mm=COARSE_MM))
    return designed(viewed(solved_bone(case)), case)


@pytest.fixture(scope="session")
def bone(running: Design) -> ViewedBone:
    """The bone of it."""
    return running.bone


@pytest.fixture(scope="session")
def prepared() -> Tissues:
    """A coarse metatarsal, prepared for all T-scores."""
    case = resolved("metatarsal2", "running", Options(size_mm=METATARSAL_MM))
    states = [with_t_score(case.tissue, t_score) for t_score in T_SCORES]
    return tissues(case.bone, case.size_mm, case.support, states)


@contextmanager
def _viewer(bone: str, size_mm: float, *more: str) -> Iterator[str]:
    command = [sys.executable, "-m", "fea", "view", bone, *more, "--size", f"{size_mm:g}", "--no-open"]
    # A shell that runs the tests in the background lets them ignore SIGINT; the viewer must hear it.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipes = {"stdout": subprocess.PIPE, "text": True}
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(command, stderr=complaints, preexec_fn=heard, **pipes) as process,
    ):
        assert process.stdout is not None
        try:
            at = process.stdout.readline().strip()
            complaints.seek(0)
            assert at, complaints.read()
            yield at
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)
            assert (process.returncode, said.splitlines()[-1]) == (0, "stopped.")
            complaints.seek(0)
            assert "Traceback" not in complaints.read()
        finally:
            process.kill()


@pytest.fixture(scope="session")
def viewer() -> Viewer:
    """Start a viewer of a bone with elements of a size and further words, give its address, stop it."""
    return _viewer


@pytest.fixture(scope="session")
def address(running: Design, viewer: Viewer) -> Iterator[str]:
    """Address of a viewer of the coarse tibia, started as people start it and stopped by Ctrl-C."""
    # The bone is in the cache: the fixture before has put it there.
    with viewer("tibia", COARSE_MM) as at:
        yield at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a screen, which draws with its processor.

    While it runs no other event loop can, so each file of tests has its own.
    """
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    options = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*options, "--disable-background-networking"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """A tab of the coarse tibia that all tests of a file use, one after the other."""
    opened = Page(browser, address)
    yield opened
    opened.close()


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The page at 40 % of contact, seen whole; at the end nothing may have gone wrong on it."""
    tab.rest()
    tab("(page.face(3), page.setTime(40))")
    yield tab.rest()
    assert tab.wrong == []
