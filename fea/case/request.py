# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The resolved question of one run: bone, activity, tissue, support, body, pack and shoe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fea.case.activity import Activity
from fea.case.description import BoneDescription, SupportKind
from fea.case.history import LARGEST_BW, History
from fea.case.options import USUAL_MASS_KG
from fea.case.plausible import impossible
from fea.case.record import Record
from fea.case.side import BodySide, side_title
from fea.case.stance import Carriage, Effect, FootModel, LegModel, Shoe, StanceActivity
from fea.case.tissue import TissueState, healthy
from fea.errors import unknown

BODY_WEIGHT_N_PER_KG = 9.80665


class Stance(Record):
    """A stance activity with its options: demand, step rate, pack, shoe, and the models of leg and foot.

    ``demand`` is the speed in m/s or the drop height in m, 0 where the activity has none;
    ``step_rate_per_min`` counts both feet and is 0 where the activity does not step.
    """

    kind: Literal["stance"] = "stance"
    what: StanceActivity
    """The activity as its file has it."""
    leg: LegModel
    """The leg model."""
    foot: FootModel
    """The foot model."""
    demand: float
    """Speed in m/s or drop height in m; 0 where there is none."""
    step_rate_per_min: Annotated[float, Field(ge=0.0, le=300.0)]
    """Steps of both feet; 0 where the activity does not step."""
    pack_mass_kg: Annotated[float, Field(ge=0.0, le=80.0)]
    """Carried mass."""
    carried_as: str
    """Name of the way of carrying."""
    carriage: Carriage
    """The way of carrying."""
    footwear: str
    """Name of the shoe."""
    shoe: Shoe
    """The shoe."""

    @property
    def name(self) -> str:
        """Name of the activity."""
        return self.what.name

    @property
    def title(self) -> str:
        """Title for headings, with speed or height, pack and shoe."""
        own = self.what.demand
        parts = [self.what.title] + ([f"{self.demand:g} {own.unit}"] if own is not None else [])
        if self.pack_mass_kg > 0.0:
            parts.append(f"{_within(self.carriage.title)} {self.pack_mass_kg:g} kg")
        return ", ".join([*parts, *([] if self.footwear == "conventional" else [_within(self.shoe.title)])])

    @property
    def instant(self) -> str:
        """Number of frames over the contact, in words."""
        return f"one contact in {self.what.frames} frames"

    @property
    def bones(self) -> list[str]:
        """Bones that the models of leg and foot load."""
        return [self.leg.bone, *self.foot.rays]

    def design_effects(self, bone: str) -> dict[str, Effect]:
        """Factors of shoe and, with a pack, of the way of carrying that act on a bone, by the quantity they change."""
        force = ("forefoot", self.shoe.forefoot_force) if bone in self.foot.rays else ("ankle", self.shoe.ankle_force)
        effects = {
            f"force at the {force[0]}": force[1],
            "time of contact": self.shoe.contact_time,
            "path of the centre of pressure": self.shoe.cop_path,
        }
        return effects | ({"braking force": self.carriage.braking_force} if self.pack_mass_kg > 0.0 else {})

    def loaded_regions(self, bone: str) -> list[tuple[str, str]]:
        """Name and region of each load."""
        if bone in self.foot.rays:
            return [("ground force", self.foot.head_region), ("force of the toe", self.foot.joint_region)]
        return [("ankle contact", self.leg.contact_region)]

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        given = self.what.demand
        if given is not None and not given.lowest <= self.demand <= given.highest:
            raise ValueError(
                f"{given.name} is {self.demand:g}; allowed for {self.name}: "
                f"{given.lowest:g} to {given.highest:g} {given.unit}"
            )
        if self.what.step_rate_per_min is not None:
            usual = self.what.step_rate_per_min.value(self.demand)
            if not 0.7 * usual <= self.step_rate_per_min <= 1.3 * usual:
                raise ValueError(
                    f"step rate is {self.step_rate_per_min:g}; allowed for {self.name} at this speed: "
                    f"{0.7 * usual:.0f} to {1.3 * usual:.0f} steps per minute"
                )
        return self


class Case(Record):
    """The whole question of a run, fully resolved: reading it back gives the same result.

    ``support`` is how the bone is supported: ``fixed``, on an elastic ``foundation``, or ``free`` (inertia relief, the
    reaction to all loads on the support regions); by default as the bone's file says.
    """

    bone: BoneDescription
    """The bone."""
    support: SupportKind
    """Support of the bone."""
    activity: Annotated[Activity | Stance | History, Field(discriminator="kind")]
    """The activity with its options."""
    tissue: TissueState = Field(default_factory=healthy)
    """State of the tissue."""
    body_mass_kg: Annotated[float, Field(ge=20.0, le=250.0)] = USUAL_MASS_KG
    """Body mass."""
    size_mm: Annotated[float, Field(ge=0.2, le=20.0)]
    """Edge length of the elements."""
    accept_implausible: bool = False
    """Whether loads that no joint bears are run all the same."""
    side: BodySide = "right"
    """Side of the body. A left bone is the mirror image of the described right one; a load history stands in the frame
    of its side: z lateral of a right limb, medial of a left one."""

    @property
    def bone_title(self) -> str:
        """Title of the bone of this side."""
        return side_title(self.bone.title, self.side)

    @property
    def notes(self) -> tuple[str, ...]:
        """Where an imported bone and given loads come from, in sentences; none for what the library ships."""
        origin = self.bone.origin
        bone = () if origin is None else origin.account
        loads = self.activity.notes if isinstance(self.activity, History) else ()
        factor = self.force_factor
        if isinstance(self.activity, History) and self.activity.unit == "N" and factor != 1.0:
            whose = f"{self.activity.body_mass_kg:g} kg"
            loads = (*loads, f"forces in N of a person of {whose}, times {factor:.4g} for {self.body_mass_kg:g} kg")
        return (*(f"bone: {note}" for note in bone), *(f"loads: {note}" for note in loads))

    @property
    def force_factor(self) -> float:
        """Factor on given forces: the body weight in N, or for forces in N the ratio to the mass they were measured in.

        Forces in N of a person whose mass is not known stay as they are.
        """
        given = self.activity
        if isinstance(given, History) and given.unit == "N":
            return self.body_mass_kg / (given.body_mass_kg or self.body_mass_kg)
        return self.body_weight_n

    @property
    def has_mass(self) -> bool:
        """Whether the body mass counts: not for forces in N of a person whose mass is not known."""
        given = self.activity
        return not (isinstance(given, History) and given.unit == "N" and given.body_mass_kg is None)

    @property
    def person(self) -> str:
        """The body mass in words, or that the forces do not depend on it."""
        return f"{self.body_mass_kg:g} kg" if self.has_mass else "forces in N as given"

    @property
    def body_weight_n(self) -> float:
        """Body weight in N."""
        return self.body_mass_kg * BODY_WEIGHT_N_PER_KG

    @property
    def pack_mass_kg(self) -> float:
        """Carried mass in kg."""
        return self.activity.pack_mass_kg if isinstance(self.activity, Stance) else 0.0

    @model_validator(mode="before")
    @classmethod
    def _supported(cls, table: Any) -> Any:
        """Fill in the support of the bone's file where none is asked for."""
        if not isinstance(table, Mapping) or table.get("support") is not None or "bone" not in table:
            return table
        bone = table["bone"]
        if isinstance(bone, BoneDescription):
            return {**table, "support": bone.support.kind}
        own = bone.get("support") if isinstance(bone, Mapping) else None
        return {**table, "support": own.get("kind") if isinstance(own, Mapping) else None}

    @model_validator(mode="after")
    def _of_one_side(self) -> Self:
        own = self.activity.side if isinstance(self.activity, History) else None
        if own not in (None, self.side):
            raise ValueError(
                f"the load history {self.activity.name!r} is of a {own} limb, and the side asked for is {self.side}; "
                f"give --side {own}, or change the line `side` in its head"
            )
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.pack_mass_kg > self.body_mass_kg:
            raise ValueError(f"pack is {self.pack_mass_kg:g} kg; allowed: up to the body mass {self.body_mass_kg:g} kg")
        if isinstance(self.activity, History):
            largest = self.activity.largest / (1.0 if self.activity.unit == "BW" else self.body_weight_n)
            if not 0.05 <= largest <= LARGEST_BW:
                raise ValueError(
                    f"the largest force of {self.activity.name!r} is {largest:.3g} BW; allowed: 0.05 to "
                    f"{LARGEST_BW:g} BW (is its unit {self.activity.unit}?)"
                )
        for_bones = self.activity.bones
        if for_bones and self.bone.bone not in for_bones:
            raise ValueError(
                f"the activity {self.activity.name!r} is for {', '.join(for_bones)}; the bone is a {self.bone.bone}"
            )
        on_ray = isinstance(self.activity, Stance) and self.bone.bone in self.activity.foot.rays
        if on_ray and self.bone.inclination_deg is None:
            raise ValueError(f"the bone {self.bone.name!r} has no inclination_deg; a stance needs one")
        for load, region in self.activity.loaded_regions(self.bone.bone):
            if region not in self.bone.regions:
                acting = "" if load == region else f" for the load {load!r}"
                lacking = unknown(f"region of {self.bone.name}{acting}:", region, self.bone.regions)
                raise ValueError(str(lacking).rstrip("."))
            if region in self.bone.support.regions:
                raise ValueError(f"the load {load!r} acts on {region!r}, which supports the bone")
        return self

    @model_validator(mode="after")
    def _has_muscles(self) -> Self:
        stance = self.activity
        if not isinstance(stance, Stance) or self.bone.bone != stance.leg.bone:
            return self
        for name, muscle in stance.leg.muscles.items():
            if muscle.path is not None and muscle.path not in self.bone.paths:
                raise ValueError(
                    f"the bone {self.bone.name!r} has no path {muscle.path!r} for the muscle {name!r}; "
                    "meshes/tibia.toml shows how paths are written"
                )
        return self

    @model_validator(mode="after")
    def _is_borne(self) -> Self:
        if isinstance(self.activity, History) and not self.accept_implausible:
            fault = impossible(self.bone, self.activity.time_s, self.activity.forces, self.activity.unit)
            if fault is not None:
                raise ValueError(f"{fault}; --accept-implausible runs it all the same")
        return self


def _within(title: str) -> str:
    """A title within a sentence; a name that is written in capitals stays so."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title
