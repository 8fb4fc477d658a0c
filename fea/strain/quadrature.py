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
from fea.strain.tensor import MICROSTRAIN, loads_last, tensors

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CELLS = 2048
"""Cells whose unit strains are combined at once: they stay in the cache."""

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


@dataclass(frozen=True)
class UnitQuadrature:
    """Strain under each unit load at the quadrature points of some cells, combined when it is asked for.

    Attributes
    ----------
    corner : ndarray, float64, (m, 4, 6, loads)
        At the corners of all cells.
    cells : ndarray, int64, (p,)
        The cells meant.
    """

    corner: Floats
    cells: Ints

    def of_cells(self, chosen: Ints) -> UnitQuadrature:
        """Those of some of the cells, by their places among them."""
        return UnitQuadrature(self.corner, self.cells[chosen])

    def combined(self, *weights: Floats) -> list[Floats]:
        """Components (p, 4, 6) for each of several weights, in which each cell has its own coefficients (p, loads)."""
        loads = self.corner.shape[-1]
        found = np.empty((len(self.cells), 24, len(weights)))
        for start in range(0, len(self.cells), _CELLS):
            here = slice(start, start + _CELLS)
            factors = np.stack([weight[here] for weight in weights], axis=-1)
            np.matmul(self.corner[self.cells[here]].reshape(-1, 24, loads), factors, out=found[here])
        return [at_quadrature(found[..., k].reshape(-1, 4, 6)) for k in range(len(weights))]


def unit_at_quadrature(unit: UnitStrains, cells: Ints) -> UnitQuadrature:
    """Strain under each unit load at the quadrature points of these cells (p,)."""
    return UnitQuadrature(loads_last(unit.strain), cells)


def chosen_strain(unit: UnitQuadrature, *weights: Floats) -> list[Floats]:
    """Strain tensors (p, 4, 3, 3) at the quadrature points for each of several coefficients (p, loads) of the cells."""
    return [tensors(six) for six in unit.combined(*weights)]


def normal_ranges(unit: UnitQuadrature, coefficients: Floats, extremes: Envelope) -> Floats:
    """Ranges (p, 4) of normal strain at the quadrature points, between the frames in which the cell's mean is extreme.

    ``unit`` and ``coefficients`` (frames, loads) are those of :func:`quadrature_extremes`; the direction is the cell's
    dominant one.
    """
    high = coefficients[extremes.highest_frame] * (extremes.highest > 0.0)[:, None]
    low = coefficients[extremes.lowest_frame] * (extremes.lowest < 0.0)[:, None]
    (strain,), n = chosen_strain(unit, high - low), extremes.direction
    return np.asarray(np.abs(np.einsum("pi,pqij,pj->pq", n, strain, n)))


def quadrature_extremes(unit: UnitQuadrature, size: Floats, envelope: Envelope, poisson: float) -> QuadratureExtremes:
    """Extremes at the quadrature points of cells.

    Parameters
    ----------
    unit : UnitQuadrature
        Of the cells, p in number.
    size : ndarray, (frames, loads)
        Of each unit load in each frame.
    envelope : Envelope
        Of the means of the same cells.
    poisson : float
        Poisson's ratio, for the equivalent strain.
    """
    frames = (envelope.tension_frame, envelope.compression_frame, envelope.equivalent_frame)
    tensile, compressive, sheared = unit.combined(*(size[frame] for frame in frames))
    tension, _, _ = _extremes(tensile)
    _, compression, _ = _extremes(compressive)
    _, _, j2 = _extremes(sheared)
    return QuadratureExtremes(tension, -compression, np.sqrt(3.0 * j2) / (1.0 + poisson))


def _extremes(six: Floats) -> tuple[Floats, Floats, Floats]:
    """ε1, −ε3 and J₂ of components (p, 4, 6), each (p, 4), by :func:`fea.strain.invariants.extremes`."""
    # In µε, because squares and cubes of strains themselves are too small for its guards.
    planes = np.moveaxis(six @ (PLANES.T * MICROSTRAIN), -1, 0).copy()
    high, low, j2 = extremes(planes, np.empty_like(planes))
    return np.asarray(high / MICROSTRAIN), np.asarray(low / MICROSTRAIN), np.asarray(j2 / MICROSTRAIN**2)
