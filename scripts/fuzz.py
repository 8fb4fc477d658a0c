# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Feed every reader of bonefea with damaged and hostile files; each must read them or refuse them in one sentence.

With atheris (pip install atheris) the fuzzer watches which lines of the readers a file reaches and keeps what reaches
new ones; without it, shipped files are damaged at random. Ends with exit code 1 and the file that did it if a reader
raises anything but its own refusal, takes longer than five seconds, needs more than 2 GiB more, or writes a file.
Usage: python scripts/fuzz.py [CASES] [SEED]
"""

from __future__ import annotations

import logging
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

try:
    import atheris
except ImportError:  # the fuzzer is not needed for anything else
    atheris = None

if atheris is not None and __name__ == "__main__":
    with atheris.instrument_imports(include=["fea", "tomllib", "csv", "json"]):
        import fea.rerun

import fea
from fea.case import read_activity, read_bone, read_case, read_tissue
from fea.errors import InputError
from fea.rerun import read_folder
from fea.solve import cache

ROOT = Path(fea.__file__).parents[1]
SCHEMA_1 = ROOT / "tests" / "fixtures" / "run_schema_1"
LONGEST_S = 5.0
MOST_GROWTH_MIB = 2048.0
LONGEST_FILE = 40_000
HISTORY = b"""# forces
time_s,region,fx_n,fy_n,fz_n
0.0,plafond,1.0,700.0,-3.5
0.1,plafond,2.0,900.5,1e2
"""
"""A load history of two frames; shipped activities have none."""
HOSTILE = (
    b"=cmd|' /C calc'!A0",
    b'"../../../../etc/passwd"',
    b"!!python/object/apply:os.system ['touch pwned']",
    b"__import__('os').system('touch pwned')",
    b"1e999",
    b"-1e308",
    b"nan",
    b"9" * 5000,
    b"[" * 3000,
    b"{a=" * 1000,
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"""',
    b"1979-05-27T07:32:00Z",
    b"\\ud800",
    b"\r",
    b"true",
    b"[]",
    b"''",
)
"""What is put in the place of a word: formulas, paths, objects, numbers out of bounds, broken text."""


class TooSlow(BaseException):
    """A reader took longer than it may; not an Exception, so that no reader can swallow it."""


@dataclass(frozen=True)
class Reader:
    """A reader, the name that its file has, and contents to start from."""

    file: str
    read: Callable[[Path], object]
    seeds: Sequence[bytes]


def _folder_with(file: Path, name: str) -> object:
    """Read a run folder of which ``file`` has taken the place of one file."""
    for other in SCHEMA_1.iterdir():
        (file.parent / other.name).write_bytes(file.read_bytes() if other.name == name else other.read_bytes())
    return read_folder(file.parent)


def _change(file: Path) -> object:
    return read_bone("tibia", [file.read_text(encoding="utf-8", errors="surrogateescape")])


def _shipped(*patterns: str) -> list[bytes]:
    return [file.read_bytes() for pattern in patterns for file in sorted(ROOT.glob(pattern))]


READERS: Mapping[str, Reader] = {
    "bone": Reader("bone.toml", lambda f: read_bone(str(f)), _shipped("meshes/*.toml")),
    "activity": Reader("activity.toml", lambda f: read_activity(str(f)), _shipped("loadcases/*.toml")),
    "tissue": Reader("tissue.toml", lambda f: read_tissue(str(f)), _shipped("meshes/tissue/*.toml")),
    "history": Reader("history.csv", lambda f: read_activity(str(f)), [HISTORY]),
    "case": Reader("case.toml", read_case, [(SCHEMA_1 / "case.toml").read_bytes()]),
    "set": Reader("set.txt", _change, [b"length_mm=350", b"sections.width_x_mm.at.50=28", b"title='x'"]),
    "result": Reader("r", lambda f: _folder_with(f, "result.json"), [(SCHEMA_1 / "result.json").read_bytes()]),
    "manifest": Reader("m", lambda f: _folder_with(f, "manifest.json"), [(SCHEMA_1 / "manifest.json").read_bytes()]),
    "cache": Reader(f"{'0' * 64}.npz", lambda f: cache._read(f, f.stem), [b"PK\x05\x06" + bytes(18)]),
}
"""Every reader of files that a user may have got from somebody else."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise :class:`TooSlow` if the body takes longer."""

    def late(_: int, __: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def attempt(name: str, content: bytes, scratch: Path) -> bool:
    """Return whether a reader takes the content; raise AssertionError for anything but a refusal in one sentence."""
    reader = READERS[name]
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        file = Path(place) / reader.file
        file.write_bytes(content[:LONGEST_FILE])
        try:
            with within(LONGEST_S):
                reader.read(file)
        except InputError as refusal:
            sentence = str(refusal)
            assert sentence.strip(), f"{name}: the refusal says nothing"
            assert len(sentence.splitlines()) == 1, f"{name}: the refusal has several lines: {sentence!r}"
            taken = False
        except TooSlow:
            raise AssertionError(f"{name}: longer than {LONGEST_S:g} s") from None
        else:
            taken = True
    left = sorted(p.name for p in scratch.iterdir())
    assert left == [], f"{name}: wrote {left}"
    return taken


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return the content with a few words, lines or bytes replaced, doubled, dropped or cut."""
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        begin = chance.randrange(len(content) + 1)
        end = min(len(content), begin + chance.choice((0, 1, 4, 20, 400)))
        at_value = [k for k, byte in enumerate(content[begin : begin + 200]) if byte in b"=,:[ "]
        if at_value and chance.random() < 0.6:
            begin += chance.choice(at_value) + 1
            end = next((k for k in range(begin, min(len(content), begin + 60)) if content[k] in b",\n]} "), begin)
        piece = chance.choice((chance.choice(HOSTILE), content[begin:end] * 2, b"", chance.randbytes(3)))
        content = content[:begin] + piece + content[end:]
    return content if chance.random() < 0.97 else content[: chance.randrange(len(content) + 1)]


@dataclass
class Tally:
    """What was tried so far."""

    scratch: Path
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    begin_mib: float = field(default_factory=lambda: peak_mib())

    def one(self, data: bytes) -> None:
        """Try one content; its first byte chooses the reader. End the process if it fails."""
        name = list(READERS)[(data[0] if data else 0) % len(READERS)]
        begin = time.perf_counter()
        try:
            taken = attempt(name, data[1:], self.scratch)
            assert peak_mib() - self.begin_mib < MOST_GROWTH_MIB, f"{name}: {peak_mib():.0f} MiB"
        except BaseException as error:
            kept = Path(tempfile.gettempdir()) / f"bonefea-fuzz-{name}"
            kept.write_bytes(data[1:])
            print(f"FAIL {name}: {type(error).__name__}: {error}; the file is {kept}")
            raise
        (self.taken if taken else self.refused)[name] += 1
        self.slowest_s = max(self.slowest_s, time.perf_counter() - begin)

    def told(self) -> str:
        """Return what happened, one line for each reader."""
        lines = [f"{name}: {self.taken[name]} read, {self.refused[name]} refused" for name in READERS]
        total = self.taken.total() + self.refused.total()
        growth = peak_mib() - self.begin_mib
        return "\n".join([*lines, f"{total} cases, slowest {self.slowest_s:.2f} s, memory grew by {growth:.0f} MiB"])


def peak_mib() -> float:
    """Return the largest memory of the process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main(cases: int, seed: int) -> None:
    """Try as many cases."""
    logging.disable()
    print("coverage-guided (atheris)" if atheris is not None else "random damage (atheris is not installed)")
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "scratch").mkdir()
        os.chdir(Path(place) / "scratch")
        tally = Tally(Path(place) / "scratch")
        if atheris is None:
            chance, names = random.Random(seed), list(READERS)
            for number in range(cases):
                k = number % len(names)
                tally.one(bytes([k]) + damaged(chance.choice(READERS[names[k]].seeds), chance))
            print(tally.told())
            return
        _guided(tally, Path(place), cases, seed)


def _guided(tally: Tally, place: Path, cases: int, seed: int) -> None:
    """Let atheris choose; it ends the process."""
    corpus = place / "corpus"
    corpus.mkdir()
    for k, reader in enumerate(READERS.values()):
        for number, content in enumerate(reader.seeds):
            (corpus / f"{k}-{number}").write_bytes(bytes([k]) + content)

    def one(data: bytes) -> None:
        tally.one(data)
        if tally.taken.total() + tally.refused.total() == cases:
            print(tally.told(), flush=True)

    def mutated(data: bytes, most: int, chosen: int) -> bytes:
        chance = random.Random(chosen)
        changed = data[:1] + damaged(data[1:], chance) if chance.random() < 0.7 else atheris.Mutate(data, most)
        return changed[:most]

    flags = [f"-runs={cases}", f"-seed={seed}", f"-max_len={LONGEST_FILE}", "-verbosity=0", str(corpus)]
    atheris.Setup([sys.argv[0], *flags], one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
