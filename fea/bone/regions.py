# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Regions of the surface: their facets in a mesh, and their centres, which do not depend on the mesh."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from fea.bone.shape import BoneShape
from fea.bone.surface import BoneSurfaces
from fea.case import BoneDescription, Region
from fea.errors import GeometryError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

OUTSIDE = ("periosteum", "distal end", "proximal end")
"""Surfaces of a :class:`BoneSurfaces` that make up the outer facets, in their order."""

_LEVELS = 400
_RINGS = 100


def region_facets(region: Region, shape: BoneShape, surfaces: BoneSurfaces) -> Ints:
    """Rows of the outer facets whose centroid lies in ``region``."""
    name = "periosteum" if region.on == "shaft" else region.on
    start = sum(len(surfaces.surfaces[before]) for before in OUTSIDE[: OUTSIDE.index(name)])
    centre = surfaces.points[surfaces.surfaces[name]].mean(axis=1)
    return np.flatnonzero(_inside(region, shape, centre)) + start


def region_centers(shape: BoneShape) -> dict[str, Floats]:
    """Centroid (3,) in mm of the area of each region on the smooth surface.

    The facets of a region end in a ragged border: from mesh to mesh the centroid of those of a tibia's ankle moves
    by up to 0.7 mm, and with it a force of eleven body weights. So the surface is cut into the quadrilaterals of
    one fine grid, the same for every mesh, and those whose centre lies in the region are taken.

    Raises
    ------
    fea.errors.GeometryError
        A region holds nothing of the surface.
    """
    kinds = {region.on for region in shape.description.regions.values()}
    pieces = {kind: _pieces(shape, kind) for kind in kinds}
    found = {}
    for name, region in shape.description.regions.items():
        centre, area = pieces[region.on]
        weight = np.where(_inside(region, shape, centre), area, 0.0)
        if not weight.any():
            raise GeometryError(
                f"the region {name!r} of {shape.description.name} holds nothing of the surface; enlarge it."
            )
        found[name] = np.asarray(weight @ centre / weight.sum())
    return found


def centers_of(description: BoneDescription) -> dict[str, Floats]:
    """Centroid (3,) in mm of the area of each region of a bone; worked out once for each bone."""
    return _centers_of(description.model_dump_json(by_alias=True))


@functools.lru_cache(maxsize=16)
def _centers_of(text: str) -> dict[str, Floats]:
    return region_centers(BoneShape(BoneDescription.model_validate_json(text)))


def _inside(region: Region, shape: BoneShape, points: Floats) -> Mask:
    """Mask (k,) of the points (k, 3) of the surface of a region that lie in it."""
    if region.on != "shaft":
        end = 0.0 if region.on == "distal end" else 1.0
        assert region.centre_mm is not None
        assert region.semi_axes_mm is not None
        size = shape.magnification * float(shape.relative_radius(end))
        offset = shape.axes(end).to_local(points[:, [0, 2]]) / size - np.array(region.centre_mm)
        return np.asarray(np.hypot(*(offset / np.array(region.semi_axes_mm)).T) <= 1.0)
    assert region.levels is not None
    assert region.sector_deg is not None
    level = np.clip(points[:, 1] / shape.length, 0.0, 1.0)
    begin, end = region.sector_deg
    turn = (shape.direction(level, points) - begin) % 360.0
    return np.asarray((level >= region.levels[0]) & (level <= region.levels[1]) & (turn <= end - begin))


def _pieces(shape: BoneShape, kind: str) -> tuple[Floats, Floats]:
    """Centres (k, 3) in mm and areas (k,) in mm² of small quadrilaterals that make up a smooth surface."""
    if kind == "shaft":
        grid = np.array([shape.placed(level, shape.outer(level)) for level in np.linspace(0.0, 1.0, _LEVELS + 1)])
    else:
        level = 0.0 if kind == "distal end" else 1.0
        rings = np.linspace(0.0, 1.0, _RINGS + 1)[:, None, None] * shape.outer(level)
        grid = shape.placed(level, rings.reshape(-1, 2)).reshape(*rings.shape[:2], 3)
    around = np.roll(grid, -1, axis=1)
    a, b, c, d = grid[:-1], around[:-1], around[1:], grid[1:]
    area = np.linalg.norm(np.cross(c - a, d - b), axis=-1) / 2.0
    return ((a + b + c + d) / 4.0).reshape(-1, 3), area.ravel()
