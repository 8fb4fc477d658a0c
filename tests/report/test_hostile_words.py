# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a file says is text on every page that is written: no markup, no script, wherever it stands."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import tomli_w

import fea
from fea.api import run_cases
from fea.case import Options, resolved
from fea.files import sha256_of, write_rows
from fea.files.library import parsed
from fea.report import page_of
from fea.view import offline_page
from tests.report.conftest import KINDS, Page
from tests.view.hostile_bone import HOSTILE, hostile_file

pytestmark = pytest.mark.filterwarnings("ignore:constrained_layout not applied")  # long names leave curves no room


def spoiled(value, kept=("kind", "bonefea", "bone", "name", "method", "evidence", "unit")):
    """Return a table whose texts and names of things are hostile, but for what a reader must know."""
    if isinstance(value, dict):
        return {key: one if key in kept else spoiled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [spoiled(one) for one in value]
    return f"{value} {HOSTILE}" if isinstance(value, str) else value


def harmless(html: str, least: int) -> None:
    """Check a page as a browser reads it."""
    page = Page()
    page.feed(html)
    assert [tag for tag, _ in page.tags if tag == "script"] == []
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    assert [attributes for tag, attributes in page.tags if tag == "img" and attributes.get("src") == "x"] == []
    assert HOSTILE in "".join(page.text)
    assert html.count("window.taken") >= least


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    """The folder of a run of a bone whose file is hostile, in a folder with a hostile name."""
    place = tmp_path_factory.mktemp("hostile")
    folder = place / '<img src=x onerror="window.taken=1">{{7*7}}'
    case = resolved(str(hostile_file(place)), "running", Options(size_mm=2.0))
    run_cases([case], [folder])
    return folder


def test_the_page_of_a_run(hostile_run):
    harmless(page_of(hostile_run), 20)


def test_the_page_to_turn_a_run_in(hostile_run):
    html = offline_page(hostile_run)  # what files say is in it as numbers of one packet, and becomes text on the page
    assert "window.taken" not in html
    assert html.count("</title>") == 1


def test_the_snippet_of_a_notebook(tmp_path):
    result = fea.run(str(hostile_file(tmp_path)), "running", size_mm=2.0)
    harmless(result._repr_html_(), 2)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "run"])
def test_the_pages_of_plans_comparisons_and_studies(kind, request):
    place = request.getfixturevalue(kind)
    manifest = json.loads((place / "manifest.json").read_text("utf-8"))
    for key in ("a", "b", "failed", "versions", "platform", "solver"):
        if key in manifest:
            manifest[key] = spoiled(manifest[key])
    manifest["versions"] = {**manifest["versions"], HOSTILE: HOSTILE}
    if "study" in manifest:
        study = manifest["study"]
        study["title"] += HOSTILE
        study["cross"]["footwear"] = [f"{level}{HOSTILE}" for level in study["cross"]["footwear"]]
        table = pd.read_parquet(place / "results.parquet")
        table.assign(footwear=table["footwear"] + HOSTILE).to_parquet(place / "results.parquet", index=False)
        manifest["sha256"]["results.parquet"] = sha256_of((place / "results.parquet").read_bytes())
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if kind == "plan":
        result = json.loads((place / "result.json").read_text("utf-8"))
        (place / "result.json").write_text(json.dumps(spoiled(result)), encoding="utf-8")
        asked = spoiled(parsed(place / "case.toml", "case"))
        asked["bone"]["title"] = f"Right tibia {HOSTILE}"
        (place / "case.toml").write_text(tomli_w.dumps(asked), encoding="utf-8")
    if kind == "comparison":
        row = {"metric": HOSTILE, "place": HOSTILE, "unit": HOSTILE, "a": 1.0, "b": 2.0, "difference": 1.0, "grew": 1.0}
        row |= {"low": float("nan"), "high": float("nan"), "percent": 10.0}
        write_rows(place / "comparison.csv", [row], list(row))
    harmless(page_of(place), 3)
