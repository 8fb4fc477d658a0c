# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The flow from end to end on a coarse tibia: the run folder, its numbers, and tendencies that must hold."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import struct
import sys

import numpy as np
import pytest

from fea import api, cli
from fea.bone import Anatomy
from fea.case import Options, read_case, resolved
from fea.evaluate import evaluated, solved_bone
from fea.folders import MANIFEST, run_figures

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

COARSE_MM = 6.0
FILES = {"case.toml", "result.json", "hotspots.csv", "fields.vtu", "map.png", "manifest.json", "statics.png"}

SCHEMA_1 = {
    "schema": int,
    "bone": str,
    "activity": str,
    "tissue": str,
    "body_mass_kg": float,
    "pack_mass_kg": float,
    "mesh": {"cells": int, "vertices": int, "dofs": int, "volume_mm3": float, "min_quality": float},
    "equilibrium": {"force_residual": float, "moment_residual": float},
    "strain": {
        "p50_ue": float,
        "p90_ue": float,
        "p95_ue": float,
        "peak_tension_ue": float,
        "peak_compression_ue": float,
        "excluded_volume_fraction": float,
    },
    "stress": {"peak_tension_mpa": float, "peak_compression_mpa": float},
    "strained_volume_mm3": {"3000": float, "4000": float},
    "gauges": [{"name": str, "level": float, "tension_ue": float, "compression_ue": float}],
    "hotspots": [
        {
            "rank": int,
            "site": str,
            "level": float,
            "sector": str,
            "mode": str,
            "strain_ue": float,
            "volume_mm3": float,
        }
    ],
    "wall_s": dict.fromkeys(("mesh", "assemble", "factorise", "solve", "strain", "render"), float),
}


def solved(case):
    return evaluated(case, solved_bone(case))


def left(main):
    """Return the exit code of the command, whether it returns or exits."""
    try:
        main()
    except SystemExit as leaving:
        return leaving.code
    return 0


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The folder that ``bonefea run tibia running --json`` wrote over an older run, and what it printed."""
    out = tmp_path_factory.mktemp("runs") / "tibia-running_peak"
    out.mkdir()
    older = {"kind": "run", "schema": 1, "versions": {"bonefea": "0.1.0"}, "files": {"stale.png": "0" * 64}}
    (out / MANIFEST).write_text(json.dumps(older), encoding="utf-8")
    (out / "stale.png").write_text("older", encoding="utf-8")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    printed, before = io.StringIO(), sys.argv
    sys.argv = ["bonefea", "run", "tibia", "running_peak", "--size", f"{COARSE_MM:g}", "--out", str(out), "--json"]
    try:
        with contextlib.redirect_stdout(printed):
            code = left(cli.main)
    finally:
        sys.argv = before
    assert code == 0
    return out, printed.getvalue()


@pytest.fixture(scope="session")
def result(folder):
    return json.loads((folder[0] / "result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def heavy():
    """The same bone under twice the body mass."""
    return solved(resolved("tibia", "running_peak", Options(mass_kg=140.0, size_mm=COARSE_MM)))


@pytest.fixture(scope="session")
def woman():
    """The female tibia under the man's body mass."""
    return solved(resolved("tibia_female", "running_peak", Options(size_mm=COARSE_MM)))


# ---------------------------------------------------------------- the folder


def test_the_folder_is_complete_the_older_run_is_gone_and_notes_stay(folder):
    out, _ = folder
    assert {p.name for p in out.iterdir()} >= FILES
    assert not (out / "stale.png").exists()
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert [p.name for p in out.parent.iterdir()] == [out.name]


def missing(table, shape, path=""):
    """Yield the keys of ``shape`` that ``table`` lacks or holds in another type."""
    for key, kind in shape.items():
        where = f"{path}{key}"
        if key not in table:
            yield where
        elif isinstance(kind, dict):
            yield from missing(table[key], kind, f"{where}.")
        elif isinstance(kind, list):
            if not table[key]:
                yield f"{where} is empty"
            for row in table[key]:
                yield from missing(row, kind[0], f"{where}[].")
        elif type(table[key]) is not kind:
            yield f"{where} is {type(table[key]).__name__}"


def test_result_has_every_key_of_schema_1(result):
    assert list(missing(result, SCHEMA_1)) == []
    assert result["schema"] == 1


def test_printed_json_is_the_result(folder, result):
    assert json.loads(folder[1]) == result


def test_result_says_what_was_asked(result):
    asked = {key: result[key] for key in ("bone", "activity", "tissue", "body_mass_kg", "pack_mass_kg")}
    wanted = {
        "bone": "tibia",
        "activity": "running_peak",
        "tissue": "healthy",
        "body_mass_kg": 70.0,
        "pack_mass_kg": 0.0,
    }
    assert asked == wanted


def test_case_of_the_folder_reads_back_as_the_case_that_was_run(folder):
    assert read_case(folder[0] / "case.toml") == resolved("tibia", "running_peak", Options(size_mm=COARSE_MM))


def test_hotspots_of_the_table_are_those_of_the_result(folder, result):
    with (folder[0] / "hotspots.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    needed = {"rank", "site", "level", "sector", "mode", "strain_ue", "volume_mm3"}
    assert needed <= set(rows[0])
    assert [(int(r["rank"]), r["site"], r["mode"]) for r in rows] == [
        (h["rank"], h["site"], h["mode"]) for h in result["hotspots"]
    ]
    for row, hotspot in zip(rows, result["hotspots"], strict=True):
        for key in ("level", "strain_ue", "volume_mm3"):
            assert float(row[key]) == hotspot[key]


def test_manifest_holds_versions_hash_seeds_and_times(folder, result):
    manifest = json.loads((folder[0] / MANIFEST).read_text(encoding="utf-8"))
    assert {"python", "bonefea", "numpy", "gmsh"} <= set(manifest["versions"])
    assert manifest["case_sha256"] == hashlib.sha256((folder[0] / "case.toml").read_bytes()).hexdigest()
    assert "mesh" in manifest["seeds"]
    assert manifest["wall_s"] == result["wall_s"]
    assert manifest["solver"] in {"mumps", "pardiso", "multigrid"}
    assert manifest["threads"] >= 1
    assert 50.0 < manifest["peak_memory_mib"] < 8192.0


@pytest.mark.parametrize("name", ["map.png", "statics.png"])
def test_pictures_are_png_of_more_than_800_pixels(folder, name):
    head = (folder[0] / name).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert head[12:16] == b"IHDR"
    assert max(struct.unpack(">II", head[16:24])) > 800


def test_fields_are_named_with_units_and_belong_to_the_mesh(folder, result):
    import pyvista

    grid = pyvista.read(folder[0] / "fields.vtu")
    assert (grid.n_cells, grid.n_points) == (result["mesh"]["cells"], result["mesh"]["vertices"])
    named = {"strain_von_mises_ue", "strain_principal_1_ue", "strain_principal_3_ue", "stress_tensor_mpa"}
    named |= {"strain_tensor_ue", "modulus_mpa", "density_g_per_cm3", "strain_energy_density_mpa", "excluded"}
    assert named <= set(grid.cell_data)
    assert "displacement_mm" in grid.point_data
    # The fields are those of the result, but means of cells, while the result counts four points in each; in elements
    # of 6 mm that makes 3 % of the strained volume.
    kept = (grid.cell_data["tissue"] != 2) & (grid.cell_data["excluded"] == 0)
    volume = np.abs(grid.compute_cell_sizes(length=False, area=False)["Volume"])
    above = volume[kept & (grid.cell_data["strain_von_mises_ue"] >= 3000.0)].sum()
    assert above == pytest.approx(result["strained_volume_mm3"]["3000"], rel=0.06)


def test_density_of_strain_energy_is_half_stress_times_strain(folder):
    import pyvista

    cells = pyvista.read(folder[0] / "fields.vtu").cell_data
    wanted = 0.5e-6 * np.einsum("mk,mk->m", cells["stress_tensor_mpa"], cells["strain_tensor_ue"])
    assert np.allclose(cells["strain_energy_density_mpa"], wanted, rtol=1e-6, atol=1e-12)


# ---------------------------------------------------------------- its numbers


def test_loads_and_reactions_balance(result):
    assert 0.0 <= result["equilibrium"]["force_residual"] <= 1e-8
    assert 0.0 <= result["equilibrium"]["moment_residual"] <= 1e-8


def test_numbers_are_in_order(result):
    strain, stress = result["strain"], result["stress"]
    assert 0.0 < strain["p50_ue"] < strain["p90_ue"] < strain["p95_ue"]
    assert strain["peak_compression_ue"] < 0.0 < strain["peak_tension_ue"]
    assert stress["peak_compression_mpa"] < 0.0 < stress["peak_tension_mpa"]
    assert 0.0 < strain["excluded_volume_fraction"] < 0.5
    assert 0.0 <= result["strained_volume_mm3"]["4000"] <= result["strained_volume_mm3"]["3000"]
    assert result["strained_volume_mm3"]["3000"] < result["mesh"]["volume_mm3"]
    assert [h["rank"] for h in result["hotspots"]] == list(range(1, len(result["hotspots"]) + 1))
    sizes = [abs(h["strain_ue"]) for h in result["hotspots"]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_worst_compression_is_posterior_in_the_distal_or_middle_third(result):
    # Where FE models of running have it and where runners' tibiae break: posteromedial, distal third to mid-shaft.
    first = result["hotspots"][0]
    assert first["mode"] == "compression"
    assert first["sector"] in {"posterior", "posteromedial"}
    assert 0.10 <= first["level"] <= 0.60


def test_the_front_is_in_tension_while_the_back_is_in_compression(result):
    tension = [h for h in result["hotspots"] if h["mode"] == "tension"]
    assert tension
    assert tension[0]["sector"] in {"anterior", "anteromedial", "anterolateral"}
    posterior = next(g for g in result["gauges"] if g["name"] == "posterior_midshaft")
    anteromedial = next(g for g in result["gauges"] if g["name"] == "anteromedial_midshaft")
    assert posterior["axial_ue"] < 0.0 < anteromedial["axial_ue"]


def test_stress_over_cuts_carries_the_statics(result):
    statics, integrated = result["statics"], result["integrated"]
    for key in ("axial_n", "bending_sagittal_nm"):
        wanted = np.interp(integrated["level"], statics["level"], statics[key])
        # 2 % of the largest; statics are tabled every 2 % of the length and joined by straight lines.
        scale = np.abs(statics[key]).max()
        assert np.allclose(integrated[key], wanted, rtol=0, atol=0.03 * scale)


# ---------------------------------------------------------------- tendencies


def test_twice_the_body_mass_doubles_every_strain(heavy, result):
    # Linear elasticity; twice a number in floating point is exact, the solver's own columns are the same.
    table = run_figures(heavy).table()
    for key in ("p50_ue", "p90_ue", "p95_ue", "peak_tension_ue", "peak_compression_ue"):
        assert table["strain"][key] == pytest.approx(2.0 * result["strain"][key], rel=1e-9)
    for key in ("peak_tension_mpa", "peak_compression_mpa"):
        assert table["stress"][key] == pytest.approx(2.0 * result["stress"][key], rel=1e-9)
    for heavier, gauge in zip(table["gauges"], result["gauges"], strict=True):
        assert heavier["axial_ue"] == pytest.approx(2.0 * gauge["axial_ue"], rel=1e-9)
    assert table["strained_volume_mm3"]["4000"] > result["strained_volume_mm3"]["4000"]
    assert table["mesh"] == result["mesh"]


def test_the_smaller_bone_is_strained_more_by_the_same_body(woman, result):
    table = run_figures(woman).table()
    assert table["mesh"]["volume_mm3"] < result["mesh"]["volume_mm3"]
    for key in ("p50_ue", "p90_ue", "p95_ue"):
        assert table["strain"][key] > 1.1 * result["strain"][key]
    assert table["strain"]["peak_compression_ue"] < 1.1 * result["strain"]["peak_compression_ue"]


def test_every_hotspot_lies_in_bone_that_was_kept(heavy):
    kept = heavy.mesh.centroids[(heavy.mesh.tissue != 2) & ~heavy.excluded]
    for hotspot in heavy.hotspots:
        assert np.linalg.norm(kept - np.array(hotspot.position), axis=1).min() < 0.01
        assert Anatomy(heavy.case.bone).site(np.array([hotspot.position])) == [hotspot.site]


# ---------------------------------------------------------------- what is said and printed


def test_the_command_prints_the_hotspots_the_gauges_and_the_place_of_the_map(heavy, monkeypatch, capsys, tmp_path):
    def run_cases(cases, folders, *, progress, **options):
        progress("mesh")
        return [heavy]

    monkeypatch.setattr(api, "run_cases", run_cases)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr(sys, "argv", ["bonefea", "run", "tibia", "running_peak", "--out", str(tmp_path / "run")])
    assert left(cli.main) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == ["mesh"]
    for hotspot in heavy.hotspots:
        assert hotspot.site in said.out
        assert f"{hotspot.strain_ue:.0f}" in said.out
    for word in ("140 kg", "µε", "mm³ above 4000", "anteromedial_midshaft", "equilibrium", "run/map.png"):
        assert word in said.out
