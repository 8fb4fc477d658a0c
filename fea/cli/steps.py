# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Say what is being done: a moving line on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show steps while the body of a ``with`` statement runs; yield what is told each; ``quiet`` writes no lines."""
    from rich.console import Console

    terminal = Console(stderr=True)
    with terminal.status("loading libraries") as status:

        def progress(step: str) -> None:
            status.update(step)
            if not terminal.is_terminal and not quiet:
                with suppress(OSError):  # what nobody reads stops no run
                    print(step, file=sys.stderr, flush=True)

        yield progress
