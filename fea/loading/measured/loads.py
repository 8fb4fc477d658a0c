# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From measured contacts to the loads of a bone: posture as far as measured, the leg model for the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.case import (
    BODY_WEIGHT_N_PER_KG,
    BoneDescription,
    FootModel,
    GroundTrial,
    Stance,
    StanceActivity,
    composed,
    read_activity,
    read_shoe,
)
from fea.errors import InputError, out_of_range
from fea.loading.forefoot import heads_ahead
from fea.loading.frames import LoadHistory
from fea.loading.ground import GroundForce, ground_force
from fea.loading.measured.contacts import Contact, contacts_of
from fea.loading.measured.ground import read_measured
from fea.loading.measured.shank import measured_shank
from fea.loading.posture import Placement, placement
from fea.loading.stance import limb_loads, size_of_leg

Floats = npt.NDArray[np.float64]

_FLAT = (0.15, 0.5)
"""Part of the contact in which the foot is flat and the ankle stands still over the ground; a working value."""
_PLAUSIBLE_AHEAD_MM = (-120.0, 260.0)


@dataclass(frozen=True)
class MeasuredLoads:
    """A load history and an account of how it was made."""

    history: LoadHistory
    ground: GroundForce
    placed: Placement
    account: tuple[str, ...]


def import_ground(trial: GroundTrial, bone: BoneDescription) -> MeasuredLoads:
    """Loads of a bone from a measured ground force, in the frame of the right bone.

    Raises
    ------
    fea.errors.InputError
        Files that cannot be read or do not fit together, or forces and places that no leg has.
    fea.errors.MissingDependency
        A ``.c3d`` without ezc3d.
    """
    activity = read_activity(trial.activity)
    if not isinstance(activity, StanceActivity):
        raise InputError(f"activity {trial.activity!r} is no stance, so it has no posture; such as walking or running.")
    stance = composed(bone, activity).activity  # refuses a bone that leg and foot do not load
    assert isinstance(stance, Stance)
    measured = read_measured(trial)
    found, said = contacts_of(measured, trial)
    size = size_of_leg(bone, stance.leg)
    each = [_placed(trial, contact, activity, stance.foot, size) for contact in found]
    chosen, which = _chosen(trial, each)
    ground, placed = _mean(trial, chosen, size)
    account = [*measured.account, *said, which, *chosen[0].account]
    if measured.vertical_only:
        ground, more = _with_horizontal(trial, ground, activity, size)
        account.append(more)
    account += _warnings(ground, placed)
    weight = trial.body_mass_kg * BODY_WEIGHT_N_PER_KG
    under = read_shoe(trial.footwear)[1].forefoot_force.factor
    if bone.bone in stance.foot.rays:
        account.append(f"shoe {trial.footwear!r}: forces under the forefoot times {under:g}")
    units = limb_loads(stance.leg, stance.foot, bone, placed, ground, (under, 1.0, 1.0))
    loads = {load: weight * size_bw for load, size_bw in units.items()}
    kept = {load: s for load, s in loads.items() if np.abs(s).max() > 0.0}
    account.append(
        f"leg model of this library for {trial.body_mass_kg:g} kg: muscles and joints balance the "
        "ground force on a foot "
        "without weight and inertia; vertical peak "
        f"{ground.vertical_bw.max():.2f} BW, contact {1000.0 * ground.time_s[-1]:.0f} ms"
    )
    history = LoadHistory(trial.name, tuple(kept), np.column_stack(list(kept.values())), ground.time_s)
    return MeasuredLoads(history, ground, placed, tuple(account))


def contacts_in(trial: GroundTrial) -> int:
    """Number of whole contacts of a trial."""
    return len(contacts_of(read_measured(trial), trial)[0])


@dataclass(frozen=True)
class _Placed:
    """One contact with its posture, both as of a right limb."""

    contact: Contact
    placed: Placement
    account: tuple[str, ...]


def _placed(trial: GroundTrial, contact: Contact, activity: StanceActivity, foot: FootModel, size: float) -> _Placed:
    phase = (contact.time_s - contact.time_s[0]) / (contact.time_s[-1] - contact.time_s[0])
    own = placement(activity.posture, phase, size, 1.0)
    outwards = 1.0 if trial.side == "right" else -1.0
    shank = measured_shank(trial, contact.time_s)
    said = [f"posture of {activity.name!r}, for what is not measured"]
    if shank is not None:
        forward, right = shank.lean
        own = replace(own, lean=forward, lean_lateral=outwards * right, height_mm=shank.ankle_mm[:, 1])
        said = [f"height of the ankle and lean of the shank measured; turn of the foot that of {activity.name!r}"]
    cop = contact.cop_mm
    if cop is None:
        return _Placed(contact, own, (*said, f"centre of pressure not measured: that of {activity.name!r}"))
    if trial.cop_from == "laboratory" and shank is not None:
        apart = cop - shank.ankle_mm[:, [0, 2]]
        ahead, lateral = apart[:, 0], outwards * apart[:, 1]
        said.append("centre of pressure from the measured ankle centre")
    elif trial.cop_from == "ankle":
        ahead, lateral = cop[:, 0], outwards * cop[:, 1]
        said.append("centre of pressure from the ankle, as given")
    else:
        ahead, lateral, more = _over_the_foot(trial, contact, own, foot, outwards)
        said.append(more)
    low, high = _PLAUSIBLE_AHEAD_MM
    pressed = contact.force_n[:, 1] > 0.3 * contact.force_n[:, 1].max()
    if ahead[pressed].min() < low or ahead[pressed].max() > high:
        raise InputError(
            f"the centre of pressure is {ahead[pressed].min():.0f} to {ahead[pressed].max():.0f} mm in front of the "
            f"ankle; allowed: {low:g} to {high:g} mm. Does forward point in the direction of progression, is it the "
            "same foot, and on a treadmill, is belt_speed_m_per_s given?"
        )
    edge = _bounded(ahead, pressed), _bounded(lateral, pressed)
    return _Placed(contact, replace(own, ahead_mm=edge[0], lateral_mm=edge[1]), tuple(said))


def _bounded(values: Floats, pressed: npt.NDArray[np.bool_]) -> Floats:
    """Values kept within the range that they have where the foot presses: at the ends the quotient is noise."""
    margin = 0.1 * float(np.ptp(values[pressed]))
    return np.clip(values, values[pressed].min() - margin, values[pressed].max() + margin)


def _over_the_foot(
    trial: GroundTrial, contact: Contact, own: Placement, foot: FootModel, outwards: float
) -> tuple[Floats, Floats, str]:
    """Centre of pressure ahead and lateral of an ankle that was not measured, and how it was placed.

    The heads of the metatarsals stay where they are on the ground, the ankle moves over them as the foot turns.
    """
    assert contact.cop_mm is not None
    cop, moved = contact.cop_mm, heads_ahead(foot, own)
    if trial.cop_from == "heel":
        assert trial.ankle_from_heel_mm is not None
        heads = trial.ankle_from_heel_mm + own.size * foot.heads_ahead_of_ankle_mm
        said = (
            f"centre of pressure from the back of the insole, the ankle {trial.ankle_from_heel_mm:g} mm in front of it"
        )
        return cop[:, 0] - heads + moved, outwards * cop[:, 1], said
    passed = contact.time_s - contact.time_s[0]
    flat = (passed >= _FLAT[0] * passed[-1]) & (passed <= _FLAT[1] * passed[-1])
    ahead = cop[:, 0] + 1000.0 * trial.belt_speed_m_per_s * passed + moved
    lateral = outwards * cop[:, 1]
    ahead = ahead + (own.ahead_mm - ahead)[flat].mean()
    lateral = lateral + (own.lateral_mm - lateral)[flat].mean()
    return (
        ahead,
        lateral,
        "centre of pressure in the laboratory, and no ankle measured: the ankle is where the mean between "
        f"{100 * _FLAT[0]:.0f} and {100 * _FLAT[1]:.0f} % of contact is that of the posture; its "
        "way is the measured one"
        + (f", less that of a belt of {trial.belt_speed_m_per_s:g} m/s" if trial.belt_speed_m_per_s else ""),
    )


def _chosen(trial: GroundTrial, each: list[_Placed]) -> tuple[list[_Placed], str]:
    """Contacts to average, and which these are."""
    if trial.contact == "mean":
        peaks = [float(one.contact.force_n[:, 1].max()) for one in each]
        spread = f", vertical peak {np.mean(peaks):.0f} ± {np.std(peaks, ddof=1):.0f} N" if len(peaks) > 1 else ""
        return each, f"mean of {len(each)} contacts over their duration{spread}" if spread else "the only contact"
    if trial.contact > len(each):
        raise out_of_range("contact", trial.contact, f"1 to {len(each)}, or mean")
    return [each[trial.contact - 1]], f"contact {trial.contact} of {len(each)}"


def _mean(trial: GroundTrial, chosen: list[_Placed], size: float) -> tuple[GroundForce, Placement]:
    """Ground force in BW and posture, means over contacts at the same part of each."""
    weight = trial.body_mass_kg * BODY_WEIGHT_N_PER_KG
    outwards = 1.0 if trial.side == "right" else -1.0
    force = np.mean([one.contact.force_n for one in chosen], axis=0) / weight
    free = np.mean([one.contact.free_moment_nmm for one in chosen], axis=0) / weight
    lasting = np.mean([one.contact.time_s[-1] - one.contact.time_s[0] for one in chosen])
    time_s = np.linspace(0.0, float(lasting), trial.frames)
    ground = GroundForce(time_s, force[:, 1], force[:, 0], outwards * force[:, 2], outwards * free)
    names = ("ahead_mm", "height_mm", "lean", "lateral_mm", "lean_lateral", "progression")
    means = {name: np.mean([getattr(one.placed, name) for one in chosen], axis=0) for name in names}
    return ground, Placement(**means, size=size)


def _with_horizontal(
    trial: GroundTrial, ground: GroundForce, activity: StanceActivity, size: float
) -> tuple[GroundForce, str]:
    """Horizontal force and free moment of the activity, in proportion to the measured vertical force."""
    own = activity.demand
    demand = (0.0 if own is None else own.default) if trial.speed_m_per_s is None else trial.speed_m_per_s
    if own is not None and not own.lowest <= demand <= own.highest:
        raise out_of_range(f"{own.name} in {own.unit}", demand, f"{own.lowest:g} to {own.highest:g} {own.unit}")
    rate = float("nan") if activity.step_rate_per_min is None else activity.step_rate_per_min.value(demand)
    usual = ground_force(activity, demand, float(ground.time_s[-1]), rate)
    ratio = float(ground.vertical_bw.mean() / usual.vertical_bw.mean())

    def at(values: Floats) -> Floats:
        return ratio * np.interp(ground.phase, usual.phase, values)

    said = (
        f"horizontal forces not measured: those of {activity.name!r} at {demand:g} {'' if own is None else own.unit}, "
        f"times {ratio:.2f}, the ratio of the mean vertical forces"
    )
    filled = replace(
        ground,
        forward_bw=at(usual.forward_bw),
        lateral_bw=at(usual.lateral_bw),
        free_moment_bw_mm=size * at(usual.free_moment_bw_mm),
    )
    return filled, said


def _warnings(ground: GroundForce, placed: Placement) -> list[str]:
    """What is unlikely in a step forwards."""
    half = len(ground.time_s) // 2
    braking, driving = ground.forward_bw[:half].mean(), ground.forward_bw[half:].mean()
    said = []
    if braking > 0.02 and driving < -0.02:
        said.append("WARNING: the ground pushes forwards first and backwards then; does forward point backwards?")
    if placed.ahead_mm[: half // 2].mean() > placed.ahead_mm[-half // 2 :].mean():
        said.append(
            "WARNING: the centre of pressure moves backwards over the contact; does cop_forward point backwards?"
        )
    return said
