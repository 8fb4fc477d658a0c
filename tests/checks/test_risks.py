# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Risk beside epidemiology: the rows are there, none is met by tuning, and their directions are those of the field."""

from __future__ import annotations

import pytest

from fea.checks import published
from fea.checks.risks import RISKS, RiskRows


@pytest.fixture(scope="module")
def found():
    """Every measure on meshes twice as coarse."""
    rows = RiskRows(2.0)
    return {name: measure(rows) for name, measure in RISKS.items()}


def test_each_measure_of_risk_has_a_published_row():
    assert {row.measure for row in published()} >= set(RISKS)


@pytest.mark.parametrize(
    ("measure", "low", "high"),
    [
        # Those who carry less mineral break more, Kelsey 2007: 1.3 to 5.9 times for one SD.
        ("recruits_one_sd_less_mineral", 1.3, 5.9),
        # More miles more, a shorter stride and slower running less, though with more contacts (Edwards 2009, 2010).
        ("three_to_five_miles_points", 0.0, 20.0),
        ("five_to_seven_miles_points", 0.0, 20.0),
        ("shorter_stride_points", -10.0, 0.0),
        ("speed_4_5_to_3_5_points", -20.0, 0.0),
        ("speed_3_5_to_2_5_points", -20.0, 0.0),
        # Women break more.
        ("recruits_women_to_men", 1.0, 5.0),
        ("recruits_onset_week", 1.0, 10.0),
        ("recruits_weeks_5_to_8_percent", 0.0, 100.0),
        # Within a factor of 10 for the tibia; metatarsals come out far too low, and the row says so.
        ("recruits_tibia_percent", 0.3, 30.0),
        ("recruits_metatarsals_percent", 0.0, 20.0),
    ],
)
def test_the_direction_is_that_of_the_field(found, measure, low, high):
    assert low < found[measure] < high


def test_the_metatarsals_together_break_no_less_than_either(found):
    rows = RiskRows(2.0)
    assert found["recruits_metatarsals_percent"] >= 100.0 * rows.recruits("metatarsal2").curve[-1]
