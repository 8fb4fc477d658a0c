# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone, its loads and the laws of damage and repair; training by day gives a probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Fatigue, Form, StrainMeasure, TissueState, healthy
from fea.errors import out_of_range
from fea.risk.apposition import apposition_factor
from fea.risk.damage import DamageGroups, contact_damage, grouped
from fea.risk.exposure import Cortex, Exposure
from fea.risk.probability import by_site, doses, hazards, probability, published
from fea.risk.repair import damage_convolution, porosity, softening, unrepaired_share
from fea.risk.uncertainty import MOST_SAMPLES, UncertaintyInputs
from fea.tissue import law

Floats = npt.NDArray[np.float64]

RUN_IN_D = 126
"""Days of the first week's training before a plan with a pre-conditioned bone: repair and formation have caught up."""


@dataclass(frozen=True)
class RiskSettings:
    """Settings of the risk model of a plan.

    ``law`` names a life law of the fatigue data, ``strain`` what it counts, ``form`` the equations; ``transient``
    lets resorption run ahead of formation (remodelling transient), ``apposition`` lets new bone form around the shaft.
    ``samples`` virtual subjects are sampled for the band, none for 0; ``sensitivity`` is the base of the Sobol indices,
    0 for none.
    """

    law: str = "carter_caler"
    strain: StrainMeasure = "normal"
    form: Form = "cumulative"
    transient: bool = False
    repair: bool = True
    apposition: bool = True
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
    before: int
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
    ) -> None:
        self.tissue = tissue or healthy()
        self.cortex, self.exposures, self.fatigue, self.settings = cortex, tuple(exposures), fatigue, settings
        asked = settings.law, settings.strain, settings.form
        self.damage = contact_damage(
            exposures,
            fatigue.law(settings.law),
            life_factor=fatigue.life_factor(*asked) if life_factor is None else life_factor,
            strength_factor=self.tissue.fatigue_strength_factor,
        )

    def course(self, contacts: Floats, before: int = 0) -> RiskCourse:
        """Probability and unrepaired doses by day under contacts (loads, days).

        ``before`` days with the contacts of the first week come before.
        """
        scatter, form = self.fatigue.scatter, self.settings.form
        days = contacts.shape[1]
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
        grown = self._grown(days)
        if form == "published":
            curve = published(groups, doses(groups, contacts, grown), scatter, repair)
            return RiskCourse(groups, np.zeros(0), 0, curve, np.zeros((len(self.cortex.sites), days)))
        every = np.concatenate([np.tile(contacts[:, :7], before // 7), contacts], axis=1)
        factor = np.concatenate([np.ones((*grown.shape[:2], before)), grown], axis=2)
        if self.settings.transient:
            factor[:, :, before:] *= self._softened(every)[before:]
        unrepaired = damage_convolution(doses(groups, every, factor), unrepaired_share(repair, every.shape[1]))
        hazard = hazards(groups, unrepaired, scatter, before)
        return RiskCourse(
            groups=groups,
            unrepaired=unrepaired,
            before=before,
            probability=probability(hazard.sum(axis=0)),
            by_site=probability(by_site(hazard, groups, len(self.cortex.sites))),
        )

    def uncertainty_inputs(self, course: RiskCourse) -> UncertaintyInputs:
        """Inputs from which the probabilities of virtual subjects are computed."""
        return UncertaintyInputs(
            groups=course.groups,
            unrepaired=course.unrepaired,
            scatter=self.fatigue.scatter,
            before=course.before,
            mass_slope=np.array([one.mass_slope for one in self.exposures]),
            modulus_exponent=_slope(self.tissue.cortical_law),
        )

    def after_reference(self) -> float:
        """Probability after the days and contacts that the calibration was made for."""
        asked = self.fatigue.reference
        contacts = np.full((len(self.exposures), asked.days), asked.cycles_per_day)
        return float(self.course(contacts).probability[-1])

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

    def _grown(self, days: int) -> Floats:
        """Strain factors of periosteal apposition, (loads, sites, days), each at the mean level of its site."""
        if not self.settings.apposition:
            return np.ones((len(self.exposures), len(self.cortex.sites), days))
        layer = self.fatigue.growth.apposition_um_per_d / 1000.0 * np.arange(days, dtype=np.float64)
        rows = []
        for one in self.exposures:
            factor = apposition_factor(self.cortex.sections, one.beam, layer)
            rows.append(np.array([np.interp(self.cortex.level, self.cortex.sections.level, day) for day in factor.T]).T)
        return np.array(rows)

    def _softened(self, contacts: Floats) -> Floats:
        """Strain factors of the remodelling transient, (days,).

        The dose of a day is what it adds to the whole bone, in units of the constant daily dose that ends at the
        probability of the reference.
        """
        fatigue = self.fatigue
        lasting = unrepaired_share(fatigue.repair, RUN_IN_D).sum()
        unit = (-np.log1p(-fatigue.reference.probability)) ** (1.0 / fatigue.scatter.exponent) / lasting
        return softening(fatigue.lag, porosity(fatigue.lag, self.whole_bone(contacts) / unit))


def _slope(density_law: str) -> float:
    """Slope d ln E / d ln ρ of a density–modulus law at the dense end of its range, where cortical bone is."""
    chosen = law(density_law)
    density = np.array([0.95, 1.0]) * chosen.valid[1]
    return float(np.diff(np.log(chosen.modulus(density, chosen.measure)))[0] / np.diff(np.log(density))[0])
