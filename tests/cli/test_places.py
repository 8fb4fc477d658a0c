# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Where commands write: not over what they read, not over what stands there unless asked, apart by default."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from fea import api
from fea.cli.places import folder_name
from fea.errors import RunError

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

LOADS = "time_s,region,fx_n,fy_n,fz_n\n0,plafond,0,100,0\n0.1,plafond,0,900,0\n"
PRECIOUS = "precious"


def laid(name: str, text: str = PRECIOUS) -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def made(name: str, kind: str = "run", files: tuple[str, ...] = ("result.json",)) -> Path:
    """Lay out a folder of ours whose manifest lists these files."""
    for file in files:
        if not Path(name, file).exists():
            laid(f"{name}/{file}")
    about = {"kind": kind, "schema": 1, "versions": {}, "files": dict.fromkeys(files, "0" * 64)}
    laid(f"{name}/manifest.json", json.dumps(about))
    return Path(name)


def tree() -> dict[str, str]:
    return {str(p): p.read_text(encoding="utf-8") for p in Path().rglob("*") if p.is_file()}


# ---------------------------------------------------------------- a file that stands there


@pytest.fixture
def quick(monkeypatch, tibia_mesh):
    """The commands that write one file, without what takes long."""
    monkeypatch.setattr("fea.bone.mesh_bone", lambda description, size: tibia_mesh)
    monkeypatch.setattr("fea.report.page_of", lambda *places, cover: "<p>page</p>")
    monkeypatch.setattr("fea.view.offline_page", lambda folder, **_: "<p>page</p>")
    monkeypatch.setattr("fea.folders.read_run", lambda place: place)
    monkeypatch.setattr(api, "read_question", lambda place: SimpleNamespace())
    monkeypatch.setattr(api, "solved_bone", lambda case, **_: SimpleNamespace())
    monkeypatch.setattr(api, "Result", lambda case, bone: SimpleNamespace())
    monkeypatch.setattr(api, "write_motion", lambda result, file, **_: file.write_text("GIF", encoding="utf-8"))
    monkeypatch.setattr("fea.cli.converge._asked", lambda folder: SimpleNamespace(bone=NAMED, activity=NAMED))
    found = SimpleNamespace(size_mm=3.0, meshes=(SimpleNamespace(size_mm=3.0, cells=1, dofs=1, wall_s=0.0),), trends=())
    monkeypatch.setattr("fea.checks.converged", lambda case, sizes, **_: found)


NAMED = SimpleNamespace(title="a bone")
WRITING = {
    "mesh": (["mesh", "tibia", "--out"], "new.msh"),
    "loads": (["loads", "running", "--export"], "new.csv"),
    "report": (["report", "r", "--out"], "new.html"),
    "report --html": (["report", "r", "--html", "--out"], "new.html"),
    "animate": (["animate", "r", "--out"], "new.gif"),
    "converge": (["converge", "r", "--out"], "new.csv"),
}


@pytest.mark.parametrize("command", WRITING)
def test_a_file_that_exists_is_replaced_only_when_asked(bonefea, quick, command):
    words, name = WRITING[command]
    made("r")
    laid(name)
    before = tree()
    code, _, err = bonefea(*words, name)
    assert (code, tree()) == (2, before)
    assert err == f"bonefea: {name!r} exists already; --overwrite replaces it, or name another file.\n"
    code, _, err = bonefea(*words, name, "--overwrite")
    assert code == 0, err
    assert Path(name).read_text(encoding="utf-8") != PRECIOUS
    assert [p for p in tree() if p not in before] == []


@pytest.mark.parametrize("command", WRITING)
def test_a_new_file_needs_no_asking(bonefea, quick, command):
    words, name = WRITING[command]
    made("r")
    assert bonefea(*words, name)[0] == 0
    assert Path(name).is_file()


@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_a_link_a_folder_or_a_device_is_never_replaced(bonefea, quick, command, kind):
    words, name = WRITING[command]
    made("r")
    laid("precious.txt")
    if kind == "link":
        Path(name).symlink_to("precious.txt")
    elif kind == "folder":
        Path(name).mkdir()
    else:
        os.mkfifo(name)
    before = sorted(Path().rglob("*")), tree() if kind != "pipe" else None
    code, _, err = bonefea(*words, name, "--overwrite")
    assert code == 2
    assert "is a link, a folder or a device, which is never replaced" in err
    assert (sorted(Path().rglob("*")), tree() if kind != "pipe" else None) == before


@pytest.mark.parametrize(
    ("words", "usual"),
    [
        (["report", "r"], "r/report.html"),
        (["report", "r", "--html"], "r/interactive.html"),
        (["animate", "r"], "r/stance.gif"),
        (["converge", "r"], "r/convergence.csv"),
    ],
)
def test_what_stands_at_the_usual_place_in_a_folder_of_ours_is_replaced(bonefea, quick, words, usual):
    made("r")
    laid(usual)
    code, _, err = bonefea(*words)
    assert code == 0, err
    assert Path(usual).read_text(encoding="utf-8") != PRECIOUS


@pytest.mark.parametrize("command", ["loads", "animate"])
def test_a_file_that_appears_while_a_command_works_stays(bonefea, quick, monkeypatch, command):
    words, name = WRITING[command]
    made("r")
    where = "fea.cli.loads.load_history" if command == "loads" else "fea.api.write_motion"

    def late(*arguments, **_):
        laid(name)
        if command == "animate":
            arguments[1].write_text("GIF", encoding="utf-8")
            return None
        from fea.loading import load_history

        return load_history(*arguments)

    monkeypatch.setattr(where, late)
    code, _, err = bonefea(*words, name)
    assert code == 2
    assert "exists already" in err
    assert Path(name).read_text(encoding="utf-8") == PRECIOUS


# ---------------------------------------------------------------- over what is read


def bone_file(name: str) -> str:
    import importlib.resources

    return str(laid(name, (importlib.resources.files("fea.meshes") / "tibia.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("words", "read"),
    [
        (["report", "r", "--out", "r/result.json", "--overwrite"], "r/result.json"),
        (["report", "r", "--out", "./r/../r/manifest.json", "--overwrite"], "manifest.json"),
        (["animate", "r", "--out", "r/result.json", "--overwrite"], "r/result.json"),
        (["converge", "r", "--out", "r/result.json", "--overwrite"], "r/result.json"),
        (["loads", "mine.csv", "--export", "mine.csv", "--overwrite"], "mine.csv"),
        (["loads", "mine.csv", "--export", "../" + "{here}" + "/mine.csv", "--overwrite"], "mine.csv"),
        (["loads", "mine.csv", "--export", "hard.csv", "--overwrite"], "hard.csv"),
        (["loads", "running", "--bone", "mine.toml", "--export", "mine.toml", "--overwrite"], "mine.toml"),
        (["mesh", "mine.toml", "--out", "mine.toml", "--overwrite"], "mine.toml"),
        (["converge", "mine.toml", "mine.csv", "--out", "mine.csv", "--overwrite"], "mine.csv"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_file_that_the_command_reads_is_never_replaced(bonefea, quick, words, read):
    made("r")
    bone_file("mine.toml")
    os.link(laid("mine.csv", LOADS), "hard.csv")
    before = tree()
    code, _, err = bonefea(*(word.format(here=Path.cwd().name) for word in words))
    assert (code, tree()) == (2, before)
    assert "is read by this command and would be replaced" in err
    assert read in err


@pytest.mark.parametrize(
    "words",
    [
        ["run", "tibia", "r/loads.csv", "--out", "r"],
        ["run", "tibia", "r/loads.csv", "--out", "./nowhere/../r"],
        ["run", "tibia", "--load", "r/loads.csv", "--out", "r"],
        ["run", "r/bone.toml", "running", "--out", "r"],
        ["run", "tibia", "running", "--tissue", "r/tissue.toml", "--out", "r"],
        ["run", "tibia", "r/tibia-running/loads.csv", "running", "--out", "r"],
        ["plan", "r/bone.toml", "recruit", "--out", "p"],
        ["plan", "tibia", "recruit", "--fatigue", "p/fatigue.toml", "--out", "p"],
    ],
    ids=" ".join,
)
def test_a_folder_that_holds_what_the_command_reads_among_its_files_is_refused(bonefea, monkeypatch, words):
    laid("nowhere/notes.txt")
    laid("r/loads.csv", LOADS)
    bone_file("r/bone.toml")
    healthy = "fea.meshes"
    import importlib.resources

    laid("r/tissue.toml", (importlib.resources.files(healthy) / "tissue/healthy.toml").read_text(encoding="utf-8"))
    laid("r/tibia-running/loads.csv", LOADS)
    made("r", files=("loads.csv", "bone.toml", "tissue.toml"))
    made("r/tibia-running", files=("loads.csv",))
    fatigue = importlib.resources.files("fea.loadcases") / "shared" / "fatigue.toml"
    laid("p/fatigue.toml", fatigue.read_text(encoding="utf-8"))
    made("p", "plan", files=("fatigue.toml",))
    if words[1] == "r/bone.toml" and words[0] == "plan":
        bone_file("p/bone.toml")
        made("p", "plan", files=("bone.toml",))
        words = [word.replace("r/bone.toml", "p/bone.toml") for word in words]
    monkeypatch.setattr(api, "solved_bone", lambda *_, **__: pytest.fail("it must not begin"))
    before = tree()
    code, _, err = bonefea(*words)
    assert (code, tree()) == (2, before)
    assert "which this command reads; name another one." in err


def test_an_input_that_lies_in_a_folder_of_ours_and_is_the_user_s_does_no_harm(bonefea, monkeypatch):
    made("r")
    laid("r/mine.csv", LOADS)

    def stop(*_, **__):
        raise RunError("it began.")

    monkeypatch.setattr(api, "run_cases", stop)
    assert bonefea("run", "tibia", "r/mine.csv", "--out", "r") == (1, "", "bonefea: it began.\n")


@pytest.mark.parametrize("sides", [("a", "b"), ("b", "a"), ("b", "a@mass=60")])
@pytest.mark.parametrize("out", ["a", "./a", "../{here}/a"])
def test_a_comparison_does_not_replace_a_side(bonefea, sides, out):
    made("a"), made("b")
    before = tree()
    code, _, err = bonefea("compare", *sides, "--out", out.format(here=Path.cwd().name))
    assert (code, tree()) == (2, before)
    assert "is read by this command" in err


# ---------------------------------------------------------------- the usual folders


def test_trials_of_two_subjects_are_kept_apart(bonefea, monkeypatch):
    asked = []

    def run_cases(cases, folders, **_):
        asked.append([str(folder) for folder in folders])
        raise RunError("stop here.")

    monkeypatch.setattr(api, "run_cases", run_cases)
    for name in ("trial.csv", "s01/trial.csv", "s02/trial.csv", "a b/s01/trial.csv"):
        laid(name, LOADS)
    bone_file("s01/bone.toml"), bone_file("s02/bone.toml")
    bonefea("run", "tibia", "s01/trial.csv")
    bonefea("run", "tibia", "--load", "s02/trial.csv")
    bonefea("run", "tibia", "trial.csv", "s01/trial.csv", "a b/s01/trial.csv", "--out", "all")
    bonefea("run", "s01/bone.toml", "trial.csv")
    bonefea("run", "s02/bone.toml", "trial.csv")
    bonefea("run", "tibia", "running")
    assert asked == [
        ["runs/tibia-s01-trial"],
        ["runs/tibia-s02-trial"],
        ["all/tibia-trial", "all/tibia-s01-trial", "all/tibia-a_b-s01-trial"],
        ["runs/s01-tibia-trial"],
        ["runs/s02-tibia-trial"],
        ["runs/tibia-running"],
    ]


def test_the_same_file_by_two_paths_is_named_twice(bonefea):
    laid("s01/trial.csv", LOADS)
    code, _, err = bonefea("run", "tibia", "s01/trial.csv", "./s01/../s01/trial.csv")
    assert code == 2
    assert "named twice" in err


def test_a_file_elsewhere_is_named_after_its_folders_too(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert folder_name("trial", "../trial.csv") == f"{tmp_path.name}-trial"
    assert folder_name("trial", "../data/s01/trial.csv") == "data-s01-trial"
    assert folder_name("trial", str(tmp_path / "data" / "s01" / "trial.csv")) == "data-s01-trial"
    assert folder_name("trial", str(tmp_path / "work" / "trial.csv")) == "trial"
    assert len(folder_name("trial", "x" * 100 + "/" + "y" * 100 + "/trial.csv")) <= 120
