# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The gate of the viewer's socket: messages of bounded size that ask what the page can ask, in values it can have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from fea.case import SupportKind
from fea.view.design_controls import ControlValues
from fea.view.fields import FIELDS
from fea.view.risk import MOST_DAYS
from fea.view.shapes import LENGTHS, MODES, THICKNESSES, ShapeValues

LONGEST_BYTES = 2**16
"""The longest message that is taken; the page's own have a few hundred bytes."""

Name = Annotated[str, Field(max_length=200)]
_LARGEST_SLIP = 1e-6

Vertex = Annotated[int, Field(ge=0, lt=2**31)]
Contacts = Annotated[float, Field(ge=1.0, le=1e6)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class DesignAsk(_Record):
    """The controls of one design."""

    bone: Annotated[int, Field(ge=0, le=1)]
    activity: Name
    body_mass_kg: float
    pack_mass_kg: float
    demand: float | None
    step_rate_per_min: float | None
    footwear: Name
    carriage: Name
    t_score: Annotated[float, Field(ge=-4.0, le=0.0)]
    support: SupportKind
    length_percent: Annotated[float, Field(ge=LENGTHS[0], le=LENGTHS[1])]
    thickness_percent: Annotated[float, Field(ge=THICKNESSES[0], le=THICKNESSES[1])]
    modes: Annotated[tuple[Annotated[float, Field(ge=MODES[0], le=MODES[1])], ...], Field(max_length=40)]

    @property
    def shape(self) -> ShapeValues:
        """The shape of the bone; as opened if nothing of it is changed."""
        return ShapeValues(self.length_percent, self.thickness_percent, self.modes)

    @property
    def controls(self) -> ControlValues:
        """The values that lead to a case."""
        return ControlValues(
            self.activity,
            self.body_mass_kg,
            self.pack_mass_kg,
            self.demand,
            self.step_rate_per_min,
            self.footwear,
            self.carriage,
        )


class BetweenAsk(_Record):
    """A place between three vertices: their weights sum to 1."""

    corners: Annotated[list[Vertex], Field(min_length=3, max_length=3)]
    weights: Annotated[list[Annotated[float, Field(ge=0.0, le=1.0)]], Field(min_length=3, max_length=3)]

    @field_validator("weights")
    @classmethod
    def _sum_to_one(cls, weights: list[float]) -> list[float]:
        if abs(sum(weights) - 1.0) > _LARGEST_SLIP:
            raise ValueError("the weights do not sum to 1")
        return weights


class FrameAsk(_Record):
    """A picture: a field of a design at an instant, or with no ``percent`` the worst over the contact.

    ``place`` is where the page shows it, ``between`` a place near the probe that is read in its stead. ``has`` names
    the cells and the shape that the page holds already. ``moved`` asks for the displacement, ``limits`` for those of
    the colours, ``directions`` for the principal ones, ``contacts`` is their number a day, on so many ``days``.
    """

    id: Vertex
    ask: Literal["frame"]
    place: Literal["a", "b"]
    design: DesignAsk
    field: Literal[tuple(FIELDS)]  # type: ignore[valid-type]
    percent: Annotated[float, Field(ge=0.0, le=100.0)] | None
    moved: bool
    limits: bool
    directions: bool
    probe: Vertex | None
    between: BetweenAsk | None
    has: Annotated[list[Name], Field(min_length=2, max_length=2)]
    contacts: Contacts
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]


class SummaryAsk(_Record):
    """Hotspots and percentiles of a design."""

    id: Vertex
    ask: Literal["summary"]
    design: DesignAsk


class HistoryAsk(_Record):
    """Strain and one more field of a design at a vertex over the contact."""

    id: Vertex
    ask: Literal["history"]
    design: DesignAsk
    field: Literal[tuple(FIELDS)]  # type: ignore[valid-type]
    vertex: Vertex
    between: BetweenAsk | None


class RiskAsk(_Record):
    """Fractures by day of a design with so many contacts on every day."""

    id: Vertex
    ask: Literal["risk"]
    design: DesignAsk
    contacts: Contacts


class MatchAsk(_Record):
    """Where the vertices of a bone that the page shows lie on another; each by the name of its ``shape``."""

    id: Vertex
    ask: Literal["match"]
    one: Name
    other: Name


Ask = FrameAsk | SummaryAsk | HistoryAsk | RiskAsk | MatchAsk
_ASKS: TypeAdapter[Ask] = TypeAdapter(Annotated[Ask, Field(discriminator="ask")])


def read_ask(message: str) -> Ask | None:
    """What a message asks for; None if the page could not have sent it."""
    try:
        return _ASKS.validate_json(message)
    except ValidationError:
        return None
