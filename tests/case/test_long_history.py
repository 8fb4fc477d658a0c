# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A long load history stands beside its case, with its hash, and comes round to the last bit."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
import tomli_w

from fea.case import Case, Options, read_case, resolved
from fea.case.history import LOADS
from fea.errors import InputError
from fea.folders.run import question_of


def written(case: Case, folder):
    question, loads = question_of(case)
    (folder / "case.toml").write_text(question, encoding="utf-8")
    if loads is not None:
        (folder / LOADS).write_bytes(loads)
    return folder / "case.toml"


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> Case:
    """80 contacts at 1250 Hz, 100,000 frames: more than a megabyte of text."""
    file = tmp_path_factory.mktemp("long") / "long.csv"
    force = 800.0 * (1.0 + np.sin(np.arange(100_000) / 20.0))
    rows = (f"{k / 1250.0!r},plafond,0,{float(y)!r},0\n" for k, y in enumerate(force))
    file.write_text("time_s,region,fx_n,fy_n,fz_n\n" + "".join(rows), encoding="utf-8")
    return resolved("tibia", str(file), Options(size_mm=6.0))


def test_a_hundred_thousand_frames_come_round(case, tmp_path):
    file = written(case, tmp_path)
    assert file.stat().st_size < 1_000_000
    assert read_case(file) == case


def test_a_short_history_stands_in_the_case_itself(tmp_path):
    (tmp_path / "short.csv").write_text("time_s,region,fx_n,fy_n,fz_n\n0,plafond,0,900,0\n", encoding="utf-8")
    case = resolved("tibia", str(tmp_path / "short.csv"))
    assert question_of(case)[1] is None
    assert read_case(written(case, tmp_path)) == case


@pytest.mark.parametrize("fault", ["missing", "changed", "other hash", "not an archive"])
def test_a_history_that_is_not_the_one_of_the_case_is_refused(case, tmp_path, fault):
    file = written(case, tmp_path)
    beside = tmp_path / LOADS
    if fault == "missing":
        beside.unlink()
    elif fault == "changed":
        content = bytearray(beside.read_bytes())
        content[len(content) // 2] ^= 1
        beside.write_bytes(content)
    else:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        if fault == "not an archive":
            from fea.files import sha256_of

            beside.write_bytes(b"no archive")
            table["activity"]["sha256"] = sha256_of(b"no archive")
        else:
            table["activity"]["sha256"] = "0" * 64
        file.write_text(tomli_w.dumps(table), encoding="utf-8")
    with pytest.raises(InputError, match=LOADS) as caught:
        read_case(file)
    assert len(str(caught.value).splitlines()) == 1
