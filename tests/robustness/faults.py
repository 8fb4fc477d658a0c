# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Kill runs, plans and studies with SIGKILL again and again; nothing finished may be lost, nothing half-written read.

Each trial is the flow of a command on a coarse metatarsal in a process of its own, forked from this one, which has the
libraries; pictures are those of the first time. Half are killed at a random moment, half at a random one of their
operations on files (opening, renaming, removing), which a random moment seldom meets.

run: a quarter begin with an empty cache, so that they mesh and solve; half without a run folder. After each kill every
cache entry is that of an undisturbed run, bit for bit, and the run folder too; it is absent only if none was finished.
plan: the same of the folder of a training plan; the bone is in the cache.
study: killed four times and then let go, over and over. After each kill all cases that were finished are there, bit
for bit, tables are those of an undisturbed study or refused, and its worker is gone; in the end files are the same.
Every eighth time it is the worker that is killed: then the study goes on, and finishes.
Usage: python -m tests.robustness.faults [KILLS] [SEED] [run | plan | study ...]
"""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields
from mmap import mmap
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# All but psutil and numpy are imported here only so that each child has them.
import numpy as np
import pandas as pd  # noqa: F401
import psutil
import pyarrow.parquet  # noqa: F401
import pyvista as pv  # noqa: F401
import scipy.stats  # noqa: F401
import xarray as xr  # noqa: F401

from fea import api
from fea.case import BodyOptions, Options, healthy, read_bone, read_fatigue, read_plan, resolved
from fea.case.study import Study
from fea.errors import InputError
from fea.evaluate import PlanQuestion
from fea.folders import load, read_run, run_study
from fea.folders import plan as plan_folder
from fea.folders import run as run_folder
from fea.folders import study as study_folder
from fea.folders.study import write_tables
from fea.risk import RiskSettings
from fea.solve import Basis, cache
from fea.studies import execution, flow, plan_of
from fea.studies.store import Store

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
SIZE_MM = 3.0
"""A mesh as coarse as passes."""
KILLS_IN_A_ROW = 4
PATIENCE_S = 30.0


class Shared:
    """A word that a process that is killed leaves behind: the step that it was at."""

    def __init__(self) -> None:
        self._memory = mmap(-1, 64)

    def say(self, step: str) -> None:
        """Note a step."""
        self._memory[:] = step.encode()[:64].ljust(64)

    def last(self) -> str:
        """Return the last step, and forget it."""
        word = self._memory[:].decode().strip(" \0")
        self.say("")
        return word or "begin"


class Operations:
    """A hook that counts operations on files below a place, and at the last of them kills the process, not its workers.

    ``last`` is None for a hook that only counts.
    """

    def __init__(self, place: Path, last: int | None) -> None:
        self.count, self._place, self._last, self._mine = 0, str(place), last, os.getpid()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Count, and kill."""
        if event in FILE_EVENTS and os.getpid() == self._mine and any(self._place in str(a) for a in arguments[:2]):
            if self.count == self._last:
                os.kill(self._mine, signal.SIGKILL)
            self.count += 1


def child(work: Callable[[], object], place: Path, last: int | None = None, told: Shared | None = None) -> int:
    """Start work in a process of its own and return its number; it may kill itself at an operation on files.

    ``told`` is told in the end how many there were.
    """
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        hook = Operations(place, last)
        sys.addaudithook(hook)
        work()
        if told is not None:
            told.say(str(hook.count))
        code = 0
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def ended(number: int, within_s: float | None = None) -> bool:
    """Wait for a process, kill it after a time if one is given, and return whether it was killed."""
    until = time.monotonic() + (np.inf if within_s is None else within_s)
    while not (done := os.waitpid(number, os.WNOHANG))[0]:
        if time.monotonic() > until:
            os.kill(number, signal.SIGKILL)
        time.sleep(0.002)
    if not os.WIFSIGNALED(done[1]) and os.waitstatus_to_exitcode(done[1]) != 0:
        raise AssertionError("what was not killed failed")
    return os.WIFSIGNALED(done[1])


@contextmanager
def cached_in(place: Path) -> Iterator[None]:
    """Have the cache in a place."""
    before = os.environ.get("BONEFEA_CACHE")
    os.environ["BONEFEA_CACHE"] = str(place)
    try:
        yield
    finally:
        os.environ.pop("BONEFEA_CACHE")
        if before is not None:
            os.environ["BONEFEA_CACHE"] = before


def undisturbed(work: Callable[[], object], place: Path) -> tuple[float, int]:
    """Return how long work takes that nobody kills, and its operations on files below a place."""
    begin, told = time.perf_counter(), Shared()
    assert not ended(child(work, place, told=told)), "the undisturbed one was killed"
    return time.perf_counter() - begin, int(told.last())


def files_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, not those of folders in it."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def check_folder(folder: Path, alone: Mapping[str, bytes]) -> None:
    """Raise AssertionError if a folder is not that of an undisturbed run, wall times and round-off aside."""
    found = files_of(folder)
    assert found.keys() == alone.keys(), f"the folder has other files: {sorted(found)}"
    for name in alone.keys() - VARY:
        assert found[name] == alone[name], f"{name} is another"
    tables = [json.loads(files["result.json"]) for files in (found, alone)]
    for table in tables:
        table.pop("wall_s"), table.pop("equilibrium", None)
    assert tables[0] == tables[1], "the folder has other numbers"
    assert json.loads(found["manifest.json"])["versions"], "the manifest is not whole"


def same(one: Basis, other: Basis) -> bool:
    """Return whether two bases have the same arrays, bit for bit."""
    records = ((one.mesh, other.mesh), (one.unit, other.unit), (one.elasticity, other.elasticity))
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name))
        for a, b in records
        for f in fields(a)
        if isinstance(getattr(a, f.name), np.ndarray)
    )


# ---------------------------------------------------------------- what is killed


class Runs:
    """Runs, their cache and their folders."""

    def __init__(self, place: Path, step: Shared) -> None:
        self._case, self._step = resolved("metatarsal2", "walking", Options(size_mm=SIZE_MM)), step
        (place / "first").mkdir()
        self._place = place / "trial"
        self._place.mkdir()
        with cached_in(place / "first" / "cache"):
            undisturbed(lambda: api.run_cases([self._case], [place / "first" / "run"]), place)
        self._folder = files_of(place / "first" / "run")
        self._bases = {file.stem: _entry(file) for file in (place / "first" / "cache").glob("*.npz")}
        for name in ("run_map", "run_strain", "run_statics"):
            setattr(run_folder, name, lambda _, file: functools.partial(file.write_bytes, self._folder[file.name]))
        self.seconds, self.operations = undisturbed(self.work, self._place)

    def work(self) -> None:
        """Do what is to be killed."""
        with cached_in(self._place / "cache"):
            api.run_cases([self._case], [self._place / "run"], progress=self._step.say)

    def trial(self, number: int, chance: random.Random) -> bool:
        """Kill one, check what it left, and return whether it was killed."""
        if number % 8 < 2:
            shutil.rmtree(self._place / "cache", ignore_errors=True)
        if number % 16 < 8:
            shutil.rmtree(self._place / "run", ignore_errors=True)
        finished = (self._place / "run").exists()
        killed = killed_at_random(self, self._place, number, chance)
        self._check(finished=finished)
        return killed

    def _check(self, *, finished: bool) -> None:
        folder = self._place / "cache"
        for file in folder.glob("*.npz") if folder.is_dir() else ():
            assert same(_entry(file), self._bases[file.stem]), f"{file.name} is another basis"
        if (self._place / "run").exists():
            run_folder.verified_case(read_run(self._place / "run"))
            check_folder(self._place / "run", self._folder)
        else:
            assert not finished, "a finished run is gone"

    def end(self) -> None:
        """Check that the next one that nobody kills finishes, and leaves nothing of the others."""
        undisturbed(self.work, self._place)
        self._check(finished=True)
        check_names(self._place, {"run", "cache"})


class Plans:
    """Folders of a training plan, on a bone that the cache has."""

    def __init__(self, place: Path, step: Shared) -> None:
        self._step = step
        self._question = PlanQuestion(
            plan=read_plan("jump_block"),
            bone=read_bone("metatarsal2"),
            tissue=healthy(),
            fatigue=read_fatigue(),
            body=BodyOptions(size_mm=SIZE_MM),
            settings=RiskSettings(samples=16, sensitivity=0),
        )
        self._cache, self._place = place / "cache", place / "trial"
        (place / "first").mkdir()
        self._place.mkdir()
        undisturbed(lambda: self._written(place / "first" / "plan"), place)
        self._folder = files_of(place / "first" / "plan")
        plan_folder._draw = lambda _, __, folder, ___: _drawn(folder, self._folder)
        self.seconds, self.operations = undisturbed(self.work, self._place)

    def _written(self, folder: Path) -> None:
        with cached_in(self._cache):
            api.run_plans([self._question], folder, progress=self._step.say)

    def work(self) -> None:
        """Do what is to be killed."""
        self._written(self._place / "plan")

    def trial(self, number: int, chance: random.Random) -> bool:
        """Kill one, check what it left, and return whether it was killed."""
        if number % 4 < 2:
            shutil.rmtree(self._place / "plan", ignore_errors=True)
        finished = (self._place / "plan").exists()
        killed = killed_at_random(self, self._place, number, chance)
        if (self._place / "plan").exists():
            check_folder(self._place / "plan", self._folder)
        else:
            assert not finished, "a finished plan is gone"
        return killed

    def end(self) -> None:
        """Check that the next one that nobody kills finishes, and leaves nothing of the others."""
        self.work()
        check_folder(self._place / "plan", self._folder)
        check_names(self._place, {"plan"})


class Studies:
    """A study of twelve cases, its store and its tables, on a bone that the cache has; one worker."""

    def __init__(self, place: Path, step: Shared) -> None:
        base = {"bone": "metatarsal2", "activity": "walking", "size": SIZE_MM}
        cross = {"mass": [55, 60, 65, 70, 75, 80], "speed": [1.2, 1.5]}
        table = {"schema": 1, "kind": "study", "name": "kill", "title": "Kill", "base": base, "cross": cross}
        self._study, self._cache, self._step = Study.model_validate(table), place / "cache", step
        with cached_in(self._cache):
            self._plan = plan_of(self._study)
        flow.processes, execution.LARGEST_BATCH = forked, 2
        study_folder.write_tables = self._tables
        self._folder = place / "first"
        undisturbed(self.work, place)
        self._files = files_of(self._folder)
        self._entries = files_of(self._folder / "store" / "cases")
        assert len(self._entries) == len(self._plan.cases)
        self._folder = place / "trial"
        self.seconds, self.operations = undisturbed(self.work, place)

    def _tables(self, *arguments: Any) -> Any:
        self._step.say("tables")
        return write_tables(*arguments)

    def work(self) -> None:
        """Do what is to be killed."""
        with cached_in(self._cache):
            tell = lambda p: self._step.say(f"store, {p.done} cases and more")  # noqa: E731
            outcome = run_study(self._study, self._plan, self._folder, workers=1, progress=tell)
        assert outcome.failed == [], outcome.failed

    def trial(self, number: int, chance: random.Random) -> bool:
        """Kill one or its worker, check what it left, and return whether it was killed."""
        before = self._finished()
        if number % 8 == 5:
            killed = self._worker_killed(chance)
            assert self._finished().keys() == self._entries.keys(), "a killed worker cost a case"
        else:
            killed = killed_at_random(self, self._folder, number, chance)
        self._check(before)
        if number % KILLS_IN_A_ROW == KILLS_IN_A_ROW - 1:
            self.end()
            shutil.rmtree(self._folder)
        return killed

    def _worker_killed(self, chance: random.Random) -> bool:
        """Kill the worker of a study, once, at a random moment; the study itself must finish."""
        number = child(self.work, self._folder)
        time.sleep(chance.uniform(0.0, self.seconds))
        workers = psutil.Process(number).children()
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.kill()
        assert not ended(number), "the study was killed with its worker"
        self._step.say("its worker")
        return bool(workers)

    def _finished(self) -> dict[str, bytes]:
        cases = self._folder / "store" / "cases"
        return {name: c for name, c in files_of(cases).items() if name.endswith(".json")} if cases.is_dir() else {}

    def _check(self, before: Mapping[str, bytes]) -> None:
        after = self._finished()
        assert before.keys() <= after.keys(), "a finished case is gone"
        for name, content in after.items():
            assert content == self._entries[name], f"{name} is another"
        store = Store(self._folder / "store")
        for case in self._plan.cases:
            assert store.has(case.key) == (f"{case.key}.json" in after), "a half-written case was read"
            assert store.failure(case.key) is None, "a kill was taken for a failure"
        tables = files_of(self._folder) if self._folder.is_dir() else {}
        for name in (tables.keys() & self._files.keys()) - VARY:
            assert tables[name] == self._files[name], f"{name} is half-written"
        with suppress(InputError):
            assert len(load(self._folder).cases) == len(self._plan.cases)

    def end(self) -> None:
        """Check that it finishes when nobody kills it, and leaves nothing of the others."""
        self.seconds, _ = undisturbed(self.work, self._folder)  # the machine may be busier now, or less
        assert self._finished() == self._entries
        found = files_of(self._folder)
        assert found.keys() == self._files.keys(), f"left behind: {sorted(found.keys() - self._files.keys())}"
        for name in self._files.keys() - VARY:
            assert found[name] == self._files[name], f"{name} is another"
        check_names(self._folder / "store", {"cases", "format.json", "lock"})


@contextmanager
def forked(workers: int) -> Iterator[Callable[[], execution.Executor]]:
    """Yield what makes pools as a study does, of processes that have the libraries from this one."""
    context = get_context("fork")
    yield lambda: execution._Processes(workers, mp_context=context, initializer=execution._begin_worker)


SCENES = {"run": Runs, "plan": Plans, "study": Studies}


def killed_at_random(scene: Runs | Plans | Studies, place: Path, number: int, chance: random.Random) -> bool:
    """Kill work at a random operation on files or at a random moment, its workers gone; return whether it was."""
    at_file = chance.randrange(scene.operations) if number % 2 else None
    process = child(scene.work, place, at_file)
    killed = ended(process, None if number % 2 else chance.uniform(0.0, scene.seconds))
    until = time.monotonic() + PATIENCE_S
    while family := psutil.Process().children(recursive=True) + orphans():
        assert time.monotonic() < until, f"workers outlive their study: {family}"
        time.sleep(0.02)
    return killed


def orphans() -> list[psutil.Process]:
    """Return processes of this one's group, younger than it, that have lost their parent."""
    found, begin = [], psutil.Process().create_time()
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            ours = process.create_time() >= begin and os.getpgid(process.pid) == os.getpgrp()
            if process.pid != os.getpid() and ours and process.ppid() == 1:
                found.append(process)
    return found


def check_names(folder: Path, names: set[str]) -> None:
    """Raise AssertionError if anything else lies in a folder."""
    left = {file.name for file in folder.iterdir()} - names
    assert left == set(), f"left behind: {sorted(left)}"


def _entry(file: Path) -> Basis:
    found = cache._read(file, file.stem)
    assert found is not None, f"{file.name} is half-written"
    return found


def _drawn(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the pictures of the first time into a folder."""
    for name, content in files.items():
        if name.endswith(".png"):
            (folder / name).write_bytes(content)


def main(kills: int, seed: int, names: list[str]) -> None:
    """Kill as many runs, plans and studies each."""
    step = Shared()
    for name in names:
        chance, where, number = random.Random(seed), Counter[str](), 0
        begin = time.perf_counter()
        with tempfile.TemporaryDirectory() as place:
            scene = SCENES[name](Path(place), step)
            step.last()
            while where.total() < kills:
                killed = scene.trial(number, chance)
                said = step.last()
                if killed:
                    where[said] += 1
                number += 1
            scene.end()
        told = ", ".join(f"{count} at {what}" for what, count in where.most_common())
        seconds = time.perf_counter() - begin
        print(f"{name}: {where.total()} killed of {number} ({told}), {seconds:.0f} s; lost: 0", flush=True)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 200,
        int(sys.argv[2]) if len(sys.argv) > 2 else 1,
        sys.argv[3:] or list(SCENES),
    )
