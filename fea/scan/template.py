# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The parametric bone that an imported one is measured against: its outlines by level, from its file."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

AZIMUTHS: Floats = np.asarray(2.0 * np.pi * np.arange(180) / 180.0, dtype=np.float64)


class Template:
    """Profiles and outlines of a bone of the library, lengths in mm as in its file.

    Parameters
    ----------
    table : dict
        The bone's file.
    """

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table
        self.length = float(table["length_mm"])
        self._sections = table["sections"]

    def profile(self, name: str, percent: npt.ArrayLike) -> Floats:
        """Values of ``sections.NAME`` at percent levels."""
        node: Any = self._sections
        for part in name.split("."):
            node = node[part]
        return _curve(node["at"], percent)

    def radius(self, percent: npt.ArrayLike) -> Floats:
        """Mean outer radius in mm at percent levels."""
        if "radius_mm" in self._sections:
            return self.profile("radius_mm", percent)
        return np.asarray((self.profile("width_x_mm", percent) + self.profile("width_z_mm", percent)) / 4.0)

    def centre(self, percent: npt.ArrayLike) -> Floats:
        """Centres (x, z) in mm of sections at percent levels (…), shape (…, 2)."""
        return np.stack([self.profile("center_x_mm", percent), self.profile("center_z_mm", percent)], axis=-1)

    def torsion(self, percent: npt.ArrayLike) -> Floats:
        """Turn of the sections' own axes in degrees at percent levels."""
        return self.profile("torsion_deg", percent)

    def waves(self, percent: Floats) -> Floats:
        """Waves of the outline in shares of the radius at percent levels (n,), shape (n, 2 k)."""
        levels, rows = self._waves
        return np.column_stack([np.interp(percent, levels, column) for column in rows.T])

    @cached_property
    def _waves(self) -> tuple[Floats, Floats]:
        at = self.table["shape_model"]["outline"]["at"]
        percents = sorted(at, key=float)
        return np.array([float(p) for p in percents]), np.array([at[p] for p in percents], dtype=np.float64)

    @property
    def has_outlines(self) -> bool:
        """Whether it has the outlines of a shape model."""
        return "shape_model" in self.table

    def outline(self, percent: float) -> Floats:
        """Outline over its mean radius at :data:`AZIMUTHS` in the section's own axes."""
        levels, rows = self._waves
        row = np.array([np.interp(percent, levels, column) for column in rows.T])
        return np.asarray(1.0 + waves(AZIMUTHS, len(row) // 2) @ row)


def waves(azimuth: Floats, most: int) -> Floats:
    """Cos θ, sin θ, cos 2θ … sin ``most`` θ at azimuths (n,), shape (n, 2 ``most``)."""
    turns = np.outer(azimuth, np.arange(1, most + 1))
    return np.stack([np.cos(turns), np.sin(turns)], axis=-1).reshape(len(azimuth), -1)


def _curve(at: dict[str, float], percent: npt.ArrayLike) -> Floats:
    from scipy.interpolate import PchipInterpolator

    knots = sorted((float(level), float(value)) for level, value in at.items())
    levels, values = zip(*knots, strict=True)
    inside = np.clip(np.asarray(percent, dtype=np.float64), levels[0], levels[-1])
    return np.asarray(PchipInterpolator(levels, values)(inside), dtype=np.float64)
