# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Runs where the disk is full, the home cannot be written, or two threads solve at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

RUN = ("run", "metatarsal2", "running", "--size", "2")
THREADS = """
from concurrent.futures import ThreadPoolExecutor
import fea
def p95(bone):
    return fea.run(bone, "running", size_mm=2, use_cache=False).summary.p95_ue
bones = ["metatarsal2", "metatarsal3"]
with ThreadPoolExecutor(2) as pool:
    together = list(pool.map(p95, bones))
assert together == [p95(bone) for bone in bones], together
"""


def bonefea(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fea", *words]
    around = os.environ | environment
    return subprocess.run(command, capture_output=True, text=True, check=False, env=around, timeout=600)


@pytest.fixture(params=["100k", "200k", "400k"])
def small_disk(tmp_path, request):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here; needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_run_on_a_full_disk_ends_in_one_sentence_and_leaves_nothing(small_disk):
    ran = bonefea(*RUN, "--out", str(small_disk / "run"))
    assert ran.returncode == 1, ran.stderr
    last = ran.stderr.strip().splitlines()[-1]
    assert "No space left" in last
    assert "Traceback" not in ran.stderr
    assert list(small_disk.iterdir()) == []


def test_a_home_that_cannot_be_written_does_not_matter_where_the_cache_is_given(tmp_path):
    nowhere = {name: "/proc/nowhere" for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    cache = tmp_path / "cache"
    ran = bonefea(*RUN, "--out", str(tmp_path / "run"), BONEFEA_CACHE=str(cache), **nowhere)
    assert ran.returncode == 0, ran.stderr
    assert sorted(f.name for f in tmp_path.iterdir()) == ["cache", "run"]
    assert any(file.suffix == ".so" for file in cache.rglob("*"))


def test_two_threads_solve_two_bones_and_get_what_one_gets():
    ran = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr


def test_a_cache_of_other_people_is_not_used(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("an owner cannot be changed here; needs root")
    cache = tmp_path / "cache"
    cache.mkdir()
    os.chown(cache, 12345, 12345)
    ran = bonefea(*RUN, "--out", str(tmp_path / "run"), BONEFEA_CACHE=str(cache))
    assert "Traceback" not in ran.stderr
    assert [file for file in cache.rglob("*") if file.is_file()] == []
