# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The density of the cells in two cuts along the bone and five across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.errors import out_of_range
from fea.show.axes import INK, SOFT, blank, literal
from fea.show.scale import crameri

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection

    from fea.bone import BoneMesh
    from fea.case import BodySide

Floats = npt.NDArray[np.float64]

_LEVELS = (0.92, 0.80, 0.50, 0.25, 0.04)
_MOST = 2.0
_SIZE_IN = (8.0, 9.0)


def draw_density(
    mesh: BoneMesh,
    density: Floats,
    file: Path,
    *,
    title: str,
    caption: Sequence[str],
    length_mm: float,
    side: BodySide,
    histogram: bool = False,
) -> None:
    """Write a picture of the density of the cells: cuts along and across the bone, lighter is denser.

    Parameters
    ----------
    mesh : BoneMesh
        The bone.
    density : ndarray, float64, (m,)
        Apparent density of each cell in g/cm³.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    caption : sequence of str
        Lines under it.
    length_mm : float
        Length of the bone, for the levels of the sections.
    side : {"right", "left"}
        Side of the body of which the mesh is.
    histogram : bool
        Whether the volume of each tissue by density stands under the cuts.

    Raises
    ------
    fea.errors.InputError
        A density for another number of cells.
    """
    if density.shape != (len(mesh.cells),):
        raise out_of_range("the shape of the density", density.shape, f"({len(mesh.cells)},), one for each cell")
    figure = blank(*_SIZE_IN, title)
    grid = figure.add_gridspec(len(_LEVELS) + histogram, 3, width_ratios=(1.0, 1.0, 1.1))
    middle = mesh.points.mean(axis=0)
    shaft = np.abs(mesh.points[:, 1] / length_mm - 0.5) < 0.25
    if shaft.any():
        middle = mesh.points[shaft].mean(axis=0)
    sideways = "medial – lateral" if side == "right" else "lateral – medial"
    along = (("frontal", 0, 2, sideways), ("sagittal", 2, 0, "posterior – anterior"))
    ruler = None
    for column, (name, normal, across, sides) in enumerate(along):
        axes = ruler = figure.add_subplot(grid[: len(_LEVELS), column], sharey=ruler)
        _cut(axes, mesh, density, normal, float(middle[normal]), (across, 1))
        axes.set_title(f"{name}, {sides}", size=9, color=INK)
        for level in _LEVELS:
            axes.axhline(level * length_mm, color=SOFT, lw=0.5, ls=":")
            place = (-0.02, level * length_mm)
            axes.annotate(
                f"{100 * level:.0f} %", place, xycoords=("axes fraction", "data"), size=7, color=SOFT, ha="right"
            )
    for row, level in enumerate(_LEVELS):
        axes = figure.add_subplot(grid[row, 2])
        drawn = _cut(axes, mesh, density, 1, level * length_mm, (2, 0))
        axes.set_title(f"{100 * level:.0f} % of the length", size=8, color=INK, pad=2)
    if histogram:
        _histogram(figure.add_subplot(grid[-1, :]), mesh, density)
    bar = figure.colorbar(
        drawn, ax=figure.axes, orientation="horizontal", fraction=0.025, pad=0.02, aspect=50, label="g/cm³"
    )
    bar.set_label("wet apparent density / g/cm³", size=9)
    bar.ax.tick_params(labelsize=8)
    figure.supxlabel("\n".join(caption), size=8, color=SOFT, x=0.01, ha="left")
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _histogram(axes: Axes, mesh: BoneMesh, density: Floats) -> None:
    """Draw the volume of each mineralised tissue by density."""
    from fea.bone import TISSUES

    for name, shade in (("cortical", 0.75), ("cancellous", 0.35)):
        here = mesh.tissue == TISSUES.index(name)
        axes.hist(
            density[here], bins=np.linspace(0.0, _MOST * 1.1, 56).tolist(), weights=mesh.volumes[here] / 1000.0,
            alpha=0.8, color=crameri("lipari")(shade), label=name,
        )  # fmt: skip
    axes.set_ylabel("volume / ml", size=8)
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7, frameon=False)


def _cut(axes: Axes, mesh: BoneMesh, density: Floats, normal: int, at: float, plane: tuple[int, int]) -> PolyCollection:
    """Draw the cut by the plane whose ``normal`` is an axis; ``plane`` are the axes to the right and upwards."""
    from matplotlib.collections import PolyCollection

    from fea.bone import cut

    order = [normal if axis == 1 else 1 if axis == normal else axis for axis in range(3)]
    section = cut(replace(mesh, points=mesh.points[:, order]), at)
    corner = section.points + np.roll(section.points, 1, axis=1) - np.roll(section.points, -1, axis=1)
    corner = corner[:, :, order][:, :, plane]
    colours = crameri("lipari")
    drawn = PolyCollection(list(corner), array=density[section.cell], cmap=colours, edgecolors="face", lw=0.2)
    drawn.set_clim(0.0, _MOST)
    axes.add_collection(drawn)
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.set_axis_off()
    return drawn
