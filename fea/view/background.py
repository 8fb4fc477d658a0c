# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solving in processes of its own, so that the page stays responsive and Ctrl-C need not wait."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any, Self

from fea.case import BoneDescription, Case, SupportKind, TissueState
from fea.evaluate import SolvedBone, solved_bone
from fea.loading import more_loads
from fea.view.design_controls import T_SCORES, with_t_score
from fea.view.tissues import Tissues, entry_of, tissues


class Background:
    """Processes: one solves the current bone, one prepares it for all tissues, one solves coarse bones when asked to.

    Each ends with its task, since what a solver has allocated is not all given back before.

    Parameters
    ----------
    use_cache : bool
        Whether bones solved earlier may serve, and these be kept.
    """

    def __init__(self, use_cache: bool = True) -> None:
        self._use_cache = use_cache
        self._prepared: dict[str, asyncio.Future[Tissues]] = {}
        self._solving, self._preparing = (_process() for _ in range(2))
        self._coarse: Any = None

    def __enter__(self) -> Self:
        """Keep the processes until the end of the ``with`` statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the processes."""
        self._solving.terminate()
        self._preparing.terminate()
        if self._coarse is not None:
            self._coarse.terminate()

    def bone(self, case: Case, *others: Case, coarse: bool = False) -> asyncio.Future[SolvedBone]:
        """Begin to solve the bone of a case, for other activities too; a coarse one does not wait for others."""
        if coarse and self._coarse is None:
            self._coarse = _process()
        return _begun(self._coarse if coarse else self._solving, solved_bone, case, *others, use_cache=self._use_cache)

    def keeps_tissues(self, case: Case, *others: Case) -> bool:
        """Whether :meth:`tissues` only reads an earlier result."""
        return self._use_cache and entry_of(*_question(case), more_loads(case, *others))[0].exists()

    def tissues(self, case: Case, *others: Case) -> asyncio.Future[Tissues]:
        """Begin to prepare the bone of a case, and of other activities, for every T-score, unless that has begun."""
        question, more = _question(case), more_loads(case, *others)
        bone, size_mm, support, (whole, *_) = question
        key = f"{bone.model_dump_json()} {whole.model_dump_json()} {size_mm} {support} {sorted(map(str, more))}"
        if key not in self._prepared:
            self._prepared[key] = _begun(self._preparing, tissues, *question, more=more, use_cache=self._use_cache)
        return self._prepared[key]


def _question(case: Case) -> tuple[BoneDescription, float, SupportKind, tuple[TissueState, ...]]:
    states = tuple(with_t_score(case.tissue, t_score) for t_score in T_SCORES)
    return case.bone, case.size_mm, case.support, states


def _begun(pool: Any, work: Callable[..., Any], *given: Any, **more: Any) -> asyncio.Future[Any]:
    """Future of work that a process does."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def settle(deliver: Callable[[Any], None], what: Any) -> None:
        if not result.done():  # who asked may have gone on
            deliver(what)

    pool.apply_async(
        work,
        given,
        more,
        lambda found: loop.call_soon_threadsafe(settle, result.set_result, found),
        lambda error: loop.call_soon_threadsafe(settle, result.set_exception, error),
    )
    return result


def _process() -> Any:
    return get_context("spawn").Pool(1, _leave_interrupts, maxtasksperchild=1)


def _leave_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
