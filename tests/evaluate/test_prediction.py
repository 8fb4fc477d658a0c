# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Training plans: what ships, what is refused, and the folder that a plan leaves."""

from __future__ import annotations

import csv
import importlib.resources
import json
import tomllib
from html import escape
from pathlib import Path

import numpy as np
import pytest
import tomli_w

import fea
from fea.case import BodyOptions, Options, names, read_bone, read_fatigue, read_plan, read_tissue, resolved
from fea.errors import InputError
from fea.evaluate import PlanQuestion, predicted, solved_bone
from fea.folders import MANIFEST, read_plan_folder
from fea.report import page_of
from fea.risk import RiskSettings, in_percent

SHIPPED = {"ten_percent", "couch_to_10km", "sudden_doubling", "recruit", "jump_block", "jump_block_deload"}


def shipped(name):
    file = importlib.resources.files("fea.loadcases") / "plans" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.fixture
def asked(tmp_path):
    """A function that writes a plan with changes and returns its path."""

    def write(blocks=None, **changes):
        table = {**shipped("sudden_doubling"), **changes}
        table["blocks"] = table["blocks"] if blocks is None else blocks
        file = tmp_path / "plan.toml"
        file.write_text(tomli_w.dumps(table), encoding="utf-8")
        return str(file)

    return write


def question(plan, **settings):
    body = BodyOptions(size_mm=6.0)
    return PlanQuestion(plan, read_bone("tibia"), read_tissue(), read_fatigue(), body, RiskSettings(**settings))


def block(first=1, last=2, **session):
    return {"weeks": [first, last], "sessions": [{"activity": "running", "days": ["monday"], **session}]}


# ---------------------------------------------------------------- what ships


def test_six_plans_ship():
    assert set(names("plan")) == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_plan_fits_the_tibia_and_is_named_as_its_file(name):
    plan = read_plan(name)
    assert plan.name == name
    assert plan.sources
    assert question(plan).cases()


def test_ten_percent_is_ten_percent_and_ends_where_doubling_does():
    weekly = {name: np.zeros(12) for name in ("ten_percent", "sudden_doubling")}
    for name, km in weekly.items():
        for entry in read_plan(name).dated_sessions():
            km[entry.day // 7] += entry.amount
    assert weekly["ten_percent"][1:8] / weekly["ten_percent"][:7] == pytest.approx(1.1)
    assert weekly["ten_percent"][-1] == weekly["sudden_doubling"][-1] == 2.0 * weekly["sudden_doubling"][0]


def test_the_deload_plan_differs_in_one_week_only():
    amounts = []
    for name in ("jump_block", "jump_block_deload"):
        weeks = np.zeros(8)
        for entry in read_plan(name).dated_sessions():
            weeks[entry.day // 7] += entry.amount
        amounts.append(weeks)
    assert np.flatnonzero(amounts[0] != amounts[1]).tolist() == [3]
    assert amounts[1][3] < amounts[0][3]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([block(distance_km=-5.0)], r"distance_km is -5.0; allowed: 0 to 100 km"),
        ([block(distance_km=40_000)], r"distance_km is 40000; allowed: 0 to 100 km"),
        ([block(distance_m=5000)], "there is no key .*distance_m.; nearest: distance_km"),
        ([block(repetitions=-1)], "repetitions is -1; allowed: 0 to 20000"),
        ([block()], "either distance_km or repetitions"),
        ([block(distance_km=5.0, repetitions=5)], "either distance_km or repetitions"),
        ([block(distance_km=0.0)], "no session has"),
        ([block(distance_km=5.0), block(4, 5, distance_km=5.0)], "leave a gap: a block begins in week 4"),
        ([block(distance_km=5.0), block(2, 5, distance_km=5.0)], "overlap: a block begins in week 2"),
        ([block(2, 3, distance_km=5.0)], "must begin in week 1"),
        ([block(3, 1, distance_km=5.0)], "the first must not come after the last"),
        ([block(1, 20, distance_km=90.0, weekly_growth_percent=10.0)], "grows to"),
        ([block(distance_km=5.0, days=["mon"])], "monday"),
        ([block(distance_km=5.0, days=[])], "days"),
        ([], "blocks"),
    ],
)
def test_a_plan_with_a_mistake_is_refused(asked, blocks, says):
    with pytest.raises(InputError, match=says):
        read_plan(asked(blocks))


@pytest.mark.parametrize(
    ("session", "says"),
    [
        ({"activity": "runing", "distance_km": 5.0}, "nearest: running"),
        ({"distance_km": 5.0, "speed_m_per_s": 40.0}, "2.5 to 5 m/s"),
        ({"distance_km": 5.0, "footwear": "boots"}, "no shoe 'boots'"),
        ({"distance_km": 5.0, "pack_mass_kg": 75.0}, "up to the body mass"),
        ({"repetitions": 50}, "goes by distance"),
        ({"activity": "hopping", "distance_km": 5.0}, "covers no distance"),
        ({"activity": "running_peak", "distance_km": 5.0}, "covers no distance"),
    ],
)
def test_a_session_that_does_not_fit_is_refused_before_anything_is_solved(asked, session, says):
    plan = read_plan(asked([block(**{"activity": "running", **session})]))
    with pytest.raises(InputError, match=says):
        question(plan).cases()


@pytest.mark.parametrize(
    ("table", "key", "value", "says"),
    [
        ("tension", "exponent", 0.0, "exponent is 0.0; allowed: above 0"),
        ("tension", "exponent", -6.6, "exponent is -6.6; allowed: above 0"),
        ("compression", "log10_cycles", "many", "log10_cycles"),
    ],
)
def test_a_life_law_with_a_mistake_is_refused(tmp_path, table, key, value, says):
    file = importlib.resources.files("fea.loadcases") / "shared" / "fatigue.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    data["laws"]["carter_caler"][table][key] = value
    (tmp_path / "own.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_fatigue(tmp_path / "own.toml")


# ---------------------------------------------------------------- what it gives


@pytest.fixture(scope="module")
def found():
    """Every shipped plan on the coarse tibia."""
    bone = solved_bone(resolved("tibia", "running", Options(size_mm=6.0)))
    return {name: predicted(question(read_plan(name), samples=128, sensitivity=32), bone) for name in SHIPPED}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_plan_gives_a_rising_probability_within_its_band(found, name):
    one = found[name]
    assert one.probability.shape == (read_plan(name).days,)
    assert np.all(np.diff(one.probability) >= 0.0)
    assert 0.0 < one.probability[-1] < 1.0
    # Below a millionth the first days decide, on which the remodelling of one person has begun and of another not.
    assert np.all(one.band[0] <= one.probability + 1e-6)
    assert np.all(one.probability <= one.band[2] + 1e-6)
    # Sites are independent parts of one bone.
    assert 1.0 - np.prod(1.0 - one.by_site[:, -1]) == pytest.approx(one.probability[-1])


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_expected_share_is_that_of_people_and_leads(found, name):
    one = found[name]
    assert np.all(np.diff(one.share) >= 0.0)
    # A spread of rare fractures raises the mean above the average person, and the mean lies within the band.
    assert one.probability[-1] < one.share[-1] < one.band[2, -1]
    assert one.share_by_site[:, -1].max() < one.share[-1] <= one.share_by_site[:, -1].sum() * (1.0 + 1e-9)
    assert one.headline.startswith("of 100 such people, ")
    assert (one.usual_share is not None) == one.plan.accustomed


def test_those_who_train_as_usual_begin_with_the_share_of_that_training(found):
    one = found["sudden_doubling"]
    assert 0.0 < one.usual_share < one.share[-1]
    assert one.share[27] == pytest.approx(one.usual_share, rel=0.02)
    assert one.headline.endswith("of them with training as usual")


def test_ten_weeks_of_basic_training_add_one_to_two_per_cent_of_total_area_at_most(found):
    # Izard 2016 (10 weeks) and O'Leary 2022 (14 weeks): small, at the 38 % site; Lichfield study: 0.6 to 0.8 % of the
    # femur's volume in 12 weeks.
    one = found["recruit"]
    area = np.interp(0.38, one.solved.cortex.sections.level, (1.0 + one.apposition) ** 2)
    assert 1.0 < area <= 1.02
    assert np.all((1.0 + one.apposition) ** 2 <= 1.02)


@pytest.mark.parametrize("name", ["ten_percent", "sudden_doubling"])
def test_who_is_pre_conditioned_hardly_gains_area_by_twice_the_distance(found, name):
    # Twice the contacts raise the stimulus by the fourth root of 2, less than a quarter.
    assert not found[name].apposition.any()


def test_a_deload_week_does_not_raise_the_risk_and_sudden_costs_more_than_gradual(found):
    final = {name: one.probability[-1] for name, one in found.items()}
    assert final["jump_block_deload"] <= final["jump_block"]
    assert final["sudden_doubling"] > final["ten_percent"]
    assert found["sudden_doubling"].other[-1] > final["sudden_doubling"]


def test_contacts_are_those_of_the_distance(found):
    # 20 km a week: each km has 1000 over the length of a stride, 2 · v · 60 / rate.
    one = found["sudden_doubling"]
    assert one.contacts[:, :7].sum() == pytest.approx(
        15.0 * 1000 / (2 * 3.0 * 60 / 165) + 5.0 * 1000 / (2 * 2.8 * 60 / 163)
    )


def test_a_rest_day_adds_no_damage(found):
    one = found["sudden_doubling"]
    assert not one.daily_damage[::7].any()
    assert one.daily_damage[1] > 0.0


def test_muscles_that_tire_are_an_option_of_bones_with_data_and_shown_beside():
    def planned(bone, **changed):
        settings = RiskSettings(samples=0, sensitivity=0, **changed)
        return fea.plan(bone, "couch_to_10km", size_mm=2, settings=settings)

    off, on = planned("metatarsal2"), planned("metatarsal2", muscle_fatigue=True)
    # Strain of the second metatarsal up by 12 % over 10 km: at the power 7.9 of the hazard by up to 2.4 times.
    assert off.probability[-1] < on.probability[-1] < 2.45 * off.probability[-1]
    np.testing.assert_array_equal(off.other_muscles, on.probability)
    np.testing.assert_array_equal(on.other_muscles, off.probability)
    # Nothing was measured at the fourth.
    none = planned("metatarsal4", muscle_fatigue=True)
    assert none.other_muscles is None
    np.testing.assert_array_equal(none.probability, planned("metatarsal4").probability)


# ---------------------------------------------------------------- the command


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_the_command_leaves_a_whole_folder(bonefea):
    words = ("plan", "tibia", "sudden_doubling", "--compare", "ten_percent", "--size", "6", "--samples", "64", "--json")
    code, out, _ = bonefea(*words)
    assert code == 0
    folder = Path("runs/tibia-sudden_doubling")
    pictures = {"plan.png", "calendar.png", "compare.png", "damage.png", "days.png"}
    tables = {"case.toml", "fields.vtu", "result.json", "sites.csv", "subjects.csv", "weeks.csv", MANIFEST}
    assert {file.name for file in folder.iterdir()} == pictures | tables
    assert all((folder / name).stat().st_size > 10_000 for name in pictures)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert result["risk"] == json.loads(out)["risk"]
    assert result["risk"]["days"] == 84
    assert result["risk"]["probability"] < result["risk"]["expected_share"] < result["risk"]["p95"]
    assert 0.0 < result["risk"]["usual_share"] < result["risk"]["expected_share"]
    assert result["sites"] == sorted(result["sites"], key=lambda one: -one["expected_share"])
    assert all(one["expected_share"] >= one["probability"] for one in result["sites"])
    assert 0.0 < result["risk"]["p05"] < result["risk"]["probability"] < result["risk"]["p95"] < 1.0
    assert result["compared"][0]["plan"] == "ten_percent"
    assert result["mesh"]["size_mm"] == 6.0
    with (folder / "weeks.csv").open(newline="", encoding="utf-8") as stream:
        weeks = list(csv.DictReader(stream))
    assert [float(row["distance_km"]) for row in weeks] == [20.0] * 4 + [40.0] * 8
    assert float(weeks[-1]["expected_share"]) == pytest.approx(result["risk"]["expected_share"])
    assert float(weeks[-1]["probability"]) == pytest.approx(result["risk"]["probability"])


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
@pytest.mark.parametrize(("more", "other"), [((), "with"), (("--muscle-fatigue",), "without")])
def test_the_command_says_what_muscles_that_tire_change(bonefea, more, other):
    words = ("plan", "metatarsal2", "couch_to_10km", "--size", "2", "--samples", "0", "--out", "p", *more)
    code, out, _ = bonefea(*words)
    assert code == 0
    risk = json.loads(Path("p/result.json").read_text(encoding="utf-8"))["risk"]
    beside = risk[f"probability_{other}_muscle_fatigue"]
    assert (beside > risk["probability"]) == (other == "with")
    assert f"the average person {other} muscles that tire: {in_percent(beside)}" in " ".join(out.split())


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_several_bones_have_one_folder_with_their_sum(bonefea):
    words = ("plan", "metatarsal2", "metatarsal3", "recruit", "--size", "2", "--samples", "64", "--json")
    code, out, _ = bonefea(*words)
    assert code == 0
    folder = Path("runs/metatarsal2-metatarsal3-recruit")
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert result["any_bone"] == json.loads(out)["any_bone"]
    assert [one["bone"] for one in result["bones"]] == ["metatarsal2", "metatarsal3"]
    shares = [one["risk"]["expected_share"] for one in result["bones"]]
    assert max(shares) <= result["any_bone"]["expected_share"] <= sum(shares)
    average = 1.0 - np.prod([1.0 - one["risk"]["probability"] for one in result["bones"]])
    assert result["any_bone"]["probability"] == pytest.approx(average)
    assert (folder / "bones.png").stat().st_size > 10_000
    inner = json.loads((folder / "metatarsal3" / "result.json").read_text(encoding="utf-8"))
    assert inner["risk"] == result["bones"][1]["risk"]
    assert result["risk"] == result["bones"][0]["risk"]
    assert "any_bone" not in inner or inner["any_bone"] is None
    page = page_of(folder)
    assert "<h1>2 bones: Recruit training with rising packs</h1>" in page
    # The key figures are those of any bone; what is shown of one bone alone names it.
    assert f"70 days; any of 2 bones: {escape(read_plan_folder(folder).figures.any_bone.headline)}." in page
    assert f'<data value="{100.0 * result["any_bone"]["p95"]}">' in page
    assert "The risk: Right second metatarsal, average man</h2>" in page
    assert "Bones beside each other" in page


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tibia", "sudden_dubling"], "nearest: sudden_doubling"),
        (["tibia", "recruit", "--compare", "nothing.toml"], "nothing.toml"),
        (["tibia", "recruit", "--life-law", "patin"], "nearest: pattin"),
        (["tibia", "recruit", "--fatigue", "nowhere.toml"], "nowhere.toml"),
        (["tibia", "recruit", "--samples", "-3", "--size", "6"], "samples"),
        (["tibia", "recruit", "--mass", "20"], "up to the body mass"),
        (["tibia"], "name a bone, or several, and a plan"),
        (["tibia", "metatarsal2", "tibia", "recruit"], "'tibia' is named twice"),
        (["tibia", "tibja", "recruit"], "nearest: tibia"),
        (["tibia", "recruit", "--tissue", "glass"], "glass"),
    ],
)
def test_a_mistake_exits_2_with_one_sentence_and_leaves_nothing(bonefea, words, says):
    code, out, err = bonefea("plan", *words)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[-1]
    assert list(Path().rglob("*")) == []


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_a_plan_by_a_law_that_is_not_calibrated_says_so(bonefea):
    """A law of one's own is taken as printed; its probabilities are not shares of people."""
    file = importlib.resources.files("fea.loadcases") / "shared" / "fatigue.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    data["laws"]["mine"] = data["laws"]["carter_caler"]
    Path("own.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    words = ("plan", "metatarsal2", "sudden_doubling", "--size", "2", "--samples", "0", "--fatigue", "own.toml")
    said = {law: bonefea(*words, "--life-law", law, "--out", law) for law in ("mine", "carter_caler")}
    assert [code for code, _, _ in said.values()] == [0, 0]
    remark = "The life law 'mine' is not calibrated for normal strain in the cumulative form"
    assert {law: "not calibrated" in out for law, (_, out, _) in said.items()} == {"mine": True, "carter_caler": False}
    assert remark in said["mine"][1]
    assert read_plan_folder(Path("mine")).figures.remarks[0].startswith(remark)
    assert "is not calibrated for normal strain" in page_of(Path("mine"))
    assert "not calibrated" not in page_of(Path("carter_caler"))
