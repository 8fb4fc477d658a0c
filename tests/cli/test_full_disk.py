# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""On a full disk every command ends in one sentence, leaves nothing of its own, and older files as they were."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fea import cli

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

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
STEPS = {"cache", "mesh", "solve", "superpose", "read", "render", "write", "compare", "damage", "samples"}


def called(*words: str) -> int:
    before, sys.argv = sys.argv, ["bonefea", *words]
    try:
        cli.main()
    except SystemExit as leaving:
        return int(leaving.code or 0)
    finally:
        sys.argv = before
    return 0


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two runs on a coarse bone and a study, made where there is room."""
    place = tmp_path_factory.mktemp("results")
    (place / "two.toml").write_text(STUDY, encoding="utf-8")
    for name, activity in (("run", "walking"), ("run2", "running")):
        assert called("run", "metatarsal2", activity, "--size", "3", "--out", str(place / name)) == 0
    assert called("study", str(place / "two.toml"), "--workers", "1", "--out", str(place / "study")) == 0
    return place


@pytest.fixture
def disk(tmp_path):
    """A disk of 1 MiB; it takes a user who may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk of its own can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, free: int) -> None:
    """Leave so many bytes on a disk."""
    with (place / "full").open("wb", buffering=0) as stream:
        while (left := os.statvfs(place).f_bavail * os.statvfs(place).f_frsize - free) > 0:
            stream.write(bytes(min(left, 65536)))


def tree(place: Path) -> dict[str, str]:
    files = (p for p in place.rglob("*") if p.name not in ("full", "study.log") and p.name != "lock")
    return {str(p.relative_to(place)): "" if p.is_dir() else hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


WRITING = {
    "run": ["run", "metatarsal2", "walking", "--size", "3", "--out", "{disk}/old/run"],
    "run anew": ["run", "metatarsal2", "walking", "--size", "3", "--out", "{disk}/new"],
    "plan": ["plan", "metatarsal2", "jump_block", "--size", "3", "--samples", "16", "--out", "{disk}/new"],
    "compare": [
        "compare",
        "{made}/run",
        "{made}/run2",
        "--across",
        "activity",
        "--plan",
        "none",
        "--out",
        "{disk}/new",
    ],
    "study": ["study", "{made}/two.toml", "--workers", "1", "--out", "{disk}/new"],
    "report": ["report", "{made}/run", "--out", "{disk}/old/page.html", "--overwrite"],
    "report --html": ["report", "{made}/run", "--html", "--out", "{disk}/new.html"],
    "animate": ["animate", "{made}/run", "--frames", "8", "--out", "{disk}/new.gif"],
    "converge": [
        *("converge", "metatarsal2", "walking", "--sizes", "2.5", "2.25", "2", "--size", "2.25", "--cache"),
        *("--out", "{disk}/new.csv"),
    ],
    "loads": ["loads", "walking", "--export", "{disk}/new.csv"],
}


@pytest.mark.parametrize("free", [0, 8192])
@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk_is_one_sentence_and_leaves_everything_as_it_was(results, disk, capfd, command, free):
    if free and command == "converge":
        pytest.skip("its table fits")
    (disk / "old").mkdir()
    shutil.copytree(results / "run", disk / "old" / "run", ignore=shutil.ignore_patterns("*.vtu", "*.png"))
    (disk / "old" / "page.html").write_text("an older page", encoding="utf-8")
    fill(disk, free)
    before = tree(disk)
    capfd.readouterr()
    code = called(*(word.format(disk=disk, made=results) for word in WRITING[command]))
    said = capfd.readouterr()
    lines = [line for line in said.err.splitlines() if line not in STEPS]
    assert code == 1, said.err
    assert len(lines) == 1, said.err
    assert lines[0].startswith("bonefea: ")
    assert "No space left on device" in lines[0]
    assert "partial" not in lines[0]
    assert tree(disk) == before
