# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Output that is closed or full, and Ctrl-C: one sentence, no traceback, nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

FULL = Path("/dev/full")
STEPS = {"cache", "mesh", "solve", "superpose", "read", "render", "write", "damage", "samples"}
STUDY = """schema = 1
kind = "study"
name = "two"
title = "Two"
[base]
bone = "metatarsal2"
activity = "walking"
size = 3.0
[cross]
mass = [60, 70]
"""


def shell(words: str, redirected: str, place: Path) -> subprocess.CompletedProcess[str]:
    """A command in a shell, with a redirection of its streams."""
    line = f'"{sys.executable}" -m fea {words} {redirected}'
    return subprocess.run(["sh", "-c", line], cwd=place, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("words", ["list", "list --json", "--help", "--version", "mesh metatarsal2 --size 3"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_output_is_one_sentence(words, unbuffered, tmp_path, monkeypatch):
    if not FULL.exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    ended = shell(words, f">{FULL}", tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == "bonefea: the output cannot be written: No space left on device.\n"


def test_a_closed_output_is_one_sentence_before_anything_is_done(tmp_path):
    ended = shell("loads running --export mine.csv", ">&-", tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "bonefea: the output is closed; send it to /dev/null to have none.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full", "<&-", "2>&- <&-"])
def test_without_input_or_error_output_a_command_does_what_it_should(redirected, tmp_path):
    if "full" in redirected and not FULL.exists():
        pytest.skip("this system has no /dev/full")
    ended = shell("mesh metatarsal2 --size 3 --json --out bone.msh", redirected, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("{")
    assert ended.stdout.endswith("}\n")
    assert (tmp_path / "bone.msh").read_bytes().startswith(b"$MeshFormat")


@pytest.mark.parametrize("redirected", ["2>&-", ">&- 2>&-", "2>/dev/full"])
def test_a_refusal_that_nobody_can_read_has_its_exit_code(redirected, tmp_path):
    ended = shell("mesh tibea", redirected, tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1 if ">&- " in redirected else 2, "", "")


def test_ctrl_c_during_the_first_imports_is_one_word(tmp_path):
    words = (
        "import sys; "
        "interrupt = type('F', (), {'find_spec': lambda *a: signal.raise_signal(2) if a[1] == 'cyclopts' else None}); "
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.meta_path.insert(0, interrupt()); from fea.__main__ import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "bonefea: stopped.\n")


COMMANDS = {
    "run": ["run", "metatarsal2", "walking", "--size", "1.5", "--no-cache", "--out", "new"],
    "plan": ["plan", "metatarsal2", "jump_block", "--size", "1.5", "--no-cache", "--samples", "16", "--out", "new"],
    "converge": ["converge", "metatarsal2", "walking", "--size", "1.5", "--out", "new.csv"],
    "study": ["study", "two.toml", "--workers", "1", "--out", "new"],
    "view": ["view", "metatarsal2", "--size", "0.8", "--no-cache", "--no-open"],
}


@pytest.mark.parametrize("after_s", [2.0, 5.0])
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_stops_a_command_with_one_word_and_leaves_nothing(command, after_s, tmp_path, monkeypatch):
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "work"
    place.mkdir()
    (place / "two.toml").write_text(STUDY, encoding="utf-8")
    words = [sys.executable, "-c", "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"]
    words[-1] += "from fea.cli import main; print('here', flush=True); main()"
    process = subprocess.Popen(
        [*words, *COMMANDS[command]],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout.readline() == "here\n"
        time.sleep(after_s)
        workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to workers as well
        _, said = process.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=5.0)
    assert alive == []
    assert process.returncode == 130, said
    assert [line for line in said.splitlines() if line not in STEPS] == ["bonefea: stopped."]
    assert {p.name for p in place.iterdir()} <= {"two.toml", "new"}
    assert command == "study" or not (place / "new").exists()
    assert [p for p in place.rglob("*") if "partial" in p.name] == []
