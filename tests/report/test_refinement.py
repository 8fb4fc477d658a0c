# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The error of the mesh: stated where it was computed for this very run, and asked for where it was not."""

from __future__ import annotations

import json
import shutil

import pytest

from fea import checks
from fea.checks.convergence import Convergence, MeshMeasures, fitted
from fea.cli.converge import converge
from fea.cli.question import Activity
from fea.errors import InputError
from fea.report import page_of

HEADS = ("p50 / ue", "p90 / ue", "p95 / ue", "peak compression / ue", "peak tension / ue", "volume above 3000 ue / mm3")


@pytest.fixture
def place(run_folder, tmp_path):
    return shutil.copytree(run_folder, tmp_path / "run")


@pytest.fixture
def refined(place, monkeypatch):
    """What refining the run of the folder would find: its own numbers at 6 mm, 4 % less where it is infinitely fine."""
    import numpy as np

    result = json.loads((place / "result.json").read_text(encoding="utf-8"))
    own = {name: result["strain"]["p95_ue"] if name == "p95 / ue" else 1000.0 for name in HEADS}
    sizes = np.array([6.0, 4.5, 3.0])

    def answer(case, asked, *, use_cache, progress):
        assert (case.bone.name, case.size_mm, case.pack_mass_kg, case.support) == ("tibia", 6.0, 20.0, "free")
        shares = {6.0: 1.0, 4.5: 0.96 + 0.04 * 0.75**2, 3.0: 0.97}
        cells = {6.0: result["mesh"]["cells"], 4.5: 21_000, 3.0: 51_000}
        meshes = tuple(
            MeshMeasures(float(h), cells[h], 5 * cells[h], 9.0, {n: v * shares[h] for n, v in own.items()})
            for h in sizes
        )
        trends = tuple(fitted(n, sizes, np.array([m.measures[n] for m in meshes]), judged_mm=6.0) for n in HEADS)
        return Convergence(6.0, meshes, trends)

    monkeypatch.setattr(checks, "converged", answer)
    return place


def test_a_run_that_was_not_refined_says_so_and_names_the_command(place, parsed):
    text = " ".join(" ".join(parsed(page_of(place)).text).split())
    assert "has not been computed" in text
    # 6 mm is coarse for a tibia of 3 mm, and twice it cannot be meshed: the command asks for finer ones.
    assert f"bonefea converge {place} --sizes 4.24 3" in text


def test_what_converge_leaves_in_the_folder_the_report_states(refined, parsed, capsys):
    converge(str(refined))
    assert "convergence.csv" in {file.name for file in refined.iterdir()}
    page = parsed(page_of(refined))
    text = " ".join(" ".join(page.text).split())
    # f(h) = 0.96 (1 + h²/24 / 36): 4 % of 0.96 lies above the limit, 4.2 %.
    assert "has a discretisation error of 4.2 %" in text
    assert "has not been computed" not in text
    (limit,) = [row for row in page.rows if row and row[0] == "limit"]
    p95 = json.loads((refined / "result.json").read_text(encoding="utf-8"))["strain"]["p95_ue"]
    assert float(limit[2].replace(",", "")) == pytest.approx(0.96 * p95, rel=1e-3)


@pytest.mark.parametrize(("key", "value"), [("cells", 12_000), ("p95_ue", 4100.0)])
def test_a_table_about_another_run_is_refused(refined, key, value):
    converge(str(refined))
    file = refined / "result.json"
    table = json.loads(file.read_text(encoding="utf-8"))
    table["mesh" if key == "cells" else "strain"][key] = value
    file.write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(InputError, match=r"convergence\.csv' is about another run"):
        page_of(refined)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "size / mm,cells,p95 / ue\n"])
def test_a_damaged_table_is_named(place, content):
    (place / "convergence.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"convergence\.csv' is not what bonefea writes"):
        page_of(place)


def test_a_table_cut_off_before_its_error_is_named(refined):
    converge(str(refined))
    file = refined / "convergence.csv"
    file.write_text("".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    with pytest.raises(InputError, match="its last row is not the error"):
        page_of(refined)


def test_a_question_is_not_changed_on_the_way(place, tmp_path):
    with pytest.raises(InputError, match="a run folder holds its whole question"):
        converge(str(place), how=Activity(pack_kg=5.0))
    with pytest.raises(InputError, match="ACTIVITY is missing"):
        converge(str(tmp_path / "none"))
    assert not (place / "convergence.csv").exists()
