# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Virtual subjects: samples of the uncertain inputs, their probabilities, and the Sobol sensitivity to each input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from fea.case import Scatter, Spreads
from fea.errors import out_of_range
from fea.risk.damage import DamageGroups
from fea.risk.probability import probability

Floats = npt.NDArray[np.float64]

INPUTS = ("body mass", "load", "density", "bone size", "fatigue life")
PERCENTILES = (5, 50, 95)
MOST_SAMPLES = 1_000_000
MOST_BONES = 8
"""Bones of one person whose loads have samples of their own."""

_AT_ONCE = 4_000_000
_WIDER = 1.6
_NEGLIGIBLE = 1e-4
_CERTAIN = 1.0 - 1e-16
_LEAST_HAZARD = 1e-30
"""Below it round-off of probabilities begins; a fracture is then as good as impossible."""
_ROUND_OFF = 1e-9


@dataclass(frozen=True)
class Samples:
    """Samples of the uncertain inputs.

    Attributes
    ----------
    factors : ndarray, float64, (s, 5)
        On the inputs of each sample, columns as :data:`INPUTS`; all 1 is the average person.
    weight : ndarray, float64, (s,)
        How many people each sample stands for, with the mean 1.
    """

    factors: Floats
    weight: Floats

    def strain(self, mass_slope: Floats, modulus_exponent: float) -> Floats:
        """Factor on the strain of each load, (s, loads).

        Strain is proportional to the load and, whole bone scaled alike, to 1/size² (the dimension of a force
        over a length squared: lever arms scale too) and to 1/E, E ∝ ρ^b, cortical and cancellous bone alike. The load
        follows the body mass with the slope of the load.
        """
        mass, load, density, size, _ = self.factors.T
        loaded = np.maximum(1.0 + mass_slope * (mass[:, None] - 1.0), 0.0)
        return np.asarray(loaded * (load * density**-modulus_exponent * size**-2)[:, None])

    @property
    def volume(self) -> Floats:
        """Factor on volumes, (s,)."""
        return np.asarray(self.factors[:, 3] ** 3)

    @property
    def life(self) -> Floats:
        """Factor on cycles to failure, (s,)."""
        return np.asarray(self.factors[:, 4])


@dataclass(frozen=True)
class Sensitivity:
    """Share of the variance of ln hazard at the end that an input explains: alone, and with all interactions."""

    name: str
    first: float
    total: float


@dataclass(frozen=True)
class UncertaintyInputs:
    """Inputs of samples: groups, their unrepaired doses by day, and the slope of loads over the body mass.

    ``unrepaired`` (n c, sites, days), ``mass_slope`` (loads,).
    """

    groups: DamageGroups
    unrepaired: Floats
    scatter: Scatter
    mass_slope: Floats
    modulus_exponent: float


def samples_from(cube: Floats, spreads: Spreads) -> Samples:
    """Samples from points of the unit cube (s, 5): lognormal factors with median 1."""
    each = (spreads.body_mass, spreads.load, spreads.density, spreads.bone_size, spreads.fatigue_life)
    factors = np.exp(np.array([spread.sd for spread in each]) * ndtri(_inside(cube)))
    return Samples(factors, np.ones(len(cube)))


def _inside(points: Floats) -> Floats:
    return np.clip(points, 1e-9, 1.0 - 1e-9)


def sampled(spreads: Spreads, count: int, seed: int, bone: int = 0, bones: int = 1) -> Samples:
    """Quasi-random samples: the first ``count`` points of a scrambled Sobol sequence.

    Rare fractures come from few people of extreme loads. So loads are sampled from a wider distribution than that of
    people, and each sample has the weight that makes up for it (importance sampling).

    Of several ``bones`` of the same people each has its number ``bone``, from 0 on: body mass, density, size and
    fatigue life are those of the person, and the load of each bone varies by itself.

    Raises
    ------
    fea.errors.InputError
        No sample, or more than a million; more than eight bones.
    """
    if not 1 <= count <= MOST_SAMPLES:
        raise out_of_range("samples", count, f"1 to {MOST_SAMPLES}")
    if not 0 <= bone < bones <= MOST_BONES:
        raise out_of_range("bones of one person", max(bone + 1, bones), f"1 to {MOST_BONES}")
    from scipy.stats import qmc  # half of the time to import this package, and a single run needs it not

    dimensions = len(INPUTS) + MOST_BONES - 1
    points = qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random_base2(int(np.ceil(np.log2(count))))[:count]
    cube, load = points[:, : len(INPUTS)], INPUTS.index("load")
    wide = _WIDER * ndtri(_inside(points[:, [load, *range(len(INPUTS), len(INPUTS) + bones - 1)]]))
    cube[:, load] = ndtr(wide[:, bone])
    weight = np.exp(-(1.0 - _WIDER**-2) * (wide**2).sum(axis=1) / 2.0)
    return Samples(samples_from(cube, spreads).factors, weight / weight.mean())


@dataclass(frozen=True)
class Outcomes:
    """Fractures of virtual subjects.

    Attributes
    ----------
    probability : ndarray, float64, (s, days)
        Of each subject.
    weight : ndarray, float64, (s,)
        How many people each stands for, with the mean 1.
    by_site : ndarray, float64, (sites, days)
        Expected share of people who break there.
    """

    probability: Floats
    weight: Floats
    by_site: Floats

    @property
    def share(self) -> Floats:
        """Expected share of people who break, (days,): the mean of their probabilities."""
        return np.asarray(self.weight @ self.probability / len(self.weight))

    @cached_property
    def band(self) -> Floats:
        """:data:`PERCENTILES` over people, (3, days)."""
        found = np.percentile(self.probability, PERCENTILES, axis=0, weights=self.weight, method="inverted_cdf")
        return np.asarray(found)

    @property
    def spread(self) -> float:
        """Standard deviation of the final probability over people."""
        final = self.probability[:, -1]
        return float(np.sqrt(np.average((final - self.share[-1]) ** 2, weights=self.weight)))


def together(several: Sequence[Outcomes]) -> Outcomes:
    """Outcome of several bones of the same people: that any breaks, and in place of sites each bone.

    In one person, whose factors the bones share, they break independently.
    """
    whole = np.prod([1.0 - one.probability for one in several], axis=0)
    return Outcomes(1.0 - whole, several[0].weight, np.array([one.share for one in several]))


def outcomes(inputs: UncertaintyInputs, samples: Samples) -> Outcomes:
    """Outcome of each sample by day, and by site the mean over all.

    Of the groups those that hold less than a ten-thousandth of the nominal hazard together are excluded.
    """
    kept = _dominant(inputs)
    sites, site = np.unique(kept.groups.site, return_inverse=True)
    belongs = (site == np.arange(len(sites))[:, None]).astype(np.float64)
    whole, by_site = [], np.zeros((inputs.unrepaired.shape[1], inputs.unrepaired.shape[2]))
    for volume, weight, worst in _chunks(kept, samples):
        hazard = volume[None, :, None] * np.tensordot(belongs, worst, axes=1)
        whole.append(probability(hazard.sum(axis=0)))
        by_site[sites] += np.einsum("s,nsd->nd", weight, probability(hazard))
    return Outcomes(np.concatenate(whole), samples.weight, by_site / len(samples.weight))


def probabilities(inputs: UncertaintyInputs, samples: Samples) -> Floats:
    """Probability of each sample by day, (s, days), with the groups of :func:`outcomes`."""
    each = [
        probability(volume[:, None] * worst.sum(axis=0)) for volume, _, worst in _chunks(_dominant(inputs), samples)
    ]
    return np.concatenate(each)


def _chunks(inputs: UncertaintyInputs, samples: Samples) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield volume factors (s,), weights (s,) and hazards of the nominal volumes (g, s, days), some samples at once."""
    groups = inputs.groups
    strain = samples.strain(inputs.mass_slope, inputs.modulus_exponent)
    chunk = max(1, _AT_ONCE // (max(len(groups.volume), 1) * inputs.unrepaired.shape[-1]))
    unrepaired = np.ascontiguousarray(inputs.unrepaired[:, groups.site].transpose(1, 0, 2))
    volume = groups.volume / inputs.scatter.reference_volume_mm3
    for start in range(0, len(strain), chunk):
        here = slice(start, start + chunk)
        worst = groups.damage_at(strain[here], samples.life[here]).transpose(2, 0, 1) @ unrepaired
        np.maximum.accumulate(worst, axis=2, out=worst)
        np.power(worst, inputs.scatter.exponent, out=worst)
        worst *= volume[:, None, None]
        yield samples.volume[here], samples.weight[here], worst


def _dominant(inputs: UncertaintyInputs) -> UncertaintyInputs:
    """The same inputs with the groups that hold nearly all of the hazard at the end, at any strain of the table."""
    groups = inputs.groups
    factors = np.ones((len(groups.table), len(INPUTS)))
    factors[:, INPUTS.index("load")] = groups.factors
    keep = np.zeros(len(groups.volume), dtype=np.bool_)
    for _, _, hazard in _chunks(inputs, Samples(factors, np.ones(len(factors)))):
        for at_end in hazard[:, :, -1].T:
            order = np.argsort(at_end)
            small = np.cumsum(at_end[order]) < _NEGLIGIBLE * at_end.sum()
            keep[order[~small]] = True
    chosen = replace(groups, volume=groups.volume[keep], site=groups.site[keep], table=groups.table[:, :, keep])
    return replace(inputs, groups=chosen)


def sensitivities(inputs: UncertaintyInputs, spreads: Spreads, base: int, seed: int) -> list[Sensitivity]:
    """Sobol indices of the logarithm of the final hazard (Saltelli 2010, doi 10.1016/j.cpc.2009.09.018), by SALib.

    The hazard, −ln(1 − p), of rare fractures goes over many decades between samples: the variance of p itself is that
    of its few largest values, which no number of samples of this size resolves. Takes ``base`` · 7 samples; ``base``
    is a power of 2. Where nothing varies but round-off, all indices are 0.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    problem = {"num_vars": len(INPUTS), "names": list(INPUTS), "bounds": [[0.0, 1.0]] * len(INPUTS)}
    cube = sampling.sample(problem, base, calc_second_order=False, seed=seed)
    final = probabilities(inputs, samples_from(cube, spreads))[:, -1]
    hazard = np.log(np.maximum(-np.log1p(-np.minimum(final, _CERTAIN)), _LEAST_HAZARD))
    if np.ptp(hazard) <= _ROUND_OFF * max(1.0, float(np.abs(hazard).max())):
        return [Sensitivity(name, 0.0, 0.0) for name in INPUTS]
    found = analysis.analyze(problem, hazard, calc_second_order=False, seed=seed)
    first, total = (np.clip(found[key], 0.0, 1.0) for key in ("S1", "ST"))
    return [Sensitivity(name, float(a), float(b)) for name, a, b in zip(INPUTS, first, total, strict=True)]
