# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command line: exit codes, one sentence for each mistake, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import meshio
import pytest
from pydantic_core import SchemaValidator

import fea
from fea import api
from fea.errors import MissingDependency, RunError
from fea.files import folder_of
from fea.folders import MANIFEST

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

OLDER = json.dumps({"kind": "run", "schema": 1, "versions": {}, "files": {}})
STEPS = {"cache", "mesh", "solve", "superpose", "read", "render", "write"}


def contents(folder=Path()):
    return sorted(str(p) for p in folder.rglob("*"))


def sentence(err):
    """Return the sentence of a refusal: the one line that is not a step."""
    (line,) = [line for line in err.splitlines() if line not in STEPS]
    assert line.startswith("bonefea: ")
    assert line[-1] in ".?"
    return line


# ---------------------------------------------------------------- mistakes


def test_what_the_parser_refuses_cannot_change_a_terminal(bonefea):
    code, _, err = bonefea("animate", "run", "--fps", "\x1b[31m")
    assert code == 2
    assert err.rstrip("\n").isprintable()
    assert "x1b[31m" in err


def test_what_the_parser_refuses_is_not_echoed_at_length(bonefea):
    code, _, err = bonefea("animate", "run", "--frames", "9" * 5000)
    assert code == 2
    assert len(err) < 350
    assert err.startswith("bonefea: Invalid value for --frames")
    assert err.endswith("into int.\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["runn"], "runn"),
        (["run"], "BONE"),
        (["run", "tibia"], "no activity"),
        (["run", "tibia", "running", "walkin"], "nearest: walking"),
        (["run", "tibia", "running", "running"], "named twice"),
        (["run", "tibia", "running", "--speed", "40"], "2.5 to 5 m/s"),
        (["run", "tibia", "running", "--speed", "4 mph"], "4 mph"),
        (["run", "tibia", "running", "--height", "0.5"], "has a speed"),
        (["run", "tibia", "walking", "--pack", "75"], "up to the body mass"),
        (["run", "tibia", "walking", "--pack", "-1"], "0 to 80 kg"),
        (["run", "tibia", "running", "--step-rate", "400"], "0 to 300"),
        (["run", "tibia", "running", "--footwear", "minimum"], "nearest: minimal"),
        (["run", "tibia", "running", "--support", "flying"], "flying"),
        (["run", "tibia", "running_peak", "--speed", "4"], "forces given"),
        (["run", "tibia", "hopping", "--load", "nowhere.csv"], "nowhere.csv"),
        (["loads", "running"], "--export"),
        (["loads", "running", "--export", "nowhere/mine.csv"], "cannot be written"),
        (["run", "tibia", "running", "--mass"], "--mass"),
        (["run", "tibia", "running", "--mass", "heavy"], "heavy"),
        (["run", "tibia", "running", "--mass", "70kg"], "70kg"),
        (["run", "tibia", "running", "--mass", "nan"], "20 to 250 kg"),
        (["run", "tibia", "running", "--mass", "-70"], "20 to 250 kg"),
        (["run", "tibia", "running", "--mass=700"], "20 to 250 kg"),
        (["run", "tibia", "running", "--size", "0"], "0.2 to 20 mm"),
        (["run", "tibia", "running", "--size", "inf"], "0.2 to 20 mm"),
        (["run", "tibea", "running"], "nearest: tibia"),
        (["run", "tibia", "runing"], "nearest: running"),
        (["run", "tibia", "nowhere/running.toml"], "nowhere/running.toml"),
        (["run", "tibia", "running", "--set", "length_mm=-1"], "20 to 600 mm"),
        (["run", "tibia", "running", "--set", "length_mm=35 cm"], "units stand in the key"),
        (["run", "tibia", "running", "--set", "length_mm=nan"], "20 to 600 mm"),
        (["run", "tibia", "running", "--set", "length=350"], "nearest: length_mm"),
        (["run", "tibia", "running", "--set", "sections.radius_mm.at.50=-3"], "must be positive"),
        (["mesh", "tibea"], "nearest: tibia"),
        (["mesh", "tibia", "--size", "-1"], "0.2 to 20 mm"),
        (["mesh", "tibia", "--set", "scale=0"], "0.3 to 3"),
        (["list", "--everything"], "--everything"),
        (["compare", "n" * 300, "a"], "there is no folder 'nnn"),
        (["report", "n" * 300], "there is no folder 'nnn"),
        (["rerun", "n" * 300], "there is no run folder 'nnn"),
        (["animate", "n" * 300], "there is no folder 'nnn"),
        (["converge", "n" * 300], "is no run folder"),
        (["run", "tibia", "marching", "--carriage", "distributed"], "pack 0 kg"),
        (["run", "metatarsal2", "walking", "--out", "\udcff"], "is not UTF-8"),
        (["compare", "a", "b", "c"], "compare takes no further argument 'c'"),
        (["view", "tibia", "--size", "6", "metatarsal9"], "nearest: metatarsal"),
        (["run", "tibia", "running", "--foot", "x"], "bonefea run has no option '--foot'; nearest: --footwear; see"),
        (
            ["mesh", "tibia", "--speed=4"],
            "bonefea mesh has no option '--speed'; an option of: bonefea run, bonefea plan, bonefea loads",
        ),
        (
            ["plan", "tibia", "recruit", "--gauge", "x"],
            "bonefea plan has no option '--gauge'; see bonefea plan --help.",
        ),
        (["run"], "bonefea run needs BONE; see bonefea run --help."),
        (["run", "tibia", "running", "--mass"], "--mass needs a value; see bonefea run --help."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_in_the_input_exits_2_with_one_line_and_leaves_nothing(bonefea, words, says):
    code, out, err = bonefea(*words)
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert says in sentence(err)
    assert contents() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "metatarsal2", "mine.csv"], "there is no region of metatarsal2: 'plafond'"),
        (["run", "activity.toml", "walking"], "'activity.toml' holds an activity, not a bone"),
        (["plan", "tibia", "activity.toml"], "'activity.toml' holds an activity, not a plan"),
        (["run", "tibia", "bone.toml"], "'bone.toml' holds a bone, not an activity"),
        (["run", "short.toml", "walking"], "'length_mm'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_file_that_does_not_fit_is_said_in_one_sentence(bonefea, words, says):
    files = {
        "mine.csv": "time_s,region,fx_n,fy_n,fz_n\n0.1,plafond,0,900,0\n",
        "activity.toml": (folder_of("activity") / "walking.toml").read_text(encoding="utf-8"),
        "bone.toml": (tibia := (folder_of("bone") / "tibia.toml").read_text(encoding="utf-8")),
        "short.toml": "".join(line for line in tibia.splitlines(True) if not line.startswith("length_mm = ")),
    }
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    code, out, err = bonefea(*words)
    assert (code, out) == (2, "")
    assert says in sentence(err)
    assert contents() == sorted(files)


@pytest.mark.parametrize("machine_readable", [False, True])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--set", "sections.thickness_mm.anterior.at.50=40"], "cortical thickness"),
        (["--set", "thickness_scale=3"], "cortical thickness"),
        (["--size", "0.25"], "needs more than"),
    ],
    ids=["thickness", "scale", "size"],
)
def test_a_bone_that_cannot_be_meshed_exits_2_and_leaves_nothing(bonefea, words, says, machine_readable):
    # Found after the run has begun: the steps so far stand before the sentence, unless JSON is asked for.
    code, out, err = bonefea("run", "tibia", "running", *words, *(["--json"] if machine_readable else []))
    assert (code, out) == (2, "")
    assert says in sentence(err)
    if machine_readable:
        assert len(err.splitlines()) == 1
    assert contents() == []


@pytest.mark.parametrize("out", ["plain", "plain/run", "/proc/bonefea-run", "x" * 300], ids=lambda out: out[:20])
def test_an_output_folder_that_cannot_be_written_exits_2(bonefea, out):
    Path("plain").write_text("a file", encoding="utf-8")
    code, printed, err = bonefea("run", "tibia", "running", "--out", out)
    assert (code, printed) == (2, "")
    assert len(err.splitlines()) == 1
    assert "output folder" in sentence(err)
    assert contents() == ["plain"]


def test_an_output_folder_of_foreign_files_is_refused_and_untouched(bonefea):
    Path("thesis").mkdir()
    Path("thesis/chapter1.tex").write_text("precious", encoding="utf-8")
    code, _, err = bonefea("run", "tibia", "running", "--out", "thesis")
    assert code == 2
    assert "that are not a run of bonefea" in sentence(err)
    assert contents() == ["thesis", "thesis/chapter1.tex"]
    assert Path("thesis/chapter1.tex").read_text(encoding="utf-8") == "precious"


def test_a_bone_named_like_a_path_cannot_write_elsewhere(bonefea, monkeypatch):
    places = []

    def run(cases, folders, **_):
        places.extend(folder.resolve() for folder in folders)
        raise RunError("stop here.")

    monkeypatch.setattr(api, "run_cases", run)
    code, _, err = bonefea("run", "tibia", "running", "--set", 'name="../../../elsewhere"')
    assert code == 2
    assert "name" in sentence(err)
    assert places == []


# ---------------------------------------------------------------- interruption and failure


@pytest.fixture
def fast(monkeypatch):
    """The flow without meshing and solving, for tests that end in the writing."""
    monkeypatch.setattr(api, "solved_bone", lambda *_, **__: SimpleNamespace(basis=SimpleNamespace(wall_s={})))
    monkeypatch.setattr(api, "evaluated", lambda *_: SimpleNamespace(wall_s={}))


def interrupted(result, folder, *_):
    (folder / "map.png").write_text("half a picture", encoding="utf-8")
    raise KeyboardInterrupt


@pytest.mark.parametrize("older", [False, True])
def test_an_interrupted_run_leaves_no_rest_and_keeps_the_older_run(bonefea, fast, monkeypatch, older):
    if older:
        Path("runs/tibia-running").mkdir(parents=True)
        Path("runs/tibia-running", MANIFEST).write_text(OLDER, encoding="utf-8")
    before = contents()
    monkeypatch.setattr(api, "begun_run", interrupted)
    code, out, err = bonefea("run", "tibia", "running")
    assert (code, out) == (130, "")
    assert sentence(err) == "bonefea: stopped."
    assert contents() == before
    if older:
        assert Path("runs/tibia-running", MANIFEST).read_text(encoding="utf-8") == OLDER


class Stopping(type):
    """A kind of classes at which a Ctrl-C comes when anything of them is asked for."""

    def __getattribute__(cls, name):
        raise KeyboardInterrupt


def test_a_stop_while_a_record_gets_its_validator_is_a_stop(bonefea, fast, monkeypatch):
    """pydantic wraps whatever is raised while it builds one, a Ctrl-C too."""
    schema = {"type": "model", "cls": Stopping("Record", (), {}), "schema": {"type": "any"}}
    monkeypatch.setattr(api, "begun_run", lambda *_: SchemaValidator(schema))
    code, out, err = bonefea("run", "tibia", "running")
    assert (code, out, sentence(err)) == (130, "", "bonefea: stopped.")
    assert contents() == []


@pytest.mark.parametrize("error", [RunError("out of balance."), MissingDependency("no DOLFINx: pip install it.")])
def test_a_failed_run_exits_1_with_one_sentence_and_leaves_nothing(bonefea, fast, monkeypatch, error):
    def failing(*_):
        raise error

    monkeypatch.setattr(api, "begun_run", failing)
    code, out, err = bonefea("run", "tibia", "running")
    assert (code, out) == (1, "")
    assert sentence(err) == f"bonefea: {error}"
    assert contents() == []


# ---------------------------------------------------------------- other commands


def test_help_names_every_command(bonefea):
    code, out, _ = bonefea("--help")
    assert code == 0
    assert all(command in out for command in ("list", "mesh", "run", "doctor"))


@pytest.mark.parametrize("command", ["list", "mesh", "run", "doctor"])
def test_each_command_explains_itself(bonefea, command):
    code, out, err = bonefea(command, "--help")
    assert (code, err) == (0, "")
    assert command in out


def test_version_is_that_of_the_package(bonefea):
    assert bonefea("--version") == (0, f"{fea.__version__}\n", "")


def test_list_shows_bones_and_activities_with_their_titles(bonefea):
    code, out, err = bonefea("list")
    assert (code, err) == (0, "")
    assert all(word in out for word in ("tibia_female", "Right tibia, average woman", "running_contact_triple"))


def test_list_as_json_maps_names_to_titles(bonefea):
    code, out, _ = bonefea("list", "--json")
    assert code == 0
    listed = json.loads(out)
    assert set(listed) == {"bones", "tissue", "activities", "carriage", "footwear", "plans", "studies", "cohorts"}
    assert listed["bones"]["tibia"] == "Right tibia, average man"
    assert "running" in listed["activities"]


def test_doctor_as_json_finds_everything_working(bonefea):
    code, out, _ = bonefea("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(out)}
    assert {"gmsh", "dolfinx", "meshing", "solving", "mpi", "rendering"} <= set(findings)
    assert [name for name, finding in findings.items() if not finding["ok"]] == []
    assert code == 0


def test_doctor_exits_1_when_something_does_not_work(bonefea, monkeypatch):
    from fea.cli import doctor

    broken = doctor.Check("gmsh", ok=False, version="", detail="libGLU.so.1 is missing")
    monkeypatch.setattr(doctor, "examine", lambda: [broken])
    code, out, err = bonefea("doctor")
    assert code == 1
    assert "FAIL gmsh" in out
    assert "libGLU.so.1" in out
    assert len(err.splitlines()) == 1


@pytest.fixture
def meshed(monkeypatch, tibia_mesh):
    """Meshing at no cost: the coarse tibia, whatever is asked."""
    monkeypatch.setattr("fea.bone.mesh_bone", lambda description, size: tibia_mesh)


def test_mesh_prints_volumes_and_areas_with_units(bonefea, meshed, tibia_mesh):
    code, out, err = bonefea("mesh", "tibia")
    assert (code, err) == (0, "")
    assert f"{len(tibia_mesh.cells)} tetrahedra" in out
    for word in ("cortical", "cancellous", "marrow", "plafond", "soleus", "mm³", "mm²", "quality"):
        assert word in out


def test_mesh_as_json_reports_quality_volumes_and_areas(bonefea, meshed, tibia_mesh):
    code, out, err = bonefea("mesh", "tibia", "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["cells"] == len(tibia_mesh.cells)
    assert sum(report["volume_mm3"].values()) == pytest.approx(tibia_mesh.volumes.sum(), rel=1e-9)
    assert report["min_quality"] == pytest.approx(tibia_mesh.quality.min())
    assert report["region_area_mm2"]["plafond"] == pytest.approx(tibia_mesh.region_area("plafond"))
    assert contents() == []


@pytest.mark.parametrize("suffix", [".msh", ".vtu"])
def test_mesh_writes_the_file_it_is_asked_for(bonefea, meshed, tibia_mesh, suffix):
    code, _, _ = bonefea("mesh", "tibia", "--json", "--out", f"bone{suffix}")
    assert code == 0
    assert contents() == [f"bone{suffix}"]
    assert len(meshio.read(f"bone{suffix}").cells_dict["tetra"]) == len(tibia_mesh.cells)


@pytest.mark.parametrize("name", ["bone.xyzzy", "bone", "nowhere/bone.msh", "plain/bone.msh"])
def test_a_mesh_that_cannot_be_written_exits_2(bonefea, meshed, name):
    Path("plain").write_text("a file", encoding="utf-8")
    code, out, err = bonefea("mesh", "tibia", "--out", name)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "cannot be written" in sentence(err)
    assert contents() == ["plain"]


def test_the_module_is_the_command_and_has_no_traceback(tmp_path):
    command = [sys.executable, "-m", "fea", "run", "tibea", "running"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("bonefea: there is no bone 'tibea'")
    assert len(ran.stderr.splitlines()) == 1
    assert contents(tmp_path) == []


def test_asking_for_an_absent_solver_fails_with_what_to_install(bonefea, monkeypatch):
    def absent():
        raise MissingDependency("PARDISO does not load; pip install 'bonefea[pardiso]'.")

    monkeypatch.setattr("fea.solve.pardiso.load", absent)
    code, out, err = bonefea("run", "tibia", "running", "--solver", "pardiso")
    assert (code, out) == (1, "")
    assert "pip install 'bonefea[pardiso]'" in err
    assert contents() == []


def test_a_number_of_threads_that_makes_no_sense_is_refused(bonefea):
    code, out, err = bonefea("run", "tibia", "running", "--threads", "0")
    assert (code, out) == (2, "")
    assert err == "bonefea: the number of threads is 0; allowed: 1 to 1024.\n"
    assert contents() == []


def test_a_reader_that_has_seen_enough_ends_the_output_without_a_traceback():
    command = [sys.executable, "-m", "fea", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_list_needs_none_of_the_libraries_that_take_long_to_import():
    program = "import sys; from fea.cli import library; library.list_library(); print(sorted(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = ran.stdout.splitlines()[-1]
    assert "'fea.files.library'" in modules
    assert not any(f"'{name}'" in modules for name in ("numpy", "pydantic", "scipy", "gmsh", "pyvista"))
