# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From tables to checked records, with one sentence for the first mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fea.case.record import NAME, Record
from fea.errors import InputError

_UNITS = {"deg", "kg", "km", "m", "mm"}


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
        first = error.errors(include_url=False)[0]
        names = [str(part) for part in first["loc"] if part != "[key]"]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "there is no such key"
        elif first["type"] == "missing":
            message = "it is missing"
        elif first.get("ctx", {}).get("pattern") == NAME:
            message = (
                "allowed: up to 64 letters, digits, dots, hyphens and underscores, no blanks, a letter or digit first"
            )
        elif allowed := _allowed(record, names):
            message = f"allowed: {allowed}"
        given = first.get("input")
        value = f" is {given!r}" if isinstance(given, int | float | str) else ""
        where = f"{'.'.join(names)}{value}" if names else ""
        place = ": ".join(part for part in (what, where) if part)
        raise InputError(f"{place}; {message}." if place else f"{message}.") from None


def _allowed(record: type[BaseModel], names: Sequence[str]) -> str:
    """Range of a number deep inside a record, in the unit of its key; empty if it has none."""
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


def _kinds(record: type[Record]) -> tuple[Any, ...]:
    """What the key ``kind`` of a record may be."""
    field = record.model_fields.get("kind")
    return () if field is None else get_args(field.annotation)
