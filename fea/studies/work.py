# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The work of a worker: batches of cases on one mesh; a case that fails does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fea.case import Case, Training
from fea.errors import BonefeaError
from fea.evaluate import Result, SolvedBone, solved_bones
from fea.solve import limited_to
from fea.studies.metrics import CaseMetrics, case_metrics


@dataclass(frozen=True)
class Batch:
    """Cases of one group, by key; ``basis`` is the key of what they share, ``training`` that of every day."""

    basis: str
    cases: tuple[tuple[str, Case], ...]
    training: Training | None = None


@dataclass(frozen=True)
class Done:
    """Outcome of batches: metrics of finished cases, reasons of failed ones.

    ``finished`` and ``failed`` (with the reason) by key; ``factorised`` counts the bones that had to be solved;
    ``seconds`` is the time of solving bones, and of all cases together.
    """

    finished: dict[str, CaseMetrics]
    failed: dict[str, str]
    factorised: int
    seconds: tuple[float, float]


_last: tuple[str, SolvedBone] | None = None


def bone_of(basis_key: str, case: Case) -> SolvedBone:
    """Solved bone of a case; the last one stays in memory.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed.
    """
    return next(_bones([(basis_key, case)]))[0]


@limited_to()  # all linear algebra, not the solver's alone: a worker of someone's cluster has it on all cores
def work(batches: Sequence[Batch]) -> Done:
    """Outcome of batches on one mesh, which is made once, tissue by tissue.

    Whatever stops a case does not stop the others, whatever stops a tissue not the other tissues.
    """
    finished: dict[str, CaseMetrics] = {}
    failed: dict[str, str] = {}
    factorised, making, reading = 0, 0.0, 0.0
    left = list(batches)
    while left:
        bones = _bones([(b.basis, b.cases[0][1]) for b in left])
        try:
            for batch in tuple(left):
                begin = time.perf_counter()
                bone, is_new = next(bones)
                factorised += is_new
                ready = time.perf_counter()
                for key, case in batch.cases:
                    try:
                        finished[key] = case_metrics(Result(case, bone), batch.training)
                    except Exception as error:
                        failed[key] = _reason(error)
                making, reading = making + ready - begin, reading + time.perf_counter() - ready
                left.pop(0)
        except Exception as error:
            failed.update((key, _reason(error)) for key, _ in left.pop(0).cases)
    return Done(finished, failed, factorised, (making, reading))


def _bones(asked: Sequence[tuple[str, Case]]) -> Iterator[tuple[SolvedBone, bool]]:
    """Yield the bone of each case, all on one mesh, and whether it had to be solved; the last stays in memory."""
    global _last
    if len(asked) == 1 and _last is not None and _last[0] == asked[0][0]:
        yield _last[1], False
        return
    _last = None  # before the next takes its memory
    for (key, _), bone in zip(asked, solved_bones([case for _, case in asked]), strict=True):
        _last = key, bone
        yield bone, bone.basis.wall_s["factorise"] > 0.0


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BonefeaError) else f"{type(error).__name__}: {error}"
