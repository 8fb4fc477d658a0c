# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from fea.bone import TISSUES, Anatomy
from fea.case.description import Gauge
from fea.errors import InputError
from fea.loading import LoadHistory
from fea.solve import UnitStrains
from fea.strain import (
    components,
    envelope,
    gauge_history,
    history_rows,
    history_table,
    hotspots,
    stance_percent,
    superposed,
    tensors,
    unit_at_cells,
    unit_at_vertices,
    vertex_mean,
)
from fea.tissue import Elasticity

TIME_S = np.array([0.0, 0.05, 0.15, 0.2])


@pytest.fixture(scope="module")
def anatomy(tibia):
    return Anatomy(tibia)


@pytest.fixture(scope="module")
def case(tibia_mesh, anatomy):
    """Two loads that stretch the anterior shaft and press the posterior one, each with its own time course."""
    level, direction = anatomy.level(tibia_mesh.centroids), anatomy.direction(tibia_mesh.centroids)
    shaft = (tibia_mesh.tissue == TISSUES.index("cortical")) & (np.abs(level - 0.5) < 0.05)
    unit = np.zeros((2, len(tibia_mesh.cells), 6))
    unit[0, shaft & (np.abs(direction) < 40.0)] = components(1e-6 * np.diag([-0.3, 1.0, -0.3]))
    unit[1, shaft & (np.abs(direction) > 140.0)] = components(1e-6 * np.diag([-0.3, 1.0, -0.3]))
    coefficients = np.array([[0.0, 0.0], [1500.0, 900.0], [700.0, -2500.0], [0.0, 0.0]])
    return unit, LoadHistory("test", (), coefficients, TIME_S)


@pytest.fixture(scope="module")
def found(tibia_mesh, anatomy, case):
    unit, asked = case
    kept = np.ones(len(tibia_mesh.cells), dtype=bool)
    return hotspots(tibia_mesh, anatomy, kept, envelope(unit, asked, 0.3).extremes, unit, asked)


@pytest.fixture(scope="module")
def series(tibia, tibia_mesh, case, found):
    _, asked = case
    at_vertices = np.zeros((2, len(tibia_mesh.points), 6))
    at_vertices[0] = components(1e-6 * np.diag([-0.3, 1.0, -0.3]))
    place = {"evidence": "working value", "source": "test", "level": 0.5, "direction_deg": 0.0, "length_mm": 15.0}
    gauges = gauge_history(tibia, tibia_mesh, {"front": Gauge.model_validate(place)}, at_vertices, at_vertices, asked)
    return gauges, found


def test_hotspots_of_an_envelope_peak_at_their_own_times(found):
    places = [h.hotspot for h in found]
    assert [(h.mode, h.sector, h.time_s) for h in places] == [
        ("compression", "posterior", 0.15),
        ("tension", "anterior", 0.05),
    ]
    assert [h.strain_ue for h in places] == pytest.approx([-2500.0, 1500.0])


def test_the_strain_of_a_hotspot_is_the_peak_of_its_history(tibia_mesh, anatomy, case):
    # A fifth of the stretched cells peaks late: the mean of the cells' own peaks, 1500 µε, is reached at no instant.
    unit, asked = case
    unit = np.concatenate([unit, np.zeros_like(unit[:1])])
    hot = np.flatnonzero(unit[0].any(axis=1))
    unit[2, hot[::5]], unit[0, hot[::5]] = unit[0, hot[::5]], 0.0
    late = np.array([0.0, 0.0, 0.0, 1500.0])
    asked = replace(asked, coefficients=np.column_stack([asked.coefficients, late]))
    kept = np.ones(len(tibia_mesh.cells), dtype=bool)
    spots = hotspots(tibia_mesh, anatomy, kept, envelope(unit, asked, 0.3).extremes, unit, asked)
    (stretched,) = [h for h in spots if h.hotspot.mode == "tension"]
    share = tibia_mesh.volumes[np.setdiff1d(hot, hot[::5])].sum() / tibia_mesh.volumes[hot].sum()
    assert stretched.hotspot.strain_ue == stretched.leading_ue.max()
    assert stretched.hotspot.strain_ue == pytest.approx(1500.0 * share, rel=1e-6)
    assert stretched.hotspot.time_s == 0.05


def test_long_histories_are_averaged_in_blocks(monkeypatch, tibia_mesh, anatomy, case, found):
    unit, asked = case
    monkeypatch.setattr(sys.modules["fea.strain.hotspots"], "_VALUES", 1)
    kept = np.ones(len(tibia_mesh.cells), dtype=bool)
    blocks = hotspots(tibia_mesh, anatomy, kept, envelope(unit, asked, 0.3).extremes, unit, asked)
    for one, other in zip(blocks, found, strict=True):
        assert one.leading_ue == pytest.approx(other.leading_ue, rel=1e-12)


def test_arrays_of_another_mesh_are_refused(tibia_mesh, anatomy, case):
    unit, asked = case
    cells = len(tibia_mesh.cells)
    kept = np.ones(cells, dtype=bool)
    with pytest.raises(InputError, match=r"shape of the principal strains is \(7, 2\); allowed: \(\d+, 2\)"):
        hotspots(tibia_mesh, anatomy, kept, np.zeros((7, 2)), unit, asked)
    with pytest.raises(InputError, match=r"shape of the unit strains is \(2, 5, 6\); allowed: \(2, \d+, 6\)"):
        hotspots(tibia_mesh, anatomy, kept, np.zeros((cells, 2)), unit[:, :5], asked)


def test_the_strain_at_a_hotspot_follows_its_load(series):
    pressed, stretched = series[1]
    assert pressed.compression_ue == pytest.approx([0.0, -270.0, -2500.0, 0.0])
    assert pressed.tension_ue == pytest.approx([0.0, 900.0, 750.0, 0.0])
    assert pressed.leading_ue is pressed.compression_ue
    assert stretched.leading_ue == pytest.approx([0.0, 1500.0, 700.0, 0.0])


def test_stance_runs_from_0_to_100_percent_of_contact():
    assert stance_percent(TIME_S + 3.0) == pytest.approx([0.0, 25.0, 75.0, 100.0])
    assert stance_percent(np.array([0.7])).tolist() == [0.0]


def test_the_table_is_json_and_holds_series_and_peaks(series):
    table = json.loads(json.dumps(history_table(*series), allow_nan=False))
    assert table["time_s"] == TIME_S.tolist()
    assert table["stance_percent"] == pytest.approx([0.0, 25.0, 75.0, 100.0])
    (front,) = table["gauges"]
    assert front["name"] == "front"
    assert front["axial_ue"] == pytest.approx([0.0, 1500.0, 700.0, 0.0], rel=5e-3)
    assert front["peaks"]["tension_ue"] == max(front["tension_ue"])
    assert front["peaks"]["kind"] == "rosette"
    pressed = table["hotspots"][0]
    assert (pressed["rank"], pressed["mode"]) == (1, "compression")
    # −2500 back to 0 in 0.05 s, of compression, not of the tension across it.
    assert pressed["rate_ue_per_s"] == pytest.approx(50_000.0)


def test_rows_hold_one_frame_each_under_named_columns(series):
    rows = history_rows(*series)
    assert [row["time_s"] for row in rows] == TIME_S.tolist()
    assert rows[2]["stance_percent"] == pytest.approx(75.0)
    assert rows[2]["front axial_ue"] == pytest.approx(700.0, rel=5e-3)
    assert rows[2]["hotspot 1 compression_ue"] == pytest.approx(-2500.0)
    assert rows[1]["hotspot 2 tension_ue"] == pytest.approx(1500.0)
    assert {type(value) for row in rows for value in row.values()} == {float}


def test_series_of_different_histories_are_refused(series):
    gauges, spots = series
    late = [type(g)(**{**vars(g), "time_s": TIME_S + 1.0}) for g in gauges]
    with pytest.raises(InputError, match="one history for all"):
        history_table(late, spots)
    with pytest.raises(InputError, match="neither gauge nor hotspot"):
        history_rows([], [])


def test_a_table_names_every_quantity_once(series):
    gauges, spots = series
    table = history_table(gauges, spots)
    assert set(table) == {"time_s", "stance_percent", "gauges", "hotspots"}
    of_gauge = {"name", "tension_ue", "compression_ue", "shear_ue", "axial_ue", "axial_mpa", "peaks"}
    assert all(set(row) == of_gauge for row in table["gauges"])
    assert all("name" not in row["peaks"] and "rate_ue_per_s" in row["peaks"] for row in table["gauges"])
    of_spot = {"rank", "site", "mode", "tension_ue", "compression_ue", "rate_ue_per_s"}
    assert all(set(row) == of_spot for row in table["hotspots"])
    for row, spot in zip(table["hotspots"], spots, strict=True):
        assert row["tension_ue"] == spot.tension_ue.tolist()
        assert row["compression_ue"] == spot.compression_ue.tolist()
        assert (row["rank"], row["site"], row["mode"]) == (spot.hotspot.rank, spot.hotspot.site, spot.hotspot.mode)


def test_a_single_series_has_its_own_times(series):
    gauges, spots = series
    assert history_table(gauges[:1], [])["time_s"] == gauges[0].time_s.tolist()
    assert history_table([], spots[:1])["time_s"] == spots[0].time_s.tolist()
    assert len(history_rows([], spots[:1])) == len(spots[0].time_s)


def test_unit_strains_at_cells_and_vertices_superpose_to_those_of_a_frame(tibia_mesh):
    random = np.random.default_rng(9)
    cells = len(tibia_mesh.cells)
    strain, no_motion = random.standard_normal((2, cells, 4, 6)), np.zeros((2, len(tibia_mesh.points), 3))
    unit = UnitStrains(strain, no_motion, np.zeros((2, 6)), 0, {}, np.zeros((2, 0)), "mumps", np.zeros(2))
    elasticity = Elasticity(np.ones(cells), np.linspace(100.0, 20_000.0, cells), 0.3)
    size = np.array([2.0, -0.7])
    field = superposed(unit, size)
    at_vertices, stress = unit_at_vertices(tibia_mesh, elasticity, unit)
    assert tensors(np.tensordot(size, unit_at_cells(unit), axes=1)) == pytest.approx(field.cell, rel=1e-9, abs=1e-12)
    expected = vertex_mean(tibia_mesh, field.corner)
    assert tensors(np.tensordot(size, at_vertices, axes=1)) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    expected = vertex_mean(tibia_mesh, elasticity.stress(field.corner))
    assert tensors(np.tensordot(size, stress, axes=1)) == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_components_and_tensors_undo_each_other():
    six = np.arange(1.0, 13.0).reshape(2, 6)
    assert components(tensors(six)).tolist() == six.tolist()
    assert tensors(six)[0].tolist() == [[1.0, 6.0, 5.0], [6.0, 2.0, 4.0], [5.0, 4.0, 3.0]]


def test_vertices_take_the_mean_by_volume_of_the_cortical_cells_around_them(tibia_mesh):
    even = np.broadcast_to(np.arange(1.0, 7.0), (len(tibia_mesh.cells), 4, 6))
    assert vertex_mean(tibia_mesh, even) == pytest.approx(np.tile(np.arange(1.0, 7.0), (len(tibia_mesh.points), 1)))
    random = np.random.default_rng(3).standard_normal((len(tibia_mesh.cells), 4, 3, 3))
    vertex = int(tibia_mesh.facets[1000, 0])
    around, corner = np.nonzero(tibia_mesh.cells == vertex)
    wall = tibia_mesh.tissue[around] == TISSUES.index("cortical")
    expected = np.average(random[around, corner][wall], axis=0, weights=tibia_mesh.volumes[around[wall]])
    assert vertex_mean(tibia_mesh, random)[vertex] == pytest.approx(expected, rel=1e-6)
