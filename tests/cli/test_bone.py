# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea bone import`: the account, the bone file and the picture; what cannot be imported ends with code 2."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import pyvista as pv
from PIL import Image

from fea.bone import mesh_bone, write_mesh
from fea.case import read_bone, resolved

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


def test_a_run_says_how_its_surface_was_read(surface):
    first, second = resolved(str(surface), "running").notes
    assert first == "bone: my tibia.stl: coordinates in mm, a left bone, frame found from the shape"
    assert second.startswith("bone: volume ")
    assert resolved("tibia", "running").notes == ()


def test_regions_of_a_file_stand_instead_of_those_carried_over(surface, bonefea):
    Path("regions.toml").write_text("[regions.soleus]\nlevels = [0.6, 0.75]\n", encoding="utf-8")
    code, out, _ = bonefea("bone", "import", str(surface), "--name", "own", "--regions", "regions.toml", "--json")
    assert code == 0
    assert "regions set by regions.toml: soleus" in json.loads(out)["repairs"]
    own, library = read_bone("own.toml").regions["soleus"], read_bone("tibia").regions["soleus"]
    assert (own.levels, own.sector_deg, own.source) == ((0.6, 0.75), library.sector_deg, "set by hand, regions.toml")
    Path("odd.toml").write_text("[regions.solius]\nlevels = [0.6, 0.75]\n", encoding="utf-8")
    code, _, err = bonefea("bone", "import", str(surface), "--name", "odd", "--regions", "odd.toml")
    assert (code, err.count("\n")) == (2, 1)
    assert "'solius'" in err
    assert "soleus" in err


def test_a_scan_gives_density_with_a_picture(surface, bonefea):
    sitk = pytest.importorskip("SimpleITK")
    # A wall of 6 mm at 1400 HU, 200 HU within it, air around.
    points = pv.read(surface).points
    low, high = points.min(axis=0) - 8.0, points.max(axis=0) + 8.0
    size = np.ceil((high - low) / 1.5).astype(int)
    grid = pv.ImageData(dimensions=size, spacing=(1.5, 1.5, 1.5), origin=low)
    depth = grid.compute_implicit_distance(pv.read(surface))["implicit_distance"]
    hu = np.where(depth > 0.0, -1000.0, np.where(depth > -6.0, 1400.0, 200.0)).reshape(size[::-1])
    image = sitk.GetImageFromArray(hu.astype(np.float32))
    image.SetSpacing((1.5, 1.5, 1.5))
    image.SetOrigin([float(v) for v in low])
    sitk.WriteImage(image, "scan.nii.gz")
    text = 'measure = "ash"\nintercept_g_per_cm3 = 0.05\nslope_g_per_cm3_per_hu = 0.0007\n'
    law = "modulus = [{ coefficient_mpa = 14664.0, exponent = 1.49 }]\n"
    Path("calibration.toml").write_text(text + law, encoding="utf-8")
    words = ("--ct", "scan.nii.gz", "--calibration", "calibration.toml", "--name", "seen")
    code, out, err = bonefea("bone", "import", str(surface), *words)
    assert (code, err) == (0, "")
    assert "scan: cortex of the shaft 1.7" in out  # 0.05 + 0.0007 · 1400 = 1.03 g/cm³ of ash, over 0.6
    assert "cells outside the range of their law: 0.0 % of the cortical" in out
    with Image.open("seen-density.png") as picture:
        assert picture.size[1] > 1000
    bone = read_bone("seen.toml")
    assert bone.density.law.pieces[0].exponent == 1.49
    assert len(bone.density.field.core_mg_per_cm3) == 93


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
