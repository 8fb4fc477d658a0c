# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The leg by hand in three dimensions: from ground force and posture to every muscle and to the ankle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.bone.regions import centers_of
from fea.case import read_bone, resolved
from fea.loading.ground import GroundForce
from fea.loading.leg import leg_forces
from fea.loading.posture import Placement

BONE = read_bone("tibia")
LEG = resolved("tibia", "running").activity.leg
SIZE = 1.2
TIME = np.array([0.0, 0.1, 0.2, 0.3])
GROUND = GroundForce(
    TIME,
    np.array([1.0, 2.0, 1.5, 0.8]),
    np.array([-0.3, 0.2, -0.1, 0.4]),
    np.array([0.05, -0.1, 0.02, -0.06]),
    np.array([8.0, -5.0, 12.0, 3.0]),
)
# Centre of pressure before and behind the ankle and on either side; shank leaning to all sides; toes out and in.
PLACED = Placement(
    np.array([60.0, -40.0, 100.0, 20.0]),
    np.array([90.0, 95.0, 80.0, 120.0]),
    np.deg2rad([10.0, -15.0, 25.0, -5.0]),
    SIZE,
    np.array([10.0, -8.0, 2.0, 0.0]),
    np.deg2rad([4.0, -3.0, 6.0, 2.0]),
    np.deg2rad([6.0, 12.0, 0.0, -4.0]),
)
PLANE = {
    "ground": replace(GROUND, lateral_bw=np.zeros(4), free_moment_bw_mm=np.zeros(4)),
    "placed": replace(PLACED, lateral_mm=np.zeros(4), lean_lateral=np.zeros(4), progression=np.zeros(4)),
}


def leg_of(placed=PLACED, ground=GROUND, leg=LEG, bone=BONE):
    return leg_forces(leg, bone, placed, ground)


def tibial_axes(placed, frame):
    """Anterior, proximal, lateral of the tibia in the axes of the ground (forwards, up, lateral), rows of (3, 3).

    Seen from the front and from the side the shank leans by its two angles; anterior stays in the plane of
    progression as far as the lean lets it.
    """
    along = np.array([np.tan(placed.lean[frame]), 1.0, np.tan(placed.lean_lateral[frame])])
    along /= np.linalg.norm(along)
    lateral = np.cross([1.0, 0.0, 0.0], along)
    lateral /= np.linalg.norm(lateral)
    return np.array([np.cross(along, lateral), along, lateral])


def ground_on_foot(placed, ground, frame):
    """Force and moment about the ankle of the ground on the foot, in tibial axes."""
    force = np.array([ground.forward_bw[frame], ground.vertical_bw[frame], ground.lateral_bw[frame]])
    arm = np.array([placed.ahead_mm[frame], -placed.height_mm[frame], placed.lateral_mm[frame]])
    moment = np.cross(arm, force) + np.array([0.0, ground.free_moment_bw_mm[frame], 0.0])
    axes = tibial_axes(placed, frame)
    return axes @ force, axes @ moment


def foot_axes(placed, frame):
    """Long axis of the foot and flexion axis of the ankle in the frame of the tibia."""
    turn = placed.progression[frame]
    return np.array([np.cos(turn), 0.0, np.sin(turn)]), np.array([-np.sin(turn), 0.0, np.cos(turn)])


def tensions(leg, found, frame):
    """Tension in BW of each muscle that crosses the ankle."""
    own = {
        name: found.tensions[muscle.path][frame]
        for name, muscle in leg.ankle_muscles.items()
        if muscle.path is not None
    }
    gastrocnemii = leg.triceps.muscles["gastrocnemii"].share * found.achilles[frame]
    return {**own, "gastrocnemii": gastrocnemii}


def tendon(name):
    """Last point of a tendon on the tibia, none for one without a pulley, and its pull on the tibia for 1 BW."""
    muscle = LEG.ankle_muscles[name]
    if muscle.path is None:
        return None, np.array(muscle.direction) / np.linalg.norm(muscle.direction)
    path = BONE.paths[muscle.path]
    if path.end is not None:
        heel = np.array([path.end.x_mm, path.end.level * BONE.length_mm, path.end.z_mm])
        ends = [
            np.array([e.x_mm, e.level * BONE.length_mm, e.z_mm]) for e in (BONE.fibula.distal, BONE.fibula.proximal)
        ]
        up = (path.fibular_level * BONE.length_mm - ends[0][1]) / (ends[1][1] - ends[0][1])
        parts = {1.0 - path.fibular_share: centers_of(BONE)[path.region]}
        parts[path.fibular_share] = ends[0] + up * (ends[1] - ends[0])
        return None, sum(s * (heel - origin) / np.linalg.norm(heel - origin) for s, origin in parts.items())
    last = path.pulleys[-1]
    point = np.array([last.x_mm, last.level * BONE.length_mm, last.z_mm])
    return point, np.array(path.towards) / np.linalg.norm(path.towards)


@pytest.mark.parametrize("frame", range(4))
def test_the_axes_of_the_tibia_are_orthogonal_and_lean_as_stated(frame):
    axes = tibial_axes(PLACED, frame)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-14)
    along = axes[1]
    assert np.arctan2(along[0], along[1]) == pytest.approx(PLACED.lean[frame])
    assert np.arctan2(along[2], along[1]) == pytest.approx(PLACED.lean_lateral[frame])


@pytest.mark.parametrize("frame", range(4))
def test_all_forces_on_the_foot_add_up_to_nothing(frame):
    # Ground, ankle (the opposite of what it does to the tibia), and each tendon, which pulls the foot up with what it
    # pulls the tibia down.
    found = leg_of()
    total = ground_on_foot(PLACED, GROUND, frame)[0] - found.ankle_contact[frame]
    for name, tension in tensions(LEG, found, frame).items():
        total -= tension * tendon(name)[1]
    np.testing.assert_allclose(total, 0.0, atol=1e-12)


@pytest.mark.parametrize("frame", range(4))
def test_all_moments_on_the_foot_about_the_ankle_add_up_to_nothing(frame):
    # About the long axis of the foot and about the vertical by the places of the tendons; those without a pulley lie
    # in the plane of the foot. About the flexion axis by the moment arms of the leg model.
    found = leg_of()
    forward, flexion = foot_axes(PLACED, frame)
    total = ground_on_foot(PLACED, GROUND, frame)[1] - found.ankle_moment_bw_mm[frame]
    for name, tension in tensions(LEG, found, frame).items():
        point, pull = tendon(name)
        if point is not None:
            total += np.cross(point, -tension * pull)
    assert total @ forward == pytest.approx(0.0, abs=1e-9)
    assert total[1] == pytest.approx(0.0, abs=1e-9)
    assert found.ankle_moment_bw_mm[frame] @ flexion == pytest.approx(0.0, abs=1e-12)
    dorsiflexing = ground_on_foot(PLACED, GROUND, frame)[1] @ flexion
    assert found.flexion_moment_mm[frame] == pytest.approx(dorsiflexing, rel=1e-12)
    deep = sum(found.tensions[m.path][frame] for g in (LEG.invertors, LEG.evertors) for m in g.muscles.values())
    lift = sum(found.tensions[muscle.path][frame] for muscle in LEG.dorsiflexors.muscles.values())
    plantarflexing = SIZE * (found.achilles[frame] * LEG.triceps.arm_mm + deep * LEG.deep_arm_mm)
    assert plantarflexing - SIZE * lift * LEG.dorsiflexors.arm_mm == pytest.approx(dorsiflexing, rel=1e-12)


def test_plantarflexors_and_dorsiflexors_never_pull_together():
    found = leg_of()
    lift = found.tensions["tibialis_anterior"]
    assert (found.achilles > 0.0).tolist() == [True, False, True, True]
    assert (lift > 0.0).tolist() == [False, True, False, False]
    deep = sum(found.tensions[m.path] for g in (LEG.invertors, LEG.evertors) for m in g.muscles.values())
    np.testing.assert_allclose(deep * LEG.triceps_share, found.achilles * (1.0 - LEG.triceps_share), atol=1e-12)


def test_muscles_share_within_their_group():
    found = leg_of()
    for group in (LEG.invertors, LEG.evertors, LEG.dorsiflexors):
        whole = sum(found.tensions[muscle.path] for muscle in group.muscles.values())
        for muscle in group.muscles.values():
            np.testing.assert_allclose(found.tensions[muscle.path], muscle.share * whole, atol=1e-13)
    soleus = LEG.triceps.muscles["soleus"]
    np.testing.assert_allclose(found.tensions["soleus"], soleus.share * found.achilles, rtol=1e-12, atol=1e-13)


def standing(lateral_mm=0.0, lateral_bw=0.0, free_moment=0.0):
    """Upright shank, two body weights 100 mm before the ankle, one frame late in the contact."""
    one, none = np.ones(2), np.zeros(2)
    ground = GroundForce(np.array([0.0, 1.0]), 2.0 * one, none, lateral_bw * one, free_moment * one)
    return Placement(100.0 * one, 80.0 * one, none, 1.0, lateral_mm * one, none, none), ground


def offset(value):
    profile = {**LEG.contact_lateral_mm.model_dump(), "at": {0: value, 100: value}}
    return LEG.model_copy(update={"contact_lateral_mm": type(LEG.contact_lateral_mm).model_validate(profile)})


@pytest.mark.parametrize("wanted", [0.0, 2.0, 4.0])
def test_the_contact_lies_where_the_leg_model_wants_it_as_long_as_the_deep_muscles_can_bring_it_there(wanted):
    found = leg_of(*standing(), leg=offset(wanted))
    inward, outward = found.tensions["tibialis_posterior"], found.tensions["peroneus_longus"]
    assert min(inward.min(), outward.min()) > 0.0
    np.testing.assert_allclose(found.contact_lateral_mm, wanted, atol=1e-9)


@pytest.mark.parametrize("progression_deg", [-6.0, 6.0])
def test_the_contact_is_offset_across_the_foot_wherever_that_points(progression_deg):
    placed, ground = standing()
    # The centre of pressure stays on the long axis of the foot.
    turn = np.full(2, np.deg2rad(progression_deg))
    placed = replace(placed, progression=turn, ahead_mm=100.0 * np.cos(turn), lateral_mm=100.0 * np.sin(turn))
    found = leg_of(placed, ground, offset(2.0))
    assert min(found.tensions["tibialis_posterior"].min(), found.tensions["peroneus_longus"].min()) > 0.0
    forward, _ = foot_axes(placed, 0)
    assert found.ankle_moment_bw_mm[0] @ forward == pytest.approx(-2.0 * found.ankle_contact[0, 1], rel=1e-9)


def test_beyond_what_the_deep_muscles_can_do_the_contact_moves_to_the_side_of_the_load():
    for lateral_mm in (-60.0, 60.0):
        found = leg_of(*standing(lateral_mm=lateral_mm), leg=offset(0.0))
        resting = "tibialis_posterior" if lateral_mm < 0.0 else "peroneus_longus"
        # A load lateral of the ankle everts the foot, against which the invertors pull.
        assert (found.tensions["peroneus_longus"][0] == 0.0) == (resting == "peroneus_longus")
        assert (found.tensions["tibialis_posterior"][0] == 0.0) == (resting == "tibialis_posterior")
        assert np.sign(found.contact_lateral_mm[0]) == np.sign(lateral_mm)


def test_the_peronei_pull_more_the_further_medially_the_ground_force_acts():
    pulls = [leg_of(*standing(lateral_mm=mm)).tensions["peroneus_longus"][0] for mm in (6.0, 2.0, -2.0, -6.0)]
    assert np.all(np.diff(pulls) > 0.0)


def test_a_free_moment_reaches_the_tibia_as_it_is():
    # Upright the vertical is the axis of the tibia: nothing but the ankle can carry it.
    (placed, still), (_, turned) = standing(), standing(free_moment=11.0)
    one, other = leg_of(placed, still), leg_of(placed, turned)
    np.testing.assert_allclose(other.ankle_moment_bw_mm - one.ankle_moment_bw_mm, [[0, 11, 0]] * 2, atol=1e-9)
    np.testing.assert_allclose(other.ankle_contact, one.ankle_contact, atol=1e-12)


def test_a_medial_ground_force_pushes_the_tibia_medially():
    # −0.1 BW, 80 mm under the ankle: medial force on the tibia, and 100 mm before it a moment of r × F = x F_z about −y
    # that turns it: (100, −80, 0) × (0, 0, −0.1) = (8, 10, 0) BW·mm.
    still, pushed = leg_of(*standing()), leg_of(*standing(lateral_bw=-0.1))
    deep = sum(
        (pushed.tensions[m.path] - still.tensions[m.path])[0] * tendon(name)[1]
        for group in (LEG.invertors, LEG.evertors)
        for name, m in group.muscles.items()
    )
    contact = (pushed.ankle_contact - still.ankle_contact)[0]
    np.testing.assert_allclose(contact, np.array([0.0, 0.0, -0.1]) - deep, atol=1e-12)
    assert contact[2] < 0.0


def test_without_a_frontal_part_moments_are_those_of_the_plane():
    # From the ankle the centre of pressure lies (ahead, −height); from the knee, L up the leaning shank, further back.
    placed, ground = PLANE["placed"], PLANE["ground"]
    found = leg_of(**PLANE)

    def about(arm):
        return arm[0] * ground.vertical_bw - arm[1] * ground.forward_bw

    shank = SIZE * LEG.reference_length_mm * np.array([np.sin(placed.lean), np.cos(placed.lean)])
    below_ankle = np.array([placed.ahead_mm, -placed.height_mm])
    np.testing.assert_allclose(found.flexion_moment_mm, about(below_ankle), rtol=1e-12)
    # Flexing is the other way round at the knee: the ground force behind it flexes.
    np.testing.assert_allclose(found.knee_moment_mm, -about(below_ankle - shank), rtol=1e-12)


def test_the_moment_about_the_knee_is_that_of_the_ground_force_at_the_other_end_of_the_shank():
    found = leg_of()
    for frame in range(4):
        force, moment = ground_on_foot(PLACED, GROUND, frame)
        at_knee = moment + np.cross([0.0, -SIZE * LEG.reference_length_mm, 0.0], force)
        assert found.knee_moment_mm[frame] == pytest.approx(-at_knee[2], rel=1e-12)


def test_the_knee_is_balanced_by_quadriceps_or_hamstrings_but_never_by_both():
    found = leg_of()
    gastrocnemius = found.achilles * LEG.triceps.muscles["gastrocnemii"].share
    extend = found.knee_moment_mm + gastrocnemius * SIZE * LEG.gastrocnemius_knee_arm_mm
    assert extend.min() < 0.0 < extend.max()
    np.testing.assert_allclose(found.quadriceps, np.maximum(extend, 0.0) / (SIZE * LEG.quadriceps.arm_mm), rtol=1e-12)
    np.testing.assert_array_equal(found.tensions["patellar_tendon"], found.quadriceps)
    hamstrings = np.maximum(-extend, 0.0) / (SIZE * LEG.hamstrings.arm_mm)
    for muscle in LEG.hamstrings.muscles.values():
        np.testing.assert_allclose(found.tensions[muscle.path], muscle.share * hamstrings, rtol=1e-12, atol=1e-13)


def test_every_path_of_the_bone_has_a_tension_and_none_is_negative():
    found = leg_of()
    assert set(found.tensions) == {muscle.path for muscle in LEG.muscles.values()} - {None}
    assert min(tension.min() for tension in found.tensions.values()) >= 0.0


def test_a_larger_leg_in_the_same_posture_has_the_same_forces_and_larger_moments():
    # All lengths grow alike, the bone's with them, so do moments and arms; a free moment is a length times a force.
    table = {**BONE.model_dump(mode="json", by_alias=True), "scale": 1.5}
    bigger = replace(
        PLACED,
        ahead_mm=1.5 * PLACED.ahead_mm,
        height_mm=1.5 * PLACED.height_mm,
        lateral_mm=1.5 * PLACED.lateral_mm,
        size=1.5 * SIZE,
    )
    turning = replace(GROUND, free_moment_bw_mm=1.5 * GROUND.free_moment_bw_mm)
    one, other = leg_of(), leg_of(bigger, turning, bone=type(BONE).model_validate(table))
    np.testing.assert_allclose(other.ankle_contact, one.ankle_contact, rtol=1e-6)
    np.testing.assert_allclose(other.quadriceps, one.quadriceps, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(other.ankle_moment_bw_mm, 1.5 * one.ankle_moment_bw_mm, rtol=1e-6)
    np.testing.assert_allclose(other.flexion_moment_mm, 1.5 * one.flexion_moment_mm, rtol=1e-12)
