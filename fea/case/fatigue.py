# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Data of fatigue: life laws, scatter, repair, periosteal apposition, remodelling transient, calibration."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, model_validator

from fea.case.record import Record, Sourced
from fea.errors import unknown

Floats = npt.NDArray[np.float64]
Positive = Annotated[float, Field(gt=0.0)]

StrainMeasure = Literal["normal", "equivalent"]
Form = Literal["cumulative", "published"]


class LifeCurve(Record):
    """Cycles until the reference volume fails by strain range: what a life law of any form has.

    Frequency is one over the duration of a contact. With a strain range Δε its mean strain rate is 2 Δε times that.
    """

    endurance_ue: Annotated[float, Field(ge=0.0, le=20_000.0)] = 0.0
    """Endurance limit: strain range up to which a cycle does no damage."""
    frequency_exponent: Annotated[float, Field(ge=-3.0, le=3.0)] = 0.0
    """Power of the frequency of loading that cycles to failure go with; 1 for a life that is a time."""
    frequency_hz: Annotated[float, Field(gt=0.0, le=1000.0)] | None = None
    """Frequency that the cycles were measured at."""

    def cycles(self, strain_range_ue: Floats) -> Floats:
        """Cycles to failure at the frequency of measurement, without an endurance limit, any shape."""
        raise NotImplementedError

    @property
    def slope(self) -> float:
        """Power of strain that damage goes with, over the whole of the law."""
        raise NotImplementedError

    @property
    def scales(self) -> bool:
        """Whether strain times f does exactly f^``slope`` times the damage."""
        return False

    def life(self, strain_range_ue: Floats, frequency_hz: float | None = None) -> Floats:
        """Cycles to failure, any shape; infinite up to the endurance limit and where the range is 0.

        ``frequency_hz`` is that of loading; by default that of measurement.
        """
        cycles = np.where(strain_range_ue > self.endurance_ue, self.cycles(strain_range_ue), np.inf)
        if frequency_hz is None or self.frequency_hz is None:
            return cycles
        return np.asarray(cycles * (frequency_hz / self.frequency_hz) ** self.frequency_exponent)

    @model_validator(mode="after")
    def _frequency_known(self) -> Self:
        if self.frequency_exponent != 0.0 and self.frequency_hz is None:
            raise ValueError("frequency_exponent stands without frequency_hz, at which the cycles were measured")
        return self


class PowerLaw(LifeCurve):
    """N = 10^log10_cycles · Δε^(−exponent), Δε in µε."""

    kind: Literal["power"] = "power"
    """Form of the law; not needed."""
    log10_cycles: Annotated[float, Field(ge=0.0, le=100.0)]
    """Logarithm of the cycles at a strain range of 1 µε."""
    exponent: Annotated[float, Field(gt=0.0, le=30.0)]
    """Exponent n of the life law."""

    def cycles(self, strain_range_ue: Floats) -> Floats:
        """Cycles to failure at the frequency of measurement, any shape; infinite where the range is 0.

        Examples
        --------
        >>> round(float(PowerLaw(log10_cycles=53.16, exponent=14.1).cycles(np.array(3000.0))))
        13570
        """
        with np.errstate(divide="ignore"):
            return np.asarray(10.0 ** (self.log10_cycles - self.exponent * np.log10(strain_range_ue)))

    @property
    def slope(self) -> float:
        """Exponent n."""
        return self.exponent

    @property
    def scales(self) -> bool:
        """Without an endurance limit."""
        return self.endurance_ue == 0.0


class TabulatedLife(LifeCurve):
    """Cycles as measured, on straight lines between logarithms; the first and the last line go on beyond the points."""

    kind: Literal["points"] = "points"
    """Form of the law; not needed."""
    points: tuple[tuple[Positive, Positive], ...] = Field(min_length=2)
    """Strain range in µε and cycles to failure of each point: ranges rise and cycles fall."""

    def cycles(self, strain_range_ue: Floats) -> Floats:
        """Cycles to failure at the frequency of measurement, any shape; infinite where the range is 0.

        Examples
        --------
        >>> life = TabulatedLife(points=[(2000.0, 1e6), (4000.0, 1e4), (8000.0, 1e3)])
        >>> life.cycles(np.array([2000.0, 4000.0, 16000.0])).round().tolist()
        [1000000.0, 10000.0, 100.0]
        """
        ranges, cycles = np.log10(np.array(self.points)).T
        with np.errstate(divide="ignore"):
            asked = np.log10(strain_range_ue)
        line = np.clip(np.searchsorted(ranges, asked) - 1, 0, len(ranges) - 2)
        slopes = np.diff(cycles) / np.diff(ranges)
        return np.asarray(10.0 ** (cycles[line] + slopes[line] * (asked - ranges[line])))

    @property
    def slope(self) -> float:
        """That of the line from the first to the last point."""
        (low, long), (high, short) = self.points[0], self.points[-1]
        return float(np.log(long / short) / np.log(high / low))

    @model_validator(mode="after")
    def _longer_at_less(self) -> Self:
        for (low, long), (high, short) in itertools.pairwise(self.points):
            if not (low < high and long > short):
                raise ValueError(
                    f"the point ({high:g} µε, {short:g} cycles) follows ({low:g} µε, {long:g} cycles);"
                    " allowed: ranges that rise with cycles that fall"
                )
        return self


def _form(curve: object) -> object:
    """The table of a curve with its kind, which its keys tell."""
    if isinstance(curve, dict) and "kind" not in curve:
        return {**curve, "kind": "points" if "points" in curve else "power"}
    return curve


Curve = Annotated[PowerLaw | TabulatedLife, Field(discriminator="kind"), BeforeValidator(_form)]


class LifeLaw(Sourced):
    """Cycles to failure by strain range, in tension and in compression, between the strains of ``range_ue``.

    Outside ``range_ue`` the law is extrapolated.
    """

    title: str
    tension: Curve
    """Law where tension is the larger excursion."""
    compression: Curve
    """Law where compression is the larger excursion."""
    range_ue: tuple[Positive, Positive]
    """Strain range over which it was measured."""


class Scatter(Sourced):
    """P = 1 − exp[−(V / reference_volume_mm3) D^exponent] for damage D in a volume V."""

    exponent: Positive
    """Weibull exponent w of damage at failure."""
    reference_volume_mm3: Positive
    """Volume that the life laws were measured on."""


class Repair(Sourced):
    """Probability 1 − exp[−(a / time_d)^exponent] that damage of a day has been repaired by the age a."""

    time_d: Positive
    """Time constant of repair."""
    exponent: Positive
    """Weibull exponent of repair."""


class Apposition(Sourced):
    """Periosteal apposition in proportion to the shaft, where its load exceeds the usual one.

    The outer axes of a section become 1 + g times as long. ``delay_d`` after a day whose stimulus S lies above
    ``set_point`` times the usual one, g rises by ``rate_per_d`` times a drive that goes from 0 there to 1 at
    ``full_drive`` times; g stays below ``ceiling``. S is the root of Σ contacts · strain^``stimulus_exponent`` over
    seven days, and usual is the greater of everyday life and of what the bone is pre-conditioned to.
    """

    rate_per_d: Annotated[float, Field(ge=0.0, le=0.01)]
    """Relative growth of the outer axes on a day of full drive."""
    ceiling: Annotated[float, Field(gt=0.0, le=0.5)]
    """Largest relative growth of the outer axes."""
    delay_d: Annotated[int, Field(ge=0, le=365)]
    """Days from load to new bone: resorption and reversal."""
    set_point: Annotated[float, Field(ge=1.0, le=10.0)]
    """Stimulus over the usual one above which bone is formed."""
    full_drive: Annotated[float, Field(gt=1.0, le=20.0)]
    """Stimulus over the usual one from which it is formed at the full rate."""
    stimulus_exponent: Annotated[float, Field(ge=1.0, le=10.0)]
    """Power of strain in the stimulus."""
    everyday_activity: str
    """Activity of everyday life."""
    everyday_km_per_d: Annotated[float, Field(ge=0.0, le=50.0)]
    """Its distance."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.full_drive <= self.set_point:
            raise ValueError(f"full_drive is {self.full_drive:g}; allowed: above the set_point of {self.set_point:g}")
        return self


class MuscleFatigue(Sourced):
    """Rise of strain over the distance of a day, as muscles that protect the bone tire; in proportion to distance."""

    strain_rise: Annotated[float, Field(ge=0.0, le=2.0)]
    """Relative rise of strain after ``over_km``, and beyond."""
    over_km: Positive
    """Distance after which it was measured."""


class RemodellingTransient(Sourced):
    """Resorption before formation: a step up in load makes the cortex more porous for a while.

    Porosity rises over ``resorption_d``, stays for ``reversal_d`` and is filled over ``formation_d``. Its largest
    rise is ``porosity``, as a fraction of the volume; stiffness falls with (1 − porosity)^``stiffness_exponent``.
    """

    resorption_d: Positive
    """Time over which porosity rises."""
    reversal_d: Annotated[float, Field(ge=0.0)]
    """Time for which it stays."""
    formation_d: Positive
    """Time over which the pores are filled."""
    porosity: Annotated[float, Field(ge=0.0, le=0.2)]
    """Largest rise of porosity."""
    stiffness_exponent: Positive
    """Exponent of stiffness over 1 − porosity."""


class LognormalSpread(Sourced):
    """A factor with median 1 that varies between people lognormally; ``sd`` is that of its natural logarithm."""

    sd: Annotated[float, Field(ge=0.0, le=2.0)]
    """Standard deviation of the natural logarithm."""


class Spreads(Record):
    """Variation between people of the same description."""

    body_mass: LognormalSpread
    """Body mass."""
    load: LognormalSpread
    """Force at the same body mass."""
    density: LognormalSpread
    """Density of the tissue."""
    bone_size: LognormalSpread
    """Size of the bone."""
    fatigue_life: LognormalSpread
    """Cycles to failure."""
    strain: dict[str, LognormalSpread] = Field(default_factory=dict)
    """Strain as measured in people at the same activity, all causes together, by bone."""

    def of_bone(self, bone: str, modulus_exponent: float) -> Self:
        """The same, with the load varied so that the strain of this bone varies as measured.

        What body mass (in proportion), density (power ``modulus_exponent``) and size (power −2) leave of the measured
        variance falls to the load. A bone whose strain was not measured keeps the spread of the load.
        """
        if bone not in self.strain:
            return self
        measured = self.strain[bone]
        shared = self.body_mass.sd**2 + (modulus_exponent * self.density.sd) ** 2 + (2.0 * self.bone_size.sd) ** 2
        rest = float(np.sqrt(max(measured.sd**2 - shared, 0.0)))
        return self.model_copy(update={"load": measured.model_copy(update={"sd": rest})})


class Calibrated(Sourced):
    """The free constant for one choice of law, strain measure and form: a factor on the law's cycles to failure."""

    law: str
    """Life law that it belongs to."""
    strain: StrainMeasure
    """Strain measure that it belongs to."""
    form: Form
    """Form that it belongs to."""
    log10_life_factor: Annotated[float, Field(ge=-20.0, le=20.0)]
    """Logarithm of the factor on cycles to failure."""


class Reference(Sourced):
    """The published probability that the free constant is calibrated to, and the training it was found for."""

    activity: str
    """Activity."""
    speed_m_per_s: float
    """Speed."""
    body_mass_kg: float
    """Body mass."""
    distance_km_per_day: Positive
    """Distance a day; contacts follow from speed and step rate."""
    days: Annotated[int, Field(ge=1)]
    """Number of days."""
    probability: Annotated[float, Field(gt=0.0, lt=1.0)]
    """Published probability of a fracture, the mean over runners."""


class Fatigue(Record):
    """All data of the risk model, as read from ``loadcases/shared/fatigue.toml`` or a file of one's own."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["fatigue"]
    laws: dict[str, LifeLaw] = Field(min_length=1)
    """Life laws, by name."""
    scatter: Scatter
    """Scatter of damage at failure."""
    repair: Repair
    """Repair."""
    growth: Apposition
    """Periosteal apposition."""
    lag: RemodellingTransient
    """Remodelling transient: resorption before formation."""
    muscle_fatigue: dict[str, MuscleFatigue] = Field(default_factory=dict)
    """Rise of strain as muscles tire, by bone."""
    spreads: Spreads
    """Variation between virtual subjects."""
    reference: Reference
    """Published probability that the life factor is calibrated on."""
    calibrated: tuple[Calibrated, ...] = ()
    """Life factor for each law, strain measure and form."""

    def law(self, name: str) -> LifeLaw:
        """Law by name.

        Raises
        ------
        fea.errors.InputError
            No law of that name.
        """
        if name not in self.laws:
            raise unknown("life law", name, self.laws)
        return self.laws[name]

    def life_factor(self, law: str, strain: StrainMeasure, form: Form) -> float:
        """Calibrated factor on cycles to failure; 1 where nothing was calibrated."""
        found = self._calibrated(law, strain, form)
        return 1.0 if found is None else float(10.0**found.log10_life_factor)

    def remarks(self, law: str, strain: StrainMeasure, form: Form) -> list[str]:
        """What must be known of predictions by a law: that it is not calibrated."""
        if self._calibrated(law, strain, form) is not None:
            return []
        return [
            f"The life law {law!r} is not calibrated for {strain} strain in the {form} form: its probabilities put "
            "trainings in order, they are not shares of people"
        ]

    def _calibrated(self, law: str, strain: StrainMeasure, form: Form) -> Calibrated | None:
        asked = (law, strain, form)
        return next((one for one in self.calibrated if (one.law, one.strain, one.form) == asked), None)

    @model_validator(mode="after")
    def _laws_exist(self) -> Self:
        for entry in self.calibrated:
            if entry.law not in self.laws:
                raise ValueError(f"calibrated names the law {entry.law!r}, which is not among laws")
        return self
