# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What bone under repeated load is assumed to do, as data: life laws, scatter, repair, growth, calibration."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fea.case.description import Record, Sourced
from fea.errors import unknown

Floats = npt.NDArray[np.float64]
Positive = Annotated[float, Field(gt=0.0)]

StrainMeasure = Literal["normal", "equivalent"]
Form = Literal["cumulative", "published"]


class PowerLaw(Record):
    """N = 10^log10_cycles · Δε^(−exponent), Δε in µε: cycles until the reference volume fails."""

    log10_cycles: Annotated[float, Field(ge=0.0, le=100.0)]
    exponent: Annotated[float, Field(gt=0.0, le=30.0)]

    def life(self, strain_range_ue: Floats) -> Floats:
        """Return cycles to failure, any shape; infinite where the range is 0.

        Examples
        --------
        >>> round(float(PowerLaw(log10_cycles=53.16, exponent=14.1).life(np.array(3000.0))))
        13570
        """
        with np.errstate(divide="ignore"):
            return np.asarray(10.0 ** (self.log10_cycles - self.exponent * np.log10(strain_range_ue)))


class LifeLaw(Sourced):
    """Cycles to failure by strain range, in tension and in compression, between the strains of ``range_ue``.

    Outside ``range_ue`` the law is extrapolated.
    """

    title: str
    tension: PowerLaw
    compression: PowerLaw
    range_ue: tuple[Positive, Positive]


class Scatter(Sourced):
    """P = 1 − exp[−(V / reference_volume_mm3) D^exponent] for damage D in a volume V."""

    exponent: Positive
    reference_volume_mm3: Positive


class Repair(Sourced):
    """Damage of a day is repaired by the age a with probability 1 − exp[−(a / time_d)^exponent]."""

    time_d: Positive
    exponent: Positive


class Growth(Sourced):
    """Periosteal apposition."""

    apposition_um_per_d: Annotated[float, Field(ge=0.0, le=20.0)]


class Lag(Sourced):
    """Resorption before formation: a step up in load makes the cortex more porous for a while.

    Porosity rises over ``resorption_d``, stays for ``reversal_d`` and is filled over ``formation_d``. Its largest
    rise is ``porosity``, as a fraction of the volume; stiffness falls with (1 − porosity)^``stiffness_exponent``.
    """

    resorption_d: Positive
    reversal_d: Annotated[float, Field(ge=0.0)]
    formation_d: Positive
    porosity: Annotated[float, Field(ge=0.0, le=0.2)]
    stiffness_exponent: Positive


class Spread(Sourced):
    """A factor with median 1 that varies between people lognormally; ``sd`` is that of its natural logarithm."""

    sd: Annotated[float, Field(ge=0.0, le=2.0)]


class Spreads(Record):
    """What varies between people of the same description."""

    body_mass: Spread
    load: Spread
    density: Spread
    bone_size: Spread
    fatigue_life: Spread


class Calibrated(Sourced):
    """The free constant for one choice of law, strain measure and form: a factor on the law's cycles to failure."""

    law: str
    strain: StrainMeasure
    form: Form
    log10_life_factor: Annotated[float, Field(ge=-20.0, le=20.0)]


class Reference(Sourced):
    """The published probability that the free constant is calibrated to, and the training it was found for."""

    activity: str
    speed_m_per_s: float
    body_mass_kg: float
    cycles_per_day: Positive
    days: Annotated[int, Field(ge=1)]
    probability: Annotated[float, Field(gt=0.0, lt=1.0)]


class Fatigue(Record):
    """All that risk is computed from, as read from ``loadcases/shared/fatigue.toml`` or a file of one's own."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["fatigue"]
    laws: dict[str, LifeLaw] = Field(min_length=1)
    scatter: Scatter
    repair: Repair
    growth: Growth
    lag: Lag
    spreads: Spreads
    reference: Reference
    calibrated: tuple[Calibrated, ...] = ()

    def law(self, name: str) -> LifeLaw:
        """Return a law by name.

        Raises
        ------
        fea.errors.InputError
            No law of that name.
        """
        if name not in self.laws:
            raise unknown("life law", name, self.laws)
        return self.laws[name]

    def life_factor(self, law: str, strain: StrainMeasure, form: Form) -> float:
        """Return the calibrated factor on cycles to failure; 1 where nothing was calibrated."""
        found = (c.log10_life_factor for c in self.calibrated if (c.law, c.strain, c.form) == (law, strain, form))
        return float(10.0 ** next(found, 0.0))

    @model_validator(mode="after")
    def _laws_exist(self) -> Self:
        for entry in self.calibrated:
            if entry.law not in self.laws:
                raise ValueError(f"calibrated names the law {entry.law!r}, which is not among laws")
        return self
