# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a scan adds to the description of a bone: its density place by place, and a law of modulus of one's own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fea.case.record import DensityMeasure, Percent, Record, Sourced

if TYPE_CHECKING:
    from scipy.interpolate import RegularGridInterpolator

Floats = npt.NDArray[np.float64]

FIELD_AROUND, FIELD_DEPTHS = 36, 4
"""Directions, every 10° from x towards lateral, and depths of a density field at each level."""
_Row = Annotated[
    tuple[Annotated[int, Field(ge=0, le=2200)], ...],
    Field(min_length=FIELD_AROUND * FIELD_DEPTHS, max_length=FIELD_AROUND * FIELD_DEPTHS),
]


class DensityField(Sourced):
    """Density of a scan in mg/cm³, by level, direction and depth, in the measure of the bone's densities.

    A row holds the four depths of direction 0, then those of 10°, and so on. In the wall they are the middles of its
    quarters, from the outer surface inwards; inside it those of the quarters of the radius, from the wall to the
    centre. Each value is the mean over the part of the bone that it stands for. Between them the density is linear;
    beyond the outermost levels the profiles along the bone hold.
    """

    wall_mg_per_cm3: dict[Percent, _Row] = Field(min_length=2)
    """Density of the cortical wall, by level in %."""
    core_mg_per_cm3: dict[Percent, _Row] = Field(min_length=2)
    """Density inside the wall, by level in %."""

    @cached_property
    def _tables(self) -> dict[str, tuple[Floats, RegularGridInterpolator]]:
        return {"wall": _table(self.wall_mg_per_cm3), "core": _table(self.core_mg_per_cm3)}

    def at(self, part: str, level: Floats, direction_deg: Floats, depth: Floats) -> Floats:
        """Density in g/cm³ in a part, ``wall`` or ``core``, at points (n,); NaN beyond its levels.

        ``depth`` is 0 on the outside of the part and 1 on its inside.
        """
        levels, table = self._tables[part]
        middles = (0.5 / FIELD_DEPTHS, 1.0 - 0.5 / FIELD_DEPTHS)
        found = np.asarray(table(np.column_stack([100.0 * level, direction_deg % 360.0, np.clip(depth, *middles)])))
        return np.where((100.0 * level < levels[0]) | (100.0 * level > levels[-1]), np.nan, found)


def _table(rows: dict[float, tuple[int, ...]]) -> tuple[Floats, RegularGridInterpolator]:
    from scipy.interpolate import RegularGridInterpolator

    levels = np.array(sorted(rows))
    values = np.array([rows[level] for level in levels]).reshape(len(levels), FIELD_AROUND, FIELD_DEPTHS) / 1000.0
    around = np.linspace(0.0, 360.0, FIELD_AROUND + 1)
    depths = (np.arange(FIELD_DEPTHS) + 0.5) / FIELD_DEPTHS
    closed = np.concatenate([values, values[:, :1]], axis=1)
    return levels, RegularGridInterpolator((levels, around, depths), closed, bounds_error=False, fill_value=None)


class ModulusPiece(Record):
    """E = constant + coefficient · ρ^exponent up to a density, E in MPa, ρ in g/cm³."""

    constant_mpa: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0
    """Modulus at no density."""
    coefficient_mpa: Annotated[float, Field(ge=-1e6, le=1e6)]
    """Coefficient of the power."""
    exponent: Annotated[float, Field(ge=0.0, le=10.0)]
    """Exponent of the density."""
    up_to_g_per_cm3: Annotated[float, Field(gt=0.0, le=3.0)] | None = None
    """Largest density of this range; none for the last."""


class OwnLaw(Sourced):
    """Young's modulus from density for all mineralised cells of a bone, instead of the laws of its tissue."""

    measure: DensityMeasure
    """Measure of the density that it takes."""
    valid_g_per_cm3: tuple[Annotated[float, Field(ge=0.0, le=3.0)], Annotated[float, Field(gt=0.0, le=3.0)]]
    """Range of density in which it may be used."""
    pieces: tuple[ModulusPiece, ...] = Field(min_length=1, max_length=3)
    """The law, range by range, densities rising."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        tops = [piece.up_to_g_per_cm3 for piece in self.pieces]
        given = [top for top in tops[:-1] if top is not None]
        if len(given) < len(tops) - 1 or tops[-1] is not None or given != sorted(set(given)):
            raise ValueError("up_to_g_per_cm3 must rise from range to range, and the last range has none")
        if self.valid_g_per_cm3[0] >= self.valid_g_per_cm3[1]:
            raise ValueError("valid_g_per_cm3 must rise")
        return self
