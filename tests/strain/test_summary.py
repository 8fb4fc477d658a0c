# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Percentiles by volume, strained volumes, and the zones that supports and loads disturb."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fea.errors import RunError
from fea.strain import excluded, principal, stress_peaks, summarised, volume_percentile

POSITIVE = st.integers(1, 1000).map(float)


@given(st.lists(st.integers(-5000, 5000), min_size=1, max_size=40), st.integers(1, 100), POSITIVE)
def test_on_equal_volumes_the_percentile_is_that_of_numpy(values, percent, volume):
    # The inverted distribution function is the definition: the least value that so many reach or stay below.
    # At whole shares of the count the sum of volumes may fall on either side by round-off; stay off them.
    value = np.array(values, dtype=float)
    if (percent * len(value)) % 100 == 0:
        percent -= 0.5
    wanted = np.percentile(value, percent, method="inverted_cdf")
    assert volume_percentile(value, np.full(len(value), volume), [percent])[0] == wanted


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9)), min_size=1, max_size=20), st.integers(1, 99))
def test_a_cell_of_n_times_the_volume_counts_n_times(pairs, percent):
    value, volume = np.array(pairs, dtype=float).T
    each = np.repeat(value, volume.astype(int))
    wanted = volume_percentile(each, np.ones(len(each)), [percent + 0.37])
    assert volume_percentile(value, volume, [percent + 0.37]) == wanted


def test_percentiles_rise_and_end_at_the_extremes():
    random = np.random.default_rng(1)
    value, volume = random.normal(size=500), random.uniform(0.1, 5.0, 500)
    found = volume_percentile(value, volume, [0, 10, 50, 90, 100])
    assert np.all(np.diff(found) >= 0.0)
    assert (found[0], found[-1]) == (value.min(), value.max())


def test_the_single_worst_element_does_not_make_a_percentile():
    value = np.append(np.full(999, 1.0), 1000.0)
    assert volume_percentile(value, np.ones(1000), [99.0])[0] == 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_strain_that_is_not_finite_ends_the_run(bad):
    with pytest.raises(RunError, match="not finite"):
        volume_percentile(np.array([1.0, bad]), np.ones(2), [50])


# ---------------------------------------------------------------- excluded zones


def reach(mesh, region, *, support):
    """Return the distance of the rule: diameter (support) or 0.7 radii (load) of the circle of equal area."""
    radius = np.sqrt(mesh.region_area(region) / np.pi)
    return 2.0 * radius if support else 0.7 * radius


def distance(mesh, region, points):
    at = mesh.points[np.unique(mesh.facets[mesh.regions[region]])]
    return np.array([np.linalg.norm(at - p, axis=1).min() for p in points])


@pytest.mark.parametrize(("region", "support"), [("plateau_medial", True), ("plafond", False), ("soleus", False)])
def test_zones_reach_as_far_as_the_rule_says(tibia_mesh, region, support):
    points = tibia_mesh.centroids[::7]
    supports, loaded = ([region], []) if support else ([], [region])
    left_out = excluded(tibia_mesh, points, supports, loaded)
    wanted = distance(tibia_mesh, region, points) <= reach(tibia_mesh, region, support=support)
    assert 0 < wanted.sum() < len(points)
    assert np.array_equal(left_out, wanted)


def test_the_zone_of_a_support_ends_at_its_diameter_to_a_thousandth(tibia_mesh):
    top = tibia_mesh.points[np.unique(tibia_mesh.facets[tibia_mesh.regions["plateau_lateral"]])]
    highest = top[np.argmax(top[:, 1])]
    far = reach(tibia_mesh, "plateau_lateral", support=True)
    # Straight above the highest vertex that one is the nearest.
    points = highest + np.array([[0.0, 0.999 * far, 0.0], [0.0, 1.001 * far, 0.0]])
    for vertex in points:
        assert np.argmin(np.linalg.norm(top - vertex, axis=1)) == np.argmin(np.linalg.norm(top - highest, axis=1))
    assert excluded(tibia_mesh, points, ["plateau_lateral"], []).tolist() == [True, False]


def test_the_zone_of_a_support_that_is_also_loaded_is_that_of_the_support(tibia_mesh):
    points, region = tibia_mesh.centroids, ["plateau_medial"]
    assert np.array_equal(excluded(tibia_mesh, points, region, region), excluded(tibia_mesh, points, region, []))


def test_zones_of_several_regions_are_joined(tibia_mesh):
    points = tibia_mesh.centroids
    each = [excluded(tibia_mesh, points, ["plateau_medial"], []), excluded(tibia_mesh, points, [], ["plafond"])]
    assert np.array_equal(excluded(tibia_mesh, points, ["plateau_medial"], ["plafond"]), each[0] | each[1])


# ---------------------------------------------------------------- summary


@pytest.fixture
def two_halves(tibia_mesh):
    """Half the bone at 2000 µε tension, half at 5000 µε compression; marrow and excluded cells at an absurd strain."""
    bone = tibia_mesh.tissue != 2
    left_out = tibia_mesh.centroids[:, 1] > 300.0
    upper = tibia_mesh.centroids[:, 1] > 110.0
    axial = np.where(upper, 2000.0, -5000.0) * 1e-6
    axial[~bone | left_out] = 1.0
    strain = axial[:, None, None] * np.diag([-0.3, 1.0, -0.3])
    stress = axial[:, None, None] * np.diag([0.0, 18_000.0, 0.0])
    eq = np.abs(axial)
    volume = tibia_mesh.volumes
    kept = bone & ~left_out
    summary = summarised(volume[bone], kept[bone], principal(strain)[kept, None], eq[kept, None], (3000, 5001))
    peaks = stress_peaks(volume[kept], principal(stress)[kept, None])
    return (
        summary,
        peaks,
        volume[kept & ~upper].sum(),
        volume[kept].sum(),
        volume[bone & left_out].sum() / volume[bone].sum(),
    )


def test_strained_volume_is_the_volume_above_the_threshold(two_halves):
    summary, _, lower, _, _ = two_halves
    assert summary.strained_volume_mm3 == {3000: pytest.approx(lower, rel=1e-12), 5001: 0.0}


def test_excluded_share_is_that_of_the_mineralised_volume(two_halves):
    summary, _, _, _, share = two_halves
    assert 0.0 < share < 1.0
    assert summary.excluded_volume_fraction == pytest.approx(share, rel=1e-12)


def test_percentiles_and_peaks_leave_out_marrow_and_disturbed_zones(two_halves):
    summary, peaks, lower, whole, _ = two_halves
    assert 0.1 < lower / whole < 0.5  # 5000 µε above the median, and above the 10 % that p90 leaves
    assert (summary.p50_ue, summary.p90_ue, summary.p95_ue) == pytest.approx((2000.0, 5000.0, 5000.0))
    # Uniaxial: ε1 is 2000 above and 0.3 · 5000 below; ε3 −600 and −5000; stress E ε = 36 and −90 MPa.
    assert (summary.peak_tension_ue, summary.peak_compression_ue) == pytest.approx((2000.0, -5000.0))
    assert (peaks.peak_tension_mpa, peaks.peak_compression_mpa) == pytest.approx((36.0, -90.0))


def test_each_point_of_a_cell_counts_its_share_of_the_volume(tibia_mesh):
    # Three points of each cell at 1000 µε, one at 4500: a quarter of the volume is above 4000, p50 is 1000, p90 4500.
    bone = tibia_mesh.tissue != 2
    left_out = tibia_mesh.centroids[:, 1] > 300.0
    kept = bone & ~left_out
    eq = np.tile([1000.0, 4500.0, 1000.0, 1000.0], (kept.sum(), 1)) * 1e-6
    ends = np.stack([-eq, eq], axis=-1)
    summary = summarised(tibia_mesh.volumes[bone], kept[bone], ends, eq, (4000,))
    quarter = tibia_mesh.volumes[kept].sum() / 4.0
    assert summary.strained_volume_mm3[4000] == pytest.approx(quarter, rel=1e-12)
    assert (summary.p50_ue, summary.p90_ue) == pytest.approx((1000.0, 4500.0))
    assert (summary.peak_tension_ue, summary.peak_compression_ue) == pytest.approx((4500.0, -4500.0))


def test_percentiles_are_those_at_50_90_and_95_percent_and_peaks_at_99_and_1(tibia_mesh):
    # All values from 0 to 1 by volume: a percentile is its own share.
    kept = tibia_mesh.tissue != 2
    share = np.cumsum(tibia_mesh.volumes[kept]) / tibia_mesh.volumes[kept].sum()
    ends = np.stack([share - 1.0, share], axis=-1)[:, None]
    volume = tibia_mesh.volumes[kept]
    every = np.ones(len(volume), dtype=bool)
    found = summarised(volume, every, ends * 1e-6, share[:, None] * 1e-6, (0, 1))
    cell = float(volume.max() / volume.sum())
    assert (found.p50_ue, found.p90_ue, found.p95_ue) == pytest.approx((0.50, 0.90, 0.95), abs=cell)
    assert (found.peak_tension_ue, found.peak_compression_ue) == pytest.approx((0.99, -0.99), abs=cell)
    stress = stress_peaks(volume, ends)
    assert (stress.peak_tension_mpa, stress.peak_compression_mpa) == pytest.approx((0.99, -0.99), abs=1e-3)
    assert found.excluded_volume_fraction == 0.0
    # The last point is at 1 itself.
    assert found.strained_volume_mm3[0] == pytest.approx(tibia_mesh.volumes[kept].sum())
    assert found.strained_volume_mm3[1] <= tibia_mesh.volumes[kept][-1]
