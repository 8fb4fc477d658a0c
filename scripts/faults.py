# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Kill runs with SIGKILL again and again; nothing finished may be lost, nothing half-written may ever be read.

Each trial is the flow of `bonefea run` for a coarse metatarsal in a process of its own, but for the drawing: it writes
the pictures of the first run. Every other one is killed at a random moment, the rest at a random one of its operations
on files (opening, renaming, removing), which a random moment seldom meets. After each, every cache entry must answer
as an undisturbed run does, bit for bit, and the run folder must be that of such a run, or absent if none was finished
before. A quarter of the trials begin with an empty cache, half without a run folder.
Usage: python scripts/faults.py [TRIALS] [SEED]
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from fea import pipeline, record
from fea.case import Case, resolved
from fea.rerun import compared, read_folder
from fea.solve import Basis, cache

FILE_EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.utime",
    "os.chmod",
    "os.listdir",
    "os.scandir",
}
VARY = {"manifest.json", "result.json"}
"""Files that say how long a step took; all others must be the same."""


def question() -> Case:
    """Return the case: a mesh as coarse as passes."""
    return resolved("metatarsal2", "walking", size_mm=3.0)


def child(case: Case, place: Path, operations: int | None = None, pictures: Mapping[str, bytes] | None = None) -> int:
    """Start a run in a process of its own and return its number; it kills itself at that operation on files."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.environ["BONEFEA_CACHE"] = str(place / "cache")
        if pictures is not None:
            record._draw = lambda _, folder: [(folder / name).write_bytes(p) for name, p in pictures.items()]
        if operations is not None:
            sys.addaudithook(_killer(str(place), operations))
        pipeline.run([case], [place / "run"])
        code = 0
    finally:
        os._exit(code)


def _killer(place: str, operations: int) -> Callable[[str, tuple[object, ...]], None]:
    """Return a hook that kills the process at its n-th operation on files below ``place``."""
    left = [operations]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in FILE_EVENTS and any(place in str(a) for a in arguments[:2]):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


def ended(number: int, within_s: float | None = None) -> bool:
    """Wait for a process, kill it after a time if one is given, and return whether it was killed."""
    if within_s is not None:
        time.sleep(within_s)
        os.kill(number, signal.SIGKILL)
    _, status = os.waitpid(number, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
        raise AssertionError("a run that was not killed failed")
    return os.WIFSIGNALED(status)


class Undisturbed:
    """What a run gives that nobody kills: its folder and its cache entries."""

    def __init__(self, case: Case, place: Path) -> None:
        if ended(child(case, place)):
            raise AssertionError("the undisturbed run was killed")
        self.folder = read_folder(place / "run")
        self.files = {f.name: f.read_bytes() for f in (place / "run").iterdir()}
        self.bases = {f.stem: _entry(f) for f in (place / "cache").iterdir()}

    def check(self, place: Path, *, finished: bool) -> None:
        """Raise AssertionError if anything below ``place`` is half-written, or a finished run is gone."""
        folder = place / "cache"
        for file in folder.glob("*.npz") if folder.is_dir() else ():
            assert same(_entry(file), self.bases[file.stem]), f"{file.name} is another basis"
        run = place / "run"
        if not run.exists():
            assert not finished, "a finished run is gone"
            return
        assert compared(read_folder(run), self.folder.result).differing == 0, "the run has other numbers"
        assert {f.name for f in run.iterdir()} == set(self.files), "the run has other files"
        for name in self.files.keys() - VARY:
            assert (run / name).read_bytes() == self.files[name], f"{name} is another"


def _entry(file: Path) -> Basis:
    found = cache._read(file, file.stem)
    assert found is not None, f"{file.name} is half-written"
    return found


def same(one: Basis, other: Basis) -> bool:
    """Return whether two bases have the same arrays, bit for bit."""
    records = ((one.mesh, other.mesh), (one.unit, other.unit), (one.elasticity, other.elasticity))
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name))
        for a, b in records
        for f in fields(a)
        if isinstance(getattr(a, f.name), np.ndarray)
    )


def main(trials: int, seed: int) -> None:
    """Kill as many runs."""
    chance, case, count = random.Random(seed), question(), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        place, first = Path(name) / "trial", Path(name) / "first"
        place.mkdir()
        first.mkdir()
        undisturbed = Undisturbed(case, first)
        pictures = {name: content for name, content in undisturbed.files.items() if name.endswith(".png")}
        begin = time.perf_counter()
        ended(child(case, place, pictures=pictures))
        seconds = time.perf_counter() - begin
        for number in range(trials):
            if number % 8 < 2:
                shutil.rmtree(place / "cache", ignore_errors=True)
            if number % 16 < 8:
                shutil.rmtree(place / "run", ignore_errors=True)
            finished = (place / "run").exists()
            if number % 2:
                killed = ended(child(case, place, chance.randrange(60), pictures))
            else:
                killed = ended(child(case, place, None, pictures), chance.uniform(0.0, 1.1 * seconds))
            undisturbed.check(place, finished=finished)
            count["killed" if killed else "finished before"] += 1
            count["at a file" if number % 2 else "at a moment"] += killed
        assert not ended(child(case, place)), "the last run was killed"
        undisturbed.check(place, finished=True)
        rests = sorted(f.name for f in place.iterdir() if f.name not in ("run", "cache"))
        assert rests == [], f"left behind: {rests}"
    print(", ".join(f"{value} {what}" for what, value in count.items()) + "; nothing lost, nothing half-written read")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
