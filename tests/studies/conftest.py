# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Small studies on the coarse tibia, which is solved once for all tests."""

from __future__ import annotations

import pytest

from fea.folders.study import run_study
from fea.studies import plan_of, read_study

BASE = {"bone": "tibia", "activity": "running", "size": 6.0}


@pytest.fixture(scope="session")
def study_of(tmp_path_factory):
    """A function that returns a study of the coarse tibia: ``study_of('[cross]', 'speed = [3, 4]')``."""
    folder = tmp_path_factory.mktemp("studies")

    def make(*lines, base=BASE, name="trial"):
        file = folder / f"{name}.toml"
        head = ["schema = 1", 'kind = "study"', f'name = "{name}"', 'title = "A trial"', "[base]"]
        given = [f"{k} = {v!r}" for k, v in base.items()]
        file.write_text("\n".join([*head, *given, *lines]) + "\n", encoding="utf-8")
        return read_study(str(file))

    return make


@pytest.fixture(scope="session")
def finished(study_of, tmp_path_factory):
    """A study of twelve loads on one bone, run by two processes: study, plan, folder, outcome.

    Its cache is its own: a bone that other tests solved, on more threads, has other last digits.
    """
    study = study_of(
        "[cross]", "mass = [60, 80]", "speed = [3.0, 4.0]", 'footwear = ["minimal", "conventional", "maximal"]'
    )
    place = tmp_path_factory.mktemp("finished")
    plan = plan_of(study)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BONEFEA_CACHE", str(place / "cache"))
        return study, plan, place / "study", run_study(study, plan, place / "study", workers=2)
