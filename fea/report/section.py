# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Parts of the pages of plans, comparisons and studies: headings with text, pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fea.folders import CsvCell
from fea.report.page import Image

MOST_ROWS = 400


@dataclass(frozen=True)
class PageTable:
    """A table of a page: a caption, and for each column a head and cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[CsvCell, ...], ...]
    caption: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The columns, counted from 0, that hold numbers."""
        return tuple(
            k for k in range(len(self.head)) if self.rows and any(isinstance(row[k], float | int) for row in self.rows)
        )


@dataclass(frozen=True)
class PageSection:
    """A heading with text, pictures and tables."""

    heading: str
    text: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    tables: tuple[PageTable, ...] = field(default=())


def shortened(head: Sequence[str], rows: Sequence[Sequence[CsvCell]], caption: str, file: str) -> PageTable:
    """A table of at most 400 rows, whose caption says where the others are."""
    left = len(rows) - MOST_ROWS
    more = f"; {left} more rows in {file}" if left > 0 else ""
    return PageTable(tuple(head), tuple(tuple(row) for row in rows[:MOST_ROWS]), caption + more)


def filled(table: PageTable) -> PageTable:
    """The table without columns that are empty in every row."""
    kept = [k for k in range(len(table.head)) if any(row[k] != "" for row in table.rows)]
    rows = tuple(tuple(row[k] for k in kept) for row in table.rows)
    return PageTable(tuple(table.head[k] for k in kept), rows, table.caption)


def counted(number: int, one: str, several: str) -> str:
    """A number of things in words.

    Examples
    --------
    >>> counted(1, "mesh", "meshes"), counted(0, "mesh", "meshes")
    ('1 mesh', '0 meshes')
    """
    return f"{number} {one if number == 1 else several}"
