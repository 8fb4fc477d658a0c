# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Plans in two designs: sessions that take an option, and the difference within the same virtual subjects."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fea
from fea.case import DesignOptions, OtherOptions, in_design, in_other_design, read_plan
from fea.comparison import compared_plans, plan_side
from fea.errors import InputError
from fea.evaluate import FinalRisk, paired_risk
from fea.folders import read_comparison
from fea.report import page_of
from fea.risk import RiskSettings

SETTINGS = RiskSettings(samples=64, sensitivity=0)


def sessions(plan):
    return [session for block in plan.blocks for session in block.sessions]


@pytest.fixture(scope="module")
def planned():
    """A function that follows a plan on the coarse tibia."""
    return lambda plan="ten_percent", **options: fea.plan("tibia", plan, size_mm=6, settings=SETTINGS, **options)


def test_options_of_a_design_go_to_the_sessions_that_take_them():
    plan = read_plan("recruit")
    changed = in_design(plan, DesignOptions(pack_kg=12.0, height_m=0.4, footwear="boot"))
    for old, new in zip(sessions(plan), sessions(changed), strict=True):
        assert new.footwear == "boot"
        assert new.pack_mass_kg == (12.0 if old.pack_mass_kg > 0.0 else 0.0)
        assert new.height_m == (0.4 if old.activity == "jump_landing" else None)
        assert new.speed_m_per_s == old.speed_m_per_s
    assert changed.title == "Recruit training with rising packs, Military boot, pack 12 kg, 0.4 m"


def test_another_design_has_the_options_of_the_first_that_it_does_not_give():
    plan, first = read_plan("ten_percent"), DesignOptions(footwear="minimal")
    other = in_other_design(plan, first, OtherOptions(speed_m_per_s=2.9, mass_kg=80.0))
    assert {(s.footwear, s.speed_m_per_s) for s in sessions(other)} == {("minimal", 2.9)}
    assert other.title.endswith("Minimal shoe, 2.9 m/s, 80 kg")
    assert in_other_design(plan, first, OtherOptions()) is None


@pytest.mark.parametrize(
    ("plan", "options", "says"),
    [
        ("ten_percent", {"pack_kg": 10.0}, "no session of plan 'ten_percent' carries a pack; leave out --pack"),
        ("ten_percent", {"height_m": 0.3}, "no session of plan 'ten_percent' is a landing; leave out --height"),
        ("ten_percent", {"footwear": "clog"}, "there is no shoe 'clog'"),
    ],
)
def test_an_option_that_no_session_takes_is_refused(plan, options, says):
    with pytest.raises(InputError, match=says):
        in_design(read_plan(plan), DesignOptions(**options))


def test_the_paired_difference_counts_people_by_their_weight():
    # Three subjects who stand for 1.2, 1.3 and 0.5 people: the second is safer under B, the third as safe.
    weight = np.array([1.2, 1.3, 0.5])
    a = FinalRisk(0.2, 1.0, np.array([0.1, 0.4, 0.0]), weight)
    b = FinalRisk(0.3, 2.0, np.array([0.2, 0.3, 0.0]), weight)
    risk = paired_risk(a, b)
    assert (risk.safer_a, risk.safer_b) == (pytest.approx(1.2 / 3.0), pytest.approx(1.3 / 3.0))
    assert (risk.ratio, risk.damage_ratio, risk.difference) == (pytest.approx(1.5), 2.0, pytest.approx(0.1))
    assert risk.ratio_band == pytest.approx((0.75, 0.75, 2.0))
    with pytest.raises(InputError, match="other virtual subjects"):
        paired_risk(a, replace(b, weight=weight[::-1]))


def test_the_same_design_is_as_safe_for_everybody(planned):
    found = fea.compare(planned(), planned())
    assert (found.risk.ratio, found.risk.damage_ratio) == (1.0, 1.0)
    assert (found.risk.safer_a, found.risk.safer_b) == (0.0, 0.0)
    assert found.conclusion.exposure.startswith("No difference: ")
    assert found.conclusion.origin == "No input differs."


def test_damage_follows_the_power_of_the_body_mass(planned):
    # Forces are in body weights, and Carter & Caler's N ∝ Δε^-6.6: 77 kg against 70 kg do 1.1^6.6 the damage.
    found = fea.compare(planned(), planned(mass_kg=77.0))
    assert found.risk.damage_ratio == pytest.approx(1.1**6.6, rel=1e-4)
    assert found.risk.safer_a == pytest.approx(1.0, abs=1e-3)
    back = fea.compare(planned(mass_kg=77.0), planned())
    assert back.risk.ratio == pytest.approx(1.0 / found.risk.ratio)
    assert back.risk.safer_b == found.risk.safer_a


def test_a_shoe_in_every_session_is_named_with_its_source(planned):
    found = fea.compare(planned(), planned(footwear="minimal"))
    assert found.designs == ("Conventional running shoe", "Minimal shoe")
    assert "×1.049 [D: ratio of axial ankle forces" in found.conclusion.origin
    assert f"the same {SETTINGS.samples} virtual subjects" in found.conclusion.confidence


def test_plans_of_other_training_differ_as_a_whole(planned):
    found = fea.compare(planned(), planned("sudden_doubling"))
    assert [one.name for one in found.inputs] == ["plan"]
    assert found.designs == ("Ten per cent more each week", "Four weeks as usual, then twice as much")


def test_folders_of_plans_compare_like_the_plans_themselves(planned, tmp_path):
    one, two = planned(), planned(footwear="minimal")
    folders = [plan.save(tmp_path / name) for name, plan in (("a", one), ("b", two))]
    direct, read = compared_plans(plan_side(one), plan_side(two)), fea.compare(*folders, tmp_path / "c")
    assert read.conclusion == direct.conclusion
    assert read.risk.safer_a == direct.risk.safer_a
    assert read_comparison(tmp_path / "c").figures.conclusion == direct.conclusion
    assert (tmp_path / "c" / "comparison.png").stat().st_size > 10_000
    page = page_of(tmp_path / "c")
    assert "<h1>Minimal shoe against Conventional running shoe</h1>" in page
    assert "get a stress fracture of the tibia with Minimal shoe" in page
    with pytest.raises(InputError, match="leave out plan and across"):
        fea.compare(*folders, plan="recruit")


def test_other_bones_are_not_compared(planned):
    other = fea.plan("metatarsal2", "ten_percent", size_mm=2, settings=SETTINGS)
    with pytest.raises(InputError, match="the bones are tibia and metatarsal2; compare plans on the same bones"):
        fea.compare(planned(), other)


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_the_command_follows_both_designs(bonefea):
    words = ("plan", "tibia", "ten_percent", "--size", "6", "--samples", "64", "--compare-footwear", "minimal")
    code, out, _ = bonefea(*words, "--compare-mass", "75", "--out", "p")
    assert code == 0
    (other,) = json.loads(Path("p/result.json").read_text(encoding="utf-8"))["compared"]
    assert {one["name"] for one in other["inputs"]} == {"shoe", "body mass"}
    assert other["paired"]["safer_a"] == pytest.approx(1.0, abs=1e-3)
    assert out.startswith(other["conclusion"]["exposure"][:60])
    assert other["conclusion"]["exposure"] in page_of(Path("p"))
    code, _, err = bonefea(*words[:-2], "--compare-pack", "10")
    assert (code, "carries a pack" in err) == (2, True)
