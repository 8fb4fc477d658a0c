# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""An activity as data: forces and moments on named regions of a bone at one instant."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fea.case.record import Name, Record, Sourced

Component = Annotated[float, Field(ge=-60.0, le=60.0)]
MomentComponent = Annotated[float, Field(ge=-3000.0, le=3000.0)]


class Tilt(Sourced):
    """Lean of the frame in which a force was published against the bone frame.

    ``anterior_deg`` is the forward lean of the bone's proximal end in that frame, ``lateral_deg``
    its lateral lean. Forces of the source are turned by the two angles when they are read.
    """

    anterior_deg: Annotated[float, Field(ge=-60.0, le=60.0)] = 0.0
    """Forward lean of the bone's proximal end in the frame of the source."""
    lateral_deg: Annotated[float, Field(ge=-60.0, le=60.0)] = 0.0
    """Lateral lean of the bone's proximal end in that frame."""

    def rotation(self) -> npt.NDArray[np.float64]:
        """Rotation R, shape (3, 3): a vector of the source's frame times R is the vector in the bone frame.

        Rows of R are the bone axes (anterior, proximal, lateral) in the source's frame.
        """
        a, b = np.deg2rad([self.anterior_deg, self.lateral_deg])
        proximal = np.array([np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), np.sin(b)])
        anterior = np.array([np.cos(a), -np.sin(a), 0.0])
        return np.array([anterior, proximal, np.cross(anterior, proximal)])


class Force(Sourced):
    """A force spread over a region, in body weights along x (anterior or dorsal), y (proximal) and z (lateral).

    ``moment_bw_mm`` is added about the region's centroid. ``share`` scales both: 0 keeps a
    documented load out of the case without deleting it.
    """

    region: str
    """Region of the bone on which it acts."""
    vector_bw: tuple[Component, Component, Component]
    """Resultant force along x, y, z."""
    moment_bw_mm: tuple[MomentComponent, MomentComponent, MomentComponent] = (0.0, 0.0, 0.0)
    """Moment about the region's centre."""
    share: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    """Share of force and moment that is applied."""
    tilt: Tilt | None = None
    """Lean of the frame of the source against the bone frame."""


class Activity(Record):
    """A load case at one instant, as read from ``loadcases/*.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["instant"]
    name: Name
    title: str
    bone: Name
    """Bone that it loads."""
    instant: str
    """Which instant of the movement it is, in words."""
    sources: dict[str, str]
    forces: dict[str, Force] = Field(min_length=1)
    """Forces, by name."""

    @model_validator(mode="after")
    def _loads(self) -> Self:
        if not any(f.share * abs(x) > 0.0 for f in self.forces.values() for x in (*f.vector_bw, *f.moment_bw_mm)):
            raise ValueError("all forces and moments are zero; at least one must not be")
        return self

    @property
    def bones(self) -> list[str]:
        """The bone that it loads."""
        return [self.bone]

    def loaded_regions(self, _: str) -> list[tuple[str, str]]:
        """Name and region of each load."""
        return [(name, force.region) for name, force in self.forces.items()]
