# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solving in processes of its own, so that the page stays responsive and Ctrl-C need not wait."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock, Thread
from typing import Any, Self

from fea.case import BoneDescription, Case, SupportKind, TissueState
from fea.errors import RunError
from fea.evaluate import SolvedBone, solved_bone
from fea.loading import more_loads
from fea.view.design_controls import T_SCORES, with_t_score
from fea.view.tissues import FEW, FULL, Tissues, entry_of, tissues

_SPAWNED = get_context("spawn")
_NICENESS = 10
"""How far preparing a bone with its own elements for all tissues gives way to what a page waits for."""

_Question = tuple[BoneDescription, float, SupportKind, tuple[TissueState, ...]]


class Background:
    """Processes: one solves bones, one prepares them for all tissues, one solves coarse bones for which a page waits.

    Parameters
    ----------
    use_cache : bool
        Whether bones solved earlier may serve, and these be kept.
    """

    def __init__(self, use_cache: bool = True) -> None:
        self._use_cache = use_cache
        self._prepared: dict[str, Future[Tissues]] = {}
        self._solving, self._preparing, self._coarse = (Worker() for _ in range(3))

    def __enter__(self) -> Self:
        """Work until the end of the ``with`` statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        for worker in (self._solving, self._preparing, self._coarse):
            worker.stop()

    def bone(self, case: Case, *others: Case, coarse: bool = False) -> asyncio.Future[SolvedBone]:
        """Begin to solve the bone of a case, for other activities too; a coarse one does not wait for others."""
        work = functools.partial(solved_bone, case, *others, use_cache=self._use_cache)
        return asyncio.wrap_future(self._coarse.begun(work) if coarse else self._solving.begun(work))

    def keeps_tissues(self, case: Case, *others: Case) -> bool:
        """Whether :meth:`tissues` only reads an earlier result."""
        return self._use_cache and entry_of(*_question(case), more_loads(case, *others))[0].exists()

    def tissues(self, case: Case, *others: Case, coarse: bool = False) -> asyncio.Future[Tissues]:
        """Begin to prepare the bone of a case, and of other activities, for every T-score, unless that has begun."""
        return asyncio.wrap_future(self.begin_tissues(case, *others, coarse=coarse))

    def begin_tissues(self, case: Case, *others: Case, coarse: bool = False) -> Future[Tissues]:
        """The same before there is an event loop; a coarse bone is solved for fewer walls and ratios of moduli."""
        question, more = _question(case), more_loads(case, *others)
        bone, size_mm, support, (whole, *_) = question
        key = (
            f"{bone.model_dump_json()} {whole.model_dump_json()} {size_mm} {support} {sorted(map(str, more))} {coarse}"
        )
        if key not in self._prepared:
            counts = FEW if coarse else FULL
            work = functools.partial(tissues, *question, more=more, use_cache=self._use_cache, counts=counts)
            soon = coarse or self.keeps_tissues(case, *others)
            self._prepared[key] = self._preparing.begun(work, 0 if soon else _NICENESS)
        return self._prepared[key]


def _question(case: Case) -> _Question:
    states = tuple(with_t_score(case.tissue, t_score) for t_score in T_SCORES)
    return case.bone, case.size_mm, case.support, states


class Worker:
    """Work in order, each piece in a process that ends with it: solvers do not give all their memory back before.

    No process outlives this one, however this one ends.
    """

    def __init__(self) -> None:
        self._turn = ThreadPoolExecutor(1)
        self._lock = Lock()
        self._process: SpawnProcess | None = None
        self._stopped = False

    def begun[T](self, work: Callable[[], T], niceness: int = 0) -> Future[T]:
        """Future of work, done when its turn comes, with less of the processors the larger ``niceness`` is.

        It raises what the work raises, and :class:`fea.errors.RunError` if the process is ended from outside.
        """
        return self._turn.submit(self._done, work, niceness)

    def stop(self) -> None:
        """End the process, and begin no other."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()
        self._turn.shutdown(cancel_futures=True)

    def _done[T](self, work: Callable[[], T], niceness: int) -> T:
        here, there = _SPAWNED.Pipe(duplex=False)
        with here:
            with there, self._lock:
                if self._stopped:
                    raise RunError("the viewer is being stopped.")
                self._process = _SPAWNED.Process(target=_work, args=(there, work), daemon=True)
                _start(self._process, niceness)
            try:
                raised, result = here.recv()
            except EOFError:
                raise RunError("the process that was solving has been ended; the memory may be too small.") from None
            finally:
                self._process.join()
        if raised is not None:
            raise raised
        return result  # type: ignore[no-any-return]


def _start(process: SpawnProcess, niceness: int) -> None:
    """Start a process that gives way to others and does not hear Ctrl-C, not even while it imports."""
    resource_tracker.ensure_running()  # else it is started with the process, and unblocks signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert process.pid is not None
    os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + niceness)


def _work(there: Connection, work: Callable[[], Any]) -> None:
    """Do the work and send what it raised and its result."""
    Thread(target=_end_with_parent, daemon=True).start()
    answer: tuple[Exception | None, Any]
    try:
        answer = None, work()
    except Exception as error:
        answer = error, None
    there.send(answer)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
