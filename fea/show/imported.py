# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""An imported bone: distances of its surface from the bone as described, and axes, landmarks and regions on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.case import side_title
from fea.scan import ImportedBone, Surface, signed_distance
from fea.show.axes import INK, SOFT, blank, literal
from fea.show.scale import crameri
from fea.show.views import arranged

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fea.bone import BoneMesh

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SIZE_IN = (11.0, 13.0)
_MOST_MM = 1.5
_PLAIN = (0.86, 0.84, 0.80)
_NOT_GREY = (*range(14), *range(16, 20))
"""Colours of matplotlib's tab20 that stand out on the bone."""


def draw_imported(imported: ImportedBone, mesh: BoneMesh, file: Path) -> Floats:
    """Signed distances in mm of the surface's points from the bone as described, outside positive; writes a picture.

    Parameters
    ----------
    imported : ImportedBone
        The bone.
    mesh : BoneMesh
        Its mesh.
    file : Path
        The PNG to write.
    """
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    used, facets = np.unique(mesh.facets, return_inverse=True)
    outside = Surface(mesh.points[used], facets.reshape(-1, 3))
    away = signed_distance(imported.placed.points, outside)
    origin, side = imported.table["origin"], imported.frame.side
    mirrored = ", drawn as a right bone" if side == "left" else ""
    figure = blank(*_SIZE_IN, f"{side_title(imported.table['title'], side)}: imported from {origin['file']}{mirrored}")
    (upper, beside), (lower, named) = figure.subplots(2, 2, width_ratios=(1.0, 0.28))
    for empty in (beside, named):
        empty.set_axis_off()
    shades = crameri("vik")(Normalize(-_MOST_MM, _MOST_MM)(away[imported.placed.triangles].mean(axis=1)))[:, :3]
    _views(upper, imported, imported.placed, shades)
    upper.set_title("surface of the file: distance from the bone as described", size=10, color=INK)
    bar = figure.colorbar(
        ScalarMappable(Normalize(-_MOST_MM, _MOST_MM), crameri("vik")), cax=beside.inset_axes((0.0, 0.15, 0.12, 0.7))
    )
    bar.set_label("distance / mm, positive outside", size=8)
    colours, patches = np.tile(_PLAIN, (len(outside.triangles), 1)), []
    for number, (name, rows) in enumerate(mesh.regions.items()):
        colour = colormaps["tab20"](_NOT_GREY[number % len(_NOT_GREY)])[:3]
        colours[rows] = colour
        patches.append(Patch(color=colour, label=name))
    _views(lower, imported, outside, colours)
    lower.set_title("bone as described: regions", size=10, color=INK)
    arrows = [Line2D([], [], color=c, label=f"{axis} axis") for axis, c in _AXES.items()]
    named.legend(handles=patches + arrows, fontsize=7, loc="center left", frameon=False)
    literal(figure).savefig(file, format="png", metadata={"Software": None}, dpi=110)
    return away


_AXES = {"x": "#c0392b", "y": "#27803a", "z": "#1f5fb0"}


def _views(axes: Axes, imported: ImportedBone, surface: Surface, colours: Floats) -> None:
    """Four views of a surface, its facets in colours (m, 3), with the axes and landmarks over them."""
    from matplotlib.collections import PolyCollection

    sectors = list(imported.table["sites"]["sectors"])[::2]
    layout = arranged(surface.points, (sectors[0], sectors[1], sectors[2], sectors[3]), 900.0, 500.0, 25.0)
    a, b, c = np.moveaxis(surface.corners, 1, 0)
    normal = np.cross(b - a, c - a)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    for view in layout.views:
        towards = view.axes[2]
        facing = normal @ towards
        shown = np.flatnonzero(facing > 0.0)
        shown = shown[np.argsort(surface.corners[shown].mean(axis=1) @ towards)]
        place = view.place(surface.corners[shown].reshape(-1, 3)).reshape(-1, 3, 2)
        lit = np.clip(colours[shown] * (0.55 + 0.45 * facing[shown, None]), 0.0, 1.0)
        axes.add_collection(PolyCollection(list(place), facecolors=lit, edgecolors=lit, lw=0.2))
        _overlay(axes, imported, view)
    axes.set_xlim(0.0, layout.width)
    axes.set_ylim(-15.0, layout.height + 15.0)
    axes.set_aspect("equal")
    axes.set_axis_off()


def _overlay(axes: Axes, imported: ImportedBone, view: Any) -> None:
    """Axes of the bone, its landmarks by name, and the levels."""
    length = float(imported.table["length_mm"])
    for k, (name, colour) in enumerate(_AXES.items()):
        ends = np.zeros((2, 3))
        ends[1, k] = length if name == "y" else 0.12 * length
        (x0, y0), (x1, y1) = view.place(ends)
        if np.hypot(x1 - x0, y1 - y0) > 1.0:
            axes.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.2})
    for name, point in imported.landmarks.items():
        x, y = view.place(np.asarray(point)[None])[0]
        axes.plot([x], [y], "o", ms=3.5, mfc="white", mec=INK)
        axes.annotate(name.replace("_", " "), (x, y), (4, 3), textcoords="offset points", size=6, color=INK)
    middle = (view.left_edge + view.right_edge) / 2.0
    axes.text(middle, -13.0, view.name, size=8, color=SOFT, ha="center")
