# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Virtual gauges on homogeneous fields: the reading is the projection on the surface."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import mesh_bone
from fea.case import read_bone
from fea.case.description import Gauge
from fea.errors import InputError
from fea.strain import read_gauges


def gauge(level=0.5, direction=0.0, length=10.0):
    return Gauge(evidence="working value", source="test", level=level, direction_deg=direction, length_mm=length)


def constant(mesh, tensor):
    return np.broadcast_to(np.asarray(tensor, dtype=float), (len(mesh.points), 3, 3))


@pytest.fixture(scope="module")
def tube():
    """A straight round tube of radius 15 mm: normals of the shaft are horizontal."""
    table = read_bone("tibia").model_dump(by_alias=True)
    wanted = {"width_x_mm": 30.0, "width_z_mm": 30.0, "triangularity": 0.0, "squareness": 0.0, "crest_deg": 0.0}
    wanted |= {"torsion_deg": 0.0, "center_x_mm": 0.0, "center_z_mm": 0.0}
    walls = table["sections"].pop("thickness_mm")
    source = {"evidence": "working value", "source": "test"}
    table["sections"] = {name: source | {"at": {0.0: value, 100.0: value}} for name, value in wanted.items()}
    table |= {"shape_model": None, "shape": {}, "paths": {}, "fibula": None}
    for profile in walls.values():
        profile["at"] = dict.fromkeys((0.0, 100.0), 5.0)
    table["sections"]["thickness_mm"] = walls
    table["ends"]["proximal_slope_deg"] = 0.0
    shaft = {
        "evidence": "working value",
        "source": "test",
        "on": "shaft",
        "levels": [0.3, 0.7],
        "sector_deg": [-45, 45],
    }
    table |= {"length_mm": 100.0, "bumps": {}, "processes": {}, "section_targets": None}
    table |= {"regions": {"front": shaft}}
    table["support"] |= {"regions": ["front"]}
    description = type(read_bone("tibia")).model_validate(table)
    return description, mesh_bone(description, 4.0)


def read(tube, strain, stress=None, **place):
    description, mesh = tube
    stress = np.zeros((3, 3)) if stress is None else stress
    (reading,) = read_gauges(description, mesh, {"g": gauge(**place)}, constant(mesh, strain), constant(mesh, stress))
    return reading


@pytest.mark.parametrize("direction", [0.0, 90.0, 180.0, -50.0])
def test_a_strain_that_is_round_about_the_shaft_reads_the_same_in_every_direction(tube, direction):
    # diag(a, b, a) projected on any vertical tangent plane is diag(b, a): b along the bone, a across.
    a, b = 450.0, -1500.0
    reading = read(tube, np.diag([a, b, a]) * 1e-6, np.diag([0.0, -27.0, 0.0]), direction=direction)
    assert (reading.tension_ue, reading.compression_ue) == pytest.approx((a, b), rel=1e-6)
    assert reading.shear_ue == pytest.approx(a - b, rel=1e-6)
    assert reading.axial_ue == pytest.approx(b, rel=1e-6)
    assert reading.axial_mpa == pytest.approx(-27.0, rel=1e-6)


@pytest.mark.parametrize(("direction", "across"), [(0.0, 300.0), (90.0, 700.0), (180.0, 300.0), (-90.0, 700.0)])
def test_a_gauge_reads_what_is_tangential_and_nothing_else(tube, direction, across):
    # On the front and the back the surface spans y and z, on the sides y and x. The gauge is 10 mm wide on a
    # radius of 15 mm and its facets are 4 mm: the mean normal is within 8° of the direction, sin² 8° = 0.02.
    reading = read(tube, np.diag([700.0, -1500.0, 300.0]) * 1e-6, direction=direction)
    assert reading.axial_ue == pytest.approx(-1500.0, rel=1e-6)
    assert reading.tension_ue == pytest.approx(across, abs=0.02 * 400.0)


@pytest.mark.parametrize(("direction", "plane"), [(0.0, (1, 2)), (90.0, (0, 1))])
def test_shear_in_the_surface_is_read_whole(tube, direction, plane):
    # Tensor shear s in the tangent plane: principal ±s, engineering shear 2 s, nothing along the bone.
    strain = np.zeros((3, 3))
    strain[plane] = strain[plane[::-1]] = 800.0e-6
    reading = read(tube, strain, direction=direction)
    assert reading.shear_ue == pytest.approx(1600.0, rel=0.02)
    assert reading.tension_ue == pytest.approx(-reading.compression_ue, abs=1e-6)
    assert reading.axial_ue == pytest.approx(0.0, abs=1e-6)


def test_equal_strain_in_all_directions_reads_the_same_on_the_tibia(tibia, tibia_mesh):
    strain = constant(tibia_mesh, 500.0e-6 * np.eye(3))
    readings = read_gauges(tibia, tibia_mesh, tibia.gauges, strain, 3.0e4 * strain)
    assert [reading.name for reading in readings] == list(tibia.gauges)
    for reading in readings:
        assert (reading.tension_ue, reading.compression_ue) == pytest.approx((500.0, 500.0), rel=1e-9)
        assert reading.shear_ue == pytest.approx(0.0, abs=1e-6)
        assert (reading.axial_ue, reading.axial_mpa) == pytest.approx((500.0, 15.0), rel=1e-9)


def test_a_gauge_covers_about_its_own_square(tube):
    # Facets count by their centre; on a 20 mm gauge of 4 mm facets the rim is uncertain by a tenth of a side.
    assert read(tube, np.eye(3), length=20.0).area_mm2 == pytest.approx(20.0**2, rel=0.25)


@pytest.mark.parametrize(("strained", "still", "axis", "side"), [(180.0, 0.0, 0, -1.0), (-90.0, 90.0, 2, -1.0)])
def test_a_gauge_reads_its_own_place(tube, strained, still, axis, side):
    # Strain only behind, or only medially: the gauge on the other side reads none of it.
    description, mesh = tube
    strain = np.zeros((len(mesh.points), 3, 3))
    strain[side * mesh.points[:, axis] > 0.0, 1, 1] = -2000e-6
    gauges = {"strained": gauge(direction=strained), "still": gauge(direction=still)}
    near, far = read_gauges(description, mesh, gauges, strain, strain)
    assert near.axial_ue == pytest.approx(-2000.0, rel=1e-6)
    assert far.axial_ue == 0.0


def test_a_gauge_that_covers_no_element_is_refused(tibia, tibia_mesh):
    nothing = constant(tibia_mesh, np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"gauge 'dot' of 0\.01 mm covers no element"):
        read_gauges(tibia, tibia_mesh, {"dot": gauge(length=0.01)}, nothing, nothing)
