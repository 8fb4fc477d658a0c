# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Statistics of differences within subjects: interval of the mean, equivalence, smallest detectable difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
POWER = 0.8
MARGIN_PERCENT = 5.0
"""Difference in % of A below which designs count as equivalent, unless another is asked for."""
LEAST_SUBJECTS = 5
"""Below this many subjects the spread between them is not known well enough, and no interval is given."""


@dataclass(frozen=True)
class PairedStatistics:
    """Statistics of the mean of differences within subjects, by Student's t with n − 1 degrees of freedom.

    Attributes
    ----------
    low, high : float
        95 % interval of the mean; NaN where there are fewer than five subjects.
    equivalence_p : float
        Larger p of the two one-sided tests that the mean lies beyond the margin (TOST); below 0.05 the designs are
        equivalent within it.
    detectable : float
        Smallest true difference that so many subjects of this spread show with 80 % power.
    """

    low: float
    high: float
    equivalence_p: float
    detectable: float


NO_STATISTICS = PairedStatistics(*[float("nan")] * 4)


def paired_statistics(within: Floats, margin: float) -> PairedStatistics:
    """Statistics of differences within subjects (n,), ``margin`` in their unit.

    With one difference for each subject this is what a mixed model with a random intercept for the subject gives.
    Equivalence by two one-sided tests: Schuirmann 1987, doi 10.1007/BF01068419. Detectable difference:
    (t(1 − α/2) + t(power)) · SD/√n.

    Examples
    --------
    >>> found = paired_statistics(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 10.0)
    >>> round(found.low, 3), round(found.high, 3)
    (1.037, 4.963)
    """
    from scipy.stats import t

    count = len(within)
    if count < LEAST_SUBJECTS:
        return NO_STATISTICS
    mean, error = float(within.mean()), float(within.std(ddof=1) / np.sqrt(count))
    free = count - 1
    half = float(t.ppf(0.5 + CONFIDENCE / 2.0, free)) * error
    if error == 0.0:
        return PairedStatistics(mean, mean, 0.0 if abs(mean) < margin else 1.0, 0.0)
    p = max(float(t.sf((mean + margin) / error, free)), float(t.cdf((mean - margin) / error, free)))
    return PairedStatistics(mean - half, mean + half, p, half + float(t.ppf(POWER, free)) * error)
