# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone, its loads and the laws of damage and repair; training by day gives a probability."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Fatigue, Form, MuscleFatigue, StrainMeasure, TissueState, healthy
from fea.errors import out_of_range
from fea.risk.apposition import apposition, apposition_factor, stimulus
from fea.risk.damage import DamageGroups, contact_damage, grouped
from fea.risk.exposure import Cortex, Exposure, SectionExposure
from fea.risk.probability import by_site, doses, hazards, probability, published
from fea.risk.repair import WEEK_D, damage_convolution, porosity, softening, unrepaired_share
from fea.risk.uncertainty import MOST_SAMPLES, UncertaintyInputs
from fea.tissue import law

Floats = npt.NDArray[np.float64]

RUN_IN_D = 126
"""Days of usual training before a plan with a pre-conditioned bone: repair and formation have caught up."""


@dataclass(frozen=True)
class RiskSettings:
    """Settings of the risk model of a plan.

    ``law`` names a life law of the fatigue data, ``strain`` what it counts, ``form`` the equations; ``transient``
    lets resorption run ahead of formation (remodelling transient), ``apposition`` lets new bone form around the shaft,
    ``muscle_fatigue`` lets strain rise over the distance of a day.
    ``samples`` virtual subjects are sampled for the band, none for 0; ``sensitivity`` is the base of the Sobol indices,
    0 for none.
    """

    law: str = "carter_caler"
    strain: StrainMeasure = "normal"
    form: Form = "cumulative"
    transient: bool = False
    repair: bool = True
    apposition: bool = True
    muscle_fatigue: bool = False
    groups: int = 16
    samples: int = 1024
    sensitivity: int = 512
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers of samples outside their range."""
        if not 0 <= self.samples <= MOST_SAMPLES:
            raise out_of_range("samples", self.samples, f"0 to {MOST_SAMPLES}")
        if self.sensitivity < 0 or self.sensitivity & (self.sensitivity - 1):
            raise out_of_range("base of the Sobol indices", self.sensitivity, "0 or a power of 2")


@dataclass(frozen=True)
class RiskCourse:
    """Groups, unrepaired doses and probability by day, of the bone and of its sites."""

    groups: DamageGroups
    unrepaired: Floats
    probability: Floats
    by_site: Floats


class RiskModel:
    """Damage and probability of a bone under its loads; :meth:`course` takes any training by day.

    Parameters
    ----------
    cortex : Cortex
        Of the solved bone.
    exposures : sequence of Exposure
        Its loads.
    fatigue, settings : Fatigue, RiskSettings
        The way.
    tissue : TissueState, optional
        Brings the fatigue strength and how stiffness follows density; by default that of a healthy adult.
    life_factor : float, optional
        Factor on cycles to failure; by default the calibrated one.
    everyday : SectionExposure, optional
        Everyday life, which bone is formed for no more; by default the first week of the training is usual.
    muscle_fatigue : MuscleFatigue, optional
        How strain rises over the distance of a day, where the settings ask for it; by default it does not.

    Attributes
    ----------
    damage : Damage
        Of one contact of each load.
    """

    def __init__(
        self,
        cortex: Cortex,
        exposures: Sequence[Exposure],
        fatigue: Fatigue,
        settings: RiskSettings,
        tissue: TissueState | None = None,
        life_factor: float | None = None,
        everyday: SectionExposure | None = None,
        muscle_fatigue: MuscleFatigue | None = None,
    ) -> None:
        self.everyday = everyday
        self.muscle_fatigue = muscle_fatigue
        self.tissue = tissue or healthy()
        self.cortex, self.exposures, self.fatigue, self.settings = cortex, tuple(exposures), fatigue, settings
        asked = settings.law, settings.strain, settings.form
        self.damage = contact_damage(
            exposures,
            fatigue.law(settings.law),
            life_factor=fatigue.life_factor(*asked) if life_factor is None else life_factor,
            strength_factor=self.tissue.fatigue_strength_factor,
        )

    def with_settings(self, settings: RiskSettings) -> RiskModel:
        """The same loads with other settings of the same law, strain and form."""
        changed = copy(self)
        changed.settings = settings
        return changed

    def course(self, contacts: Floats, before: int = 0) -> RiskCourse:
        """Probability and unrepaired doses by day under contacts (loads, days).

        ``before`` days with the contacts of the first week come before. What they leave unrepaired is there when the
        training begins, and counts from its first day on; the bone is adapted to them.
        """
        scatter, form = self.fatigue.scatter, self.settings.form
        groups = grouped(
            self.damage,
            contacts.sum(axis=1),
            self.cortex.volume,
            self.cortex.site,
            scatter.exponent,
            count=self.settings.groups,
            peak=form == "published",
        )
        repair = self.fatigue.repair if self.settings.repair else None
        every = np.concatenate([np.tile(contacts[:, :WEEK_D], before // WEEK_D), contacts], axis=1)
        factor = self._appositional(every, adapted=before > 0)
        if self.settings.muscle_fatigue and self.muscle_fatigue is not None:
            factor *= fatigued(self.muscle_fatigue, self._distance_km(every))
        if self.settings.transient and form == "cumulative":
            factor[:, :, before:] *= self._softened(every)[before:]
        groups = groups.spanning(factor)
        if form == "published":
            curve = published(groups, doses(groups, contacts, factor[:, :, before:]), scatter, repair)
            return RiskCourse(groups, np.zeros(0), curve, np.zeros((len(self.cortex.sites), contacts.shape[1])))
        unrepaired = damage_convolution(doses(groups, every, factor), unrepaired_share(repair, every.shape[1]))
        unrepaired = unrepaired[:, :, before:]
        hazard = hazards(groups, unrepaired, scatter)
        return RiskCourse(
            groups=groups,
            unrepaired=unrepaired,
            probability=probability(hazard.sum(axis=0)),
            by_site=probability(by_site(hazard, groups, len(self.cortex.sites))),
        )

    def apposition(self, contacts: Floats, *, adapted: bool) -> Floats:
        """Relative growth of the outer axes of each section by day, (k, days), under contacts (loads, days).

        With ``adapted`` the bone is used to the first week.
        """
        law, sections = self.fatigue.growth, self.cortex.sections
        beams = np.array([one.beam for one in self.exposures])
        usual = np.zeros(len(sections.level))
        if self.everyday is not None:
            walked = np.full((1, WEEK_D), law.everyday_km_per_d * (self.everyday.cycles_per_km or 0.0))
            usual = stimulus(sections, self.everyday.beam[None], walked, law.stimulus_exponent)[:, -1]
        if adapted or self.everyday is None:
            first = stimulus(sections, beams, contacts[:, :WEEK_D], law.stimulus_exponent)[:, -1]
            usual = np.maximum(usual, first)
        return apposition(law, stimulus(sections, beams, contacts, law.stimulus_exponent), usual)

    def uncertainty_inputs(self, course: RiskCourse) -> UncertaintyInputs:
        """Inputs from which the probabilities of virtual subjects are computed."""
        return UncertaintyInputs(
            groups=course.groups,
            unrepaired=course.unrepaired,
            scatter=self.fatigue.scatter,
            mass_slope=np.array([one.mass_slope for one in self.exposures]),
            modulus_exponent=_slope(self.tissue.cortical_law),
        )

    def unrepaired_damage(self, course: RiskCourse, days: int) -> Floats:
        """Largest unrepaired damage of each point, (4 p,), in the first days of a course."""
        groups, site = course.groups, self.cortex.site
        each = [self.damage.at(f) / f ** self.damage.exponent[:, None] for f in groups.factors[groups.nodes]]
        rows, worst = np.concatenate(each), np.zeros(len(site))
        for unrepaired in np.unique(course.unrepaired[:, :, :days], axis=2).transpose(2, 0, 1):
            np.maximum(worst, np.einsum("cp,cp->p", rows, unrepaired[:, site]), out=worst)
        return worst

    def whole_bone(self, contacts: Floats) -> Floats:
        """Damage that contacts (loads, days) add to the whole bone each day: (Σ V/V₀ d^w)^(1/w), (days,)."""
        w, share = self.fatigue.scatter.exponent, self.cortex.volume / self.fatigue.scatter.reference_volume_mm3
        kinds, of = np.unique(contacts, axis=1, return_inverse=True)
        each = [share @ (kind[self.damage.load] @ self.damage.points) ** w for kind in kinds.T]
        return np.asarray(np.array(each)[of.ravel()] ** (1.0 / w))

    def hardest_week(self, contacts: Floats) -> Floats:
        """Mean damage a day of each cell (p,) in the week that adds most to the whole bone."""
        weekly = contacts.reshape(len(contacts), -1, 7).mean(axis=2)
        hardest = weekly[:, self.whole_bone(weekly).argmax()]
        return np.asarray((hardest[self.damage.load] @ self.damage.points).reshape(-1, 4).mean(axis=1))

    def _appositional(self, contacts: Floats, *, adapted: bool) -> Floats:
        """Strain factors of periosteal apposition, (loads, sites, days), each at the mean level of its site."""
        if not self.settings.apposition:
            return np.ones((len(self.exposures), len(self.cortex.sites), contacts.shape[1]))
        growth, levels = self.apposition(contacts, adapted=adapted), self.cortex.sections.level
        rows = []
        for one in self.exposures:
            factor = apposition_factor(self.cortex.sections, one.beam, growth)
            rows.append(np.array([np.interp(self.cortex.level, levels, day) for day in factor.T]).T)
        return np.array(rows)

    def _distance_km(self, contacts: Floats) -> Floats:
        """Distance of each day under contacts (loads, days), (days,)."""
        per_km = np.array([one.cycles_per_km or np.inf for one in self.exposures])
        return np.asarray((contacts / per_km[:, None]).sum(axis=0))

    def _softened(self, contacts: Floats) -> Floats:
        """Strain factors of the remodelling transient, (days,).

        The dose of a day is what it adds to the whole bone, in units of the constant daily dose that ends at the
        probability of the reference.
        """
        fatigue = self.fatigue
        lasting = unrepaired_share(fatigue.repair, RUN_IN_D).sum()
        unit = (-np.log1p(-fatigue.reference.probability)) ** (1.0 / fatigue.scatter.exponent) / lasting
        return softening(fatigue.lag, porosity(fatigue.lag, self.whole_bone(contacts) / unit))


def fatigued(law: MuscleFatigue, distance_km: Floats) -> Floats:
    """Mean factor on the strain of a day's contacts by the day's distance, any shape.

    Strain rises in proportion to the distance gone until ``over_km``, and stays.

    Examples
    --------
    >>> law = MuscleFatigue(evidence="U", source="example", strain_rise=0.2, over_km=10.0)
    >>> fatigued(law, np.array([0.0, 10.0, 20.0]))
    array([1.  , 1.1 , 1.15])
    """
    part = np.minimum(distance_km / law.over_km, 1.0)
    late = np.divide(law.over_km, distance_km, out=np.ones_like(part), where=distance_km > law.over_km)
    return np.asarray(1.0 + law.strain_rise * np.where(distance_km > law.over_km, 1.0 - late / 2.0, part / 2.0))


def _slope(density_law: str) -> float:
    """Slope d ln E / d ln ρ of a density–modulus law at the dense end of its range, where cortical bone is."""
    chosen = law(density_law)
    density = np.array([0.95, 1.0]) * chosen.valid[1]
    return float(np.diff(np.log(chosen.modulus(density, chosen.measure)))[0] / np.diff(np.log(density))[0])
