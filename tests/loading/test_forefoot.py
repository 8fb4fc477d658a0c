# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The forefoot: statics of the foot on the ground, and what the sole takes off the bones."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import Case, Options, resolved
from fea.errors import InputError
from fea.loading import ground_of, load_history, ray_forces, stance_loads
from fea.loading.forefoot import forefoot_forces
from fea.loading.ground import GroundForce
from fea.loading.posture import Placement

RAYS = [f"metatarsal{number}" for number in range(1, 6)]
STANCES = ["walking", "running", "running_forefoot", "jump_takeoff", "jump_landing", "hopping", "marching", "stairs"]


def case(bone, activity, tension=None, inclination_deg=None, **options):
    made = resolved(bone, activity, Options(**options))
    table = made.model_dump(by_alias=True)
    if tension is not None:
        table["activity"]["foot"]["plantar_tension"]["per_forefoot_force"] = tension
    if inclination_deg is not None:
        table["bone"]["inclination_deg"] = inclination_deg
    return Case.model_validate(table)


@pytest.mark.parametrize("activity", STANCES)
def test_the_rays_together_carry_what_the_forefoot_carries(activity):
    # Without the tie of the sole, heads and toes pass on the ground force and nothing else.
    rays = [case(bone, activity, tension=0.0) for bone in RAYS]
    total = sum(
        np.linalg.norm(ray_forces(c, c.activity).head, axis=1) + np.linalg.norm(ray_forces(c, c.activity).joint, axis=1)
        for c in rays
    )
    ground = ground_of(rays[0], rays[0].activity)
    share = ray_forces(rays[0], rays[0].activity).forefoot_share
    np.testing.assert_allclose(total, share * np.hypot(ground.vertical_bw, ground.forward_bw), rtol=1e-12, atol=1e-15)


def test_heel_and_forefoot_balance_the_centre_of_pressure():
    # Lever rule about the ankle while the foot is flat: heel share times its lever and heads' share times theirs.
    c = case("metatarsal2", "walking")
    ray = ray_forces(c, c.activity)
    phase = np.linspace(0.0, 1.0, len(ray.pitch))
    flat = (phase > 0.05) & (phase < 0.5)
    assert np.abs(ray.pitch[flat]).max() < 1e-9
    foot = c.activity.foot
    moment = ray.forefoot_share * foot.heads_ahead_of_ankle_mm + (1 - ray.forefoot_share) * foot.heel_ahead_of_ankle_mm
    ahead = c.activity.what.posture.cop_ahead_of_ankle_mm.value(phase)
    np.testing.assert_allclose(moment[flat], ahead[flat], atol=1e-9)


def test_the_heel_rises_after_mid_stance():
    # Textbook: heel off at about half of the stance of walking, the foot at 50 to 65 degrees at toe-off.
    c = case("metatarsal2", "walking")
    pitch = np.rad2deg(ray_forces(c, c.activity).pitch)
    assert pitch[45] < 1.0
    assert np.all(np.diff(pitch[55:]) > 0.0)
    assert 45.0 < pitch[-1] < 65.0


def test_toes_take_over_as_the_heel_rises():
    c = case("metatarsal2", "walking")
    ray = ray_forces(c, c.activity)
    assert ray.toe_share[:54].max() == 0.0
    assert ray.toe_share[90] > 0.4


def test_the_sole_compresses_a_bone_that_lies_along_it_and_does_not_bend_it():
    # No inclination and a flat foot: the tie is parallel to the bone.
    c = case("metatarsal2", "walking", tension=2.0, inclination_deg=0.0)
    bare = case("metatarsal2", "walking", tension=0.0, inclination_deg=0.0)
    tie = ray_forces(c, c.activity).joint - ray_forces(bare, bare.activity).joint
    assert np.abs(tie[:, 0]).max() < 1e-15
    assert tie[:, 1].min() >= 0.0


def test_the_sole_pulls_the_head_to_plantar_and_towards_the_heel():
    # The bone rises backwards from the sole, so a pull along the sole has a component against the ground force.
    c = case("metatarsal2", "walking", tension=2.0)
    bare = case("metatarsal2", "walking", tension=0.0)
    tie = (ray_forces(c, c.activity).joint - ray_forces(bare, bare.activity).joint)[75]
    assert tie[0] / tie[1] == pytest.approx(-np.tan(np.deg2rad(c.bone.inclination_deg)), rel=1e-9)
    assert tie[1] > 0.0


def test_the_ground_force_stands_up_on_an_inclined_bone():
    # On an inclined bone a vertical force has the components G cos and G sin of the inclination, dorsal and proximal;
    # a braking one turns it further to proximal by its slope.
    c = case("metatarsal2", "jump_landing", tension=0.0)
    ground = ground_of(c, c.activity)
    ray = ray_forces(c, c.activity)
    head = ray.head[60]
    rise = (
        np.deg2rad(c.bone.inclination_deg) + ray.pitch[60] + np.arctan2(-ground.forward_bw[60], ground.vertical_bw[60])
    )
    assert np.arctan2(head[1], head[0]) == pytest.approx(rise, rel=1e-9)
    assert head[0] > 0.0


def test_a_pack_adds_in_proportion_to_its_mass():
    # Momentum: 20 kg on 70 kg.
    light, heavy = (stance_loads(c, c.activity) for c in (case("metatarsal3", "marching", pack_kg=m) for m in (0, 20)))
    for load, force in light.items():
        np.testing.assert_allclose(heavy[load], (1.0 + 20.0 / 70.0) * force, rtol=1e-12)


def test_an_even_load_brakes_a_tenth_less():
    back, even = (
        ground_of(c, c.activity)
        for c in (case("metatarsal2", "marching", pack_kg=20, carriage=how) for how in ("backpack", "distributed"))
    )
    assert even.forward_bw.min() == pytest.approx(0.9 * back.forward_bw.min(), rel=1e-12)
    np.testing.assert_array_equal(even.forward_bw[even.forward_bw > 0], back.forward_bw[back.forward_bw > 0])


def test_a_shoe_relieves_the_second_metatarsal_as_published():
    # Firminger 2017: 28.7 % more strain in a minimal shoe than in a traditional one.
    shod, bare = (load_history(case("metatarsal2", "running", footwear=shoe)) for shoe in ("conventional", "minimal"))
    np.testing.assert_allclose(bare.coefficients, 1.287 * shod.coefficients, rtol=1e-3)


def test_the_centre_of_pressure_shares_the_force_among_heel_heads_and_toes_by_levers():
    # A flat foot 1.2 times a man's: behind the heel, half way to the heads, at these, a third of the way on, beyond.
    foot, size = resolved("metatarsal2", "walking").activity.foot, 1.2
    heel, heads = foot.heel_ahead_of_ankle_mm, foot.heads_ahead_of_ankle_mm
    toes = heads + foot.toes_ahead_of_heads_mm
    ahead = size * np.array([heel - 10.0, (heel + heads) / 2.0, heads, heads + (toes - heads) / 3.0, toes + 10.0])
    flat = Placement(ahead, np.full(5, 90.0), np.zeros(5), size, *np.zeros((3, 5)))
    ground = GroundForce(np.arange(5.0), np.ones(5), np.full(5, 0.2), np.zeros(5), np.zeros(5))
    found = forefoot_forces(foot, "metatarsal2", 20.0, flat, ground)
    np.testing.assert_allclose(found.forefoot_share, [0.0, 0.5, 1.0, 1.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(found.toe_share, [0.0, 0.0, 0.0, 1.0 / 3.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(found.pitch, 0.0, atol=1e-12)
    share = foot.rays["metatarsal2"].share
    strength = share * np.hypot(1.0, 0.2)
    np.testing.assert_allclose(np.linalg.norm(found.head, axis=1), strength * np.array([0.0, 0.5, 1.0, 2.0 / 3.0, 0.0]))
    np.testing.assert_allclose(found.tension, foot.plantar_tension.per_forefoot_force * strength * found.forefoot_share)
    # Nothing in the sagittal plane pushes a ray aside.
    assert not found.head[:, 2].any()
    assert not found.joint[:, 2].any()


def test_a_rigid_foot_turns_about_its_heads_as_far_as_its_ankle_rises():
    # The ankle is at the end of a stick that stands on the heads: the sine of its angle is height over length.
    foot = resolved("metatarsal2", "walking").activity.foot
    below, before = foot.heads_below_ankle_mm, foot.heads_ahead_of_ankle_mm
    stick = np.hypot(below, before)
    rise = np.array([0.0, 10.0, 40.0])
    ahead = np.full(3, foot.heads_ahead_of_ankle_mm)
    ground = GroundForce(np.arange(3.0), np.ones(3), *np.zeros((3, 3)))
    placed = Placement(ahead, 85.0 + rise, np.zeros(3), 1.0, *np.zeros((3, 3)))
    found = forefoot_forces(foot, "metatarsal2", 20.0, placed, ground)
    turned = np.arcsin((below + rise) / stick)
    np.testing.assert_allclose(found.pitch, turned - np.arcsin(below / stick), atol=1e-12)
    beyond = ahead - stick * np.cos(turned)
    np.testing.assert_allclose(found.toe_share, np.clip(beyond / foot.toes_ahead_of_heads_mm, 0.0, 1.0), atol=1e-12)


def test_a_small_foot_has_the_same_shares():
    # Lengths of foot and leg scale together, so the lever rule is free of size.
    made = [resolved("metatarsal2", "walking", changes=changes) for changes in ((), ("scale=0.9",))]
    man, woman = (ray_forces(c, c.activity) for c in made)
    np.testing.assert_allclose(woman.forefoot_share, man.forefoot_share, rtol=1e-12)
    np.testing.assert_allclose(woman.toe_share, man.toe_share, rtol=1e-9, atol=1e-12)


def test_a_metatarsal_without_inclination_is_refused():
    table = resolved("metatarsal2", "walking").model_dump(by_alias=True)
    table["bone"]["inclination_deg"] = None
    with pytest.raises(ValueError, match="inclination_deg"):
        Case.model_validate(table)


def test_an_unknown_way_of_carrying_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"way of carrying.*backpack"):
        resolved("metatarsal2", "marching", Options(pack_kg=10, carriage="backpak"))


def test_an_instant_of_the_tibia_does_not_fit_a_metatarsal():
    with pytest.raises(InputError, match="for tibia; the bone is a metatarsal2"):
        resolved("metatarsal2", "running_peak")
