# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Hostile and silly files: every reader takes them or refuses them in one sentence, and does nothing else."""

from __future__ import annotations

import csv
import io
import json
import logging
import struct
import zlib

import meshio
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fea.case import read_activity, read_bone
from fea.errors import InputError
from fea.files import write_rows
from fea.folders.fields import read_fields
from tests.robustness import hostile

CASES = 2000
HOSTILE = (*hostile.HOSTILE, b"", b"\n" * 10_000, b"a.b." * 9_000 + b"c=1")


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """What the cache says of each damaged entry is not of interest here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", hostile.READERS)
def test_what_is_shipped_is_read(name, tmp_path):
    assert hostile.attempt(name, hostile.READERS[name].seeds[0], tmp_path)


@pytest.mark.parametrize("name", hostile.READERS)
def test_a_damaged_file_is_read_or_refused_in_one_sentence(name, tmp_path):
    share = CASES // len(hostile.READERS) + 1

    @settings(
        max_examples=share,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.sampled_from(range(len(hostile.READERS[name].seeds))), st.randoms(use_true_random=False))
    def damaged(seed, chance):
        hostile.attempt(name, hostile.damaged(hostile.READERS[name].seeds[seed], chance), tmp_path)

    damaged()


@pytest.mark.parametrize("name", hostile.READERS)
@pytest.mark.parametrize("content", HOSTILE, ids=lambda c: repr(c[:12]))
def test_a_hostile_file_is_refused(name, content, tmp_path):
    hostile.attempt(name, content, tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "/dev/zero", "/dev/stdin", "a\0b", "/proc/self/mem", "."])
def test_no_path_leads_out_and_no_device_is_read(name):
    for read in (read_bone, read_activity):
        for suffix in ("", ".toml", ".csv"):
            with hostile.within(5.0), pytest.raises(InputError):
                read(name + suffix)


def test_a_file_beyond_any_bone_is_not_read_whole(tmp_path):
    file = tmp_path / "huge.toml"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # a terabyte of nothing, which takes no room on the disk
    with hostile.within(5.0), pytest.raises(InputError, match="too long"):
        read_bone(str(file))


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula_in_a_spreadsheet(text, tmp_path):
    write_rows(tmp_path / "t.csv", [{"site": text, "strain": -12.5, "said": "-12.5"}], ["site", "strain", "said"])
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {"site": f"'{text}", "strain": "-12.5", "said": "-12.5"}


def test_a_region_cannot_be_named_like_a_formula(tmp_path):
    text = hostile.READERS["bone"].seeds[-2].decode().replace("[regions.plafond]", '[regions."=1+1"]')
    assert "=1+1" in text
    (tmp_path / "bone.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="=1"):
        read_bone(str(tmp_path / "bone.toml"))


# ---------------------------------------------------------------- found by the fuzzer, or looked for after it


def refused(name, content, tmp_path):
    """Return what a reader says of the content; nothing else may happen."""
    reader = hostile.READERS[name]
    for other, beside in reader.beside.items():
        (tmp_path / other).write_bytes(beside)
    (tmp_path / reader.file).write_bytes(content)
    with hostile.within(hostile.LONGEST_S), pytest.raises(InputError) as caught:
        reader.read(tmp_path / reader.file)
    return str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (b'NumberOfPoints="5"', b'NumberOfPoints="999999999999"', "fields.vtu"),  # VTK ends the process here
        (b"<VTKFile", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;<VTKFile", "fields.vtu"),
        (b'Name="tissue"', b'Name="tiss"', "tissue"),
        (b"</UnstructuredGrid>", b"", "fields.vtu"),
    ],
)
def test_damaged_fields_are_refused(before, after, says, tmp_path):
    content = hostile.READERS["run fields"].seeds[0]
    assert before in content
    assert says in refused("run fields", content.replace(before, after), tmp_path)


@pytest.mark.parametrize(
    ("cells", "tissue", "says"),
    [([0, 1, 2, 5], 0, "points that are not there"), ([0, 1, 2, -1], 0, "points"), ([0, 1, 2, 3], 3, "not known")],
)
def test_cells_of_points_or_tissues_that_are_not_there_are_refused(cells, tissue, says, tmp_path):
    points = np.vstack([np.zeros(3), np.eye(3), np.ones(3)])
    grid = meshio.Mesh(points, [("tetra", np.array([cells]))], cell_data={"tissue": [np.array([tissue])]})
    meshio.vtu.write(tmp_path / "fields.vtu", grid)
    with pytest.raises(InputError, match=says):
        read_fields(tmp_path / "fields.vtu", [])


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.update(gauges=[]),
        lambda t: t.update(metrics=[["p95", "", "µε", 10**400]]),
        lambda t: t.update(metrics=[[{}, "", "µε", 1.0]]),
        lambda t: t.update(places=[[1.0]]),
        lambda t: t["forces"].update({"plafond proximal": [1.0]}),
        lambda t: t["gauges"]["medial"].clear(),
        lambda t: t.update(time_s=[[0.0], [1.0], [2.0]], gauges={}, forces={}),
    ],
    ids=["list", "huge", "table", "places", "length", "quantity", "shape"],
)
def test_an_entry_of_a_store_that_is_no_finding_counts_as_none(change, tmp_path):
    reader = hostile.READERS["store payload"]
    table = json.loads(reader.seeds[0])
    for content, found in ((reader.seeds[0], True), (change(table) or json.dumps(table).encode(), False)):
        place = tmp_path / str(found)
        place.mkdir()
        (place / reader.file).write_bytes(content)
        assert (reader.read(place / reader.file) is not None) is found


@pytest.mark.parametrize("content", [b'{"kind": "bonefea study store", "schema": 1e999}', b"[" * 100_000])
def test_a_store_of_no_version_is_refused(content, tmp_path):
    assert "cannot be read" in refused("store format", content, tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"[]", b"null", b"[" * 20_000, b'{"1": []}', b'{"1": {"case": {}, "support": "fixed"}}', b" " * 3_000_000],
)
def test_cases_that_are_none_are_refused_though_their_hash_fits(content, tmp_path):
    assert "case" in refused("study cases", content, tmp_path)


def test_cases_that_would_fill_the_memory_are_not_unpacked(tmp_path):
    # Two cases with long histories may take 50 MB each; packed, this is half a megabyte.
    assert "too long" in refused("study cases", b" " * 101_000_000, tmp_path)


def test_many_cases_that_would_fill_the_memory_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("fea.folders.study._MOST_OF_ALL", 1_000_000)
    assert "too long" in refused("study cases", b" " * 1_000_001, tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: h.drop_vars("places"), "places"),
        (lambda h: h.isel(level=slice(5)), "20 levels by 8 sectors"),
        (lambda h: h.transpose("frame", ...), "other dimensions"),
        (lambda h: h.isel(case=[0]), "one history"),
        (lambda h: h.isel(case=[0, 1, 1]), "one history"),
    ],
    ids=["none", "levels", "order", "case missing", "case twice"],
)
def test_histories_that_do_not_fit_the_cases_are_refused_though_their_hash_fits(change, said, tmp_path):
    with xr.open_dataset(io.BytesIO(hostile.READERS["study histories"].seeds[0]), engine="scipy") as stored:
        content = bytes(change(stored.load()).to_netcdf(engine="scipy"))
    assert said in refused("study histories", content, tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.assign(case=t["case"] + 1), "not among its cases"),
        (lambda t: t.drop(columns="unit"), "no column 'unit'"),
        (lambda t: t.assign(value="much"), "much"),
    ],
    ids=["case", "column", "value"],
)
def test_a_table_that_does_not_fit_the_cases_is_refused_though_its_hash_fits(change, said, tmp_path):
    stored = pd.read_parquet(io.BytesIO(hostile.READERS["study table"].seeds[0]))
    stream = io.BytesIO()
    change(stored).to_parquet(stream)
    assert said in refused("study table", stream.getvalue(), tmp_path)


def test_a_table_of_a_study_that_is_none_is_refused_though_its_hash_fits(tmp_path):
    assert "cannot be read" in refused("study table", b"PAR1" + bytes(100) + b"PAR1", tmp_path)


@pytest.mark.parametrize("row", [b"p95\n", b"p95,,x,1,2,3,4,5,6,7,8,9,10,11,12\n"])
@pytest.mark.parametrize("name", ["comparison", "plan weeks"])
def test_a_row_of_another_length_is_refused(name, row, tmp_path):
    content = hostile.READERS[name].seeds[0]
    assert "another number of cells" in refused(name, content + row, tmp_path)


def test_a_change_that_is_no_number_is_no_growth(tmp_path):
    content = hostile.READERS["comparison"].seeds[0]
    assert b"100.0" in content
    assert hostile.attempt("comparison", content.replace(b"100.0", b"much"), tmp_path)


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path):
    content = hostile.READERS["picture"].seeds[0]
    begin = content.index(b"IHDR")
    header = b"IHDR" + struct.pack(">II", 2**20, 2**20) + content[begin + 12 : begin + 17]
    vast = content[:begin] + header + struct.pack(">I", zlib.crc32(header)) + content[begin + 21 :]
    assert "no picture" in refused("picture", vast, tmp_path)


def test_a_run_whose_numbers_are_a_list_is_no_side_of_a_comparison(tmp_path):
    content = hostile.READERS["run compared"].seeds[0]
    table = json.loads(content)
    table["strained_volume_mm3"] = []
    assert "strained_volume_mm3" in refused("run compared", json.dumps(table).encode(), tmp_path)
