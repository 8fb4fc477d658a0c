# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The files that the library ships: readable, whole, and every number with its source."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from fea.case import Activity, names, read_activity, read_bone, resolved
from fea.errors import InputError

BONES = names("bone")
ACTIVITIES = names("activity")
FILES = [("fea.meshes", name) for name in BONES] + [("fea.loadcases", name) for name in ACTIVITIES]
MARKS = {"V", "K", "U", "D", "working value"}

PLAIN = {"schema", "reference_stature_m", "scale", "thickness_scale"}
"""Numbers that describe nothing: the format, the stature the file was drawn for, and factors that are 1."""

POINTS = {"end", "distal", "proximal"}
"""Points of a muscle path or of the fibula, whose source is that of the whole."""


def shipped(folder: str, name: str) -> dict[str, Any]:
    return tomllib.loads((importlib.resources.files(folder) / f"{name}.toml").read_text(encoding="utf-8"))


def sourced_tables(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every innermost table that holds a quantity, with its dotted path."""
    for key, value in table.items():
        if isinstance(value, dict) and key not in {"sources", "sites", *POINTS}:
            where = f"{path}{key}"
            numbers = {k: v for k, v in value.items() if k != "at" and not isinstance(v, dict)}
            if numbers or "at" in value:
                yield where, value
            yield from sourced_tables({k: v for k, v in value.items() if k != "at"}, f"{where}.")


def test_library_holds_tibias_metatarsals_and_two_running_cases() -> None:
    assert {"tibia", "tibia_female", *(f"metatarsal{n}" for n in range(1, 6))} <= set(BONES)
    assert {"running", "running_contact_triple"} <= set(ACTIVITIES)


@pytest.mark.parametrize("name", BONES)
def test_shipped_bone_is_named_like_its_file(name: str) -> None:
    assert read_bone(name).name == name


@pytest.mark.parametrize("name", ACTIVITIES)
def test_shipped_activity_is_named_like_its_file(name: str) -> None:
    assert read_activity(name).name == name


@pytest.mark.parametrize("bone", BONES)
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_shipped_activity_fits_the_shipped_bones_it_is_for(bone: str, activity: str) -> None:
    asked, description = read_activity(activity), read_bone(bone)
    if isinstance(asked, Activity) and description.bone != asked.bone:
        with pytest.raises(InputError, match=f"is for {asked.bone}"):
            resolved(bone, activity)
        return
    case = resolved(bone, activity)
    assert {region for _, region in case.activity.loaded_regions(description.bone)} <= set(case.bone.regions)


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_every_quantity_has_a_source_and_a_known_evidence_level(folder: str, name: str) -> None:
    tables = dict(sourced_tables(shipped(folder, name)))
    # 12 profiles of the sections, or the ankle with eight muscles and the residual moment: nothing was overlooked.
    assert len(tables) >= (22 if folder == "fea.meshes" else 10)
    unsourced = [path for path, table in tables.items() if not str(table.get("source", "")).strip()]
    assert unsourced == []
    unmarked = [path for path, table in tables.items() if table.get("evidence") not in MARKS]
    assert unmarked == []


@pytest.mark.parametrize("name", BONES)
def test_every_number_at_the_top_of_a_bone_has_a_source_with_its_evidence_level(name: str) -> None:
    table = shipped("fea.meshes", name)
    numbers = {key for key, value in table.items() if isinstance(value, int | float)}
    assert "length_mm" in numbers
    assert numbers - PLAIN <= set(table["sources"])
    for key, text in table["sources"].items():
        assert key in table
        assert text.partition(":")[0] in MARKS


@pytest.mark.parametrize("name", BONES)
def test_factors_without_a_source_change_nothing_as_shipped(name: str) -> None:
    table = shipped("fea.meshes", name)
    assert (table["scale"], table["thickness_scale"]) == (1.0, 1.0)
    assert table["stature_m"] == table["reference_stature_m"]
    assert read_bone(name).magnification == 1.0


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_a_shipped_file_names_no_place_on_a_machine(folder: str, name: str) -> None:
    text = (importlib.resources.files(folder) / f"{name}.toml").read_text(encoding="utf-8")
    assert not any(word in text for word in ("/root", "/work", "/home", "../"))


def test_running_holds_the_published_ankle_force_in_the_tibial_frame() -> None:
    # Sasimontonkul 2007, J Biomech 40:3503: axial 8.91, posterior shear 0.53 BW; posterior is negative here.
    force = read_activity("running_peak").forces["ankle_contact"]
    assert (force.region, force.vector_bw) == ("plafond", (-0.53, 8.91, 0.0))
    assert force.tilt is None


def test_the_contact_triple_is_kept_as_published_and_turned() -> None:
    # 11.50 / 2.78 / 1.12 BW axial / posterior / medial on the foot; the tibia feels the opposite.
    force = read_activity("running_contact_triple").forces["ankle_contact"]
    assert force.vector_bw == (2.78, 11.50, 1.12)
    assert force.tilt is not None
    turned = force.tilt.rotation() @ force.vector_bw
    # Posterior over axial as Sasimontonkul measured it in the tibial frame; 17.0° is rounded to 0.1°, which
    # moves the ratio by up to 0.05° = 0.0009. Sideways the force leaves less than 1 % of itself.
    assert turned[0] / turned[1] == pytest.approx(-0.53 / 8.91, abs=1e-3)
    assert abs(turned[2]) < 0.01 * turned[1]
