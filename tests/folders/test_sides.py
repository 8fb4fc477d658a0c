# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Sides of a comparison read from folders of runs and studies, and what follows when they are compared."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from fea.comparison import compared
from fea.errors import InputError
from fea.evaluate import Result, solved_bone
from fea.folders.sides import read_side


def test_two_runs_on_one_mesh_differ_as_their_loads(two_runs):
    # Forces in body weights: 66 kg against 60 kg is 10 % more everywhere.
    found = compared(read_side(str(two_runs / "light")), read_side(str(two_runs / "heavy")))
    growth = {c.metric: c.percent for c in found.metrics if c.unit in ("µε", "MPa") and c.a != 0.0}
    assert {"p50", "p95", "peak tension", "peak compression", "gauge tension"} <= set(growth)
    assert list(growth.values()) == pytest.approx([10.0] * len(growth), rel=1e-5)
    a = read_side(str(two_runs / "light")).observations[0]
    np.testing.assert_allclose(found.by_place, 0.1 * a.places, rtol=1e-5)
    assert found.on_mesh is not None
    surface = found.on_mesh.difference_ue[np.unique(found.on_mesh.mesh.facets)]
    assert np.all(surface >= 0.0)
    assert 200.0 < np.percentile(surface, 99) < 1500.0
    assert 0.05 < found.on_mesh.excluded.mean() < 0.6


def test_facets_of_a_run_are_read_back_with_normals_outwards(two_runs, tibia_mesh):
    mesh = read_side(str(two_runs / "light")).observations[0].strain_map().mesh
    a, b, c = np.moveaxis(mesh.points[mesh.facets], 1, 0)
    # Gauss: a third of the flux of x through the surface is the volume.
    volume = np.einsum("ki,ki->", a, np.cross(b, c)) / 6.0
    assert volume == pytest.approx(tibia_mesh.volumes.sum(), rel=1e-6)


def test_strain_by_place_of_a_run_is_that_of_its_result(two_runs):
    (one,) = read_side(str(two_runs / "light")).observations
    np.testing.assert_array_equal(one.places, Result(one.case, solved_bone(one.case)).places)


def test_two_designs_of_a_study_are_paired_case_by_case(study_folder):
    found = compared(read_side(f"{study_folder}@footwear=conventional"), read_side(f"{study_folder}@footwear=minimal"))
    assert (found.pairs, found.subjects) == (4, 0)
    p95 = next(c for c in found.metrics if c.metric == "p95")
    # The ankle force is 4.9 % larger; the muscles of the knee, which add a little, are not.
    assert p95.percent == pytest.approx(4.9, abs=0.3)
    assert p95.grew == 1.0
    assert np.isnan(p95.low)
    assert found.on_mesh is not None


def test_a_design_against_itself_does_not_differ(study_folder):
    text = f"{study_folder}@footwear=minimal,mass=60"
    found = compared(read_side(text), read_side(text))
    assert all(c.difference == 0.0 for c in (*found.metrics, *found.places))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nowhere", "no folder 'nowhere'"),
        ("{0}@shoe=minimal", "no factor in the study .*'shoe'"),
        ("{0}@footwear=barefoot", "its levels are footwear: minimal, conventional"),
        ("{0}@footwear", "not of the form factor=level"),
        ("{0}/store", "neither a run nor a finished study"),
        ("{1}/light@mass=60", "is a run, which has no factors"),
    ],
)
def test_a_side_that_cannot_be_read_is_named(study_folder, two_runs, text, says):
    with pytest.raises(InputError, match=says):
        read_side(text.format(study_folder, two_runs))


def test_a_run_without_its_fields_is_refused(two_runs, tmp_path):
    shutil.copytree(two_runs / "light", tmp_path / "copy")
    (tmp_path / "copy" / "fields.vtu").write_text("<VTKFile")
    with pytest.raises(InputError, match=r"fields.vtu. is not what bonefea writes"):
        read_side(str(tmp_path / "copy"))
