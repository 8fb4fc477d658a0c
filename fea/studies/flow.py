# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A study from its question to findings: the plan, then all cases that the store has not."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from fea.case import Study
from fea.errors import InputError
from fea.studies.design import MANY_CASES, cases
from fea.studies.execution import Hear, StudyProgress, execute, local_crew, most_workers, remote_crew
from fea.studies.plan import StudyPlan, planned
from fea.studies.store import Store


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


def worked_off(
    plan: StudyPlan,
    store: Store,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    progress: Hear = lambda _: None,
) -> StudyProgress:
    """Work off all cases of a plan that the store has not, and return how far that came.

    Parameters
    ----------
    plan : StudyPlan
        The cases.
    store : Store
        Where findings are kept.
    workers, scheduler
        Processes on this machine, as many as there are cores by default, or the address of a dask scheduler.
    retry_failed : bool
        Whether cases that failed earlier are tried again.
    progress : callable
        Hears how far the study is.

    Raises
    ------
    fea.errors.InputError
        There is no worker.
    fea.errors.RunError
        The disk is full.
    """
    if retry_failed:
        store.forget_failures([case.key for case in plan.cases])
    crew = partial(local_crew, most_workers(plan, workers)) if scheduler is None else partial(remote_crew, scheduler)
    return execute(plan, store, crew, progress)
