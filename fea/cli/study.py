# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea study`: many cases into one table."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fea.cli.options import JsonOption, SolverOption, ThreadsOption
from fea.cli.places import check_folder_to_write, folder_name
from fea.errors import InputError, RunError
from fea.files import is_path

if TYPE_CHECKING:
    from fea.studies import Study, StudyPlan, StudyProgress

Flag = Annotated[bool, Parameter(negative="")]
_MOST_LISTED = 40


def study(
    name: Annotated[str, Parameter(name="STUDY")],
    /,
    *,
    workers: Annotated[int | None, Parameter(help="Processes on this machine; one for each core by default.")] = None,
    scheduler: Annotated[str | None, Parameter(help="Address of a running dask scheduler, tcp://HOST:PORT.")] = None,
    dry_run: Annotated[Flag, Parameter(help="Show the plan and its estimated cost, and stop.")] = False,
    yes: Annotated[Flag, Parameter(help="Do more than 5000 cases.")] = False,
    retry_failed: Annotated[Flag, Parameter(help="Try cases again that failed earlier.")] = False,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    out: Annotated[Path | None, Parameter(help="Study folder; runs/STUDY by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a study; cases that are finished in its folder are not run again.

    Parameters
    ----------
    name
        A study that `bonefea list` shows, or a path to a TOML file.
    """
    from fea.studies import plan_of, read_study

    if workers is not None and scheduler is not None:
        raise InputError("give either --workers or --scheduler; a cluster has its own workers.")
    if os.environ.get("PMI_SIZE", "1") != "1" or os.environ.get("OMPI_COMM_WORLD_SIZE", "1") != "1":
        raise InputError("a study starts its own workers; run it without mpiexec.")
    asked = read_study(name)
    plan = plan_of(asked, Path(name).parent if is_path(name) else None, many=yes)
    if dry_run:
        _show_plan(asked, plan, as_json)
        return
    folder = Path("runs") / folder_name(asked.name, name) if out is None else out
    check_folder_to_write(folder, (name,))
    with _shown_progress(folder, len(plan.cases)) as (show, start):
        from fea.api import execute_study
        from fea.solve import solving_with

        start()
        with solving_with(solver, threads):
            outcome = execute_study(
                asked, plan, folder, workers=workers, scheduler=scheduler, retry_failed=retry_failed, progress=show
            )
    progress = outcome.progress
    if as_json:
        counts = {"cases": len(plan.cases), "done_now": progress.done, "factorised": progress.factorised}
        print(json.dumps({**counts, "failed": dict(outcome.failed), "wall_s": outcome.wall_s, "folder": str(folder)}))
    else:
        print(
            f"{len(plan.cases)} cases, {progress.done} of them now, {progress.factorised} factorisations, "
            f"{outcome.wall_s:.1f} s: {folder}"
        )
    if outcome.failed:
        number, reason = outcome.failed[0]
        raise RunError(
            f"{len(outcome.failed)} of {len(plan.cases)} cases failed; case {number}: {reason} "
            f"All reasons stand in {folder / 'manifest.json'}; --retry-failed tries them again."
        )


def _show_plan(asked: Study, plan: StudyPlan, as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    groups = [
        {
            "bone": group.cases[0].study_case.case.bone.name,
            "subject": group.cases[0].study_case.subject,
            "size_mm": group.cases[0].study_case.case.size_mm,
            "cells": group.cells,
            "cases": len(group.cases),
            "solved": group.is_solved,
            "memory_gib": round(group.memory_bytes / 2**30, 2),
            "seconds": round(group.seconds(len(group.cases)), 1),
        }
        for group in plan.groups
    ]
    total = {
        "cases": len(plan.cases),
        "meshes": plan.meshes,
        "factorisations": sum(not group.is_solved for group in plan.groups),
        "seconds_of_one_worker": round(sum(group.seconds(len(group.cases)) for group in plan.groups), 1),
    }
    if as_json:
        cases = [{"case": c.number, "subject": c.study_case.subject, **c.study_case.setting} for c in plan.cases]
        print(json.dumps({**total, "groups": groups, "cases_listed": cases}, indent=2))
        return
    console = Console()
    for title, rows in (
        ("cases", [{"case": c.number, "subject": c.study_case.subject, **c.study_case.setting} for c in plan.cases]),
        ("groups: one mesh and one factorisation each", groups),
    ):
        table = Table(title=f"{asked.title}: {title}", title_justify="left")
        for column in rows[0]:
            table.add_column(column.replace("_", " "))
        for row in rows[:_MOST_LISTED]:
            table.add_row(*(str(value) for value in row.values()))
        console.print(table)
        if len(rows) > _MOST_LISTED:
            console.print(f"and {len(rows) - _MOST_LISTED} more")
    console.print(
        f"{total['cases']} cases on {total['meshes']} meshes, {total['factorisations']} factorisations to do, "
        f"about {total['seconds_of_one_worker']:.0f} s for one worker on the machine of docs/evidence/speed.md",
        soft_wrap=True,
    )


@contextmanager
def _shown_progress(folder: Path, cases: int) -> Iterator[tuple[Callable[[StudyProgress], None], Callable[[], None]]]:
    """Yield a function that moves a bar with the time that is left, and one that begins the log of the study."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    log = logging.getLogger("fea")
    handlers: list[logging.Handler] = []

    def start() -> None:
        log.setLevel(logging.INFO)
        handlers.append(_Log(folder))
        log.addHandler(handlers[0])

    try:
        terminal = Console(stderr=True)
        still = not terminal.is_terminal
        with Bar(*columns, TimeRemainingColumn(), console=terminal, transient=True, disable=still) as bar:
            task = bar.add_task("cases", total=cases)

            def show(progress: StudyProgress) -> None:
                failed = f", {progress.failed} failed" if progress.failed else ""
                bar.update(
                    task,
                    total=progress.total,
                    completed=progress.done + progress.failed,
                    description=f"cases{failed}",
                )

            yield show, start
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()


class _Log(logging.Handler):
    """Appends to ``study.log`` once the study folder is there; a full disk does not stop a study."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.INFO)
        self._folder = folder
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Append one record."""
        if (self._folder / "store").is_dir():
            try:
                with (self._folder / "study.log").open("a", encoding="utf-8") as stream:
                    stream.write(self.format(record) + "\n")
            except OSError:
                return
