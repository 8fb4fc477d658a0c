# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From a study file to cases: crossed, paired, sampled; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case.study import Subjects, read_cohort
from fea.errors import InputError
from fea.studies import plan_of, read_study
from fea.studies.cohort import virtual_subjects
from fea.studies.design import cases, settings

TWELVE = ("[cross]", "mass = [60, 70, 80]", "speed = [3.0, 4.0]", 'footwear = ["minimal", "maximal"]')
TWO = ("[subjects]", 'cohort = "active_adults"', "count = 2", "seed = 1")


def test_crossed_factors_give_every_combination_once(study_of):
    found = list(settings(study_of(*TWELVE)))
    assert len(found) == 3 * 2 * 2
    assert len({tuple(s.values()) for s in found}) == 12
    assert found[0] == {"mass": 60, "speed": 3.0, "footwear": "minimal"}
    assert found[1] == {"mass": 60, "speed": 3.0, "footwear": "maximal"}


def test_paired_lists_move_together_and_are_crossed_with_the_rest(study_of):
    study = study_of("[cross]", "mass = [60, 80]", "[[paired]]", "speed = [3.0, 4.0]", "step_rate = [160, 175]")
    found = [tuple(s.values()) for s in settings(study)]
    assert found == [(60, 3.0, 160), (60, 4.0, 175), (80, 3.0, 160), (80, 4.0, 175)]
    assert study.count == len(found)


@pytest.mark.parametrize("method", ["sobol", "latin-hypercube"])
def test_a_sample_fills_each_stratum_once_and_its_seed_repeats_it(study_of, method):
    lines = ("[sampled]", f'method = "{method}"', "points = 16", "seed = 3", "[sampled.factors.speed]")
    study = study_of(*lines, "low = 3.0", "high = 5.0")
    values = np.array([s["speed"] for s in settings(study)])
    # 16 points of either kind lie in 16 strata of equal width, one in each.
    assert sorted((values - 3.0) // (2.0 / 16)) == list(range(16))
    assert list(settings(study)) == list(settings(study))


def test_a_case_of_a_study_is_that_of_the_command_line(study_of):
    from fea.case import Options, resolved

    study = study_of(
        "[cross]", "pack = [20]", 'carriage = ["distributed"]', base={"bone": "tibia", "activity": "marching"}
    )
    (asked,) = cases(study)
    assert asked.case == resolved("tibia", "marching", Options(pack_kg=20, carriage="distributed"))


def test_paths_set_and_multiply_what_the_files_have(study_of):
    study = study_of('[cross]', '"bone.length_mm" = [350.0]', '"bone.sections.radius_mm.at *" = [1.1]',
                     '"activity.shoe.ankle_force.factor" = [1.2]')  # fmt: skip
    (asked,) = cases(study)
    plain = cases(study_of())[0].case
    assert asked.case.bone.length_mm == 350.0
    assert asked.case.bone.sections.radius_mm.at[50.0] == pytest.approx(1.1 * plain.bone.sections.radius_mm.at[50.0])
    assert asked.case.bone.sections.center_z_mm == plain.bone.sections.center_z_mm
    assert asked.case.activity.shoe.ankle_force.factor == 1.2


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["[cross]", "sped = [3, 4]"], "no factor 'sped'; nearest: speed"),
        (["[cross]", "speed = []"], "at least 1 item"),
        (["[cross]", "speed = [4.0, 4.0]"], "'speed' has a level twice"),
        (["[cross]", "speed = [4.0, 40.0]"], r"case 2 \(speed=40.0\): .*2.5 to 5 m/s"),
        (["[cross]", 'speed = ["fast"]'], "a number in m/s"),
        (["[cross]", "speed = [true]"], "a finite number or a text"),
        (["[cross]", "speed = [[3, 4]]"], "a finite number or a text"),
        (["[cross]", "speed = [nan]"], "a finite number or a text"),
        (["[cross]", "footwear = [3]"], "a name or a path"),
        (["[cross]", "size = [6.0]"], "'size' stands in two places"),
        (["[cross]", '"bone.lenght_mm" = [350]'], "nearest: length_mm"),
        (["[cross]", '"bone.title *" = [2]'], "only numbers can be multiplied"),
        (["[[paired]]", "speed = [3, 4]", "mass = [60]"], "equally long; their lengths are speed 2, mass 1"),
        (["[sampled]", 'method = "halton"'], "halton"),
        (["[cross]", 'support = ["fixed", "flying"]'], "fixed, foundation, free"),
        (["[subjects]", 'cohort = "active_adult"', "count = 2", "seed = 1"], "nearest: active_adults"),
        ([*TWO, "[cross]", "mass = [70]"], "'mass' is given"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_study_is_named(study_of, lines, says):
    base = (
        {"activity": "running", "size": 6.0}
        if "[subjects]" in lines
        else {"bone": "tibia", "activity": "running", "size": 6.0}
    )
    with pytest.raises(InputError, match=says):
        plan_of(study_of(*lines, base=base))


def test_a_study_without_bone_or_activity_is_refused(study_of):
    with pytest.raises(InputError, match="names no bone"):
        plan_of(study_of(base={"activity": "running"}))


def test_two_cases_that_ask_the_same_are_refused(study_of):
    # 4 m/s is the usual speed of running, conventional the usual shoe.
    lines = ("[[paired]]", "speed = [4.0, 4]", 'footwear = ["conventional", "conventional"]')
    with pytest.raises(InputError, match=r"cases 1 \(speed=4.0, .* and 2 .* are the same"):
        plan_of(study_of(*lines))


def test_a_million_cases_are_not_begun_by_accident(study_of):
    levels = ", ".join(f"{3 + k / 100:.2f}" for k in range(100))
    study = study_of("[cross]", f"speed = [{levels}]", f"step_rate = [{levels}]", f"pack = [{levels}]")
    with pytest.raises(InputError, match=r"1,000,000 cases; .*--yes"):
        plan_of(study)


@pytest.mark.parametrize("name", ["nowhere.toml", "footwaer"])
def test_a_study_that_does_not_exist_is_refused(name):
    with pytest.raises(InputError, match=r"nowhere|nearest: footwear"):
        read_study(name)


# ---------------------------------------------------------------- subjects


def test_subjects_follow_the_published_means_and_spreads():
    cohort = read_cohort("active_adults")
    people = virtual_subjects(Subjects(cohort="active_adults", count=512, seed=4))
    for group in cohort.groups:
        own = [p.values for p in people if p.values["bone"] == group.bone]
        assert len(own) == 256
        for factor, spread in group.spread.items():
            values = np.array([values[factor] for values in own])
            # Clipped at 2 SD the spread shrinks to 0.96 of its value (0.9545 inside, the rest at the edge).
            assert values.mean() == pytest.approx(spread.mean, abs=0.02 * spread.sd)
            assert values.std() == pytest.approx(0.96 * spread.sd, rel=0.03)


def test_subjects_are_correlated_as_the_cohort_says():
    people = virtual_subjects(Subjects(cohort="active_adults", count=1024, seed=4))
    men = [p.values for p in people if p.values["bone"] == "tibia"]
    for pair in read_cohort("active_adults").groups[0].correlations:
        a, b = (np.array([values[factor] for values in men]) for factor in pair.between)
        assert np.corrcoef(a, b)[0, 1] == pytest.approx(pair.r, abs=0.03)


def test_the_same_seed_draws_the_same_people_and_another_seed_others():
    asked = [Subjects(cohort="active_adults", count=6, seed=seed) for seed in (1, 1, 2)]
    first, again, others = (virtual_subjects(one) for one in asked)
    assert first == again
    assert first != others
    assert [p.name for p in first] == ["man 1", "man 2", "man 3", "woman 4", "woman 5", "woman 6"]


def test_every_subject_wears_every_shoe(study_of):
    shoes = ("[cross]", 'footwear = ["minimal", "maximal"]')
    people = ("[subjects]", 'cohort = "active_adults"', "count = 3", "seed = 1")
    study = study_of(*shoes, *people, base={"activity": "running", "size": 6.0})
    plan = plan_of(study)
    assert len(plan.cases) == 6
    assert len(plan.groups) == plan.meshes == 3
    for group in plan.groups:
        bodies = {repr(c.study_case.body) for c in group.cases}
        assert len(bodies) == 1
        assert [c.study_case.setting["footwear"] for c in group.cases] == ["minimal", "maximal"]
