# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A against B: pairs, differences within subjects, intervals, and what cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import fea.comparison
from fea.case import Options, resolved
from fea.comparison import Observation, Side, StrainMap
from fea.errors import InputError
from fea.evaluate import percentile_by_place

compared = partial(fea.comparison.compared, plan="none")


@pytest.fixture(scope="module")
def observed():
    """A function that makes an observation of one subject and one speed with a p95."""
    case = resolved("tibia", "running", Options(size_mm=6.0))
    other = resolved("tibia_female", "running", Options(size_mm=6.0))

    def make(value, subject="", speed=4.0, case=case):
        setting = {"subject": subject, "speed": speed}
        return Observation(subject, setting, {("p95", ""): ("µε", value)}, np.full((20, 8), value), case, None, None)

    make.other = other
    return make


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


@pytest.mark.parametrize(
    ("a", "b", "says"), [(0.0, 153.2, "from 0 to 153.2"), (0.0, 0.0, "0 in both"), (-200.0, -210.0, "+5.0")]
)
def test_growth_from_zero_is_told_by_its_ends(observed, a, b, says):
    (p95,) = compared(side("a", observed(a)), side("b", observed(b, case=observed.other))).metrics
    assert p95.relative_change == says


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


def mapped(observation, mesh, value, excluded):
    strain = StrainMap(mesh, np.full(len(mesh.cells), value), excluded)
    return replace(observation, strain_map=lambda: strain)


def test_the_difference_on_the_mesh_is_the_mean_over_the_pairs(observed, tibia_mesh):
    none, distal = np.zeros(len(tibia_mesh.cells), dtype=bool), tibia_mesh.centroids[:, 1] < 100.0
    # Pairs at 3 and at 4 m/s that grow by 20 and by 40 µε.
    a = side("a", *(mapped(observed(1.0, speed=speed), tibia_mesh, 100.0, none) for speed in (3.0, 4.0)))
    grown = zip((3.0, 4.0), (120.0, 140.0), (none, distal), strict=True)
    b = side("b", *(mapped(observed(2.0, speed=speed), tibia_mesh, value, out) for speed, value, out in grown))
    found = compared(a, b).on_mesh
    assert found is not None
    assert found.difference_ue == pytest.approx(np.full(len(tibia_mesh.points), 30.0))
    # Excluded in one case is excluded in the mean; one element of 6 mm blurs the edge.
    height = tibia_mesh.points[:, 1]
    assert found.excluded[height < 90.0].all()
    assert not found.excluded[height > 110.0].any()


def test_sides_on_two_meshes_have_no_difference_on_the_mesh(observed, tibia_mesh):
    none = np.zeros(len(tibia_mesh.cells), dtype=bool)
    moved = replace(tibia_mesh, points=tibia_mesh.points + 1e-3)
    a, b = (side("x", mapped(observed(1.0), mesh, 100.0, none)) for mesh in (tibia_mesh, moved))
    assert compared(a, b).on_mesh is None
