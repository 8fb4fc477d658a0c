# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From TOML files to tables to checked records; changes of tables by dotted path."""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fea.case.description import Record
from fea.errors import InputError, unknown

Kind = Literal["bone", "activity", "tissue", "plan"]
Table = dict[str, Any]

_FOLDERS: Mapping[Kind, tuple[str, str]] = {
    "bone": ("fea.meshes", "."),
    "activity": ("fea.loadcases", "."),
    "tissue": ("fea.meshes", "tissue"),
    "plan": ("fea.loadcases", "plans"),
}
_UNITS = {"deg", "kg", "km", "m", "mm"}
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


def titles(kind: Kind) -> dict[str, str]:
    """Return the title of each name that the library ships, without checking the rest of its file.

    Examples
    --------
    >>> titles("bone")["tibia"]
    'Right tibia'
    """
    return {name: str(read_table(kind, name)["title"]) for name in names(kind)}


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
        return tomllib.loads(content.decode())
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


def checked[R: Record](record: type[R], table: Mapping[str, Any], what: str) -> R:
    """Return ``table`` as a record, or raise one sentence that names the first mistake.

    Raises
    ------
    fea.errors.InputError
        The table does not fit the record.
    """
    try:
        return record.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        names = [str(part) for part in first["loc"] if part != "[key]"]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "there is no such key"
        elif allowed := _allowed(record, names):
            message = f"allowed: {allowed}"
        given = first.get("input")
        value = f" is {given!r}" if isinstance(given, int | float | str) else ""
        where = f": {'.'.join(names)}{value}" if names else ""
        raise InputError(f"{what}{where}; {message}.") from None


def _allowed(record: type[BaseModel], names: Sequence[str]) -> str:
    """Return the range of a number deep inside a record, in the unit of its key; empty if it has none."""
    path = iter(names[:-1])
    for name in path:
        inner = record.model_fields[name].annotation if name in record.model_fields else None
        if get_origin(inner) is dict:
            inner = get_args(inner)[1]
            next(path, None)
        elif get_origin(inner) is tuple:
            inner = get_args(inner)[0]
            next(path, None)
        if isinstance(inner, UnionType):
            tag = next(path, None)
            members = (m for m in get_args(inner) if isinstance(m, type) and "kind" in getattr(m, "model_fields", ()))
            inner = next((m for m in members if tag in get_args(m.model_fields["kind"].annotation)), None)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return ""
        record = inner
    if not names or names[-1] not in record.model_fields:
        return ""
    limits = {}
    field = record.model_fields[names[-1]]
    parts: tuple[Any, ...] = get_args(field.annotation) if get_origin(field.annotation) in (Union, UnionType) else ()
    optional = [m for part in parts for inner in getattr(part, "__metadata__", ()) for m in inner.metadata]
    for limit in (*field.metadata, *optional):
        for sign in ("gt", "ge", "lt", "le"):
            if getattr(limit, sign, None) is not None:
                limits[sign] = getattr(limit, sign)
    low = f"above {limits['gt']:g}" if "gt" in limits else f"{limits['ge']:g}" if "ge" in limits else ""
    high = f"below {limits['lt']:g}" if "lt" in limits else f"{limits['le']:g}" if "le" in limits else ""
    unit = names[-1].rpartition("_")[2]
    return " to ".join(part for part in (low, high) if part) + (f" {unit}" if limits and unit in _UNITS else "")
