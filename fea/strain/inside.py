# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the tissue feels within a cell: strain is linear there, so four points say more than its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.solve import UnitStrains
from fea.strain.history import Envelope
from fea.strain.invariants import PLANES, extremes
from fea.strain.tensor import MICROSTRAIN, tensors

Floats = npt.NDArray[np.float64]

_NEAR = (5.0 - np.sqrt(5.0)) / 20.0
QUADRATURE: Floats = np.full((4, 4), _NEAR) + np.eye(4) * (1.0 - 4.0 * _NEAR)
"""Barycentric weights of the four points whose mean is exact for quadratic integrands in a tetrahedron (Keast 1986)."""


@dataclass(frozen=True)
class Inside:
    """Extremes of a history at the four points of each cell: ε1, ε3 and the equivalent strain, each (p, 4).

    They are taken in the frames in which the cell's mean is extreme, not each point's own.
    """

    tension: Floats
    compression: Floats
    equivalent: Floats

    @property
    def extremes(self) -> Floats:
        """Smallest ε3 and largest ε1 as columns, shape (p, 4, 2)."""
        return np.stack([self.compression, self.tension], axis=-1)


def at_points(corner: Floats) -> Floats:
    """Return at the four points of each cell (m, 4, …) what is linear between its corners (m, 4, …)."""
    return np.asarray(np.einsum("qc,mc...->mq...", QUADRATURE, corner))


def unit_at_points(unit: UnitStrains, cells: npt.NDArray[np.int64]) -> Floats:
    """Return the strain that each unit load causes at the four points of these cells (p,), shape (p, loads, 4, 6)."""
    return np.ascontiguousarray(np.moveaxis(QUADRATURE @ unit.strain[:, cells], 0, 1))


def chosen_strain(unit: Floats, weight: Floats) -> Floats:
    """Return the strain tensors (p, 4, 3, 3) at the points of cells, each cell with its own coefficients (p, loads)."""
    return tensors(_combined(unit, weight))


def inside(unit: Floats, size: Floats, found: Envelope, poisson: float) -> Inside:
    """Return the extremes within cells.

    Parameters
    ----------
    unit : ndarray, (p, loads, 4, 6)
        As :func:`unit_at_points` gives it.
    size : ndarray, (frames, loads)
        Of each unit load in each frame.
    found : Envelope
        Of the means of the same cells.
    poisson : float
        Poisson's ratio, for the equivalent strain.
    """
    tension, _, _ = _extremes(unit, size[found.tension_frame])
    _, compression, _ = _extremes(unit, size[found.compression_frame])
    _, _, j2 = _extremes(unit, size[found.equivalent_frame])
    return Inside(tension, -compression, np.sqrt(3.0 * j2) / (1.0 + poisson))


def _combined(unit: Floats, weight: Floats) -> Floats:
    """Return the components (p, 4, 6) at the points of cells, each cell with its own coefficients (p, loads)."""
    six = weight[:, None, :] @ unit.reshape(*unit.shape[:2], -1)
    return np.asarray(six.reshape(len(unit), *unit.shape[2:]))


def _extremes(unit: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ε1, −ε3 and J₂ at the points, each (p, 4), by :func:`fea.strain.invariants.extremes`."""
    # In µε, because squares and cubes of strains themselves are too small for its guards.
    planes = np.moveaxis(_combined(unit, weight) @ (PLANES.T * MICROSTRAIN), -1, 0).copy()
    high, low, j2 = extremes(planes, np.empty_like(planes))
    return np.asarray(high / MICROSTRAIN), np.asarray(low / MICROSTRAIN), np.asarray(j2 / MICROSTRAIN**2)
