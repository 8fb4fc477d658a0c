# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The rooms of the Python reference: a page for each, by construction, and a table of all."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import fea

UNLISTED = {"__main__", "cli", "loadcases", "meshes"}
"""What no page of the Python reference shows: the command line has its own page, the others hold data."""


def rooms() -> dict[str, bool]:
    """Rooms and loose modules of ``fea``, by name: whether it is a package."""
    return {m.name: m.ispkg for m in pkgutil.iter_modules(fea.__path__) if m.name not in UNLISTED}


def write_rooms(folder: Path) -> None:
    """Write a page for each room and loose module, and remove those of rooms that are gone."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in rooms():
            old.unlink()
    for name, is_package in rooms().items():
        # A package lists what its face hands on, a module what it defines.
        option = _without_others(name) if is_package else "\n   :no-imported-members:"
        text = f"# fea.{name}\n\n```{{eval-rst}}\n.. automodule:: fea.{name}{option}\n```\n"
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _without_others(name: str) -> str:
    """Option that leaves out what the face of a room hands on from another room, which tells it."""
    room = importlib.import_module(f"fea.{name}")
    others = [
        member
        for member in getattr(room, "__all__", ())
        if isinstance(found := getattr(room, member), type) and not found.__module__.startswith(room.__name__)
    ]
    return f"\n   :exclude-members: {', '.join(others)}" if others else ""


def room_table(_: str = "") -> str:
    """Table of rooms with the sentence that each opens with."""
    lines = ["| room | what it is |", "|---|---|"]
    for name in rooms():
        sentence = _plain((importlib.import_module(f"fea.{name}").__doc__ or "").strip().split("\n\n")[0])
        lines.append(f"| [`fea.{name}`](rooms/{name}.md) | {sentence} |")
    return "\n".join(lines)


def _plain(sentence: str) -> str:
    """Give a sentence of a docstring as Markdown on one line."""
    return " ".join(re.sub(r":\w+:`~?([^`]+)`", r"`\1`", sentence).replace("``", "`").split())
