# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A coarse tibia ready to be looked at."""

from __future__ import annotations

import functools
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from fea.case import resolved
from fea.pipeline import basis_of
from fea.view.bone import ViewedBone, viewed
from fea.view.design import Design, designed

COARSE_MM = 6.0


@pytest.fixture(scope="session")
def running() -> Design:
    """Running on a coarse tibia."""
    case = resolved("tibia", "running", size_mm=COARSE_MM)
    return designed(viewed(case.bone, basis_of(case)), case)


@pytest.fixture(scope="session")
def bone(running: Design) -> ViewedBone:
    """The bone of it."""
    return running.bone


@pytest.fixture(scope="session")
def address(running: Design) -> Iterator[str]:
    """Address of a viewer of the coarse tibia, started as people start it and stopped by Ctrl-C."""
    command = [sys.executable, "-m", "fea", "view", "tibia", "--size", f"{COARSE_MM:g}", "--no-open"]
    # The bone is in the cache: the fixture before has put it there.
    # A shell that runs the tests in the background lets them ignore SIGINT; the viewer must hear it.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heard) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)
            assert (process.returncode, said.splitlines()[-1]) == (0, "stopped.")
        finally:
            process.kill()
