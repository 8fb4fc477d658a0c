# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The bone as a scene that is turned with the mouse: upright, coloured, with a labelled colour bar and its axes."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fea.errors import MissingDependency
from fea.show.scale import chosen_limits, colour_map
from fea.show.views import MATERIAL, UP, Surface, lit, parts

if TYPE_CHECKING:
    import pyvista

    from fea.case import SideNames
    from fea.strain import Hotspot

_INK = "#1a1a1a"
_SIZE = (800, 1000)
_OWN_FONT = 4
"""VTK_FONT_FILE: the font of a file."""
_ABOVE = 0.15
_LETTERS = 22
"""In a line of the colour bar's title."""


def upright_scene(
    surface: Surface, label: str, title: str, sides: SideNames, hotspots: Sequence[Hotspot], *, off_screen: bool = False
) -> pyvista.Plotter:
    """Scene of the outer surface with the proximal end up, ready to be shown.

    Parameters
    ----------
    surface : Surface
        The outer surface with its values; excluded vertices are grey.
    label : str
        Quantity and unit of the colour bar.
    title : str
        Line above the bone.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z, for the axes.
    hotspots : sequence of Hotspot
        Marked with rank and strain, in the frame of the surface.
    off_screen : bool
        Whether the scene needs no display.
    """
    import pyvista

    limits = chosen_limits(surface, signed=bool(surface.value.min() < 0.0 < surface.value.max()))
    plotter: Any = pyvista.Plotter(window_size=list(_SIZE), off_screen=off_screen)
    plotter.set_background("white")
    lit(plotter)
    for part, look in parts(surface, limits, colour_map(limits)):
        plotter.add_mesh(part, **look, **MATERIAL)
        if look["scalars"] is not None:
            _draw_bar(plotter, "\n".join(textwrap.wrap(label, _LETTERS)))
    plotter.add_text(title, position="upper_edge", font_size=10, color=_INK, font_file=_font())
    if surface.excluded.any():
        plotter.add_text("grey: not evaluated", position="lower_right", font_size=9, color=_INK, font_file=_font())
    _label_hotspots(plotter, hotspots)
    plotter.add_axes(xlabel=sides[0], ylabel="proximal", zlabel=sides[1], color=_INK, line_width=3)
    _stand_up(plotter, surface)
    return cast("pyvista.Plotter", plotter)


def _draw_bar(plotter: Any, title: str) -> None:
    place = {"vertical": True, "position_x": 0.76, "position_y": 0.2, "height": 0.6, "width": 0.08}
    size = {"title_font_size": 18, "label_font_size": 18, "n_labels": 5, "fmt": "%.4g"}
    bar = plotter.add_scalar_bar(title=title, color=_INK, **place, **size)
    for text in (bar.GetTitleTextProperty(), bar.GetLabelTextProperty()):
        text.SetFontFamily(_OWN_FONT)
        text.SetFontFile(_font())


def _label_hotspots(plotter: Any, hotspots: Sequence[Hotspot]) -> None:
    if hotspots:
        plotter.add_point_labels(
            np.array([spot.position for spot in hotspots]),
            [f"{spot.rank}: {spot.strain_ue:+.0f} µε" for spot in hotspots],
            font_size=18,
            font_file=_font(),
            text_color=_INK,
            shape_color="white",
            shape_opacity=0.8,
            always_visible=True,
            show_points=False,
        )


def _stand_up(plotter: Any, surface: Surface) -> None:
    """Proximal end up, seen from the side of the largest value that is evaluated, and from a little above."""
    centre = (surface.points.max(axis=0) + surface.points.min(axis=0)) / 2.0
    worst = int(np.argmax(np.where(surface.excluded, 0.0, np.abs(surface.value))))
    towards = surface.normals[worst] * (1.0, 0.0, 1.0)
    towards = towards / max(float(np.linalg.norm(towards)), _ABOVE) + _ABOVE * UP
    height = float(np.ptp(surface.points @ UP))
    plotter.camera_position = [tuple(centre + 3.0 * height * towards), tuple(centre), tuple(UP)]
    plotter.camera.parallel_projection = True
    plotter.camera.parallel_scale = 0.58 * height


def _font() -> str:
    """File of a font that has Greek letters, which VTK's own lacks."""
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def check_display() -> None:
    """Refuse to open a window where there is no display and no notebook.

    Raises
    ------
    fea.errors.MissingDependency
        See above.
    """
    if sys.platform == "linux" and "ipykernel" not in sys.modules:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise MissingDependency("this machine has no display; plot('map.png') writes the picture into a file.")
