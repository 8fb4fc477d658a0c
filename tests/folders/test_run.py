# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a run, written and read back: question, figures, forces, mesh."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from fea.errors import InputError
from fea.evaluate import Result, solved_bone
from fea.folders.fields import EQUIVALENT_FIELD
from fea.folders.figures import run_figures
from fea.folders.manifest import kind_of
from fea.folders.run import read_run, verified_case


def copied(folder: Path, where: Path) -> Path:
    return Path(shutil.copytree(folder, where / "copy"))


def edit(file: Path, **changes: object) -> None:
    table = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(table | changes), encoding="utf-8")


def test_what_is_read_back_is_the_result_of_the_question(run_folder):
    run = read_run(run_folder)
    result = Result(run.case, solved_bone(run.case))
    times = {"wall_s": {}}
    assert run.figures.table() | times == run_figures(result).table() | times
    # Fields hold every digit.
    np.testing.assert_array_equal(run.excluded, result.excluded)
    np.testing.assert_array_equal(run.fields[EQUIVALENT_FIELD], result.envelope.equivalent * 1e6)


def test_arrows_are_the_forces_that_statics_counts(run_folder):
    # A section above the regions of the ankle carries what acts below it: joint, tendons that turn there, and fibula.
    run = read_run(run_folder)
    length = run.case.bone.length_mm
    top = {name: run.mesh.points[run.mesh.facets[rows]][..., 1].max() for name, rows in run.mesh.regions.items()}
    lowest = {name: run.mesh.points[run.mesh.facets[rows]][..., 1].min() for name, rows in run.mesh.regions.items()}
    ankle = {load.region: load for load in run.applied if lowest[load.region] < 0.1 * length}
    assert {"plafond", "fibular_notch"} <= set(ankle)
    statics = run.figures.statics
    level = next(k for k, level in enumerate(statics.level) if level * length > max(top[name] for name in ankle))
    assert statics.level[level] < 0.3
    axial = sum(load.force_n[1] for load in ankle.values())
    assert axial == pytest.approx(-statics.axial_n[level], rel=1e-9)
    assert not ankle["plafond"].pulls
    assert all(load.pulls for load in run.applied if load.region in ("soleus", "patellar_tendon"))
    assert [load.size_n for load in run.applied] == sorted((load.size_n for load in run.applied), reverse=True)


def test_a_free_bone_shows_forces_in_balance(run_folder):
    run = read_run(run_folder)
    assert run.case.support == "free"
    total = np.sum([load.force_n for load in run.applied], axis=0)
    moment = np.sum([1000 * load.moment_nm + np.cross(load.center, load.force_n) for load in run.applied], axis=0)
    largest = run.applied[0].size_n
    assert np.abs(total).max() < 1e-9 * largest
    assert np.abs(moment).max() < 1e-9 * largest * 400.0


def test_the_surface_is_that_of_the_bone(run_folder, tibia_mesh):
    run = read_run(run_folder)
    np.testing.assert_array_equal(run.mesh.facets, tibia_mesh.facets)
    assert {k: list(v) for k, v in run.mesh.regions.items()} == {k: list(v) for k, v in tibia_mesh.regions.items()}


# ---------------------------------------------------------------- folders that are not as they should be


def test_no_folder_and_foreign_folders_are_said_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match="there is no folder"):
        kind_of(tmp_path / "none")
    with pytest.raises(InputError, match=r"not written by bonefea: it holds no manifest\.json"):
        kind_of(tmp_path)
    (tmp_path / "manifest.json").write_text('{"name": "an app"}', encoding="utf-8")
    with pytest.raises(InputError, match="not what bonefea writes: schema"):
        kind_of(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": 1, "kind": "zoo", "versions": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="holds a 'zoo'; known: run, plan, comparison, study"):
        kind_of(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": 99, "versions": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="newer bonefea"):
        kind_of(tmp_path)


def test_the_folder_of_something_else_is_no_run(study_folder):
    with pytest.raises(InputError, match="holds a study, not a run"):
        read_run(study_folder)


def test_the_mesh_of_another_bone_is_refused(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    text = (place / "case.toml").read_text(encoding="utf-8")
    (place / "case.toml").write_text(re.sub(r"(?m)^size_mm = 6.0$", "size_mm = 5.0", text), encoding="utf-8")
    with pytest.raises(InputError, match="is not that of 'tibia'"):
        _ = read_run(place).mesh


def test_a_question_changed_since_the_run_is_not_taken_for_that_of_the_run(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    assert verified_case(read_run(place)) == read_run(run_folder).case
    text = (place / "case.toml").read_text(encoding="utf-8")
    (place / "case.toml").write_text(text.replace("body_mass_kg = 70.0", "body_mass_kg = 71.0", 1), encoding="utf-8")
    with pytest.raises(InputError, match="is not the case that was run"):
        verified_case(read_run(place))
