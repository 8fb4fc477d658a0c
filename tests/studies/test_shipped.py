# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The sample studies, coarse: they run, and say what is known of their question."""

from __future__ import annotations

import pytest

from fea.api import execute_study
from fea.files.library import names
from fea.folders.study import load
from fea.studies import plan_of, read_cohort, read_study


def coarse(name, subjects=2, size=6.0):
    study = read_study(name)
    changes = {"base": {**study.base, "size": size}}
    if study.subjects is not None:
        changes["subjects"] = study.subjects.model_copy(update={"count": subjects})
    return study.model_copy(update=changes)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A function that works a sample study off, coarse, once."""
    found = {}

    def result(name):
        if name not in found:
            folder = tmp_path_factory.mktemp("shipped") / name
            study = coarse(name, size=5.0 if name == "footwear" else 6.0)
            outcome = execute_study(study, plan_of(study), folder)
            assert outcome.failed == []
            assert (folder / "study.png").stat().st_size > 20_000
            found[name] = load(folder).wide()
        return found[name]

    return result


@pytest.mark.parametrize("name", names("study"))
def test_every_sample_study_can_be_planned_and_varies_something(name):
    study = read_study(name)
    assert len(plan_of(study).cases) == study.count
    assert study.factors


@pytest.mark.parametrize("name", names("cohort"))
def test_every_number_of_a_cohort_has_an_evidence_level_and_a_source(name):
    for group in read_cohort(name).groups:
        for entry in (*group.spread.values(), *group.correlations):
            assert len(entry.source) > 8


def test_every_subject_strains_most_in_the_minimal_and_least_in_the_maximal_shoe(results):
    # Ankle forces 12.06, 11.50 and 11.29 BW (Sinclair & Taylor 2023).
    p95 = results("footwear").pivot_table(index="subject", columns="footwear", values="p95 [µε]")
    assert len(p95) == 2
    assert (p95["minimal"] > p95["conventional"]).all()
    assert (p95["conventional"] > p95["maximal"]).all()


def test_every_kilogram_carried_strains_more(results):
    on_back = results("pack").query("carriage == 'backpack'").sort_values("pack")
    assert on_back["p95 [µε]"].is_monotonic_increasing
    # 30 kg of a man of 75 kg: ankle +21.9 % and knee +34.9 % by the gains of marching.toml (0.547, 0.873 times 0.4).
    p95 = on_back.set_index("pack")["p95 [µε]"]
    assert 1.20 < p95[30] / p95[0] < 1.36


def test_shorter_steps_at_the_same_speed_strain_less_and_faster_running_more(results):
    p95 = results("speed_cadence").pivot_table(index="speed", columns="step_rate", values="p95 [µε]")
    assert p95.shape == (6, 10)
    assert (p95.diff(axis=1).iloc[:, 1:] < 0.0).all(axis=None)
    assert (p95.diff(axis=0).iloc[1:] > 0.0).all(axis=None)
