# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A trial as an activity: read for its bone, the same loads as those of the import, with its account."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tomli_w

from fea.case import (
    BodyOptions,
    History,
    Options,
    read_activity,
    read_case,
    read_fatigue,
    read_plan,
    read_study,
    read_tissue,
)
from fea.case.history import parted
from fea.errors import InputError
from fea.evaluate import PlanQuestion
from fea.loading import load_history, read_loads, resolved_with_trials
from fea.studies.design import cases
from fea.studies.setting import Resolver
from tests.loading.test_opensim import ON_TALUS, reaction, trial, words_of

TRIAL = """schema = 1
kind = "opensim"
name = "walk"
title = "A walk"
side = "right"
model = "{model}"
reactions = "reactions.sto"
muscles = "muscles.sto"
kinematics = "q.mot"
frames = 11
"""
PLAN = """schema = 1
kind = "plan"
name = "p"
title = "p"
accustomed = false
[sources]
plan = "none"
[[blocks]]
weeks = [1, 1]
[[blocks.sessions]]
activity = "{activity}"
days = ["monday"]
repetitions = 100
"""
STUDY = """schema = 1
kind = "study"
name = "people"
title = "People"
[base]
bone = "tibia"
[[paired]]
activity = ["walk.toml", "ben/walk.toml", "ben/walk.toml"]
side = ["right", "left", "left"]
"bone.length_mm" = [370.0, 370.0, 340.0]
"""
CALLED = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


@pytest.fixture
def walk(tmp_path):
    """A file that names the files of a trial, in their folder, which is not the working folder."""
    folder = tmp_path / "session"
    folder.mkdir()
    files = trial(folder, reactions=reaction(ON_TALUS, (100.0, -3000.0, -70.0), (1.0, 2.0, 3.0)), tension=300.0)
    file = folder / "walk.toml"
    file.write_text(TRIAL.format(model=files.model.name), encoding="utf-8")
    return file, files


@CALLED
def test_trial_gives_the_loads_of_its_import(walk, tmp_path, bonefea, tibia):
    file, files = walk
    asked = read_loads(str(file), tibia)
    code, _, err = bonefea(*words_of(files, tmp_path / "a.csv"), "--frames", "11")
    assert (code, err) == (0, "")
    written = read_activity(str(tmp_path / "a.csv"))
    assert isinstance(asked, History)
    for name in ("side", "unit", "body_mass_kg", "notes"):
        assert getattr(asked, name) == getattr(written, name), name
    assert written.time_s == pytest.approx(asked.time_s, rel=5e-6)
    for name in ("forces", "moments"):  # the file has six digits
        assert getattr(written, name).keys() == getattr(asked, name).keys()
        for region, rows in getattr(asked, name).items():
            np.testing.assert_allclose(getattr(written, name)[region], rows, rtol=5e-6, atol=1e-6)
    # On the talus −3000 N, so 3000 N on the tibia.
    assert asked.forces["plafond"][0] == pytest.approx((-100.0, 3000.0, 70.0))
    assert any("reversed to that on tibia_r" in note for note in asked.notes)


@CALLED
def test_trial_is_exported_as_any_activity(walk, tmp_path, bonefea):
    file, _ = walk
    code, _, err = bonefea("loads", str(file), "--export", str(tmp_path / "b.csv"))
    assert (code, err) == (0, "")
    case = resolved_with_trials("tibia", str(file))
    again = resolved_with_trials("tibia", str(tmp_path / "b.csv"))
    np.testing.assert_allclose(load_history(again).coefficients, load_history(case).coefficients, rtol=5e-6, atol=1e-6)
    assert again.activity.notes == case.activity.notes
    assert again.body_mass_kg == case.body_mass_kg


def test_mass_is_that_of_the_model_unless_another_is_asked_for(walk):
    file, _ = walk
    assert resolved_with_trials("tibia", str(file)).body_mass_kg == 75.0
    assert resolved_with_trials("tibia", str(file), Options(mass_kg=60.0)).body_mass_kg == 60.0


def test_study_takes_a_trial_for_their_bone(walk, tibia):
    file, _ = walk
    resolver = Resolver(file.parent)
    length = {"bone": "tibia", "activity": "walk.toml", "bone.length_mm": 300.0}
    short, usual = resolver.case(length), resolver.case({"bone": "tibia", "activity": "walk.toml"})
    # Moments go with the length, forces stay; the centre of the plafond moves a little across.
    assert short.activity.forces["plafond"] == usual.activity.forces["plafond"]
    ratio = short.activity.moments["plafond"][0][2] / usual.activity.moments["plafond"][0][2]
    assert ratio == pytest.approx(300.0 / tibia.length_mm, rel=5e-3)


def test_account_stands_in_the_case_of_a_run_folder(walk, tmp_path):
    file, _ = walk
    case = resolved_with_trials("tibia", str(file))
    table, beside = parted(case.model_dump(mode="json", by_alias=True, exclude_none=True))
    assert beside is None
    (tmp_path / "case.toml").write_bytes(tomli_w.dumps(table).encode())
    again = read_case(tmp_path / "case.toml")
    assert again == case
    assert any("equilibrium" in note for note in again.activity.notes)


def test_session_of_a_plan_may_be_a_trial(walk, tibia, tmp_path):
    file, _ = walk
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(activity=file.as_posix()), encoding="utf-8")
    (case,) = PlanQuestion(read_plan(str(plan)), tibia, read_tissue(), read_fatigue()).cases().values()
    assert case.activity == read_loads(str(file), tibia)


def test_plan_on_loads_of_one_person_is_of_that_person_all_through(walk, tibia, tmp_path):
    """Measured loads say whose they are; sessions from the library and everyday life have the same mass."""
    file, _ = walk
    session = '[[blocks.sessions]]\nactivity = "walking"\ndays = ["friday"]\ndistance_km = 5.0\n'
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(activity=file.as_posix()) + session, encoding="utf-8")
    question = PlanQuestion(read_plan(str(plan)), tibia, read_tissue(), read_fatigue())
    own = read_loads(str(file), tibia).body_mass_kg
    assert own is not None
    assert own != 70.0
    assert question.mass_kg == own
    assert [case.body_mass_kg for case in question.every_case()] == [own, own, own]
    heavier = replace(question, body=BodyOptions(mass_kg=own + 10.0))
    assert [case.body_mass_kg for case in heavier.every_case()] == 3 * [own + 10.0]


def test_trials_and_people_are_levels_of_a_study(walk, tmp_path):
    file, _ = walk
    folder = file.parent
    left = reaction(ON_TALUS.replace("_r", "_l"), (100.0, -2000.0, -70.0), (-1.0, -2.0, 3.0))
    (folder / "ben").mkdir()
    files = trial(folder / "ben", reactions=left, side="l", tension=300.0)
    text = TRIAL.format(model=files.model.name).replace('side = "right"', 'side = "left"')
    (folder / "ben" / "walk.toml").write_text(text, encoding="utf-8")
    study = folder / "study.toml"
    study.write_text(STUDY, encoding="utf-8")
    one, other, third = cases(read_study(str(study)), folder)
    assert [c.case.side for c in (one, other, third)] == ["right", "left", "left"]
    assert [c.case.body_mass_kg for c in (one, other, third)] == [75.0, 75.0, 75.0]
    assert [c.case.bone.length_mm for c in (one, other, third)] == [370.0, 370.0, 340.0]
    peaks = [max(f[1] for f in c.case.activity.forces["plafond"]) for c in (one, other, third)]
    assert peaks == pytest.approx([3000.0, 2000.0, 2000.0])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('kind = "opensim"', 'kind = "opensims"', "allowed: instant, stance, history, opensim"),
        ('side = "right"', 'side = "both"', "side"),
        ('muscles = "muscles.sto"\n', "", "muscles"),
        ("frames = 11", "frames = 1", "frames"),
        ('"reactions.sto"', '"absent.sto"', "absent.sto' cannot be read: No such file"),
    ],
)
def test_faulty_trials_are_refused_in_one_sentence(walk, tibia, old, new, sentence):
    file, _ = walk
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        read_loads(str(file), tibia)


def test_trial_of_the_left_is_refused_by_a_case_of_the_right(walk):
    file, _ = walk
    with pytest.raises(InputError, match="of a right limb, and the side asked for is left"):
        resolved_with_trials("tibia", str(file), Options(side="left"))
