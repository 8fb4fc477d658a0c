# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measures of a bone's outer shape that publications state too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from fea.bone import BoneShape, polygon_properties
from fea.evaluate import Result

Floats = npt.NDArray[np.float64]

PLATEAU_DEG = -16.5
"""Direction of the plateau's own anterior from the plane of progression, towards lateral; published shapes count from
it [D, LLP26]."""
MEAN_LIMB_MM = 348.2
"""Length from plafond to plateau of the mean of the 26 limbs, to which lengths and areas are scaled [D, LLP26]."""

_FRONT_DEG = 80.0
_CONDYLE, _STRIPS = 0.35, (0.5, 0.6, 0.7)

ShapeMeasure = Callable[[BoneShape], float]


def _turned(points: Floats) -> Floats:
    """Points (…, 2) along (x, z) of the bone frame, in the plateau's own axes."""
    c, s = np.cos(np.deg2rad(PLATEAU_DEG)), np.sin(np.deg2rad(PLATEAU_DEG))
    return np.asarray(points @ np.array([[c, -s], [s, c]]))


def _outline(shape: BoneShape, level: float) -> Floats:
    """Outline (n, 2) at a level about the section's centre, in the plateau's own axes, mm."""
    axes = shape.axes(level)
    return _turned(axes.to_bone(shape.outer(level)) - axes.center)


def _bow(level: float, direction: int) -> ShapeMeasure:
    """Distance of the centre line to anterior (0) or lateral (1), mm at the length of the mean limb."""

    def measured(shape: BoneShape) -> float:
        return float(_turned(shape.axes(level).center)[direction] * MEAN_LIMB_MM / shape.length)

    return measured


def _crest(level: float) -> ShapeMeasure:
    """Direction of the farthest point of the front from anterior towards lateral, degrees."""

    def measured(shape: BoneShape) -> float:
        points = _outline(shape, level)
        azimuth = np.rad2deg(np.arctan2(points[:, 1], points[:, 0]))
        radius = np.where(np.abs(azimuth) < _FRONT_DEG, np.hypot(*points.T), 0.0)
        return float(azimuth[radius.argmax()])

    return measured


def _area(level: float) -> ShapeMeasure:
    """Area within the outer surface, mm² at the length of the mean limb."""

    def measured(shape: BoneShape) -> float:
        return polygon_properties(shape.outer(level)).area * (MEAN_LIMB_MM / shape.length) ** 2

    return measured


def _slope(side: float) -> ShapeMeasure:
    """Slope of a condyle's middle to posterior, degrees; ``side`` is −1 medially and 1 laterally."""

    def measured(shape: BoneShape) -> float:
        half = np.abs(shape.outer(1.0)[:, 1]).max()
        x = np.linspace(-_CONDYLE, _CONDYLE, 15) * half
        strips = [shape.height(1.0, np.column_stack([x, np.full(15, side * at * half)])) for at in _STRIPS]
        return float(np.rad2deg(np.arctan(np.polyfit(x, np.mean(strips, axis=0), 1)[0])))

    return measured


def _modulus(shape: BoneShape, level: float) -> float:
    """Section modulus of the outline as if solid for dorsoplantar bending, mm³."""
    outline = shape.outer(level)
    section = polygon_properties(outline)
    return float(section.second_x / np.abs(outline[:, 0] - section.centroid[0]).max())


def _modulus_ratio(level: float) -> ShapeMeasure:
    return lambda shape: _modulus(shape, level) / _modulus(shape, 0.5)


def _torsion(shape: BoneShape) -> float:
    return float(np.rad2deg(shape.axes(0.0).torsion - shape.axes(1.0).torsion))


SHAPE_MEASURES: Mapping[str, ShapeMeasure] = {
    **{f"bow_frontal_{p}_mm": _bow(p / 100.0, 1) for p in (25, 33)},
    **{f"bow_sagittal_{p}_mm": _bow(p / 100.0, 0) for p in (50, 66)},
    **{f"crest_{p}_deg": _crest(p / 100.0) for p in (38, 50, 66)},
    **{f"outer_area_{p}_mm2": _area(p / 100.0) for p in (14, 33, 50, 66, 85)},
    "torsion_deg": _torsion,
    "slope_medial_deg": _slope(-1.0),
    "slope_lateral_deg": _slope(1.0),
    **{f"modulus_{p}_over_50": _modulus_ratio(p / 100.0) for p in (30, 65)},
}
"""Measures of the shape by the names that published.toml uses; the number in a name is the level in percent."""


def of_shape(measure: ShapeMeasure) -> Callable[[Result, str | None], float]:
    """Measure of the shape, read from the result of a case of the bone."""
    return lambda result, _: measure(BoneShape(result.case.bone))
