# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea bone import`: the account, the bone file and the picture; what cannot be imported ends with code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from fea.bone import mesh_bone, write_mesh
from fea.case import read_bone

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")


@pytest.fixture(scope="module")
def surface(tmp_path_factory):
    file = tmp_path_factory.mktemp("surface") / "my tibia.stl"
    write_mesh(mesh_bone(read_bone("tibia"), 4.0), file, "left")
    return file


def test_an_import_writes_bone_and_picture_and_tells_what_it_did(surface, bonefea):
    code, out, _ = bonefea("bone", "import", str(surface), "--json")
    assert code == 0
    account = json.loads(out)
    assert (account["side"], account["unit"], account["unit_by_size"]) == ("left", "mm", True)
    assert account["length_mm"] == pytest.approx(370.0, abs=1.5)
    assert account["distance_rms_mm"] < 0.4
    bone = read_bone("my_tibia.toml")
    assert (bone.name, bone.side, bone.origin.file) == ("my_tibia", "left", "my tibia.stl")
    with Image.open("my_tibia.png") as picture:
        assert picture.size[0] > 800
    code, _, err = bonefea("bone", "import", str(surface))
    assert (code, "exists already" in err) == (2, True)


def test_what_is_no_bone_is_refused_in_a_sentence(bonefea):
    Path("odd.stl").write_text("solid odd\nendsolid odd\n", encoding="utf-8")
    for words in (("bone", "import", "odd.stl"), ("run", "odd.stl", "running")):
        code, _, err = bonefea(*words)
        assert (code, err.startswith("bonefea: "), err.count("\n")) == (2, True, 1)
    code, _, err = bonefea("bone", "import", "absent.stl")
    assert (code, err) == (2, "bonefea: there is no surface file 'absent.stl'.\n")


def test_the_nearest_parametric_bone_is_written_without_the_surface(surface, bonefea):
    code, out, _ = bonefea("fit", str(surface), "--json")
    assert code == 0
    assert json.loads(out)["distance_rms_mm"] < 0.6
    bone = read_bone("my_tibia-fitted.toml")
    assert bone.origin is None
    assert bone.scale == pytest.approx(1.0, abs=0.02)
