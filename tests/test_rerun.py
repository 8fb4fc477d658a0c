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

from fea import cli, pipeline, record
from fea.case import Case, resolved
from fea.errors import InputError
from fea.record import result_table
from fea.rerun import RunFolder, compared, read_folder, rerun
from fea.solve.choice import chosen

SCHEMA_1 = Path(__file__).parent / "fixtures" / "run_schema_1"


@pytest.fixture(scope="module")
def case() -> Case:
    """Walking on a second metatarsal so coarse that it takes a second."""
    return resolved("metatarsal2", "walking", size_mm=2.0)


@pytest.fixture(scope="module")
def written(case, tmp_path_factory) -> Path:
    """Its run folder, without pictures and fields."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "_draw", lambda *_: None)
        patch.setattr(record, "write_fields", lambda *_: None)
        pipeline.run([case], [folder], use_cache=False)
    return folder


@pytest.fixture
def old() -> RunFolder:
    return read_folder(SCHEMA_1)


def changed(old: RunFolder, change) -> dict:
    table = copy.deepcopy(dict(old.result))
    change(table)
    return table


# ---------------------------------------------------------------- the same again


def test_same_input_gives_the_same_numbers_bit_for_bit(case):
    first, second = (pipeline.solved(case, use_cache=False) for _ in range(2))
    assert np.array_equal(first.mesh.points, second.mesh.points)
    assert np.array_equal(first.mesh.cells, second.mesh.cells)
    assert np.array_equal(first.field.displacement, second.field.displacement)
    assert np.array_equal(first.field.corner, second.field.corner)
    tables = [result_table(answer) | {"wall_s": {}} for answer in (first, second)]
    assert tables[0] == tables[1]


def test_a_run_folder_is_enough_to_run_it_again(written):
    found = rerun(written)
    assert found.compared > 400
    assert (found.differing, found.largest, found.versions) == (0, None, {})
    assert found.equal(0.0)


# ---------------------------------------------------------------- differences


def test_the_largest_difference_is_found_and_named(old):
    def change(table):
        table["strain"]["p95_ue"] += 4.0
        table["mesh"]["volume_mm3"] *= 1.0 + 1e-12
        table["wall_s"]["mesh"] = 1e9
        table["equilibrium"]["force_residual"] = 0.5

    found = compared(old, changed(old, change))
    assert found.differing == 2
    assert found.largest.key == "strain.p95_ue"
    largest_ue = max(abs(g["compression_ue"]) for g in old.result["gauges"])
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
def test_what_is_no_number_any_more_is_never_equal(old, change, key):
    found = compared(old, changed(old, change))
    if key is None:
        assert found.largest is None
        return
    assert math.isinf(found.largest.size)
    assert not found.equal(1.0)
    assert found.largest.key.startswith(key.removesuffix(".count"))


def test_numbers_that_are_new_are_no_difference(old):
    found = compared(old, changed(old, lambda t: t.update(material={"mass_g": 1.0, "law": "x"})))
    assert (found.added, found.differing) == (2, 0)


# ---------------------------------------------------------------- folders of older versions, and damaged ones


def test_a_folder_of_schema_1_is_read(old):
    assert old.case.bone.name == "tibia"
    assert old.case.activity.name == "running_peak"
    assert old.case.size_mm == 6.0
    assert old.result["strain"]["p95_ue"] == pytest.approx(3399.9, abs=0.1)
    assert old.versions["gmsh"] == "4.15.2"


@pytest.fixture
def copied(tmp_path) -> Path:
    return Path(shutil.copytree(SCHEMA_1, tmp_path / "run"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("result.json", '{"schema": 2}', "has schema 2; this version reads up to 1"),
        ("result.json", "{}", "schema None"),
        ("result.json", '{"schema": 1', "cannot be read"),
        ("result.json", "[1]", "holds no table"),
        ("result.json", "[" * 100_000, "cannot be read"),
        ("manifest.json", "\udcff", "cannot be read"),
        ("manifest.json", None, "has no manifest.json"),
        ("case.toml", "schema = 1", "case"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_sentence(copied, name, content, says):
    file = copied / name
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=says) as caught:
        read_folder(copied)
    assert len(str(caught.value).splitlines()) == 1


def test_a_case_that_was_changed_after_the_run_is_refused(copied):
    file = copied / "case.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("body_mass_kg = 70.0", "body_mass_kg = 71.0"), "utf-8")
    with pytest.raises(InputError, match="not the case that was run"):
        read_folder(copied)


# ---------------------------------------------------------------- the command


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
@pytest.mark.parametrize(("factor", "code", "says"), [(1.0, 0, "same bit for bit"), (1.01, 1, "strain.p95_ue was")])
def test_exit_code_tells_whether_it_is_equal(monkeypatch, capsys, old, factor, code, says):
    table = changed(old, lambda t: t["strain"].update(p95_ue=factor * t["strain"]["p95_ue"]))
    monkeypatch.setattr("fea.rerun.solved", lambda *_, **__: SimpleNamespace(solver=chosen(10_000, 30, quadratic=True)))
    monkeypatch.setattr("fea.rerun.result_table", lambda _: table)
    for words in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["bonefea", "rerun", str(SCHEMA_1), *words])
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        assert (leaving.value.code or 0) == code
        said = capsys.readouterr().out
        assert (json.loads(said)["equal"] is (code == 0)) if words else (says in said)


# ---------------------------------------------------------------- the linear solver


def test_a_rerun_takes_the_solver_of_the_folder_unless_another_is_asked_for(monkeypatch, old):
    def solved(*_, **__):
        return SimpleNamespace(solver=chosen(10_000, 30, quadratic=True))

    monkeypatch.setattr("fea.rerun.solved", solved)
    monkeypatch.setattr("fea.rerun.result_table", lambda _: old.result)
    for kept, asked, taken in [("multigrid", None, "multigrid"), ("multigrid", "mumps", "mumps")]:
        monkeypatch.setattr("fea.rerun.read_folder", lambda _, kept=kept: replace(old, solver=kept))
        assert rerun(SCHEMA_1, solver=asked).solver == (kept, taken)
    # A solver of another machine, or of a manifest that was edited, is not a reason to fail.
    monkeypatch.setattr("fea.rerun.read_folder", lambda _: replace(old, solver="cray"))
    assert rerun(SCHEMA_1).solver == ("cray", chosen(10_000, 30, quadratic=True))


def test_a_folder_that_does_not_name_its_solver_is_read(old):
    assert old.solver is None
