# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Before a case is made: the shipped TOML files by name, read into tables, and changes of these by dotted path.

It needs nothing but the standard library, so that a command that only lists what there is answers at once.
"""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from fea.errors import InputError, unknown

Kind = Literal["bone", "activity", "tissue", "plan", "study", "cohort"]
Table = dict[str, Any]

_FOLDERS: Mapping[Kind, tuple[str, str]] = {
    "bone": ("fea.meshes", "."),
    "activity": ("fea.loadcases", "."),
    "tissue": ("fea.meshes", "tissue"),
    "plan": ("fea.loadcases", "plans"),
    "study": ("fea.loadcases", "studies"),
    "cohort": ("fea.loadcases", "cohorts"),
}
_LARGEST_FILE = 1_000_000
_MOST_PARTS = 32
_ENDLESS_KEY = re.compile(rb"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % _MOST_PARTS)
"""A dotted key on which tomllib, which is quadratic in its parts, would spend minutes."""


def names(kind: Kind) -> list[str]:
    """Return the names that the library ships, sorted.

    Examples
    --------
    >>> "tibia" in names("bone")
    True
    """
    return sorted(f.name.removesuffix(".toml") for f in folder_of(kind).iterdir() if f.name.endswith(".toml"))


def titles(kind: Kind | Literal["shoe", "carriage"]) -> dict[str, str]:
    """Return the title of each name that the library ships, without checking the rest of its file.

    Examples
    --------
    >>> titles("bone")["tibia"]
    'Right tibia, average man'
    """
    if kind == "shoe":
        tables = parsed(shared("footwear"), "footwear.toml")["shoes"]
    elif kind == "carriage":
        tables = parsed(shared("packs"), "packs.toml")["carriages"]
    else:
        tables = {name: read_table(kind, name) for name in names(kind)}
    return {name: str(table["title"]) for name, table in tables.items()}


def shared(name: str) -> Traversable:
    """Return a file that several activities share."""
    return importlib.resources.files("fea.loadcases") / "shared" / f"{name}.toml"


def read_table(kind: Kind, name: str) -> Table:
    """Return the table of a bone or an activity as its file has it, before it is checked.

    Raises
    ------
    fea.errors.InputError
        Unknown name, or unreadable file.
    """
    if name.endswith(".toml") or "/" in name:
        file = Path(name)
        if not _is_file(file):
            raise InputError(f"there is no {kind} file {name!r}.")
        return parsed(file, name)
    if name not in names(kind):
        raise unknown(kind, name, names(kind))
    return parsed(folder_of(kind) / f"{name}.toml", name)


def folder_of(kind: Kind) -> Traversable:
    """Return the folder in which the library keeps its files of a kind."""
    package, folder = _FOLDERS[kind]
    root = importlib.resources.files(package)
    return root if folder == "." else root / folder


def parsed(file: Traversable, name: str) -> Table:
    """Return the table of a TOML file, ``name`` being what messages call it.

    Raises
    ------
    fea.errors.InputError
        The file cannot be read, is too large, or is no TOML.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise InputError(f"{name!r} is too long; allowed: up to {_LARGEST_FILE} bytes.")
        if _ENDLESS_KEY.search(content):
            raise InputError(f"{name!r} has a key of {_MOST_PARTS} or more parts; no bone, activity or case has one.")
        return tomllib.loads(content.decode("utf-8-sig"))
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{name!r} cannot be read as TOML: {error}.") from None


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False


def parted(change: str) -> tuple[str, Any]:
    """Return path and value of a change as typed: ``key=value``."""
    path, separator, text = change.partition("=")
    if not separator or not path.strip():
        raise InputError(f"--set {change!r} is not of the form key=value.")
    return path.strip(), _value(text.strip(), path)


def changed(table: Table, path: str, value: Any) -> None:
    """Put a value in the place of the one that stands at a dotted path of a table.

    Raises
    ------
    fea.errors.InputError
        There is no such place.
    """
    *parents, last = path.split(".")
    node: Table = table
    for depth, part in enumerate([*parents, last]):
        if not isinstance(node, dict) or part not in node:
            prefix = ".".join(path.split(".")[:depth])
            known = node.keys() if isinstance(node, dict) else []
            raise unknown(f"key under {prefix!r}:" if prefix else "key", part, known)
        if depth < len(parents):
            node = node[part]
    node[last] = value


def _value(text: str, path: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        raise InputError(
            f"--set {path}={text[:80]}: the value must be a number, a quoted text or a list; units stand in the key."
        ) from None
