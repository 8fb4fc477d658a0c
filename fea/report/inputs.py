# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does a result rest on? The inputs of a question with their marks and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fea.shelf import Table, parsed


@dataclass(frozen=True)
class Input:
    """A record of a question: its dotted place in ``case.toml``, its mark and its source."""

    place: str
    mark: str
    source: str


def marked_inputs(file: Path) -> list[Input]:
    """Return the inputs of a ``case.toml`` that stand beside a mark and a source.

    Raises
    ------
    fea.errors.InputError
        The file cannot be read or is no TOML.
    """
    return list(_found(parsed(file, str(file)), ""))


def _found(table: Table, place: str) -> Iterator[Input]:
    if isinstance(table.get("mark"), str) and isinstance(table.get("source"), str):
        yield Input(place, table["mark"], table["source"])
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _found(value, f"{place}.{name}" if place else name)


def by_mark(inputs: Sequence[Input]) -> list[tuple[str, int]]:
    """Return how many inputs have each mark, the most frequent first.

    Examples
    --------
    >>> by_mark([Input("a", "V", "x"), Input("b", "U", "y"), Input("c", "U", "z")])
    [('U', 2), ('V', 1)]
    """
    return Counter(one.mark for one in inputs).most_common()
