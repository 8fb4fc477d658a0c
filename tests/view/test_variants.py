# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Another tissue or shape is answered with coarse elements while finer ones are solved, and says so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fea.case import Options, read_bone, resolved
from fea.errors import GeometryError, InputError
from fea.evaluate import solved_bone
from fea.view.bone import viewed
from fea.view.design_controls import Offered, with_t_score
from fea.view.shapes import AS_OPENED, ShapeValues, modes_of, reshaped
from fea.view.variants import OpenedBone, Variant, VariantAsked, Variants, Waiting, begin_early


class Held:
    """A background whose work never ends, but for what is ``ready``."""

    def __init__(self, ready: Any) -> None:
        self.ready = ready
        self.asked: list[float] = []
        self.begun: list[tuple[float, bool]] = []

    def keeps_tissues(self, *_: Any) -> bool:
        return False

    def begin_tissues(self, case: Any, *_: Any, coarse: bool = False) -> None:
        self.begun.append((case.size_mm, coarse))

    def _future(self, case: Any, ready: bool) -> asyncio.Future[Any]:
        self.asked.append(case.size_mm)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if ready:
            future.set_result(self.ready)
        return future

    def tissues(self, case: Any, *_: Any, coarse: bool = False) -> asyncio.Future[Any]:
        return self._future(case, coarse)

    def bone(self, case: Any, *_: Any, coarse: bool = False) -> asyncio.Future[Any]:
        return self._future(case, ready=False)


async def _worked(work: Any, *given: Any) -> Any:
    return work(*given)


@pytest.fixture(scope="module")
def opened() -> OpenedBone:
    """A metatarsal that says it has the finer elements of its file."""
    case = resolved("metatarsal2", "running", Options(size_mm=2.0))
    bone = viewed(solved_bone(case))
    fine = case.model_copy(update={"size_mm": 1.0})
    return OpenedBone("second metatarsal", replace(bone), fine, Offered({"running": fine}))


def test_coarse_elements_answer_until_finer_ones_are_ready(opened, prepared):
    async def run() -> None:
        held = Held(prepared)
        variants = Variants(held)  # type: ignore[arg-type]
        asked = VariantAsked(AS_OPENED, "fixed", -1.5)
        with pytest.raises(Waiting, match=r"^T-score −1\.5: solved when the control rests"):
            await variants.of(opened, asked, _worked, rests=False)
        assert held.asked == []  # a slider on its way begins nothing
        variants.prepare_early(opened)
        await asyncio.sleep(0.01)
        assert held.asked == [2.0]
        coarse = await variants.of(opened, asked, _worked, rests=False)
        assert coarse.coarse_mm == 2.0
        note = coarse.note(np.ones((1, len(coarse.bone.loads))))
        assert note.startswith("T-score −1.5: combined from solved bones with coarse elements of 2 mm, until finer")
        assert coarse.words == "T-score −1.5"
        assert coarse.cells.endswith("coarse")
        assert coarse.tissue.t_score == -1.5
        assert held.asked == [2.0]
        again = await variants.of(opened, asked, _worked)
        await asyncio.sleep(0.01)
        assert again is coarse
        assert sorted(held.asked) == [1.0, 1.0, 2.0]  # at rest the finer bone is solved, and prepared for all

    asyncio.run(run())


class Solving:
    """A background that solves when it is told to, one bone after the other as asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, bool, asyncio.Future[Any]]] = []

    def bone(self, case: Any, *_: Any, coarse: bool = False) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.asked.append((case, coarse, future))
        return future

    def keeps_tissues(self, *_: Any) -> bool:
        return False

    def tissues(self, *_: Any, coarse: bool = False) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    def solve(self, number: int) -> None:
        case, _, future = self.asked[number]
        future.set_result(solved_bone(case))

    @property
    def lengths(self) -> list[tuple[float, bool]]:
        return [(round(case.bone.length_mm), coarse) for case, coarse, _ in self.asked]


@pytest.fixture(scope="module")
def toe() -> OpenedBone:
    """A metatarsal with elements a little finer than the coarse ones of its file."""
    case = resolved("metatarsal2", "running", Options(size_mm=1.7))
    return OpenedBone("second metatarsal", viewed(solved_bone(case)), case, Offered({"running": case}))


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0.02)


def test_a_shape_is_answered_with_coarse_elements_then_with_those_asked_for(toe):
    async def run() -> None:
        solving, ready = Solving(), []
        variants = Variants(solving)  # type: ignore[arg-type]
        variants.begin(lambda: ready.append(1))
        asked = VariantAsked(ShapeValues(length_percent=90.0), toe.case.support, 0.0)
        with pytest.raises(Waiting, match=r"solving for length 90 % with coarse elements of 2 mm, about \d+ s"):
            await variants.of(toe, asked, _worked)
        await _settled()
        length = round(0.9 * toe.case.bone.length_mm)
        assert solving.lengths == [(length, True), (length, False)]
        assert [case.size_mm for case, *_ in solving.asked] == [2.0, 1.7]
        solving.solve(0)
        await _settled()
        assert ready == [1]
        coarse = await variants.of(toe, asked, _worked)
        assert coarse.coarse_mm == 2.0
        assert coarse.note(np.zeros((1, 1))) == "length 90 %: coarse elements of 2 mm, until finer ones are solved"
        assert len(solving.asked) == 2
        solving.solve(1)
        await _settled()
        fine = await variants.of(toe, asked, _worked)
        assert (fine.coarse_mm, fine.words, fine.note(np.zeros((1, 1)))) == (None, "length 90 %", "")
        assert fine.bone.anatomy.length == pytest.approx(0.9 * toe.bone.anatomy.length)
        assert variants.named(fine.shape) is fine
        assert variants.named(coarse.shape) is coarse
        assert fine.shape != coarse.shape
        assert fine.cells != coarse.cells

    asyncio.run(run())


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((AS_OPENED, "fixed", -1.5), "T-score −1.5"),
        ((AS_OPENED, "free", 0.0), "support free"),
        ((AS_OPENED, "free", -1.5), "T-score −1.5, support free"),
        ((ShapeValues(length_percent=90.0), "fixed", 0.0), "length 90 %"),
        ((ShapeValues(length_percent=90.0), "free", -2.0), "length 90 %, T-score −2, support free"),
    ],
)
def test_a_bone_is_called_by_all_that_differs_from_the_bone_as_it_was_opened(toe, asked, words):
    case = toe.case.model_copy(update={"support": "fixed"})
    assert VariantAsked(*asked).words(case) == words
    opened = case.model_copy(update={"tissue": with_t_score(case.tissue, -1.5), "support": "free"})
    assert VariantAsked(AS_OPENED, "free", -1.5).words(opened) == ""
    assert VariantAsked(AS_OPENED, "free", 0.0).words(opened) == "T-score 0"


def test_a_bone_is_prepared_with_coarse_elements_while_it_is_still_being_solved(opened, prepared):
    held = Held(prepared)
    begin_early(held, opened.case)  # type: ignore[arg-type]
    begin_early(held, opened.case.model_copy(update={"size_mm": 2.0}))  # type: ignore[arg-type]
    assert held.begun == [(2.0, True)]  # elements as coarse as those need no coarser ones


def test_a_t_score_that_nothing_prepared_answers_is_solved_with_coarse_elements_first(toe):
    async def run() -> None:
        solving = Solving()
        variants = Variants(solving)  # type: ignore[arg-type]
        asked, length = VariantAsked(AS_OPENED, toe.case.support, -1.5), round(toe.case.bone.length_mm)
        with pytest.raises(Waiting, match=r"^solving for T-score −1\.5 with coarse elements of 2 mm, about \d+ s"):
            await variants.of(toe, asked, _worked)
        await _settled()
        assert solving.lengths == [(length, True), (length, False)]
        assert all(case.tissue.t_score == -1.5 for case, *_ in solving.asked)
        solving.solve(0)
        await _settled()
        coarse = await variants.of(toe, asked, _worked)
        assert (coarse.words, coarse.coarse_mm, coarse.tissue.t_score) == ("T-score −1.5", 2.0, -1.5)
        solving.solve(1)
        await _settled()
        fine = await variants.of(toe, asked, _worked)
        assert (fine.words, fine.coarse_mm, fine.tissue.t_score) == ("T-score −1.5", None, -1.5)
        assert fine.cells != coarse.cells
        assert len(solving.asked) == 2

    asyncio.run(run())


def test_a_t_score_whose_coarse_bones_are_being_prepared_is_not_solved_with_coarse_elements(toe):
    async def run() -> None:
        solving = Solving()
        variants = Variants(solving)  # type: ignore[arg-type]
        variants.prepare_early(toe)
        with pytest.raises(Waiting, match=r"^solving for T-score −1\.5, about"):
            await variants.of(toe, VariantAsked(AS_OPENED, toe.case.support, -1.5), _worked)
        await _settled()
        assert [coarse for _, coarse in solving.lengths] == [False]

    asyncio.run(run())


def test_a_bone_that_coarse_elements_cannot_make_is_not_tried_again_and_again(toe):
    async def run() -> None:
        solving = Solving()
        variants = Variants(solving)  # type: ignore[arg-type]
        asked = VariantAsked(ShapeValues(length_percent=90.0), toe.case.support, 0.0)
        for _ in range(2):
            with pytest.raises(Waiting):
                await variants.of(toe, asked, _worked)
            await _settled()
            if not solving.asked[0][2].done():
                solving.asked[0][2].set_exception(GeometryError("the wall is too thin"))
            await _settled()
        assert [coarse for _, coarse in solving.lengths] == [True, False]

    asyncio.run(run())


def test_a_t_score_whose_wall_is_too_thin_for_coarse_elements_waits_for_finer_ones(opened, prepared):
    async def run() -> None:
        thick = replace(prepared, walls=np.array([1.0, 0.99, 0.98]))
        variants = Variants(Held(thick))  # type: ignore[arg-type]
        variants.prepare_early(opened)
        await _settled()
        with pytest.raises(Waiting, match="solving for T-score −2"):
            await variants.of(opened, VariantAsked(AS_OPENED, "fixed", -2.0), _worked)

    asyncio.run(run())


def test_what_has_not_begun_when_something_else_is_wanted_is_dropped(toe):
    async def run() -> None:
        solving = Solving()
        variants = Variants(solving)  # type: ignore[arg-type]

        async def rest(length: float, asker: object) -> None:
            asked = VariantAsked(ShapeValues(length_percent=length), toe.case.support, 0.0)
            with pytest.raises(Waiting):
                await variants.of(toe, asked, _worked, asker=asker)
            await _settled()

        await rest(95.0, ("page", "a"))  # begins at once
        await rest(93.0, ("page", "a"))  # waits for its turn
        await rest(91.0, ("page", "a"))  # takes its place
        await rest(108.0, ("page", "b"))  # of the other picture: both stay
        await rest(112.0, ("other", "a"))
        variants.page_closed("other")  # and a page that is closed wants nothing
        solved = 0
        while solved < len(solving.asked):
            solving.solve(solved)
            solved += 1
            await _settled()
        length = toe.case.bone.length_mm
        expected = [round(length * share) for share in (0.95, 0.91, 1.08)]
        for coarse in (True, False):
            assert [one for one, own in solving.lengths if own == coarse] == expected

    asyncio.run(run())


def test_a_shape_that_does_not_close_is_told_in_one_sentence(toe):
    # A wall 120 % thick in a bone whose canal is narrow leaves none.
    thick = toe.case.bone.model_copy(update={"thickness_scale": 2.6 * toe.case.bone.thickness_scale})
    one = replace(toe, case=toe.case.model_copy(update={"bone": thick}))
    one = replace(one, offered=Offered({"running": one.case}))

    async def run() -> None:
        class Failing(Solving):
            def bone(self, case: Any, *_: Any, coarse: bool = False) -> asyncio.Future[Any]:
                future = super().bone(case, coarse=coarse)
                try:
                    future.set_result(solved_bone(case, use_cache=False))
                except GeometryError as error:
                    future.set_exception(error)
                return future

        variants = Variants(Failing())  # type: ignore[arg-type]
        asked = VariantAsked(ShapeValues(thickness_percent=115.0), one.case.support, 0.0)
        with pytest.raises(Waiting):
            await variants.of(one, asked, _worked)
        await _settled()
        with pytest.raises(GeometryError, match=r"cortical thickness is .* allowed: more than 0"):
            await variants.of(one, asked, _worked)

    asyncio.run(run())


def test_bones_that_are_kept_are_few_and_those_of_two_pictures_stay(toe):
    async def run() -> None:
        variants = Variants(Solving())  # type: ignore[arg-type]
        variants._most_bytes = 1
        shown = [replace(_variant(toe), shape=str(k)) for k in range(4)]
        for k, variant in enumerate(shown):
            asked = VariantAsked(ShapeValues(length_percent=90.0 + k), "fixed", 0.0)
            variants._keep((1, asked, False), variant)
        assert [variants.keeps(str(k)) for k in range(4)] == [False, False, True, True]
        with pytest.raises(InputError, match="had to make room"):
            variants.named("0")

    asyncio.run(run())


def _variant(one: OpenedBone) -> Variant:
    return Variant(one.bone, one.case.tissue, "cells", "shape")


def test_a_shape_is_that_of_the_same_change_of_the_file():
    tibia = read_bone("tibia")
    modes = [1.0, 0.0, 0.0, 0.0, 0.0, -0.5]
    values = ShapeValues(90.0, 80.0, tuple(modes))
    assert list(modes_of(tibia)) == ["size", "distal_girth", "robustness", "plateau_width", "torsion", "shaft_girth"]
    expected = read_bone("tibia", ("length_mm=333", "thickness_scale=0.8", "shape.size=1", "shape.shaft_girth=-0.5"))
    assert reshaped(tibia, values) == expected
    assert reshaped(tibia, AS_OPENED) == tibia
    assert values.words(tibia) == ["length 90 %", "cortical thickness 80 %", "size +1 SD", "shaft girth −0.5 SD"]
    with pytest.raises(InputError, match="2 modes of variation are asked for; the bone 'tibia' has 6"):
        reshaped(tibia, ShapeValues(modes=(1.0, 2.0)))
    with pytest.raises(InputError, match="the bone 'metatarsal2' has 0"):
        reshaped(read_bone("metatarsal2"), ShapeValues(modes=(1.0,)))
