# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Do the supports give back what the loads put in? Reactions of the solution against the loads as given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.loading import Traction, resultant
from fea.solve.unit import UnitStrains

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-8
"""Largest residual allowed; a sound direct solution stays below 1e-10."""


@dataclass(frozen=True)
class Equilibrium:
    """Residual force and moment, relative to the sum of the sizes of all applied forces and moments."""

    force_residual: float
    moment_residual: float


def balance(unit: UnitStrains, tractions: Sequence[Traction], coefficients: Floats) -> Equilibrium:
    """Return the residuals of one frame.

    Raises
    ------
    fea.errors.RunError
        A residual above 1e-8, or not a number.
    """
    applied = np.concatenate(resultant(tractions, coefficients))
    residual = np.abs(coefficients @ unit.reaction + applied)
    parts = [np.abs(c * np.concatenate(t.resultants())) for t, c in zip(tractions, coefficients, strict=True)]
    size = np.sum(parts, axis=0)
    found = Equilibrium(float(residual[:3].max() / size[:3].max()), float(residual[3:].max() / size[3:].max()))
    worst = max(found.force_residual, found.moment_residual)
    if not worst <= TOLERANCE:
        raise RunError(f"reactions and loads differ by {worst:.1e} of the load; allowed: {TOLERANCE:g}.")
    return found
