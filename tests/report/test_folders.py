# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reports of plans, comparisons and studies: each by its manifest, numbers as the tables have them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from fea.errors import InputError
from fea.folder import write_rows
from fea.report import kind_of, page_of

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
    asked = {"study": {"name": "pack", "title": "Backpacks"}, "cases": {"1": "x", "2": "y"}, "failed": {}, "meshes": 1}
    place = folder_of(tmp_path, "study", [], **asked, wall_s=3.0)
    rows = [
        {"case": case, "pack": pack, "speed": 3.5, "metric": "p95", "place": "", "unit": "µε", "value": value}
        for case, pack, value in ((1, 0, 3000.0), (2, 20, 3600.0))
    ]
    write_rows(place / "results.csv", rows, list(rows[0]))
    return place


@pytest.fixture
def plan(tmp_path):
    place = folder_of(tmp_path, "plan", ["plan", "calendar", "damage"], wall_s={"mesh": 1.0})
    risk = {"cycles_per_day": 5000.0, "days": 14, "probability": 0.125, "p05": 0.01, "p95": 0.4}
    result = {
        "bone": "tibia",
        "plan": "ten_percent",
        "tissue": "healthy",
        "body_mass_kg": 70.0,
        "risk": risk,
        "loads": [{"title": "Running", "cycles": 70000.0}],
        "sites": [{"site": "posterior surface, distal third", "probability": 0.1}],
        "compared": [],
    }
    (place / "result.json").write_text(json.dumps(result), encoding="utf-8")
    weeks = [
        {"week": 1, "distance_km": 20.0, "probability": 0.05},
        {"week": 2, "distance_km": 22.0, "probability": 0.125},
    ]
    write_rows(place / "weeks.csv", weeks, list(weeks[0]))
    return place


@pytest.mark.parametrize(
    ("kind", "numbers", "words"),
    [
        ("comparison", {4000.0, 4400.0, 400.0, 10.0}, ["runs/a", "runs/b", "p95", "element by element"]),
        ("study", {3000.0, 3600.0, 20.0}, ["Backpacks", "2 cases", "Means by pack", "p95 / µε"]),
        (
            "plan",
            {12.5, 5000.0, 14.0, 70000.0, 0.1, 0.4, 22.0},
            ["ten percent", "probability of a stress fracture", "Running"],
        ),
    ],
)
def test_each_folder_has_its_page(kind, numbers, words, request, parsed):
    place = request.getfixturevalue(kind)
    assert kind_of(place) == kind
    page = parsed(page_of(place))
    assert numbers <= set(page.values)
    text = " ".join(page.text)
    for word in words:
        assert word in text, word
    pictures = [a for tag, a in page.tags if tag == "img"]
    assert len(pictures) == len(list(place.glob("*.png")))
    assert all(len(a["alt"]) > 30 and a["src"].startswith("data:") for a in pictures)


def test_a_factor_that_does_not_vary_has_no_table_of_means(study, parsed):
    assert "Means by speed" not in " ".join(parsed(page_of(study)).text)


@pytest.mark.parametrize(
    ("kind", "name"), [("comparison", "comparison.csv"), ("study", "results.csv"), ("plan", "weeks.csv")]
)
def test_a_missing_table_is_named(kind, name, request):
    place = request.getfixturevalue(kind)
    (place / name).unlink()
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        page_of(place)


@pytest.mark.parametrize(("kind", "name"), [("comparison", "comparison.csv"), ("study", "results.csv")])
def test_a_table_of_other_columns_is_refused(kind, name, request):
    place = request.getfixturevalue(kind)
    (place / name).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks columns"):
        page_of(place)
