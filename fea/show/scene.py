# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a page needs to draw a bone by itself: its modules, and arrays packed for them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.show.scale import crameri

Arrays = Mapping[str, npt.NDArray[Any]]

UNDEFINED = 65535
"""Code of a value that is not defined; the others run from 0 to 65534."""
_CODES = UNDEFINED - 1
_KINDS = ("float32", "uint32", "uint16", "int16", "uint8")

MODULES = (
    "packet",
    "ticks",
    "drawing",
    "layout",
    "ranges",
    "camera",
    "mesh",
    "sheet",
    "directions",
    "paint",
    "strokes",
    "overlay",
    "loads",
    "picture",
    "charts",
    "sections",
    "controls",
    "risk",
    "stored",
    "state",
    "saving",
    "groups",
    "shapes",
    "views",
    "design",
    "below",
    "matches",
    "difference",
    "page",
    "viewer",
)
"""Modules of the page in the order in which one needs the other."""


def packed(head: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Head and arrays in one piece: length of the head, the head as JSON, the arrays, each begun at 4 bytes.

    Parameters
    ----------
    head : mapping
        What JSON can say. The entry ``arrays`` is added: kind, begin and number of values of each array.
    arrays : mapping of str to ndarray
        Of kinds float32, uint32, uint16, int16 and uint8.
    """
    table, parts, at = {}, [], 0
    for name, array in arrays.items():
        if array.dtype.name not in _KINDS:
            raise ValueError(f"{name} is {array.dtype.name}; allowed: {', '.join(_KINDS)}")
        table[name] = [array.dtype.name, at, array.size]
        part = np.ascontiguousarray(array).tobytes()
        parts.append(part + b"\0" * (-len(part) % 4))
        at += len(parts[-1])
    text = json.dumps({**head, "arrays": table}, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])


def coded(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.uint16], tuple[float, float]]:
    """Codes (n,) of values (n,) and the values of the first and the last code, 65534; NaN is :data:`UNDEFINED`.

    A value is told to half a step, 1/131068 of the range.

    Examples
    --------
    >>> codes, (low, high) = coded(np.array([1.0, np.nan, 3.0]))
    >>> codes.tolist(), low, high
    ([0, 65535, 65534], 1.0, 3.0)
    """
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 1.0)
    step = (high - low) / _CODES or 1.0
    codes = np.full(len(values), UNDEFINED, dtype=np.uint16)
    codes[known] = np.round((values[known] - low) / step).astype(np.uint16)
    return codes, (low, high)


@functools.cache
def colour_tables() -> dict[str, list[int]]:
    """Colours of the page's bars: 256 times red, green, blue, 0 to 255, by the name of the map."""
    maps = {
        "rising": crameri("lipari"),
        "falling": crameri("lipari", turned=True),
        "signed": crameri("vik"),
    }
    at = np.linspace(0.0, 1.0, 256)
    return {name: np.round(255 * colours(at)[:, :3]).astype(int).ravel().tolist() for name, colours in maps.items()}


def page_file(name: str) -> str:
    """Text of a file of the page: ``page.html``, ``style.css`` or a module."""
    return (resources.files("fea.show") / "page" / name).read_text(encoding="utf-8")


def one_script() -> str:
    """All modules as one script, for a page that is a file of its own and may load nothing."""
    joined = "\n".join(page_file(f"{name}.js") for name in MODULES)
    without_imports = re.sub(r"^import [^;]*;\n", "", joined, flags=re.MULTILINE)
    return re.sub(r"^export ", "", without_imports, flags=re.MULTILINE)
