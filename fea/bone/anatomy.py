# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Names of places on a bone: level, sector and the clinical name of the site of any point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape
from fea.case import BoneDescription, SideNames

Floats = npt.NDArray[np.float64]

_HALF_SPAN = 0.05
_ON_AXIS_MM = 1e-6


class Anatomy:
    """Level, sector and clinical site of points on one bone.

    Parameters
    ----------
    description : BoneDescription
        The bone, which brings the names of its sites.
    """

    def __init__(self, description: BoneDescription) -> None:
        self._shape = BoneShape(description)
        self._sites = description.sites

    @property
    def sides(self) -> SideNames:
        """Names of the directions x, z, −x, −z of the bone frame."""
        return self._sites.sides

    @property
    def proximal_end(self) -> float:
        """Level at which the most proximal of the named bands begins."""
        return max(low for low, _ in self._sites.bands.values())

    @property
    def length(self) -> float:
        """Length of the bone in mm."""
        return self._shape.length

    def level(self, points: Floats) -> Floats:
        """Fraction of the length from the distal end, of points (n, 3) in mm; beyond an end 0 or 1."""
        return np.asarray(np.clip(points[:, 1] / self._shape.length, 0.0, 1.0))

    def direction(self, points: Floats) -> Floats:
        """Direction in degrees, −180 to 180, from the centre of the section of each point (n, 3).

        0 is x, anterior or dorsal, 90 lateral, −90 medial.
        """
        turned = self._shape.direction(self.level(points), points)
        return np.asarray((turned + 180.0) % 360.0 - 180.0)

    def ray(self, level: float, direction_deg: float) -> Floats:
        """Unit vector (x, z) from the centre of the section at ``level`` in a direction of :meth:`direction`."""
        angle = np.deg2rad(direction_deg) + self._shape.axes(level).torsion
        return np.array([np.cos(angle), np.sin(angle)])

    @property
    def sectors(self) -> dict[str, float]:
        """Direction in degrees, −180 to 180, of the middle of each sector by its name."""
        return {name: (45.0 * k + 180.0) % 360.0 - 180.0 for k, name in enumerate(self._sites.sectors)}

    def sector(self, points: Floats) -> list[str]:
        """Sector of each point (n, 3), by the name that the bone's file gives it."""
        names = list(self._sites.sectors)
        number = np.round(self.direction(points) / 45.0).astype(np.int64) % len(names)
        return [names[k] for k in number]

    def axes(self, points: Floats) -> Floats:
        """Axes that tissue follows at points (n, 3), rows of (n, 3, 3): radial, around, along the bone.

        Along the bone is the tangent of the line through the centres of the sections, over a twentieth of the
        length to either side, so that it stays smooth at the ends. Radial points away from that line, across
        the tangent; on the line itself it is anterior.
        """
        level = self.level(points)
        below, above = (np.clip(level + step, 0.0, 1.0) for step in (-_HALF_SPAN, _HALF_SPAN))
        along = self._shape.centre(above) - self._shape.centre(below)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        out = points - self._shape.centre(level)
        out[np.linalg.norm(out[:, [0, 2]], axis=1) < _ON_AXIS_MM] = (1.0, 0.0, 0.0)
        out -= np.einsum("ni,ni->n", out, along)[:, None] * along
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        return np.stack([out, np.cross(along, out), along], axis=1)

    def site(self, points: Floats) -> list[str]:
        """Clinical site of each point (n, 3), such as "posteromedial border, distal third"."""
        names = []
        for level, sector in zip(self.level(points), self.sector(points), strict=True):
            band = next(name for name, (low, high) in self._sites.bands.items() if low <= level <= high)
            names.append(f"{self._sites.sectors[sector]}, {band}")
        return names

    def section_center(self, level: float) -> Floats:
        """Centre of the section at ``level`` in the bone frame, mm, shape (3,)."""
        center = self._shape.axes(level).center
        return np.array([center[0], level * self._shape.length, center[1]])
