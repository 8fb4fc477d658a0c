# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Whole stances on one basis: several activities, own histories, supports, and the published values."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from fea import api
from fea.case import Options, resolved
from fea.evaluate import Result, evaluated, solved_bone
from fea.evaluate.result import CUT_LEVELS
from fea.loading import UnitLoad, load_history, write_history
from fea.solve import basis
from fea.strain import principal, superposed, unit_at_cells

COARSE_MM = 6.0


def solved(case):
    return evaluated(case, solved_bone(case))


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Run folders of walking and a drop landing, from one call, with the number of meshes it made."""
    place, made = tmp_path_factory.mktemp("stances"), []
    cases = [resolved("tibia", name, Options(size_mm=COARSE_MM)) for name in ("walking", "jump_landing")]
    outs = [place / case.activity.name for case in cases]
    with pytest.MonkeyPatch.context() as patch:
        mesh_bone = basis.mesh_bone
        patch.setattr(basis, "mesh_bone", lambda *a, **k: made.append(a) or mesh_bone(*a, **k))
        patch.setenv("BONEFEA_CACHE", str(place / "cache"))
        api.run_cases(cases, outs)
    return outs, made


@pytest.fixture(scope="session")
def running():
    """Rearfoot running at 4 m/s on the coarse tibia."""
    return solved(resolved("tibia", "running", Options(size_mm=COARSE_MM)))


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
    unit = running.bone.basis.chosen(running.history.loads).unit
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
    axial = next(k for k, load in enumerate(running.history.loads) if load == UnitLoad("plafond", False, 1))
    largest = running.history.coefficients[:, axial].argmax()
    assert abs(int(largest) - running.peak_frame) <= 10


def test_strain_of_the_peak_frame_carries_the_internal_loads_of_statics(running):
    known = running.statics.level
    moment = np.column_stack([np.interp(CUT_LEVELS, known, m) for m in running.statics.moment.T])
    # 2 % of the largest moment: the stress is linear in each cell, and statics stands every 2 % of the length.
    np.testing.assert_allclose(running.integrated.moment, moment, atol=0.02 * np.abs(running.statics.moment).max())


def test_an_exported_history_runs_to_the_same_strain(running, tmp_path):
    file = tmp_path / "mine.csv"
    write_history(load_history(running.case), running.case.bone, file)
    again = solved(resolved("tibia", str(file), Options(size_mm=COARSE_MM)))
    # The same forces region by region instead of muscle by muscle; strains are single precision.
    largest = running.envelope.equivalent.max()
    np.testing.assert_allclose(again.envelope.equivalent, running.envelope.equivalent, rtol=1e-4, atol=1e-6 * largest)
    assert [(spot.site, spot.mode) for spot in again.hotspots] == [(spot.site, spot.mode) for spot in running.hotspots]


def test_a_fixed_bone_strains_alike_away_from_the_plateau(running):
    # Saint-Venant: the same internal loads, other details at the plateau. Largest difference of the largest
    # equivalent strain, relative to the bone's p95, below 60 % of the length.
    free, running = running, solved(running.case.model_copy(update={"support": "fixed"}))
    level = running.mesh.centroids[:, 1] / running.mesh.points[:, 1].max()
    shaft = (level > 0.1) & (level < 0.6) & (running.mesh.tissue == 0)
    off = np.abs(free.envelope.equivalent - running.envelope.equivalent)[shaft].max()
    assert off < 0.01 * running.summary.p95_ue * 1e-6
    assert free.equilibrium.pin_residual <= 1e-8


def test_more_load_never_strains_less(running):
    pack = solved(resolved("tibia", "running", Options(size_mm=COARSE_MM, pack_kg=20.0)))
    assert pack.summary.p95_ue > running.summary.p95_ue


def test_displacement_belongs_to_the_peak_frame(running):
    unit = running.bone.basis.chosen(running.history.loads).unit
    field = superposed(unit, running.history.coefficients[running.peak_frame])
    largest = np.abs(field.displacement).max()
    np.testing.assert_allclose(running.field.displacement, field.displacement, rtol=0, atol=1e-12 * largest)


@pytest.mark.parametrize("name", ["walking", "running"])
def test_percentiles_are_exactly_linear_in_the_load(running, name):
    # Zones follow from the bone alone: 62.0 and 62.7 kg, and twice the body, leave the same cells to look at.
    results = [
        Result(resolved("tibia", name, Options(size_mm=COARSE_MM, mass_kg=kg)), running.bone) for kg in (62, 62.7, 124)
    ]
    for quantity in ("p50_ue", "p90_ue", "p95_ue", "peak_tension_ue", "peak_compression_ue"):
        light, heavier, twice = (getattr(result.summary, quantity) for result in results)
        assert heavier == pytest.approx(light * 62.7 / 62.0, rel=1e-5)
        assert twice == pytest.approx(2.0 * light, rel=1e-5)
    assert len({result.hotspots[0].site for result in results}) == 1


def test_all_loads_of_a_bone_are_evaluated_in_the_same_cells(running):
    walking = Result(resolved("tibia", "walking", Options(size_mm=COARSE_MM)), running.bone)
    np.testing.assert_array_equal(walking.excluded, running.excluded)
