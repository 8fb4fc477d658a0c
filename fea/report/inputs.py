# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The inputs of a question with the evidence level and the source of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fea.files import TomlTable, parsed


@dataclass(frozen=True)
class Input:
    """A record of a question: its dotted place in ``case.toml``, its evidence level and its source."""

    place: str
    evidence: str
    source: str


def sourced_inputs(file: Path) -> list[Input]:
    """Inputs of a ``case.toml`` that stand beside an evidence level and a source.

    Raises
    ------
    fea.errors.InputError
        The file cannot be read or is no TOML.
    """
    return list(_found(parsed(file, str(file)), ""))


def _found(table: TomlTable, place: str) -> Iterator[Input]:
    level = table.get("evidence", table.get("mark"))  # mark: before version 0.2
    if isinstance(level, str) and isinstance(table.get("source"), str):
        yield Input(place, level, table["source"])
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _found(value, f"{place}.{name}" if place else name)


def by_evidence(inputs: Sequence[Input]) -> list[tuple[str, int]]:
    """Number of inputs with each evidence level, the most frequent first.

    Examples
    --------
    >>> by_evidence([Input("a", "V", "x"), Input("b", "U", "y"), Input("c", "U", "z")])
    [('U', 2), ('V', 1)]
    """
    return Counter(one.evidence for one in inputs).most_common()
