# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads that no joint bears are refused, what is hard to believe is said, and ordinary loads pass without a remark."""

from __future__ import annotations

import importlib.resources
import re

import numpy as np
import pytest

from fea.case import Options, names, read_bone, resolved
from fea.errors import InputError
from fea.evaluate import Result, solved_bone
from fea.loading import ground_of, load_history, write_history

COARSE_MM = 6.0
HEAD = "time_s,region,fx_bw,fy_bw,fz_bw\n"


def table(tmp_path, *rows):
    file = tmp_path / "mine.csv"
    file.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Each activity of the library, and the same as a load history."""
    folder, found = tmp_path_factory.mktemp("exported"), {}
    for name in names("activity"):
        case, file = resolved("tibia", name, Options(size_mm=COARSE_MM)), folder / f"{name}.csv"
        write_history(load_history(case), case.bone, file)
        found[name] = case, resolved("tibia", str(file), Options(size_mm=COARSE_MM))
    return found


@pytest.fixture(scope="module")
def bone(exported):
    return solved_bone(*(case for pair in exported.values() for case in pair))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["0,plafond,0,0,0", "0.1,plafond,0,0,9", "0.2,plafond,0,0,0"], "is another axis up"),
        (["0,plafond,0,0,0", "0.1,plafond,0,-8,0", "0.2,plafond,0,0,0"], "does not press on it"),
        (["0,plafond,0,9,0", "0.1,plafond,0,-4,0", "0.2,plafond,0,0,0"], "a joint bears no tension"),
        (["0.1,plafond,5,4,0"], "does not press on it"),
    ],
    ids=["lab z is up", "reversed", "pulls for a while", "sheared more than pressed"],
)
def test_a_load_that_no_joint_bears_is_refused_unless_it_is_meant(rows, says, tmp_path):
    file = table(tmp_path, *rows)
    with pytest.raises(InputError, match=says) as caught:
        resolved("tibia", file)
    assert "--accept-implausible" in str(caught.value)
    assert resolved("tibia", file, Options(accept_implausible=True)).accept_implausible


def test_an_accepted_load_keeps_its_remark(bone, tmp_path):
    case = resolved("tibia", table(tmp_path, "0.1,plafond,0,0,9"), Options(size_mm=COARSE_MM, accept_implausible=True))
    remarks = Result(case, bone).remarks
    assert "does not press on it" in remarks[0]
    assert any("does not survive" in remark for remark in remarks)


@pytest.mark.parametrize(("shoe", "known"), [("boot", False), ("barefoot", False), ("minimal", True)])
def test_a_shoe_without_a_known_effect_is_said(bone, shoe, known):
    # footwear.toml: the ankle force of boot and bare foot is that of the conventional shoe, of the minimal one 1.049.
    case = resolved("tibia", "running", Options(size_mm=COARSE_MM, footwear=shoe))
    assert [f"no effect of the shoe '{shoe}'" in remark for remark in Result(case, bone).remarks] == [True] * (
        not known
    )


def test_a_little_tension_is_said_and_not_refused(bone, tmp_path):
    case = resolved("tibia", table(tmp_path, "0,plafond,0,9,0", "0.1,plafond,0,-0.5,0"), Options(size_mm=COARSE_MM))
    assert Result(case, bone).remarks == ["the joint surface 'plafond' is in tension, up to 0.50 BW."]


def test_a_condyle_that_pulls_is_said_of_a_free_bone_only(bone, tmp_path):
    # 0.8 BW to the side at the ankle, 370 mm below condyles some 40 mm apart, against 9 BW on both: 4.5 − 7.4 BW.
    file = table(tmp_path, "0.1,plafond,0,9,0.8")
    said = Result(resolved("tibia", file, Options(size_mm=COARSE_MM)), bone).remarks
    assert any(re.search(r"the joint surface 'plateau_\w+' is in tension, up to [234]\.\d\d BW", s) for s in said)
    fixed = resolved("tibia", file, Options(size_mm=COARSE_MM, support="fixed"))
    assert not any("plateau" in s for s in Result(fixed, solved_bone(fixed)).remarks)


def test_loads_far_beyond_what_is_known_are_said(bone, tmp_path):
    case = resolved("tibia", table(tmp_path, "0.1,plafond,0,40,0"), Options(size_mm=COARSE_MM))
    said = " ".join(Result(case, bone).remarks)
    # Less what the fibula carries, a few percent.
    assert re.search(r"axial compression reaches (39\.\d|40) BW", said)
    assert "µε" in said


@pytest.mark.parametrize("name", names("activity"))
def test_ordinary_activities_pass_without_a_remark(bone, exported, name):
    case, again = exported[name]
    assert Result(case, bone).remarks == []
    assert Result(again, bone).remarks == []


@pytest.mark.parametrize(("speed", "change"), [(1.2, "raised"), (1.5, "lowered")])
def test_an_own_ground_force_that_is_changed_to_carry_the_body_is_said(bone, speed, change, tmp_path):
    text = (importlib.resources.files("fea.loadcases") / "walking.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('name = "walking"', 'name = "mine"'), encoding="utf-8")
    options = Options(speed_m_per_s=speed, size_mm=COARSE_MM)
    remarks = " ".join(Result(resolved("tibia", str(own), options), bone).remarks)
    case = resolved("tibia", str(own), options)
    assert f"{change} by up to {abs(ground_of(case, case.activity).balance_bw):.2f} BW" in remarks
    assert "[vertical.valley]" in remarks
    # The library's own curve is made to be lowered; that it is raised is said of it too.
    shipped = " ".join(Result(resolved("tibia", "walking", options), bone).remarks)
    assert ("raised" in shipped) == ("raised" in change)
    assert "lowered" not in shipped


def test_an_own_ground_force_without_a_valley_stands_as_it_is_given(bone, tmp_path):
    text = (importlib.resources.files("fea.loadcases") / "walking.toml").read_text(encoding="utf-8")
    before, _, after = text.partition("[vertical.valley]")
    own = tmp_path / "own.toml"
    own.write_text(before + after[after.index("[vertical.peak_bw]") :], encoding="utf-8")
    case = resolved("tibia", str(own), Options(speed_m_per_s=1.2, size_mm=COARSE_MM))
    assert Result(case, bone).remarks == []
    ground = ground_of(case, case.activity)
    force = case.activity.what.vertical
    np.testing.assert_allclose(ground.vertical_bw, force.peak_bw.value(1.2) * force.shape.value(ground.phase))


def test_forces_across_a_metatarsal_are_ordinary(tmp_path):
    region = next(name for name, patch in read_bone("metatarsal2").regions.items() if patch.on == "distal end")
    file = table(tmp_path, f"0,{region},0.3,0.1,0", f"0.1,{region},0.5,-0.1,0")
    assert resolved("metatarsal2", file).activity.time_s == (0.0, 0.1)
