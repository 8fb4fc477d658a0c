# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A T-score is answered with coarse elements while finer ones are solved, and says so."""

from __future__ import annotations

import asyncio
import gc
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fea.case import Options, resolved
from fea.evaluate import solved_bone
from fea.view.bone import viewed
from fea.view.design_controls import Offered, controls_of
from fea.view.desk import Desk
from fea.view.gate import DesignAsk
from fea.view.variants import OpenedBone, Variant, Variants, Waiting


class Held:
    """A background whose work never ends, but for what is ``ready``."""

    def __init__(self, ready: Any) -> None:
        self.ready = ready
        self.asked: list[float] = []

    def keeps_tissues(self, *_: Any) -> bool:
        return False

    def _future(self, case: Any, ready: bool) -> asyncio.Future[Any]:
        self.asked.append(case.size_mm)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if ready:
            future.set_result(self.ready)
        return future

    def tissues(self, case: Any, *_: Any) -> asyncio.Future[Any]:
        return self._future(case, case.size_mm == 2.0)

    def bone(self, case: Any, *_: Any) -> asyncio.Future[Any]:
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
        with pytest.raises(Waiting, match=r"solving for a T-score of -1\.5"):
            await variants.of(opened, "fixed", -1.5, _worked, rests=False)
        assert held.asked == []  # a slider on its way begins nothing
        variants.prepare_early(opened)
        await asyncio.sleep(0.01)
        assert held.asked == [2.0]
        coarse = await variants.of(opened, "fixed", -1.5, _worked, rests=False)
        assert coarse.coarse_mm == 2.0
        assert "coarse elements of 2 mm" in coarse.note(np.ones((1, len(coarse.bone.loads))))
        assert coarse.cells.endswith("coarse")
        assert coarse.tissue.t_score == -1.5
        assert held.asked == [2.0]
        again = await variants.of(opened, "fixed", -1.5, _worked)
        await asyncio.sleep(0.01)
        assert again is coarse
        assert sorted(held.asked) == [1.0, 1.0, 2.0]  # at rest the finer bone is solved, and prepared for all

    asyncio.run(run())


def test_of_bones_solved_for_their_tissue_the_last_two_are_kept(opened):
    variants = Variants(Held(None))  # type: ignore[arg-type]
    one = Variant(opened.bone, opened.case.tissue, "cells", "shape")
    solved = [replace(one, bone=replace(opened.bone)) for _ in range(3)]
    combined = [replace(one, bone=replace(opened.bone), bound=lambda _: 0.0) for _ in range(4)]
    for k, variant in enumerate([*solved[:2], *combined, solved[2]]):
        variants._keep((id(opened), "fixed", -0.1 * k), variant)
    assert [variants.keeps(variant.bone) for variant in solved] == [False, True, True]
    assert all(variants.keeps(variant.bone) for variant in combined)


def test_a_design_leaves_with_its_bone(opened):
    async def run() -> None:
        variants = Variants(Held(None))  # type: ignore[arg-type]
        desk = Desk([opened], variants)
        asked = DesignAsk(bone=0, **{**vars(controls_of(opened.case)), "t_score": -1.0, "support": "fixed"})
        one = Variant(replace(opened.bone), opened.case.tissue, "cells", "one")
        variants._keep((id(opened), "fixed", -1.0), one)
        design = weakref.ref(desk._design(opened, one, asked))
        assert design() is not None
        for k in range(2):
            other = Variant(replace(opened.bone), opened.case.tissue, "cells", f"other {k}")
            variants._keep((id(opened), "fixed", -2.0 - k), other)
            desk._design(opened, other, asked)
        gc.collect()
        assert design() is None

    asyncio.run(run())
