# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea bone import`: the account, the bone file and the picture; what cannot be imported ends with code 2."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from fea import cli
from fea.bone import mesh_bone, write_mesh
from fea.case import read_bone


@pytest.fixture(scope="module")
def surface(tmp_path_factory):
    file = tmp_path_factory.mktemp("surface") / "my tibia.stl"
    write_mesh(mesh_bone(read_bone("tibia"), 4.0), file, "left")
    return file


def bonefea(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["bonefea", *map(str, words)])
    with pytest.raises(SystemExit) as done:
        cli.main()
    return done.value.code


def test_an_import_writes_bone_and_picture_and_tells_what_it_did(surface, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert bonefea(monkeypatch, "bone", "import", surface, "--json") == 0
    account = json.loads(capsys.readouterr().out)
    assert (account["side"], account["unit"], account["unit_by_size"]) == ("left", "mm", True)
    assert account["length_mm"] == pytest.approx(370.0, abs=1.5)
    assert account["distance_rms_mm"] < 0.4
    bone = read_bone("my_tibia.toml")
    assert (bone.name, bone.side, bone.origin.file) == ("my_tibia", "left", "my tibia.stl")
    with Image.open("my_tibia.png") as picture:
        assert picture.size[0] > 800
    assert bonefea(monkeypatch, "bone", "import", surface) == 2
    assert "exists already" in capsys.readouterr().err


def test_what_is_no_bone_is_refused_in_a_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "odd.stl").write_text("solid odd\nendsolid odd\n", encoding="utf-8")
    for words in (("bone", "import", tmp_path / "odd.stl"), ("run", tmp_path / "odd.stl", "running")):
        assert bonefea(monkeypatch, *words) == 2
        said = capsys.readouterr().err
        assert said.startswith("bonefea: ")
        assert said.count("\n") == 1
    assert bonefea(monkeypatch, "bone", "import", "absent.stl") == 2
    assert "there is no surface file 'absent.stl'" in capsys.readouterr().err
