# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea diary`: says what it read, writes a plan that can be followed, and refuses in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fea.case import read_plan

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

EXPORT = Path(__file__).resolve().parents[1] / "fixtures" / "diaries" / "garmin.csv"


def test_a_diary_is_accounted_for_and_written_as_a_plan(bonefea):
    shutil.copy(EXPORT, "mine.csv")
    code, out, err = bonefea("diary", "mine.csv", "--out", "mine.toml", "--pre-conditioned")
    assert (code, err) == (0, "")
    said = out.splitlines()
    assert said[0].startswith("mine.csv: 3 runs from 2026-09-28 to 2026-10-18, 19.62 km in 3 weeks, 1 of them rest")
    assert said[-2:] == ["the bone is pre-conditioned to the first week", "plan: mine.toml"]
    assert read_plan("mine.toml").accustomed


def test_a_diary_never_replaces_what_it_reads_nor_a_file_unless_asked(bonefea):
    shutil.copy(EXPORT, "mine.csv")
    shutil.copy(EXPORT, "other.toml")
    for words, said in (
        (("--out", "mine.csv", "--overwrite"), "is read by this command"),
        (("--out", "other.toml"), "exists already"),
    ):
        code, _, err = bonefea("diary", "mine.csv", *words)
        assert code == 2
        assert said in err
    assert Path("mine.csv").read_bytes() == Path("other.toml").read_bytes() == EXPORT.read_bytes()


def test_an_open_order_of_dates_is_refused_and_said_by_an_option(bonefea):
    Path("mine.csv").write_text("date,km\n3/4/2026,5\n", encoding="utf-8")
    for words in (("diary", "mine.csv"), ("plan", "tibia", "mine.csv")):
        code, out, err = bonefea(*words)
        assert (code, out) == (2, "")
        assert "row 2, column 'date': '3/4/2026' may be d/m/y or m/d/y" in err
        assert "say --dates d/m/y or m/d/y to bonefea diary" in err
    code, out, _ = bonefea("diary", "mine.csv", "--dates", "m/d/y")
    assert code == 0
    assert "1 run on 2026-03-04, 5 km" in out
