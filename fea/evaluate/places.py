# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain by place: the bone cut into bands of equal length and sectors of 45°."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fea.bone import Anatomy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LEVELS, SECTORS = 20, 8
"""Numbers of bands along the bone and of sectors around it."""


def places_of(anatomy: Anatomy, points: Floats) -> Ints:
    """Number of the place, level · 8 + sector, of each point (k, 3)."""
    level = np.minimum((anatomy.level(points) * LEVELS).astype(np.int64), LEVELS - 1)
    sector = np.round(anatomy.direction(points) / 45.0).astype(np.int64) % SECTORS
    return np.asarray(level * SECTORS + sector)


def place_name(number: int, sectors: Sequence[str]) -> str:
    """Name of a place by its number and the names of the bone's sectors.

    Examples
    --------
    >>> place_name(5 * 8 + 1, ["anterior", "anterolateral"])
    'anterolateral, 25 to 30 %'
    """
    level, sector = divmod(number, SECTORS)
    width = 100 // LEVELS
    return f"{sectors[sector]}, {width * level} to {width * (level + 1)} %"


def percentile_by_place(value: Floats, volume: Floats, place: Ints, kept: Mask) -> Floats:
    """95th percentile by volume of the kept values (p,) in each place, (20, 8); NaN where there is none.

    Examples
    --------
    >>> by_place = percentile_by_place(np.array([1.0, 3.0, 5.0]), np.ones(3), np.array([0, 0, 159]), np.ones(3, bool))
    >>> float(by_place[0, 0]), float(by_place[19, 7]), bool(np.isnan(by_place[1, 0]))
    (3.0, 5.0, True)
    """
    result = np.full(LEVELS * SECTORS, np.nan)
    value, volume, place = value[kept], volume[kept], place[kept]
    order = np.argsort(value)
    order = order[np.argsort(place[order].astype(np.int16), kind="stable")]
    reached = np.cumsum(volume[order])
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    last = np.append(first[1:], len(order)) - 1
    before = reached[first] - volume[order[first]]
    at = np.searchsorted(reached, before + 0.95 * (reached[last] - before))
    result[place[order[first]]] = value[order[np.clip(at, first, last)]]
    return result.reshape(LEVELS, SECTORS)
