# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a worker does: batches of cases on one mesh; a case that fails does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fea.case import Case
from fea.case.study import Training
from fea.errors import BonefeaError
from fea.risk import Cortex, measured_cortex
from fea.solve import Basis, Carried, cached_bases, support_of
from fea.study.fracture import fracture_metrics
from fea.study.metrics import Finding, Metric, finding
from fea.study.reading import Bench


@dataclass(frozen=True)
class Batch:
    """Cases of one group, by key; ``basis`` is the key of what they share, ``training`` what they do every day."""

    basis: str
    cases: tuple[tuple[str, Case, Carried | None], ...]
    training: Training | None = None


@dataclass(frozen=True)
class Ready:
    """A bone at hand: its bench; where damage is counted the basis, which is large, and the cortex too."""

    bench: Bench
    is_new: bool
    basis: Basis | None
    cortex: Cortex | None

    def finding(self, case: Case, carried: Carried | None, training: Training | None) -> Finding:
        """Return what a study keeps of a case."""
        more: tuple[Metric, ...] = ()
        if training is not None and self.basis is not None and self.cortex is not None:
            more = fracture_metrics(case, self.basis, self.cortex, training)
        return finding(self.bench.reading(case, carried), more)


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


_last: tuple[str, Ready] | None = None


def bench_of(basis_key: str, case: Case, carried: Carried | None) -> Bench:
    """Return the bench of a case; the last one stays in memory.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed.
    """
    return next(_made_ready([(basis_key, case, carried)])).bench


def work(batches: Sequence[Batch]) -> Done:
    """Return what becomes of batches on one mesh, which is made once, tissue by tissue.

    Whatever stops a case does not stop the others, whatever stops a tissue not the other tissues.
    """
    found: dict[str, Finding] = {}
    failed: dict[str, str] = {}
    factorised, making, reading = 0, 0.0, 0.0
    left = list(batches)
    while left:
        bones = _made_ready([(b.basis, *b.cases[0][1:]) for b in left], with_risk=left[0].training is not None)
        try:
            for batch in tuple(left):
                begin = time.perf_counter()
                bone = next(bones)
                factorised += bone.is_new
                ready = time.perf_counter()
                for key, case, carried in batch.cases:
                    try:
                        found[key] = bone.finding(case, carried, batch.training)
                    except Exception as error:
                        failed[key] = _reason(error)
                making, reading = making + ready - begin, reading + time.perf_counter() - ready
                left.pop(0)
        except Exception as error:
            failed.update((key, _reason(error)) for key, _, _ in left.pop(0).cases)
    return Done(found, failed, factorised, (making, reading))


def _made_ready(asked: Sequence[tuple[str, Case, Carried | None]], *, with_risk: bool = False) -> Iterator[Ready]:
    """Yield the bone of each case; all are on one mesh. The last one stays in memory."""
    global _last
    same = len(asked) == 1 and _last is not None and _last[0] == asked[0][0]
    if same and _last is not None and (_last[1].basis is not None or not with_risk):
        yield replace(_last[1], is_new=False)
        return
    _last = None  # before the next takes its memory
    _, first, carried = asked[0]
    tissues = [case.tissue for _, case, _ in asked]
    bases = cached_bases(first.bone, first.size_mm, support_of(first.bone, carried), tissues)
    for (key, case, _), basis in zip(asked, bases, strict=True):
        risk = (basis, measured_cortex(case.bone, basis)) if with_risk else (None, None)
        _last = key, Ready(Bench(basis, case), basis.wall_s["factorise"] > 0.0, *risk)
        yield _last[1]


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BonefeaError) else f"{type(error).__name__}: {error}"
