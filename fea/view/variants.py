# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""An opened bone with other tissue and other support: combined where it can be, else solved in the background."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.case import Case, SupportKind, TissueState
from fea.errors import BonefeaError, InputError
from fea.view.background import Background
from fea.view.bone import ViewedBone, viewed
from fea.view.design_controls import Offered, with_t_score
from fea.view.tissues import Tissues

Floats = npt.NDArray[np.float64]

_KEPT = 8
_COARSER = 2.0
"""Elements that answer first, over those of the bone's file."""

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


@dataclass(frozen=True, eq=False)
class Variant:
    """A bone in one state of its tissue and on one support.

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
    """

    bone: ViewedBone
    tissue: TissueState
    cells: str
    shape: str
    bound: Callable[[Floats], float] | None = None
    coarse_mm: float | None = None

    def note(self, coefficients: Floats) -> str:
        """How the bone was found under loads of frames (frames, loads), in words; empty if it was solved."""
        if self.bound is None:
            return ""
        error = f"error of combining moduli at most {100.0 * self.bound(coefficients):.2g} %"
        coarse = (
            ""
            if self.coarse_mm is None
            else f" with coarse elements of {self.coarse_mm:g} mm, until finer ones are ready"
        )
        return f"T-score {self.tissue.t_score:g}, combined from solved bones{coarse}; {error}"


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
        self._known: OrderedDict[tuple[int, SupportKind, float], Variant] = OrderedDict()
        self._running: dict[tuple[int, SupportKind, float], asyncio.Task[None]] = {}
        self._mistakes: dict[tuple[int, SupportKind, float], Exception] = {}
        self._tissues: dict[tuple[int, SupportKind], Tissues] = {}
        self._coarse: dict[tuple[int, SupportKind], Tissues] = {}
        self._preparing: dict[tuple[int, SupportKind], asyncio.Task[None]] = {}
        self._preparing_coarse: dict[tuple[int, SupportKind], asyncio.Task[None]] = {}

    def begin(self, on_ready: Callable[[], None]) -> None:
        """Call ``on_ready`` whenever something that was waited for can be asked for again."""
        self._on_ready = on_ready

    async def of(
        self, one: OpenedBone, support: SupportKind, t_score: float, worked: Worked, rests: bool = True
    ) -> Variant:
        """The bone with this support and T-score; of coarse elements while finer ones are being prepared.

        Only a control that ``rests`` begins what takes long: a slider passes many values.

        Raises
        ------
        Waiting
            It is being solved.
        fea.errors.BonefeaError
            It cannot be.
        """
        if support == one.case.support and t_score == one.case.tissue.t_score:
            return self._as_opened.setdefault(
                id(one), Variant(one.bone, one.case.tissue, _cells(one), f"{id(one)} as opened")
            )
        key = (id(one), support, t_score)
        if key in self._mistakes:
            raise self._mistakes[key]
        if key not in self._known and (id(one), support) in self._tissues:
            self._keep(key, await worked(_combined, one, self._tissues[id(one), support], support, t_score))
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if rests:
            self.prepare(one, support)
            if key not in self._running:
                self._running[key] = asyncio.get_running_loop().create_task(self._solved(one, key, worked))
        if (id(one), support) in self._coarse:
            return await self._of_coarse(one, support, t_score, worked)
        raise Waiting(f"solving for a T-score of {t_score:g}, support {support} …")

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

    async def _of_coarse(self, one: OpenedBone, support: SupportKind, t_score: float, worked: Worked) -> Variant:
        key = (-id(one), support, t_score)
        if key not in self._known:
            self._keep(key, await worked(_combined, one, self._coarse[id(one), support], support, t_score, True))
        return self._known[key]

    def prepare_early(self, one: OpenedBone) -> None:
        """Begin to prepare the bone for all T-scores: at once if it is kept, else first with coarse elements."""
        support, coarse = one.case.support, _COARSER * one.case.bone.size_mm * one.case.bone.magnification
        self.prepare(one, support, only_if_kept=True)
        key = (id(one), support)
        if key in self._preparing or key in self._preparing_coarse or one.case.size_mm >= coarse:
            return
        cases = [case.model_copy(update={"size_mm": coarse, "support": support}) for case in _cases(one)]
        task = self._prepared(key, cases, self._coarse)
        self._preparing_coarse[key] = asyncio.get_running_loop().create_task(task)

    def prepare(self, one: OpenedBone, support: SupportKind, only_if_kept: bool = False) -> None:
        """Begin to prepare the bone for all T-scores, unless that has begun."""
        key = (id(one), support)
        cases = [case.model_copy(update={"support": support}) for case in _cases(one)]
        if key in self._preparing or (only_if_kept and not self._background.keeps_tissues(*cases)):
            return
        self._preparing[key] = asyncio.get_running_loop().create_task(self._prepared(key, cases, self._tissues))

    async def _prepared(
        self, key: tuple[int, SupportKind], cases: list[Case], kept: dict[tuple[int, SupportKind], Tissues]
    ) -> None:
        try:
            kept[key] = await self._background.tissues(*cases)
        except (BonefeaError, ValueError):  # such a bone is solved for each tissue
            return
        self._on_ready()

    async def _solved(self, one: OpenedBone, key: tuple[int, SupportKind, float], worked: Worked) -> None:
        _, support, t_score = key
        try:
            tissue = one.case.tissue if t_score == one.case.tissue.t_score else with_t_score(one.case.tissue, t_score)
            cases = [case.model_copy(update={"tissue": tissue, "support": support}) for case in _cases(one)]
            bone = await worked(viewed, await self._background.bone(*cases))
            self._keep(key, Variant(bone, tissue, _cells(one), f"{key} solved"))
        except (BonefeaError, ValueError) as mistake:
            self._mistakes[key] = mistake
        finally:
            del self._running[key]
            self._on_ready()

    def _keep(self, key: tuple[int, SupportKind, float], variant: Variant) -> None:
        self._known[key] = variant
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _combined(one: OpenedBone, tissues: Tissues, support: SupportKind, t_score: float, coarse: bool = False) -> Variant:
    state = with_t_score(one.case.tissue, t_score)
    mixture = tissues.at(state)
    size = _COARSER * one.case.bone.size_mm * one.case.bone.magnification if coarse else None
    shape = f"{id(one)} {support} {t_score} combined {size}"
    cells = f"{_cells(one)} coarse" if coarse else _cells(one)
    return Variant(
        tissues.thinned(mixture), state, cells, shape, lambda frames: tissues.error(mixture, frames), coarse_mm=size
    )


def _cases(one: OpenedBone) -> list[Case]:
    return [one.case, *one.offered.activities.values()]


def _cells(one: OpenedBone) -> str:
    return f"{one.case.bone.name} {one.case.size_mm:g} {id(one.bone)}"
