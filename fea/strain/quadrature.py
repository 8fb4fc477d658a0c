# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain at the quadrature points of cells: it is linear within a cell, so four points say more than the mean."""

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
class QuadratureExtremes:
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


def at_quadrature(corner: Floats) -> Floats:
    """Values at the quadrature points (m, 4, …) of a field that is linear between the corners (m, 4, …)."""
    return np.asarray(np.einsum("qc,mc...->mq...", QUADRATURE, corner))


def unit_at_quadrature(unit: UnitStrains, cells: npt.NDArray[np.int64]) -> Floats:
    """Strain under each unit load at the quadrature points of these cells (p,), shape (p, loads, 4, 6)."""
    return np.ascontiguousarray(np.moveaxis(QUADRATURE @ unit.strain[:, cells], 0, 1))


def chosen_strain(unit: Floats, weight: Floats) -> Floats:
    """Strain tensors (p, 4, 3, 3) at the quadrature points of cells, each cell with its own coefficients (p, loads)."""
    return tensors(_combined(unit, weight))


def normal_ranges(unit: Floats, coefficients: Floats, extremes: Envelope) -> Floats:
    """Ranges (p, 4) of normal strain at the quadrature points, between the frames in which the cell's mean is extreme.

    ``unit`` (p, loads, 4, 6) and ``coefficients`` (frames, loads) are those of :func:`quadrature_extremes`; the
    direction is the dominant one of the cell.
    """
    high = coefficients[extremes.highest_frame] * (extremes.highest > 0.0)[:, None]
    low = coefficients[extremes.lowest_frame] * (extremes.lowest < 0.0)[:, None]
    strain, n = chosen_strain(unit, high - low), extremes.direction
    return np.asarray(np.abs(np.einsum("pi,pqij,pj->pq", n, strain, n)))


def quadrature_extremes(unit: Floats, size: Floats, envelope: Envelope, poisson: float) -> QuadratureExtremes:
    """Extremes at the quadrature points of cells.

    Parameters
    ----------
    unit : ndarray, (p, loads, 4, 6)
        As :func:`unit_at_quadrature` gives it.
    size : ndarray, (frames, loads)
        Of each unit load in each frame.
    envelope : Envelope
        Of the means of the same cells.
    poisson : float
        Poisson's ratio, for the equivalent strain.
    """
    tension, _, _ = _extremes(unit, size[envelope.tension_frame])
    _, compression, _ = _extremes(unit, size[envelope.compression_frame])
    _, _, j2 = _extremes(unit, size[envelope.equivalent_frame])
    return QuadratureExtremes(tension, -compression, np.sqrt(3.0 * j2) / (1.0 + poisson))


def _combined(unit: Floats, weight: Floats) -> Floats:
    """Components (p, 4, 6) at the points of cells, each cell with its own coefficients (p, loads)."""
    six = weight[:, None, :] @ unit.reshape(*unit.shape[:2], -1)
    return np.asarray(six.reshape(len(unit), *unit.shape[2:]))


def _extremes(unit: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """ε1, −ε3 and J₂ at the points, each (p, 4), by :func:`fea.strain.invariants.extremes`."""
    # In µε, because squares and cubes of strains themselves are too small for its guards.
    planes = np.moveaxis(_combined(unit, weight) @ (PLANES.T * MICROSTRAIN), -1, 0).copy()
    high, low, j2 = extremes(planes, np.empty_like(planes))
    return np.asarray(high / MICROSTRAIN), np.asarray(low / MICROSTRAIN), np.asarray(j2 / MICROSTRAIN**2)
