# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The store: whole entries or none, one process, one version."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from fea.errors import InputError, RunError
from fea.studies.metrics import CaseMetrics, Metric
from fea.studies.store import opened_store

KEY = "a" * 64


@pytest.fixture
def found():
    """A finding with numbers that only come back if every bit does."""
    random = np.random.default_rng(1)
    places = random.normal(size=(20, 8)) * 1e-17
    places[3, 4] = np.nan
    series = {"tension_ue": random.normal(size=5), "compression_ue": random.normal(size=5), "axial_mpa": np.arange(5.0)}
    return CaseMetrics(
        metrics=(Metric("p95", "", "µε", 0.1 + 0.2), Metric("gauge tension", "medial", "µε", 1e-300)),
        time_s=np.arange(5.0) / 3.0,
        gauges={"medial": series},
        forces={"plafond proximal": random.normal(size=5)},
        places=places,
        solver="pardiso",
        threads=2,
    )


def same(one, two):
    assert (one.metrics, one.solver, one.threads) == (two.metrics, two.solver, two.threads)
    np.testing.assert_array_equal(one.time_s, two.time_s)
    np.testing.assert_array_equal(one.places, two.places)
    for name, series in one.gauges.items():
        for quantity, values in series.items():
            np.testing.assert_array_equal(values, two.gauges[name][quantity])
    np.testing.assert_array_equal(one.forces["plafond proximal"], two.forces["plafond proximal"])


def test_what_is_kept_comes_back_bit_for_bit(tmp_path, found):
    with opened_store(tmp_path / "s") as store:
        assert store.metrics_of(KEY) is None
        store.keep(KEY, found)
    with opened_store(tmp_path / "s") as store:
        same(store.metrics_of(KEY), found)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "foreign", "schema"])
def test_a_damaged_entry_is_never_believed(tmp_path, found, damage):
    with opened_store(tmp_path / "s") as store:
        store.keep(KEY, found)
        (file,) = (tmp_path / "s/store/cases").iterdir()
        content = file.read_bytes()
        middle = len(content) // 2
        header, payload = content.split(b"\n")
        file.write_bytes(
            {
                "truncate": content[:-1],
                "flip": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                "empty": b"",
                "foreign": header.replace(b"a" * 64, b"b" * 64) + b"\n" + payload,
                "schema": header.replace(b'"schema": 1', b'"schema": 2') + b"\n" + payload,
            }[damage]
        )
        assert store.metrics_of(KEY) is None
        assert not file.exists()


def test_a_failure_is_kept_until_it_is_forgotten_or_mended(tmp_path, found):
    with opened_store(tmp_path / "s") as store:
        store.keep_failure(KEY, "out of balance.")
        assert store.failure(KEY) == "out of balance."
        store.forget_failures([KEY])
        assert store.failure(KEY) is None
        store.keep_failure(KEY, "again.")
        store.keep(KEY, found)
        assert store.failure(KEY) is None


def test_a_full_disk_leaves_no_half_entry_and_keeps_what_was_finished(tmp_path, found, monkeypatch):
    with opened_store(tmp_path / "s") as store:
        store.keep(KEY, found)

        def full(_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(RunError, match="No space left on device; what is finished is kept"):
            store.keep("b" * 64, found)
        monkeypatch.undo()
        assert [f.name for f in (tmp_path / "s/store/cases").iterdir()] == [f"{KEY}.json"]
        same(store.metrics_of(KEY), found)


def test_rests_of_killed_writers_are_swept_away(tmp_path):
    with opened_store(tmp_path / "s"):
        pass
    unfinished = "0123456789abcdef.partial"
    rests = [f"store/cases/.abc.{unfinished}.json", f".results.{unfinished}.csv", f".study.{unfinished}.png"]
    foreign = tmp_path / "s" / ".thesis.partial"
    foreign.write_text("of somebody else")
    for name in rests:
        (tmp_path / "s" / name).write_text("half")
    with opened_store(tmp_path / "s"):
        assert [name for name in rests if (tmp_path / "s" / name).exists()] == []
    assert foreign.exists()


def test_a_second_process_is_refused_and_told_who_holds_the_folder(tmp_path):
    code = "import sys, pathlib, fea.studies.store as s\nwith s.opened_store(pathlib.Path(sys.argv[1])): pass"
    command = [sys.executable, "-c", code, str(tmp_path / "s")]
    with opened_store(tmp_path / "s"):
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f"in use by process {os.getpid()} on" in ran.stderr
    assert subprocess.run(command, check=False).returncode == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (json.dumps({"kind": "bonefea study store", "schema": 2}), "newer bonefea"),
        (json.dumps({"kind": "something", "schema": 1}), "not that of a study"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
    ],
)
def test_a_store_of_another_kind_or_a_newer_version_is_refused_and_untouched(tmp_path, content, says):
    with opened_store(tmp_path / "s"):
        pass
    file = tmp_path / "s/store/format.json"
    file.write_text(content)
    with pytest.raises(InputError, match=says), opened_store(tmp_path / "s"):
        pass
    assert file.read_text() == content


def test_a_folder_of_foreign_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="not a study"), opened_store(tmp_path):
        pass
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "plain").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"), opened_store(tmp_path / "plain" / "s"):
        pass
