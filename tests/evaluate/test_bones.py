# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Several bones of the same people: from Python, compared over plans, and limited together."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import pytest

import fea
from fea.case import read_fatigue
from fea.errors import InputError
from fea.evaluate import limited
from fea.folders import read_plan_folder
from fea.report import page_of
from fea.risk import INPUTS, RiskSettings, sampled
from fea.show import draw_plans

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
SETTINGS = RiskSettings(samples=64, sensitivity=0)
BONES = ("metatarsal2", "metatarsal3")


@pytest.fixture(scope="module")
def plans():
    """Two plans on two bones."""
    return fea.plan(BONES, ["recruit", "couch_to_10km"], size_mm=2, settings=SETTINGS)


def test_each_bone_has_the_average_person_of_that_bone_alone(plans):
    for name, one in zip(BONES, plans[0].bones, strict=True):
        alone = fea.plan(name, "recruit", size_mm=2, settings=SETTINGS)
        np.testing.assert_array_equal(one.probability, alone.probability)


def test_any_bone_breaks_as_often_as_independent_bones_of_each_person_do(plans):
    for one in plans:
        first, second = (bone.subjects.probability for bone in one.bones)
        whole = 1.0 - (1.0 - first) * (1.0 - second)
        assert one.share == pytest.approx(one.subjects.weight @ whole / len(whole))
        assert (one.share >= np.maximum(*(bone.share for bone in one.bones))).all()
        assert (one.share <= sum(bone.share for bone in one.bones)).all()


def test_bones_of_a_plan_are_those_of_the_same_people_with_loads_of_their_own(plans):
    # Body mass, density, size and life are drawn alike; the load of each bone by itself.
    found = []
    for number, one in enumerate(plans[0].bones):
        question = one.question
        assert (question.number, question.bones) == (number, 2)
        spreads = read_fatigue().spreads.of_bone(question.bone.bone, 2.0)
        found.append(sampled(spreads, 64, SETTINGS.seed, question.number, question.bones).factors)
    load = INPUTS.index("load")
    np.testing.assert_array_equal(np.delete(found[0], load, axis=1), np.delete(found[1], load, axis=1))
    assert abs(np.corrcoef(np.log(found[0][:, load]), np.log(found[1][:, load]))[0, 1]) < 0.3


def test_the_table_of_weeks_has_each_bone_and_any(plans):
    table = plans[0].to_pandas()
    assert list(table.columns) == [*BONES, "any"]
    assert table.index.tolist() == list(range(1, 11))
    assert table["any"].iloc[-1] == plans[0].share[-1]
    assert table["metatarsal3"].iloc[0] == plans[0].bones[1].share[6]


def test_a_saved_folder_is_that_of_the_command(plans, tmp_path):
    folder = read_plan_folder(plans[0].save(tmp_path / "p"))
    assert [one.bone for one in folder.figures.bones] == list(BONES)
    assert folder.figures.any_bone.expected_share == plans[0].share[-1]
    assert read_plan_folder(folder.place / "metatarsal3").figures.risk == folder.figures.bones[1].risk


def test_a_limit_holds_for_the_share_of_people_who_break_any_bone(plans):
    limit = float(plans[0].share[-1])
    first, *others = plans[0].bones
    asked = replace(first, question=replace(first.question, limit=limit))
    whole = limited(replace(plans[0], bones=(asked, *others)))
    # The plan as it is has this very share, so that no day need be rest.
    assert whole.rest_limit.curve[0].expected_share == pytest.approx(limit, rel=1e-3)
    growth = whole.growth_limit.largest.growth_percent
    alone = limited(asked).growth_limit.largest.growth_percent
    assert growth < alone
    grown = fea.plan(BONES, plans[0].plan.with_growth(growth), size_mm=2, settings=SETTINGS)
    assert grown.share[-1] == pytest.approx(whole.growth_limit.largest.expected_share, rel=1e-3)
    assert grown.share[-1] <= limit * (1.0 + 1e-3)


def test_the_limit_of_the_average_person_is_that_of_independent_bones():
    settings = replace(SETTINGS, samples=0)
    found = fea.plan(BONES, "recruit", size_mm=2, settings=settings, limit=1e-3)
    first, second = (one.probability[-1] for one in found.bones)
    assert found.rest_limit.curve[0].expected_share == pytest.approx(1.0 - (1.0 - first) * (1.0 - second), rel=1e-6)


def test_the_command_compares_and_limits_several_bones(bonefea, plans, monkeypatch):
    drawn = []

    def recorded(several, file, title):
        drawn.extend([title, *(one.headline for one in several)])
        draw_plans(several, file, title)

    monkeypatch.setattr("fea.folders.plan.draw_plans", recorded)
    words = ("plan", *BONES, "recruit", "--size", "2", "--samples", "64", "--compare", "couch_to_10km", "--limit", "1%")
    code, out, _ = bonefea(*words, "--out", "p")
    assert code == 0
    assert drawn == ["any of 2 bones: plans compared", plans[0].headline, plans[1].headline]
    said = " ".join(out.split())
    result = json.loads(Path("p/result.json").read_text(encoding="utf-8"))
    assert result["compared"][0]["risk"]["expected_share"] == plans[1].share[-1]
    assert f"compared: From the couch to 10 km: {plans[1].headline}" in said
    assert read_plan_folder(Path("p")).figures.growth_limit.sentence in said
    for name in ("compare.png", "growth.png", "bones.png"):
        assert (Path("p") / name).stat().st_size > 10_000
    page = page_of(Path("p"))
    assert "How fast it may grow" in page
    beside = page.partition("Plans beside each other: that any of 2 bones breaks")[2].partition("</table>")[0]
    assert [f'<data value="{100.0 * one.share[-1]}">' in beside for one in plans] == [True, True]
    assert f"for each plan. At the end, {escape(plans[0].headline)}" in page


def test_a_sequence_of_bones_is_refused_where_it_makes_no_sense():
    with pytest.raises(InputError, match="bone is empty"):
        fea.plan([], "recruit")
    with pytest.raises(InputError, match="'tibia' is named twice"):
        fea.plan(["tibia", "tibia"], "recruit")
    with pytest.raises(InputError, match="bone is 3; a name or a path is needed"):
        fea.plan(["tibia", 3], "recruit")
