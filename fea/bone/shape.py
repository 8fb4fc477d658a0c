# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""First step of the flow: from profiles to closed outlines of the outer surface and the cortical wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import BoneDescription, Process
from fea.errors import GeometryError

Floats = npt.NDArray[np.float64]

_AZIMUTHS = 2.0 * np.pi * np.arange(360) / 360.0
_LEAST_CANAL_MM = 1.0


@dataclass(frozen=True)
class SectionAxes:
    """Centre of a section and its turn about the shaft.

    ``level`` is the fraction of the length, ``center`` (2,) in mm along (x, z),
    ``torsion`` in rad from x towards z.
    """

    level: float
    center: Floats
    torsion: float

    def to_bone(self, local: Floats) -> Floats:
        """Points (n, 2) of the section's own axes, mm, in the bone's (x, z)."""
        c, s = np.cos(self.torsion), np.sin(self.torsion)
        return np.asarray(local @ np.array([[c, s], [-s, c]]) + self.center)

    def to_local(self, bone: Floats) -> Floats:
        """Points (n, 2) of the bone's (x, z), mm, in the section's own axes."""
        c, s = np.cos(self.torsion), np.sin(self.torsion)
        return np.asarray((bone - self.center) @ np.array([[c, -s], [s, c]]))


@dataclass(frozen=True)
class PlaneProperties:
    """Area (mm²), centroid (mm) and central second moments ∫x², ∫z² (mm⁴) of a plane figure."""

    area: float
    centroid: Floats
    second_x: float
    second_z: float


def polygon_properties(points: Floats) -> PlaneProperties:
    """Properties of a polygon with vertices ``points`` (n, 2), positively turned.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    >>> p = polygon_properties(square)
    >>> bool(np.allclose([p.area, p.second_x], [4.0, 4.0 / 3.0]))
    True
    """
    x, z = points.T
    x1, z1 = np.roll(x, -1), np.roll(z, -1)
    cross = x * z1 - x1 * z
    area = float(cross.sum() / 2.0)
    cx = float(((x + x1) * cross).sum() / 6.0 / area)
    cz = float(((z + z1) * cross).sum() / 6.0 / area)
    sx = float((cross * (x * x + x * x1 + x1 * x1)).sum() / 12.0) - area * cx * cx
    sz = float((cross * (z * z + z * z1 + z1 * z1)).sum() / 12.0) - area * cz * cz
    return PlaneProperties(area, np.array([cx, cz]), sx, sz)


class BoneShape:
    """The smooth shape of a bone, evaluated at any level; lengths in mm after scaling.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    """

    def __init__(self, description: BoneDescription) -> None:
        self.description = description
        self.magnification = description.magnification
        self.length = description.length_mm * self.magnification
        self._end_outlines = {"distal": self.outer(0.0), "proximal": self.outer(1.0)}

    def axes(self, level: float) -> SectionAxes:
        """Centre and torsion of the section at ``level``."""
        s = self.description.sections
        center = np.array([float(s.center_x_mm.value(level)), float(s.center_z_mm.value(level))])
        torsion = np.deg2rad(float(s.torsion_deg.value(level)))
        return SectionAxes(level, center * self.magnification, float(torsion))

    def outer(self, level: float) -> Floats:
        """Periosteal outline at ``level`` in the section's own axes, shape (360, 2)."""
        s = self.description.sections
        crest = np.deg2rad(float(s.crest_deg.value(level)))
        r = 1.0 + s.triangularity.value(level) * np.cos(3.0 * (_AZIMUTHS - crest))
        r = r - s.squareness.value(level) * np.cos(4.0 * _AZIMUTHS)
        points = np.column_stack([r * np.cos(_AZIMUTHS), r * np.sin(_AZIMUTHS)])
        points -= (points.max(axis=0) + points.min(axis=0)) / 2.0
        widths = np.array([float(s.width_x_mm.value(level)), float(s.width_z_mm.value(level))])
        points *= widths / np.ptp(points, axis=0)
        points -= polygon_properties(points).centroid
        return self._with_bumps(points, level) * self.magnification

    def inner(self, level: float) -> Floats:
        """Endosteal outline at ``level``, own axes, shape (360, 2).

        The wall is taken off along the radius: an outline moved along the normal would fold at the crest.
        A thin shell follows the outer outline; the thicker the wall, the more the canal is an oval (its
        radius keeps two harmonics of the azimuth) and ridges of the outside do not show in it.

        Raises
        ------
        fea.errors.GeometryError
            The wall is thicker than the section allows.
        """
        outer = self.outer(level)
        radius = np.hypot(*outer.T)
        wall = self.thickness(level, np.arctan2(outer[:, 1], outer[:, 0]))
        canal = radius - wall
        harmonics = np.fft.rfft(canal)
        harmonics[3:] *= max(0.0, 1.0 - 2.0 * float(wall.mean() / radius.mean()))
        canal = np.fft.irfft(harmonics, len(canal))
        wall = radius - canal
        if canal.min() < _LEAST_CANAL_MM or wall.min() <= 0.0:
            worst = int(np.argmin(np.minimum(canal, wall)))
            raise GeometryError(
                f"cortical thickness is {wall[worst]:.1f} mm at {100 * level:.0f} % of the length; allowed: more "
                f"than 0 and less than the radius of the section there ({radius[worst]:.1f} mm) by at least "
                f"{_LEAST_CANAL_MM:g} mm."
            )
        return np.asarray(outer * (canal / radius)[:, None])

    def thickness(self, level: float, azimuth: Floats) -> Floats:
        """Cortical thickness in mm at ``azimuth`` (rad, section's own axes)."""
        s = self.description.sections
        a, b, p, m = (float(s.thickness_mm[side].value(level)) for side in self.description.sites.sides)
        mean, second = (a + b + p + m) / 4.0, (a + p - b - m) / 4.0
        wave = (a - p) / 2.0 * np.cos(azimuth) + (b - m) / 2.0 * np.sin(azimuth) + second * np.cos(2.0 * azimuth)
        return np.asarray((mean + wave) * self.magnification * self.description.thickness_scale)

    def height(self, level: float, points: Floats, with_processes: bool = True) -> Floats:
        """Height y in mm of points (n, 2) of the section at ``level``, own axes: sections bend near the ends."""
        ends = self.description.ends
        distal, proximal = _near_ends(level, ends.blend_level)
        y = level * self.length + points[:, 0] * np.tan(np.deg2rad(ends.proximal_slope_deg)) * proximal
        domes = (ends.distal_dome_mm * distal - ends.proximal_dome_mm * proximal) * self.magnification
        if domes.any():
            y = y + domes * self._off_middle(level, points)
        if with_processes:
            for process in self.description.processes.values():
                distal, proximal = _near_ends(level, process.blend_level)
                y = y + self._reach(process, points) * (proximal if process.end == "proximal" else -distal)
        return np.asarray(y)

    def placed(self, level: float, points: Floats, with_processes: bool = True) -> Floats:
        """Points (n, 2) of the section at ``level``, own axes, in the bone frame, mm, shape (n, 3)."""
        flat = self.axes(level).to_bone(points)
        return np.column_stack([flat[:, 0], self.height(level, points, with_processes), flat[:, 1]])

    def centre(self, level: Floats) -> Floats:
        """Centres of sections in the bone frame, mm, at levels (n,), shape (n, 3)."""
        s = self.description.sections
        x, z = (c.value(level) * self.magnification for c in (s.center_x_mm, s.center_z_mm))
        return np.column_stack([x, level * self.length, z])

    def direction(self, level: Floats, points: Floats) -> Floats:
        """Direction in degrees (x 0, z 90) of points (n, 3) about their section's centre."""
        s = self.description.sections
        x = points[:, 0] - s.center_x_mm.value(level) * self.magnification
        z = points[:, 2] - s.center_z_mm.value(level) * self.magnification
        return np.asarray(np.rad2deg(np.arctan2(z, x)) - s.torsion_deg.value(level))

    def volume(self) -> float:
        """Volume inside the periosteal surface in mm³.

        Sections are carried along y by :meth:`height`, so the volume is the integral of ∂y/∂level
        over every section and all levels.
        """
        levels, step = np.linspace(0.0, 1.0, 201, retstep=True)
        rings = (np.arange(16) + 0.5) / 16
        total = 0.0
        for level in (levels[:-1] + levels[1:]) / 2.0:
            outline = self.outer(level)
            points = (rings[:, None, None] * outline).reshape(-1, 2)
            stretch = self.height(level + step / 2, points) - self.height(level - step / 2, points)
            weights = np.repeat(rings / rings.sum(), len(outline))
            sector = _sector_areas(outline)
            total += float((stretch * weights * np.tile(sector, len(rings))).sum())
        return total

    def _with_bumps(self, points: Floats, level: float) -> Floats:
        azimuth = np.arctan2(points[:, 1], points[:, 0])
        radius = np.hypot(*points.T)
        lift = np.zeros_like(radius)
        for bump in self.description.bumps.values():
            sharpness = np.log(2.0) / (1.0 - np.cos(np.deg2rad(bump.half_angle_deg) / 2.0))
            around = np.exp(sharpness * (np.cos(azimuth - np.deg2rad(bump.direction_deg)) - 1.0))
            along = np.exp(-(((level - bump.level) / bump.half_length) ** 2))
            lift += bump.height_mm * along * around
        if np.any(radius + lift < 0.3 * radius):
            raise GeometryError(f"a groove at {100 * level:.0f} % of the length is deeper than the section allows.")
        return np.asarray(points * (1.0 + lift / radius)[:, None])

    def _off_middle(self, level: float, points: Floats) -> Floats:
        """Squared distance of ``points`` (n, 2) from the middle of the section, 1 about its rim, shape (n,)."""
        s = self.description.sections
        half = np.array([float(s.width_x_mm.value(level)), float(s.width_z_mm.value(level))]) * self.magnification / 2.0
        return np.asarray(np.minimum(((points / half) ** 2).sum(axis=1), 1.0))

    def _reach(self, process: Process, points: Floats) -> Floats:
        """Distance in mm ≥ 0 by which a process pushes the surface of its end outwards at ``points``."""
        direction = np.deg2rad(process.direction_deg)
        out = points @ np.array([np.cos(direction), np.sin(direction)])
        across = points @ np.array([-np.sin(direction), np.cos(direction)])
        edge = float((self._end_outlines[process.end] @ np.array([np.cos(direction), np.sin(direction)])).max())
        root = edge - process.width_mm * self.magnification
        ramp = _blend((out - root) / (0.7 * process.width_mm * self.magnification))
        window = np.exp(-((across / (0.5 * process.depth_mm * self.magnification)) ** 4))
        return np.asarray(process.length_mm * self.magnification * ramp * window)


def _sector_areas(outline: Floats) -> Floats:
    """Area that each vertex of ``outline`` spans with the origin, shape (n,)."""
    before, after = np.roll(outline, 1, axis=0), np.roll(outline, -1, axis=0)
    first = before[:, 0] * outline[:, 1] - outline[:, 0] * before[:, 1]
    second = outline[:, 0] * after[:, 1] - after[:, 0] * outline[:, 1]
    return np.asarray((first + second) / 4.0)


def _near_ends(level: float, over: float) -> tuple[Floats, Floats]:
    """Nearness of ``level`` to the distal and to the proximal end: 1 there, 0 from ``over`` away."""
    return _blend(1.0 - level / over), _blend((level - 1.0 + over) / over)


def _blend(x: npt.ArrayLike) -> Floats:
    """Smooth step 3x² − 2x³ between 0 and 1."""
    t = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))
