# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The leg by hand: a frame of each kind, from ground force and posture to every muscle and to the ankle."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import resolved
from fea.loading.ground import GroundForce
from fea.loading.leg import leg_forces
from fea.loading.posture import Placement

LEG = resolved("tibia", "running").activity.leg
SIZE = 1.2
TIME = np.array([0.0, 0.1, 0.2, 0.3])
GROUND = GroundForce(TIME, np.array([1.0, 2.0, 1.5, 0.8]), np.array([-0.3, 0.2, -0.1, 0.4]), np.zeros(4), np.zeros(4))
# Centre of pressure before and behind the ankle, shank leaning forwards and backwards.
PLACED = Placement(
    np.array([60.0, -40.0, 100.0, 20.0]),
    np.array([90.0, 95.0, 80.0, 120.0]),
    np.deg2rad([10.0, -15.0, 25.0, -5.0]),
    SIZE,
    *np.zeros((3, 4)),
)


@pytest.fixture
def leg():
    return leg_forces(LEG, PLACED, GROUND)


def moment(arm, force):
    """Moment of a force at an arm in the sagittal plane, anterior and up: x F_y − y F_x."""
    return arm[0] * force[1] - arm[1] * force[0]


def of_group(group, force):
    """Pulls of a group, (frames, 3), by region, and as a whole."""
    units = {name: np.array(m.direction) / np.linalg.norm(m.direction) for name, m in group.muscles.items()}
    pulls = {name: group.muscles[name].share * np.outer(force, unit) for name, unit in units.items()}
    return pulls, sum(pulls.values())


def test_moments_are_those_of_the_ground_force_about_ankle_and_knee(leg):
    # From the ankle the centre of pressure lies (ahead, −height); from the knee, L up the leaning shank, further back.
    shank = SIZE * LEG.reference_length_mm * np.array([np.sin(PLACED.lean), np.cos(PLACED.lean)])
    force = np.array([GROUND.forward_bw, GROUND.vertical_bw])
    below_ankle = np.array([PLACED.ahead_mm, -PLACED.height_mm])
    np.testing.assert_allclose(leg.ankle_moment_mm, moment(below_ankle, force), rtol=1e-12)
    # Flexing is the other way round at the knee: the ground force behind it flexes.
    np.testing.assert_allclose(leg.knee_moment_mm, -moment(below_ankle - shank, force), rtol=1e-12)


def test_plantarflexors_alone_balance_a_dorsiflexing_moment(leg):
    deep = leg.achilles * (1.0 - LEG.triceps_share) / LEG.triceps_share
    balanced = SIZE * (leg.achilles * LEG.triceps.arm_mm + deep * LEG.deep_flexors.arm_mm)
    np.testing.assert_allclose(balanced, np.maximum(leg.ankle_moment_mm, 0.0), rtol=1e-12)
    assert (leg.achilles > 0.0).tolist() == [True, False, True, True]


def test_the_ankle_carries_the_ground_force_and_all_that_muscles_pull_down(leg):
    along = np.column_stack([np.sin(PLACED.lean), np.cos(PLACED.lean)])
    across = np.column_stack([np.cos(PLACED.lean), -np.sin(PLACED.lean)])
    force = np.column_stack([GROUND.forward_bw, GROUND.vertical_bw])
    own = np.column_stack([(force * across).sum(axis=1), (force * along).sum(axis=1), np.zeros(4)])
    deep = leg.achilles * (1.0 - LEG.triceps_share) / LEG.triceps_share
    lift = np.maximum(-leg.ankle_moment_mm, 0.0) / (SIZE * LEG.dorsiflexors.arm_mm)
    assert lift[1] > 0.0
    groups = ((LEG.triceps, leg.achilles), (LEG.deep_flexors, deep), (LEG.dorsiflexors, lift))
    pulled = sum(of_group(group, size)[1] for group, size in groups)
    np.testing.assert_allclose(leg.ankle_contact, own - pulled, rtol=1e-12, atol=1e-13)


def test_the_knee_is_balanced_by_quadriceps_or_hamstrings_but_never_by_both(leg):
    gastrocnemius = leg.achilles * LEG.triceps.muscles["gastrocnemii"].share
    extend = leg.knee_moment_mm + gastrocnemius * SIZE * LEG.gastrocnemius_knee_arm_mm
    assert extend.min() < 0.0 < extend.max()
    np.testing.assert_allclose(leg.quadriceps, np.maximum(extend, 0.0) / (SIZE * LEG.quadriceps.arm_mm), rtol=1e-12)
    hamstrings = np.maximum(-extend, 0.0) / (SIZE * LEG.hamstrings.arm_mm)
    pulls, _ = of_group(LEG.hamstrings, hamstrings)
    for name, muscle in LEG.hamstrings.muscles.items():
        if muscle.region is not None:
            np.testing.assert_allclose(leg.regions[muscle.region], pulls[name], rtol=1e-12, atol=1e-13)


def test_each_muscle_pulls_its_region_by_its_share_along_its_line(leg):
    for group, size in ((LEG.triceps, leg.achilles), (LEG.quadriceps, leg.quadriceps)):
        pulls, _ = of_group(group, size)
        for name, muscle in group.muscles.items():
            if muscle.region is not None:
                np.testing.assert_allclose(leg.regions[muscle.region], pulls[name], rtol=1e-12, atol=1e-13)
    attached = {
        muscle.region
        for group in (LEG.triceps, LEG.deep_flexors, LEG.dorsiflexors, LEG.quadriceps, LEG.hamstrings)
        for muscle in group.muscles.values()
    }
    assert set(leg.regions) == attached - {None}


def test_muscles_of_one_region_add_up():
    # The soleus' region given to both: the whole pull of the triceps.
    muscles = {name: m.model_copy(update={"region": "soleus"}) for name, m in LEG.triceps.muscles.items()}
    together = LEG.model_copy(update={"triceps": LEG.triceps.model_copy(update={"muscles": muscles})})
    found = leg_forces(together, PLACED, GROUND)
    _, whole = of_group(LEG.triceps, found.achilles)
    np.testing.assert_allclose(found.regions["soleus"], whole, rtol=1e-12)


def test_a_larger_leg_in_the_same_posture_has_the_same_forces():
    # All lengths grow alike, so do moments and arms.
    bigger = Placement(1.5 * PLACED.ahead_mm, 1.5 * PLACED.height_mm, PLACED.lean, 1.5 * SIZE, *np.zeros((3, 4)))
    one, other = (leg_forces(LEG, placed, GROUND) for placed in (PLACED, bigger))
    np.testing.assert_allclose(other.ankle_contact, one.ankle_contact, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(other.quadriceps, one.quadriceps, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(other.ankle_moment_mm, 1.5 * one.ankle_moment_mm, rtol=1e-12)
