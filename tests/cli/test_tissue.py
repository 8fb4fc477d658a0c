# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run with a state of the tissue, from the command line to the files."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from fea import cli
from fea.case import read_case

# As in test_cli.py.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


def called(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["bonefea", *words])
    try:
        cli.main()
    except SystemExit as leaving:
        return leaving.code
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "osteoporotic"
    asked = ("--tissue", "osteoporotic", "--symmetry", "orthotropic", "--show", "density", "--size", "4.5")
    with pytest.MonkeyPatch.context() as patch:
        assert called(patch, "run", "tibia", "running_peak", *asked, "--out", str(place)) == 0
    return place


@pytest.fixture(scope="module")
def result(folder):
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_result_names_the_state_and_says_what_the_bone_is_made_of(result):
    assert result["tissue"] == "osteoporotic"
    material = result["material"]
    assert material["state"]["symmetry"] == "orthotropic"
    assert material["state"]["t_score"] == -3.0
    # (1 − 0.13) / (1 − 0.06).
    assert material["cortical_density_factor"] == pytest.approx(0.92553, rel=1e-4)
    for figures in material["tissues"].values():
        assert figures["min_modulus_mpa"] <= figures["mean_modulus_mpa"] <= figures["max_modulus_mpa"]
        assert figures["outside_law_fraction"] == 0.0
    # 15 261 MPa · 0.79282 at mid-shaft.
    assert material["tissues"]["cortical"]["max_modulus_mpa"] == pytest.approx(12099.0, rel=1e-3)
    assert [s["level"] for s in material["sections"]] == [0.04, 0.14, 0.38, 0.66]
    assert all(s["published"] for s in material["sections"])
    assert material["published_mark"] == "D"


def test_worse_tissue_is_strained_more(result, tibia_run):
    from fea.bone import TISSUES
    from fea.strain import equivalent, volume_percentile

    healthy = equivalent(tibia_run.field.cell, 0.3)
    bone = tibia_run.mesh.tissue != TISSUES.index("marrow")
    p50 = volume_percentile(healthy[bone], tibia_run.mesh.volumes[bone], [50])[0] * 1e6
    assert result["strain"]["p50_ue"] > 1.2 * p50


def test_manifest_says_that_the_step_from_a_t_score_is_not_published(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tissue"]["state"] == "osteoporotic"
    assert "not published one to one" in manifest["tissue"]["note"]


def test_reading_the_case_back_gives_the_same_tissue(folder):
    case = read_case(folder / "case.toml")
    assert case.tissue.name == "osteoporotic"
    assert case.tissue.ratios is not None
    assert case.tissue.ratios.e1 == 0.574


def test_density_is_drawn_and_exported(folder):
    import pyvista

    assert (folder / "density.png").stat().st_size > 50_000
    grid = pyvista.read(folder / "fields.vtu")
    density = np.asarray(grid.cell_data["density_g_per_cm3"])
    assert density.max() == pytest.approx(1.85 * 0.92553, rel=1e-3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--tissue", "osteoporosis"), "there is no tissue 'osteoporosis'; nearest: osteoporotic"),
        (("--tissue", "none.toml"), "there is no tissue file 'none.toml'"),
        (("--t-score", "-5"), "T-score is -5.0; allowed: -4 to 0"),
        (("--t-score", "nan"), "T-score is nan; allowed: -4 to 0"),
        (("--age", "70"), "needs both age and sex"),
        (("--age", "70", "--sex", "male"), "no law of age is published for the sex 'male'"),
        (("--law", "morgan-2003-vertebra"), "is for cancellous bone, not for cortical"),
        (("--cancellous-law", "rho"), "there is no density law 'rho'"),
        (("--set", "density.cortical_g_per_cm3.at.25=2.5"), "allowed: above 0 to 2.2 g/cm³"),
        (("--set", "density.cancellous_g_per_cm3.at.22=0"), "must be positive"),
    ],
)
def test_tissue_that_cannot_be_is_refused_in_one_sentence(monkeypatch, capsys, tmp_path, words, message):
    monkeypatch.chdir(tmp_path)
    assert called(monkeypatch, "run", "tibia", "running_peak", "--size", "6", *words) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.json"))


def test_list_shows_the_states(monkeypatch, capsys):
    assert called(monkeypatch, "list", "--json") == 0
    assert set(json.loads(capsys.readouterr().out)["tissue"]) == {"healthy", "osteopenic", "osteoporotic"}


def test_a_state_of_the_users_own(monkeypatch, capsys, tmp_path):
    import importlib.resources

    shipped = importlib.resources.files("fea.meshes") / "tissue" / "osteopenic.toml"
    text = shipped.read_text(encoding="utf-8").replace('name = "osteopenic"', 'name = "mine"')
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace("thickness_factor = 0.90", "thickness_factor = [1, 1, 1, 1, 0.8, 1, 1, 1]"))
    from fea.case import read_tissue

    state = read_tissue(str(mine))
    assert state.name == "mine"
    assert state.thickness_factor[4] == 0.8
