# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Bases of all records that are read from TOML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

EvidenceLevel = Literal["V", "K", "U", "D", "working value"]
DensityMeasure = Literal["apparent", "ash", "HA", "K2HPO4"]
"""Wet apparent density, ash density, or the equivalent of a phantom in quantitative CT, all in g/cm³."""
Percent = Annotated[float, Field(ge=0.0, le=100.0)]
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
"""A name that may stand in a file's name."""


class Record(BaseModel):
    """Base of all records read from TOML: frozen, no unknown keys, no NaN."""

    # Validators are built when a record is first read, not for all records at import: 0.2 s of every command.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class Sourced(Record):
    """A quantity with the place it comes from.

    ``evidence`` is the evidence level of the source: V (read in the source), K (standard value of the field),
    U (uncertain), D (derived) or ``working value``.
    """

    # Files before version 0.2 call it mark.
    evidence: EvidenceLevel = Field(validation_alias=AliasChoices("evidence", "mark"))
    """Evidence level of the source: V read in the source, K standard value of the field, U uncertain, D derived."""
    source: str
    """Source of the numbers of this table: author, year, place, and assumptions."""
