# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Every reader of files that a user may have got from somebody else, contents to start from, and ways to damage them.

``fuzz`` feeds them in great number, ``test_hostile`` in small. Folders of runs, plans, comparisons and studies are
made up here, small and without a solution; one file of them at a time is damaged. Where a hash would keep damage from
a reader, the hash is made anew, as somebody who means harm would do.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import random
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np
from PIL import Image

import fea
from fea.bone import BoneMesh
from fea.case import (
    GroundTrial,
    read_activity,
    read_bone,
    read_case,
    read_fatigue,
    read_plan,
    read_tissue,
    read_trial,
    trial_of,
)
from fea.case.study import Study, Subjects, read_study
from fea.errors import InputError
from fea.folders import load, read_question, read_run, read_side
from fea.folders.fields import EQUIVALENT_FIELD, EXCLUDED_FIELD, STRAIN_FIELDS, read_fields, write_fields
from fea.folders.run import raw_figures, verified_case
from fea.folders.study import write_tables
from fea.loading import import_ground
from fea.loading.opensim.model import read_model
from fea.loading.opensim.motion import Motion
from fea.loading.opensim.storage import read_storage
from fea.report import page_of
from fea.solve import cache
from fea.studies import plan_of
from fea.studies.cohort import virtual_subjects
from fea.studies.metrics import QUANTITIES, CaseMetrics, Metric
from fea.studies.store import Store, opened_store

ROOT = Path(fea.__file__).parents[1]
SCHEMA_1 = ROOT / "tests" / "fixtures" / "run_schema_1"
LONGEST_S = 5.0
"""Of processor time: a busy machine makes no reader fail."""
WAITING = 20.0
"""How many times as long it may take by the clock."""
LONGEST_FILE = 60_000
MOST_PLANNED = 2
"""Studies of more cases than this are read, and not planned."""
HISTORY = b"""# forces
time_s,region,fx_n,fy_n,fz_n
0.0,plafond,1.0,700.0,-3.5
0.1,plafond,2.0,900.5,1e2
"""
"""A load history of two frames; shipped activities have none."""
TRIAL = b"""schema = 1
kind = "opensim"
name = "walk"
title = "A walk"
side = "right"
model = "subject.osim"
reactions = "reactions.sto"
muscles = "muscles.sto"
kinematics = "q.mot"
start_s = 0.1
frames = 11
"""
MEASURED = b"""schema = 1
kind = "ground_force"
name = "walk"
title = "A walk"
side = "left"
activity = "walking"
body_mass_kg = 70.0
ground = "plate.csv"
columns = { up = "Fz" }
cop_from = "heel"
ankle_from_heel_mm = 55.0
cutoff_hz = 20
contact = "mean"
"""
GROUND = b"time,forward,up,right,cop_forward,cop_right,free_moment\n" + b"".join(
    b"%.2f,%d,%d,3.5,%d,2e0,0\n" % (k / 100, k - 15, 900 if 2 < k < 28 else 0, 10 * k) for k in range(31)
)
"""A contact of a quarter of a second."""
STORAGE = b"forces\nnRows=2\nnColumns=3\ninDegrees=no\nendheader\ntime\ta_r\tb_r\n0.0\t1.5\t2\n0.1\t-3e2\t4\n"
MODEL = b"""<OpenSimDocument Version="40000"><Model name="m"><BodySet><objects><Body name="shank"><mass>3</mass></Body>
<Body name="foot"><mass>1</mass></Body></objects></BodySet><JointSet><objects><WeldJoint name="w">
<socket_parent_frame>/ground</socket_parent_frame><socket_child_frame>shank</socket_child_frame></WeldJoint>
<CustomJoint name="ankle"><socket_parent_frame>shank_offset</socket_parent_frame><socket_child_frame>/bodyset/foot
</socket_child_frame><coordinates><Coordinate name="q"><default_value>0.1</default_value></Coordinate></coordinates>
<frames><PhysicalOffsetFrame name="shank_offset"><socket_parent>/bodyset/shank</socket_parent>
<translation>0 -0.4 0</translation><orientation>0 0.1 0</orientation></PhysicalOffsetFrame></frames><SpatialTransform>
<TransformAxis name="rotation1"><coordinates>q</coordinates><axis>0 0 1</axis><LinearFunction><coefficients>1 0
</coefficients></LinearFunction></TransformAxis><TransformAxis name="translation1"><coordinates>q</coordinates>
<axis>1 0 0</axis><MultiplierFunction><function><SimmSpline><x>-1 0 1 2</x><y>0 1 3 2</y></SimmSpline></function>
<scale>0.1</scale></MultiplierFunction></TransformAxis></SpatialTransform></CustomJoint></objects></JointSet><ForceSet>
<objects><Muscle name="sol"><GeometryPath><PathPointSet><objects><PathPoint name="p"><body>shank</body><location>0 0 1
</location></PathPoint><ConditionalPathPoint name="c"><body>foot</body><location>0 1 0</location><range>-1 1</range>
<coordinate>q</coordinate></ConditionalPathPoint></objects></PathPointSet></GeometryPath></Muscle></objects></ForceSet>
</Model></OpenSimDocument>"""
"""A table and a model of OpenSim; none is shipped."""
HOSTILE = (
    b"=cmd|' /C calc'!A0",
    b'"../../../../etc/passwd"',
    b"!!python/object/apply:os.system ['touch pwned']",
    b"__import__('os').system('touch pwned')",
    b"1e999",
    b"-1e308",
    b"nan",
    b"9" * 5000,
    b"[" * 3000,
    b"{a=" * 1000,
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"""',
    b"1979-05-27T07:32:00Z",
    b"\\ud800",
    b"\r",
    b"true",
    b"[]",
    b"''",
    b"null",
    b"{}",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
)
"""What is put in the place of a word: formulas, paths, objects, numbers out of bounds, broken text."""


class TooSlow(BaseException):
    """A reader took longer than it may; not an Exception, so that no reader can swallow it."""


@dataclass(frozen=True)
class Reader:
    """A reader, the name that its file has, contents to start from, and the files that lie beside it.

    ``share`` is the reader's part of all cases: the less the more a case costs.
    """

    file: str
    read: Callable[[Path], object]
    seeds: Sequence[bytes]
    beside: Mapping[str, bytes] = field(default_factory=dict)
    share: int = 10


# ---------------------------------------------------------------- folders, made up


def _shipped(*patterns: str) -> list[bytes]:
    return [file.read_bytes() for pattern in patterns for file in sorted(ROOT.glob(pattern))]


def _json(**table: object) -> bytes:
    return json.dumps(table).encode()


def _manifest(kind: str, **more: object) -> bytes:
    return _json(schema=1, kind=kind, versions={"bonefea": "0.1.0"}, wall_s={"mesh": 1.0}, **more)


def _fields() -> bytes:
    """Return fields of two tetrahedra."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=np.float64)
    cells = np.array([[0, 1, 2, 3], [1, 2, 3, 4]])
    mesh = BoneMesh("two", points, cells, np.zeros(2, dtype=np.int64), cells[:, :3], {}, np.ones(2))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fields.vtu"
        strain = {name: np.ones(2) for name in STRAIN_FIELDS}
        write_fields(mesh, {**strain, EXCLUDED_FIELD: np.zeros(2, dtype=np.uint8)}, {}, file)
        return file.read_bytes()


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.zeros((4, 6, 3), dtype=np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


def _finding() -> CaseMetrics:
    return CaseMetrics(
        metrics=(Metric("p95", "", "µε", 0.1 + 0.2), Metric("gauge tension", "medial", "µε", 1e-300)),
        time_s=np.arange(3.0),
        gauges={"medial": {quantity: np.arange(3.0) for quantity in QUANTITIES}},
        forces={"plafond proximal": np.arange(3.0)},
        places=np.where(np.arange(160.0).reshape(20, 8) < 9.0, np.nan, 1.0),
        solver="mumps",
        threads=1,
    )


def _study() -> tuple[dict[str, bytes], bytes]:
    """Return the files of a finished study of two cases, and an entry of its store."""
    table = {"schema": 1, "kind": "study", "name": "two", "title": "Two", "cross": {"mass": [60, 70]}}
    study = Study.model_validate({**table, "base": {"bone": "metatarsal2", "activity": "running", "size": 3.0}})
    plan = plan_of(study)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened_store(folder) as store:
            for case in plan.cases:
                store.keep(case.key, _finding())
            write_tables(study, plan, store, folder, 1.0)
        entry = (folder / "store" / "cases" / f"{plan.cases[0].key}.json").read_bytes()
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}, entry


RUN = {file.name: file.read_bytes() for file in SCHEMA_1.iterdir()} | {"fields.vtu": _fields()}
STUDY, ENTRY = _study()
KEY = str(json.loads(ENTRY.partition(b"\n")[0])["key"])
PLAN = {
    "manifest.json": _manifest("plan"),
    "case.toml": b"""[bone]
title = "Tibia"
mass_kg = {value = 1.0, evidence = "V", source = "somebody"}
[plan]
title = "Ten percent"
""",
    "result.json": _json(
        bone="tibia",
        plan="ten_percent",
        tissue="healthy",
        body_mass_kg=70.0,
        risk={"cycles_per_day": 5000.0, "days": 14, "probability": 0.125, "p05": 0.01},
        loads=[{"title": "Running", "cycles": 70000.0}],
        sites=[{"site": "posterior surface, distal third", "probability": 0.1}],
        compared=[],
    ),
    "weeks.csv": b"week,distance_km,probability\n1,20.0,0.05\n2,22.0,0.125\n",
    "plan.png": _picture(),
    "calendar.png": _picture(),
}
_CHANGES = (
    b"metric,place,unit,a,b,difference,low,high,grew,percent\np95,,\xc2\xb5\xce\xb5,1.0,2.0,1.0,nan,nan,1.0,100.0\n"
)
COMPARISON = {
    "manifest.json": _manifest("comparison", a="runs/a", b="runs/b", pairs=1, subjects=0, same_mesh=False),
    "comparison.csv": _CHANGES,
    "places.csv": _CHANGES,
    "comparison.png": _picture(),
}


# ---------------------------------------------------------------- readers


def _change(file: Path) -> object:
    return read_bone("tibia", [file.read_text(encoding="utf-8", errors="surrogateescape")])


def _planned(file: Path) -> object:
    study = read_study(str(file))
    return plan_of(study, file.parent) if study.count <= MOST_PLANNED else study


def _moved(file: Path) -> object:
    """Places of all bodies and forces of all muscles of a model."""
    model = read_model(file)
    motion = Motion(model, {}, 1)
    places = [motion.place(body, "ground") for body in model.masses_kg]
    return places, [motion.point_forces(muscle, np.ones(1), "ground") for muscle in model.muscles]


def _grounded(file: Path) -> object:
    """Loads of a measured ground force."""
    keys = {"schema": 1, "kind": "ground_force", "name": "t", "title": "t", "side": "right", "activity": "walking"}
    asked = trial_of({**keys, "body_mass_kg": 70.0, "ground": str(file), "length_unit": "mm"})
    assert isinstance(asked, GroundTrial)
    return import_ground(asked, read_bone("tibia"))


def _entry(file: Path) -> object:
    """Read an entry of a store as it is."""
    cases = file.parent / "cases"
    cases.mkdir()
    file.rename(cases / f"{KEY}.json")
    return Store(file.parent).metrics_of(KEY)


def _payload(file: Path) -> object:
    """Read an entry whose hash fits; what is taken must go into tables."""
    content = file.read_bytes().replace(b"\n", b" ")
    header = _json(schema=1, key=KEY, sha256=hashlib.sha256(content).hexdigest())
    file.write_bytes(header + b"\n" + content)
    return _entry(file)


def _format(file: Path) -> object:
    (file.parent / "store").mkdir()
    file.rename(file.parent / "store" / "format.json")
    with opened_store(file.parent) as store:
        return store.failure(KEY)


def _hashed(name: str, read_folder: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return a reader of a study folder that gives the manifest the hash of the damaged file."""

    def read(file: Path) -> object:
        content = file.read_bytes()
        if name.endswith(".gz"):
            file.write_bytes(gzip.compress(content, compresslevel=1))
        manifest = json.loads(STUDY["manifest.json"])
        manifest["sha256"][name] = hashlib.sha256(file.read_bytes()).hexdigest()
        (file.parent / "manifest.json").write_bytes(json.dumps(manifest).encode())
        return read_folder(file.parent)

    return read


def _in(folder: Mapping[str, bytes], name: str, read: Callable[[Path], object]) -> Reader:
    """Return a reader of a folder of which one file is damaged."""
    beside = {other: content for other, content in folder.items() if other != name}
    share = {page_of: 4, load: 1}.get(read, 10)
    return Reader(name, lambda file: read(file.parent), [folder[name]], beside, share)


def _study_file(name: str, read: Callable[[Path], object] | None = None) -> Reader:
    seed = gzip.decompress(STUDY[name]) if name.endswith(".gz") else STUDY[name]
    beside = {other: content for other, content in STUDY.items() if other not in (name, "manifest.json")}
    return Reader(name, _hashed(name, read or _run_side), [seed], beside, 1)


def _run_side(folder: Path) -> object:
    return read_side(str(folder))


def _reproducible(folder: Path) -> object:
    """Read all that a reproduction needs of a run folder."""
    return verified_case(read_run(folder)), raw_figures(folder)


READERS: Mapping[str, Reader] = {
    "bone": Reader("bone.toml", lambda f: read_bone(str(f)), _shipped("meshes/*.toml")),
    "activity": Reader("activity.toml", lambda f: read_activity(str(f)), _shipped("loadcases/*.toml")),
    "tissue": Reader("tissue.toml", lambda f: read_tissue(str(f)), _shipped("meshes/tissue/*.toml")),
    "history": Reader("history.csv", lambda f: read_activity(str(f)), [HISTORY]),
    "opensim table": Reader("table.sto", read_storage, [STORAGE]),
    "trial": Reader("trial.toml", lambda f: read_trial(str(f)), [TRIAL, MEASURED]),
    "ground force": Reader("plate.csv", _grounded, [GROUND]),
    "opensim model": Reader("model.osim", _moved, [MODEL]),
    "plan": Reader("plan.toml", lambda f: read_plan(str(f)), _shipped("loadcases/plans/*.toml")),
    "fatigue": Reader("fatigue.toml", read_fatigue, _shipped("loadcases/shared/fatigue.toml")),
    "study": Reader("study.toml", _planned, _shipped("loadcases/studies/*.toml")),
    "cohort": Reader(
        "cohort.toml",
        lambda f: virtual_subjects(Subjects(cohort=str(f), count=4, seed=1)),
        _shipped("loadcases/cohorts/*.toml"),
    ),
    "case": Reader("case.toml", read_case, [RUN["case.toml"]]),
    "set": Reader("set.txt", _change, [b"length_mm=350", b"sections.radius_mm.at.50=13", b"title='x'"]),
    "run result": _in(RUN, "result.json", _reproducible),
    "run manifest": _in(RUN, "manifest.json", _reproducible),
    "run question": _in(RUN, "result.json", read_question),
    "run fields": Reader(
        "fields.vtu", lambda f: read_fields(f, [EQUIVALENT_FIELD, EXCLUDED_FIELD]), [RUN["fields.vtu"]]
    ),
    "run compared": _in(RUN, "result.json", _run_side),
    "plan result": _in(PLAN, "result.json", page_of),
    "plan question": _in(PLAN, "case.toml", page_of),
    "plan weeks": _in(PLAN, "weeks.csv", page_of),
    "plan manifest": _in(PLAN, "manifest.json", page_of),
    "picture": _in(PLAN, "plan.png", page_of),
    "comparison": _in(COMPARISON, "comparison.csv", page_of),
    "comparison manifest": _in(COMPARISON, "manifest.json", page_of),
    "study results": _study_file("results.parquet", page_of),
    "study manifest": _in(STUDY, "manifest.json", page_of),
    "study loaded": _in(STUDY, "manifest.json", load),
    "study cases": _study_file("cases.json.gz"),
    "study table": _study_file("results.parquet"),
    "study histories": _study_file("histories.nc"),
    "store entry": Reader("entry", _entry, [ENTRY]),
    "store payload": Reader("entry", _payload, [ENTRY.partition(b"\n")[2]]),
    "store format": Reader("format.json", _format, [_json(kind="bonefea study store", schema=1)]),
    "cache": Reader(f"{'0' * 64}.npz", lambda f: cache._read(f, f.stem), [b"PK\x05\x06" + bytes(18)]),
}


# ---------------------------------------------------------------- one attempt


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise :class:`TooSlow` if the body takes longer on the processor, or twenty times as long by the clock."""

    def late(_: int, __: FrameType | None) -> None:
        raise TooSlow

    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, WAITING * seconds))
    before = [signal.signal(number, late) for _, number, _ in timers]
    for timer, _, limit in timers:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0.0)
            signal.signal(number, handler)


def attempt(name: str, content: bytes, scratch: Path) -> bool:
    """Return whether a reader takes the content; raise AssertionError for anything but a refusal in one sentence."""
    reader = READERS[name]
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        for other, beside in reader.beside.items():
            (Path(place) / other).write_bytes(beside)
        file = Path(place) / reader.file
        file.write_bytes(content[:LONGEST_FILE])
        try:
            with within(LONGEST_S):
                reader.read(file)
        except InputError as refusal:
            sentence = str(refusal)
            assert sentence.strip(), f"{name}: the refusal says nothing"
            assert len(sentence.splitlines()) == 1, f"{name}: the refusal has several lines: {sentence!r}"
            taken = False
        except TooSlow:
            raise AssertionError(f"{name}: longer than {LONGEST_S:g} s") from None
        else:
            taken = True
    left = sorted(p.name for p in scratch.iterdir())
    assert left == [], f"{name}: wrote {left}"
    return taken


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return the content with a few words, lines or bytes replaced, doubled, dropped or cut."""
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        begin = chance.randrange(len(content) + 1)
        end = min(len(content), begin + chance.choice((0, 1, 4, 20, 400)))
        at_value = [k for k, byte in enumerate(content[begin : begin + 200]) if byte in b"=,:[ "]
        if at_value and chance.random() < 0.6:
            begin += chance.choice(at_value) + 1
            end = next((k for k in range(begin, min(len(content), begin + 60)) if content[k] in b",\n]} "), begin)
        piece = chance.choice((chance.choice(HOSTILE), content[begin:end] * 2, b"", chance.randbytes(3)))
        content = content[:begin] + piece + content[end:]
    return content if chance.random() < 0.97 else content[: chance.randrange(len(content) + 1)]


def begin() -> None:
    """Import what readers import when they are first used, and keep what they log of damaged entries to themselves.

    Raises
    ------
    AssertionError
        A reader refuses what it was made for.
    """
    logging.disable()
    with tempfile.TemporaryDirectory() as scratch:
        for name, reader in READERS.items():
            assert attempt(name, reader.seeds[0], Path(scratch)), f"{name} refuses a sound file"
