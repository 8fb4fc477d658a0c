# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from fea.case import Options, TissueOptions

Changes = Annotated[
    tuple[str, ...],
    Parameter(name="--set", negative="", help="Change the bone, e.g. length_mm=350; may be given several times."),
]
Size = Annotated[float | None, Parameter(name="--size", help="Edge length of the elements in mm.")]
Solver = Annotated[
    Literal["mumps", "pardiso", "multigrid"] | None,
    Parameter(name="--solver", help="Linear solver; the fastest that fits by default."),
]
Cache = Annotated[bool, Parameter(help="Use and keep solved bones in the cache.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of a table.")]
Mass = Annotated[float, Parameter(name="--mass", help="Body mass in kg.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Doing:
    """How an activity is done."""

    speed: Annotated[float | None, Parameter(help="Speed in m/s, for activities that have one.")] = None
    height: Annotated[float | None, Parameter(help="Drop height in m, for landings.")] = None
    step_rate: Annotated[float | None, Parameter(help="Steps of both feet per minute.")] = None
    pack: Annotated[float, Parameter(help="Carried mass in kg.")] = 0.0
    carriage: Annotated[str, Parameter(help="How it is carried; `bonefea list` shows the ways.")] = "backpack"
    footwear: Annotated[str, Parameter(help="A shoe that `bonefea list` shows.")] = "conventional"

    def options(self) -> Options:
        """Return them as a case takes them."""
        from fea.case import Options

        return Options(self.speed, self.height, self.step_rate, self.pack, self.carriage, self.footwear)


DOING = Doing()
"""As the activity is usually done."""


@Parameter(name="*")
@dataclass(frozen=True)
class MadeOf:
    """What the bone is made of."""

    tissue: Annotated[str, Parameter(help="A tissue state that `bonefea list` shows, or a path to a TOML file.")] = (
        "healthy"
    )
    t_score: Annotated[float | None, Parameter(help="T-score, 0 to -4, in place of a named state.")] = None
    age: Annotated[float | None, Parameter(help="Age in years, 20 to 85; needs --sex.")] = None
    sex: Annotated[Literal["female", "male"] | None, Parameter(help="Sex, for the law of age.")] = None
    law: Annotated[str | None, Parameter(help="Density-modulus law of cortical bone.")] = None
    cancellous_law: Annotated[str | None, Parameter(help="Density-modulus law of cancellous bone.")] = None
    symmetry: Annotated[
        Literal["isotropic", "transverse", "orthotropic"] | None, Parameter(help="Directions of cortical bone.")
    ] = None
    outside_law: Annotated[
        Literal["refuse", "clamp"] | None, Parameter(help="What to do with a density outside the range of its law.")
    ] = None

    def options(self) -> TissueOptions:
        """Return it as a case takes it."""
        from fea.case import TissueOptions

        return TissueOptions(
            state=self.tissue,
            t_score=self.t_score,
            age_years=self.age,
            sex=self.sex,
            cortical_law=self.law,
            cancellous_law=self.cancellous_law,
            symmetry=self.symmetry,
            outside_law=self.outside_law,
        )


MADE_OF = MadeOf()
"""Healthy tissue."""
