# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A measured or simulated trial as a file that names others: what they hold, of which side, which part of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fea.case.description import Name, Record
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


Trial = OpenSimTrial
TRIALS: dict[str, type[Trial]] = {"opensim": OpenSimTrial}
"""Kinds of trials by the word of their files."""
