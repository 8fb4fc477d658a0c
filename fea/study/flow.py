# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A study from question to tables: plan, work off what the store has not, write the tables."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fea.case.study import Study
from fea.errors import InputError
from fea.study.design import MANY_CASES, cases
from fea.study.execution import Progress, Tell, execute, local_crew, most_workers, remote_crew
from fea.study.plan import StudyPlan, planned
from fea.study.store import opened_store
from fea.study.tables import write_tables

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a call of :func:`run_study` did: its progress, the failed cases with reasons, seconds spent."""

    progress: Progress
    failed: list[tuple[int, str]]
    wall_s: float


def plan_of(study: Study, folder: Path | None = None, *, many: bool = False) -> StudyPlan:
    """Return the plan of a study.

    Parameters
    ----------
    study : Study
        The study.
    folder : Path, optional
        Where the relative paths of its file begin.
    many : bool
        Whether more than 5000 cases are meant.

    Raises
    ------
    fea.errors.InputError
        More cases than expected, an unknown factor, a value outside its range, two equal cases.
    """
    if study.count > MANY_CASES and not many:
        raise InputError(f"the study {study.name!r} has {study.count:,} cases; if that is meant, say --yes.")
    return planned(cases(study, folder), study.training)


def run_study(
    study: Study,
    plan: StudyPlan,
    out: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    tell: Tell = lambda _: None,
) -> Outcome:
    """Work a study off into its folder; what is finished there is not done again.

    Parameters
    ----------
    study : Study
        The study.
    plan : StudyPlan
        Its plan.
    out : Path
        Its folder.
    workers : int, optional
        Processes on this machine; as many as there are cores by default.
    scheduler : str, optional
        Address of a dask scheduler to use instead.
    retry_failed : bool
        Whether cases that failed earlier are tried again.
    tell : callable
        Is told the progress.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be used, or there is no worker.
    fea.errors.RunError
        The disk is full, or every case failed.
    """
    begin = time.perf_counter()
    with opened_store(out) as store:
        if retry_failed:
            store.forget_failures([case.key for case in plan.cases])
        crew = (
            partial(local_crew, most_workers(plan, workers)) if scheduler is None else partial(remote_crew, scheduler)
        )
        progress = execute(plan, store, crew, tell)  # ends the crew: xarray writes otherwise while a cluster is open
        wall_s = time.perf_counter() - begin
        failed = write_tables(study, plan, store, out, wall_s)
    _log.info("%d cases in %.1f s, %d failed", progress.done, wall_s, len(failed))
    return Outcome(progress, failed, wall_s)
