# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea study` and `bonefea compare`: plans, messages, exit codes, files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

STUDY = """
schema = 1
kind = "study"
name = "trial"
title = "A trial"
[base]
bone = "tibia"
activity = "running"
size = 6.0
[cross]
mass = [60, 80]
"""


@pytest.fixture(autouse=True)
def trial(tmp_path):
    """trial.toml in the folder in which the command runs."""
    (tmp_path / "trial.toml").write_text(STUDY, encoding="utf-8")


def test_a_dry_run_shows_cases_groups_and_cost_and_writes_nothing(bonefea):
    code, out, _ = bonefea("study", "trial.toml", "--dry-run")
    assert code == 0
    assert "2 cases on 1 meshes" in out
    assert "tibia" in out
    assert [p.name for p in Path().iterdir()] == ["trial.toml"]


def test_a_plan_as_json_counts_cases_meshes_and_factorisations(bonefea, tmp_path, monkeypatch):
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path / "empty"))
    code, out, err = bonefea("study", "trial.toml", "--dry-run", "--json")
    plan = json.loads(out)
    assert (code, err) == (0, "")
    assert (plan["cases"], plan["meshes"], plan["factorisations"]) == (2, 1, 1)
    assert plan["groups"][0]["cases"] == 2
    assert plan["cases_listed"][1]["mass"] == 80


def test_a_study_writes_its_folder_and_says_so(bonefea):
    code, out, err = bonefea("study", "trial.toml", "--workers", "1", "--json")
    assert code == 0, err
    said = json.loads(out)
    assert (said["cases"], said["failed"], said["folder"]) == (2, {}, "runs/trial")
    files = {p.name for p in Path("runs/trial").iterdir()}
    tables = {"cases.json.gz", "histories.nc", "manifest.json", "results.csv", "results.parquet"}
    assert files == tables | {"store", "study.log", "study.png"}
    assert "2 cases in 1 groups, 1 workers" in Path("runs/trial/study.log").read_text(encoding="utf-8")
    code, out, err = bonefea("compare", "runs/trial@mass=60", "runs/trial@mass=80", "--out", "c")
    assert code == 0, err
    assert "+33.3" in out
    assert {"comparison.csv", "places.csv", "comparison.png", "difference.png", "manifest.json", "result.json"} == {
        p.name for p in Path("c").iterdir()
    }


def test_a_study_in_a_process_of_its_own_writes_everything_and_is_silent(tmp_path):
    # This process has imported dask, whose settings differ before its first import.
    (tmp_path / "trial.toml").write_text(STUDY, encoding="utf-8")
    command = [sys.executable, "-m", "fea", "study", "trial.toml", "--workers", "1", "--json"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "runs" / "trial" / "manifest.json").exists()


def test_failed_cases_give_exit_code_1_and_their_reason(bonefea):
    text = STUDY.replace("mass = [60, 80]", '"bone.thickness_scale" = [1.0, 3.0]')
    Path("trial.toml").write_text(text, encoding="utf-8")
    code, _, err = bonefea("study", "trial.toml", "--workers", "1")
    assert code == 1
    assert "1 of 2 cases failed; case 2:" in err
    assert "cortical thickness" in err
    assert "--retry-failed" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["study"], "STUDY"),
        (["study", "nowhere.toml"], "nowhere.toml"),
        (["study", "footwaer"], "nearest: footwear"),
        (["study", "trial.toml", "--workers", "0"], "1 to 1024"),
        (["study", "trial.toml", "--workers", "2", "--scheduler", "tcp://x:1"], "either --workers or --scheduler"),
        (["study", "trial.toml", "--out", "trial.toml"], "is read by this command"),
        (["compare", "nowhere", "nowhere"], "no folder"),
        (["study", "trial.toml", "--scheduler", "nonsense://x:1"], "no dask scheduler answers"),
        (["study", "trial.toml", "--scheduler", "nonsense://x:1", "--out", "a/b"], "no dask scheduler answers"),
        (["compare", "."], "B"),
    ],
)
def test_a_mistake_exits_2_with_one_sentence(bonefea, words, says):
    code, out, err = bonefea(*words)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
    assert [path.name for path in Path().rglob("*")] == ["trial.toml"]
