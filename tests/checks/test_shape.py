# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measures of the outer shape: the shipped bones lie where measured bones lie, and a larger bone has the same."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneShape
from fea.case import read_bone
from fea.checks.shape import MEAN_LIMB_MM, SHAPE_MEASURES
from fea.checks.validation import published, verdict

ROWS = [row for row in published() if row.measure in SHAPE_MEASURES]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.bone} {row.measure}")
def test_a_shipped_bone_has_the_shape_of_measured_bones(row):
    found = SHAPE_MEASURES[row.measure](BoneShape(read_bone(row.bone)))
    if row.sd is None and row.low is None:  # the slopes: over which part of a condyle is not said
        assert found == pytest.approx(row.value, abs=2.0)
    else:
        assert verdict(row, found) in ("within 1 SD", "within range")


def test_every_measure_of_the_shape_is_compared():
    assert {row.measure for row in ROWS} == set(SHAPE_MEASURES)


@pytest.mark.parametrize("name", SHAPE_MEASURES)
def test_a_measure_does_not_depend_on_the_size_of_the_bone(name):
    own, grown = (SHAPE_MEASURES[name](BoneShape(read_bone("tibia", [f"scale={k}"]))) for k in (1.0, 1.2))
    assert grown == pytest.approx(own, rel=1e-6, abs=1e-6)


def test_area_is_that_of_the_outline_by_the_shoelace_rule():
    shape = BoneShape(read_bone("tibia"))
    x, z = shape.outer(0.5).T
    around = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    # Green's theorem along the outline, by the trapezoidal rule over its length.
    area = np.trapezoid(x * np.gradient(z, around), around) * (MEAN_LIMB_MM / shape.length) ** 2
    assert SHAPE_MEASURES["outer_area_50_mm2"](shape) == pytest.approx(area, rel=0.01)


def test_a_turned_tibia_has_its_crest_turned():
    # The mode of torsion turns the ends against one another, the shaft between them by less.
    turned = BoneShape(read_bone("tibia", ["shape.torsion=2"]))
    mean = BoneShape(read_bone("tibia"))
    found = SHAPE_MEASURES["torsion_deg"](turned) - SHAPE_MEASURES["torsion_deg"](mean)
    # LLP26: 34.5° and 26.0° at ±2 SD of the mode.
    assert found == pytest.approx((34.5 - 26.0) / 2.0, abs=1.0)


def test_the_modulus_of_a_thicker_level_is_larger():
    # A round shaft's section modulus goes with the cube of its radius; the fourth metatarsal flares towards its base.
    shape = BoneShape(read_bone("metatarsal4"))
    wide = [np.ptp(shape.outer(level)[:, 0]) * np.ptp(shape.outer(level)[:, 1]) for level in (0.65, 0.5)]
    assert SHAPE_MEASURES["modulus_65_over_50"](shape) == pytest.approx((wide[0] / wide[1]) ** 1.5, rel=0.1)
