# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The largest weekly growth below a limit: where the curve passes it, and what it says at the ends of its range."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import fea
from fea.case import read_plan
from fea.errors import InputError
from fea.evaluate import rest_limit
from fea.evaluate.limit import _bounded
from fea.evaluate.prediction import GrowthPoint
from fea.folders import read_plan_folder
from fea.report import page_of
from fea.risk import RiskSettings

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
SETTINGS = RiskSettings(samples=64, sensitivity=0)


def point(share):
    return lambda growth: GrowthPoint(growth, share(growth), 0.0, 0.0)


def test_the_growth_is_found_to_a_tenth_of_a_percent_where_the_share_passes_the_limit():
    # share = 1 % · exp(growth / 10 %) passes 2 % at 10 ln 2 = 6.93 %.
    found = _bounded(point(lambda growth: 0.01 * 2.718281828459045 ** (growth / 10.0)), 0.02, (-50.0, 100.0))
    assert found.bounded
    assert found.largest.growth_percent == pytest.approx(6.9, abs=1e-9)
    growths = [one.growth_percent for one in found.curve]
    assert growths == sorted(set(growths))
    assert found.largest in found.curve


def test_a_limit_that_nothing_reaches_or_everything_passes_is_said():
    never = _bounded(point(lambda _: 0.001), 0.01, (-50.0, 37.5))
    assert (never.bounded, never.largest.growth_percent) == (False, 37.5)
    assert never.sentence.startswith("growth up to +37.5 % a week, the most that a plan may have, keeps")
    always = _bounded(point(lambda _: 0.02), 0.01, (-50.0, 100.0))
    assert always.largest is None
    assert always.sentence == "no weekly growth keeps the expected share below 1 %: at -50 % a week it is 2.0 %"


def test_a_growing_plan_keeps_its_first_week_and_stops_at_the_largest_session():
    plan = read_plan("ten_percent")
    growing = plan.with_growth(10.0)
    km, _ = growing.weekly_amounts()
    assert km == pytest.approx([20.0 * 1.1**week for week in range(12)])
    assert (growing.weeks, growing.accustomed) == (plan.weeks, plan.accustomed)
    # Sessions of 5 km may have up to 100 km after eleven weeks of growth: 20^(1/11) = 1.313.
    assert plan.growth_range == (-50.0, pytest.approx(100.0 * (20.0 ** (1 / 11) - 1.0)))
    with pytest.raises(InputError, match=r"weekly growth in % is 40\.0; allowed: -50 to 31\.3"):
        plan.with_growth(40.0)


def test_a_plan_without_a_first_week_to_grow_from_is_refused(tmp_path):
    (tmp_path / "one.csv").write_text("date,km\n2026-03-02,5\n", encoding="utf-8")
    with pytest.raises(InputError, match="has a single week; a weekly growth needs"):
        fea.plan("tibia", tmp_path / "one.csv", limit=0.01)
    (tmp_path / "rest.toml").write_text(
        'schema = 1\nkind = "plan"\nname = "rest"\ntitle = "Rest first"\n[sources]\n[[blocks]]\nweeks = [1, 2]\n'
        '[[blocks]]\nweeks = [3, 4]\n[[blocks.sessions]]\nactivity = "running"\ndays = ["monday"]\ndistance_km = 5.0\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="begins with rest; a weekly growth needs"):
        fea.plan("tibia", tmp_path / "rest.toml", limit=0.01)
    for limit in (0.0, 1.0, float("nan")):
        with pytest.raises(InputError, match=r"limit in % is .*; allowed: above 0 and below 100 %"):
            fea.plan("tibia", "ten_percent", limit=limit)


@pytest.fixture(scope="module")
def limited():
    return fea.plan("tibia", "couch_to_10km", size_mm=6, settings=SETTINGS, limit=0.03)


def test_the_share_rises_with_growth_and_is_that_of_the_plan_which_grows_so(limited):
    found = limited.growth_limit
    shares = [one.expected_share for one in found.curve]
    assert shares == sorted(shares)
    assert found.largest.expected_share <= 0.03
    growing = limited.plan.with_growth(found.largest.growth_percent)
    again = fea.plan("tibia", growing, size_mm=6, settings=SETTINGS)
    # Which groups of cells are dominant is decided anew for each plan.
    assert again.curve[-1] == pytest.approx(found.largest.expected_share, rel=1e-3)
    more = fea.plan("tibia", limited.plan.with_growth(found.largest.growth_percent + 0.1), size_mm=6, settings=SETTINGS)
    assert more.curve[-1] > 0.03 * (1.0 - 1e-3)


def test_rest_takes_the_hardest_days_first_and_ends_below_the_limit(limited):
    found = limited.rest_limit
    assert found.curve[0].rest_days == ()
    assert found.curve[0].expected_share == pytest.approx(limited.curve[-1], rel=1e-3)
    shares = [one.expected_share for one in found.curve]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] <= 0.03 < shares[-2]
    rested = limited.plan.with_rest(found.fewest.rest_days)
    again = fea.plan("tibia", rested, size_mm=6, settings=SETTINGS)
    assert again.curve[-1] == pytest.approx(found.fewest.expected_share, rel=1e-3)
    assert found.sentence.startswith(f"rest on {found.curve[1].rest_days[0].capitalize()}")


def test_the_day_of_the_long_run_rests_first(tmp_path):
    # 2 and 9 March 2026 are Mondays.
    rows = "2026-03-03,3,5:33\n2026-03-05,14,5:33\n2026-03-07,7,5:33\n2026-03-10,3,5:33\n2026-03-12,14,5:33\n"
    (tmp_path / "long.csv").write_text(f"date,km,pace\n{rows}", encoding="utf-8")
    found = fea.plan("tibia", tmp_path / "long.csv", size_mm=6, settings=SETTINGS, limit=1e-6).rest_limit
    assert [one.rest_days for one in found.curve] == [(), ("thursday",), ("thursday", "saturday")]
    assert [one.weekly_km for one in found.curve] == [20.5, 6.5, 3.0]


def test_rest_that_is_not_enough_or_not_needed_is_said(limited):
    none = rest_limit(limited, 1e-5)
    assert none.fewest is None
    assert none.sentence.startswith("no number of rest days keeps the expected share below 0.001 %: with one day")
    assert rest_limit(limited, 0.5).sentence.startswith("the plan as it is keeps the expected share below 50 %")


def test_the_folder_holds_the_question_the_curve_and_a_picture(bonefea):
    words = ("plan", "tibia", "couch_to_10km", "--size", "6", "--samples", "64", "--limit", "3%", "--out", "p")
    code, out, _ = bonefea(*words)
    assert code == 0
    folder = read_plan_folder(Path("p"))
    found = folder.figures.growth_limit
    assert found.sentence in " ".join(out.split())
    place = folder.place
    assert tomllib.loads((place / "case.toml").read_text("utf-8"))["limit"] == 0.03
    stored = json.loads((place / "result.json").read_text("utf-8"))["growth_limit"]
    assert stored["largest"]["expected_share"] == found.largest.expected_share
    assert len((place / "growth.csv").read_text("utf-8").splitlines()) == 1 + len(found.curve)
    assert (place / "growth.png").stat().st_size > 10_000
    page = page_of(place)
    assert "How fast it may grow" in page
    assert folder.figures.rest_limit.sentence in page


@pytest.mark.parametrize("given", ["1", "x%", "%"])
def test_a_limit_without_percent_is_refused(bonefea, given):
    code, out, err = bonefea("plan", "tibia", "ten_percent", "--limit", given)
    assert (code, out) == (2, "")
    assert f"limit is {given!r}; allowed: a share of people in percent, such as 1%." in err
