# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The one free constant: the factor on cycles to failure that gives a published probability."""

from __future__ import annotations

from collections.abc import Callable

from fea.errors import RunError

_DECADES = 20.0


def calibrated(probability: Callable[[float], float], target: float) -> float:
    """log10 of the life factor at which ``probability`` (of a life factor) is ``target``.

    Constant, exponent of the scatter and reference volume are degenerate: only constant^w / volume shows in the
    result. So one number is free, and one published number fixes it.

    Raises
    ------
    fea.errors.RunError
        No factor between 1e-20 and 1e20 does, such as where nothing is strained.

    Examples
    --------
    >>> round(calibrated(lambda factor: 1.0 / (1.0 + factor), 1.0 / 101.0), 6)
    2.0
    """

    def off(decade: float) -> float:
        return probability(10.0**decade) - target

    if off(-_DECADES) < 0.0 or off(_DECADES) > 0.0:
        raise RunError(f"no life factor gives the probability {target:g}.")
    from scipy.optimize import brentq

    return float(brentq(off, -_DECADES, _DECADES, xtol=1e-9))
