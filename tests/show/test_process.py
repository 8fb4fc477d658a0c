# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pictures drawn in a process beside this one."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from fea.show import drawing, process


def say_where(file: Path) -> None:
    file.write_text(str(os.getpid()), encoding="utf-8")


def write(file: Path, text: str):
    """A drawing that any process can load."""
    return functools.partial(Path.write_text, file, text, encoding="utf-8")


@pytest.fixture
def started(monkeypatch):
    """The processes that have been started."""
    found, begin = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: found.append(begin(*args, **kwargs)) or found[-1])
    return found


def test_pictures_are_drawn_in_their_order_by_another_process_that_ends(tmp_path, started):
    with drawing(beside=True) as draw:
        waiting = [
            draw(write(tmp_path / "one", "first")),
            draw(functools.partial(shutil.copy, tmp_path / "one", tmp_path / "two")),
            draw(functools.partial(shutil.copyfile, "/proc/self/stat", tmp_path / "stat")),
        ]
        waiting[0]()
    # What nobody waits for is drawn as well.
    assert (tmp_path / "two").read_text(encoding="utf-8") == "first"
    assert int((tmp_path / "stat").read_text(encoding="utf-8").split()[0]) == started[0].pid
    assert started[0].returncode == 0


def test_a_picture_not_begun_is_drawn_by_who_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "full")
    with drawing(beside=True) as draw:
        slow = draw(functools.partial(Path.read_text, tmp_path / "full"))  # until something is written there
        draw(functools.partial(say_where, tmp_path / "pid"))()
        assert (tmp_path / "pid").read_text(encoding="utf-8") == str(os.getpid())
        (tmp_path / "full").write_text("at last", encoding="utf-8")
        slow()


def test_ctrl_c_at_a_terminal_never_reaches_the_process_that_draws(tmp_path, started):
    with drawing(beside=True) as draw:
        draw(write(tmp_path / "one", "first"))()
        assert os.getpgid(started[0].pid) != os.getpgrp()


def test_what_drawing_raises_is_raised_where_it_is_waited_for():
    with drawing(beside=True) as draw:
        wait = draw(functools.partial(os.stat, "/nowhere/at/all"))
        with pytest.raises(FileNotFoundError, match="nowhere") as error:
            wait()
        assert error.value.filename == "/nowhere/at/all"


def test_without_a_process_pictures_are_drawn_here(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(process.subprocess, "Popen", broken)
    with drawing(beside=True) as draw:
        draw(functools.partial(say_where, tmp_path / "pid"))()
    assert (tmp_path / "pid").read_text(encoding="utf-8") == str(os.getpid())


@pytest.fixture
def deadly_pipes():
    """A broken pipe ends the process, as some libraries have it; Python ignores it."""
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGPIPE, before)


@pytest.mark.usefixtures("deadly_pipes")
def test_where_the_process_is_killed_pictures_are_drawn_here(tmp_path, started):
    with drawing(beside=True) as draw:
        draw(write(tmp_path / "one", "first"))()
        started[0].kill()
        started[0].wait()
        draw(functools.partial(say_where, tmp_path / "pid"))()
    assert (tmp_path / "pid").read_text(encoding="utf-8") == str(os.getpid())


def test_after_an_error_nothing_is_waited_for_and_the_process_ends(tmp_path, started):
    def stopped():
        with drawing(beside=True) as draw:
            for number in range(3):
                draw(write(tmp_path / str(number), "late"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert started[0].returncode == 0
