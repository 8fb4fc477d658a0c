# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Outlines, centres and joint surfaces of a bone in its frame: what the sections of a bone's file are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.scan.distance import contour, outline, plane_section
from fea.scan.surface import Surface
from fea.scan.template import AZIMUTHS, Template, waves

Floats = npt.NDArray[np.float64]

LEVELS = (
    *(0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 12.0, 14.0, 17.0, 20.0, 23.0, 26.0, 29.0, 32.0, 35.0, 38.0),
    *(41.0, 44.0, 47.0, 50.0, 53.0, 56.0, 59.0, 62.0, 65.0, 68.0, 71.0, 74.0, 77.0, 80.0, 82.0, 84.0, 86.0, 88.0),
    *(90.0, 91.5, 93.0, 94.5, 96.0, 97.0, 98.0, 99.0, 99.5, 100.0),
)
"""Percent levels of the outlines: closer where the shape changes."""
_CENTRE_LEVELS = (4, 8, 14, 20, 25, 30, 33, 38, 45, 50, 55, 60, 66, 70, 75, 80, 85, 90, 96)
HARMONICS, DEGREE = 16, 10
_STEEPEST_JOINT = 0.45
"""Least share along y of the normal of a joint surface."""
_DEPTH_OF_JOINT = 0.06
"""Of the length: how far a joint surface reaches from the end of the length."""
_BENDING = 3e-5
"""Weight of the second derivatives of a joint surface over the unit disc."""
_MANY_TRIANGLES = 60_000
_TURNED_AT = (4.0, 8.0, 14.0, 25.0, 38.0, 50.0, 66.0, 78.0)
_FARTHEST_TURN_DEG = 25.0
_HALVINGS = 20


@dataclass(frozen=True, eq=False)
class JointSurface:
    """Rim of an end, ``rim`` (1 + 2 n,) harmonics in mm, and its height over the disc inside, polynomial in mm."""

    rim: Floats
    height: Floats

    def on_rim(self, azimuth: Floats) -> Floats:
        """Height in mm of the rim at azimuths (n,)."""
        return np.asarray(_powers(np.cos(azimuth), np.sin(azimuth)) @ self.height)

    def rows(self) -> list[list[float]]:
        """Polynomial in shares of the mean radius, as a bone's file has it."""
        left, found = (self.height / self.rim[0]).tolist(), []
        for i in range(DEGREE + 1):
            found.append([round(left.pop(0), 5) for _ in range(DEGREE + 1 - i)])
        return found


@dataclass(frozen=True, eq=False)
class Outlines:
    """Sections of a bone in its frame.

    Attributes
    ----------
    centre : dict of float to ndarray, (2,)
        Centre (x, z) in mm of the section at each percent level.
    radius : dict of float to ndarray, (1 + 2 n,)
        Harmonics of the outer radius in mm about it, in the section's own axes.
    torsion : dict of float to float
        Turn of the own axes in degrees from x towards z.
    distal, proximal : JointSurface
        The ends.
    wall : dict of float to ndarray, (180,)
        Cortical thickness in mm by azimuth, where the bone has an inner surface; else empty.
    """

    centre: Mapping[float, Floats]
    radius: Mapping[float, Floats]
    torsion: Mapping[float, float]
    distal: JointSurface
    proximal: JointSurface
    wall: Mapping[float, Floats]


def outlines_of(placed: Surface, length: float, template: Template, inner: Surface | None = None) -> Outlines:
    """Outlines of a bone in its frame.

    A section follows the rims of both joint surfaces, which fades with the distance from the ends as it does in the
    parametric bone. Its own axes turn with the bone: by as much more than the template's as its second and third
    waves, which hold the crest and the borders, are turned.

    Parameters
    ----------
    placed : Surface
        Outer surface in the frame of the right bone, mm.
    length : float
        Length in mm.
    template : Template
        The parametric bone.
    inner : Surface, optional
        The endosteal surface in the same frame.

    Raises
    ------
    fea.errors.InputError
        A section is empty.
    """
    corners = _fine(placed.corners)
    centre = _centres(corners, length)
    torsion = _torsion(corners, length, centre, template)
    distal = _joint(corners, -1.0, 0.0, length, float(torsion(0.0)))
    proximal = _joint(corners, 1.0, length, length, float(torsion(100.0)))
    blend = float(template.table["ends"]["blend_level"])

    def bent(of: Floats) -> Floats:
        return _bent_levels(of, length, torsion, centre, (distal, proximal), blend)

    level = bent(corners)
    ends, radius = {0.0: distal, 100.0: proximal}, {}
    for percent in LEVELS:
        at = _own_outline(corners, level, percent, centre, torsion)
        radius[percent] = ends[percent].rim if percent in ends else _series(AZIMUTHS, at, HARMONICS)
    return Outlines(
        {p: centre(p) for p in LEVELS},
        radius,
        {p: float(torsion(p)) for p in LEVELS},
        distal,
        proximal,
        {} if inner is None else _walls(_fine(inner.corners), bent, radius, centre, torsion),
    )


Curve = Callable[[npt.ArrayLike], Floats]
"""Values at percent levels."""


def _fine(corners: Floats) -> Floats:
    """Triangles each cut in four until there are many: levels bend within a large one."""
    while len(corners) * 4 < 2 * _MANY_TRIANGLES:
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
        four = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        corners = np.concatenate([np.stack(part, axis=1) for part in four])
    return corners


def _centres(corners: Floats, length: float) -> Curve:
    """Centroids (x, z) of plane sections by percent level; 0 at both ends."""
    from scipy.interpolate import PchipInterpolator

    rows = [np.zeros(2)]
    for percent in _CENTRE_LEVELS:
        section = plane_section(corners, percent / 100.0 * length)
        if section.area <= 0.0:
            raise InputError(f"the surface has no section at {percent} % of the length.")
        rows.append(section.centre)
    curve = PchipInterpolator([0.0, *_CENTRE_LEVELS, 100.0], np.array([*rows, np.zeros(2)]))
    return lambda percent: np.asarray(curve(np.clip(percent, 0.0, 100.0)), dtype=np.float64)


def _torsion(corners: Floats, length: float, centre: Curve, template: Template) -> Curve:
    """Turn of the sections' own axes in degrees by percent level."""
    own = [0.0]
    if template.has_outlines:
        for percent in reversed(_TURNED_AT):
            y = percent / 100.0 * length
            segments = contour(corners, corners[..., 1], y)[..., [0, 2]] - centre(percent)
            radius = outline(segments, AZIMUTHS + np.deg2rad(float(template.torsion(percent))))
            own.insert(0, _turn(radius / radius.mean(), template.outline(percent)))
    known = (*_TURNED_AT, 100.0)[-len(own) :]
    # A turn that jumps between levels would shear the regions; a smooth one follows the bone.
    smooth = np.polynomial.Polynomial.fit(known, own, min(3, len(own) - 1), w=[1.0] * (len(own) - 1) + [3.0])
    return lambda percent: np.asarray(template.torsion(percent) + smooth(np.clip(percent, known[0], 100.0)))


def _turn(share: Floats, wanted: Floats) -> float:
    """Turn in degrees of an outline against another, by the second and third waves."""
    tried = np.arange(-_FARTHEST_TURN_DEG, _FARTHEST_TURN_DEG + 0.1, 0.25)
    off = []
    for degrees in tried:
        turned = np.interp(AZIMUTHS + np.deg2rad(degrees), AZIMUTHS, share, period=2.0 * np.pi)
        difference = np.fft.rfft(turned - wanted)[2:4]
        off.append(np.linalg.norm(difference))
    return float(tried[int(np.argmin(off))])


def _joint(corners: Floats, sign: float, y: float, length: float, torsion: float) -> JointSurface:
    """Joint surface of an end at height ``y``; ``sign`` is 1 for the proximal end."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area, centre = np.linalg.norm(normal, axis=1), corners.mean(axis=1)
    depth = _DEPTH_OF_JOINT * length
    near = (sign * normal[:, 1] > _STEEPEST_JOINT * area) & (np.abs(centre[:, 1] - y) < depth)
    if near.sum() < 10:
        raise InputError(f"the surface has no {'proximal' if sign > 0.0 else 'distal'} joint surface across its axis.")
    flat = _own(centre[near][:, [0, 2]], torsion)
    azimuth, radius, height = np.arctan2(flat[:, 1], flat[:, 0]), np.hypot(*flat.T), centre[near, 1] - y
    sector = np.round(azimuth / (2.0 * np.pi) * 72).astype(np.int64) % 72
    edge = np.zeros(72)
    np.maximum.at(edge, sector, radius)
    held, around = edge > 0.0, 2.0 * np.pi * np.arange(72) / 72
    edge[~held] = np.interp(around[~held], around[held], edge[held], period=2.0 * np.pi)
    rim = _series(around, edge, HARMONICS)
    share = np.minimum(radius / (_basis(azimuth, HARMONICS) @ rim), 1.0)
    return JointSurface(rim, _smooth_height(share * np.cos(azimuth), share * np.sin(azimuth), height, area[near]))


def _smooth_height(x: Floats, z: Floats, height: Floats, area: Floats) -> Floats:
    """Polynomial over the disc through heights in mm at points (n,), that bends no more than they ask for.

    Minimises the mean square of the distances plus :data:`_BENDING` times that of the second derivatives over the
    disc: between the joint surface and the rim there may be no points.
    """
    weight = np.sqrt(area / area.sum())
    grid = np.stack(np.meshgrid(np.linspace(-1.0, 1.0, 29), np.linspace(-1.0, 1.0, 29)), axis=-1).reshape(-1, 2)
    grid = grid[np.hypot(*grid.T) <= 1.0]
    bent = [
        factor * _powers(grid[:, 0], grid[:, 1], order)
        for factor, order in ((1.0, (2, 0)), (2.0**0.5, (1, 1)), (1.0, (0, 2)))
    ]
    rows = np.vstack([_powers(x, z) * weight[:, None], *(np.sqrt(_BENDING / len(grid)) * b for b in bent)])
    return np.asarray(np.linalg.lstsq(rows, np.concatenate([height * weight, np.zeros(3 * len(grid))]), rcond=None)[0])


def _bent_levels(
    corners: Floats,
    length: float,
    torsion: Curve,
    centre: Curve,
    ends: tuple[JointSurface, JointSurface],
    blend: float,
) -> Floats:
    """Level of each corner (m, 3), beyond an end below 0 or above 1, on sections that follow the rims of both ends."""
    level = corners[..., 1].ravel() / length
    over = blend + 2.0 * _DEPTH_OF_JOINT
    near = np.flatnonzero((level < over) | (level > 1.0 - over))
    points = corners.reshape(-1, 3)[near]
    rims = [end.on_rim(AZIMUTHS) for end in ends]
    low, high = np.full(len(near), -0.2), np.full(len(near), 1.2)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        own = _own(points[:, [0, 2]] - centre(100.0 * middle), torsion(np.clip(100.0 * middle, 0.0, 100.0)))
        azimuth = np.arctan2(own[:, 1], own[:, 0])
        rise = [np.interp(azimuth, AZIMUTHS, rim, period=2.0 * np.pi) for rim in rims]
        y = middle * length + rise[0] * _step(1.0 - middle / blend) + rise[1] * _step((middle - 1.0 + blend) / blend)
        above = y > points[:, 1]
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    level[near] = (low + high) / 2.0
    return level.reshape(corners.shape[:2])


def _own_outline(corners: Floats, level: Floats, percent: float, centre: Curve, torsion: Curve) -> Floats:
    """Outermost radius in mm at :data:`AZIMUTHS` of the section at a percent level, in its own axes."""
    segments = contour(corners, level, percent / 100.0)[..., [0, 2]] - centre(percent)
    radius = outline(segments, AZIMUTHS + np.deg2rad(float(torsion(percent))))
    if radius.min() <= 0.0 and 0.0 < percent < 100.0:
        raise InputError(f"the section at {percent:g} % of the length does not go round the axis of the bone.")
    return radius


def _walls(
    inner: Floats, bent: Callable[[Floats], Floats], radius: Mapping[float, Floats], centre: Curve, torsion: Curve
) -> dict[float, Floats]:
    """Cortical thickness in mm at :data:`AZIMUTHS` of the levels that the inner surface reaches."""
    level, found = bent(inner), {}
    for percent in LEVELS:
        if not level.min() < percent / 100.0 < level.max():
            continue
        canal = outline(
            contour(inner, level, percent / 100.0)[..., [0, 2]] - centre(percent),
            AZIMUTHS + np.deg2rad(float(torsion(percent))),
        )
        if canal.min() > 0.0:
            found[percent] = _basis(AZIMUTHS, HARMONICS) @ radius[percent] - canal
    return found


def _own(points: Floats, degrees: npt.ArrayLike) -> Floats:
    """Points (n, 2) along (x, z) in axes that are turned by ``degrees`` from x towards z."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.column_stack([c * points[:, 0] + s * points[:, 1], c * points[:, 1] - s * points[:, 0]])


def _step(x: npt.ArrayLike) -> Floats:
    """Smooth step 3x² − 2x³ between 0 and 1, as sections bend in the parametric bone."""
    t = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def _series(azimuth: Floats, value: Floats, most: int) -> Floats:
    """Coefficients of 1, cos, sin, cos 2… of ``value`` (n,) at ``azimuth`` (n,), least squares."""
    return np.asarray(np.linalg.lstsq(_basis(azimuth, most), value, rcond=None)[0])


def _basis(azimuth: Floats, most: int) -> Floats:
    return np.column_stack([np.ones(len(azimuth)), waves(azimuth, most)])


def _powers(x: Floats, z: Floats, order: tuple[int, int] = (0, 0)) -> Floats:
    """Monomials up to :data:`DEGREE` at points (n,) of the disc, or their derivatives of an order in x and z."""
    return np.column_stack([
        _power(x, i, order[0]) * _power(z, j, order[1]) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)
    ])  # fmt: skip


def _power(x: Floats, exponent: int, order: int) -> Floats:
    factor = float(np.prod([exponent - k for k in range(order)]))
    return np.asarray(factor * x ** max(exponent - order, 0))
