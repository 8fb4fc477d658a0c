# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""An activity as a whole stance: ground reaction force, posture of the leg, effects of speed and pack."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fea.case.description import Profile
from fea.case.record import Name, Record, Sourced

if TYPE_CHECKING:
    from scipy.interpolate import CubicHermiteSpline

Positive = Annotated[float, Field(gt=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(gt=0.1, lt=5.0)]
Vector = tuple[float, float, float]


class StanceProfile(Profile):
    """A quantity over stance: a profile whose levels are percent of the contact time."""


class ForceProfile(StanceProfile):
    """A force over stance: a profile that begins and ends without slope, as what touches down and lifts off does.

    Between its points it is as monotone as any profile (Fritsch & Carlson 1980): no slope at an end keeps it so.
    """

    @cached_property
    def _curve(self) -> CubicHermiteSpline:
        from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

        knots = np.array(sorted(self.at))
        values = np.array([self.at[k] for k in knots])
        slopes = PchipInterpolator(knots, values).derivative()(knots)
        slopes[[0, -1]] = 0.0
        return CubicHermiteSpline(knots, values, slopes)


class DemandTable(Sourced):
    """A quantity by the activity's demand (speed, drop height), joined linearly; ends hold beyond."""

    at: dict[float, float] = Field(min_length=1)
    """Values by demand; the unit is that of the key."""

    def value(self, demand: float) -> float:
        """Quantity at a demand in the activity's own unit."""
        knots = sorted(self.at)
        return float(np.interp(demand, knots, [self.at[k] for k in knots]))


class Demand(Sourced):
    """Measure of how hard the activity is, such as its speed: name, unit, usual value and range."""

    name: Literal["speed", "height"]
    """Measure of how hard the activity is."""
    unit: Literal["m/s", "m"]
    """Unit of the demand."""
    default: float
    """Usual value."""
    lowest: float
    """Smallest value allowed."""
    highest: float
    """Largest value allowed."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.lowest <= self.default <= self.highest:
            raise ValueError(f"the default {self.default:g} must lie between {self.lowest:g} and {self.highest:g}")
        return self


class TwoMass(Sourced):
    """Vertical force of running by two masses (Clark, Ryan & Weyand 2017, J Exp Biol 220:247).

    The impulse of contact and flight, weight times the step time, is shared by the lower limb,
    stopped within ``impact_duration_s``, and by the rest of the body.
    """

    model: Literal["two-mass"]
    """Form of the vertical force."""
    impact_mass_fraction: Share
    """Mass of the lower limb over body mass."""
    impact_duration_s: DemandTable
    """Time in which the lower limb is stopped, half of its pulse."""
    touchdown_speed_m_per_s: DemandTable
    """Vertical speed of the lower limb at touchdown."""
    peak_phase: Annotated[float, Field(ge=0.3, le=0.7)] = 0.5
    """Fraction of the contact time at which the rest of the body presses most."""


class ContactRule(Sourced):
    """Contact time at the same speed: it grows as these powers of the step time and of the moving weight.

    The weight is that of body and pack over that of the body. An impulse that grows by a power 1 while the contact
    lengthens by a power e raises the peak of the force by a power 1 − e.
    """

    step_time_exponent: Share
    """Power of the step time over the usual one."""
    weight_exponent: Share
    """Power of the weight of body and pack over that of the body."""


class Curve(Sourced):
    """Vertical force as a curve over stance times its largest value in BW, by demand.

    With a ``valley``, a curve over stance, so much of it is taken off that all contacts together carry the
    body weight: the faster the walk, the deeper the valley between the two peaks.
    """

    model: Literal["curve"]
    """Form of the vertical force."""
    shape: ForceProfile
    """Curve over the contact, largest value 1."""
    peak_bw: DemandTable
    """Largest value."""
    valley: ForceProfile | None = None
    """Curve that is subtracted until all contacts carry the body weight."""


class ForeAft(Sourced):
    """Force along the direction of progression, forwards positive: a curve over stance times a size in BW."""

    shape: ForceProfile
    """Curve over the contact, largest size 1; braking is negative."""
    peak_bw: DemandTable
    """Size of the peak."""


class Mediolateral(Sourced):
    """Ground force on a right foot across the direction of progression, lateral positive: curve times size in BW."""

    shape: ForceProfile
    """Curve over the contact, largest size 1; medial is negative."""
    peak_bw: DemandTable
    """Size of the peak."""


class FreeMoment(Sourced):
    """Moment of the ground on a right foot about the vertical, positive about +y (up): curve times size in BW·mm."""

    shape: ForceProfile
    """Curve over the contact, largest size 1."""
    peak_bw_mm: DemandTable
    """Size of the peak."""


class Posture(Record):
    """Centre of pressure, ankle height and lean of the shank over stance, for a foot of an average man.

    Ahead and lateral are along and across the direction of progression, not the axis of the foot. What an activity does
    not state of the frontal plane is zero.
    """

    cop_ahead_of_ankle_mm: StanceProfile
    """Centre of pressure in front of the ankle."""
    ankle_height_mm: StanceProfile
    """Height of the ankle above the ground."""
    shank_lean_deg: StanceProfile
    """Forward lean of the shank."""
    cop_lateral_of_ankle_mm: StanceProfile | None = None
    """Centre of pressure lateral of the ankle."""
    shank_lean_lateral_deg: StanceProfile | None = None
    """Lean of the shank, its top towards lateral."""
    foot_progression_deg: StanceProfile | None = None
    """Turn of the foot out of the direction of progression, toes towards lateral."""


class PackRule(Sourced):
    """Growth of joint forces by carried mass over body mass r: 1 + gain·r at the ankle and at the knee.

    That is all of their growth: what the ground force brings of it is not counted again.
    """

    ankle_gain: Annotated[float, Field(ge=0.0, le=3.0)]
    """Growth of the ankle force by carried mass over body mass."""
    knee_gain: Annotated[float, Field(ge=0.0, le=3.0)]
    """Growth of the knee force by carried mass over body mass."""


class StanceActivity(Record):
    """An activity as read from ``loadcases/*.toml``, one foot contact of which is a load cycle.

    ``step_rate_per_min`` counts both feet; without it the cycles are ``repetitions`` of a session.
    """

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["stance"]
    name: Name
    title: str
    frames: Annotated[int, Field(ge=11, le=2001)]
    """Number of instants over the contact."""
    demand: Demand | None = None
    """Speed or drop height, where the activity has one."""
    contact_time_s: DemandTable
    """Time of contact by demand, at the usual step rate and without a pack."""
    contact_rule: ContactRule | None = None
    """What another step rate and a pack do to the time of contact; nothing where it is not given."""
    step_rate_per_min: DemandTable | None = None
    """Steps of both feet by demand."""
    repetitions_per_session: Annotated[int, Field(ge=1)] | None = None
    """Contacts of one leg in a session, for activities that do not step."""
    vertical: Annotated[TwoMass | Curve, Field(discriminator="model")]
    """Vertical ground force."""
    fore_aft: ForeAft
    """Fore-aft ground force."""
    mediolateral: Mediolateral | None = None
    """Mediolateral ground force; zero where it is not given."""
    free_moment: FreeMoment | None = None
    """Moment about the vertical; zero where it is not given."""
    posture: Posture
    """Posture of foot and shank."""
    pack: PackRule
    """Growth of forces with a carried mass."""
    sources: dict[str, str]

    @model_validator(mode="after")
    def _has_cycles(self) -> Self:
        if (self.step_rate_per_min is None) == (self.repetitions_per_session is None):
            raise ValueError("give either step_rate_per_min or repetitions_per_session")
        balanced = isinstance(self.vertical, TwoMass) or self.vertical.valley is not None
        if balanced and self.step_rate_per_min is None:
            raise ValueError("the two-mass force, and a curve with a valley, need step_rate_per_min")
        return self


class Muscle(Sourced):
    """A muscle of the leg: its share of its group, and the muscle path of the bone along which it pulls.

    One that attaches to femur or foot alone has a ``direction`` instead and acts on the bone through the joints.
    """

    share: Share
    """Share of the force of its group."""
    path: str | None = None
    """Muscle path of the bone."""
    direction: Vector | None = None
    """Without a path: direction in which it would pull the tibia, anterior, proximal, lateral, of any length."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.path is None) == (self.direction is None):
            raise ValueError("a muscle needs either a path of the bone or a direction")
        return self


class MuscleGroup(Sourced):
    """Muscles that act together at a joint, most with one moment arm."""

    arm_mm: Positive | None = None
    """Moment arm about the joint."""
    muscles: dict[str, Muscle]
    """Muscles of the group, by name; their shares make 1."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        total = sum(m.share for m in self.muscles.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares of the muscles add up to {total:g}; they must make 1")
        return self


class LegModel(Record):
    """Moment arms and sharing of the muscles around the tibia, as read from ``loadcases/shared``.

    ``triceps_share`` is the share of the triceps surae in the force of all plantarflexors.
    """

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["leg"]
    bone: str
    """Bone that the model loads."""
    contact_region: str
    """Region on which the ankle contact acts."""
    reference_length_mm: Positive
    """Length of the tibia that the moment arms belong to."""
    triceps_share: Share
    """Share of the triceps surae in the force of all plantarflexors; calibrated."""
    gastrocnemius_knee_arm_mm: Positive
    """Moment arm of the gastrocnemii about the knee."""
    deep_arm_mm: Positive
    """Moment arm of the deep plantarflexors, those behind both malleoli, about the ankle."""
    reversal_mm: Annotated[float, Field(ge=0.0, le=50.0)] = 0.0
    """Both groups of a joint are active while the lever of the ground force's moment about it is shorter."""
    contact_lateral_mm: StanceProfile
    """Offset of the ankle contact to lateral over the contact time, where the muscles can bring it there."""
    triceps: MuscleGroup
    """Triceps surae."""
    invertors: MuscleGroup
    """Deep plantarflexors behind the medial malleolus."""
    evertors: MuscleGroup
    """Deep plantarflexors behind the lateral malleolus."""
    dorsiflexors: MuscleGroup
    """Dorsiflexors."""
    quadriceps: MuscleGroup
    """Quadriceps."""
    hamstrings: MuscleGroup
    """Hamstrings."""
    sources: dict[str, str]

    @property
    def muscles(self) -> dict[str, Muscle]:
        """All muscles, by name."""
        return self.ankle_muscles | self.quadriceps.muscles | self.hamstrings.muscles

    @property
    def ankle_muscles(self) -> dict[str, Muscle]:
        """Muscles that cross the ankle, by name."""
        groups = (self.triceps, self.invertors, self.evertors, self.dorsiflexors)
        return {name: muscle for group in groups for name, muscle in group.muscles.items()}


class Ray(Sourced):
    """A metatarsal with its toe: its share of the force under the forefoot and of the plantar aponeurosis tension."""

    share: Share
    """Share of the force under the forefoot."""


class PlantarTension(Sourced):
    """Tension of plantar aponeurosis, toe flexors and plantar ligaments, all rays together.

    As a multiple of the ground reaction force under the forefoot, as in a truss of which they are the tie.
    """

    per_forefoot_force: Annotated[float, Field(ge=0.0, le=10.0)]
    """Plantar aponeurosis tension over the ground force under the forefoot; calibrated."""


class FootModel(Record):
    """The foot in front of the ankle, as read from ``loadcases/shared``.

    Distances of a man's foot on the flat ground, from the ankle: forwards to the middle of the heel, to the
    heads of the metatarsals and from these to the middle of the toes; down to the heads.
    """

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["foot"]
    head_region: str
    """Region under the head of a metatarsal."""
    joint_region: str
    """Region of the metatarsophalangeal joint."""
    heel_ahead_of_ankle_mm: Annotated[float, Field(ge=-100.0, lt=0.0)]
    """Middle of the heel in front of the ankle."""
    heads_ahead_of_ankle_mm: Positive
    """Heads of the metatarsals in front of the ankle."""
    heads_below_ankle_mm: Positive
    """Heads of the metatarsals below the ankle."""
    toes_ahead_of_heads_mm: Positive
    """Middle of the toes in front of the heads."""
    plantar_tension: PlantarTension
    """Tension of aponeurosis, toe flexors and plantar ligaments."""
    rays: dict[Name, Ray]
    """Metatarsals, by name; their shares make 1."""
    sources: dict[str, str]

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        total = sum(ray.share for ray in self.rays.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares of the rays add up to {total:g}; they must make 1")
        return self


class Effect(Sourced):
    """Factor of a shoe or pack on a quantity; 1 with the evidence level "working value" where none is known."""

    factor: Factor
    """Factor; 1 where no effect was found."""
    range: tuple[Factor, Factor] | None = None
    """Smallest and largest factor that its source allows, such as a 95 % interval; left out where it states none."""

    @model_validator(mode="after")
    def _within_range(self) -> Self:
        if self.range is not None and not self.range[0] <= self.factor <= self.range[1]:
            low, high = self.range
            raise ValueError(f"the factor {self.factor:g} must lie within its range, {low:g} to {high:g}")
        return self


class Shoe(Record):
    """Effects of a shoe as factors: ``forefoot_force`` on the bare foot's, the others on the conventional shoe's."""

    title: str
    ankle_force: Effect
    """On the force at the ankle, against the conventional shoe."""
    forefoot_force: Effect
    """On the force under the forefoot, against the bare foot."""
    contact_time: Effect
    """On the time of contact, against the conventional shoe."""
    cop_path: Effect
    """On the path of the centre of pressure, against the conventional shoe."""


class Carriage(Record):
    """Effects of a way of carrying a load, against a backpack."""

    title: str
    braking_force: Effect
    """On the braking force, against a backpack."""


class OwnShoe(Record):
    """A shoe of one's own, as read from a file; effects that are not given are those of the conventional shoe."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["shoe"]
    title: str
    ankle_force: Effect | None = None
    """On the force at the ankle, against the conventional shoe."""
    forefoot_force: Effect | None = None
    """On the force under the forefoot, against the bare foot."""
    contact_time: Effect | None = None
    """On the time of contact, against the conventional shoe."""
    cop_path: Effect | None = None
    """On the path of the centre of pressure, against the conventional shoe."""


class OwnCarriage(Record):
    """A way of carrying of one's own, as read from a file; an effect that is not given is that of a backpack."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["carriage"]
    title: str
    braking_force: Effect | None = None
    """On the braking force, against a backpack."""


class Packs(Record):
    """The ways of carrying that bonefea knows, as read from ``loadcases/shared/packs.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["packs"]
    carriages: dict[str, Carriage]
    """Ways of carrying, by name."""


class Footwear(Record):
    """The shoes that bonefea knows, as read from ``loadcases/shared/footwear.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["footwear"]
    shoes: dict[str, Shoe]
    """Shoes, by name."""
