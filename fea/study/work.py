# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a worker does: batches of cases on one mesh; a case that fails does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fea.case import Case
from fea.errors import BonefeaError
from fea.solve import Carried, cached_bases, support_of
from fea.study.metrics import Finding, finding
from fea.study.reading import Bench


@dataclass(frozen=True)
class Batch:
    """Cases of one group, by key; ``basis`` is the key of what they share."""

    basis: str
    cases: tuple[tuple[str, Case, Carried | None], ...]


@dataclass(frozen=True)
class Done:
    """What became of batches.

    ``found`` and ``failed`` (with the reason) by key; ``factorised`` counts the bones that had to be solved;
    ``seconds`` is the time of making benches, and of all cases together.
    """

    found: dict[str, Finding]
    failed: dict[str, str]
    factorised: int
    seconds: tuple[float, float]


_bench: tuple[str, Bench] | None = None


def bench_of(basis_key: str, case: Case, carried: Carried | None) -> Bench:
    """Return the bench of a case; the last one stays in memory.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed.
    """
    return next(_benches([(basis_key, case, carried)]))[0]


def work(batches: Sequence[Batch]) -> Done:
    """Return what becomes of batches on one mesh, which is made once, tissue by tissue.

    Whatever stops a case does not stop the others, whatever stops a tissue not the other tissues.
    """
    found: dict[str, Finding] = {}
    failed: dict[str, str] = {}
    factorised, making, reading = 0, 0.0, 0.0
    left = list(batches)
    while left:
        benches = _benches([(b.basis, *b.cases[0][1:]) for b in left])
        try:
            for batch in tuple(left):
                begin = time.perf_counter()
                bench, is_new = next(benches)
                factorised += is_new
                ready = time.perf_counter()
                for key, case, carried in batch.cases:
                    try:
                        found[key] = finding(bench.reading(case, carried))
                    except Exception as error:
                        failed[key] = _reason(error)
                making, reading = making + ready - begin, reading + time.perf_counter() - ready
                left.pop(0)
        except Exception as error:
            failed.update((key, _reason(error)) for key, _, _ in left.pop(0).cases)
    return Done(found, failed, factorised, (making, reading))


def _benches(asked: Sequence[tuple[str, Case, Carried | None]]) -> Iterator[tuple[Bench, bool]]:
    """Yield the bench of each case on one mesh, and whether its bone had to be solved."""
    global _bench
    if len(asked) == 1 and _bench is not None and _bench[0] == asked[0][0]:
        yield _bench[1], False
        return
    _bench = None  # before the next takes its memory
    _, first, carried = asked[0]
    tissues = [case.tissue for _, case, _ in asked]
    bases = cached_bases(first.bone, first.size_mm, support_of(first.bone, carried), tissues)
    for (key, case, _), basis in zip(asked, bases, strict=True):
        _bench = key, Bench(basis, case)
        yield _bench[1], basis.wall_s["factorise"] > 0.0


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BonefeaError) else f"{type(error).__name__}: {error}"
