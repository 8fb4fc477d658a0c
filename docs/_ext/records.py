# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The reference pages that follow from the program: keys of files and results; evidence levels and rooms beside them.

A page asks for a part in a fenced block that names a generator and what it is to show::

    ```{records} bone
    ```

Before the page is parsed the block is replaced by Markdown. Keys, types, ranges and defaults are those of the
records that read and check the files; meanings are the strings beneath their fields. Meanings of the keys of
results stand in ``reference/results.toml``, with the names that tables by name have.
"""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import importlib
import inspect
import re
import textwrap
import tomllib
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence import evidence_table
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rooms import room_table, write_rooms

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]

FILES: Mapping[str, str] = {
    "bone": "fea.case.description:BoneDescription",
    "shape-model": "fea.case.description:ShapeModel",
    "tissue": "fea.case.tissue:TissueState",
    "ageing": "fea.case.tissue:AgeLaws",
    "ratios": "fea.case.tissue:Symmetries",
    "instant": "fea.case.activity:Activity",
    "stance": "fea.case.stance:StanceActivity",
    "history": "fea.case.history:History",
    "trial": "fea.case.trial:OpenSimTrial",
    "ground-force": "fea.case.trial:GroundTrial",
    "leg": "fea.case.stance:LegModel",
    "foot": "fea.case.stance:FootModel",
    "footwear": "fea.case.stance:Footwear",
    "packs": "fea.case.stance:Packs",
    "shoe": "fea.case.stance:OwnShoe",
    "carriage": "fea.case.stance:OwnCarriage",
    "plan": "fea.case.plan:Plan",
    "study": "fea.case.study:Study",
    "cohort": "fea.case.study:Cohort",
    "fatigue": "fea.case.fatigue:Fatigue",
    "published": "fea.checks.validation:Published",
    "case": "fea.case.request:Case",
}
"""Record of each kind of file that people write or read, by the name that a page uses."""

RESULTS: Mapping[str, str] = {
    "run": "fea.folders.figures:RunFigures",
    "plan-result": "fea.folders.plan:PlanFigures",
    "comparison": "fea.folders.comparison:ComparisonFigures",
    "manifest": "fea.folders.manifest:Manifest",
}
"""Record that writes and reads each file of results, by the name that a page uses."""

OPAQUE = {"case": ("fea.case.description:BoneDescription", "fea.case.tissue:TissueState")}
"""Records that have a page of their own and are not spelled out again."""

SHARED = "fea.case.record:Sourced"
"""The record whose keys stand in every table with a source; they are told once."""

USUAL = {
    "schema": "Version of this kind of file.",
    "kind": "Kind of file.",
    "name": "Name, used for files and folders.",
    "title": "What it is called in headings.",
    "sources": "Sources of the numbers of this table, by key.",
}
"""Meanings of keys that many kinds of files have, unless their record says more."""

UNITS = {
    "ue_per_s": "µε/s",
    "n_per_mm3": "N/mm³",
    "g_per_cm3": "g/cm³",
    "mg_per_cm3": "mg/cm³",
    "mg_per_mm": "mg/mm",
    "um_per_d": "µm/d",
    "m_per_s": "m/s",
    "per_min": "1/min",
    "per_km": "1/km",
    "cycles_per_day": "1/d",
    "repetitions_per_day": "1/d",
    "km_per_day": "km/d",
    "bw_mm": "BW·mm",
    "percent": "%",
    "years": "years",
    "log10_cycles": "–",
    "mm3": "mm³",
    "mm2": "mm²",
    "mib": "MiB",
    "mpa": "MPa",
    "deg": "°",
    "hz": "Hz",
    "mm": "mm",
    "km": "km",
    "kg": "kg",
    "nm": "N·m",
    "bw": "BW",
    "ue": "µε",
    "limit_sd": "SD",
    "g": "g",
    "m": "m",
    "n": "N",
    "d": "d",
    "s": "s",
}
"""Unit by the end of a key; the first that fits counts."""


@dataclass(frozen=True)
class Row:
    """One key: its meaning, type, unit, allowed range and default, as Markdown."""

    key: str
    meaning: str
    type: str
    unit: str
    range: str
    default: str


@dataclass(frozen=True)
class Field:
    """One field of a record, whatever library made the record."""

    key: str
    annotation: Any
    metadata: tuple[Any, ...]
    default: str
    meaning: str


def found(path: str) -> type:
    """Record by its import path, ``module:Class``."""
    module, _, name = path.partition(":")
    record = getattr(importlib.import_module(module), name)
    assert isinstance(record, type)
    return record


def is_record(kind: object) -> bool:
    """Whether a type has fields that are told in a table of their own."""
    return isinstance(kind, type) and (issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind))


def fields_of(record: type) -> list[Field]:
    """Fields of a record in the order of its definition."""
    meanings = {**USUAL, **_meanings(record)}
    if issubclass(record, BaseModel):
        record.model_rebuild()
        hints = typing.get_type_hints(record, include_extras=True)
        return [
            Field(
                info.alias or name,
                hints[name],
                tuple(info.metadata),
                _default(info),
                info.description or meanings.get(name) or meanings.get(info.alias or name, ""),
            )
            for name, info in record.model_fields.items()
        ]
    hints = typing.get_type_hints(record, include_extras=True)
    return [Field(f.name, hints[f.name], (), "", meanings.get(f.name, "")) for f in dataclasses.fields(record)]


def _meanings(record: type) -> dict[str, str]:
    """Strings beneath the fields of a record and of what it inherits from."""
    meanings: dict[str, str] = {}
    for kind in reversed(record.__mro__):
        if not kind.__module__.startswith("fea"):
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        assert isinstance(definition, ast.ClassDef)
        for field, told in zip(definition.body, definition.body[1:], strict=False):
            text = told.value if isinstance(told, ast.Expr) else None
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Constant) and isinstance(text.value, str):
                assert isinstance(field.target, ast.Name)
                meanings[field.target.id] = plain(text.value)
    return meanings


def plain(text: str) -> str:
    """Text of a docstring as Markdown on one line."""
    text = re.sub(r":\w+:`~?(?:fea\.[\w.]*\.)?([^`]+)`", r"`\1`", text)
    return " ".join(text.replace("``", "`").split())


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if info.default_factory is not None:
        return "none" if info.default_factory in (dict, list) else "the usual"
    if info.default is None or info.default in ((), {}):
        return "none"
    return f"`{info.default}`".replace("True", "true").replace("False", "false")


def unit_of(key: str, kind: str) -> str:
    """Name the unit in the end of a key; empty for texts and tables.

    >>> unit_of("stiffness_n_per_mm3", "number"), unit_of("on", "text")
    ('N/mm³', '')
    """
    if "number" not in kind and "profile" not in kind and "[" not in kind:
        return ""
    return next((unit for end, unit in UNITS.items() if key == end or key.endswith(f"_{end}")), "")


# ---------------------------------------------------------------- types and ranges


def described(annotation: Any, page: str) -> tuple[str, list[type], list[Any]]:
    """Type as Markdown, the records in it, and the limits of the numbers in it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        text, records, limits = described(arguments[0], page)
        return text, records, [*limits, *_limits(arguments[1:])]
    if origin is typing.Literal:
        *most, last = (f"`{value}`" for value in arguments)
        return " or ".join([", ".join(most), last] if most else [last]), [], []
    if origin in (typing.Union, types.UnionType):
        parts = [described(part, page) for part in arguments if part is not type(None)]
        names = list(dict.fromkeys(text for text, _, _ in parts))
        if "number" in names and "whole number" in names:
            names.remove("whole number")
        return " or ".join(names), [r for _, records, _ in parts for r in records], [x for *_, ls in parts for x in ls]
    if origin in (dict, collections.abc.Mapping):
        key, value = (described(part, page) for part in arguments)
        by = "level in %" if "number" in key[0] and key[2] else key[0].replace("text", "name")
        return f"{value[0]}, by {by}", value[1], value[2]
    if origin in (list, tuple):
        return _sequence(origin, arguments, page)
    if is_record(annotation):
        return f"[{annotation.__name__}](#{anchor(page, annotation)})", [annotation], []
    names = {float: "number", int: "whole number", str: "text", bool: "`true` or `false`", Any: "anything"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation))), [], []


def _sequence(origin: object, arguments: tuple[Any, ...], page: str) -> tuple[str, list[type], list[Any]]:
    text, records, limits = described(arguments[0], page)
    if origin is tuple and Ellipsis not in arguments:
        parts = [described(part, page) for part in arguments]
        limits = [limit for part in parts for limit in part[2]]
        return f"{len(arguments)} × {text}" if len({part[0] for part in parts}) == 1 else "list", records, limits
    return f"list of {text}", records, limits


def _limits(metadata: tuple[Any, ...]) -> list[Any]:
    """Limits of numbers, also those inside of pydantic's own field records; lengths of lists are none."""
    inner = [limit for m in metadata for limit in getattr(m, "metadata", [m])]
    return [limit for limit in inner if any(getattr(limit, sign, None) is not None for sign in _SIGNS)]


_SIGNS = ("gt", "ge", "lt", "le")


def ranged(limits: list[Any]) -> str:
    """Range that limits leave, in words."""
    ends = {sign: getattr(limit, sign) for limit in limits for sign in _SIGNS if getattr(limit, sign, None) is not None}
    low = f"above {ends['gt']:g}" if "gt" in ends else f"{ends['ge']:g}" if "ge" in ends else ""
    high = f"below {ends['lt']:g}" if "lt" in ends else f"{ends['le']:g}" if "le" in ends else ""
    if low and high:
        return f"{low} to {high}"
    return low if "gt" in ends else f"{low} or more" if low else f"up to {high}" if high else ""


def anchor(page: str, record: type) -> str:
    """Name under which a page links to the table of a record."""
    return f"{page}-{record.__name__.lower()}"


# ---------------------------------------------------------------- Markdown


def records(page: str) -> str:
    """Tables of a kind of file: first its top level, then each table inside, in the order in which they come."""
    top = found(FILES[page])
    shared = found(SHARED)
    opaque = {found(path) for path in OPAQUE.get(page, ())}
    places: dict[type, list[str]] = {top: [""]}
    queue, rows = [top], {}
    while queue:
        record = queue.pop(0)
        if record in rows or record in opaque:
            continue
        rows[record], inner = [], []
        for field in fields_of(record):
            if issubclass(record, shared) and field.key in ("evidence", "source"):
                continue
            kind, inside, limits = described(field.annotation, page)
            allowed = ranged([*limits, *_limits(field.metadata)])
            row = Row(field.key, field.meaning, kind, unit_of(field.key, kind), allowed, field.default)
            rows[record].append(row)
            inner += inside
            for one in inside:
                own = f"{places[record][0]}{field.key}{'.NAME' if ', by ' in kind else ''}"
                places.setdefault(one, []).append(own + ".")
        queue = [*inner, *queue]
    text = "\n".join(_told(page, record, rows[record], places[record], shared) for record in rows)
    for record in opaque:
        text = text.replace(f"[{record.__name__}](#{anchor(page, record)})", f"{record.__name__}")
    return text


def _told(page: str, record: type, rows: list[Row], places: list[str], shared: type) -> str:
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(record.__doc__ or "").split("\nAttributes\n")[0])
    named = [f"`{place.removesuffix('.')}`" for place in dict.fromkeys(places) if place]
    of = f"In {', '.join(named[:4])}{' and others' if len(named) > 4 else ''}." if named else "The top level."
    also = " Each has an `evidence` and a `source` besides." if issubclass(record, shared) else ""
    text = "\n\n".join([f"*{of}*{also}", *(plain(paragraph) for paragraph in paragraphs)])
    return f"({anchor(page, record)})=\n### {record.__name__}\n\n{text}\n\n{table(rows)}\n"


def table(rows: list[Row]) -> str:
    """Markdown table of keys; columns that are empty throughout are dropped."""
    names = [f.name for f in dataclasses.fields(Row)]
    kept = [n for n in names if n in ("key", "meaning") or any(getattr(row, n) for row in rows)]
    lines = ["| " + " | ".join(kept) + " |", "|" + "---|" * len(kept)]
    for row in rows:
        cells = (f"`{row.key}`" if n == "key" else getattr(row, n).replace("|", "\\|") for n in kept)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def results(page: str) -> str:
    """Tables of a file that bonefea writes, by section, with the types of the record that writes and reads it."""
    sections = tomllib.loads((DOCS / "reference" / "results.toml").read_text("utf-8"))[page]
    read = dict(_paths(found(RESULTS[page]), page))
    parts = []
    for section, keys in sections.items():
        rows = []
        for key, meaning in keys.items():
            path = key if section == "top level" else f"{section}.{key}"
            by_name, by, _ = read.get(section, "").removeprefix("list of ").partition(", by name")
            kind = read.get(path, by_name if by and by_name != "anything" else "")
            rows.append(Row(key, meaning, kind, unit_of(key, "number"), "", ""))
        title = section if section == "top level" else f"`{section}`"
        parts.append(f"### {title}\n\n{table(rows)}\n")
    return "\n".join(parts)


def _paths(record: type, page: str, before: str = "") -> Iterator[tuple[str, str]]:
    """Dotted paths of all keys of a record with their types; items of lists and of tables by name stand for one."""
    for field in fields_of(record):
        kind, inner, _ = described(field.annotation, page)
        yield before + field.key, re.sub(r"\[\w+\]\([^)]*\)", "table", kind)
        for one in inner:
            yield from _paths(one, page, f"{before}{field.key}.")


# ---------------------------------------------------------------- Sphinx

GENERATORS: Mapping[str, Callable[[str], str]] = {
    "records": records,
    "results": results,
    "evidence-levels": evidence_table,
    "rooms": room_table,
}
_BLOCK = re.compile(rf"^```\{{({'|'.join(GENERATORS)})\}} ?(\S*)\n```$", re.MULTILINE)


def expanded(text: str) -> str:
    """Text of a page with its blocks replaced."""
    return _BLOCK.sub(lambda block: GENERATORS[block[1]](block[2]), text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages of the rooms, and replace blocks when a page is read."""
    write_rooms(DOCS / "reference" / "rooms")

    def replace(_app: Sphinx, _page: str, source: list[str]) -> None:
        source[0] = expanded(source[0])

    app.connect("source-read", replace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
