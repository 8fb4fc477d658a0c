# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Folders of runs and of a study of the coarse tibia; copy one before you change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fea.api import run_cases
from fea.case import Options, resolved
from fea.case.study import Study
from fea.case.tables import checked
from fea.folders.study import run_study
from fea.studies import plan_of

STUDY = {
    "schema": 1,
    "kind": "study",
    "name": "trial",
    "title": "A trial",
    "base": {"bone": "tibia", "activity": "running", "size": 6.0},
    "cross": {"mass": [60, 80], "speed": [3.0, 4.0], "footwear": ["minimal", "conventional"]},
}


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ``light`` and ``heavy`` of the running instant at 60 kg and at 66 kg."""
    folder = tmp_path_factory.mktemp("runs")
    cases = [resolved("tibia", "running_peak", Options(mass_kg=mass, size_mm=6.0)) for mass in (60.0, 66.0)]
    run_cases(cases, [folder / "light", folder / "heavy"])
    return folder


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study of eight loads: two masses, two speeds, two shoes."""
    folder = tmp_path_factory.mktemp("studies") / "trial"
    study = checked(Study, STUDY, "the study")
    run_study(study, plan_of(study), folder, workers=1)
    return folder
