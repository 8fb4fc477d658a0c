# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Shoes and ways of carrying of one's own: files, wherever a name of the library may stand."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import Options, checked, read_plan, resolved
from fea.case.study import Study
from fea.errors import InputError
from fea.loading import load_history
from fea.studies.design import cases

SHOE = """
schema = 1
kind = "shoe"
title = "Prototype 3"
[ankle_force]
factor = 1.1
source = "measured"
evidence = "D"
"""
VEST = 'schema = 1\nkind = "carriage"\ntitle = "ACME vest"\n[braking_force]\nfactor = 0.9\n'
PLAN = """
schema = 1
kind = "plan"
name = "mine"
title = "Mine"
sources = {{ plan = "own" }}
[[blocks]]
weeks = [1, 1]
[[blocks.sessions]]
activity = "running"
days = ["monday"]
distance_km = 5.0
footwear = "{}"
"""


@pytest.fixture
def shoe(tmp_path):
    file = tmp_path / "prototype.toml"
    file.write_text(SHOE, encoding="utf-8")
    return file


@pytest.fixture
def vest(tmp_path):
    file = tmp_path / "vest.toml"
    file.write_text(VEST, encoding="utf-8")
    return file


def forces(**options):
    return load_history(resolved("tibia", "running", Options(**options))).coefficients


def test_the_force_at_the_ankle_grows_by_the_factor_of_the_shoe(shoe):
    usual, own = forces(), forces(footwear=str(shoe))
    largest = np.abs(usual).max(axis=0)
    ankle = largest.argmax()
    assert np.abs(own[:, ankle]).max() == pytest.approx(1.1 * largest[ankle], rel=1e-9)


def test_a_file_that_states_a_shipped_design_is_that_design(vest):
    vest.write_text(VEST, encoding="utf-8")
    own, shipped = (
        load_history(resolved("tibia", "marching", Options(carriage=name, pack_kg=20.0))).coefficients
        for name in (str(vest), "distributed")
    )
    np.testing.assert_array_equal(own, shipped)


def test_what_a_file_leaves_out_is_that_of_the_conventional_shoe_and_says_so(shoe):
    own, usual = (
        resolved("tibia", "running", Options(footwear=name)).activity.shoe for name in (str(shoe), "conventional")
    )
    assert own.forefoot_force.factor == usual.forefoot_force.factor != 1.0
    assert "not given" in own.forefoot_force.source
    assert (own.ankle_force.source, own.ankle_force.evidence) == ("measured", "D")


def test_titles_name_the_design_as_its_file_spells_it(shoe, vest):
    assert resolved("tibia", "running", Options(footwear=str(shoe))).activity.title.endswith("prototype 3")
    marching = resolved("tibia", "marching", Options(carriage=str(vest), pack_kg=20.0)).activity
    assert "ACME vest 20 kg" in marching.title
    assert marching.carriage.braking_force.evidence == "working value"


def test_a_plan_finds_the_shoe_beside_its_file_from_anywhere(shoe, tmp_path, monkeypatch):
    (tmp_path / "plan.toml").write_text(PLAN.format(shoe.name), encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    session = read_plan("../plan.toml").blocks[0].sessions[0]
    assert resolved("tibia", "running", Options(footwear=session.footwear)).activity.shoe.title == "Prototype 3"


def test_a_study_finds_the_shoe_beside_its_file(shoe, tmp_path, monkeypatch):
    table = {
        "schema": 1,
        "kind": "study",
        "name": "mine",
        "title": "Mine",
        "base": {"bone": "tibia", "activity": "running"},
        "cross": {"footwear": ["conventional", shoe.name]},
    }
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = cases(checked(Study, table, "study"), tmp_path)
    assert [one.case.activity.footwear for one in found] == ["conventional", "prototype.toml"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (VEST, "holds a carriage, not a shoe"),
        (SHOE.replace("1.1", "-1.0"), "ankle_force.factor is -1.0; allowed: above 0.1 to below 5"),
        (SHOE.replace("ankle_force", "heel_drop"), "there is no key 'heel_drop'; known: .*ankle_force"),
        (SHOE.replace('title = "Prototype 3"', ""), "the key 'title' is missing"),
        ("kind = ", "cannot be read as TOML"),
    ],
)
def test_mistakes_in_a_file_are_named_in_a_sentence(shoe, text, sentence):
    shoe.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        resolved("tibia", "running", Options(footwear=str(shoe)))
