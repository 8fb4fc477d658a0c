# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reading bones, activities and cases: by name, by path, with changes, and back from a run folder."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import pytest
import tomli_w

from fea.case import Case, Options, names, read_activity, read_bone, read_case, resolved


def shipped_text(folder: str, name: str) -> str:
    return (importlib.resources.files(folder) / f"{name}.toml").read_text(encoding="utf-8")


def dumped(case: Case) -> str:
    return tomli_w.dumps(case.model_dump(mode="json", by_alias=True, exclude_none=True))


@pytest.mark.parametrize("kind", ["bone", "activity"])
def test_names_are_sorted_and_without_ending(kind: str) -> None:
    listed = names(kind)  # type: ignore[arg-type]
    assert listed == sorted(listed)
    assert not any("." in name or name.startswith("_") for name in listed)


def test_a_copy_of_a_shipped_bone_reads_the_same_by_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(shipped_text("fea.meshes", "tibia"), encoding="utf-8")
    assert read_bone(str(tmp_path / "mine.toml")) == read_bone("tibia")


def test_a_copy_of_a_shipped_activity_reads_the_same_by_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(shipped_text("fea.loadcases", "running"), encoding="utf-8")
    assert read_activity(str(tmp_path / "mine.toml")) == read_activity("running")


def test_windows_line_ends_read_the_same(tmp_path: Path) -> None:
    text = shipped_text("fea.meshes", "tibia").replace("\n", "\r\n")
    (tmp_path / "mine.toml").write_bytes(text.encode())
    assert read_bone(str(tmp_path / "mine.toml")) == read_bone("tibia")


def test_a_change_at_the_top_changes_that_key_alone() -> None:
    changed = read_bone("tibia", ["length_mm=350"])
    assert changed.length_mm == 350.0
    assert changed.model_copy(update={"length_mm": 370.0}) == read_bone("tibia")


def test_a_change_by_dotted_path_reaches_one_level_of_one_profile() -> None:
    whole, changed = read_bone("tibia"), read_bone("tibia", ["sections.radius_mm.at.50=13.5"])
    wanted = {**whole.sections.radius_mm.at, 50.0: 13.5}
    assert changed.sections.radius_mm.at == wanted
    assert changed.sections.center_z_mm == whole.sections.center_z_mm


def test_changes_of_tables_lists_and_texts_are_taken() -> None:
    changed = read_bone(
        "tibia",
        [
            "density.cancellous_g_per_cm3.at.0=0.5",
            "regions.soleus.levels=[0.5, 0.7]",
            'title="Somebody"',
            " scale = 0.9 ",
        ],
    )
    assert changed.density.cancellous_g_per_cm3.at[0.0] == 0.5
    assert changed.regions["soleus"].levels == (0.5, 0.7)
    assert (changed.title, changed.scale) == ("Somebody", 0.9)


def test_the_last_of_two_changes_of_a_key_holds() -> None:
    assert read_bone("tibia", ["length_mm=350", "length_mm=360"]).length_mm == 360.0


def test_changes_do_not_reach_the_next_reading() -> None:
    read_bone("tibia", ["length_mm=350"])
    assert read_bone("tibia").length_mm == 370.0


def test_element_size_of_a_case_follows_the_size_of_the_bone() -> None:
    assert resolved("tibia", "running").size_mm == 3.0
    assert resolved("tibia", "running", changes=["scale=0.8"]).size_mm == pytest.approx(2.4, rel=1e-12)
    assert resolved("tibia", "running", Options(size_mm=5.0), changes=["scale=0.8"]).size_mm == 5.0


def test_body_weight_is_mass_times_standard_gravity() -> None:
    # 9.80665 m/s²: CGPM 1901.
    assert resolved("tibia", "running", Options(mass_kg=80.0)).body_weight_n == pytest.approx(784.532, rel=1e-12)


@pytest.mark.parametrize(
    ("bone", "activity"),
    [("tibia", name) for name in names("activity")] + [(name, "running") for name in names("bone") if name != "tibia"],
)
def test_a_case_written_as_toml_reads_back_the_same(bone: str, activity: str, tmp_path: Path) -> None:
    case = resolved(
        bone, activity, Options(mass_kg=61.7), changes=["stature_m=1.62", "support.stiffness_n_per_mm3=3.3"]
    )
    (tmp_path / "case.toml").write_text(dumped(case), encoding="utf-8")
    again = read_case(tmp_path / "case.toml")
    assert again == case
    assert dumped(again) == dumped(case)


def test_case_on_disk_keeps_each_change(tmp_path: Path) -> None:
    case = resolved("tibia", "running", Options(mass_kg=61.7), changes=["sections.radius_mm.at.50=13.5"])
    (tmp_path / "case.toml").write_text(dumped(case), encoding="utf-8")
    again = read_case(tmp_path / "case.toml")
    assert again.body_mass_kg == 61.7
    assert again.bone.sections.radius_mm.at[50.0] == 13.5
