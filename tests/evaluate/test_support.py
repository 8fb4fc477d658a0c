# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The support does not decide about the risk: a free bone, its reaction applied, breaks as often as a fixed one."""

from __future__ import annotations

import pytest

from fea.case import BodyOptions, Options, read_bone, read_fatigue, read_plan, read_tissue, resolved
from fea.case.study import Training
from fea.evaluate import PlanQuestion, Result, predicted, reference_share, solved_bone
from fea.folders import load, run_study
from fea.risk import RiskSettings
from fea.studies import plan_of, read_study
from fea.studies.metrics import case_metrics
from fea.view.bone import viewed
from fea.view.design import designed
from fea.view.risk import risk_field

COARSE_MM = 6.0
KINDS = ("fixed", "foundation", "free")
# Supports change the strain near the plateau, which is excluded; elsewhere by Saint-Venant's principle hardly.
SAME = 0.05


def _result(kind: str) -> Result:
    case = resolved("tibia", "running", Options(size_mm=COARSE_MM, support=kind, speed_m_per_s=4.0))
    return Result(case, solved_bone(case))


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {kind: _result(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_strain_away_from_the_support_does_not_depend_on_it(results, kind):
    assert results[kind].summary.p95_ue == pytest.approx(results["fixed"].summary.p95_ue, rel=0.01)


def test_zones_are_the_same_for_all_supports(results):
    for kind in KINDS[1:]:
        assert (results[kind].excluded == results["fixed"].excluded).all()


@pytest.mark.parametrize("kind", KINDS[1:])
def test_probability_of_a_study_case_does_not_depend_on_the_support(results, kind):
    training = Training(days=100, km_per_day=5.0)
    of = {k: {(m.name, m.place): m.value for m in case_metrics(results[k], training).metrics} for k in ("fixed", kind)}
    key = ("probability after 100 d", "")
    assert of["fixed"][key] > 0.01
    assert of[kind][key] == pytest.approx(of["fixed"][key], rel=SAME)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_probability_of_a_plan_does_not_depend_on_the_support(results, kind):
    bone, fatigue = read_bone("tibia"), read_fatigue()
    final = {
        k: predicted(
            PlanQuestion(
                plan=read_plan("sudden_doubling"),
                bone=bone,
                tissue=read_tissue(),
                fatigue=fatigue,
                body=BodyOptions(size_mm=COARSE_MM, support=k),
                settings=RiskSettings(samples=0, sensitivity=0),
            ),
            results[k].bone,
        ).probability[-1]
        for k in ("fixed", kind)
    }
    assert final["fixed"] > 0.0
    assert final[kind] == pytest.approx(final["fixed"], rel=SAME)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_probability_of_a_convergence_study_does_not_depend_on_the_support(results, kind):
    fixed, other = (reference_share(results[k], read_fatigue(), RiskSettings()) for k in ("fixed", kind))
    assert fixed > 0.01
    assert other == pytest.approx(fixed, rel=SAME)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_damage_map_of_the_viewer_does_not_depend_on_the_support(results, kind):
    import numpy as np

    maps = []
    for k in ("fixed", kind):
        design = designed(viewed(results[k].bone), results[k].case)
        maps.append(risk_field(design, "damage_of_one_contact", 2000.0, 1))
    known = np.isfinite(maps[0])
    # Damage goes with the seventh power of strain; the hottest places decide about the bone.
    hot = known & (maps[0] > np.nanpercentile(maps[0], 90))
    assert np.nanmedian(maps[1][hot] / maps[0][hot]) == pytest.approx(1.0, abs=SAME)


def test_study_over_supports_gives_one_probability(tmp_path):
    file = tmp_path / "support.toml"
    file.write_text(
        'schema = 1\nkind = "study"\nname = "support"\ntitle = "Support"\n'
        '[base]\nbone = "tibia"\nactivity = "running"\nspeed = 4.0\nsize = 6.0\n'
        '[cross]\nsupport = ["fixed", "free"]\n[training]\ndays = 100\nkm_per_day = 5.0\n',
        encoding="utf-8",
    )
    study = read_study(str(file))
    run_study(study, plan_of(study, tmp_path), tmp_path / "out", workers=1)
    table = load(tmp_path / "out").table
    rows = table[(table["metric"] == "probability after 100 d") & (table["place"] == "")].set_index("support")["value"]
    assert rows["free"] == pytest.approx(rows["fixed"], rel=SAME)
