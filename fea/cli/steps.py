# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Progress on the terminal: a moving line, or a line for each step where the output is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Context that shows steps; it yields the progress callback, and ``quiet`` writes no lines."""
    from rich.console import Console

    terminal = Console(stderr=True)
    with terminal.status("loading libraries") as status:

        def progress(step: str) -> None:
            status.update(step)
            if not terminal.is_terminal and not quiet:
                with suppress(OSError):  # what nobody reads stops no run
                    print(step, file=sys.stderr, flush=True)

        yield progress
