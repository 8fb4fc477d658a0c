# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The balance that every result carries: sound runs pass, broken ones fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.errors import RunError
from fea.loading import UnitLoad
from fea.solve import balance


def test_running_is_in_balance(tibia_run):
    found = balance(tibia_run.unit, tibia_run.tractions, tibia_run.coefficients)
    assert 0.0 <= found.force_residual <= 1e-8
    assert 0.0 <= found.moment_residual <= 1e-8


@pytest.mark.parametrize("component", range(6))
def test_reaction_off_by_a_millionth_of_the_load_fails_the_run(tibia_run, component):
    # The ankle's axial force, about 6 kN with a lever of some mm to 370 mm, is the second load.
    reaction = tibia_run.unit.reaction.copy()
    reaction[1, component] += 1e-6 * (1.0 if component < 3 else 370.0)
    with pytest.raises(RunError, match=r"reactions and loads differ by .* allowed: 1e-08"):
        balance(replace(tibia_run.unit, reaction=reaction), tibia_run.tractions, tibia_run.coefficients)


def test_reaction_that_is_no_number_fails_the_run(tibia_run):
    reaction = tibia_run.unit.reaction.copy()
    reaction[0, 0] = np.nan
    with pytest.raises(RunError, match="reactions and loads differ"):
        balance(replace(tibia_run.unit, reaction=reaction), tibia_run.tractions, tibia_run.coefficients)


def test_shear_on_the_plafond_alone_is_in_balance(tibia_run):
    # Its moment about the origin is nearly zero although the moment in the bone is not: the residual must
    # be measured by what the supports carry, here 1 N · 370 mm.
    load = UnitLoad("plafond", False, 0)
    k = tibia_run.history.loads.index(load)
    coefficients = np.zeros(len(tibia_run.history.loads))
    coefficients[k] = 300.0
    found = balance(tibia_run.unit, tibia_run.tractions, coefficients)
    assert found.moment_residual <= 1e-8
