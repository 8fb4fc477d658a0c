# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One contact day after day has the risk of the plan whose every day has that session."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import DAYS, BodyOptions, Options, Plan, read_fatigue, resolved
from fea.evaluate import PlanQuestion, Result, daily_risk, predicted, solved_bone
from fea.risk import RiskSettings

KM, WEEKS = 8.0, 10
FATIGUE = read_fatigue()


@pytest.fixture(scope="module")
def result() -> Result:
    """Running on a coarse tibia."""
    case = resolved("tibia", "running", Options(size_mm=6.0, speed_m_per_s=3.5, mass_kg=80.0, footwear="minimal"))
    return Result(case, solved_bone(case))


@pytest.fixture(scope="module")
def daily(result):
    """The same distance on every day."""
    return daily_risk(result, KM * result.exposure.cycles_per_km, 7 * WEEKS, FATIGUE)


def test_the_risk_of_the_same_day_is_that_of_the_plan_of_such_days(result, daily):
    session = {"activity": "running", "days": DAYS, "distance_km": KM, "speed_m_per_s": 3.5, "footwear": "minimal"}
    table = {"schema": 1, "kind": "plan", "name": "daily", "title": "Daily", "sources": {"plan": "none"}}
    plan = Plan.model_validate({**table, "blocks": [{"weeks": (1, WEEKS), "sessions": [session]}]})
    body = BodyOptions(mass_kg=80.0, size_mm=6.0)
    settings = RiskSettings(sensitivity=0)
    planned = predicted(PlanQuestion(plan, result.case.bone, result.case.tissue, FATIGUE, body, settings), result.bone)
    np.testing.assert_allclose(daily.subjects.share, planned.share, rtol=1e-9)
    np.testing.assert_allclose(daily.subjects.band, planned.band, rtol=1e-9)
    np.testing.assert_allclose(daily.course.probability, planned.probability, rtol=1e-9)
    assert daily.headlines[-1] == planned.headline
    assert planned.apposition.max() > 0.001, "new bone lowers the strain in this plan"


def test_the_first_days_do_not_know_how_many_come_after_them(result, daily):
    shorter = daily_risk(result, KM * result.exposure.cycles_per_km, 30, FATIGUE)
    np.testing.assert_allclose(shorter.subjects.share, daily.subjects.share[:30], rtol=1e-9)


def test_the_hazard_of_all_points_is_that_of_the_average_person(daily):
    scatter = FATIGUE.scatter
    for days in (1, 20, 70):
        damage = daily.model.unrepaired_damage(daily.course, days)
        hazard = daily.model.cortex.volume @ damage**scatter.exponent / scatter.reference_volume_mm3
        # Groups mix points in tension with points in compression, which have a thousandth of the hazard here.
        assert -np.expm1(-hazard) == pytest.approx(daily.course.probability[days - 1], rel=2e-3)


def test_one_day_leaves_the_damage_of_its_contacts_and_repair_bounds_that_of_many(result, daily):
    once = daily.model.damage.points.sum(axis=0).reshape(-1, 4).mean(axis=1)
    first = daily.damage(1)[result.bone.cortex.cells]
    np.testing.assert_allclose(first, KM * result.exposure.cycles_per_km * once, rtol=1e-9)
    # Each day's damage lasts 18.5 days in the mean, so no more than 19 days of it are there at once.
    last = daily.damage(70)[result.bone.cortex.cells]
    assert np.all(last[first > 0.0] / first[first > 0.0] < 19.0)
    assert np.median(last[first > 0.0] / first[first > 0.0]) > 17.0


def test_fractures_of_the_whole_bone_add_up_to_one_and_begin_where_strain_is_large(result, daily):
    density = daily.fracture_density(70)
    assert density @ result.mesh.volumes * 1e-3 == pytest.approx(1.0, rel=1e-6)
    assert not density[result.excluded].any()
    # Each site has the share of its own hazard.
    cortex = daily.model.cortex
    by_site = np.bincount(cortex.site, np.repeat(density[cortex.cells], 4) * cortex.volume * 1e-3)
    hazard = -np.log1p(-daily.course.by_site[:, -1])
    np.testing.assert_allclose(by_site, hazard / hazard.sum(), atol=2e-3)
    assert result.envelope.equivalent[density.argmax()] > 0.9 * result.envelope.equivalent[result.evaluated].max()
