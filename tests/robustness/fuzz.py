# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Feed every reader of bonefea with damaged and hostile files; each must read them or refuse them in one sentence.

With atheris (pip install atheris) the fuzzer watches which lines of the readers a file reaches and keeps what reaches
new ones; without it, shipped files are damaged at random. Each reader has a process of its own. A reader fails if it
raises anything but its own refusal, takes longer than five seconds, needs more than 2 GiB more, writes a file, or ends
or hangs its process; the file that did it is kept, the rest goes on, and the exit code is 1.
Usage: python -m tests.robustness.fuzz [CASES] [SEED] [READER ...]
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

try:
    import atheris
except ImportError:  # the fuzzer is not needed for anything else
    atheris = None

if atheris is not None:
    with atheris.instrument_imports(include=["fea", "tomllib", "csv", "json"]):
        from tests.robustness import hostile
else:
    from tests.robustness import hostile

MOST_GROWTH_MIB = 2048.0
STILL_S = 60.0
MOST_FAILURES = 5
KEPT = Path(tempfile.gettempdir())


@dataclass
class Tally:
    """What became of the cases of one reader."""

    read: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    growth_mib: float = 0.0
    failure: str = ""

    @property
    def cases(self) -> int:
        """How many were tried without a failure."""
        return self.read + self.refused


def peak_mib() -> float:
    """Return the largest memory of the process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


class Trial:
    """Cases of one reader in this process; ``tally.json`` says at each moment what became of them."""

    def __init__(self, name: str, cases: int, place: Path) -> None:
        self.name, self.cases, self.place = name, cases, place
        self.scratch, self.tally, self._begin_mib = place / "scratch", Tally(), peak_mib()
        self.scratch.mkdir()
        os.chdir(self.scratch)

    def one(self, data: bytes) -> None:
        """Try one content unless all are done."""
        tally, begin = self.tally, time.process_time()
        if tally.cases >= self.cases:
            return
        try:
            taken = hostile.attempt(self.name, data, self.scratch)
            tally.growth_mib = max(0.0, peak_mib() - self._begin_mib)
            assert tally.growth_mib < MOST_GROWTH_MIB, f"memory grew by {tally.growth_mib:.0f} MiB"
        except BaseException as error:
            tally.failure = f"{type(error).__name__}: {error}"
            (self.place / "failed").write_bytes(data)
            (self.place / "traceback.txt").write_text(traceback.format_exc(), encoding="utf-8")
            self._tell()
            raise
        tally.read += taken
        tally.refused += not taken
        tally.slowest_s = max(tally.slowest_s, time.process_time() - begin)
        if tally.cases % 20 == 0 or tally.cases == self.cases:
            self._tell()

    def _tell(self) -> None:
        (self.place / "new").write_text(json.dumps(asdict(self.tally)), encoding="utf-8")
        (self.place / "new").replace(self.place / "tally.json")

    def at_random(self, seed: int) -> None:
        """Try damaged files that chance chooses."""
        chance = random.Random(seed)
        for _ in range(self.cases):
            self.one(hostile.damaged(chance.choice(hostile.READERS[self.name].seeds), chance))

    def guided(self, seed: int) -> None:
        """Let atheris choose."""
        corpus, seeds = self.place / "corpus", hostile.READERS[self.name].seeds
        corpus.mkdir()
        for number, content in enumerate(seeds):
            (corpus / str(number)).write_bytes(content)

        def mutated(data: bytes, most: int, chosen: int) -> bytes:
            # What reached new lines is mostly refused at once; whole files, damaged little, get further.
            chance = random.Random(chosen)
            begin = data if chance.random() < 0.5 else chance.choice(seeds)
            return (hostile.damaged(begin, chance) if chance.random() < 0.7 else atheris.Mutate(begin, most))[:most]

        # It runs what it begins with on top; those beyond the number are not tried.
        flags = [f"-runs={self.cases}", f"-seed={seed}", f"-max_len={hostile.LONGEST_FILE}", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *flags, "-timeout=0", str(corpus)], self.one, custom_mutator=mutated)
        atheris.Fuzz()


def one_process(name: str, cases: int, seed: int) -> Tally:
    """Try cases of one reader in a process of its own, which is killed when it stands still."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        place = Path(folder)
        sys.stdout.flush()
        number = os.fork()
        if not number:
            code = 1
            try:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
                trial = Trial(name, cases, place)
                trial.at_random(seed) if atheris is None else trial.guided(seed)
                code = 0
            finally:
                os._exit(code)
        status = _watched(number, place / "tally.json")
        tally = Tally()
        if (place / "tally.json").is_file():
            tally = Tally(**json.loads((place / "tally.json").read_text(encoding="utf-8")))
        if tally.cases < cases and not tally.failure:
            tally.failure = f"the process ended with status {status}"
            left = [file for file in place.glob("scratch/*/**/*") if file.name == hostile.READERS[name].file]
            if left:
                shutil.copy(left[0], place / "failed")
        if tally.failure:
            for file in ("failed", "traceback.txt"):
                if (place / file).is_file():
                    shutil.copy(place / file, KEPT / f"bonefea-fuzz-{name.replace(' ', '-')}-{seed}-{file}")
    return tally


def _watched(number: int, tally: Path) -> int:
    """Wait for a process, and kill it when its tally has not changed for a minute."""
    last, since = 0, time.monotonic()
    while True:
        done, status = os.waitpid(number, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        now = tally.stat().st_mtime_ns if tally.is_file() else 0
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > STILL_S + 20 * hostile.LONGEST_S:
            os.kill(number, signal.SIGKILL)
        time.sleep(0.05)


def main(cases: int, seed: int, names: list[str]) -> int:
    """Try as many cases, divided among readers by their shares; return the exit code."""
    hostile.begin()
    print("coverage-guided (atheris)" if atheris is not None else "random damage (atheris is not installed)")
    shares = sum(hostile.READERS[name].share for name in names)
    total, failures, slowest = 0, 0, 0.0
    for name in names:
        left = -(-cases * hostile.READERS[name].share // shares)
        for again in range(MOST_FAILURES):
            tally = one_process(name, left, seed + again)
            total, left, slowest = total + tally.cases, left - tally.cases, max(slowest, tally.slowest_s)
            print(
                f"{name}: {tally.read} read, {tally.refused} refused, slowest {tally.slowest_s:.2f} s, "
                f"memory grew by {tally.growth_mib:.0f} MiB",
                flush=True,
            )
            if not tally.failure:
                break
            failures += 1
            kept = KEPT / f"bonefea-fuzz-{name.replace(' ', '-')}-{seed + again}-failed"
            print(f"FAIL {name}: {tally.failure}; the file is {kept}", flush=True)
    print(f"{total} cases, {failures} failures, slowest {slowest:.2f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 1,
            sys.argv[3:] or list(hostile.READERS),
        )
    )
