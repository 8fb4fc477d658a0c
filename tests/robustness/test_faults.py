# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Kills, a full disk, little memory, other processes, clocks that jump: nothing finished is lost, no half is read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fea import cli
from fea.errors import RunError
from fea.files import write_json, written_folder
from fea.folders.manifest import MANIFEST

ROOT = Path(__file__).resolve().parents[2]
KILLS = 6
OURS = frozenset({"big.bin", MANIFEST})


def fill(out: Path, text: str) -> None:
    with written_folder(out, lambda _: OURS) as folder:
        (folder / "big.bin").write_bytes(b"x" * 300_000)
        (folder / MANIFEST).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("what", ["run", "plan", "study"])
def test_what_is_killed_loses_nothing_and_leaves_nothing_half_written(what):
    # In a process of its own: the harness forks, which one with the threads of other tests should not.
    command = [sys.executable, "-m", "tests.robustness.faults", str(KILLS), "1", what]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    assert f"{what}: {KILLS} killed of" in ran.stdout
    assert "lost: 0" in ran.stdout


def killed_at(place: Path, event: str) -> None:
    """Replace the folder ``place/run`` in a process that is killed at the first ``event``."""
    code = f"""
import os, signal, sys
from pathlib import Path
from fea.files import written_folder
with written_folder(Path({str(place / "run")!r}), lambda _: frozenset({set(OURS)!r})) as folder:
    (folder / {MANIFEST!r}).write_text("new")
    (folder / "big.bin").write_bytes(b"y" * 300_000)
    def hook(event, arguments):
        if event == {event!r}:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9


@pytest.mark.parametrize(("event", "stands"), [("os.rename", "old"), ("ctypes.dlopen", "old"), ("os.remove", "new")])
def test_a_kill_while_a_run_is_replaced_leaves_the_old_or_the_new(tmp_path, event, stands):
    fill(tmp_path / "run", "old")
    killed_at(tmp_path, event)
    assert (tmp_path / "run" / MANIFEST).read_text(encoding="utf-8") == stands
    fill(tmp_path / "run", "next")
    assert [f.name for f in tmp_path.iterdir()] == ["run"]


def test_the_partial_folder_of_a_living_process_is_left_alone(tmp_path):
    with written_folder(tmp_path / "run", lambda _: OURS) as mine:
        fill(tmp_path / "run", "other")
        assert mine.is_dir()
        (mine / MANIFEST).write_text("mine", encoding="utf-8")
    assert (tmp_path / "run" / MANIFEST).read_text(encoding="utf-8") == "mine"
    assert [f.name for f in tmp_path.iterdir()] == ["run"]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 512 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here; needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_in_one_sentence_and_keeps_the_older_run(small_disk):
    fill(small_disk / "run", "old")
    with pytest.raises(RunError, match="No space left"):
        fill(small_disk / "run", "new")
    assert (small_disk / "run" / MANIFEST).read_text(encoding="utf-8") == "old"
    assert [f.name for f in small_disk.iterdir()] == ["run"]


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_too_little_memory_is_said_in_one_sentence(monkeypatch, capsys):
    def exhausted():
        raise MemoryError

    monkeypatch.setattr("fea.cli.doctor.examine", exhausted)
    monkeypatch.setattr(sys, "argv", ["bonefea", "doctor"])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert leaving.value.code == 1
    assert "memory" in capsys.readouterr().err


def test_a_process_that_the_memory_limit_stops_leaves_no_folder(tmp_path):
    code = f"""
import resource, sys
from pathlib import Path
from fea import api
from fea.case import Options, resolved
case = resolved("metatarsal2", "running", Options(size_mm=2))
resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
api.run_cases([case], [Path({str(tmp_path / "run")!r})], use_cache=False)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=300)
    assert ran.returncode != 0
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("jump", [-10 * 365 * 86400.0, 10 * 365 * 86400.0])
def test_a_clock_that_jumps_disturbs_no_folder(tmp_path, monkeypatch, jump):
    fill(tmp_path / "run", "old")
    now = time.time()
    with written_folder(tmp_path / "run", lambda _: OURS) as folder:
        monkeypatch.setattr(time, "time", lambda: now + jump)
        os.utime(folder, (now + jump, now + jump))
        write_json(folder / MANIFEST, {"state": "new"})
        fill(tmp_path / "run", "between")
    assert "new" in (tmp_path / "run" / MANIFEST).read_text(encoding="utf-8")
