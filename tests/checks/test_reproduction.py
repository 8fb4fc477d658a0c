# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run folder is enough to run it again: same bits on the same machine, differences found and named, old ones read."""

from __future__ import annotations

import copy
import json
import math
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fea import api, cli
from fea.case import Case, Options, resolved
from fea.checks.reproduction import compared, reproduced
from fea.errors import InputError
from fea.evaluate import evaluated, solved_bone
from fea.folders import RunFolder, read_run, run_figures
from fea.folders import run as run_folder
from fea.folders.run import raw_figures, verified_case
from fea.solve import thread_count
from fea.solve.choice import chosen

SCHEMA_1 = Path(__file__).resolve().parents[1] / "fixtures" / "run_schema_1"


@pytest.fixture(scope="module")
def case() -> Case:
    """Walking on a second metatarsal so coarse that it takes a second."""
    return resolved("metatarsal2", "walking", Options(size_mm=2.0))


@pytest.fixture(scope="module")
def written(case, tmp_path_factory) -> Path:
    """Its run folder, without pictures and fields."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("run_map", "run_strain", "run_statics", "write_fields"):
            patch.setattr(run_folder, name, lambda *_: lambda: None)
        api.run_cases([case], [folder], use_cache=False)
    return folder


@pytest.fixture
def old() -> RunFolder:
    return read_run(SCHEMA_1)


@pytest.fixture
def table() -> dict:
    """Its ``result.json`` as it stands."""
    return raw_figures(SCHEMA_1)


def changed(table: dict, change) -> dict:
    other = copy.deepcopy(table)
    change(other)
    return other


def compared_with(old: RunFolder, table: dict, change):
    return compared(table, changed(table, change), old.manifest)


# ---------------------------------------------------------------- the same again


def test_same_input_gives_the_same_numbers_bit_for_bit(case):
    first, second = (evaluated(case, solved_bone(case, use_cache=False)) for _ in range(2))
    assert np.array_equal(first.mesh.points, second.mesh.points)
    assert np.array_equal(first.mesh.cells, second.mesh.cells)
    assert np.array_equal(first.field.displacement, second.field.displacement)
    assert np.array_equal(first.field.corner, second.field.corner)
    tables = [run_figures(result).table() | {"wall_s": {}} for result in (first, second)]
    assert tables[0] == tables[1]


def test_a_run_folder_is_enough_to_run_it_again(written):
    found = reproduced(written)
    assert found.compared > 400
    assert (found.differing, found.largest, found.versions) == (0, None, {})
    assert found.equal(0.0)


# ---------------------------------------------------------------- differences


def test_the_largest_difference_is_found_and_named(old, table):
    def change(table):
        table["strain"]["p95_ue"] += 4.0
        table["mesh"]["volume_mm3"] *= 1.0 + 1e-12
        table["wall_s"]["mesh"] = 1e9
        table["equilibrium"]["force_residual"] = 0.5

    found = compared_with(old, table, change)
    assert found.differing == 2
    assert found.largest.key == "strain.p95_ue"
    largest_ue = max(abs(g["compression_ue"]) for g in table["gauges"])
    # The unit's largest number is a gauge or a peak: at most 4/4000, and no more than a few times smaller.
    assert 4.0 / (3.0 * largest_ue) < found.largest.size <= 4.0 / 4000.0
    assert found.equal(1.1e-3)
    assert not found.equal(1e-6)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda t: t.update(bone="femur"), "bone"),
        (lambda t: t["hotspots"].pop(), "hotspots.count"),
        (lambda t: t.pop("cycles"), None),
        (lambda t: t["strain"].pop("p90_ue"), "strain.p90_ue"),
        (lambda t: t["strain"].update(p90_ue=float("nan")), "strain.p90_ue"),
    ],
    ids=["text", "fewer hotspots", "nothing stays nothing", "number gone", "not a number"],
)
def test_what_is_no_number_any_more_is_never_equal(old, table, change, key):
    found = compared_with(old, table, change)
    if key is None:
        assert found.largest is None
        return
    assert math.isinf(found.largest.size)
    assert not found.equal(1.0)
    assert found.largest.key.startswith(key.removesuffix(".count"))


def test_numbers_that_are_new_are_no_difference(old, table):
    found = compared_with(old, table, lambda t: t.update(material={"mass_g": 1.0, "law": "x"}))
    assert (found.added, found.differing) == (2, 0)


# ---------------------------------------------------------------- folders of older versions, and damaged ones


def test_a_folder_of_schema_1_is_read(old):
    assert old.case.bone.name == "tibia"
    assert old.case.activity.name == "running_peak"
    assert old.case.size_mm == 6.0
    assert old.figures.strain.p95_ue == pytest.approx(3399.9, abs=0.1)
    assert old.manifest.versions["gmsh"] == "4.15.2"


@pytest.fixture
def copied(tmp_path) -> Path:
    return Path(shutil.copytree(SCHEMA_1, tmp_path / "run"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("manifest.json", '{"schema": 2, "versions": {}}', "written by a newer bonefea"),
        ("result.json", "{}", "is not what bonefea writes: bone"),
        ("result.json", '{"schema": 1', "is not what bonefea writes"),
        ("result.json", "[1]", "is not what bonefea writes"),
        ("result.json", "[" * 100_000, "is not what bonefea writes"),
        ("manifest.json", "\udcff", "is not what bonefea writes"),
        ("manifest.json", None, "holds no manifest.json"),
        ("case.toml", "schema = 1", "case"),
        ("case.toml", "[activity.leg.deep_flexors]", "whose leg model was plane; it cannot be evaluated again"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_sentence(copied, name, content, says):
    file = copied / name
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=says) as caught:
        verified_case(read_run(copied))
    assert len(str(caught.value).splitlines()) == 1


def test_a_case_that_was_changed_after_the_run_is_refused(copied):
    file = copied / "case.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("body_mass_kg = 70.0", "body_mass_kg = 71.0"), "utf-8")
    with pytest.raises(InputError, match="not the case that was run"):
        verified_case(read_run(copied))


# ---------------------------------------------------------------- the command


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
@pytest.mark.parametrize(("factor", "code", "says"), [(1.0, 0, "same bit for bit"), (1.01, 1, "strain.p95_ue was")])
def test_exit_code_tells_whether_it_is_equal(monkeypatch, capsys, table, factor, code, says):
    now = changed(table, lambda t: t["strain"].update(p95_ue=factor * t["strain"]["p95_ue"]))
    computed(monkeypatch, now)
    for words in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["bonefea", "rerun", str(SCHEMA_1), *words])
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        assert (leaving.value.code or 0) == code
        said = capsys.readouterr().out
        assert (json.loads(said)["equal"] is (code == 0)) if words else (says in said)


def computed(monkeypatch, now: dict) -> None:
    """Let a reproduction find these numbers, with the solver that is set, without solving."""

    def result(*_, **__):
        return SimpleNamespace(bone=SimpleNamespace(solver=chosen(10_000, 30, quadratic=True)))

    monkeypatch.setattr("fea.checks.reproduction.solved_bone", lambda *_, **__: None)
    monkeypatch.setattr("fea.checks.reproduction.evaluated", result)
    monkeypatch.setattr("fea.checks.reproduction.run_figures", lambda _: SimpleNamespace(table=lambda: now))


# ---------------------------------------------------------------- the linear solver


def test_a_reproduction_takes_the_solver_of_the_folder_unless_another_is_asked_for(monkeypatch, old, table):
    computed(monkeypatch, table)

    def solved_by(name):
        return replace(old, manifest=old.manifest.model_copy(update={"solver": name}))

    for kept, asked, taken in [("multigrid", None, "multigrid"), ("multigrid", "mumps", "mumps")]:
        monkeypatch.setattr("fea.checks.reproduction.read_run", lambda _, kept=kept: solved_by(kept))
        assert reproduced(SCHEMA_1, solver=asked).solver == (kept, taken)
    # A solver of another machine, or of a manifest that was edited, is not a reason to fail.
    monkeypatch.setattr("fea.checks.reproduction.read_run", lambda _: solved_by("cray"))
    assert reproduced(SCHEMA_1).solver == ("cray", chosen(10_000, 30, quadratic=True))


def test_a_reproduction_has_the_threads_of_the_folder_where_there_are_as_many_cores(monkeypatch, old, table):
    used = []
    monkeypatch.setenv("BONEFEA_THREADS", "3")
    monkeypatch.setattr("fea.checks.reproduction.usable_cores", lambda: 2)
    computed(monkeypatch, table)
    monkeypatch.setattr("fea.checks.reproduction.solved_bone", lambda *_, **__: used.append(thread_count()))
    for kept in (None, 1, 2, 64):
        folder = replace(old, manifest=old.manifest.model_copy(update={"threads": kept}))
        monkeypatch.setattr("fea.checks.reproduction.read_run", lambda _, folder=folder: folder)
        reproduced(SCHEMA_1)
    assert used == [3, 1, 2, 3]


def test_a_folder_that_does_not_name_its_solver_is_read(old):
    assert old.manifest.solver == ""
