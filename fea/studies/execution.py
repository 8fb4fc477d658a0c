# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Works a plan off on dask workers, of this machine or of a cluster: one factorisation a group, one writer."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, cast

from fea.errors import InputError, RunError, out_of_range
from fea.solve import THREADS_VARIABLE, thread_count, usable_cores
from fea.studies.plan import CaseGroup, StudyPlan
from fea.studies.store import Store
from fea.studies.work import Batch, Done, work

if TYPE_CHECKING:
    from distributed import LocalCluster

PATIENCE_S = 10
"""How long a scheduler may take to answer."""

LARGEST_BATCH = 16
"""Cases that a worker hands back together; a kill loses at most these of each worker."""

_THREADS = (THREADS_VARIABLE, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_KILLED = "the worker ended without a word; it was killed, perhaps for want of memory (try fewer workers)"

_log = logging.getLogger(__name__)

Hear = Callable[["StudyProgress"], None]
Task = tuple[Batch, ...]
"""Batches on one mesh."""
Crew = AbstractContextManager[tuple[Executor, int]]
"""Workers while they are open: an executor on them, and how many they are."""


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is: cases done and failed in this run, of how many, and factorisations made."""

    done: int
    failed: int
    total: int
    factorised: int


def most_workers(plan: StudyPlan, wanted: int | None) -> int:
    """Return the number of processes to start: as many as wanted or as there are cores, within the free memory.

    Raises
    ------
    fea.errors.InputError
        Fewer than one is wanted, or the memory does not suffice for the largest bone.
    """
    import psutil

    if wanted is not None and not 1 <= wanted <= 1024:
        raise out_of_range("the number of workers", wanted, "1 to 1024")
    need = max((group.memory_bytes for group in plan.groups), default=0.0)
    free = float(psutil.virtual_memory().available)
    room = int(free // need) if need > 0.0 else 1
    if room < 1:
        raise InputError(
            f"a worker needs about {need / 2**30:.1f} GiB for the largest bone and {free / 2**30:.1f} GiB are free; "
            "take a larger size."
        )
    chosen = min(usable_cores() if wanted is None else wanted, room)
    if wanted is not None and chosen < wanted:
        _log.warning("%d workers instead of %d: each needs about %.1f GiB", chosen, wanted, need / 2**30)
    return chosen


def execute(plan: StudyPlan, store: Store, crew: Callable[[int], Crew], progress: Hear) -> StudyProgress:
    """Work off all cases of a plan that the store has not; keep each as it comes.

    The first batches on a mesh go together: they mesh and solve, tissue by tissue. The others wait for them and
    find the bone in the cache.

    Parameters
    ----------
    plan : StudyPlan
        The cases.
    store : Store
        Where findings and failures are kept.
    crew : callable
        Returns the workers to open when told how many can be busy at once; not called when nothing is left to do.
    progress : callable
        Hears how far the study is after each batch.

    Raises
    ------
    fea.errors.RunError
        The store cannot be written, workers cannot start, or their scheduler is lost.
    """
    keys = {c.key for c in plan.cases if not store.has(c.key) and store.failure(c.key) is None}
    keeper = _Keeper(store, len(keys), progress)
    groups = [group for group in plan.groups if any(case.key in keys for case in group.cases)]
    useful = max(len({group.mesh for group in groups}), len(keys) - 1)
    left: _Left | None = None
    while groups if left is None else left.ready or left.suspects:
        with crew(useful) as (executor, workers):
            if left is None:
                _log.info("%d cases in %d groups, %d workers", len(plan.cases), len(plan.groups), workers)
                left = _Left.of(groups, {group.key: _batches(group, plan, keys, workers) for group in groups})
            _round(executor, workers, left, keeper)
    return keeper.progress


@dataclass(frozen=True)
class _Left:
    """What is left to do: ``waiting`` for the first batch on their bone; ``suspects`` were with a killed worker."""

    ready: deque[Task]
    waiting: dict[str, deque[Batch]]
    suspects: deque[Task]

    @classmethod
    def of(cls, groups: list[CaseGroup], waiting: dict[str, deque[Batch]]) -> _Left:
        """Return everything: the first batches on each mesh are ready together, the others wait."""
        meshes: dict[int, list[Batch]] = {}
        for group in groups:
            meshes.setdefault(group.mesh, []).append(waiting[group.key].popleft())
        return cls(deque(map(tuple, meshes.values())), waiting, deque())


def _batches(group: CaseGroup, plan: StudyPlan, keys: set[str], workers: int) -> deque[Batch]:
    """Return the cases of a group that are to be done, in batches; small ones where few groups occupy all workers."""
    open_cases = [(c.key, c.study_case.case) for c in group.cases if c.key in keys]
    size = (
        LARGEST_BATCH
        if len(plan.groups) >= workers
        else max(1, min(LARGEST_BATCH, -(-len(open_cases) // (2 * workers))))
    )
    return deque(
        Batch(group.key, tuple(open_cases[k : k + size]), plan.training) for k in range(0, len(open_cases), size)
    )


def _round(executor: Executor, workers: int, left: _Left, keeper: _Keeper) -> None:
    """Submit until nothing is left or a worker was killed; cases that were with it go once more, each alone.

    It needs a new crew after that: dask loses a worker for good that is killed again as soon as it is replaced.
    """
    running: dict[Future[Done], Task] = {}
    is_whole = True
    while running or (is_whole and (left.ready or left.suspects)):
        alone = not left.ready and not running
        queue, room = (left.suspects, 1) if alone else (left.ready, workers + 1)
        while is_whole and queue and len(running) < room:
            task = queue.popleft()
            running[executor.submit(work, task)] = task
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task = running.pop(future)
            done = _result(future, task)
            is_whole = is_whole and done is not None
            if done is None and not alone:
                left.suspects.extend(_single(task))
                continue
            keeper.keep(done or _failed(task, _KILLED))
            later = [batch for first in task for batch in left.waiting.pop(first.basis, ())]
            if done is None:
                left.suspects.extend(_single(later))
            else:
                # A bone is done with before the next begins: the cache keeps some thirty tibias.
                left.ready.extendleft((batch,) for batch in reversed(later))


def _single(batches: Iterable[Batch]) -> Iterator[Task]:
    """Yield each case of batches as a task of its own."""
    return ((replace(batch, cases=(case,)),) for batch in batches for case in batch.cases)


def _failed(task: Task, reason: str) -> Done:
    return Done({}, {key: reason for batch in task for key, _ in batch.cases}, 0, (0.0, 0.0))


def _result(future: Future[Done], task: Task) -> Done | None:
    """Return what a future brings, None where the worker was killed."""
    from distributed import KilledWorker
    from distributed.scheduler import NoValidWorkerError, NoWorkerError

    try:
        return future.result()
    except (KilledWorker, NoValidWorkerError, NoWorkerError):
        return None
    except CancelledError:
        raise RunError("the scheduler went away; what is finished is kept, the same command goes on.") from None
    except Exception as error:
        return _failed(task, f"{type(error).__name__}: {error}")


class _Keeper:
    """Puts what comes back into the store, counts it, and reports."""

    def __init__(self, store: Store, total: int, hear: Hear) -> None:
        self._store, self._hear = store, hear
        self.progress = StudyProgress(0, 0, total, 0)

    def keep(self, done: Done) -> None:
        for key, found in done.finished.items():
            self._store.keep(key, found)
        for key, reason in done.failed.items():
            _log.error("case %s failed: %s", key[:12], reason)
            self._store.keep_failure(key, reason)
        self._store.flush()
        before = self.progress
        self.progress = StudyProgress(
            before.done + len(done.finished),
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
            len(done.finished),
            cases,
        )
        self._hear(self.progress)


# ---------------------------------------------------------------- workers


@contextmanager
def remote_crew(address: str, _: int = 1) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on a running dask scheduler, and how many workers it has.

    Raises
    ------
    fea.errors.InputError
        Nothing answers at the address, it has no workers, or workers with several threads.
    """
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    try:
        with ThreadPoolExecutor(1) as thread:  # asyncio.run is refused where a loop runs already, as in a notebook
            thread.submit(asyncio.run, _greeted(address)).result()
    except (OSError, TypeError, ValueError) as error:  # a TypeError: no certificate for tls://
        raise InputError(f"no dask scheduler answers at {address!r}: {error}.") from None
    with silence_logging_cmgr(logging.CRITICAL), Client(address, timeout=PATIENCE_S, set_as_default=False) as client:
        threads = client.nthreads()
        if not threads:
            raise InputError(f"the scheduler at {address!r} has no workers; start some with: dask worker {address}.")
        if max(threads.values()) > 1:
            raise InputError("a dask worker has several threads, a solver may use one; start it with --nthreads 1.")
        yield cast(Executor, client.get_executor(pure=False, retries=1)), len(threads)


async def _greeted(address: str) -> None:
    """Connect and hang up: a client that fails to connect would hang for 20 s and print why."""
    from distributed.comm.core import connect
    from distributed.security import Security

    comm = await connect(address, timeout=PATIENCE_S, **Security().get_connection_args("client"))
    await comm.close()


@contextmanager
def local_crew(most: int, useful: int) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on processes of this machine, not more than can be busy at once, and their number.

    Each is started anew (spawn), has its share of the threads, leaves the keyboard to the parent, listens on the
    loopback interface only, and ends with its parent, however that ends.

    Raises
    ------
    fea.errors.RunError
        The processes end as soon as they begin.
    """
    import dask
    from distributed import LocalCluster  # first: its defaults would go again with what is set below

    for name in ("distributed", "distributed.client"):  # silence_logs ends before the last coroutines do
        logging.getLogger(name).setLevel(logging.CRITICAL)
    count = min(most, useful)
    settings = {
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(_THREADS, max(1, thread_count() // count)),
        "distributed.scheduler.allowed-failures": 0,  # what killed one worker is not given to the next
        "distributed.scheduler.no-workers-timeout": "60s",
        "distributed.scheduler.worker-ttl": None,  # a solver may keep the interpreter to itself for minutes
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.worker.preload": ["fea.studies.work"],
        "distributed.worker.profile.enabled": False,
    }
    with dask.config.set(settings), _environment_kept(), ExitStack() as ends:
        with _keyboard_held():  # what is started here inherits it, and so do workers that replace killed ones
            for again in (True, False):  # one that is killed while it starts is started again
                try:
                    cluster = LocalCluster(
                        n_workers=count,
                        threads_per_worker=1,
                        host="127.0.0.1",
                        protocol="tcp",
                        # The scheduler serves HTTP even so, and would warn where another study has its default port.
                        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                        memory_limit=0,  # no spilling, no pausing, no restart: most_workers has seen to the memory
                        silence_logs=logging.CRITICAL,
                    )
                    break
                except RuntimeError:
                    if not again:
                        message = "the workers end as soon as they begin; what they printed says why."
                        raise RunError(message) from None
            ends.callback(_close, cluster)
        with remote_crew(cluster.scheduler_address) as crew:
            yield crew


def _close(cluster: LocalCluster) -> None:
    """End the workers at once, whatever they are doing; dask would wait four seconds for them."""
    import psutil

    async def kill() -> None:
        for nanny in cluster.workers.values():
            nanny.close_gracefully()  # it begins no other worker
            with suppress(psutil.NoSuchProcess):
                if nanny.pid:
                    psutil.Process(nanny.pid).kill()

    with _keyboard_held():
        cluster.sync(kill)
        cluster.close()


@contextmanager
def _keyboard_held() -> Iterator[None]:
    """Hold Ctrl-C back until the end; processes that threads of now begin, whenever that is, never hear it."""
    heard: list[int] = []
    before = None
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    has_masks = hasattr(signal, "pthread_sigmask")
    if has_masks:
        resource_tracker.ensure_running()  # where multiprocessing begins it later, it clears the mask
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if has_masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if before is not None:
            signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _environment_kept() -> Iterator[None]:
    """Undo at the end what is set in the environment; dask leaves there what it sets for its workers."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
