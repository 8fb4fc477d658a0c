# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the inputs rest on: marked inputs of the shipped files, counted by evidence level."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LEVELS = ("V", "K", "D", "U", "working value")


def levels(folder: Path, but: tuple[str, ...] = ("published.toml",)) -> dict[str, Counter[str]]:
    """Count marked inputs by evidence level, for each TOML file below a folder."""
    counted = {}
    for file in sorted(folder.rglob("*.toml")):
        marks = Counter(_marks(tomllib.loads(file.read_text("utf-8"))))
        if marks and file.name not in but:
            counted[file.relative_to(ROOT).as_posix()] = marks
    return counted


def _marks(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("evidence"), str):
            yield part["evidence"]
        for value in part.values():
            yield from _marks(value)
    elif isinstance(part, list):
        for value in part:
            yield from _marks(value)


def evidence_table(_: str = "") -> str:
    """Table of evidence levels by file, with the share of working values."""
    counted = {**levels(ROOT / "meshes"), **levels(ROOT / "loadcases")}
    total: Counter[str] = sum(counted.values(), Counter())
    lines = ["| file | share of working values | " + " | ".join(LEVELS) + " |", "|---|" + "---|" * (len(LEVELS) + 1)]
    for name, marks in (*((f"`{name}`", marks) for name, marks in counted.items()), ("**all**", total)):
        share = f"{100 * marks['working value'] / marks.total():.0f} %"
        lines.append(f"| {name} | {share} | " + " | ".join(str(marks[level] or "") for level in LEVELS) + " |")
    return "\n".join(lines)
