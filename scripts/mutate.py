# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""How many faults would the tests notice? Writes docs/tables/mutation.csv: the share of mutants killed in each room.

Usage: python scripts/mutate.py [--sample 300] [--seed 1] [--rooms ROOM ...] [--out FILE], or make mutate.
The tool is mutmut, which changes one operator, constant or argument of a function at a time; in which modules, and
which tests then run, stands in pyproject.toml. It leaves out properties and what stands outside of functions. In rooms
with more mutants than ``--sample`` so many are drawn at random. Survivors are printed; ``mutmut show NAME`` shows one.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "tables" / "mutation.csv"
SMALLEST = "fea.tissue.measures.*"
"""mutmut makes all mutants before it runs any; this runs a few."""
DEAD = ("killed", "timeout", "segfault")
"""What ran so long that it was stopped would have been noticed as well."""


def mutmut(*arguments: str) -> str:
    """Return what mutmut prints; with one thread, because its workers are forked and threads do not survive that."""
    program = Path(sys.executable).with_name("mutmut")
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [program, *arguments], cwd=ROOT, env=os.environ | threads, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"mutmut {arguments[0]} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def verdicts() -> dict[str, str]:
    """Return the verdict on every mutant by its name, such as ``fea.risk.repair.x_active__mutmut_3``."""
    lines = mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if "__mutmut_" in line)


def room(name: str) -> str:
    """Return the room of a mutant."""
    return name.split(".")[1]


def drawn(names: list[str], size: int, seed: int) -> dict[str, list[str]]:
    """Return at most ``size`` mutants of each room."""
    by_room: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        by_room[room(name)].append(name)
    return {key: random.Random(seed).sample(own, min(size, len(own))) for key, own in sorted(by_room.items())}


def main() -> None:
    """Draw, run, count, write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sample", type=int, default=300, help="mutants of each room at most")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--rooms", nargs="*", help="only these")
    asked.add_argument("--out", type=Path, default=TABLE)
    options = asked.parse_args()
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    mutmut("run", "--max-children", "1", SMALLEST)
    every = [name for name in verdicts() if not options.rooms or room(name) in options.rooms]
    total = Counter(map(room, every))
    chosen = drawn(every, options.sample, options.seed)
    rows = []
    for key, names in chosen.items():
        mutmut("run", "--max-children", "1", *names)
        found = verdicts()
        survivors = sorted(name for name in names if found[name] not in DEAD)
        print(f"{key}: {len(names) - len(survivors)} of {len(names)} killed", *survivors, sep="\n  ", flush=True)
        killed = len(names) - len(survivors)
        rows.append([key, total[key], len(names), killed, len(survivors), f"{killed / len(names):.3f}"])
    command = f"python scripts/mutate.py --sample {options.sample} --seed {options.seed}"
    with options.out.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["room", "mutants", "sampled", "killed", "survived", "share killed", "command"])
        table.writerows([*row, command] for row in rows)


if __name__ == "__main__":
    main()
