# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The reference is complete: every key of every file has a meaning, every room a page."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import records  # noqa: E402 - the extension lies beside the pages
import rooms  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
RESULTS = tomllib.loads((REFERENCE / "results.toml").read_text("utf-8"))
KINDS = {"elastic ratios": "ratios"}
SHIPPED = sorted(p for folder in ("meshes", "loadcases") for p in (ROOT / folder).rglob("*.toml"))
OPEN = {"material.state"}
"""Sections of results whose keys are those of a file."""
BY_NAME = {"material.tissues"}
"""Sections of results that hold tables by name."""


def page_of(file, table):
    """Name of the page that tells the keys of a shipped file."""
    kind = table.get("kind", "shape-model" if file.parent.name == "shape" else "bone")
    return KINDS.get(kind, kind)


def paths(part, before=""):
    """Dotted paths of all values; items of a list stand for one."""
    if isinstance(part, list):
        for value in part:
            if isinstance(value, dict):
                yield from paths(value, before)
    else:
        for key, value in part.items():
            yield before + key
            if isinstance(value, dict | list):
                yield from paths(value, f"{before}{key}.")


@pytest.mark.parametrize("page", records.FILES)
def test_every_key_of_a_file_has_a_meaning(page):
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", records.records(page), flags=re.M)
    assert rows
    assert not [key for key, meaning in rows if not meaning.strip()]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_shipped_file_has_a_page_with_its_keys(file):
    table = tomllib.loads(file.read_text("utf-8"))
    told = set(re.findall(r"^\| `(\w+)` \|", records.records(page_of(file, table)), flags=re.M))
    assert set(table) - {"evidence", "source"} <= told


@pytest.mark.parametrize("name", [*records.FILES])
def test_every_kind_of_file_is_shown_by_one_page(name):
    block = f"```{{records}} {name}\n```"
    assert sum(block in page.read_text("utf-8") for page in REFERENCE.rglob("*.md")) == 1


def test_every_number_of_a_run_has_a_meaning():
    folder = ROOT / "tests" / "fixtures" / "run_schema_1"
    for page, file in (("run", "result.json"), ("manifest", "manifest.json")):
        told = {
            key if section == "top level" else f"{section}.{key}"
            for section, keys in RESULTS[page].items()
            for key in keys
        } | set(RESULTS[page])
        free = {section for section, keys in RESULTS[page].items() if any(key.isupper() for key in keys)} | OPEN
        given = {_without_name(path) for path in paths(json.loads((folder / file).read_text("utf-8")))}
        absent = {path for path in given - told if not path.startswith(tuple(f"{section}." for section in free))}
        assert not absent


def _without_name(path):
    """Path without the name of a table in a section of tables by name: ``material.tissues.mass_g``."""
    section = next((s for s in BY_NAME if path.startswith(f"{s}.")), None)
    if section is None:
        return path
    _, _, key = path.removeprefix(f"{section}.").partition(".")
    return f"{section}.{key}".rstrip(".")


@pytest.mark.parametrize("page", records.RESULTS)
def test_what_is_read_of_a_result_has_a_meaning(page):
    told = {
        key if section == "top level" else f"{section}.{key}" for section, keys in RESULTS[page].items() for key in keys
    } | set(RESULTS[page])
    for path, _ in records._paths(records.found(records.RESULTS[page]), page):
        assert path in told or path.startswith(("compared.risk.", "compared.inputs.effects.", "bones.risk.")), path


def test_every_room_gets_a_page_and_old_pages_go(tmp_path):
    (tmp_path / "gone.md").write_text("# gone\n")
    rooms.write_rooms(tmp_path)
    with (ROOT / "pyproject.toml").open("rb") as stream:
        packages = tomllib.load(stream)["tool"]["setuptools"]["packages"]
    packages = {name.removeprefix("fea.") for name in packages if name.count(".") == 1}
    pages = {page.stem for page in tmp_path.glob("*.md")}
    assert packages - rooms.UNLISTED <= pages
    assert "errors" in pages
    assert "gone" not in pages


def test_a_unit_is_read_from_the_end_of_a_key():
    units = {
        key: records.unit_of(key, "number") for key in ("arm_mm", "peak_bw", "moment_bw_mm", "speed_m_per_s", "e1")
    }
    assert units == {"arm_mm": "mm", "peak_bw": "BW", "moment_bw_mm": "BW·mm", "speed_m_per_s": "m/s", "e1": ""}
    assert records.unit_of("name_mm", "text") == ""


def test_a_range_is_read_from_the_record():
    fields = {field.key: field for field in records.fields_of(records.found(records.FILES["bone"]))}
    _, _, limits = records.described(fields["length_mm"].annotation, "bone")
    assert records.ranged(limits) == "20 to 600"
    assert fields["inclination_deg"].default == "none"
    assert fields["length_mm"].default == "required"
