# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Before a case is made: the shipped TOML files by name, read into tables, and changes of these by dotted path.

It needs nothing but the standard library, so that a command that only lists what there is answers at once.
"""

from __future__ import annotations

import importlib.resources
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath
from typing import Any, Literal

from fea.errors import InputError, unknown

LibraryKind = Literal["bone", "activity", "tissue", "plan", "study", "cohort"]
DesignKind = Literal["shoe", "carriage"]
FileKind = LibraryKind | DesignKind | Literal["diary"]
TomlTable = dict[str, Any]

_FOLDERS: Mapping[LibraryKind, tuple[str, str]] = {
    "bone": ("fea.meshes", "."),
    "activity": ("fea.loadcases", "."),
    "tissue": ("fea.meshes", "tissue"),
    "plan": ("fea.loadcases", "plans"),
    "study": ("fea.loadcases", "studies"),
    "cohort": ("fea.loadcases", "cohorts"),
}
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,7}")
"""Of a file's name; what follows a dot in the name of a person or a version is longer, or a number."""
_ACTIVITIES = ("instant", "stance", "history", "opensim", "ground_force")
"""What files of activities have as their kind."""
_LARGEST_FILE = 1_000_000
_MOST_PARTS = 32
_ENDLESS_KEY = re.compile(rb"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % _MOST_PARTS)
"""A dotted key on which tomllib, which is quadratic in its parts, would spend minutes."""


def names(kind: LibraryKind) -> list[str]:
    """Names that the library ships, sorted.

    Examples
    --------
    >>> "tibia" in names("bone")
    True
    """
    return sorted(f.name.removesuffix(".toml") for f in folder_of(kind).iterdir() if f.name.endswith(".toml"))


def titles(kind: LibraryKind | Literal["shoe", "carriage"]) -> dict[str, str]:
    """Title of each name that the library ships, without a check of the rest of its file.

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
    """A file that several activities share."""
    return importlib.resources.files("fea.loadcases") / "shared" / f"{name}.toml"


def read_table(kind: LibraryKind, name: str) -> TomlTable:
    """Table of a bone or an activity as its file has it, before it is checked.

    Raises
    ------
    fea.errors.InputError
        Unknown name, or unreadable file.
    """
    if is_path(name):
        check_file(kind, name, (".toml",))
        table = parsed(Path(name), name)
        own = _kind_of(table)
        if own not in (None, kind):
            raise InputError(f"{name!r} holds {_with_article(own)}, not {_with_article(kind)}.")
    elif name not in names(kind):
        raise unknown(kind, name, names(kind))
    else:
        table = parsed(folder_of(kind) / f"{name}.toml", name)
    return _with_shape_model(table) if kind == "bone" else table


def read_design(kind: DesignKind, name: str) -> TomlTable:
    """Table of a design of the user's own, before it is checked.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, or one that holds something else.
    """
    check_file(kind, name, (".toml",))
    table = parsed(Path(name), name)
    other = _kind_of(table)
    if other not in (None, kind):
        raise InputError(f"{name!r} holds {_with_article(other)}, not {_with_article(kind)}.")
    return table


def beside(folder: Path | None, name: str) -> str:
    """Path of a file that a file in ``folder`` names: beside that file if it is there, else as it stands."""
    if folder is None or not is_path(name) or Path(name).is_absolute():
        return name
    place = folder / name
    return str(place) if place.exists() else name


def _with_shape_model(table: TomlTable) -> TomlTable:
    """Table of a bone with the shape model that it names, and the mean of every mode it does not set."""
    model = table.get("shape_model")
    if isinstance(model, str):
        place = folder_of("bone") / "shape"
        known = sorted(file.name.removesuffix(".toml") for file in place.iterdir())
        if model not in known:
            raise unknown("shape model", model, known)
        model = parsed(place / f"{model}.toml", f"{model}.toml")
    if not isinstance(model, dict):
        return table
    modes, own = model.get("modes"), table.get("shape", {})
    if isinstance(modes, dict) and isinstance(own, dict):
        own = dict.fromkeys(modes, 0.0) | own
    return table | {"shape_model": model, "shape": own}


def is_path(name: str) -> bool:
    """Whether a text is the path of a file, with a folder or an ending, and no name of the library.

    Examples
    --------
    >>> is_path("mine.toml"), is_path("data/mine"), is_path("tibia")
    (True, True, False)
    """
    return "/" in name or os.sep in name or bool(_ENDING.fullmatch(_ending(name)))


def check_file(kind: FileKind, name: str, endings: Sequence[str]) -> None:
    """Refuse the path of a file that is of another kind, or is not there.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    ending, file = _ending(name), Path(name)
    read = f"{_with_article(kind)} is read from {' and '.join(filter(None, (', '.join(endings[:-1]), endings[-1])))}"
    if _is(file, Path.is_dir):
        raise InputError(f"{name!r} is a folder; {read}.")
    if _ENDING.fullmatch(ending) and ending not in endings:
        raise InputError(f"{name!r} is a {ending} file; {read}.")
    if not _is(file, Path.is_file):
        raise InputError(f"there is no {kind} file {name!r}.")


def _kind_of(table: TomlTable) -> LibraryKind | DesignKind | None:
    """What a table says that it is; None if it does not say so."""
    if "kind" not in table and {"bone", "sections"} <= table.keys():
        return "bone"
    kind = table.get("kind")
    known: tuple[LibraryKind | DesignKind, ...] = ("tissue", "plan", "study", "cohort", "shoe", "carriage")
    return "activity" if kind in _ACTIVITIES else next((own for own in known if own == kind), None)


def _with_article(kind: FileKind | None) -> str:
    return f"an {kind}" if kind == "activity" else f"a {kind}"


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def folder_of(kind: LibraryKind) -> Traversable:
    """Folder in which the library keeps its files of a kind."""
    package, folder = _FOLDERS[kind]
    root = importlib.resources.files(package)
    return root if folder == "." else root / folder


def parsed(file: Traversable, name: str) -> TomlTable:
    """Table of a TOML file, ``name`` being what messages call it.

    Raises
    ------
    fea.errors.InputError
        The file cannot be read, is too large, or is no TOML.
    """
    try:
        if isinstance(file, Path) and file.exists() and not file.is_file():  # a pipe would be waited for
            raise InputError(f"{name!r} is no file.")
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


def is_folder(place: Path) -> bool:
    """Whether there is such a folder; no name is too long or too odd to ask."""
    return _is(place, Path.is_dir)


def _is(file: Path, what: Callable[[Path], bool]) -> bool:
    try:
        return what(file)
    except (OSError, ValueError):
        return False


def parted(change: str) -> tuple[str, Any]:
    """Path and value of a change as typed: ``key=value``."""
    path, separator, text = change.partition("=")
    if not separator or not path.strip():
        raise InputError(f"the change {change!r} is not of the form key=value.")
    return path.strip(), _value(text.strip(), path)


def changed(table: TomlTable, path: str, value: Any) -> None:
    """Put a value in the place of the one that stands at a dotted path of a table.

    Raises
    ------
    fea.errors.InputError
        There is no such place.
    """
    parts = path.split(".")
    node: Any = table
    for depth, part in enumerate(parts):
        above = ".".join(parts[:depth])
        if not isinstance(node, dict):
            raise InputError(f"{above!r} is {node!r}, which has no keys; {part!r} cannot stand under it.")
        rest = ".".join(parts[depth:])
        if depth == len(parts) - 1 or _number(rest) is not None:  # a level may have a dot in it
            _put(node, _level(node, rest) or rest, value, above)
            return
        key = _level(node, part)
        if key is None:
            raise _unknown_key(node, part, above)
        node = node[key]


def _put(node: TomlTable, key: str, value: Any, above: str) -> None:
    """Put a value in the place of one that exists."""
    if key not in node:
        raise _unknown_key(node, key, above)
    if isinstance(node[key], dict) and not isinstance(value, dict):
        path = f"{above}.{key}" if above else key
        raise InputError(f"{path!r} holds keys, not a value; name one of them: {', '.join(_sorted(node[key]))}.")
    node[key] = value


def _level(node: TomlTable, part: str) -> str | None:
    """Key of a table that is written so, or is the same number: level 50 is also 50.0; None where there is none."""
    if part in node:
        return part
    number = _number(part)
    return next((key for key in node if number is not None and _number(key) == number), None)


def _unknown_key(node: TomlTable, part: str, above: str) -> InputError:
    if above and node and all(_number(key) is not None for key in node):
        return InputError(
            f"there is no level {part!r} under {above!r}; known, in percent of the length: {', '.join(_sorted(node))}."
        )
    return unknown(f"key under {above!r}:" if above else "key", part, node)


def _sorted(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=lambda key: (_number(key) or 0.0, key))


def _number(key: str) -> float | None:
    try:
        return float(key)
    except ValueError:
        return None


def _value(text: str, path: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        raise InputError(
            f"the change {path}={text[:80]}: the value must be a number, a quoted text or a list; "
            "units stand in the key."
        ) from None
