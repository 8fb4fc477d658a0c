# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Equilibrium: reactions of the solution against the loads as given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.loading import SurfaceLoad, resultant
from fea.solve.unit import UnitStrains

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-8
"""Largest residual allowed; a sound direct solution stays below 1e-10."""


@dataclass(frozen=True)
class Equilibrium:
    """Residual force and moment, relative to the sum of the sizes of all applied forces and moments.

    ``pin_residual`` is the largest force on the pins of a free body relative to the applied forces, 0 for a
    supported body.
    """

    force_residual: float
    moment_residual: float
    pin_residual: float


def balance(unit: UnitStrains, tractions: Sequence[SurfaceLoad], coefficients: Floats) -> Equilibrium:
    """Residuals of one frame, whatever the support.

    Raises
    ------
    fea.errors.RunError
        A residual above 1e-8, or not a number.
    """
    applied = np.concatenate(resultant(tractions, coefficients))
    residual = np.abs(coefficients @ unit.reaction + applied)
    force, moment = _sizes(tractions, coefficients)
    at_pins = float(np.abs(coefficients @ unit.pins).max(initial=0.0))
    found = Equilibrium(_share(residual[:3].max(), force), _share(residual[3:].max(), moment), _share(at_pins, force))
    worst = float(np.max([found.force_residual, found.moment_residual]))
    if not worst <= TOLERANCE:
        raise RunError(f"reactions and loads differ by {worst:.1e} of the load; allowed: {TOLERANCE:g}.")
    if not found.pin_residual <= TOLERANCE:
        raise RunError(f"the pins of the free bone carry {found.pin_residual:.1e} of the load; allowed: {TOLERANCE:g}.")
    return found


def _sizes(tractions: Sequence[SurfaceLoad], coefficients: Floats) -> tuple[float, float]:
    """Sums of the sizes of forces in N and moments about the origin in N·mm.

    A force through the origin has no moment there and a moment has no force, yet supports carry both; so
    each is at least the other over, or times, the distance to the farthest loaded point.
    """
    acting = [(t, c) for t, c in zip(tractions, coefficients, strict=True) if c != 0.0]
    if not acting:
        return 0.0, 0.0
    size = np.sum([np.abs(c * np.concatenate(t.resultants())) for t, c in acting], axis=0)
    reach = max(float(np.linalg.norm(p.loaded_area.points, axis=-1).max()) for t, _ in acting for p in t.parts)
    force, moment = float(size[:3].max()), float(size[3:].max())
    return max(force, moment / reach), max(moment, force * reach)


def _share(residual: float, size: float) -> float:
    return float(residual / size) if size > 0.0 else float(residual)
