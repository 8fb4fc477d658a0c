# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Paired statistics against hand calculations: interval, equivalence, smallest detectable difference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fea.comparison import paired_statistics

# n = 9, mean 2, sum of squares about it 72, SD 3, standard error 1; t(0.975, 8) = 2.3060, t(0.8, 8) = 0.8889.
WITHIN = 2.0 + np.array([3.0, 3.0, 3.0, 3.0, -3.0, -3.0, -3.0, -3.0, 0.0])


def test_the_interval_is_that_of_student():
    found = paired_statistics(WITHIN, 1.0)
    assert (found.low, found.high) == pytest.approx((2.0 - 2.3060, 2.0 + 2.3060), abs=1e-4)


def test_equivalence_is_the_worse_of_two_one_sided_tests():
    # Upper test t = (2 − margin)/1. Tables: P(t₈ < −1.8595) = 0.05, P(t₈ < −1.3968) = 0.10.
    assert paired_statistics(WITHIN, 2.0 + 1.8595).equivalence_p == pytest.approx(0.05, abs=1e-4)
    assert paired_statistics(WITHIN, 2.0 + 1.3968).equivalence_p == pytest.approx(0.10, abs=1e-4)
    assert paired_statistics(-WITHIN, 2.0 + 1.8595).equivalence_p == pytest.approx(0.05, abs=1e-4)
    assert paired_statistics(WITHIN, 2.0).equivalence_p == pytest.approx(0.5)


def test_the_detectable_difference_has_the_power_that_it_names():
    found = paired_statistics(WITHIN, 1.0)
    assert found.detectable == pytest.approx(2.3060 + 0.8889, abs=1e-4)
    # By the noncentral t a true difference of that size is seen in about 80 of 100 such studies.
    assert stats.nct.sf(2.3060, 8, found.detectable) == pytest.approx(0.8, abs=0.02)


def test_more_spread_detects_less_and_few_subjects_nothing():
    assert paired_statistics(2.0 * WITHIN, 1.0).detectable == pytest.approx(
        2.0 * paired_statistics(WITHIN, 1.0).detectable
    )
    assert np.isnan(paired_statistics(WITHIN[:4], 1.0).low)


@pytest.mark.parametrize(("margin", "p"), [(3.0, 0.0), (1.0, 1.0)])
def test_a_difference_without_spread_is_known(margin, p):
    found = paired_statistics(np.full(6, 2.0), margin)
    assert (found.low, found.high, found.equivalence_p, found.detectable) == (2.0, 2.0, p, 0.0)
