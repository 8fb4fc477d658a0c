# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the inputs rest on: inputs of the shipped files, counted by evidence level."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LEVELS = ("V", "K", "D", "U", "working value")


def levels(folder: Path, but: tuple[str, ...] = ("published.toml",)) -> dict[str, Counter[str]]:
    """Count inputs by evidence level, for each TOML file below a folder."""
    counted = {}
    for file in sorted(folder.rglob("*.toml")):
        own = Counter(_levels(tomllib.loads(file.read_text("utf-8"))))
        if own and file.name not in but:
            counted[file.relative_to(ROOT).as_posix()] = own
    return counted


def _levels(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("evidence"), str):
            yield part["evidence"]
        for value in part.values():
            yield from _levels(value)
    elif isinstance(part, list):
        for value in part:
            yield from _levels(value)


def evidence_table(_: str = "") -> str:
    """Table of evidence levels by file, with the share of working values."""
    counted = {**levels(ROOT / "meshes"), **levels(ROOT / "loadcases")}
    total: Counter[str] = sum(counted.values(), Counter())
    lines = ["| file | share of working values | " + " | ".join(LEVELS) + " |", "|---|" + "---|" * (len(LEVELS) + 1)]
    for name, own in (*((f"`{name}`", own) for name, own in counted.items()), ("**all**", total)):
        share = f"{100 * own['working value'] / own.total():.0f} %"
        lines.append(f"| {name} | {share} | " + " | ".join(str(own[level] or "") for level in LEVELS) + " |")
    return "\n".join(lines)
