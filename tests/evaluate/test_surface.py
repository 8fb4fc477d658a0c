# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain along the shaft, around a section and at a point, against the mesh, gauges and beam theory."""

from __future__ import annotations

import numpy as np
import pytest

import fea
from fea.bone import cut, surface_points
from fea.errors import InputError
from fea.evaluate import around


@pytest.fixture(scope="module")
def result():
    return fea.run("tibia", "running", size_mm=6)


def test_points_have_the_level_and_direction_asked_for_and_lie_on_the_surface(result):
    mesh, anatomy = result.mesh, result.bone.anatomy
    level, direction = np.repeat([0.2, 0.5, 0.83], 24), np.tile(np.arange(-172.5, 180.0, 15.0), 3)
    points = surface_points(mesh, anatomy, level, direction)
    place = points.at(mesh, mesh.points)
    np.testing.assert_allclose(anatomy.level(place), level, atol=1e-9)
    np.testing.assert_allclose(anatomy.direction(place), direction, atol=1e-6)
    assert (points.weights >= -1e-12).all()
    np.testing.assert_allclose(points.weights.sum(axis=1), 1.0)
    # The section is that of the tetrahedra: its polygon has their area, less what 24 corners leave out of 360.
    ring = place[:24, [0, 2]]
    x, z = ring.T
    area = 0.5 * abs((x * np.roll(z, -1) - np.roll(x, -1) * z).sum())
    assert area == pytest.approx(cut(mesh, 0.2 * anatomy.length).area.sum(), rel=0.03)


def test_the_stress_around_mid_shaft_is_that_of_a_beam(result):
    # σ = N/A + bending about both axes, plane sections: a straight line in x and z. Sections of real bones stay so near
    # the middle of a shaft within a few percent of the largest stress.
    table = result.around(0.5)
    stress = around(result, 0.5).along_bone[1][result.peak_frame]
    plane = np.column_stack([np.ones(len(table)), table["x_mm"], table["z_mm"]])
    fitted = plane @ np.linalg.lstsq(plane, stress, rcond=None)[0]
    assert np.abs(stress - fitted).max() < 0.12 * np.abs(stress).max()
    assert table["stress_along_bone_mpa"].min() < -60.0 < 20.0 < table["stress_along_bone_mpa"].max()


def test_a_gauge_reads_what_the_curve_says_at_its_place(result):
    gauge = next(g.reading for g in result.gauges if g.name == "posterior_midshaft")
    at = result.along_shaft("posterior").loc[gauge.level]
    # The gauge is the mean over a patch, in the plane of the surface.
    assert at["stress_along_bone_mpa"] == pytest.approx(gauge.axial_mpa, rel=0.04)
    assert at["strain_principal_3_min_ue"] == pytest.approx(gauge.compression_ue, rel=0.05)


def test_the_curve_over_time_reaches_what_the_curve_along_the_shaft_says(result):
    over_time = result.over_time(0.25, "posteromedial")
    at = result.along_shaft("posteromedial", [0.25]).loc[0.25]
    assert over_time["strain_von_mises_ue"].max() == pytest.approx(at["strain_von_mises_max_ue"], rel=1e-5)
    assert over_time["strain_principal_3_ue"].min() == pytest.approx(at["strain_principal_3_min_ue"], rel=1e-5)
    assert over_time["stress_along_bone_mpa"].min() == pytest.approx(at["stress_along_bone_mpa"], rel=1e-9)
    assert list(over_time.index) == list(result.history.time_s)


def test_nothing_is_read_in_excluded_zones(result):
    table = result.along_shaft("anterior", np.linspace(0.02, 0.98, 49))
    # The patellar tendon pulls at the tuberosity in front: there the zone reaches below 90 %.
    assert table["excluded"].loc[0.88]
    assert table.loc[table["excluded"], "strain_von_mises_max_ue"].isna().all()
    assert table.loc[~table["excluded"], "strain_von_mises_max_ue"].notna().all()
    assert not table["excluded"].loc[0.5]


def test_a_left_bone_reads_the_same_at_mirrored_places(result):
    left = fea.run("tibia", "running", size_mm=6, side="left").around(0.38)
    right = result.around(0.38)
    np.testing.assert_allclose(left["z_mm"], -right["z_mm"])
    np.testing.assert_allclose(left["strain_von_mises_max_ue"], right["strain_von_mises_max_ue"])
    assert list(left["sector"]) == list(right["sector"])


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda r: r.along_shaft("posterio"), "nearest: posterior"),
        (lambda r: r.along_shaft("medial", [0.5, 1.5]), "level is 1.5; allowed: 0 to 1"),
        (lambda r: r.around(float("nan")), "level is nan"),
        (lambda r: r.around("middle"), "level is 'middle'; a number"),
        (lambda r: r.around(0.5, [720.0]), "direction_deg is 720.0"),
        (lambda r: r.over_time(0.999, "medial"), "excluded zone"),
    ],
)
def test_a_place_that_is_not_there_is_refused(result, ask, says):
    with pytest.raises(InputError, match=says):
        ask(result)
