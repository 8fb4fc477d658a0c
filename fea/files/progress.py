# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Progress of a long computation: a progress callback, and the wall time of the steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str], None]
"""A progress callback: it is called with the name of each step as the step begins."""


def silent(_: str) -> None:
    """Ignore the step."""


class Clock:
    """Wall time of each step in s; a progress callback is called as each begins."""

    def __init__(self, progress: Progress = silent) -> None:
        self._progress = progress
        self.wall_s: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body of a ``with`` statement under ``name``."""
        self._progress(name)
        begin = time.perf_counter()
        yield
        self.wall_s[name] = self.wall_s.get(name, 0.0) + time.perf_counter() - begin
