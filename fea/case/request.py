# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The resolved question of one run: which bone, which activity, which body."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from fea.case.activity import Activity
from fea.case.description import BoneDescription, Record

BODY_WEIGHT_N_PER_KG = 9.80665


class Case(Record):
    """A fully resolved case: reading it back gives the same run."""

    bone: BoneDescription
    activity: Activity
    body_mass_kg: Annotated[float, Field(ge=20.0, le=250.0)] = 70.0
    size_mm: Annotated[float, Field(ge=0.2, le=20.0)]

    @property
    def body_weight_n(self) -> float:
        """Body weight in N."""
        return self.body_mass_kg * BODY_WEIGHT_N_PER_KG

    @model_validator(mode="after")
    def _regions_exist(self) -> Self:
        for name, force in self.activity.forces.items():
            if force.region not in self.bone.regions:
                known = ", ".join(sorted(self.bone.regions))
                raise ValueError(
                    f"the load {name!r} acts on the region {force.region!r}, which {self.bone.name} lacks; "
                    f"known: {known}"
                )
            if force.region in self.bone.fixed:
                raise ValueError(f"the load {name!r} acts on {force.region!r}, which is fixed")
        return self
