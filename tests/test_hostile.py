# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Hostile and silly files: every reader takes them or refuses them in one sentence, and does nothing else."""

from __future__ import annotations

import csv
import logging
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fea.case import read_activity, read_bone
from fea.errors import InputError
from fea.folder import write_rows

FUZZ = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).resolve().parents[1] / "scripts" / "hostile.py"), run_name="hostile")
)
CASES = 2000
HOSTILE = (*FUZZ.HOSTILE, b"", b"\n" * 10_000, b"a.b." * 9_000 + b"c=1")


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """What the cache says of each damaged entry is not of interest here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", FUZZ.READERS)
def test_what_is_shipped_is_read(name, tmp_path):
    assert FUZZ.attempt(name, FUZZ.READERS[name].seeds[0], tmp_path)


@pytest.mark.parametrize("name", FUZZ.READERS)
def test_a_damaged_file_is_read_or_refused_in_one_sentence(name, tmp_path):
    share = CASES // len(FUZZ.READERS) + 1

    @settings(
        max_examples=share,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.sampled_from(range(len(FUZZ.READERS[name].seeds))), st.randoms(use_true_random=False))
    def damaged(seed, chance):
        FUZZ.attempt(name, FUZZ.damaged(FUZZ.READERS[name].seeds[seed], chance), tmp_path)

    damaged()


@pytest.mark.parametrize("name", FUZZ.READERS)
@pytest.mark.parametrize(
    "content", [*FUZZ.HOSTILE, b"", b"\n" * 10_000, b"a.b." * 9_000 + b"c=1"], ids=lambda c: repr(c[:12])
)
def test_a_hostile_file_is_refused(name, content, tmp_path):
    FUZZ.attempt(name, content, tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "/dev/zero", "/dev/stdin", "a\0b", "/proc/self/mem", "."])
def test_no_path_leads_out_and_no_device_is_read(name):
    for read in (read_bone, read_activity):
        for suffix in ("", ".toml", ".csv"):
            with FUZZ.within(5.0), pytest.raises(InputError):
                read(name + suffix)


def test_a_file_beyond_any_bone_is_not_read_whole(tmp_path):
    file = tmp_path / "huge.toml"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # a terabyte of nothing, which takes no room on the disk
    with FUZZ.within(5.0), pytest.raises(InputError, match="too long"):
        read_bone(str(file))


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula_in_a_spreadsheet(text, tmp_path):
    write_rows(tmp_path / "t.csv", [{"site": text, "strain": -12.5, "said": "-12.5"}], ["site", "strain", "said"])
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {"site": f"'{text}", "strain": "-12.5", "said": "-12.5"}


def test_a_region_cannot_be_named_like_a_formula(tmp_path):
    text = FUZZ.READERS["bone"].seeds[-2].decode().replace("[regions.plafond]", '[regions."=1+1"]')
    assert "=1+1" in text
    (tmp_path / "bone.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="=1"):
        read_bone(str(tmp_path / "bone.toml"))
