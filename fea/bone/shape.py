# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""First step of the flow: from profiles to closed outlines of the outer surface and the cortical wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial.polynomial import polyder, polyval2d

from fea.case import BoneDescription, Process
from fea.errors import GeometryError

Floats = npt.NDArray[np.float64]

_AZIMUTHS: Floats = np.asarray(2.0 * np.pi * np.arange(360) / 360.0, dtype=np.float64)
_LEAST_CANAL_MM = 1.0
_STEEPEST = 2.0
_FARTHEST_BENT = 0.08
"""Share of the length by which no joint surface or malleolus reaches beyond its end."""
_HALVINGS = 20
_LEAST_RADIUS = 0.3
"""Of a mean radius: the outline of a shape model never comes nearer to its centre."""


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
        return _turned(bone - self.center, self.torsion)


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
        self._model = description.shape_model
        modes = description.shape_model.modes if description.shape_model is not None else {}
        self._modes = [(modes[name], sd) for name, sd in description.shape.items() if sd != 0.0]
        self._end_outlines = {"distal": self.outer(0.0), "proximal": self.outer(1.0)}

    def axes(self, level: float) -> SectionAxes:
        """Centre and torsion of the section at ``level``."""
        center, torsion = self._center(np.float64(level)), float(self.torsion_deg(np.float64(level)))
        return SectionAxes(level, center, float(np.deg2rad(torsion)))

    def outer(self, level: float) -> Floats:
        """Periosteal outline at ``level`` in the section's own axes, shape (360, 2).

        Raises
        ------
        fea.errors.GeometryError
            The modes of variation or a groove leave no section.
        """
        points = self._of_model(level) if self._model is not None else self._of_widths(level)
        return self._with_bumps(points, level) * self.magnification

    def _of_model(self, level: float) -> Floats:
        """Outline of the shape model at ``level``, mm before scaling, shape (360, 2)."""
        radius = self._radius(level, _AZIMUTHS)
        return np.column_stack([radius * np.cos(_AZIMUTHS), radius * np.sin(_AZIMUTHS)])

    def _of_widths(self, level: float) -> Floats:
        """Outline between the two widths at ``level``, mm before scaling, shape (360, 2)."""
        s = self.description.sections
        assert s.crest_deg is not None
        assert s.triangularity is not None
        assert s.squareness is not None
        crest = np.deg2rad(float(s.crest_deg.value(level)))
        r = 1.0 + s.triangularity.value(level) * np.cos(3.0 * (_AZIMUTHS - crest))
        r = r - s.squareness.value(level) * np.cos(4.0 * _AZIMUTHS)
        points = np.column_stack([r * np.cos(_AZIMUTHS), r * np.sin(_AZIMUTHS)])
        points -= (points.max(axis=0) + points.min(axis=0)) / 2.0
        points *= self._widths(level) / np.ptp(points, axis=0)
        points -= polygon_properties(points).centroid
        return np.asarray(points)

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

    def height(self, level: npt.ArrayLike, points: Floats, with_processes: bool = True) -> Floats:
        """Height y in mm of points (n, 2) of the sections at ``level``, own axes: sections bend near the ends.

        ``level`` is one for all points, or one for each, shape (n,).
        """
        level = np.asarray(level, dtype=np.float64)
        ends = self.description.ends
        distal, proximal = _near_ends(level, ends.blend_level)
        y = level * self.length + points[:, 0] * np.tan(np.deg2rad(ends.proximal_slope_deg)) * proximal
        if self._model is not None:
            y = y + self._joint_surfaces(level, points, (distal, proximal), plate=not with_processes)
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

    def section_level(self, points: Floats, with_processes: bool = False) -> Floats:
        """Level of the bent section on which points (n, 3) in mm lie, 0 to 1, shape (n,).

        Of the core, or with its processes and plates of the whole bone.
        """
        level = np.asarray(np.clip(points[:, 1] / self.length, 0.0, 1.0))
        processes = self.description.processes.values() if with_processes else ()
        reach = max([0.0, *(process.length_mm for process in processes)]) / self.description.length_mm
        farthest = _FARTHEST_BENT + reach
        over = max([self.description.ends.blend_level, *(process.blend_level for process in processes)]) + farthest
        ends = np.flatnonzero((level < over) | (level > 1.0 - over))
        bent = points[ends]
        low, high = np.maximum(level[ends] - farthest, 0.0), np.minimum(level[ends] + farthest, 1.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            own = _turned(bent[:, [0, 2]] - self._center(middle), np.deg2rad(self.torsion_deg(middle)))
            beyond = self.height(middle, own, with_processes) > bent[:, 1]
            low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        level[ends] = (low + high) / 2.0
        return level

    def centre(self, level: Floats) -> Floats:
        """Centres of sections in the bone frame, mm, at levels (n,), shape (n, 3)."""
        x, z = self._center(level).T
        return np.column_stack([x, level * self.length, z])

    def direction(self, level: Floats, points: Floats) -> Floats:
        """Direction in degrees (x 0, z 90) of points (n, 3) about their section's centre."""
        x, z = (points[:, [0, 2]] - self._center(level)).T
        return np.asarray(np.rad2deg(np.arctan2(z, x)) - self.torsion_deg(level))

    def relative_radius(self, level: npt.ArrayLike) -> Floats:
        """Mean radius at ``level`` over that of the file scaled: what the modes of variation make of it."""
        return np.asarray(1.0 + sum(sd * mode.value(level)[..., 0] for mode, sd in self._modes))

    def _center(self, level: npt.ArrayLike) -> Floats:
        """Centres (x, z) of sections at levels (…), mm, shape (…, 2)."""
        s = self.description.sections
        moved = sum(sd * mode.value(level)[..., 1:3] for mode, sd in self._modes)
        center = np.stack([s.center_x_mm.value(level), s.center_z_mm.value(level)], axis=-1)
        return np.asarray(center * self.magnification + moved * np.float64(self.length))

    def torsion_deg(self, level: npt.ArrayLike) -> Floats:
        """Turn of sections about the shaft in degrees, from x towards z, at levels (…), shape (…)."""
        turned = sum(sd * mode.value(level)[..., 3] for mode, sd in self._modes)
        return np.asarray(self.description.sections.torsion_deg.value(level) + turned)

    def _radius(self, level: npt.ArrayLike, azimuth: Floats) -> Floats:
        """Radius of the shape model at ``level`` and ``azimuth`` (n,) in rad, mm before scaling, shape (n,)."""
        assert self._model is not None
        assert self.description.sections.radius_mm is not None
        waves = self._model.outline.value(level).copy()
        for mode, sd in self._modes:
            own = sd * mode.value(level)[..., 4:]
            waves[..., : own.shape[-1]] += own
        around = 1.0 + (_waves(azimuth, waves.shape[-1] // 2) * waves).sum(axis=-1)
        share = self.relative_radius(level) * np.minimum(around, 1.0)
        if share.size and share.min() < _LEAST_RADIUS:
            worst = np.broadcast_to(level, share.shape)[np.argmin(share)]
            raise GeometryError(
                f"the outline folds at {100 * worst:.0f} % of the length: its radius falls to "
                f"{share.min():.2f} of its mean; allowed: at least {_LEAST_RADIUS:g}. "
                "Take modes of variation nearer to 0."
            )
        return np.asarray(self.description.sections.radius_mm.value(level) * self.relative_radius(level) * around)

    def _joint_surfaces(
        self, level: npt.ArrayLike, points: Floats, near: tuple[Floats, Floats], *, plate: bool
    ) -> Floats:
        """Rise in mm of points (n, 2) of the section at ``level`` by the shape model's joint surfaces.

        ``near`` is the nearness to the distal and to the proximal end. Where a surface is steep, the core keeps away
        so much farther that the ``plate`` over it is not thinner there.
        """
        assert self._model is not None
        rise = np.zeros(len(points))
        if not np.any(np.add(*near) > 0.0):
            return rise
        azimuth = np.arctan2(points[:, 1], points[:, 0])
        share = np.hypot(*points.T) / (self._radius(level, azimuth) * self.magnification)
        share = np.minimum(share, 1.0)
        x, z = share * np.cos(azimuth), share * np.sin(azimuth)
        thickness = self.description.ends.plate_thickness_mm * self.magnification
        for end, rows in enumerate((self._model.distal_surface, self._model.proximal_surface)):
            surface = _matrix(rows)
            radius = float(self._radius(float(end), _AZIMUTHS).mean()) * self.magnification
            rise += near[end] * radius * np.asarray(polyval2d(x, z, surface), dtype=np.float64)
            if plate:
                along_x, along_z = (
                    np.asarray(polyval2d(x, z, np.asarray(polyder(surface, axis=axis), dtype=np.float64)))
                    for axis in (0, 1)
                )
                steep = np.minimum(np.hypot(along_x, along_z), _STEEPEST)
                rise += near[end] * thickness * (np.hypot(1.0, steep) - 1.0) * (1.0 - 2.0 * end)
        return rise

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

    def _off_middle(self, level: npt.ArrayLike, points: Floats) -> Floats:
        """Squared distance of ``points`` (n, 2) from the middle of the section, 1 about its rim, shape (n,)."""
        if self._model is not None:
            radius = self._radius(level, np.arctan2(points[:, 1], points[:, 0])) * self.magnification
            return np.asarray(np.minimum((points**2).sum(axis=1) / radius**2, 1.0))
        half = self._widths(level) * self.magnification / 2.0
        return np.asarray(np.minimum(((points / half) ** 2).sum(axis=1), 1.0))

    def _widths(self, level: npt.ArrayLike) -> Floats:
        """Widths along x and z of sections at levels (…), mm before scaling, shape (…, 2)."""
        s = self.description.sections
        assert s.width_x_mm is not None
        assert s.width_z_mm is not None
        return np.stack([s.width_x_mm.value(level), s.width_z_mm.value(level)], axis=-1)

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


def _waves(azimuth: Floats, most: int) -> Floats:
    """Cos θ, sin θ, cos 2θ … sin ``most`` θ at azimuths (n,), shape (n, 2 ``most``)."""
    turns = np.outer(azimuth, np.arange(1, most + 1))
    return np.stack([np.cos(turns), np.sin(turns)], axis=-1).reshape(len(azimuth), -1)


def _matrix(rows: Sequence[Sequence[float]]) -> Floats:
    """Rows of a polynomial filled up with zeros."""
    width = max(len(row) for row in rows)
    return np.array([[*row, *[0.0] * (width - len(row))] for row in rows])


def _turned(points: Floats, torsion: npt.ArrayLike) -> Floats:
    """Points (n, 2) in axes turned by ``torsion`` (rad), one for all or one for each."""
    (x, z), c, s = points.T, np.cos(torsion), np.sin(torsion)
    return np.column_stack([c * x + s * z, c * z - s * x])


def _sector_areas(outline: Floats) -> Floats:
    """Area that each vertex of ``outline`` spans with the origin, shape (n,)."""
    before, after = np.roll(outline, 1, axis=0), np.roll(outline, -1, axis=0)
    first = before[:, 0] * outline[:, 1] - outline[:, 0] * before[:, 1]
    second = outline[:, 0] * after[:, 1] - after[:, 0] * outline[:, 1]
    return np.asarray((first + second) / 4.0)


def _near_ends(level: Floats, over: float) -> tuple[Floats, Floats]:
    """Nearness of ``level`` to the distal and to the proximal end: 1 there, 0 from ``over`` away."""
    return _blend(1.0 - level / over), _blend((level - 1.0 + over) / over)


def _blend(x: npt.ArrayLike) -> Floats:
    """Smooth step 3x² − 2x³ between 0 and 1."""
    t = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))
