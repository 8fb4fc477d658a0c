# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Bad input: one clear sentence that says what is wrong and what is allowed, never another error."""

from __future__ import annotations

import importlib.resources
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fea.case import Options, read_activity, read_bone, read_case, read_fatigue, read_plan, resolved
from fea.errors import InputError
from fea.scan import ENDINGS

Table = dict[str, Any]


def refusal(act: Callable[[], object]) -> str:
    """Return the sentence with which ``act`` is refused; fail if it is not, or if it is not one line."""
    with pytest.raises(InputError) as caught:
        act()
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert len(sentence.splitlines()) == 1
    assert "Traceback" not in sentence
    return sentence


def shipped(folder: str, name: str) -> Table:
    return tomllib.loads((importlib.resources.files(folder) / f"{name}.toml").read_text(encoding="utf-8"))


def set_at(table: Table, path: str, value: object) -> Table:
    *parents, last = path.split("/")
    node = table
    for key in parents:
        node = node[key]
    node[last] = value
    return table


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("act", "kind", "offered"),
    [
        (lambda: read_bone("tibea"), "bone", "tibia"),
        (lambda: read_bone("tibia_femal"), "bone", "tibia_female"),
        (lambda: read_bone("Tibia"), "bone", "tibia"),
        (lambda: read_activity("runing"), "activity", "running"),
        (lambda: read_activity("running_contact_tripel"), "activity", "running_contact_triple"),
        (lambda: read_bone("tibia", ["lenght_mm=350"]), "key", "length_mm"),
        (lambda: read_bone("tibia", ["sections.raduis_mm.at.50=13"]), "key under 'sections'", "radius_mm"),
    ],
)
def test_an_unknown_name_offers_the_nearest(act: Callable[[], object], kind: str, offered: str) -> None:
    sentence = refusal(act)
    assert sentence.startswith(f"there is no {kind}")
    assert offered in sentence.partition("nearest: ")[2].partition(";")[0]


def test_a_name_that_resembles_nothing_lists_what_exists() -> None:
    sentence = refusal(lambda: read_bone("femur_of_a_whale"))
    assert "nearest" not in sentence
    assert "known: metatarsal1, metatarsal2, metatarsal3, metatarsal4, metatarsal5, tibia, tibia_female" in sentence


@pytest.mark.parametrize(
    "name",
    ["", "/", "../x", "nowhere/tibia.toml", "tibia.toml", "__init__", "a\0b.toml", "x" * 5000 + ".toml"],
    ids=["empty", "root", "parent", "folder", "cwd", "module", "nul", "long"],
)
def test_a_name_or_path_that_leads_nowhere_is_refused(name: str) -> None:
    refusal(lambda: read_bone(name))


# ---------------------------------------------------------------- values from the command line


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("length_mm=-350", "20 to 600 mm"),
        ("length_mm=0", "20 to 600 mm"),
        ("length_mm=nan", "20 to 600 mm"),
        ("length_mm=inf", "20 to 600 mm"),
        ("length_mm=1e400", "20 to 600 mm"),
        ('length_mm="35 cm"', "20 to 600 mm"),
        ("length_mm=[350]", "20 to 600 mm"),
        ("length_mm=0.37", "20 to 600 mm"),
        ("length_mm=35 cm", "units stand in the key"),
        ("length_mm=350mm", "units stand in the key"),
        ("length_mm=", "must be a number"),
        ("length_mm", "key=value"),
        ("=350", "key=value"),
        ("", "key=value"),
        ("stature_m=177", "0.5 to 2.5 m"),
        ("scale=0", "0.3 to 3"),
        ("scale=-1", "0.3 to 3"),
        ("thickness_scale=9", "0.2 to 3"),
        ("size_mm=0", "0.2 to 20 mm"),
        ("schema=2", "schema is 2"),
        ("magnification=2", "no key 'magnification'"),
        ("length_mm.foo=3", "'foo'"),
        ("sections=3", "holds keys, not a value; name one of them: center_x_mm"),
        ("sections.radius_mm.at.50=-28", "must be positive"),
        ("sections.radius_mm.at.50=0", "must be positive"),
        ("sections.radius_mm.at.50=140", "1 to 100"),
        ("sections.radius_mm.at.50=nan", "sections.radius_mm.at.50 is nan"),
        (
            "sections.radius_mm.at.51=28",
            "no level '51' under 'sections.radius_mm.at'; known, in percent of the length: 0, 1, 3, 5,",
        ),
        ("sections.radius_mm.at.50.5=28", "no level '50.5' under"),
        ("sections.radius_mm.at.middle=28", "no level 'middle' under"),
        ("sections.thickness_mm.anteroir.at.50=3", "nearest: anterior"),
        ("length_mm.at.50=3", "'length_mm' is 370.0, which has no keys"),
        ('name="my bone"', "no blanks"),
        ("sections.radius_mm.at={}", "sections.radius_mm.at"),
        ("sections.thickness_mm.medial.at.50=-1", "must be positive"),
        ("shape.torsion=-3.2", "shape.torsion is -3.2; allowed: -3 to 3 standard deviations"),
        ("shape_model.outline.at.50=[0.1]", "1 numbers at 50 %; allowed: an even number, the same at every level"),
        ("sections.torsion_deg.at.0=120", "-90 to 90"),
        ("cavity.distal_level=0.9", "distal to a more proximal level"),
        ("density.cortical_g_per_cm3.at.0=-1", "must be positive"),
        ("regions.soleus.levels=[0.8, 0.5]", "must each rise"),
        ("regions.soleus.sector_deg=[10]", "regions.soleus.sector_deg"),
        ("regions.plafond.semi_axes_mm=[0.0, 5.0]", "positive semi_axes_mm"),
        ('regions.soleus.on="moon"', "'shaft', 'proximal end' or 'distal end'"),
        ('regions.soleus.evidence="X"', "'working value'"),
        ("regions={}", "which is not among regions"),
        ('support.regions=["plateau_medail"]', "'plateau_medail'"),
        ('support.kind="glued"', "'fixed', 'foundation' or 'free'"),
        ("support.stiffness_n_per_mm3=0", "above 0 to 1e+09"),
        ("gauges.anteromedial_midshaft.length_mm=-1", "above 0 to 50 mm"),
        ("sites.bands.mid-shaft=[0.4, 0.5]", "without gap or overlap"),
        ("sites.bands={}", "sites.bands"),
        ("length_mm=" + "[" * 5000, "the change length_mm="),
        ("length_mm=" + "9" * 5000, "the change length_mm="),
    ],
)
def test_a_change_out_of_range_is_refused(change: str, says: str) -> None:
    assert says in refusal(lambda: read_bone("tibia", [change]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("sections.triangularity.at.100=0.5", "0 to 0.12"),
        ("sections.width_x_mm.at.50=280", "2 to 200"),
        ("processes.tuberosity.length_mm=-5", "0 to 20 mm"),
    ],
)
def test_a_change_of_a_metatarsal_out_of_range_is_refused(change: str, says: str) -> None:
    assert says in refusal(lambda: read_bone("metatarsal5", [change]))


def test_a_level_may_be_written_with_a_fraction() -> None:
    (changed,) = {
        read_bone("tibia", [f"sections.radius_mm.at.{level}=28"]).model_dump_json() for level in ("50", "50.0")
    }
    assert changed != read_bone("tibia").model_dump_json()


def test_changes_are_texts_or_values_by_key() -> None:
    one = read_bone("tibia", ["length_mm=350", "regions.soleus.levels=[0.5, 0.8]"])
    assert read_bone("tibia", {"length_mm": np.int64(350), "regions.soleus.levels": np.array([0.5, 0.8])}) == one
    assert read_bone("tibia", "length_mm=350").length_mm == 350.0
    assert "length_mm is 'long'" in refusal(lambda: read_bone("tibia", {"length_mm": "long"}))
    assert "nearest: length_mm" in refusal(lambda: read_bone("tibia", {"length": 350}))
    assert "the change 350 is not a text" in refusal(lambda: read_bone("tibia", [350]))


@given(
    st.sampled_from(["length_mm", "scale", "sections.radius_mm.at.50", "support", "bumps", ""]), st.text(max_size=30)
)
@example("length_mm", "350\nname = 'x'")
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_text_after_set_gives_a_bone_or_a_refusal(key: str, text: str) -> None:
    said = ""
    try:
        assert read_bone("tibia", [f"{key}={text}"]).name == "tibia"
    except InputError as error:
        said = str(error)
    assert len(said.splitlines()) <= 1


@pytest.mark.parametrize("mass", [10.0, 500.0, -70.0, 0.0, float("nan"), float("inf")])
def test_a_body_mass_out_of_range_is_refused(mass: float) -> None:
    assert "20 to 250 kg" in refusal(lambda: resolved("tibia", "running", Options(mass_kg=mass)))


@pytest.mark.parametrize("size", [0.0, -3.0, 0.1, 25.0, float("nan"), float("inf")])
def test_an_element_size_out_of_range_is_refused(size: float) -> None:
    assert "0.2 to 20 mm" in refusal(lambda: resolved("tibia", "running", Options(size_mm=size)))


# ---------------------------------------------------------------- files


BONE_TEXT = (importlib.resources.files("fea.meshes") / "tibia.toml").read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello world\n",
        bytes(range(256)),
        b"\xff\xfe" + BONE_TEXT.decode().encode("utf-16-le"),
        b"a = " + b"[" * 20_000,
        b"a = " + b"{a = " * 20_000,
        b"a = " + b"9" * 5_000,
        b"a = 1\na = 2\n",
        BONE_TEXT + b'\n[sites.bands]\n"distal end" = [0.0, 0.1]\n',
        BONE_TEXT.replace(b"length_mm = 370.0\n", b"length_mm = 370.0\nlength_mm = 371.0\n"),
        BONE_TEXT.replace(b"length_mm = 370.0\n", b""),
        BONE_TEXT.replace(b"length_mm = 370.0\n", b"length_mm = 370.0\nlength_cm = 37.0\n"),
        BONE_TEXT.replace(b"length_mm = 370.0\n", b'length_mm = 370.0\n"a\\nb" = 37.0\n'),
        BONE_TEXT.replace(b"length_mm = 370.0\n", b"length_mm = nan\n"),
        BONE_TEXT + b"#" * 1_000_000,
        BONE_TEXT[:3000],
    ],
    ids=[
        "empty",
        "prose",
        "binary",
        "utf-16",
        "lists in lists",
        "tables in tables",
        "endless number",
        "duplicate key",
        "duplicate table",
        "duplicate length",
        "missing key",
        "unknown key",
        "key with a line break",
        "NaN",
        "too large",
        "cut short",
    ],
)
def test_a_file_that_is_no_bone_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_bytes(content)
    assert "odd.toml" in refusal(lambda: read_bone(str(file)))
    assert "odd.toml" in refusal(lambda: read_activity(str(file)))
    assert "odd.toml" in refusal(lambda: read_case(file))


@pytest.mark.parametrize("folder", ["", "trials/"])
@pytest.mark.parametrize("name", ["trial.c3d", "walk.mot", "GRF.XLSX", "bone.stl", "my trial.csv.zip"])
def test_a_file_of_an_unknown_kind_is_named_as_such_and_no_name_is_guessed(
    name: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trials").mkdir()
    ending = Path(name).suffix.lower()
    for there in (False, True):
        if there:
            (tmp_path / folder / name).write_bytes(b"\0\1")
        said = refusal(lambda: read_activity(folder + name))
        assert said == f"'{folder}{name}' is a {ending} file; an activity is read from .toml and .csv."
        if ending != ".stl":
            said = refusal(lambda: read_bone(folder + name))
            assert said.endswith(
                f"is a {ending} file; a bone is read from .toml, or from a surface: {', '.join(ENDINGS)}."
            )
        said = refusal(lambda: read_plan(folder + name))
        assert said.endswith(f"is a {ending} file; a plan is read from .toml, .csv, .gpx, .fit and .gz.")


@pytest.mark.parametrize("name", ["mine.csv", "MINE.CSV", "mine.toml", "MINE.TOML", "deep/mine", "my walk.csv"])
def test_a_file_that_is_not_there_is_said_to_be_absent(name: str) -> None:
    assert refusal(lambda: read_activity(name)) == f"there is no activity file {name!r}."


def test_a_folder_and_a_pipe_are_no_activities(tmp_path: Path) -> None:
    (tmp_path / "trials").mkdir()
    os.mkfifo(tmp_path / "mine.csv")
    os.mkfifo(tmp_path / "mine.toml")
    assert "is a folder; an activity is read from" in refusal(lambda: read_activity(str(tmp_path / "trials")))
    for name in ("mine.csv", "mine.toml"):
        assert "there is no activity file" in refusal(lambda name=name: read_activity(str(tmp_path / name)))
    assert "is no file" in refusal(lambda: read_fatigue(tmp_path / "mine.toml"))


def test_capitals_of_an_ending_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "MINE.TOML").write_bytes(BONE_TEXT)
    assert read_bone(str(tmp_path / "MINE.TOML")) == read_bone("tibia")


def test_a_folder_or_nothing_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for name in ("folder.toml", "nothing.toml"):
        assert name in refusal(lambda name=name: read_bone(str(tmp_path / name)))
        assert name in refusal(lambda name=name: read_case(tmp_path / name))


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("sections/radius_mm/at/120", 30.0, "120"),
        ("sections/radius_mm/at/nan", 30.0, "nan"),
        ("sections/radius_mm/at/middle", 30.0, "middle"),
        ("sections/radius_mm/at/50.0", 30.0, "50"),
        ("sections/radius_mm/colour", "red", "there is no key"),
        ("sections/radius_mm/evidence", "guess", "evidence"),
        ("sites/sectors/north", "top", "north"),
        ("sites/bands", {}, "bands"),
        ("sites/bands/mid-shaft", [0.4, 0.5], "gap"),
        ("support/regions", [], "support"),
        (
            "sections/thickness_mm/dorsal",
            {"evidence": "D", "source": "x", "at": {"0": 1.0, "100": 1.0}},
            "anterior, lateral",
        ),
        ("name", "", "name"),
        ("name", "../../elsewhere", "name"),
        ("sections/center_x_mm/at/50", 1e300, "center_x_mm"),
        ("regions/plafond/centre_mm", [1e300, 0.0], "centre_mm"),
    ],
)
def test_a_bone_file_with_one_mistake_is_refused(path: str, value: object, says: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(tomli_w.dumps(set_at(shipped("fea.meshes", "tibia"), path, value)), encoding="utf-8")
    assert says in refusal(lambda: read_bone(str(file)))


# ---------------------------------------------------------------- loads


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("forces/soleus/region", "soles", "'soles'"),
        ("forces/soleus/region", "plateau_medial", "supports"),
        ("forces/soleus/region", "sol\neus", "region"),
        ("forces/soleus/vector_bw", [0.0, 500.0, 0.0], "60"),
        ("forces/soleus/vector_bw", [0.0, -500.0, 0.0], "60"),
        ("forces/soleus/vector_bw", [0.0, float("nan"), 0.0], "nan"),
        ("forces/soleus/vector_bw", [0.0, 5.0], "vector_bw"),
        ("forces/soleus/vector_bw", "5 N", "vector_bw"),
        ("forces/soleus/vector_n", [0.0, 5.0, 0.0], "there is no key"),
        ("forces/soleus/moment_bw_mm", [1e6, 0.0, 0.0], "3000"),
        ("forces/soleus/share", 2.0, "0 to 1"),
        ("forces/soleus/share", -0.5, "0 to 1"),
        ("forces/soleus/evidence", "guess", "'working value'"),
        ("forces/soleus/tilt", {"evidence": "D", "source": "x", "anterior_deg": 90.0}, "60"),
        ("forces", {}, "forces"),
        (
            "forces",
            {"nothing": {"evidence": "D", "source": "x", "region": "soleus", "vector_bw": [0.0, 0.0, 0.0]}},
            "load",
        ),
    ],
)
def test_a_load_that_cannot_be_is_refused(path: str, value: object, says: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(tomli_w.dumps(set_at(shipped("fea.loadcases", "running_peak"), path, value)), encoding="utf-8")
    assert says in refusal(lambda: resolved("tibia", str(file)))


def test_a_load_on_an_unknown_region_offers_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    table = set_at(shipped("fea.loadcases", "running_peak"), "forces/soleus/region", "soles")
    file.write_text(tomli_w.dumps(table), encoding="utf-8")
    sentence = refusal(lambda: resolved("tibia", str(file)))
    assert "nearest: soleus" in sentence
    assert "tibialis_posterior" in sentence


def test_a_load_on_a_region_that_was_taken_away_is_refused(tmp_path: Path) -> None:
    table = shipped("fea.meshes", "tibia")
    del table["regions"]["soleus"]
    file = tmp_path / "odd.toml"
    file.write_text(tomli_w.dumps(table), encoding="utf-8")
    assert "'soleus'" in refusal(lambda: resolved(str(file), "running"))
