# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""All of risk in one place: a bone, its loads and the laws; any training by day gives a probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import (
    BoneDescription,
    Case,
    Fatigue,
    Form,
    Options,
    StrainMeasure,
    TissueState,
    composed,
    healthy,
    read_activity,
)
from fea.errors import out_of_range
from fea.risk.calibration import calibrated
from fea.risk.damage import Groups, contact_damage, grouped
from fea.risk.exposure import Cortex, Exposure, exposure, measured_cortex
from fea.risk.growth import growth_factor
from fea.risk.probability import by_site, doses, hazards, probability, published
from fea.risk.repair import active, porosity, softening, unrepaired
from fea.risk.uncertainty import MOST_SAMPLES, Outlook
from fea.solve import Basis
from fea.tissue import law

Floats = npt.NDArray[np.float64]

RUN_IN_D = 126
"""Days of the first week's training before the plan of an accustomed person: repair and formation have caught up."""


@dataclass(frozen=True)
class Settings:
    """How a prognosis is made.

    ``law`` names a life law of the fatigue data, ``strain`` what it counts, ``form`` the equations; ``lag`` lets
    resorption run ahead of formation. ``samples`` people are drawn for the band, none for 0; ``sensitivity`` is
    the base of the Sobol indices, 0 for none.
    """

    law: str = "carter_caler"
    strain: StrainMeasure = "normal"
    form: Form = "cumulative"
    lag: bool = False
    repair: bool = True
    growth: bool = True
    groups: int = 16
    samples: int = 1024
    sensitivity: int = 512
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers of samples that cannot be drawn."""
        if not 0 <= self.samples <= MOST_SAMPLES:
            raise out_of_range("samples of people", self.samples, f"0 to {MOST_SAMPLES}")
        if self.sensitivity < 0 or self.sensitivity & (self.sensitivity - 1):
            raise out_of_range("base of the Sobol indices", self.sensitivity, "0 or a power of 2")


@dataclass(frozen=True)
class Course:
    """What contacts by day lead to: groups, unrepaired doses, and probability of the bone and of its sites."""

    groups: Groups
    left: Floats
    before: int
    probability: Floats
    by_site: Floats


class RiskModel:
    """A bone, its loads and a way to compute damage; :meth:`course` takes any training by day.

    Parameters
    ----------
    cortex : Cortex
        Of the solved bone.
    exposures : sequence of Exposure
        Its loads.
    fatigue, settings : Fatigue, Settings
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
        settings: Settings,
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

    def course(self, contacts: Floats, before: int = 0) -> Course:
        """Return what contacts of each load by day (loads, days) lead to, after ``before`` days of their first week."""
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
            return Course(groups, np.zeros(0), 0, curve, np.zeros((len(self.cortex.sites), days)))
        every = np.concatenate([np.tile(contacts[:, :7], before // 7), contacts], axis=1)
        factor = np.concatenate([np.ones((*grown.shape[:2], before)), grown], axis=2)
        if self.settings.lag:
            factor[:, :, before:] *= self._softened(every)[before:]
        left = active(doses(groups, every, factor), unrepaired(repair, every.shape[1]))
        hazard = hazards(groups, left, scatter, before)
        return Course(
            groups=groups,
            left=left,
            before=before,
            probability=probability(hazard.sum(axis=0)),
            by_site=probability(by_site(hazard, groups, len(self.cortex.sites))),
        )

    def outlook(self, course: Course) -> Outlook:
        """Return what samples of people need."""
        return Outlook(
            groups=course.groups,
            left=course.left,
            scatter=self.fatigue.scatter,
            before=course.before,
            mass_slope=np.array([one.mass_slope for one in self.exposures]),
            modulus_exponent=_slope(self.tissue.cortical_law),
        )

    def whole_bone(self, contacts: Floats) -> Floats:
        """Return the damage that contacts (loads, days) add to the whole bone each day: (Σ V/V₀ d^w)^(1/w), (days,)."""
        w, share = self.fatigue.scatter.exponent, self.cortex.volume / self.fatigue.scatter.reference_volume_mm3
        kinds, of = np.unique(contacts, axis=1, return_inverse=True)
        each = [share @ (kind[self.damage.load] @ self.damage.points) ** w for kind in kinds.T]
        return np.asarray(np.array(each)[of.ravel()] ** (1.0 / w))

    def hardest_week(self, contacts: Floats) -> Floats:
        """Return the mean damage a day of each cell (p,) in the week that adds most to the whole bone."""
        weekly = contacts.reshape(len(contacts), -1, 7).mean(axis=2)
        hardest = weekly[:, self.whole_bone(weekly).argmax()]
        return np.asarray((hardest[self.damage.load] @ self.damage.points).reshape(-1, 4).mean(axis=1))

    def _grown(self, days: int) -> Floats:
        """Return the strain factors of growth, (loads, sites, days), each at the mean level of its site."""
        if not self.settings.growth:
            return np.ones((len(self.exposures), len(self.cortex.sites), days))
        layer = self.fatigue.growth.apposition_um_per_d / 1000.0 * np.arange(days, dtype=np.float64)
        rows = []
        for one in self.exposures:
            factor = growth_factor(self.cortex.sections, one.beam, layer)
            rows.append(np.array([np.interp(self.cortex.level, self.cortex.sections.level, day) for day in factor.T]).T)
        return np.array(rows)

    def _softened(self, contacts: Floats) -> Floats:
        """Return the strain factors of the lag, (days,).

        The dose of a day is what it adds to the whole bone, in units of the constant daily dose that ends at the
        probability of the reference.
        """
        fatigue = self.fatigue
        lasting = unrepaired(fatigue.repair, RUN_IN_D).sum()
        unit = (-np.log1p(-fatigue.reference.probability)) ** (1.0 / fatigue.scatter.exponent) / lasting
        return softening(fatigue.lag, porosity(fatigue.lag, self.whole_bone(contacts) / unit))


def _slope(density_law: str) -> float:
    """Return d ln E / d ln ρ of a density–modulus law at the dense end of its range, where cortical bone is."""
    chosen = law(density_law)
    density = np.array([0.95, 1.0]) * chosen.valid[1]
    return float(np.diff(np.log(chosen.modulus(density, chosen.measure)))[0] / np.diff(np.log(density))[0])


def reference_factor(
    bone: BoneDescription, basis: Basis, fatigue: Fatigue, settings: Settings, size_mm: float | None = None
) -> float:
    """Return log10 of the life factor that gives the reference's published probability with this bone.

    Raises
    ------
    fea.errors.RunError
        No factor does.
    """
    asked = fatigue.reference
    options = Options(speed_m_per_s=asked.speed_m_per_s)
    case = composed(
        bone, read_activity(asked.activity), body_mass_kg=asked.body_mass_kg, size_mm=size_mm, options=options
    )
    cortex = measured_cortex(bone, basis)
    one = exposure(case, basis, cortex.sections, settings.strain)

    def final(factor: float) -> float:
        return _after_reference(RiskModel(cortex, [one], fatigue, settings, life_factor=factor))

    return calibrated(final, asked.probability)


def reference_probability(case: Case, basis: Basis, fatigue: Fatigue, settings: Settings) -> float:
    """Return the probability of a fracture after the days and contacts of the reference, each contact that of a case.

    Parameters
    ----------
    case : Case
        What one contact is.
    basis : Basis
        Its bone, solved.
    fatigue, settings : Fatigue, Settings
        The way.

    Raises
    ------
    fea.errors.InputError
        A load that the basis lacks.
    """
    cortex = measured_cortex(case.bone, basis)
    one = exposure(case, basis, cortex.sections, settings.strain)
    return _after_reference(RiskModel(cortex, [one], fatigue, settings, case.tissue))


def _after_reference(model: RiskModel) -> float:
    asked = model.fatigue.reference
    contacts = np.full((1, asked.days), asked.cycles_per_day)
    return float(model.course(contacts).probability[-1])
