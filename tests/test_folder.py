# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The run folder: whole or absent, never foreign files touched, never a rest left behind."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from fea.errors import InputError
from fea.folder import MANIFEST, write_json, write_rows, written_folder


def tree(folder: Path) -> dict[str, str | None]:
    """Return all that lies below a folder: contents of files, None for folders."""
    return {
        str(p.relative_to(folder)): None if p.is_dir() else p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*"))
    }


def fill(out: Path, text: str = "{}") -> None:
    with written_folder(out) as folder:
        (folder / MANIFEST).write_text(text, encoding="utf-8")


def test_a_folder_appears_when_it_is_whole_and_not_before(tmp_path):
    out = tmp_path / "run"
    with written_folder(out) as folder:
        (folder / MANIFEST).write_text("{}", encoding="utf-8")
        assert folder != out
        assert not out.exists()
    assert tree(tmp_path) == {"run": None, f"run/{MANIFEST}": "{}"}


def test_missing_parents_are_made(tmp_path):
    fill(tmp_path / "a" / "b" / "run")
    assert (tmp_path / "a" / "b" / "run" / MANIFEST).is_file()


def test_an_empty_folder_may_be_named(tmp_path):
    (tmp_path / "run").mkdir()
    fill(tmp_path / "run")
    assert tree(tmp_path) == {"run": None, f"run/{MANIFEST}": "{}"}


def test_an_older_run_is_replaced_with_all_its_files(tmp_path):
    out = tmp_path / "run"
    fill(out, "old")
    (out / "stale.png").write_text("old", encoding="utf-8")
    fill(out, "new")
    assert tree(tmp_path) == {"run": None, f"run/{MANIFEST}": "new"}


def break_off(out: Path, error: type[BaseException]) -> None:
    with written_folder(out) as folder:
        (folder / MANIFEST).write_text("half", encoding="utf-8")
        (folder / "deep").mkdir()
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, InputError])
def test_after_an_error_nothing_is_left_and_an_older_run_stands(tmp_path, error):
    fill(tmp_path / "old", "old")
    before = tree(tmp_path)
    for out in (tmp_path / "old", tmp_path / "new", tmp_path / "a" / "b" / "c"):
        with pytest.raises(error):
            break_off(out, error)
        assert tree(tmp_path) == before


def test_parents_that_stood_before_stay_after_an_error(tmp_path):
    (tmp_path / "kept").mkdir()
    with pytest.raises(RuntimeError), written_folder(tmp_path / "kept" / "made" / "run"):
        raise RuntimeError
    assert tree(tmp_path) == {"kept": None}


@pytest.mark.parametrize("names", [["thesis.txt"], ["result.json", "map.png"], ["deep/thesis.txt"], [".hidden"]])
def test_a_folder_of_foreign_files_is_refused_and_untouched(tmp_path, names):
    out = tmp_path / "mine"
    for name in names:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("precious", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="not a run of bonefea; name another one"), written_folder(out):
        pytest.fail("the body must not begin")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("make", ["file", "link", "link to nothing"])
def test_a_place_that_is_no_folder_is_refused_and_untouched(tmp_path, make):
    out = tmp_path / "out"
    if make == "file":
        out.write_text("precious", encoding="utf-8")
    else:
        if make == "link":
            fill(tmp_path / "elsewhere")
        out.symlink_to(tmp_path / "elsewhere")
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(InputError, match="is not a folder"), written_folder(out):
        pytest.fail("the body must not begin")
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["plain/run", "plain/deep/run", "x" * 300, "a\0b"], ids=repr)
def test_a_place_that_cannot_be_written_is_refused_in_one_sentence(tmp_path, name):
    # A path below a regular file cannot be written by anybody, not even by root.
    (tmp_path / "plain").write_text("a file", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="output folder") as caught, written_folder(tmp_path / name):
        pytest.fail("the body must not begin")
    assert len(str(caught.value).splitlines()) == 1
    assert tree(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_proc_cannot_be_written():
    with pytest.raises(InputError, match="cannot be written"), written_folder(Path("/proc/bonefea-run")):
        pytest.fail("the body must not begin")


def test_json_is_readable_and_refuses_nan(tmp_path):
    write_json(tmp_path / "t.json", {"unit": "µε", "value": 1.5})
    text = (tmp_path / "t.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"unit": "µε", "value": 1.5}
    assert text.endswith("}\n")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "n.json", {"value": float("nan")})


def test_rows_have_a_header_even_when_there_are_none(tmp_path):
    write_rows(tmp_path / "none.csv", [], ["rank", "site"])
    assert (tmp_path / "none.csv").read_text(encoding="utf-8").strip() == "rank,site"
    write_rows(tmp_path / "one.csv", [{"rank": 1, "site": "posterior surface, distal third"}], ["rank", "site"])
    with (tmp_path / "one.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == [{"rank": "1", "site": "posterior surface, distal third"}]
