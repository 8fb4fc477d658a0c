# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A solved bone is believed only if its stress carries its loads, wherever it comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest

import fea.evaluate.solved
from fea.case import Options, resolved
from fea.errors import RunError
from fea.evaluate import Result, evaluated, solved_bone

CASE = resolved("metatarsal2", "running", Options(size_mm=2.0))


@pytest.fixture(scope="module")
def bone():
    return solved_bone(CASE)


@pytest.mark.parametrize("factor", [0.5, 0.85, 1.15])
def test_strains_that_do_not_carry_the_loads_are_refused_though_reactions_balance(bone, factor, monkeypatch):
    # Reactions are kept beside the strains, so that equilibrium alone stays at 1e-12.
    changed = replace(bone.basis, unit=replace(bone.unit, strain=factor * bone.unit.strain))
    monkeypatch.setattr(fea.evaluate.solved, "cached_basis", lambda *_, **__: changed)
    with pytest.raises(RunError, match="run it without"):
        solved_bone(CASE)


def test_a_free_bone_is_checked_with_its_reaction(bone):
    free = solved_bone(CASE.model_copy(update={"support": "free"}))
    halved = replace(free, basis=replace(free.basis, unit=replace(free.unit, strain=0.5 * free.unit.strain)))
    case = CASE.model_copy(update={"support": "free"})
    assert evaluated(case, free).section_gap < 0.05
    with pytest.raises(RunError, match="differs from statics by 50 %"):
        evaluated(case, halved)


def test_the_stress_of_an_ordinary_case_carries_the_loads_within_a_few_percent(bone):
    assert 0.0 < Result(CASE, bone).section_gap < 0.05
