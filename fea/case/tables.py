# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From tables to checked records, with one sentence for the first mistake."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fea.case.record import NAME, Record
from fea.errors import InputError

_OF_KEYS = ("extra_forbidden", "missing")
_UNITS = {"deg": "deg", "kg": "kg", "km": "km", "m": "m", "mm": "mm", "mpa": "MPa"}
"""Units by the last part of a key that has one, or whose table has."""


def checked[R: Record](record: type[R], table: Mapping[str, Any], what: str) -> R:
    """Record of a ``table``, or an error that names the first mistake in one sentence.

    ``what`` is what messages call the table; empty for one that no file holds.

    Raises
    ------
    fea.errors.InputError
        The table does not fit the record.
    """
    try:
        return record.model_validate(table)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        names = _names(errors[0])
        of_keys = [e for e in errors if e["type"] in _OF_KEYS and _names(e)[:-1] == names[:-1]]
        if errors[0] in of_keys:
            sentence = ": ".join(part for part in (what, _about_keys(record, of_keys)) if part)
        else:
            sentence = _about_value(record, errors[0], what)
        raise InputError(f"{sentence}.") from None


def _names(error: ErrorDetails) -> list[str]:
    return [str(part) for part in error["loc"] if part != "[key]"]


def _about_keys(record: type[BaseModel], errors: Sequence[ErrorDetails]) -> str:
    """What is said of the unknown and the missing keys of one table."""
    extra, missing = ([_names(e) for e in errors if e["type"] == kind] for kind in _OF_KEYS)
    parts = []
    if extra:
        names = extra[0]
        holder = _holder(record, names)
        known = [] if holder is None else [field.alias or name for name, field in holder.model_fields.items()]
        near = difflib.get_close_matches(names[-1], known, n=2, cutoff=0.6)
        parts.append(f"there is no key {_quoted(extra)}")
        parts += [f"nearest: {', '.join(near)}"] * bool(near) + [f"known: {', '.join(known)}"] * bool(known)
    if missing:
        parts.append(
            f"the key{'s' * (len(missing) > 1)} {_quoted(missing)} {'are' if len(missing) > 1 else 'is'} missing"
        )
    return "; ".join(parts)


def _quoted(keys: Sequence[Sequence[str]]) -> str:
    return ", ".join(repr(".".join(names)) for names in keys)


def _about_value(record: type[BaseModel], error: ErrorDetails, what: str) -> str:
    """What is said of a value that is not allowed."""
    names, message = _names(error), error["msg"].removeprefix("Value error, ")
    if error.get("ctx", {}).get("pattern") == NAME:
        message = "allowed: up to 64 letters, digits, dots, hyphens and underscores, no blanks, a letter or digit first"
    elif allowed := _allowed(record, names):
        message = f"allowed: {allowed}"
    given = error.get("input")
    value = f" is {given!r}" if isinstance(given, int | float | str) else ""
    where = f"{'.'.join(names)}{value}" if names else ""
    place = ": ".join(part for part in (what, where) if part)
    return f"{place}; {message}" if place else message


def _holder(record: type[BaseModel], names: Sequence[str]) -> type[BaseModel] | None:
    """The record that has the last of these names, one inside the other, if it is a record."""
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
            models = [m for m in get_args(inner) if isinstance(m, type) and issubclass(m, Record)]
            tag = next(path, None) if len(models) > 1 else None  # of one record, or none, no tag is named
            inner = next((m for m in models if tag is None or tag in _kinds(m)), None)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return None
        record = inner
    return record


def _allowed(record: type[BaseModel], names: Sequence[str]) -> str:
    """Range of a number deep inside a record, in the unit of its key; empty if it has none."""
    holder = _holder(record, names)
    if holder is None or not names or names[-1] not in holder.model_fields:
        return ""
    limits = {}
    field = holder.model_fields[names[-1]]
    parts: tuple[Any, ...] = get_args(field.annotation) if get_origin(field.annotation) in (Union, UnionType) else ()
    optional = [m for part in parts for inner in getattr(part, "__metadata__", ()) for m in inner.metadata]
    for limit in (*field.metadata, *optional):
        for sign in ("gt", "ge", "lt", "le"):
            if getattr(limit, sign, None) is not None:
                limits[sign] = getattr(limit, sign)
    low = f"above {limits['gt']:g}" if "gt" in limits else f"{limits['ge']:g}" if "ge" in limits else ""
    high = f"below {limits['lt']:g}" if "lt" in limits else f"{limits['le']:g}" if "le" in limits else ""
    unit = next((_UNITS[u] for name in reversed(names[-2:]) if (u := name.rpartition("_")[2]) in _UNITS), "")
    return " to ".join(part for part in (low, high) if part) + (f" {unit}" if limits and unit else "")


def _kinds(record: type[Record]) -> tuple[Any, ...]:
    """What the key ``kind`` of a record may be."""
    field = record.model_fields.get("kind")
    return () if field is None else get_args(field.annotation)
