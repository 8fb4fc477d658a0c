# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Close-ups of hotspots: the surface around each, seen along its normal, in the colours of one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.show import offscreen
from fea.show.scale import Limits, colour_map
from fea.show.views import MATERIAL, UP, Surface, lit, parts

if TYPE_CHECKING:
    from fea.strain import Hotspot

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

_PIXELS = 320
REACH = 0.07
"""Half the side of a close-up as a share of the bone's length."""


def close_ups(surface: Surface, hotspots: Sequence[Hotspot], limits: Limits) -> list[Pixels]:
    """Picture (320, 320, 3) of the surface around each hotspot, a ring about its place; proximal is up.

    Raises
    ------
    fea.errors.MissingDependency
        This machine cannot draw without a display.
    """
    if not hotspots:
        return []
    length = float(np.ptp(surface.points @ UP))
    with offscreen.canvas(_PIXELS, _PIXELS) as plotter:
        lit(plotter)
        plotter.set_background("white")
        for part, look in parts(surface, limits, colour_map(limits)):
            plotter.add_mesh(part, **look, **MATERIAL)
        plotter.camera.parallel_projection = True
        plotter.camera.parallel_scale = REACH * length
        plotter.camera.up = tuple(UP)
        shots = []
        for spot in hotspots:
            at = np.array(spot.position)
            plotter.camera.focal_point = tuple(at)
            plotter.camera.position = tuple(at + 3.0 * length * outwards(surface, at))
            plotter.reset_camera_clipping_range()
            plotter.render()
            shots.append(_ringed(np.asarray(plotter.screenshot(return_img=True))[..., :3]))
    return shots


def outwards(surface: Surface, at: Floats) -> Floats:
    """Horizontal direction in which the surface nearest to ``at`` (3,) faces; x at an end."""
    nearest = int(np.argmin(np.linalg.norm(surface.points - at, axis=1)))
    normal = surface.normals[nearest] * (1.0 - UP)
    size = float(np.linalg.norm(normal))
    return normal / size if size > 1e-6 else np.array([1.0, 0.0, 0.0])


def _ringed(pixels: Pixels) -> Pixels:
    from PIL import Image, ImageDraw

    image = Image.fromarray(np.ascontiguousarray(pixels))
    draw = ImageDraw.Draw(image)
    middle, radius = _PIXELS / 2.0, _PIXELS / 16.0
    for colour, width, grown in (("white", 7, 2.0), ("#1a1a1a", 3, 0.0)):
        reach = radius + grown
        draw.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), outline=colour, width=width)
    return np.asarray(image)
