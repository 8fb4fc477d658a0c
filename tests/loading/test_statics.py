# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Internal loads along the shaft, and which reading of the published ankle force they allow."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import Anatomy
from fea.case import Case, read_activity
from fea.loading import UnitLoad, internal_loads, load_history, surface_load

MIDSHAFT = np.array([0.5])
NMM_PER_NM = 1e3


def sections(case, mesh, levels):
    anatomy = Anatomy(case.bone)
    centers = np.array([anatomy.section_center(level) for level in levels])
    history = load_history(case)
    tractions = [surface_load(mesh, load) for load in history.loads]
    return internal_loads(tractions, history.coefficients[0], levels, centers)


def bending_at_midshaft(case, mesh):
    """Return the size of the bending moment, sagittal and frontal together, in N·m."""
    moment = sections(case, mesh, MIDSHAFT).moment[0]
    return np.hypot(moment[0], moment[2]) / NMM_PER_NM


def test_ankle_force_alone_bends_by_force_times_lever(tibia, tibia_mesh):
    # Distal of every cut acts only the ankle force (x, y, 0) at the centre c of the plafond: the section
    # at s carries the same force, and the moment (c − s) × F.
    levels = np.array([0.2, 0.4, 0.6])
    anatomy = Anatomy(tibia)
    centers = np.array([anatomy.section_center(level) for level in levels])
    tractions = [surface_load(tibia_mesh, UnitLoad("plafond", False, axis)) for axis in (0, 1)]
    force = np.array([-364.0, 6116.0, 0.0])

    loads = internal_loads(tractions, force[:2], levels, centers)

    center = tibia_mesh.centers["plafond"]
    np.testing.assert_allclose(loads.force, np.tile(force, (3, 1)), rtol=0, atol=1e-9 * 6116.0)
    np.testing.assert_allclose(loads.moment, np.cross(center - centers, force), rtol=0, atol=1e-9 * 6116.0 * 370.0)


def test_sections_stand_where_they_were_asked_for(tibia, tibia_mesh):
    traction = surface_load(tibia_mesh, UnitLoad("plafond", False, 1))
    levels, centers = np.array([0.3, 0.5]), np.array([Anatomy(tibia).section_center(level) for level in (0.3, 0.5)])
    loads = internal_loads([traction], np.array([1.0]), levels, centers)
    np.testing.assert_array_equal(loads.level, levels)
    np.testing.assert_array_equal(loads.center, centers)


def test_loads_proximal_of_a_cut_do_not_count(tibia, tibia_mesh):
    traction = surface_load(tibia_mesh, UnitLoad("patellar_tendon", False, 1))
    levels = np.array([0.5, 0.97])
    centers = np.array([Anatomy(tibia).section_center(level) for level in levels])
    loads = internal_loads([traction], np.array([2000.0]), levels, centers)
    np.testing.assert_allclose(loads.force[:, 1], [0.0, 2000.0], atol=2000.0 * 1e-12)
    assert np.all(loads.moment[0] == 0.0)


def test_running_compresses_and_bends_the_distal_shaft_as_a_hand_calculation_does(tibia_case, tibia_mesh):
    # 70 kg: 686.5 N. At 40 % only the ankle force acts: N = 8.91 BW = 6116 N, Q = 0.53 BW = 364 N backwards.
    # Sagittal moment about the centre s of the section, c the plafond's centre:
    # M = (c_x − s_x) F_y − (c_y − s_y) F_x.
    loads = sections(tibia_case, tibia_mesh, np.array([0.4]))
    np.testing.assert_allclose(loads.force[0], [-363.8, 6116.4, 0.0], atol=0.1)
    centre = loads.center[0]
    ankle = tibia_mesh.centers["plafond"]
    by_hand = (ankle[0] - centre[0]) * 6116.4 - (ankle[1] - centre[1]) * -363.8
    assert loads.moment[0, 2] == pytest.approx(by_hand, rel=1e-3)
    assert loads.moment[0, 2] < 0.0, "the posterior surface must be the compressed one"


def test_midshaft_bending_in_running_is_below_120_newton_metres(tibia_case, tibia_mesh):
    assert bending_at_midshaft(tibia_case, tibia_mesh) < 120.0


@pytest.mark.parametrize("backwards", [1.0, -1.0], ids=["anterior", "posterior"])
def test_published_contact_triple_must_not_be_used_raw(tibia, tibia_mesh, backwards):
    # 2.78 BW · 686.5 N · 0.185 m = 353 N·m at mid-shaft from the shear alone, whichever way it is read.
    activity = read_activity("running_contact_triple")
    ankle = activity.forces["ankle_contact"]
    x, y, z = ankle.vector_bw
    raw = ankle.model_copy(update={"tilt": None, "vector_bw": (backwards * x, y, z)})
    case = Case(
        bone=tibia,
        activity=activity.model_copy(update={"forces": {**activity.forces, "ankle_contact": raw}}),
        size_mm=6.0,
    )
    assert bending_at_midshaft(case, tibia_mesh) > 300.0


def test_turned_triple_bends_no_more_than_its_size_explains(tibia, tibia_case, tibia_mesh):
    # Both describe one instant of running; the triple is larger by 11.88 / 8.93 BW = 1.33.
    triple = Case(bone=tibia, activity=read_activity("running_contact_triple"), size_mm=6.0)
    assert bending_at_midshaft(triple, tibia_mesh) < 1.5 * bending_at_midshaft(tibia_case, tibia_mesh)
