# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Read records from the shipped TOML files or from the user's own, with overrides by dotted path."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fea.case.activity import Activity
from fea.case.description import BoneDescription, Record
from fea.case.request import Case
from fea.errors import InputError, unknown

Kind = Literal["bone", "activity"]
Table = dict[str, Any]

_FOLDERS: Mapping[Kind, str] = {"bone": "fea.meshes", "activity": "fea.loadcases"}
_UNITS = {"deg", "kg", "m", "mm"}
_LARGEST_FILE = 1_000_000


def names(kind: Kind) -> list[str]:
    """Return the names that the library ships, sorted.

    Examples
    --------
    >>> "tibia" in names("bone")
    True
    """
    files = importlib.resources.files(_FOLDERS[kind]).iterdir()
    return sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml"))


def read_bone(name: str, changes: Sequence[str] = ()) -> BoneDescription:
    """Return a bone of the library, or of the user's own file, with ``key=value`` changes applied.

    Parameters
    ----------
    name : str
        A name that :func:`names` lists, or a path ending in ``.toml``.
    changes : sequence of str
        Such as ``"length_mm=350"`` or ``"sections.width_ap_mm.at.50=28"``.

    Raises
    ------
    fea.errors.InputError
        Unknown name or key, unreadable file, or a value outside its range.
    """
    table = _table("bone", name)
    for change in changes:
        _apply(table, change)
    return checked(BoneDescription, table, f"bone {name!r}")


def read_activity(name: str) -> Activity:
    """Return a load case of the library, or of the user's own file.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, or a value outside its range.
    """
    return checked(Activity, _table("activity", name), f"activity {name!r}")


def read_case(file: Path) -> Case:
    """Return the resolved case that a run folder keeps in ``case.toml``.

    Raises
    ------
    fea.errors.InputError
        Unreadable file or a value outside its range.
    """
    return checked(Case, _parsed(file, str(file)), f"case {str(file)!r}")


def resolved(
    bone: str,
    activity: str,
    *,
    body_mass_kg: float = 70.0,
    size_mm: float | None = None,
    changes: Sequence[str] = (),
) -> Case:
    """Return the case of a bone and an activity, by names of the library or paths.

    Parameters
    ----------
    bone, activity : str
        What :func:`read_bone` and :func:`read_activity` take.
    body_mass_kg : float
        Body mass in kg, 20 to 250.
    size_mm : float, optional
        Edge length of the elements in mm; by default that of the bone's file.
    changes : sequence of str
        ``key=value`` changes of the bone.

    Raises
    ------
    fea.errors.InputError
        Anything unknown, out of range, or a load on a region that the bone lacks.
    """
    description = read_bone(bone, changes)
    size = description.size_mm * description.magnification if size_mm is None else size_mm
    table = {
        "bone": description,
        "activity": read_activity(activity),
        "body_mass_kg": body_mass_kg,
        "size_mm": size,
    }
    return checked(Case, table, "the case")


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
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return ""
        record = inner
    if not names or names[-1] not in record.model_fields:
        return ""
    limits = {}
    for limit in record.model_fields[names[-1]].metadata:
        for sign in ("gt", "ge", "lt", "le"):
            if getattr(limit, sign, None) is not None:
                limits[sign] = getattr(limit, sign)
    low = f"above {limits['gt']:g}" if "gt" in limits else f"{limits['ge']:g}" if "ge" in limits else ""
    high = f"below {limits['lt']:g}" if "lt" in limits else f"{limits['le']:g}" if "le" in limits else ""
    unit = names[-1].rpartition("_")[2]
    return " to ".join(part for part in (low, high) if part) + (f" {unit}" if limits and unit in _UNITS else "")


def _table(kind: Kind, name: str) -> Table:
    if name.endswith(".toml") or "/" in name:
        file = Path(name)
        if not file.is_file():
            raise InputError(f"there is no {kind} file {name!r}.")
        return _parsed(file, name)
    if name not in names(kind):
        raise unknown(kind, name, names(kind))
    return _parsed(importlib.resources.files(_FOLDERS[kind]) / f"{name}.toml", name)


def _parsed(file: Traversable, name: str) -> Table:
    try:
        content = file.read_bytes()
        if len(content) > _LARGEST_FILE:
            raise InputError(f"{name!r} has {len(content)} bytes; allowed: up to {_LARGEST_FILE}.")
        return tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{name!r} cannot be read as TOML: {error}.") from None


def _apply(table: Table, change: str) -> None:
    path, separator, text = change.partition("=")
    if not separator or not path.strip():
        raise InputError(f"--set {change!r} is not of the form key=value.")
    *parents, last = path.strip().split(".")
    node: Table = table
    for depth, part in enumerate([*parents, last]):
        if not isinstance(node, dict) or part not in node:
            prefix = ".".join(path.split(".")[:depth])
            known = node.keys() if isinstance(node, dict) else []
            raise unknown(f"key under {prefix!r}:" if prefix else "key", part, known)
        if depth < len(parents):
            node = node[part]
    node[last] = _value(text.strip(), path)


def _value(text: str, path: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        raise InputError(
            f"--set {path}={text}: the value must be a number, a quoted text or a list; units stand in the key."
        ) from None
