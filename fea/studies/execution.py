# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Works a plan off: processes on this machine or a dask cluster, one factorisation a group, one writer."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import wait as wait_for
from typing import cast

from fea.errors import InputError, MissingDependency, RunError, out_of_range
from fea.studies.plan import Group, StudyPlan
from fea.studies.store import Store
from fea.studies.work import Batch, Done, work

PATIENCE_S = 10
"""How long a scheduler may take to answer."""

LARGEST_BATCH = 16
"""Cases that a worker hands back together; a kill loses at most these of each worker."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_KILLED = "the worker ended without a word; it was killed, perhaps for want of memory (try fewer --workers)"

_log = logging.getLogger(__name__)

Tell = Callable[["StudyProgress"], None]
Task = tuple[Batch, ...]
"""Batches on one mesh."""


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is: cases done and failed in this run, of how many, and factorisations made."""

    done: int
    failed: int
    total: int
    factorised: int


def most_workers(plan: StudyPlan, wanted: int | None) -> int:
    """Return how many processes to start: as many as wanted or as there are cores, within the free memory.

    Raises
    ------
    fea.errors.InputError
        Fewer than one is wanted, or the memory does not suffice for the largest bone.
    """
    import psutil

    if wanted is not None and not 1 <= wanted <= 1024:
        raise out_of_range("--workers", wanted, "1 to 1024")
    need = max((group.memory_bytes for group in plan.groups), default=0.0)
    free = float(psutil.virtual_memory().available)
    room = int(free // need) if need > 0.0 else 1
    if room < 1:
        raise InputError(
            f"a worker needs about {need / 2**30:.1f} GiB for the largest bone and {free / 2**30:.1f} GiB are free; "
            "take a larger size."
        )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    chosen = min(cores if wanted is None else wanted, room)
    if wanted is not None and chosen < wanted:
        _log.warning("%d workers instead of %d: each needs about %.1f GiB", chosen, wanted, need / 2**30)
    return chosen


def execute(plan: StudyPlan, store: Store, executor: Callable[[], Executor], workers: int, tell: Tell) -> StudyProgress:
    """Work off all cases of a plan that the store has not; keep each as it comes.

    The first batches on a mesh go together: they mesh and solve, tissue by tissue. The others wait for them and
    find the bone in the cache.

    Parameters
    ----------
    plan : StudyPlan
        The cases.
    store : Store
        Where findings and failures are kept.
    executor : callable
        Returns a new executor whose workers can run :func:`fea.studies.work.work`.
    workers : int
        How many it has.
    tell : callable
        Is told the progress after each batch.

    Raises
    ------
    fea.errors.RunError
        The store cannot be written, or workers cannot start.
    """
    waiting = {group.key: _batches(group, plan, store, workers) for group in plan.groups}
    keeper = _Keeper(store, sum(len(b.cases) for batches in waiting.values() for b in batches), tell)
    meshes: dict[int, list[Batch]] = {}
    for group in plan.groups:
        if waiting[group.key]:
            meshes.setdefault(group.mesh, []).append(waiting[group.key].popleft())
    first = deque(tuple(batches) for batches in meshes.values())
    suspects: list[Task] = []
    while first:
        with executor() as pool:
            first, lost = _round(pool, first, waiting, workers, keeper)
        suspects += lost
    if suspects:
        _check_start(executor)
    for batch in (batch for task in suspects for batch in task):
        for part in (batch, *waiting.pop(batch.basis, ())):
            _alone(executor, part, keeper)
    return keeper.progress


def _check_start(executor: Callable[[], Executor]) -> None:
    """Refuse to go on where workers die as soon as they begin, whatever they are given."""
    try:
        with executor() as pool:
            pool.submit(os.getpid).result()
    except BrokenProcessPool:
        raise RunError("the workers end as soon as they begin; what they printed says why.") from None


def _batches(group: Group, plan: StudyPlan, store: Store, workers: int) -> deque[Batch]:
    """Return the open cases of a group in batches; small ones where few groups have to occupy all workers."""
    open_cases = [(c.key, c.asked.case) for c in group.cases if not store.has(c.key) and store.failure(c.key) is None]
    size = (
        LARGEST_BATCH
        if len(plan.groups) >= workers
        else max(1, min(LARGEST_BATCH, -(-len(open_cases) // (2 * workers))))
    )
    return deque(
        Batch(group.key, tuple(open_cases[k : k + size]), plan.training) for k in range(0, len(open_cases), size)
    )


def _round(
    pool: Executor, first: deque[Task], waiting: dict[str, deque[Batch]], workers: int, keeper: _Keeper
) -> tuple[deque[Task], list[Task]]:
    """Submit until nothing is left or a worker was killed; return what is left to submit, and what was lost."""
    running: dict[Future[Done], Task] = {}
    ready: deque[Task] = deque()
    try:
        while first or ready or running:
            while (ready or first) and len(running) < workers + 1:
                queue = ready or first
                running[pool.submit(work, queue[0])] = queue[0]  # a pool that breaks refuses it: it must not be lost
                queue.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running[future]
                keeper.keep(_result(future, task))
                del running[future]
                for batch in task:
                    ready.extend((later,) for later in waiting.pop(batch.basis, ()))
    except BrokenProcessPool:
        return deque([*ready, *first]), list(running.values())
    return deque(), []


def _result(future: Future[Done], task: Task) -> Done:
    """Return what a future brings; a cluster reports workers that it lost in its own way."""
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return Done({}, {key: reason for batch in task for key, _ in batch.cases}, 0, (0.0, 0.0))


def _alone(executor: Callable[[], Executor], batch: Batch, keeper: _Keeper) -> None:
    """Work a batch off in a pool of its own: it was there when a worker was killed, and may be the reason."""
    for case in batch.cases:
        try:
            with executor() as pool:
                keeper.keep(pool.submit(work, (replace(batch, cases=(case,)),)).result())
        except BrokenProcessPool:
            keeper.keep(Done({}, {case[0]: _KILLED}, 0, (0.0, 0.0)))


class _Keeper:
    """Puts what comes back into the store, counts it, and tells."""

    def __init__(self, store: Store, total: int, tell: Tell) -> None:
        self._store, self._tell = store, tell
        self.progress = StudyProgress(0, 0, total, 0)

    def keep(self, done: Done) -> None:
        for key, found in done.found.items():
            self._store.keep(key, found)
        for key, reason in done.failed.items():
            _log.error("case %s failed: %s", key[:12], reason)
            self._store.keep_failure(key, reason)
        self._store.flush()
        before = self.progress
        self.progress = StudyProgress(
            before.done + len(done.found),
            before.failed + len(done.failed),
            before.total,
            before.factorised + done.factorised,
        )
        bench, cases = done.seconds
        _log.info(
            "%d of %d cases, %d failed; this batch: bone %.2f s, %d cases %.2f s",
            self.progress.done,
            self.progress.total,
            self.progress.failed,
            bench,
            len(done.found),
            cases,
        )
        self._tell(self.progress)


# ---------------------------------------------------------------- executors


@contextmanager
def processes(workers: int) -> Iterator[Callable[[], Executor]]:
    """Yield a function that returns pools of so many processes.

    Each is started anew (spawn), keeps to one thread where there are several, and ends with its parent,
    however that ends.
    """
    alone = {name: "1" for name in _THREADS if workers > 1 and name not in os.environ}
    os.environ.update(alone)
    context = multiprocessing.get_context("spawn")
    try:
        yield lambda: _Processes(workers, mp_context=context, initializer=_begin_worker)
    finally:
        for name in alone:
            os.environ.pop(name, None)


class _Processes(ProcessPoolExecutor):
    """Processes that end at once when the work is given up; by themselves they would finish what they have."""

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            for process in multiprocessing.active_children():
                if process.pid in (self._processes or {}):
                    process.terminate()
        self.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """Leave the keyboard to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def leave() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=leave, daemon=True).start()


@contextmanager
def cluster(address: str) -> Iterator[tuple[Callable[[], Executor], int]]:
    """Yield a function that returns executors on a running dask scheduler, and how many workers it has.

    Raises
    ------
    fea.errors.MissingDependency
        dask.distributed is not installed.
    fea.errors.InputError
        Nothing answers at the address, it has no workers, or workers with several threads.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingDependency("--scheduler needs dask.distributed: pip install 'bonefea[cluster]'.") from None
    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no dask scheduler answers at {address!r}: {error}.") from None
    with client:
        threads = client.nthreads()
        if not threads:
            raise InputError(f"the scheduler at {address!r} has no workers; start some with: dask worker {address}.")
        if max(threads.values()) > 1:
            raise InputError("a dask worker has several threads, a solver may use one; start it with --nthreads 1.")
        yield lambda: _Kept(cast(Executor, client.get_executor(pure=False, retries=1))), len(threads)


class _Kept(Executor):
    """An executor of a cluster: leaving it ends the submitting, not the cluster."""

    def __init__(self, inner: Executor) -> None:
        self.submit = inner.submit  # type: ignore[method-assign]
