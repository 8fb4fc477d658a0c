# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reproduction: the case of a run folder solved anew, and its numbers beside those of the folder."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from fea.errors import InputError, MissingDependency
from fea.evaluate import evaluated, solved_bone
from fea.files import Progress, current_versions, silent
from fea.folders import Manifest, read_run, run_figures
from fea.folders.run import raw_figures, verified_case
from fea.solve import SolverName, solving_with, usable_cores

TOLERANCE = 1e-6
"""Largest relative difference that counts as equal: far below any error of the model, above another processor's."""

_SECONDS = "wall_s"
_ROUND_OFF = "equilibrium"
_SPELT = {"held": "fixed"}
"""Texts that versions before 0.2 spell otherwise."""

Leaf = float | str | None


@dataclass(frozen=True)
class Difference:
    """Difference of a number of ``result.json`` between the folder and the new run.

    ``size`` is relative to the largest number of the same unit in the old result; infinite where a text, or
    the number of entries, is another.
    """

    key: str
    before: Leaf
    now: Leaf
    size: float


@dataclass(frozen=True)
class Reproduction:
    """The numbers of a run folder beside those of a new run.

    ``largest`` is the greatest of the ``differing`` numbers, None if all are the same bit for bit; ``added`` counts
    the numbers that the folder, written by an older version, does not have. ``versions`` maps each library that
    changed to its versions then and now, ``solver`` is the linear solver then and now.
    """

    compared: int
    differing: int
    added: int
    largest: Difference | None
    versions: Mapping[str, tuple[str | None, str | None]]
    solver: tuple[str | None, str | None]

    def equal(self, tolerance: float = TOLERANCE) -> bool:
        """Whether no number differs by more than ``tolerance``."""
        return self.largest is None or self.largest.size <= tolerance


def reproduced(
    folder: Path,
    *,
    solver: SolverName | None = None,
    threads: int | None = None,
    use_cache: bool = False,
    progress: Progress = silent,
) -> Reproduction:
    """Numbers of a run folder beside those of a new run of its case.

    Parameters
    ----------
    folder : Path
        A run folder.
    solver : {"mumps", "pardiso", "multigrid"}, optional
        The linear solver; by default that of the folder, or the one that the rule picks where that is not installed.
    threads : int, optional
        Threads to compute on; by default those of the folder, or one for each physical core where these are fewer.
    use_cache : bool
        Whether a bone solved earlier may serve; by default everything is made anew.
    progress : callable, optional
        Hears each step as it begins.

    Raises
    ------
    fea.errors.InputError
        It is no run folder, a file of it is damaged or was changed, or a newer version wrote it.
    fea.errors.MissingDependency
        The solver that is asked for is not installed.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    run = read_run(folder)
    case = verified_case(run)
    if solver is None:
        solver = _at_hand(run.manifest.solver)
    if threads is None and 1 <= (run.manifest.threads or 0) <= usable_cores():
        threads = run.manifest.threads
    with solving_with(solver, threads):
        result = evaluated(case, solved_bone(case, use_cache=use_cache, progress=progress), progress)
    now = json.loads(json.dumps(run_figures(result).table()))
    return compared(raw_figures(folder), now, run.manifest, result.bone.solver)


def _at_hand(name: str | None) -> SolverName | None:
    """Solver of that name if it serves here, else None."""
    solvers: tuple[SolverName, ...] = get_args(SolverName)
    for solver in solvers:
        if name == solver:
            with suppress(InputError, MissingDependency), solving_with(solver):
                return solver
    return None


def compared(
    old: Mapping[str, Any], now: Mapping[str, Any], manifest: Manifest, solver: str | None = None
) -> Reproduction:
    """Numbers of an old ``result.json`` beside those of a new one, which ``solver`` solved.

    Wall times, and residuals of the equilibrium, which are nothing but round-off, are excluded.
    """
    before, after = (dict(_leaves(table)) for table in (old, now))
    largest_of: dict[str, float] = {}
    for key, value in before.items():
        if isinstance(value, float):
            largest_of[_unit(key)] = max(abs(value), largest_of.get(_unit(key), 0.0))
    found = [_difference(key, value, after.get(key), largest_of.get(_unit(key), 0.0)) for key, value in before.items()]
    differing = [d for d in found if d.size > 0.0]
    current = current_versions()
    then = manifest.versions
    names = sorted({*then, *current})
    return Reproduction(
        compared=len(found),
        differing=len(differing),
        added=len(after.keys() - before.keys()),
        largest=max(differing, key=lambda d: d.size, default=None),
        versions={n: (then.get(n), current.get(n)) for n in names if then.get(n) != current.get(n)},
        solver=(manifest.solver or None, solver),
    )


def _difference(key: str, before: Leaf, now: Leaf, largest: float) -> Difference:
    if before == now:
        return Difference(key, before, now, 0.0)
    if not isinstance(before, float) or not isinstance(now, float):
        return Difference(key, before, now, math.inf)
    off = abs(now - before) / largest if largest > 0.0 else math.inf
    return Difference(key, before, now, off if math.isfinite(off) else math.inf)


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, Leaf]]:
    """Yield each number or text of a result with its dotted key, and of each list its length."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if key or name not in (_SECONDS, _ROUND_OFF):
                yield from _leaves(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        yield f"{key}.count", float(len(value))
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{number}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield key, float(value)
    else:
        yield key, None if value is None else _SPELT.get(str(value), str(value))


def _unit(key: str) -> str:
    """Unit of a number, as far as the end of its key says it.

    Examples
    --------
    >>> _unit("gauges[2].rate_ue_per_s"), _unit("strain.p95_ue"), _unit("mesh.cells")
    ('ue_per_s', 'ue', 'cells')
    """
    name = key.rpartition(".")[2].partition("[")[0]
    first, per, last = name.partition("_per_")
    return first.rpartition("_")[2] + per + last
