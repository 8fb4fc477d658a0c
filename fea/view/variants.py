# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""An opened bone with other shape, tissue and support: combined where it can be, else solved in the background."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.case import Case, SupportKind, TissueState, checked
from fea.errors import BonefeaError, InputError
from fea.view.background import Background
from fea.view.bone import ViewedBone, viewed
from fea.view.design_controls import Offered, with_t_score
from fea.view.shapes import AS_OPENED, ShapeValues, reshaped, signed
from fea.view.tissues import Tissues

Floats = npt.NDArray[np.float64]

_KEPT, _MOST_BYTES, _LEAST_KEPT = 8, 3 * 2**29, 2
"""Bones that are kept: so many, so large together, but the two that a page shows."""
_COARSER = 2.0
"""Elements that answer first, over those of the bone's file."""

_BEGIN_S, _CELLS_PER_S = 3.0, 2500.0
"""What solving takes, until the first bone is solved: for mesh and assembly, and for its elements."""

Worked = Callable[..., Awaitable[Any]]


class Waiting(Exception):
    """What is asked for is being solved; the text says what."""


@dataclass(frozen=True, eq=False)
class OpenedBone:
    """A bone as the viewer was opened with it: title, solved bone, case, and what the page offers for it."""

    title: str
    bone: ViewedBone
    case: Case
    offered: Offered


@dataclass(frozen=True)
class VariantAsked:
    """What the controls ask of an opened bone: shape, support and T-score."""

    shape: ShapeValues
    support: SupportKind
    t_score: float

    @classmethod
    def as_opened(cls, case: Case) -> VariantAsked:
        """That of the case with which the bone was opened."""
        return cls(AS_OPENED, case.support, case.tissue.t_score)

    def words(self, case: Case) -> str:
        """What differs from the case: shape, T-score and support, each only if it does."""
        words = self.shape.words(case.bone)
        if self.t_score != case.tissue.t_score:
            words.append(f"T-score {signed(self.t_score)}")
        if self.support != case.support:
            words.append(f"support {self.support}")
        return ", ".join(words)


@dataclass(frozen=True, eq=False)
class Variant:
    """A bone in one shape and state of its tissue and on one support.

    Attributes
    ----------
    bone : ViewedBone
        The bone.
    tissue : TissueState
        Its tissue.
    cells, shape : str
        Names of its tetrahedra, and of its vertices with their response.
    bound : callable, optional
        Of a bone that was combined from solved ones: bound on the error of combining moduli in frames (frames, loads).
    coarse_mm : float, optional
        Edge length of the elements, if they are coarser than those asked for.
    words : str
        How it differs from the bone as it was opened.
    """

    bone: ViewedBone
    tissue: TissueState
    cells: str
    shape: str
    bound: Callable[[Floats], float] | None = None
    coarse_mm: float | None = None
    words: str = ""

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        solved = 0 if self.bound is not None else 2 * self.bone.solved().unit.strain.nbytes
        return self.bone.planes.nbytes + self.bone.displacement.nbytes + solved

    def note(self, coefficients: Floats) -> str:
        """How the bone was found under loads of frames (frames, loads), in words; empty if it was solved."""
        if self.bound is None and self.coarse_mm is not None:
            return f"{self.words}: coarse elements of {self.coarse_mm:g} mm, until finer ones are solved"
        if self.bound is None:
            return ""
        error = f"error of combining moduli at most {100.0 * self.bound(coefficients):.2g} %"
        coarse = (
            ""
            if self.coarse_mm is None
            else f" with coarse elements of {self.coarse_mm:g} mm, until finer ones are ready"
        )
        return f"{self.words}: combined from solved bones{coarse}; {error}"


_Key = tuple[int, VariantAsked, bool]
"""Number of the opened bone, what is asked of it, whether with coarse elements."""


class Variants:
    """Variants of the opened bones, which all pages share.

    Parameters
    ----------
    background : Background
        Processes that solve bones.
    """

    def __init__(self, background: Background) -> None:
        self._background = background
        self._on_ready: Callable[[], None] = lambda: None
        self._as_opened: dict[int, Variant] = {}
        self._known: OrderedDict[_Key, Variant] = OrderedDict()
        self._running: dict[_Key, asyncio.Task[None]] = {}
        self._mistakes: dict[_Key, Exception] = {}
        self._wanted: dict[Hashable, _Key] = {}
        self._turn = {coarse: asyncio.Lock() for coarse in (False, True)}
        self._pace = 1.0
        self._most_bytes = _MOST_BYTES
        self._tissues: dict[tuple[int, SupportKind], Tissues] = {}
        self._coarse: dict[tuple[int, SupportKind], Tissues] = {}
        self._preparing: dict[tuple[int, SupportKind], asyncio.Task[None]] = {}
        self._preparing_coarse: dict[tuple[int, SupportKind], asyncio.Task[None]] = {}
        self._soon: set[tuple[int, SupportKind]] = set()

    def begin(self, on_ready: Callable[[], None]) -> None:
        """Call ``on_ready`` whenever something that was waited for can be asked for again."""
        self._on_ready = on_ready

    async def of(
        self, one: OpenedBone, asked: VariantAsked, worked: Worked, rests: bool = True, asker: Hashable = None
    ) -> Variant:
        """The bone in this shape, support and T-score; of coarse elements while finer ones are being prepared.

        Only a control that ``rests`` begins what takes long: a slider passes many values. What has not begun when its
        ``asker`` wants something else is dropped.

        Raises
        ------
        Waiting
            It is being solved.
        fea.errors.BonefeaError
            It cannot be.
        """
        key = (id(one), asked, False)
        if rests:
            self._wanted[asker] = key
        if asked == VariantAsked.as_opened(one.case):
            opened = Variant(one.bone, one.case.tissue, _cells(one), f"{id(one)} as opened")
            return self._as_opened.setdefault(id(one), opened)
        if key in self._mistakes:
            raise self._mistakes[key]
        support, own_shape = asked.support, asked.shape == AS_OPENED
        if own_shape and key not in self._known and (id(one), support) in self._tissues:
            self._keep(key, await worked(_combined, one, self._tissues[id(one), support], asked))
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if rests:
            self._begin_solving(one, asked, worked)
        if own_shape and (id(one), support) in self._coarse:
            with suppress(BonefeaError):  # a wall too thin for coarse elements
                return await self._of_coarse(one, asked, worked)
        coarse = self._known.get((id(one), asked, True))
        if coarse is not None:
            return coarse
        raise Waiting(self._waiting(one, asked) if rests else f"{asked.words(one.case)}: solved when the control rests")

    def _begin_solving(self, one: OpenedBone, asked: VariantAsked, worked: Worked) -> None:
        """Begin to solve a bone, and one of coarse elements beside it if nothing else answers soon.

        A bone of the opened shape is prepared for all T-scores too.
        """
        own_shape = asked.shape == AS_OPENED
        if own_shape:
            self.prepare(one, asked.support)
        soon = own_shape and (id(one), asked.support) in self._soon
        for coarse in (True, False) if _has_coarse(one.case) and not soon else (False,):
            key = (id(one), asked, coarse)
            if not any(key in those for those in (self._running, self._known, self._mistakes)):
                self._running[key] = asyncio.get_running_loop().create_task(self._solved(one, key, worked))

    def _waiting(self, one: OpenedBone, asked: VariantAsked) -> str:
        """What is waited for, and about how long."""
        coarse = (id(one), asked, True) in self._running
        before = sum(other[2] == coarse for other in self._running)
        seconds = before * self._pace * _usual_seconds(one, coarse)
        steps = f" with coarse elements of {_coarse_mm(one.case):g} mm" if coarse else ""
        return f"solving for {asked.words(one.case)}{steps}, about {max(5.0, 5.0 * round(seconds / 5.0)):.0f} s …"

    def page_closed(self, page: Hashable) -> None:
        """Forget what a page that was closed has asked for; its askers are pairs of it and a place."""
        self._wanted = {asker: key for asker, key in self._wanted.items() if not _is_of(asker, page)}

    def named(self, shape: str) -> Variant:
        """The variant whose vertices have this name.

        Raises
        ------
        fea.errors.InputError
            It is not, or no longer, kept.
        """
        for variant in (*self._as_opened.values(), *self._known.values()):
            if variant.shape == shape:
                return variant
        raise InputError("one of the two bones had to make room for others; move one of its controls.")

    def keeps(self, shape: str) -> bool:
        """Whether a variant of this name is kept."""
        return any(variant.shape == shape for variant in (*self._as_opened.values(), *self._known.values()))

    async def _of_coarse(self, one: OpenedBone, asked: VariantAsked, worked: Worked) -> Variant:
        key = (id(one), asked, True)
        if key not in self._known:
            coarse = self._coarse[id(one), asked.support]
            self._keep(key, await worked(_combined, one, coarse, asked, True))
        return self._known[key]

    def prepare_early(self, one: OpenedBone) -> None:
        """Begin to prepare the bone for all T-scores: at once if it is kept, else first with coarse elements."""
        self.prepare(one, one.case.support, only_if_kept=True)
        key = (id(one), one.case.support)
        if key in self._preparing or key in self._preparing_coarse or not _has_coarse(one.case):
            return
        self._soon.add(key)
        preparing = self._background.tissues(*_coarse_cases(*_cases(one)), coarse=True)
        task = self._prepared(key, preparing, self._coarse)
        self._preparing_coarse[key] = asyncio.get_running_loop().create_task(task)

    def prepare(self, one: OpenedBone, support: SupportKind, only_if_kept: bool = False) -> None:
        """Begin to prepare the bone for all T-scores, unless that has begun."""
        key = (id(one), support)
        cases = [case.model_copy(update={"support": support}) for case in _cases(one)]
        if key in self._preparing:
            return
        if self._background.keeps_tissues(*cases):
            self._soon.add(key)
        elif only_if_kept:
            return
        task = self._prepared(key, self._background.tissues(*cases), self._tissues)
        self._preparing[key] = asyncio.get_running_loop().create_task(task)

    async def _prepared(
        self,
        key: tuple[int, SupportKind],
        preparing: asyncio.Future[Tissues],
        kept: dict[tuple[int, SupportKind], Tissues],
    ) -> None:
        try:
            kept[key] = await preparing
        except (BonefeaError, ValueError):  # such a bone is solved for each tissue
            self._soon.discard(key)
            return
        self._on_ready()

    async def _solved(self, one: OpenedBone, key: _Key, worked: Worked) -> None:
        _, asked, coarse = key
        try:
            async with self._turn[coarse]:
                if (id(one), asked, False) not in self._wanted.values():
                    return
                begin = time.monotonic()
                cases = _cases_of(one, asked, coarse)
                bone = await worked(viewed, await self._background.bone(*cases, coarse=coarse))
                seconds = time.monotonic() - begin
                if seconds > _BEGIN_S:  # else it came from the cache
                    self._pace = seconds / _usual_seconds(one, coarse)
            name = f"{id(one)} {sha256(repr(asked).encode()).hexdigest()[:16]} {'coarse' if coarse else 'solved'}"
            cells = _cells(one, coarse) if asked.shape == AS_OPENED else name
            size, words = cases[0].size_mm if coarse else None, asked.words(one.case)
            self._keep(key, Variant(bone, cases[0].tissue, cells, name, None, size, words))
        except (BonefeaError, ValueError) as mistake:
            self._mistakes[key] = mistake
        finally:
            del self._running[key]
            self._on_ready()

    def _keep(self, key: _Key, variant: Variant) -> None:
        self._known[key] = variant
        while len(self._known) > _LEAST_KEPT and (
            len(self._known) > _KEPT or sum(one.nbytes for one in self._known.values()) > self._most_bytes
        ):
            self._known.popitem(last=False)


def _is_of(asker: Hashable, page: Hashable) -> bool:
    return isinstance(asker, tuple) and asker[0] == page


def begin_early(background: Background, case: Case, *others: Case) -> None:
    """Begin to prepare a bone with coarse elements, which is yet to be solved: :meth:`Variants.prepare_early`."""
    if _has_coarse(case) and not background.keeps_tissues(case, *others):
        background.begin_tissues(*_coarse_cases(case, *others), coarse=True)


def _coarse_cases(*cases: Case) -> list[Case]:
    return [case.model_copy(update={"size_mm": _coarse_mm(case)}) for case in cases]


def _has_coarse(case: Case) -> bool:
    """Whether coarser elements than those of a case answer sooner."""
    return case.size_mm < _coarse_mm(case)


def _coarse_mm(case: Case) -> float:
    """Edge length of the elements that answer first."""
    return _COARSER * case.bone.size_mm * case.bone.magnification


def _usual_seconds(one: OpenedBone, coarse: bool) -> float:
    share = (one.case.size_mm / _coarse_mm(one.case)) ** 2 if coarse else 1.0
    return _BEGIN_S + share * len(one.bone.mesh.cells) / _CELLS_PER_S


def _cases_of(one: OpenedBone, asked: VariantAsked, coarse: bool) -> list[Case]:
    """Cases of all activities that a variant is solved for."""
    own = one.case.tissue
    state = own if asked.t_score == own.t_score else with_t_score(own, asked.t_score)
    changed: dict[str, object] = {"tissue": state, "support": asked.support}
    if coarse:
        changed["size_mm"] = _coarse_mm(one.case)
    if asked.shape != AS_OPENED:
        changed["bone"] = reshaped(one.case.bone, asked.shape)
    return [checked(Case, {**dict(case), **changed}, "the case") for case in _cases(one)]


def _combined(one: OpenedBone, tissues: Tissues, asked: VariantAsked, coarse: bool = False) -> Variant:
    state = with_t_score(one.case.tissue, asked.t_score)
    mixture = tissues.at(state)
    size = _coarse_mm(one.case) if coarse else None
    shape = f"{id(one)} {asked.support} {asked.t_score} combined {size}"

    def bound(frames: Floats) -> float:
        return tissues.error(mixture, frames)

    return Variant(tissues.thinned(mixture), state, _cells(one, coarse), shape, bound, size, asked.words(one.case))


def _cases(one: OpenedBone) -> list[Case]:
    return [one.case, *one.offered.activities.values()]


def _cells(one: OpenedBone, coarse: bool = False) -> str:
    return f"{one.case.bone.name} {one.case.size_mm:g} {id(one.bone)}{' coarse' if coarse else ''}"
