# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Speed and step rate as runners write them; left limbs and files of meshes on the command line."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np
import pytest
from cyclopts import Token

from fea.case import ActivityOptions, Options, resolved
from fea.cli.pace import speed, step_rate
from fea.loading import load_history, write_history

# Cyclopts warns when it reads sys.argv under pytest; that is what the command does and what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


@pytest.mark.parametrize(
    ("option", "written", "m_per_s"),
    [
        ("--speed", "3.3", 3.3),
        ("--speed", "3.3m/s", 3.3),
        ("--speed", "12km/h", 12 / 3.6),
        ("--speed", "12 km/h", 12 / 3.6),
        ("--speed", "5:30min/km", 1000 / 330),
        ("--pace", "5:30", 1000 / 330),
        ("--pace", "5:30/km", 1000 / 330),
        ("--pace", "5", 1000 / 300),
        ("--pace", "5:05 min/km", 1000 / 305),
    ],
)
def test_speed_is_understood_as_runners_write_it(option, written, m_per_s):
    assert speed(float, [Token(keyword=option, value=written)]) == pytest.approx(m_per_s, rel=1e-12)


def test_cadence_counts_one_foot_and_step_rate_both():
    assert step_rate(float, [Token(keyword="--cadence", value="90")]) == 180.0
    assert step_rate(float, [Token(keyword="--step-rate", value="180")]) == 180.0


def test_pace_and_cadence_ask_the_same_as_speed_and_step_rate(bonefea):
    code, _, err = bonefea("loads", "running", "--export", "a.csv", "--pace", "5:00", "--cadence", "82")
    assert (code, err) == (0, "")
    asked = ActivityOptions(speed_m_per_s=1000.0 / 300.0, step_rate_per_min=164.0)
    case = resolved("tibia", "running", Options(**vars(asked)))
    write_history(load_history(case), case.bone, Path("b.csv"))
    found, expected = (load_history(resolved("tibia", name)) for name in ("a.csv", "b.csv"))
    assert found.loads == expected.loads
    np.testing.assert_array_equal(found.coefficients, expected.coefficients)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--speed", "3.3", "--pace", "5:30"), "--speed and --pace say the same; give one of them, once."),
        (("--cadence", "90", "--step-rate", "180"), "--step-rate and --cadence say the same; give one of them, once."),
        (("--mass", "60", "--mass", "70"), "--mass is given twice; give it once."),
        (("--pace", "5.30"), "pace is '5.30'; allowed: minutes and seconds for a kilometre, such as 5:30."),
        (("--pace", "5:75"), "pace is '5:75'; allowed"),
        (("--pace", "0:00"), "pace is '0:00'; allowed"),
        (("--speed", "12mph"), "speed is '12mph'; allowed: a number in m/s, such as 3.3, 3.3m/s or 12km/h."),
        (("--speed", "40km/h"), "allowed: 2.5 to 5 m/s for running"),
        (("--cadence", "180"), "allowed: 20 to 130 steps of one foot per minute; --step-rate counts both."),
        (("--cadence", "nan"), "cadence is nan; allowed"),
        (("--step-rate", "fast"), "step rate is 'fast'; allowed: a number of steps per minute."),
        (("--side", "middle"), "right"),
    ],
)
def test_what_is_no_speed_or_is_said_twice_is_refused_in_a_sentence(bonefea, words, said):
    code, out, err = bonefea("loads", "running", "--export", "a.csv", *words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err
    assert not Path("a.csv").exists()


def test_a_left_bone_is_written_mirrored_and_the_terminal_says_so(bonefea, tibia_mesh, monkeypatch):
    monkeypatch.setattr("fea.bone.mesh_bone", lambda *_: tibia_mesh)
    code, out, _ = bonefea("mesh", "tibia", "--out", "bone.PLY", "--side", "left")
    assert code == 0
    assert out.splitlines()[0].startswith("Left tibia, average man: ")
    assert "bone.PLY: a surface format: tetrahedra, tissues and the names of regions are not written" in out
    assert "z to the right of the body (medial)" in out
    Path("bone.PLY").rename("bone.ply")
    points = meshio.read("bone.ply").points
    assert points[:, 2].max() == pytest.approx(-tibia_mesh.points[:, 2].min())


def test_another_ending_is_refused_before_the_bone_is_meshed(bonefea, monkeypatch):
    monkeypatch.setattr("fea.bone.mesh_bone", lambda *_: pytest.fail("the bone was meshed"))
    code, out, err = bonefea("mesh", "tibia", "--out", "bone.bdf")
    assert (code, out) == (2, "")
    assert "known: .msh, .inp, .med, .vtu, .stl, .ply, .obj, .off" in err
