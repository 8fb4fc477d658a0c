# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Whole stances on one basis: several activities, own histories, supports, and the published values."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from fea import pipeline, validation
from fea.answer import CUT_LEVELS
from fea.case import Options, resolved
from fea.loading import load_history, write_history
from fea.pipeline import solved
from fea.solve import basis
from fea.strain import principal, superposed, unit_at_cells

COARSE_MM = 6.0


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Run folders of walking and a drop landing, from one call, with the number of meshes it made."""
    place, made = tmp_path_factory.mktemp("stances"), []
    cases = [resolved("tibia", name, size_mm=COARSE_MM) for name in ("walking", "jump_landing")]
    outs = [place / case.activity.name for case in cases]
    with pytest.MonkeyPatch.context() as patch:
        mesh_bone = basis.mesh_bone
        patch.setattr(basis, "mesh_bone", lambda *a, **k: made.append(a) or mesh_bone(*a, **k))
        patch.setenv("BONEFEA_CACHE", str(place / "cache"))
        pipeline.run(cases, outs)
    return outs, made


@pytest.fixture(scope="session")
def running():
    """Rearfoot running at 4 m/s on the coarse tibia."""
    return solved(resolved("tibia", "running", size_mm=COARSE_MM))


def test_two_activities_share_one_mesh(folders):
    _, made = folders
    assert len(made) == 1


def test_each_activity_has_its_own_folder_with_strain_over_time(folders):
    for out in folders[0]:
        result = json.loads((out / "result.json").read_text(encoding="utf-8"))
        with (out / "strain.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert result["activity"] == out.name
        assert len(rows) == result["frames"]["count"] == 101
        assert (out / "strain.png").is_file()
        # The peak of each gauge is the largest of its series.
        for gauge in result["gauges"]:
            series = [float(row[f"{gauge['name']} tension_ue"]) for row in rows]
            assert max(series) == pytest.approx(gauge["tension_ue"], rel=1e-9)


def test_the_envelope_is_reached_frame_by_frame(running):
    # The frames one by one, in float64, at a few cells.
    sample = np.arange(0, len(running.mesh.cells), 977)
    unit = pipeline.basis_of(running.case, "held").chosen(running.history.loads).unit
    six = np.einsum("fl,lpk->fpk", running.history.coefficients, unit_at_cells(unit)[:, sample])
    tensors = np.empty((*six.shape[:2], 3, 3))
    for k, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))):
        tensors[..., i, j] = tensors[..., j, i] = six[..., k]
    values = principal(tensors)
    # 1e-5: frames are compared in float32, see fea.strain.envelope.
    np.testing.assert_allclose(running.envelope.tension[sample], values[..., 2].max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(running.envelope.compression[sample], values[..., 0].min(axis=0), rtol=1e-5)


def test_the_peak_frame_lies_near_the_largest_ankle_force(running):
    # Published models take the instant of the largest ankle contact force, in mid-stance.
    axial = next(k for k, load in enumerate(running.history.loads) if (load.region, load.axis) == ("plafond", 1))
    largest = running.history.coefficients[:, axial].argmax()
    assert abs(int(largest) - running.peak_frame) <= 10


def test_strain_of_the_peak_frame_carries_the_internal_loads_of_statics(running):
    known = running.statics.level
    moment = np.column_stack([np.interp(CUT_LEVELS, known, m) for m in running.statics.moment.T])
    # 2 % of the largest moment: the stress is linear in each cell, and statics stands every 2 % of the length.
    np.testing.assert_allclose(running.integrated.moment, moment, atol=0.02 * np.abs(running.statics.moment).max())


def test_an_exported_history_runs_to_the_same_strain(running, tmp_path):
    file = tmp_path / "mine.csv"
    write_history(load_history(running.case), file)
    again = solved(resolved("tibia", str(file), size_mm=COARSE_MM))
    np.testing.assert_array_equal(again.envelope.equivalent, running.envelope.equivalent)
    assert again.hotspots == running.hotspots


def test_a_free_bone_with_the_knee_reaction_strains_alike_away_from_the_plateau(running):
    # Saint-Venant: the same internal loads, other details at the plateau. Largest difference of the largest
    # equivalent strain, relative to the bone's p95, below 60 % of the length.
    free = solved(running.case, carried="free")
    level = running.mesh.centroids[:, 1] / running.mesh.points[:, 1].max()
    shaft = (level > 0.1) & (level < 0.6) & (running.mesh.tissue == 0)
    off = np.abs(free.envelope.equivalent - running.envelope.equivalent)[shaft].max()
    assert off < 0.01 * running.summary.p95_ue * 1e-6
    assert free.equilibrium.pin_residual <= 1e-8


def test_more_load_never_strains_less(running):
    pack = solved(resolved("tibia", "running", size_mm=COARSE_MM, options=Options(pack_mass_kg=20.0)))
    assert pack.summary.p95_ue > running.summary.p95_ue


def test_displacement_belongs_to_the_peak_frame(running):
    unit = pipeline.basis_of(running.case, "held").chosen(running.history.loads).unit
    field = superposed(unit, running.history.coefficients[running.peak_frame])
    np.testing.assert_allclose(running.field.displacement, field.displacement, rtol=1e-12)


# ---------------------------------------------------------------- published values


@pytest.fixture(scope="session")
def compared():
    # Twice the size: 6 mm in the tibia, 2 mm in the metatarsals.
    return validation.compared(2.0)


def test_every_published_row_is_shown_with_a_source_and_a_verdict(compared):
    rows = validation.published()
    assert [c.row for c in compared] == list(rows)
    assert all(c.row.source.strip() and np.isfinite(c.model) for c in compared)
    # Honesty: rows that disagree stay.
    assert {"outside", "outside range"} & {c.verdict for c in compared}


@pytest.mark.parametrize(
    ("measure", "activity", "allowed"),
    [
        # What the generator was asked to meet; the spread stands in the row.
        ("ankle_axial_bw", "running", {"within 1 SD", "within 2 SD"}),
        ("ankle_posterior_bw", "running", {"within 1 SD"}),
        ("achilles_bw", "running", {"within range"}),
        ("vertical_peak_bw", "walking", {"within range"}),
        ("knee_moment_nm", "running", {"within 1 SD"}),
        ("p90_at_peak_ue", "running", {"within 1 SD", "within 2 SD"}),
    ],
)
def test_rows_with_a_spread_are_met(compared, measure, activity, allowed):
    found = [c.verdict for c in compared if (c.row.measure, c.row.activity) == (measure, activity)]
    assert found
    assert set(found) <= allowed


@pytest.mark.parametrize(
    ("measure", "activity", "off"),
    [
        # Without a published spread.
        ("active_peak_bw", "running", 0.15),
        ("impact_peak_bw", "running", 0.15),
        ("achilles_bw", "walking", 0.2),
        ("section_axial_bw", "walking", 0.15),
    ],
)
def test_rows_without_a_spread_come_near(compared, measure, activity, off):
    found = [c for c in compared if (c.row.measure, c.row.activity) == (measure, activity)]
    assert found
    assert all(abs(c.model / c.row.value - 1.0) <= off for c in found)
