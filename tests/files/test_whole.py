# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The run folder: whole or absent, never foreign files touched, never a rest left behind."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fea.errors import InputError, RunError
from fea.files import whole, write_json, write_rows, written_file
from fea.folders import MANIFEST
from fea.folders.manifest import owned_by


def tree(folder: Path) -> dict[str, str | None]:
    """Return all that lies below a folder: contents of files, None for folders."""
    return {
        str(p.relative_to(folder)): None if p.is_dir() else p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*"))
    }


def written_folder(out: Path):
    return whole.written_folder(out, owned_by("run"))


def manifest(text: str = "{}", kind: str = "run", files: tuple[str, ...] = ()) -> str:
    about = {"kind": kind, "schema": 1, "versions": {}, "platform": text, "files": dict.fromkeys(files, "0" * 64)}
    return json.dumps(about)


def fill(out: Path, text: str = "{}", files: tuple[str, ...] = ()) -> None:
    with written_folder(out) as folder:
        for name in files:
            (folder / name).write_text(text, encoding="utf-8")
        (folder / MANIFEST).write_text(manifest(text, files=files), encoding="utf-8")


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
    assert tree(tmp_path) == {"run": None, f"run/{MANIFEST}": manifest()}


def test_an_older_run_is_replaced_with_all_its_files(tmp_path):
    out = tmp_path / "run"
    fill(out, "old", files=("map.png", "stale.png"))
    fill(out, "new", files=("map.png",))
    assert tree(tmp_path) == {"run": None, f"run/{MANIFEST}": manifest("new", files=("map.png",)), "run/map.png": "new"}


def test_files_of_others_in_a_run_folder_stay(tmp_path):
    out = tmp_path / "run"
    fill(out, "old", files=("map.png", "stale.png"))
    (out / "notes").mkdir()
    (out / "notes" / "thesis.txt").write_text("precious", encoding="utf-8")
    fill(out, "new", files=("map.png",))
    found = tree(out)
    assert found == {
        MANIFEST: manifest("new", files=("map.png",)),
        "map.png": "new",
        "notes": None,
        "notes/thesis.txt": "precious",
    }
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_what_appears_while_a_run_works_stays(tmp_path):
    out = tmp_path / "run"
    fill(out, "old", files=("map.png",))
    with written_folder(out) as folder:
        (out / "late.txt").write_text("precious", encoding="utf-8")
        (folder / MANIFEST).write_text(manifest("new"), encoding="utf-8")
    assert tree(out) == {MANIFEST: manifest("new"), "late.txt": "precious"}


def test_a_folder_that_appears_while_a_run_works_is_refused_and_untouched(tmp_path):
    out = tmp_path / "run"
    with pytest.raises(InputError, match="not a run"), written_folder(out) as folder:  # noqa: PT012 - the folder appears while the run is at work
        (folder / MANIFEST).write_text(manifest(), encoding="utf-8")
        out.mkdir()
        (out / "thesis.txt").write_text("precious", encoding="utf-8")
    assert tree(tmp_path) == {"run": None, "run/thesis.txt": "precious"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"name": "my web app"}', "is not bonefea's"),
        ("not json", "is not bonefea's"),
        (manifest(kind="study"), "holds a study, not a run"),
        (manifest(kind="web app"), "holds a web app, not a run"),
    ],
)
def test_a_manifest_of_something_else_is_no_licence_to_replace(tmp_path, content, says):
    out = tmp_path / "mine"
    out.mkdir()
    (out / MANIFEST).write_text(content, encoding="utf-8")
    (out / "thesis.txt").write_text("precious", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(InputError, match=says), written_folder(out):
        pytest.fail("the body must not begin")
    assert tree(tmp_path) == before


def test_the_working_folder_and_those_above_are_never_replaced(tmp_path, monkeypatch):
    fill(tmp_path / "run")
    (tmp_path / "run" / "deep").mkdir()
    for here in (tmp_path / "run", tmp_path / "run" / "deep"):
        monkeypatch.chdir(here)
        with pytest.raises(InputError, match="is the folder you are in"), written_folder(tmp_path / "run"):
            pytest.fail("the body must not begin")


def test_new_files_and_folders_have_the_permissions_that_the_user_asks_for(tmp_path):
    before = os.umask(0o027)
    try:
        fill(tmp_path / "run")
        with written_file(tmp_path / "one.csv") as partial:
            partial.write_text("x", encoding="utf-8")
    finally:
        os.umask(before)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "one.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("make", ["link", "dangling", "folder", "device"])
def test_a_file_never_takes_the_place_of_a_link_a_folder_or_a_device(tmp_path, make):
    (tmp_path / "precious.txt").write_text("precious", encoding="utf-8")
    file = tmp_path / "out.csv"
    if make == "link":
        file.symlink_to("precious.txt")
    elif make == "dangling":
        file.symlink_to("nothing")
    elif make == "folder":
        file.mkdir()
    else:
        os.mkfifo(file)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(InputError, match="never replaced"), written_file(file):
        pytest.fail("the body must not begin")
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "precious"


def test_a_link_at_a_name_beside_is_not_followed(tmp_path):
    # Whoever guesses the name of an unfinished file could have it written elsewhere.
    (tmp_path / "precious.txt").write_text("precious", encoding="utf-8")
    for name in (".out.partial.csv", ".out.csv.partial", ".out.partial"):
        (tmp_path / name).symlink_to("precious.txt")
    with written_file(tmp_path / "out.csv") as partial:
        partial.write_text("x", encoding="utf-8")
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "precious"


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


KILLED = """
import filelock, os, signal, sys
from pathlib import Path
from fea.files.whole import written_folder
place, text, last, breaks = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "breaks"
count = 0
def kill_at_last(event, arguments):
    global count
    if any(isinstance(a, str | os.PathLike) and str(place) in os.fspath(a) for a in arguments[:2]):
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1
sys.addaudithook(kill_at_last)
with written_folder(place / "run", lambda _: frozenset(["manifest.json"])) as folder:
    (folder / "manifest.json").write_text(text)
    if breaks:
        sys.exit()
"""


@pytest.mark.parametrize("how", ["ends", "breaks"])
def test_at_whatever_operation_one_is_killed_the_next_leaves_nothing_of_it(tmp_path, how):
    for operation in range(100):
        words = [KILLED, str(tmp_path), manifest("killed"), str(operation), how]
        code = subprocess.run([sys.executable, "-c", *words], check=False).returncode
        fill(tmp_path / "run")
        assert tree(tmp_path) == {"run": None, f"run/{MANIFEST}": manifest()}, f"killed at operation {operation}"
        shutil.rmtree(tmp_path / "run")
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert 5 < operation < 99


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


def test_a_failure_elsewhere_names_the_file_not_the_folder_that_is_written(tmp_path):
    with (
        pytest.raises(RunError, match=r"^'/proc/nowhere/a' cannot be used: No such file"),
        written_folder(tmp_path / "r"),
    ):
        Path("/proc/nowhere/a").write_text("", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []
