# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from fea.bone import Anatomy, BoneShape
from fea.case import read_bone
from fea.case.description import Gauge
from fea.errors import InputError
from fea.loading import LoadHistory
from fea.strain import UnitGauge, components, gauge_history, read_gauges, tensors

MESHES = Path(__file__).parents[2] / "meshes"
# The tangent plane of a gauge on the shaft leans by less than 3° against the bone's axis: cosine² 0.997.
LEAN = 5e-3


def gauge(direction_deg=0.0, length_mm=15.0, **changes):
    given = {"evidence": "working value", "source": "test", "level": 0.5}
    return Gauge.model_validate({**given, "direction_deg": direction_deg, "length_mm": length_mm, **changes})


def history(coefficients, time_s=None):
    coefficients = np.atleast_2d(np.asarray(coefficients, dtype=float))
    return LoadHistory(
        "test", (), coefficients, np.arange(len(coefficients), dtype=float) if time_s is None else time_s
    )


@pytest.fixture(scope="module")
def read(tibia, tibia_mesh):
    """A function that reads gauges under strains that are the same everywhere, tensors (loads, 3, 3)."""

    def read_them(gauges, tensor, asked, stress=None):
        even = [
            np.repeat(components(np.asarray(t))[:, None], len(tibia_mesh.points), axis=1)
            for t in (tensor, stress)
            if t is not None
        ]
        return gauge_history(tibia, tibia_mesh, gauges, even[0], even[-1], asked)

    return read_them


UNIAXIAL = 1e-6 * np.diag([-0.3, 1.0, -0.3])[None]


def test_a_rosette_reads_the_sinusoid_along_the_bone(read):
    frequency, time_s = 4.0, np.linspace(0.0, 0.25, 201)
    wave = 1200.0 * np.sin(2.0 * np.pi * frequency * time_s)
    (found,) = read({"g": gauge()}, UNIAXIAL, history(wave[:, None], time_s))
    assert found.axial_ue == pytest.approx(wave, rel=LEAN, abs=1e-9)
    # Tension is along the bone in the first half, across it in the second: 0.3 of the size.
    assert found.tension_ue == pytest.approx(np.maximum(wave, -0.3 * wave), rel=LEAN, abs=1e-9)
    assert found.compression_ue == pytest.approx(np.minimum(wave, -0.3 * wave), rel=LEAN, abs=1e-9)
    assert found.shear_ue == pytest.approx(1.3 * np.abs(wave), rel=LEAN, abs=1e-9)
    peaks = found.reading
    assert (peaks.tension_ue, peaks.compression_ue) == pytest.approx((1200.0, -1200.0), rel=LEAN)
    slope = 2.0 * np.pi * frequency * 1200.0
    # A chord over 1/200 of the period is 2e-4 below the slope.
    assert peaks.tension_rate_ue_per_s == pytest.approx(slope, rel=LEAN)
    assert peaks.rate_ue_per_s == pytest.approx(slope, rel=LEAN)
    assert peaks.shear_rate_ue_per_s == pytest.approx(1.3 * slope, rel=LEAN)


def test_the_peak_rate_is_the_larger_of_tension_and_compression(read):
    # Compression grows to −800 in 0.1 s; the tension across it is 0.3 of that.
    asked = history([[0.0], [-800.0], [-700.0]], np.array([0.0, 0.1, 0.2]))
    peaks = read({"g": gauge()}, UNIAXIAL, asked)[0].reading
    assert peaks.compression_rate_ue_per_s == pytest.approx(8000.0, rel=LEAN)
    assert peaks.tension_rate_ue_per_s == pytest.approx(2400.0, rel=0.05)
    assert peaks.rate_ue_per_s == peaks.compression_rate_ue_per_s


def test_axial_stress_and_strain_keep_the_sign_of_their_largest_size(read):
    asked = history([[300.0], [-900.0], [100.0]])
    peaks = read({"g": gauge()}, UNIAXIAL, asked, stress=0.02 * UNIAXIAL / 1e-6)[0].reading
    assert peaks.axial_ue == pytest.approx(-900.0, rel=LEAN)
    assert peaks.axial_mpa == pytest.approx(-18.0, rel=LEAN)


def test_a_staple_reads_the_strain_along_its_length_and_no_shear(read):
    # Along the axis 1000, across −300, at 60°: 1000 cos² 60° − 300 sin² 60° = 25.
    gauges = {f"{o}": gauge(kind="staple", orientation_deg=o) for o in (0.0, 60.0, 90.0)}
    found = read(gauges, UNIAXIAL, history([[1000.0], [-500.0]]))
    for staple, expected in zip(found, (1000.0, 25.0, -300.0), strict=True):
        assert staple.tension_ue == pytest.approx([expected, -0.5 * expected], rel=LEAN, abs=5.0)
        assert staple.compression_ue.tolist() == staple.tension_ue.tolist()
        assert not staple.shear_ue.any()
        assert staple.axial_ue[0] == pytest.approx(1000.0, rel=LEAN)
    assert found[0].reading.compression_ue == pytest.approx(-500.0, rel=LEAN)


def tibial_sides(tibia):
    """Anterior and lateral of the section at mid-shaft, which is turned against x and z."""
    turn = BoneShape(tibia).axes(0.5).torsion
    return np.array([np.cos(turn), 0.0, np.sin(turn)]), np.array([-np.sin(turn), 0.0, np.cos(turn)])


def test_a_staple_turns_from_the_axis_towards_rising_direction(read, tibia):
    # On the anterior face rising direction is lateral: shear with the axis stretches the diagonal up and lateral.
    across = tibial_sides(tibia)[1]
    shear = 1e-6 * (np.outer(across, [0.0, 1.0, 0.0]) + np.outer([0.0, 1.0, 0.0], across))[None]
    gauges = {f"{o}": gauge(kind="staple", orientation_deg=o) for o in (45.0, -45.0)}
    up_lateral, up_medial = read(gauges, shear, history([400.0]))
    # The mean normal of facets of 6 mm lies within a few degrees of anterior.
    assert up_lateral.tension_ue[0] == pytest.approx(400.0, rel=0.03)
    assert up_medial.tension_ue[0] == pytest.approx(-400.0, rel=0.03)


def test_three_staples_make_a_rosette(read):
    # Rosette equations for 0, 45, 90 degrees: γ = 2 ε45 − ε0 − ε90; ε1,3 = mean ± half the root of squares.
    random = np.random.default_rng(6)
    tensor = random.standard_normal((2, 3, 3)) * 1e-6
    tensor = tensor + tensor.transpose(0, 2, 1)
    place = {"direction_deg": -50.0, "length_mm": 20.0}
    staples = {f"{o}": gauge(kind="staple", orientation_deg=o, **place) for o in (0.0, 45.0, 90.0)}
    *three, rosette = read(
        {**staples, "rosette": gauge(**place)}, tensor, history(random.standard_normal((9, 2)) * 900.0)
    )
    e0, e45, e90 = (s.tension_ue for s in three)
    reach = 0.5 * np.hypot(e0 - e90, 2.0 * e45 - e0 - e90)
    # The square that is turned by 45° covers other facets, on a slightly other tangent plane.
    size = np.abs(rosette.tension_ue).max()
    assert rosette.tension_ue == pytest.approx((e0 + e90) / 2.0 + reach, abs=0.05 * size)
    assert rosette.compression_ue == pytest.approx((e0 + e90) / 2.0 - reach, abs=0.05 * size)


def test_the_area_turns_with_the_orientation(tibia, tibia_mesh, read):
    # Strain only beyond 30 mm above the gauge: out of reach of a square of 50 mm, unless it stands on its corner.
    strain = np.zeros((1, len(tibia_mesh.points), 6))
    strain[:, tibia_mesh.points[:, 1] > 0.5 * 370.0 + 30.0] = 1e-6 * np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    found = gauge_history(
        tibia,
        tibia_mesh,
        {f"{o}": gauge(length_mm=50.0, orientation_deg=o) for o in (0.0, 45.0)},
        strain,
        strain,
        history([1000.0]),
    )
    assert found[0].tension_ue[0] == 0.0
    assert found[1].tension_ue[0] > 1.0


def test_each_frame_reads_as_if_it_stood_alone(tibia, tibia_mesh):
    random = np.random.default_rng(2)
    strain, stress = random.standard_normal((2, 4, len(tibia_mesh.points), 6)) * [[[[1e-6]]], [[[1e-2]]]]
    size = random.standard_normal((5, 4)) * 100.0
    gauges = {"rosette": gauge(-50.0), "staple": gauge(180.0, kind="staple", orientation_deg=30.0)}
    over_time = gauge_history(tibia, tibia_mesh, gauges, strain, stress, history(size))
    for frame, weight in enumerate(size):
        at_vertex = (tensors(np.tensordot(weight, six, axes=1)) for six in (strain, stress))
        for series, alone in zip(over_time, read_gauges(tibia, tibia_mesh, gauges, *at_vertex), strict=True):
            for name in ("tension_ue", "compression_ue", "shear_ue", "axial_ue", "axial_mpa"):
                assert getattr(series, name)[frame] == pytest.approx(getattr(alone, name), rel=1e-9, abs=1e-9)
            assert alone.rate_ue_per_s == 0.0


def test_a_rosette_reads_the_principal_strains_of_the_tangent_plane(tibia, tibia_mesh):
    # Straight from the vertices: mean by area over the covered facets, eigenvalues of what lies in the plane.
    random = np.random.default_rng(7)
    full = random.standard_normal((len(tibia_mesh.points), 3, 3)) * 1e-3
    full = full + full.transpose(0, 2, 1)
    asked = gauge(180.0, length_mm=12.0)
    (found,) = read_gauges(tibia, tibia_mesh, {"g": asked}, full, full)
    corner = tibia_mesh.points[tibia_mesh.facets]
    doubled = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    anterior, lateral = tibial_sides(tibia)
    centre = corner.mean(axis=1) - Anatomy(tibia).section_center(0.5)
    under = (np.abs(centre[:, 1]) <= 6.0) & (np.abs(centre @ lateral) <= 6.0) & (centre @ anterior < 0.0)
    n = doubled[under].sum(axis=0)
    n /= np.linalg.norm(n)
    mean = np.average(
        full[tibia_mesh.facets[under]].mean(axis=1), axis=0, weights=np.linalg.norm(doubled[under], axis=1)
    )
    flat = (np.eye(3) - np.outer(n, n)) @ mean @ (np.eye(3) - np.outer(n, n))
    # One of the three eigenvalues is the 0 along n.
    values = np.sort(np.delete(np.linalg.eigvalsh(flat), np.argmin(np.abs(np.linalg.eigvalsh(flat))))) * 1e6
    assert (found.compression_ue, found.tension_ue) == pytest.approx(tuple(values), rel=1e-9)
    assert found.area_mm2 == pytest.approx(np.linalg.norm(doubled[under], axis=1).sum() / 2.0)


def test_a_gauge_between_the_elements_is_refused(read):
    with pytest.raises(InputError, match=r"the gauge 'tiny' of 0.01 mm covers no element"):
        read({"tiny": gauge(length_mm=0.01)}, UNIAXIAL, history([1.0]))


def test_unit_strains_that_do_not_match_the_loads_are_refused(read):
    with pytest.raises(InputError, match=r"shape of the strains under unit loads is \(1, \d+, 6\); allowed: \(2,"):
        read({"g": gauge()}, UNIAXIAL, history([[1.0, 2.0]]))


def test_times_that_fall_are_refused(read):
    with pytest.raises(InputError, match="the time of frame 1"):
        read({"g": gauge()}, UNIAXIAL, history([[1.0], [2.0]], np.array([0.2, 0.1])))


def test_a_gauge_is_a_rosette_along_the_bone_unless_it_says_otherwise():
    assert (gauge().kind, gauge().orientation_deg) == ("rosette", 0.0)
    with pytest.raises(ValidationError, match="rosette"):
        gauge(kind="foil")
    with pytest.raises(ValidationError, match="less than or equal to 90"):
        gauge(orientation_deg=91.0)


@pytest.mark.parametrize("bone", ["tibia.toml", "tibia_female.toml"])
def test_the_tibia_carries_the_gauges_of_the_literature(bone):
    gauges = read_bone(str(MESHES / bone)).gauges
    studies = {"anteromedial_midshaft": "Lanyon 1975", "medial_midshaft_burr": "Burr 1996"}
    for name, study in {**studies, "medial_midshaft_milgrom": "Milgrom 2000"}.items():
        assert study in gauges[name].source
        assert "working value" in gauges[name].source or gauges[name].evidence == "working value"
        assert (gauges[name].kind, gauges[name].level) == ("rosette", 0.5)


@pytest.mark.parametrize(
    ("axial", "across", "shear", "compression"),
    # Mohr's circle by hand, with the strains along the bone and across it and half the engineering shear: the largest
    # strain lies at half of atan2(2 · shear, axial − across) from the axis, the smallest at its complement.
    [
        (1000.0, -300.0, 0.0, 90.0),
        (-1000.0, 300.0, 0.0, 0.0),
        (0.0, 0.0, 500.0, 45.0),
        # atan2(800, 600) / 2 = 26.565°, so the smallest at 63.435°.
        (300.0, -300.0, 400.0, 63.435),
        (300.0, -300.0, -400.0, 63.435),
        # atan2(800, −600) / 2 = 63.435°: compression near the axis of the bone, 26.565° off it.
        (-300.0, 300.0, 400.0, 26.565),
    ],
)
def test_the_angle_of_compression_is_that_of_mohrs_circle(axial, across, shear, compression):
    flat = np.array([[[axial, shear], [shear, across]]])
    found = UnitGauge("g", gauge(), 100.0, flat, flat).history([0], history([1.0]))
    assert found.compression_angle_deg[0] == pytest.approx(compression, abs=1e-3)
    assert found.reading.compression_angle_deg == found.compression_angle_deg[0]
    assert found.reading.tension_angle_deg == pytest.approx(90.0 - compression, abs=1e-3)
    # The strain along a line at that angle from the axis is the smallest one.
    t = np.deg2rad(found.compression_angle_deg[0])
    along = axial * np.cos(t) ** 2 + across * np.sin(t) ** 2 - 2.0 * abs(shear) * np.sin(t) * np.cos(t)
    assert along == pytest.approx(found.compression_ue[0], rel=1e-9)


def test_angles_are_those_of_the_frames_of_the_peaks(read):
    # First compression along the bone, then twice as much tension along it: the peaks lie in different frames.
    (found,) = read({"g": gauge()}, UNIAXIAL, history([[-1000.0], [2000.0]]))
    peaks = found.reading
    assert peaks.compression_angle_deg == pytest.approx(0.0, abs=1.5)
    assert peaks.tension_angle_deg == pytest.approx(0.0, abs=1.5)
    assert found.compression_angle_deg == pytest.approx([0.0, 90.0], abs=1.5)


def test_a_staple_has_no_angle(read):
    (found,) = read({"g": gauge(kind="staple")}, UNIAXIAL, history([1000.0]))
    assert not found.compression_angle_deg.any()
    assert (found.reading.tension_angle_deg, found.reading.compression_angle_deg) == (0.0, 0.0)
