# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reports of plans, comparisons and studies: each by its manifest, numbers as the tables have them."""

from __future__ import annotations

import pandas as pd
import pytest

from fea.errors import InputError
from fea.files import sha256_of
from fea.folders.manifest import kind_of
from fea.report import page_of


@pytest.mark.parametrize(
    ("kind", "numbers", "words"),
    [
        ("comparison", {4000.0, 4400.0, 400.0, 10.0}, ["runs/a", "runs/b", "p95", "element by element"]),
        (
            "study",
            # Four cases, and their means: 3100 and 3750 by pack, 3300 and 3550 by shoe.
            {3000.0, 3200.0, 3600.0, 3900.0, 20.0, 3100.0, 3750.0, 3300.0, 3550.0},
            ["Backpacks", "4 cases on 1 mesh, 1 failed", "Means by pack", "p95 / µε", "mass / kg", "boot, minimal"],
        ),
        (
            "plan",
            # 35 % of people, 12.5 % of the person, 40 % of the 95th percentile, 27 and 10 % of the site, 62.5 % of the
            # person with the other plan.
            {35.0, 12.5, 5000.0, 14.0, 70000.0, 27.0, 10.0, 40.0, 22.0, 30.0, 60.0, 62.5},
            [
                "Right tibia: Ten per cent more",
                "of 100 such people, 35 (1–40) break",
                "expected share of people with a stress fracture",
                "probability of the average person",
                "Running",
                "Twice as much",
                "a guess",
            ],
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


def test_only_what_the_study_varies_has_a_table_of_means(study, parsed):
    # The speed is the same in all cases; the mass differs, but as a body's does, not as a factor.
    text = " ".join(parsed(page_of(study)).text)
    assert "Means by pack" in text
    assert "Means by speed" not in text
    assert "Means by mass" not in text


def test_growth_from_zero_is_told_by_its_ends(comparison, parsed):
    table = comparison / "comparison.csv"
    head, row = table.read_text(encoding="utf-8").splitlines()[:2]
    cells = dict(zip(head.split(","), row.split(","), strict=True)) | {"a": "0.0", "b": "153.2", "percent": "nan"}
    table.write_text(f"{head}\n{','.join(cells.values())}\n", encoding="utf-8")
    page = page_of(comparison)
    assert "from 0 to 153.2" in " ".join(parsed(page).text)
    assert "nan %" not in page


@pytest.mark.parametrize(
    ("kind", "name"), [("comparison", "comparison.csv"), ("study", "results.parquet"), ("plan", "weeks.csv")]
)
def test_a_missing_table_is_named(kind, name, request):
    place = request.getfixturevalue(kind)
    (place / name).unlink()
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        page_of(place)


def test_a_table_of_other_columns_is_refused(comparison):
    (comparison / "comparison.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks columns"):
        page_of(comparison)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table: table.drop(columns="unit"), "no column 'unit'"),
        (lambda table: table.iloc[:0], "no rows"),
        (lambda table: table.assign(value="high"), "column 'value'"),
        (lambda table: table.assign(pack=[[1]] * len(table)), "column 'pack'"),
        (lambda table: table.assign(metric=1), "column 'metric'"),
    ],
)
def test_a_study_with_a_table_of_another_form_is_refused(study, change, says):
    file, manifest = study / "results.parquet", study / "manifest.json"
    before = sha256_of(file.read_bytes())
    change(pd.read_parquet(file)).to_parquet(file, index=False)
    with pytest.raises(InputError, match="not what the study wrote"):
        page_of(study)
    manifest.write_text(manifest.read_text("utf-8").replace(before, sha256_of(file.read_bytes())), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        page_of(study)
