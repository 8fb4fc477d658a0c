# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea rerun`: the case of a run folder solved again, and the difference of its numbers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import JsonOption, SolverOption, ThreadsOption
from fea.errors import InputError, RunError, out_of_range
from fea.files import is_folder


def rerun(
    folder: Path,
    *,
    tolerance: Annotated[float, Parameter(help="Largest relative difference that counts as equal.")] = 1e-6,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: Annotated[bool, Parameter(help="Use and keep solved bones in the cache.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the case of a run folder again, compare, and report the largest difference.

    The exit code is 0 if no number differs by more than the tolerance, relative to the largest number of the
    same unit, and 1 otherwise.

    Parameters
    ----------
    folder
        A run folder.
    """
    if not 0.0 <= tolerance <= 1.0:
        raise out_of_range("tolerance", tolerance, "0 to 1")
    if not is_folder(folder):
        raise InputError(f"there is no run folder {str(folder)!r}.")
    from rich.console import Console

    with Console(stderr=True).status("loading libraries") as status:
        from fea.checks import reproduced

        found = reproduced(folder, solver=solver, threads=threads, use_cache=cache, progress=status.update)
    worst = found.largest
    if as_json:
        far = None if worst is None else {**asdict(worst), "size": min(worst.size, 1e308)}
        print(json.dumps({**asdict(found), "largest": far, "equal": found.equal(tolerance)}, indent=2))
    else:
        for name, (before, now) in found.versions.items():
            print(f"{name}: {before or 'absent'} then, {now or 'absent'} now")
        then, now = found.solver
        if then != now:
            print(f"linear solver: {then or 'not recorded'} then, {now} now")
        if found.added:
            print(f"{found.added} numbers are new since then")
        print(f"{found.compared - found.differing} of {found.compared} numbers are the same bit for bit")
        if worst is not None:
            print(f"largest difference {worst.size:.1e}: {worst.key} was {worst.before}, is {worst.now}")
    if not found.equal(tolerance):
        assert worst is not None
        raise RunError(f"{worst.key} differs by {worst.size:.1e}; allowed: {tolerance:g}.")
