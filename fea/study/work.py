# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a worker does: a batch of cases on one bone; a case that fails does not stop the others."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fea.case import Case
from fea.errors import BonefeaError
from fea.solve import Carried, cached_basis, support_of
from fea.study.metrics import Finding, finding
from fea.study.reading import Bench


@dataclass(frozen=True)
class Batch:
    """Cases of one group, by key; ``basis`` is the key of what they share."""

    basis: str
    cases: tuple[tuple[str, Case, Carried | None], ...]


@dataclass(frozen=True)
class Done:
    """What became of a batch.

    ``found`` and ``failed`` (with the reason) by key; ``factorised`` says whether the bone had to be
    solved, ``seconds`` is the time of making the bench, and of all cases together.
    """

    found: dict[str, Finding]
    failed: dict[str, str]
    factorised: bool
    seconds: tuple[float, float]


_bench: tuple[str, Bench] | None = None


def bench_of(basis_key: str, case: Case, carried: Carried | None) -> tuple[Bench, bool]:
    """Return the bench of a case and whether its bone had to be solved; the last one stays in memory.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed.
    """
    global _bench
    if _bench is not None and _bench[0] == basis_key:
        return _bench[1], False
    _bench = None  # before the next takes its memory
    basis = cached_basis(case.bone, case.size_mm, support_of(case.bone, carried))
    _bench = basis_key, Bench(basis, case)
    return _bench[1], basis.wall_s["factorise"] > 0.0


def work(batch: Batch) -> Done:
    """Return what becomes of a batch."""
    begin = time.perf_counter()
    _, first, carried = batch.cases[0]
    try:
        bench, factorised = bench_of(batch.basis, first, carried)
    except Exception as error:  # whatever stops this bone must not stop the others
        return Done({}, {key: _reason(error) for key, _, _ in batch.cases}, False, (0.0, 0.0))
    ready = time.perf_counter()
    found, failed = {}, {}
    for key, case, carried in batch.cases:
        try:
            found[key] = finding(bench.reading(case, carried))
        except Exception as error:
            failed[key] = _reason(error)
    return Done(found, failed, factorised, (ready - begin, time.perf_counter() - ready))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BonefeaError) else f"{type(error).__name__}: {error}"
