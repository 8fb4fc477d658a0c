# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Virtual subjects, sampled from a cohort; the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fea.case import Cohort, CohortGroup, Subjects, Value, read_cohort
from fea.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Subject:
    """A subject: a name, the values of the factors that describe the body, and labels of its rows."""

    name: str
    values: dict[str, Value]
    labels: dict[str, Value] = field(default_factory=dict)


def virtual_subjects(asked: Subjects) -> list[Subject]:
    """Virtual subjects.

    Each group takes its share of the count, at least one. Within a group the quantities follow a normal
    distribution with the group's means, spreads and correlations, through a scrambled Sobol sequence; a
    quantity farther than the cohort's ``limit_sd`` from its mean is set there.

    Raises
    ------
    fea.errors.InputError
        An unknown cohort, fewer subjects than groups, or correlations that contradict each other.
    """
    cohort = read_cohort(asked.cohort)
    if asked.count < len(cohort.groups):
        raise InputError(f"{asked.count} subjects cannot fill the {len(cohort.groups)} groups of {cohort.name!r}.")
    subjects: list[Subject] = []
    for number, (group, count) in enumerate(zip(cohort.groups, _counts(cohort, asked.count), strict=True)):
        for row in _rows(cohort, group, count, asked.seed + number):
            values: dict[str, Value] = {"bone": group.bone, **dict(zip(group.spread, row.tolist(), strict=True))}
            subjects.append(Subject(f"{group.sex} {len(subjects) + 1}", values))
    return subjects


def _counts(cohort: Cohort, count: int) -> list[int]:
    """Number of subjects of each group: its share, the last groups the rest of rounding."""
    edges = np.round(np.cumsum([0.0, *(group.share for group in cohort.groups)]) * count).astype(int)
    counts = np.maximum(np.diff(edges), 1)
    counts[np.argmax(counts)] -= counts.sum() - count
    return [int(n) for n in counts]


def _rows(cohort: Cohort, group: CohortGroup, count: int, seed: int) -> Floats:
    """Values (count, quantities) rounded to six digits, so that a file shows what was used."""
    from scipy.stats import norm, qmc

    factors = list(group.spread)
    matrix = np.eye(len(factors))
    for pair in group.correlations:
        i, k = (factors.index(factor) for factor in pair.between)
        matrix[i, k] = matrix[k, i] = pair.r
    if np.linalg.eigvalsh(matrix).min() <= 1e-9:
        raise InputError(f"the correlations of group {group.sex!r} of {cohort.name!r} contradict each other.")
    power = int(np.ceil(np.log2(max(count, 2))))
    uniform = qmc.Sobol(len(factors), scramble=True, rng=np.random.default_rng(seed)).random_base2(power)[:count]
    scores = np.clip(norm.ppf(uniform) @ np.linalg.cholesky(matrix).T, -cohort.limit_sd, cohort.limit_sd)
    mean, sd = (np.array([getattr(spread, key) for spread in group.spread.values()]) for key in ("mean", "sd"))
    return np.array([[float(f"{x:.6g}") for x in row] for row in mean + sd * scores])
