# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Is it so again? The case of a run folder solved anew, and its numbers beside those that were written."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from fea.case import Case, read_case
from fea.errors import InputError, MissingDependency
from fea.folder import MANIFEST
from fea.pipeline import solved
from fea.record import SCHEMA, current_versions, result_table
from fea.solve import Solver, solving_with
from fea.solve.basis import Announce, silent

TOLERANCE = 1e-6
"""Largest relative difference that counts as equal: far below any error of the model, above another processor's."""

_SECONDS = "wall_s"
_ROUND_OFF = "equilibrium"
_MOST_BYTES = 50_000_000

Leaf = float | str | None


@dataclass(frozen=True)
class RunFolder:
    """What a run folder says of itself, read and checked.

    ``result`` is the content of ``result.json``, ``versions`` and ``solver`` are those of the manifest, which
    older folders do not have all of.
    """

    case: Case
    result: Mapping[str, Any]
    versions: Mapping[str, str]
    solver: str | None


@dataclass(frozen=True)
class Difference:
    """How far a number of ``result.json`` is from the one written before.

    ``size`` is relative to the largest number of the same unit in the old result; infinite where a text, or
    the number of entries, is another.
    """

    key: str
    before: Leaf
    now: Leaf
    size: float


@dataclass(frozen=True)
class Rerun:
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
        """Return whether no number is further off than ``tolerance``."""
        return self.largest is None or self.largest.size <= tolerance


def read_folder(folder: Path) -> RunFolder:
    """Return what a run folder of schema 1 or older holds, without its fields.

    Raises
    ------
    fea.errors.InputError
        It is no run folder, a file of it is damaged or was changed, or a newer version wrote it.
    """
    result, manifest = (_json(folder, name) for name in ("result.json", MANIFEST))
    schema = result.get("schema")
    if not isinstance(schema, int) or not 1 <= schema <= SCHEMA:
        raise InputError(f"{str(folder)!r} has schema {schema!r}; this version reads up to {SCHEMA}.")
    file = folder / "case.toml"
    case = read_case(file)
    if hashlib.sha256(file.read_bytes()).hexdigest() != manifest.get("case_sha256"):
        raise InputError(f"{str(file)!r} is not the case that was run: its hash differs from that of the manifest.")
    versions = manifest.get("versions")
    solver = manifest.get("solver")
    return RunFolder(
        case,
        result,
        versions if isinstance(versions, dict) else {},
        solver if isinstance(solver, str) else None,
    )


def rerun(folder: Path, *, solver: Solver | None = None, use_cache: bool = False, announce: Announce = silent) -> Rerun:
    """Return how a new run of a run folder's case differs from what the folder holds.

    Parameters
    ----------
    folder : Path
        A run folder.
    solver : {"mumps", "pardiso", "multigrid"}, optional
        The linear solver; by default that of the folder, or the one that the rule picks where that is not installed.
    use_cache : bool
        Whether a bone solved earlier may serve; by default everything is made anew.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        As :func:`read_folder`.
    fea.errors.MissingDependency
        The solver that is asked for is not installed.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    old = read_folder(folder)
    carried = old.result.get("support")
    if carried not in ("held", "foundation", "free"):
        raise InputError(f"{str(folder)!r} has the support {carried!r}; known: held, foundation, free.")
    with solving_with(_at_hand(old.solver) if solver is None else solver):
        new = solved(old.case, carried=carried, use_cache=use_cache, announce=announce)
    return compared(old, json.loads(json.dumps(result_table(new))), new.solver)


def _at_hand(name: str | None) -> Solver | None:
    """Return the solver of that name if it serves here, else None."""
    solvers: tuple[Solver, ...] = get_args(Solver)
    for solver in solvers:
        if name == solver:
            with suppress(InputError, MissingDependency), solving_with(solver):
                return solver
    return None


def compared(old: RunFolder, now: Mapping[str, Any], solver: str | None = None) -> Rerun:
    """Return how the content of a new ``result.json``, found by ``solver``, differs from the old one.

    Wall times, and residuals of the equilibrium, which are nothing but round-off, are left out.
    """
    before, after = (dict(_leaves(table)) for table in (old.result, now))
    largest_of: dict[str, float] = {}
    for key, value in before.items():
        if isinstance(value, float):
            largest_of[_unit(key)] = max(abs(value), largest_of.get(_unit(key), 0.0))
    found = [_difference(key, value, after.get(key), largest_of.get(_unit(key), 0.0)) for key, value in before.items()]
    differing = [d for d in found if d.size > 0.0]
    current = current_versions()
    names = sorted({*old.versions, *current})
    return Rerun(
        compared=len(found),
        differing=len(differing),
        added=len(after.keys() - before.keys()),
        largest=max(differing, key=lambda d: d.size, default=None),
        versions={n: (old.versions.get(n), current.get(n)) for n in names if old.versions.get(n) != current.get(n)},
        solver=(old.solver, solver),
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
        yield key, None if value is None else str(value)


def _unit(key: str) -> str:
    """Return what stands for the unit of a number: the end of its name.

    Examples
    --------
    >>> _unit("gauges[2].rate_ue_per_s"), _unit("strain.p95_ue"), _unit("mesh.cells")
    ('ue_per_s', 'ue', 'cells')
    """
    name = key.rpartition(".")[2].partition("[")[0]
    first, per, last = name.partition("_per_")
    return first.rpartition("_")[2] + per + last


def _json(folder: Path, name: str) -> dict[str, Any]:
    file = folder / name
    try:
        if not file.is_file():
            raise InputError(f"{str(folder)!r} is not a run folder; it has no {name}.")
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        table = json.loads(file.read_text(encoding="utf-8"))
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}.") from None
    if not isinstance(table, dict):
        raise InputError(f"{str(file)!r} holds no table.")
    return table
