# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A measured or simulated trial as a file that names others: what they hold, of which side, which part of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fea.case.history import Unit
from fea.case.record import Name, Record
from fea.case.side import BodySide

Frames = Annotated[int, Field(ge=2, le=2000)]
Contact = Annotated[int, Field(ge=1, le=1000)]


class OpenSimTrial(Record):
    """A trial of OpenSim: the model, results of its analyses, and which part of them is one contact.

    Files are named from the folder of this one. Either the ground force finds the contact, or times are given;
    without both, all that the files share is taken.
    """

    FILES: ClassVar = ("model", "reactions", "muscles", "kinematics", "ground", "external_loads")
    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["opensim"]
    name: Name
    title: str
    side: BodySide
    """Side of the tibia."""
    model: str
    """Model, ``.osim``."""
    reactions: str
    """Joint reactions of ankle and knee, ``.sto``."""
    muscles: str
    """Muscle forces, ``.sto``: static optimisation, CMC or ForceReporter."""
    kinematics: str
    """Coordinates of the model, ``.mot`` or ``.sto``."""
    ground: str | None = None
    """Ground force, ``.mot``, which finds the contact."""
    external_loads: str | None = None
    """The ``.xml`` that says which force acts on which foot."""
    contact: Contact = 1
    """Which whole contact of the foot, from 1."""
    start_s: float | None = None
    """Begin instead."""
    end_s: float | None = None
    """End instead."""
    frames: Frames = 101
    """Number of instants."""


Quantity = Literal["time", "forward", "up", "right", "cop_forward", "cop_right", "free_moment"]
"""Columns of a table of ground force: forward in the direction of progression, up, and to the right of the body."""
Axis = Literal["x", "-x", "y", "-y", "z", "-z"]


class GroundTrial(Record):
    """A measured ground force, from which the leg model of this library computes the rest.

    Files are named from the folder of this one. Axes of the ground are forward, in the direction of progression, up,
    and right of the body. What is not measured of the posture is that of ``activity``.
    """

    FILES: ClassVar = ("ground", "external_loads", "model", "kinematics")
    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["ground_force"]
    name: Name
    title: str
    side: BodySide
    """Side of the limb."""
    activity: str
    """Activity of the library, or a path, whose posture stands in for what is not measured."""
    body_mass_kg: Annotated[float, Field(ge=20.0, le=250.0)]
    """Mass of the person."""
    ground: str
    """Ground force: a table ``.csv``, ``.mot`` or ``.sto``, or ``.c3d``."""
    external_loads: str | None = None
    """The ``.xml`` that says which force of a ``.mot`` acts on which foot."""
    columns: dict[Quantity, str] = Field(default_factory=dict)
    """Names of the columns of a table; a minus before a name turns the sign. By default named like their keys."""
    time_unit: Literal["s", "ms"] = "s"
    """Unit of the time of a table."""
    force_unit: Unit = "N"
    """Unit of the forces of a table."""
    length_unit: Literal["m", "mm"] | None = None
    """Unit of the centre of pressure; by default mm of a CSV file and m of a ``.mot``."""
    moment_unit: Literal["Nm", "Nmm"] = "Nm"
    """Unit of the free moment of a table."""
    forward: Axis | None = None
    """Axis of the laboratory that points in the direction of progression; ``x`` of a ``.mot``."""
    up: Axis | None = None
    """Axis that points up; ``y`` of a ``.mot``, ``z`` of a ``.c3d``."""
    plate: Annotated[int, Field(ge=1, le=100)] | None = None
    """Force plate of a ``.c3d``, from 1; needed if several were stepped on."""
    cop_from: Literal["laboratory", "ankle", "heel"] = "laboratory"
    """Where the centre of pressure is counted from: a fixed point, the ankle, or the back of an insole."""
    ankle_from_heel_mm: Annotated[float, Field(ge=10.0, le=150.0)] | None = None
    """Ankle centre in front of the back of the insole; needed with ``cop_from = "heel"``."""
    model: str | None = None
    """Model ``.osim`` that with ``kinematics`` gives ankle and shank."""
    kinematics: str | None = None
    """Coordinates of the model over the same time."""
    ankle_markers: tuple[str, ...] = ()
    """Markers of a ``.c3d`` whose mean is the ankle centre, such as those of both malleoli."""
    knee_markers: tuple[str, ...] = ()
    """Markers whose mean is the knee centre."""
    footwear: str = "conventional"
    """Shoe, whose effect under the forefoot a force plate does not see; it acts on metatarsals alone."""
    belt_speed_m_per_s: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    """Speed of a treadmill, which carries the centre of pressure backwards in the laboratory."""
    speed_m_per_s: float | None = None
    """Speed, for horizontal forces that an insole does not measure."""
    cutoff_hz: Annotated[float, Field(ge=0.0, le=1000.0)] | None = None
    """Cut-off of the low-pass filter; 0 for none; by default 50 Hz, or 0.4 of a low sampling rate."""
    threshold_n: Annotated[float, Field(ge=5.0, le=200.0)] = 20.0
    """Vertical force above which the foot is on the ground."""
    contact: Contact | Literal["mean"] = "mean"
    """Which whole contact, from 1; or the mean of all."""
    frames: Frames = 101
    """Number of instants."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.model is None) != (self.kinematics is None):
            raise ValueError("model and kinematics go together; give both or neither")
        if bool(self.ankle_markers) != bool(self.knee_markers):
            raise ValueError("ankle_markers and knee_markers go together; give both or neither")
        if self.cop_from == "heel" and self.ankle_from_heel_mm is None:
            raise ValueError('cop_from = "heel" needs ankle_from_heel_mm')
        return self


Trial = OpenSimTrial | GroundTrial
TRIALS: dict[str, type[OpenSimTrial] | type[GroundTrial]] = {"opensim": OpenSimTrial, "ground_force": GroundTrial}
"""Kinds of trials by the word of their files."""
