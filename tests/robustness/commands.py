# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Give bonefea random command lines; each must do what it says or refuse it in one sentence, and touch nothing else.

Each command line has a process of its own, forked from this one, which has the libraries. Its folder holds results of
bonefea with a note of a person in each, and files of that person; beside it lies a guard folder. A command line fails
if the exit code is not 0, 1 or 2, a traceback is printed, a refusal is not one line, ``--json`` prints something else,
a file of the person or of the guard folder changes, anything is left by what was refused, it takes longer than a minute
of processor time, stands still for a minute, takes 4 GiB, or leaves processes. What fails is cut down to the words that
it takes, and printed.
Usage: python -m tests.robustness.commands [CASES] [SEED] [FIRST], or with ``-- WORD ...`` for one command line
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# All but cli are imported here only so that each child has them.
import fea.api
import fea.checks.reproduction
import fea.checks.validation  # noqa: F401
from fea import cli
from tests.robustness import hostile
from tests.robustness.command_lines import COMMANDS, drawn

LONGEST_S, STILL_S, PATIENCE_S = 60.0, 60.0, 20.0
"""Processor time, time by the clock without any, and what the processes of a command have to end after it."""
TOO_LONG, STILL = "too long", "stands still"
MOST_MIB = 4096.0
LARGEST_FILE = 2**29
OURS = ("run", "run2", "plan", "comparison", "study")
NOTE = "my thesis.txt"
TEXT = b"ten years of work\n"
STUDY = b"""schema = 1
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
KEPT = ("--size", "--sizes", "--coarser", "--samples", "--frames", "--dry-run")
MADE = (
    ("run", "metatarsal2", "walking", "--size", "3", "--out", "run"),
    ("run", "metatarsal2", "running", "--size", "3", "--out", "run2"),
    ("study", "two.toml", "--workers", "1", "--out", "study"),
)
"""Commands that write the results that every command line finds, beside a plan and a comparison that are made up."""


@dataclass(frozen=True)
class Ended:
    """How a command line ended: its exit code, or why it was ended, and what it said."""

    code: int
    why: str
    out: str
    err: str
    seconds: float


class Place:
    """A folder with a working folder, made anew where it was changed, a guard folder beside it, a cache and a home."""

    def __init__(self, place: Path) -> None:
        # So deep that no path that is drawn leads out of it.
        self.work, self.guard = place / "a" / "b" / "work", place / "a" / "b" / "guard"
        self._place, self._sound = place, place / "sound"
        self._sound.mkdir(parents=True)
        self._lay_own(self._sound)
        self._make_guard()
        self.fresh()
        for words in MADE:
            ended = self.run(words)
            if ended.code:
                raise AssertionError(f"what every command line finds cannot be made: {ended.err}")
        for folder in ("run", "run2", "study"):
            shutil.copytree(self.work / folder, self._sound / folder)
        for folder, files in (("plan", hostile.PLAN), ("comparison", hostile.COMPARISON)):
            (self._sound / folder).mkdir()
            for name, content in files.items():
                (self._sound / folder / name).write_bytes(content)
        for folder in OURS:
            (self._sound / folder / NOTE).write_bytes(TEXT)
        self.fresh()
        self._foreign = {name: entry for name, entry in tree_of(self.work).items() if not _is_ours(name)}
        self._guarded = tree_of(self.guard)

    def _lay_own(self, folder: Path) -> None:
        """Lay out files of a person: inputs, notes, folders, links."""
        bone = (hostile.ROOT / "meshes" / "metatarsal2.toml").read_bytes()
        for name, content in (("mine.toml", bone), ("mine.csv", hostile.HISTORY), ("two.toml", STUDY)):
            (folder / name).write_bytes(content)
        for name in ("notes.txt", "app/manifest.json", f"app/{NOTE}", f"a b/{NOTE}"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b'{"name": "my web app"}' if name.endswith("json") else TEXT)
        (folder / "empty").mkdir()
        (folder / "link").symlink_to(Path("..") / "guard")
        (folder / "dangling").symlink_to(Path("..") / "guard" / "new")

    def _make_guard(self) -> None:
        shutil.rmtree(self.guard, ignore_errors=True)
        (self.guard / "app").mkdir(parents=True)
        for name in ("thesis.txt", "app/thesis.txt"):
            (self.guard / name).write_bytes(TEXT)
        (self.guard / "app" / "manifest.json").write_bytes(b'{"name": "my web app"}')
        shutil.copy(self._sound / "mine.toml", self.guard / "mine.toml")
        (self.guard / "loads.csv").write_bytes(hostile.HISTORY)
        with suppress(OSError):  # like /dev/full; only root can make one
            os.mknod(self.guard / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 7))

    def fresh(self) -> None:
        """Make the working folder anew."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self._sound, self.work, symlinks=True)
        os.mkfifo(self.work / "pipe")
        self._before = state_of(self.work)

    def run(self, words: Sequence[str]) -> Ended:
        """How a command line ends; PLACE in a word means this folder."""
        argv = ["bonefea", *(word.replace("PLACE", str(self.guard.parent)) for word in words)]
        out, err = self._place / "out", self._place / "err"
        begin = time.monotonic()
        number = os.fork()
        if not number:
            self._child(argv, out, err)
        code, why = _watched(number, out, begin)
        texts = [file.read_bytes().decode("utf-8", "replace") for file in (out, err)]
        return Ended(code, why, *texts, time.monotonic() - begin)

    def _child(self, argv: list[str], out: Path, err: Path) -> None:
        code = 70
        try:
            os.setsid()
            for descriptor, file in ((1, out), (2, err)):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ.update(BONEFEA_CACHE=str(self._place / "cache"), HOME=str(self._place / "home"), BROWSER="true")
            os.environ.pop("XDG_CACHE_HOME", None)
            resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs behind it without
            os.chdir(self.work)
            sys.argv = argv
            cli.main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def faults(self, words: Sequence[str]) -> tuple[list[str], Ended]:
        """What is wrong with how a command line ends; the place is sound afterwards."""
        ended = self.run(words)
        found = faults_of(words, ended)
        if (guarded := tree_of(self.guard)) != self._guarded:
            if changed := difference(*self._unasked(words, self.guard, self._guarded, guarded)):
                found.append(f"guard: {changed}")
            self._make_guard()
            self._guarded = tree_of(self.guard)
        if (now := state_of(self.work)) != self._before:
            tree = tree_of(self.work)
            foreign = {name: tree.get(name, "") for name in self._foreign}
            if changed := difference(*self._unasked(words, self.work, self._foreign, foreign)):
                found.append(f"foreign: {changed}")
            left = sorted(name for name in now.keys() - self._before.keys() if ".partial" in name or ".old" in name)
            if left:
                found.append(f"left: {left[0]}")
            if ended.code == cli.EXIT_INPUT:
                found.append(f"refused, but changed: {difference(self._before, now)}")
            self.fresh()
        return found, ended

    def _unasked(
        self, words: Sequence[str], folder: Path, before: dict[str, str], after: dict[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What a folder held before and after, without regular files that ``--overwrite`` gave away."""
        if not any(word.startswith("--overwrite") for word in words):
            return before, after
        values = {value for word in words for value in (word, word.partition("=")[2]) if value}
        places = [self.work / value.replace("PLACE", str(self.guard.parent)) for value in values if "\0" not in value]
        regular = "100"  # what the mode of a regular file begins with
        given = {
            name
            for name in before.keys() & after.keys()
            if before[name].startswith(regular) and after[name].startswith(regular)
            for place in places
            if os.path.normpath(place) == str(folder / name)
        }
        return tuple({k: v for k, v in tree.items() if k not in given} for tree in (before, after))


def _is_ours(name: str) -> bool:
    """Whether a file is one of those that bonefea wrote, which it may replace."""
    return name.partition("/")[0] in OURS and not name.endswith(NOTE)


def tree_of(folder: Path) -> dict[str, str]:
    """Kind and content of all that a folder holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = str(path.readlink())
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ""
        found[path.relative_to(folder).as_posix()] = f"{mode:o} {content}"
    return found


def state_of(folder: Path) -> dict[str, str]:
    """What tells whether something in a folder was written, without reading it."""
    found = {}
    for path in folder.rglob("*"):
        now = path.lstat()
        size, written = (0, 0) if stat.S_ISDIR(now.st_mode) else (now.st_size, now.st_mtime_ns)
        found[path.relative_to(folder).as_posix()] = f"{now.st_mode:o} {size} {written}"
    return found


def difference(before: dict[str, str], after: dict[str, str]) -> str:
    every = sorted(before.keys() | after.keys())
    changed = [name for name in every if before.get(name) != after.get(name)]
    words = {(True, True): "changed", (True, False): "gone", (False, True): "new"}
    return ", ".join(f"{name} {words[name in before, bool(after.get(name))]}" for name in changed[:3])


def _watched(number: int, out: Path, begin: float) -> tuple[int, str]:
    """The exit code of a process and why it was ended, if it was; a viewer is left as a person leaves it."""
    process, why, left = psutil.Process(number), "", False
    used, since = 0.0, begin
    while not (done := os.waitpid(number, os.WNOHANG))[0]:
        waited = time.monotonic() - begin
        time.sleep(0.005 if waited < 0.5 else 0.05)
        if waited < 0.5:
            continue
        memory = 0.0
        with suppress(psutil.Error):
            family = [process, *process.children(recursive=True)]
            times = [member.cpu_times() for member in family]
            total = sum(t.user + t.system for t in times)
            used, since = (total, time.monotonic()) if total > used else (used, since)
            memory = sum(member.memory_info().rss for member in family) / 2**20
        if not left and out.stat().st_size and b"Ctrl-C ends it" in out.read_bytes():
            os.kill(number, signal.SIGINT)
            left = True
        still = time.monotonic() - since > STILL_S
        if used > LONGEST_S or still or memory > MOST_MIB:
            why = STILL if still else TOO_LONG if used > LONGEST_S else f"more than {MOST_MIB:.0f} MiB"
            _end_session(number)
            os.waitpid(number, 0)
            return -signal.SIGKILL, why
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and _session(number):
        time.sleep(0.05)
    if left_over := _session(number):
        with suppress(psutil.Error):
            why = f"left processes: {' '.join(psutil.Process(left_over[0]).cmdline())[:80]}"
        _end_session(number)
    return os.waitstatus_to_exitcode(done[1]), why


def _session(number: int) -> list[int]:
    """Living processes of the session that a command began."""
    found = []
    for other in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getsid(other) == number and psutil.Process(other).status() != psutil.STATUS_ZOMBIE:
                found.append(other)
    return found


def _end_session(number: int) -> None:
    for other in _session(number):
        with suppress(OSError):
            os.kill(other, signal.SIGKILL)


def faults_of(words: Sequence[str], ended: Ended) -> list[str]:
    """What is wrong with what a command line said and how it ended."""
    found = [ended.why] if ended.why else []
    if "Traceback (most recent call last)" in ended.err + ended.out:
        found.append(f"traceback: {_last(ended.err + ended.out)}")
    elif ended.code not in (0, 1, 2):
        found += [] if ended.why else [f"exit code {ended.code}"]
    elif ended.code:
        lines = [line for line in ended.err.split("\n") if line.startswith("bonefea: ")]
        if len(lines) != 1 or not ended.err.endswith(f"{lines[0]}\n") or len(lines[0]) > 2000:
            found.append(f"not one line: {ended.err[-200:]!r}")
        if not ended.err.replace("\n", "").isprintable():
            found.append("a refusal with control characters")
    if ended.code == 0 and "--json" in words and not {"--help", "--version", "-h"} & set(words):
        try:
            json.loads(ended.out)
        except ValueError:
            found.append("what --json prints is no JSON")
    return found


def _last(text: str) -> str:
    """The last error of a traceback and where in fea it was raised."""
    places = re.findall(r'File "[^"]*/(fea/[^"]*)", line \d+, in (\S+)', text)
    errors = re.findall(r"^([A-Za-z_.]+(?:Error|Exception|Interrupt|Exit|Warning)?)(?::.*)?$", text, re.MULTILINE)
    where = "{}:{}".format(*places[-1]) if places else "?"
    return f"{errors[-1] if errors else '?'} in {where}"


def kind_of(words: Sequence[str], fault: str) -> str:
    """What faults of one cause have in common: where they are raised, or the command and what it did."""
    if fault.startswith(("traceback", "a refusal")):
        return fault
    kind, _, rest = fault.partition(": ")
    done = " ".join(sorted(set(re.findall(r" (changed|gone|new)(?:,|$)", rest))))
    return f"{words[0] if words else ''}: {kind}{' ' * bool(done)}{done}"


def shortened(place: Place, words: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The words of a command line that a fault takes."""
    at = len(words) - 1
    while at > 0:
        fewer = words[:at] + words[at + 1 :]
        # Without what keeps it short, a command line that is legal takes long.
        if (
            not words[at].startswith(KEPT)
            and not words[at - 1].startswith(KEPT)
            and any(kind_of(fewer, fault) == kind for fault in place.faults(fewer)[0])
        ):
            words = fewer
        at -= 1
    return words


def attempts(place: Place, cases: range, seed: int, tell: Callable[[str], None]) -> dict[str, tuple[str, ...]]:
    """Faults of as many random command lines: of each kind the shortest command line that shows it."""
    found: dict[str, tuple[str, ...]] = {}
    codes, seconds, had = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for number in cases:
        line = drawn(random.Random(f"{seed} {number}"))
        faults, ended = place.faults(line.words)
        codes[str(ended.code)] += 1
        seconds[f"{line.command} {ended.code}"] += ended.seconds
        if number % 100 == 99:
            longest = ", ".join(f"{name} {total:.0f} s" for name, total in seconds.most_common(5))
            tell(f"{number + 1} done; longest: {longest}")
        had.update((line.command, option) for option in line.options)
        for fault in faults:
            kind = kind_of(line.words, fault)
            if kind not in found:
                waits = fault in (TOO_LONG, STILL)  # each shorter one would wait as long
                found[kind] = line.words if waits else shortened(place, line.words, kind)
                tell(f"FAIL {kind}\n     {fault}\n     bonefea {shlex.join(found[kind])}   (case {number})")
    never = {(c, o.name) for c, options in COMMANDS.items() for o in options} - had.keys()
    tell(f"{len(cases)} command lines: " + ", ".join(f"{count} with {code}" for code, count in codes.most_common()))
    tell(f"options never given: {len(never)}; kinds of faults: {len(found)}")
    return found


def main(arguments: list[str]) -> int:
    """Try random command lines, or the one after ``--``; the exit code is 1 if any fails."""
    with tempfile.TemporaryDirectory(prefix="bonefea-commands-") as folder:
        place = Place(Path(folder))
        if arguments[:1] == ["--"]:
            faults, ended = place.faults(arguments[1:])
            print(f"{ended.out}{ended.err}exit code {ended.code}, {ended.seconds:.1f} s", *faults, sep="\n")
            return int(bool(faults))
        cases, seed, first = (int(a) for a in (*arguments, *("2000", "1", "0")[len(arguments) :]))
        return int(bool(attempts(place, range(first, first + cases), seed, lambda line: print(line, flush=True))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
