# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A against B: pairs, differences within subjects, intervals, and what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest
from fea.pipeline import run

from fea.case import Options, resolved
from fea.errors import InputError
from fea.evaluate.solved import percentile_by_place
from fea.folders.sides import Observation, Side
from fea.studies import compared, read_side


@pytest.fixture(scope="module")
def observed():
    """A function that makes an observation of one subject and one speed with a p95."""
    case = resolved("tibia", "running", Options(size_mm=6.0))
    other = resolved("tibia_female", "running", Options(size_mm=6.0))

    def make(value, subject="", speed=4.0, case=case):
        setting = {"subject": subject, "speed": speed}
        return Observation(subject, setting, {("p95", ""): ("µε", value)}, np.full((20, 8), value), case, None)

    make.other = other
    return make


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Folders of the running instant at 60 kg and at 66 kg on the coarse tibia."""
    folder = tmp_path_factory.mktemp("runs")
    cases = [resolved("tibia", "running_peak", Options(mass_kg=mass, size_mm=6.0)) for mass in (60.0, 66.0)]
    run(cases, [folder / "light", folder / "heavy"])
    return folder


def side(label, *observations, fixed=()):
    return Side(label, tuple(fixed), tuple(observations))


def by_subject(observed, values, fixed=("shoe",)):
    # Another bone for each side keeps the comparison off the mesh: nothing has to be solved.
    return [observed(v, f"man {k}", case=observed.other if k else observed(0.0).case) for k, v in enumerate(values)]


def test_a_constant_difference_has_no_spread(observed):
    a = side("a", *by_subject(observed, [3000.0, 3500.0, 4000.0, 4500.0, 5000.0]))
    b = side("b", *by_subject(observed, [3100.0, 3600.0, 4100.0, 4600.0, 5100.0]))
    found = compared(a, b)
    (p95,) = found.metrics
    assert (found.pairs, found.subjects) == (5, 5)
    assert (p95.a, p95.b, p95.difference, p95.low, p95.high, p95.grew) == (4000.0, 4100.0, 100.0, 100.0, 100.0, 1.0)
    assert p95.percent == pytest.approx(2.5)
    assert len(found.places) == 160
    assert np.all(found.by_place == 100.0)


def test_the_interval_is_that_of_the_mean_of_paired_differences(observed):
    # Mean 50, SD 40 within, SD 500 between subjects: 50 ± 1.96 · 40 / √60 = 39.9 to 60.1 if pairs are kept.
    random = np.random.default_rng(5)
    a = random.normal(4000.0, 500.0, 60)
    within = random.normal(0.0, 1.0, 60)
    within = 50.0 + 40.0 * (within - within.mean()) / within.std()
    found = compared(side("a", *by_subject(observed, a)), side("b", *by_subject(observed, a + within)))
    (p95,) = found.metrics
    assert p95.difference == pytest.approx(50.0)
    assert (p95.low, p95.high) == pytest.approx((39.9, 60.1), abs=0.6)
    again = compared(side("a", *by_subject(observed, a)), side("b", *by_subject(observed, a + within)))
    assert again.metrics == found.metrics


def test_the_cases_of_a_subject_count_once(observed):
    # One subject in two speeds, one in a single speed: means within are 10 and 40, their mean 25, not 20.
    other = observed.other
    a = side("a", observed(100.0, "man 1", 3.0), observed(100.0, "man 1", 4.0), observed(100.0, "man 2", case=other))
    b = side("b", observed(105.0, "man 1", 3.0), observed(115.0, "man 1", 4.0), observed(140.0, "man 2", case=other))
    (p95,) = compared(a, b).metrics
    assert p95.difference == pytest.approx(25.0)
    assert np.isnan(p95.low)
    assert np.isnan(p95.high)


def test_more_compression_is_growth(observed):
    a = side("a", *by_subject(observed, [-2000.0, -3000.0]))
    b = side("b", *by_subject(observed, [-2200.0, -3300.0]))
    (p95,) = compared(a, b).metrics
    assert p95.difference == -250.0
    assert p95.percent == pytest.approx(10.0)
    assert p95.grew == 1.0


def test_pairs_agree_in_all_that_was_not_fixed(observed):
    a = side("a", observed(1.0, speed=3.0), observed(2.0, speed=4.0, case=observed.other))
    b = side("b", observed(30.0, speed=4.0), observed(50.0, speed=5.0))
    found = compared(a, b)
    assert found.pairs == 1
    assert found.metrics[0].difference == 28.0
    assert found.on_mesh is None


def test_sides_without_partners_or_with_several_are_refused(observed):
    with pytest.raises(InputError, match="no case of 'a' has a partner in 'b' with the same subject, speed"):
        compared(side("a", observed(1.0, speed=3.0), observed(1.0, speed=3.5)), side("b", observed(2.0)))
    twice = side("a", observed(1.0), observed(2.0))
    with pytest.raises(InputError, match="several cases with the same subject, speed; choose one design"):
        compared(twice, twice)


def test_strain_by_place_is_the_percentile_of_its_own_volume():
    random = np.random.default_rng(3)
    value, volume, place = random.random(4000), random.random(4000) + 0.5, random.integers(0, 160, 4000)
    kept = random.random(4000) > 0.2
    found = percentile_by_place(value, volume, place, kept)
    for number in (0, 77, 159):
        own = kept & (place == number)
        order = np.argsort(value[own])
        reached = np.cumsum(volume[own][order])
        expected = value[own][order][np.searchsorted(reached, 0.95 * reached[-1])]
        assert found.flat[number] == expected


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
    mesh = read_side(str(two_runs / "light")).observations[0].painted().mesh
    a, b, c = np.moveaxis(mesh.points[mesh.facets], 1, 0)
    # Gauss: a third of the flux of x through the surface is the volume.
    volume = np.einsum("ki,ki->", a, np.cross(b, c)) / 6.0
    assert volume == pytest.approx(tibia_mesh.volumes.sum(), rel=1e-6)


def test_two_designs_of_a_study_are_paired_case_by_case(finished):
    folder = finished[2]
    found = compared(read_side(f"{folder}@footwear=conventional"), read_side(f"{folder}@footwear=minimal"))
    assert (found.pairs, found.subjects) == (4, 0)
    p95 = next(c for c in found.metrics if c.metric == "p95")
    # The ankle force is 4.9 % larger; the muscles of the knee, which add a little, are not.
    assert p95.percent == pytest.approx(4.9, abs=0.3)
    assert p95.grew == 1.0
    assert np.isnan(p95.low)
    assert found.on_mesh is not None


def test_a_design_against_itself_does_not_differ(finished):
    text = f"{finished[2]}@footwear=minimal,mass=60"
    found = compared(read_side(text), read_side(text))
    assert all(c.difference == 0.0 for c in (*found.metrics, *found.places))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nowhere", "no folder 'nowhere'"),
        ("{0}@shoe=minimal", "no factor in the study .*'shoe'"),
        ("{0}@footwear=barefoot", "its levels are footwear: minimal, conventional, maximal"),
        ("{0}@footwear", "not of the form factor=level"),
        ("{0}/store", "neither a run nor a finished study"),
        ("{1}/light@mass=60", "is a run, which has no factors"),
    ],
)
def test_a_side_that_cannot_be_read_is_named(finished, two_runs, text, says):
    with pytest.raises(InputError, match=says):
        read_side(text.format(finished[2], two_runs))


def test_a_run_without_its_fields_is_refused(two_runs, tmp_path):
    import shutil

    shutil.copytree(two_runs / "light", tmp_path / "copy")
    (tmp_path / "copy" / "fields.vtu").write_text("<VTKFile")
    with pytest.raises(InputError, match=r"fields.vtu. is not what bonefea writes"):
        read_side(str(tmp_path / "copy"))
