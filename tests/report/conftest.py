# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A folder of each kind, and what a page holds as a parser sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from PIL import Image

from fea.files import sha256_of, write_rows
from fea.report import page_of

MANIFEST = {"schema": 1, "versions": {"bonefea": "0.1.0"}}


def folder_of(place, kind, pictures, **more):
    (place / "manifest.json").write_text(json.dumps({**MANIFEST, "kind": kind, **more}), encoding="utf-8")
    for name in pictures:
        Image.fromarray(np.zeros((4, 6, 3), dtype=np.uint8)).save(place / f"{name}.png")
    return place


@pytest.fixture
def comparison(tmp_path):
    place = folder_of(
        tmp_path,
        "comparison",
        ["comparison", "difference"],
        a="runs/a",
        b="runs/b",
        pairs=1,
        subjects=0,
        same_mesh=True,
    )
    columns = ["metric", "place", "unit", "a", "b", "difference", "low", "high", "grew", "percent"]
    row = {"metric": "p95", "place": "", "unit": "µε", "a": 4000.0, "b": 4400.0, "difference": 400.0, "grew": 1.0}
    write_rows(place / "comparison.csv", [{**row, "low": float("nan"), "high": float("nan"), "percent": 10.0}], columns)
    write_rows(place / "places.csv", [], columns)
    return place


@pytest.fixture
def study(tmp_path):
    levels = {"pack": [0, 20], "footwear": ["boot", "minimal"]}
    question = {"schema": 1, "kind": "study", "name": "pack", "title": "Backpacks"}
    question |= {"base": {"bone": "tibia", "mass": 75}, "cross": levels}
    cases = {str(number): "x" for number in (1, 2, 3, 4)}
    same = {"speed": 3.5, "metric": "p95", "place": "", "unit": "µε"}
    found = ((1, 0, "boot", 3000.0), (2, 0, "minimal", 3200.0), (3, 20, "boot", 3600.0), (4, 20, "minimal", 3900.0))
    rows = [
        {"case": case, "mass": 75.0 + case, "pack": pack, "footwear": shoe, **same, "value": value}
        for case, pack, shoe, value in found
    ]
    more = {"study": question, "cases": cases, "failed": {"5": "no"}, "meshes": 1, "wall_s": 3.0}
    return folder_of(tmp_path, "study", ["study"], **more, sha256=study_table(tmp_path, rows))


def study_table(place, rows):
    """Write the table of a study; returns its hash, as the manifest has it."""
    pd.DataFrame(rows).to_parquet(place / "results.parquet", index=False)
    return {"results.parquet": sha256_of((place / "results.parquet").read_bytes())}


@pytest.fixture
def plan(tmp_path):
    place = folder_of(tmp_path, "plan", ["plan", "calendar", "damage"], wall_s={"mesh": 1.0})
    risk = {"cycles_per_day": 5000.0, "days": 14, "expected_share": 0.35, "probability": 0.125, "p05": 0.01, "p95": 0.4}
    result = {
        "bone": "tibia",
        "plan": "ten_percent",
        "tissue": "healthy",
        "body_mass_kg": 70.0,
        "risk": risk,
        "loads": [{"title": "Running", "cycles": 70000.0}],
        "sites": [{"site": "posterior surface, distal third", "expected_share": 0.27, "probability": 0.1}],
        "sensitivity": [{"name": "load", "first": 0.3, "total": 0.6}],
        "compared": [{"plan": "sudden_doubling", "risk": {**risk, "days": 21, "probability": 0.625}}],
    }
    (place / "result.json").write_text(json.dumps(result), encoding="utf-8")
    asked = {
        "bone": {"title": "Right tibia", "length_mm": 370, "bow": {"evidence": "U", "source": "a guess", "at": 1}},
        "plan": {"title": "Ten per cent more"},
        "compared": [{"title": "Twice as much"}],
    }
    (place / "case.toml").write_text(tomli_w.dumps(asked), encoding="utf-8")
    weeks = [
        {"week": 1, "distance_km": 20.0, "probability": 0.05},
        {"week": 2, "distance_km": 22.0, "probability": 0.125},
    ]
    write_rows(place / "weeks.csv", weeks, list(weeks[0]))
    return place


@pytest.fixture(scope="session")
def run_html(run_folder: Path) -> str:
    """The page of the run."""
    return page_of(run_folder)


KINDS = ["run", "plan", "comparison", "study"]


@pytest.fixture(params=KINDS)
def html_of_each(request: pytest.FixtureRequest) -> str:
    """The page of a folder of each kind."""
    if request.param == "run":
        return request.getfixturevalue("run_html")
    return page_of(request.getfixturevalue(request.param))


@dataclass
class Page(HTMLParser):
    """All tags with their attributes, all text, all table rows, the values of ``data`` elements, unclosed tags."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "data":
            self.values.append(float(dict(attrs)["value"]))
        if tag not in ("meta", "img", "br", "link", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"{tag} closes nothing"
        assert self.open[-1] == tag, f"{tag} closes {self.open[-1]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            return
        self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


@pytest.fixture
def parsed():
    """A function that parses a page and finds it well formed."""

    def parse(html: str) -> Page:
        page = Page()
        page.feed(html)
        page.close()
        assert page.open == []
        return page

    return parse
