# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Work in other processes: its result or its error, one at a time, and nothing left behind."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from fea.errors import InputError, RunError
from fea.view.background import Worker
from tests.view.test_gate import DESIGN, FRAME, connected


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A worker, stopped in the end."""
    one = Worker()
    yield one
    one.stop()


def until(true, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(true())


def children(process: psutil.Process) -> list[psutil.Process]:
    """Processes that work for one; Python's resource tracker ends when all are gone."""
    return [one for one in process.children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]


def refuse() -> None:
    raise InputError("the wall is 0.1 mm thick; allowed: at least 0.5 mm.")


def test_work_is_done_elsewhere_and_less_urgent_work_gives_way(worker):
    assert worker.begun(os.getpid).result(60) != os.getpid()
    nice = functools.partial(os.getpriority, os.PRIO_PROCESS, 0)
    assert worker.begun(nice, 7).result(60) == min(nice() + 7, 19)


def test_a_mistake_comes_back_as_it_was_raised(worker):
    with pytest.raises(InputError, match=r"allowed: at least 0\.5 mm"):
        worker.begun(refuse).result(60)


def test_work_whose_process_is_killed_ends_in_one_sentence_and_the_next_is_done(worker):
    lost = worker.begun(functools.partial(time.sleep, 60.0))
    assert until(lambda: children(psutil.Process()))
    children(psutil.Process())[0].kill()
    with pytest.raises(RunError, match="has been ended"):
        lost.result(10)
    assert worker.begun(os.getpid).result(60) != os.getpid()


def test_stopping_ends_what_is_being_done_and_begins_nothing_more():
    worker = Worker()
    begun, next_one = (worker.begun(functools.partial(time.sleep, 60.0)) for _ in range(2))
    assert until(lambda: children(psutil.Process()))
    begin = time.monotonic()
    worker.stop()
    assert time.monotonic() - begin < 5.0
    assert next_one.cancelled()
    assert isinstance(begun.exception(), RunError)
    assert children(psutil.Process()) == []


PARENT = """
import functools, os, time
from fea.view.background import Worker

if __name__ == "__main__":
    worker = Worker()
    worker.begun(functools.partial(time.sleep, 60.0))
    time.sleep(60.0)
"""


@pytest.fixture
def parent(tmp_path) -> Iterator[subprocess.Popen[str]]:
    """A process that lets another one work, which has just been started."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE, text=True) as process:
        assert until(lambda: children(psutil.Process(process.pid)), 30.0)
        yield process
        process.kill()


def complaints(parent: subprocess.Popen[str]) -> str:
    assert parent.stderr is not None
    return parent.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_it_works_for(parent, number):
    others = psutil.Process(parent.pid).children(recursive=True)
    time.sleep(3.0)  # until it works
    parent.send_signal(number)
    assert parent.wait(10) == -number
    _, alive = psutil.wait_procs(others, timeout=8.0)
    assert alive == []
    assert complaints(parent) == ""  # as of leaked semaphores


def test_ctrl_c_is_not_heard_by_a_process_that_works_not_even_while_it_imports(parent):
    one = children(psutil.Process(parent.pid))[0]
    one.send_signal(signal.SIGINT)
    time.sleep(3.0)
    assert one.is_running()
    parent.kill()
    assert psutil.wait_procs([one], timeout=8.0)[1] == []
    assert complaints(parent) == ""


@pytest.mark.parametrize(("number", "code", "last"), [(signal.SIGTERM, -15, ""), (signal.SIGINT, 0, "stopped.")])
def test_a_viewer_that_solves_ends_with_all_its_processes(prepared, number, code, last):
    """``prepared`` has put the bone into the cache, so that the page is there soon."""
    thinner = {**DESIGN, "thickness_percent": 90.0 + number / 10.0, "modes": [], "support": "fixed"}
    command = [sys.executable, "-m", "fea", "view", "metatarsal2", "--size", "2", "--no-open"]
    heard = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, preexec_fn=heard, **pipes) as process:
        try:
            mine = psutil.Process(process.pid)

            async def ask(line):
                await line.send_str(json.dumps({**FRAME, "limits": True, "design": thinner}))
                assert until(lambda: children(mine), 30.0)

            connected(process.stdout.readline().strip(), ask)
            others = mine.children(recursive=True)
            begin = time.monotonic()
            process.send_signal(number)
            said, complaint = process.communicate(timeout=30)
            assert time.monotonic() - begin < 5.0
        finally:
            process.kill()
    _, alive = psutil.wait_procs(others, timeout=5.0)
    assert alive == []
    assert (process.returncode, complaint) == (code, "")
    assert (said.splitlines() or [""])[-1].startswith(last)
