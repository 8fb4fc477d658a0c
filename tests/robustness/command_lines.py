# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Random command lines, legal and illegal, drawn from what the command line says of itself.

Commands and options are read from cyclopts, so a new one is drawn as soon as it exists: by its type, or by the words
of ``LEGAL`` if it is named there. Paths mean files of the place that ``commands`` lays out; none leads out of it.
"""

from __future__ import annotations

import io
import json
import random
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType, NoneType
from typing import Any, Literal, get_args, get_origin

from fea.cli import app


def _listed() -> dict[str, tuple[str, ...]]:
    """The names that ``bonefea list`` shows, by kind."""
    with redirect_stdout(io.StringIO()) as said:
        app(["list", "--json"], result_action="return_value")
    return {kind: tuple(entries) for kind, entries in json.loads(said.getvalue()).items()}


LISTED = _listed()
Kind = Literal["flag", "count", "number", "choice", "text", "path"]
KINDS: dict[Any, Kind] = {bool: "flag", int: "count", float: "number", str: "text", Path: "path"}

FOLDERS = ("run", "run2", "plan", "comparison", "study", "app", "empty", "link", "dangling", "guard", "a b")
FILES = ("mine.toml", "mine.csv", "notes.txt", "two.toml", "link/mine.toml", "link/loads.csv", "pipe")
GUARD = ("app", "thesis.txt", "mine.toml", "loads.csv", "device")
"""What is there, and must not change; reached as ``../guard`` and through ``link``."""
PATHS = (*FOLDERS, *FILES, *(f"../guard/{name}" for name in GUARD), *(f"PLACE/guard/{name}" for name in GUARD))
NEW = ("new", "new/deep/er", "new.csv", "new.msh", "new.vtu", "new.inp", "new.stl", "new.gif", "new.mp4", "new.html")
NOWHERE = ("nowhere", "nowhere.toml", "nowhere/at/all", "run/manifest.json/x", ".", "..", "", " ", "~/x", "n" * 300)
ODD = ("-", "--", "-1", "=", "=1+1", "a\nb", "\x1b[31m", "\udcff", "é", "$(touch pwned)", "*", "%s", "{}", "null", "[]")
ODD_NUMBERS = (
    "nan",
    "inf",
    "-inf",
    "-1",
    "0",
    "-0.0",
    "1e308",
    "1e-308",
    "1e999",
    "1_0",
    "0x10",
    "3,5",
    "٣",
    "9" * 400,
)
ODD_COUNTS = ("0", "-1", "1.5", "1e3", "1_0", "9" * 20, "9" * 5000, "nan", "٣")
NUMBERS, COUNTS = ("1", "0.5", "2.5", "10"), ("1", "2", "3")
BONES = ("metatarsal2",) * 8 + ("tibia", "metatarsal5", "mine.toml")
LEGAL: dict[str, tuple[str, ...]] = {
    "bone": BONES,
    "activity": (*LISTED["activities"], "mine.csv"),
    "activities": (*LISTED["activities"], "mine.csv", "link/loads.csv"),
    "plan": LISTED["plans"],
    "study": ("two.toml", *LISTED["studies"]),
    "what": (*BONES, "run", "run2"),
    "beside": ("run", "metatarsal2"),
    "dir": ("run", "run2", "plan", "comparison", "study"),
    "folder": ("run", "run2"),
    "a": ("run", "study", "study@mass=60"),
    "b": ("run2", "study@mass=70", "run"),
    "compare": LISTED["plans"],
    "size": ("3",),
    "sizes": ("4", "3.5", "3"),
    "mass": ("70", "55.5"),
    "speed": ("1.2", "4", "12km/h", "5:30"),
    "height": ("0.4",),
    "step-rate": ("110", "180"),
    "pack": ("0", "20"),
    "carriage": LISTED["carriage"],
    "footwear": LISTED["footwear"],
    "tissue": LISTED["tissue"],
    "t-score": ("-2.5", "0"),
    "age": ("60",),
    "life-law": ("carter_caler",),
    "samples": ("0", "16"),
    "set": ("length_mm=75", "title=x"),
    "load": ("mine.csv", "link/loads.csv"),
    "out": (*NEW, "run", "run2", "plan", "comparison", "study", "empty"),
    "export": ("new.csv",),
    "scheduler": ("tcp://127.0.0.1:9",),
    "port": ("0",),
    "frames": ("2", "3"),
    "tolerance": ("1e-6", "1"),
    "coarser": ("4",),
}
"""Words that an option or an argument takes, by its name; others get those of their kind."""
OF_KIND = {"count": COUNTS, "number": NUMBERS, "text": NUMBERS + PATHS, "path": NEW + PATHS}
ODD_OF_KIND = {"count": ODD_COUNTS, "number": ODD_NUMBERS, "text": NOWHERE + PATHS, "path": NOWHERE + PATHS}
SLOW = {"validate": 1, "view": 2, "study": 5, "doctor": 1, "plan": 4, "converge": 5, "list": 2}
"""Weights of commands that take long where they are legal; others have 10."""
LOOKED_AT: dict[Kind, float] = {"flag": 0.1, "choice": 0.2}
"""How much more seldom values are odd that the parser refuses before bonefea sees them."""


@dataclass(frozen=True)
class Option:
    """An option or an argument of a command; ``spellings`` are its names on the command line, none for an argument."""

    name: str
    kind: Kind
    choices: tuple[str, ...]
    spellings: tuple[str, ...]
    many: bool
    required: bool


@dataclass(frozen=True)
class Line:
    """A command line without its ``bonefea``, and the options of which command it has."""

    words: tuple[str, ...]
    command: str = ""
    options: frozenset[str] = frozenset()


def _kind(hint: Any) -> tuple[Kind, tuple[str, ...]]:
    if get_origin(hint) is Literal:
        return "choice", get_args(hint)
    inner = [part for part in get_args(hint) if part not in (NoneType, Ellipsis, EllipsisType)]
    return _kind(inner[0]) if inner else (KINDS.get(hint, "text"), ())


def _options(command: str) -> list[Option]:
    found = []
    for argument in app[command].assemble_argument_collection():
        if argument.children:  # a record whose fields are the options, which follow
            continue
        kind, choices = _kind(argument.hint)
        positional = argument.field_info.kind.name.startswith("POSITIONAL")
        found.append(
            Option(
                name=argument.names[0].lstrip("-").lower(),
                kind=kind,
                choices=choices,
                spellings=() if positional else tuple(argument.names),
                many=argument.token_count()[1],
                required=argument.required,
            )
        )
    return found


# A group, such as `bonefea bone`, takes no arguments; its commands read files that have fuzzers of their own.
_CALLED = [name for name in app if not name.startswith("-") and app[name].default_command]
COMMANDS = {command: _options(command) for command in _CALLED}


def _legal(option: Option, chance: random.Random) -> str:
    if option.kind == "choice":
        return chance.choice(option.choices)
    if option.name in LEGAL:
        return chance.choice(LEGAL[option.name])
    return chance.choice(OF_KIND[option.kind])


def _word(option: Option, odd: float, chance: random.Random) -> str:
    """A value of an option: of its kind but not meant, or odd altogether, with the probability ``odd``."""
    if chance.random() >= odd:
        return _legal(option, chance)
    return chance.choice(ODD if chance.random() < 0.3 else ODD_OF_KIND.get(option.kind, NOWHERE))


def _given(option: Option, odd: float, chance: random.Random) -> list[str]:
    """An option as it stands on the command line, with its value or values."""
    if option.kind == "flag" and option.spellings:
        flag = chance.choice(option.spellings)
        return [f"{flag}={chance.choice(ODD)}" if chance.random() < odd else flag]
    words = [_word(option, odd, chance) for _ in range(chance.choice((1, 1, 2, 3)) if option.many else 1)]
    if option.name == "sizes" and chance.random() >= odd:
        words = list(LEGAL["sizes"])
    if not option.spellings:
        return words
    name = option.spellings[0]
    return [f"{name}={words[0]}", *words[1:]] if chance.random() < 0.3 else [name, *words]


def _spoilt(words: list[str], chance: random.Random) -> list[str]:
    """The words of a command line with one dropped, doubled, added or moved."""
    at = chance.randrange(len(words) + 1)
    foreign = chance.choice([o for options in COMMANDS.values() for o in options if o.spellings])
    return chance.choice(
        (
            words[:at] + words[at + 1 :],
            words[:at] + words[at : at + 1] * 2 + words[at + 1 :],
            [*words[:at], chance.choice((*ODD, *PATHS)), *words[at:]],
            [*words[:at], foreign.spellings[0], *words[at:]],
            [*words, chance.choice(("--sice", "--help", "--version", "-h", "--", "-o", "--no-json"))],
            chance.sample(words, len(words)),
        )
    )


def _cheap(command: str, words: list[str], chance: random.Random) -> list[str]:
    """The words with what keeps a legal command short: coarse meshes, few people, plans of large studies only."""
    options = {option.name for option in COMMANDS[command]}
    given = {word.partition("=")[0] for word in words}
    if "size" in options and "--size" not in given and not given & {"run", "run2"}:
        words = [*words, "--size", "3"]
    if command == "converge":  # three meshes of a tibia take minutes
        words = ["metatarsal2" if word.startswith("tibia") else word for word in words]
    if any(word.startswith("tibia") for word in words):
        words = ["6" if word == "3" else word.replace("--size=3", "--size=6") for word in words]
    if "samples" in options and "--samples" not in given:
        words = [*words, "--samples", "16"]
    if command == "study" and "two.toml" not in given and "--dry-run" not in given:
        words = [*words, "--dry-run"]
    if command == "animate" and "--frames" not in given:
        words = [*words, "--frames", "2"]
    if command == "validate" and "--coarser" not in given:  # all bones, for minutes
        words = [*words, "--coarser", chance.choice(ODD_NUMBERS)]
    if command == "converge" and "--sizes" not in given:
        words = [*words, "--sizes", *LEGAL["sizes"]]
    return words


def drawn(chance: random.Random) -> Line:
    """A random command line; in seven of eight at least one value is odd, so that most end in a check of the input."""
    if chance.random() < 0.02:
        return Line(tuple(chance.choice((*ODD, *PATHS, "--help", "--version")) for _ in range(chance.randrange(3))))
    command = chance.choices(list(COMMANDS), [SLOW.get(name, 10) for name in COMMANDS])[0]
    arguments = [o for o in COMMANDS[command] if not o.spellings and (o.required or chance.random() < 0.9)]
    keywords = [o for o in COMMANDS[command] if o.spellings]
    chosen = chance.sample(keywords, min(len(keywords), chance.choice((0, 1, 2, 2, 3, 5))))
    chosen += [option for option in keywords if option.required and option not in chosen]
    odd = {option: chance.choice((0.0, 0.1, 0.3)) * LOOKED_AT.get(option.kind, 1.0) for option in (*arguments, *chosen)}
    checked = [option for option in odd if option.kind not in LOOKED_AT]
    if chance.random() < 0.12:
        odd = dict.fromkeys(odd, 0.0)
    elif checked:
        odd[chance.choice(checked)] = 1.0
    words = [word for option in arguments for word in _given(option, odd[option], chance)]
    parts = [_given(option, odd[option], chance) for option in chosen]
    at = chance.randrange(len(parts) + 1) if chance.random() < 0.2 else 0
    words = [*(w for part in parts[:at] for w in part), *words, *(w for part in parts[at:] for w in part)]
    if chance.random() < 0.15 * max(odd.values(), default=0.0):
        words = _spoilt(words, chance)
    words = _cheap(command, words, chance)
    return Line((command, *words), command, frozenset(option.name for option in odd))
