# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a worker does: a batch of cases on one bone; a case that fails does not stop the others."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fea.answer import Carried, support_of
from fea.case import Case
from fea.errors import BonefeaError
from fea.solve import cached_basis
from fea.study.metrics import Finding, finding
from fea.study.reading import Bench


@dataclass(frozen=True)
class Batch:
    """Cases of one group, by key; ``basis`` is the key of what they share."""

    basis: str
    cases: tuple[tuple[str, Case, Carried], ...]


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


def work(batch: Batch) -> Done:
    """Return what becomes of a batch; the bench of the last one stays in memory for the next."""
    global _bench
    begin = time.perf_counter()
    _, first, carried = batch.cases[0]
    factorised = False
    if _bench is None or _bench[0] != batch.basis:
        _bench = None
        try:
            basis = cached_basis(first.bone, first.size_mm, support_of(first, carried))
            factorised = basis.wall_s["factorise"] > 0.0
            _bench = batch.basis, Bench(basis, first)
        except Exception as error:  # whatever stops this bone must not stop the others
            return Done({}, {key: _reason(error) for key, _, _ in batch.cases}, factorised, (0.0, 0.0))
    ready = time.perf_counter()
    found, failed = {}, {}
    for key, case, carried in batch.cases:
        try:
            found[key] = finding(_bench[1].reading(case, carried))
        except Exception as error:
            failed[key] = _reason(error)
    return Done(found, failed, factorised, (ready - begin, time.perf_counter() - ready))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BonefeaError) else f"{type(error).__name__}: {error}"
