# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The strain map: four views, colour bar, numbered hotspots, level ruler and caption on one page."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.show.axes import literal
from fea.show.scale import (
    Limits,
    bar_ticks,
    checked_limits,
    chosen_limits,
    chosen_powers,
    colour_map,
    logarithmic,
    powers,
    surface_of,
)
from fea.show.views import EXCLUDED_GREY, Layout, Surface, View, arranged, picture, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from fea.bone import BoneMesh
    from fea.case import SideNames
    from fea.strain import Hotspot

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# All in pixels; the text stays legible when the picture is shown at 45 % of its size.
_WIDTH, _DPI = 2000, 200
_HEIGHTS = (1000, 1500)
_LEFT, _RIGHT = 98, 1394
_ABOVE, _BELOW = 72, 26
_MARGIN = 46
_COLUMN_LEFT, _COLUMN_RIGHT = 1428, 1966
_COLUMN_LETTERS, _TITLE_LETTERS = 38, 24
_LINE = 36
_BADGE, _RING = 17, 14
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_RULER = (0.0, 0.25, 0.5, 0.75, 1.0)

_INK, _SOFT, _FAINT = "#1a1a1a", "#5a5a5a", "#dcdcdc"


def draw_map(
    mesh: BoneMesh,
    value: Floats,
    hotspots: Sequence[Hotspot],
    *,
    quantity: str,
    unit: str,
    caption: Sequence[str],
    title: str,
    file: Path,
    sides: SideNames,
    signed: bool = False,
    excluded: Bools | None = None,
    limits: Limits | None = None,
    length_mm: float | None = None,
    decades: int | None = None,
    low_is_worst: bool = False,
) -> Limits:
    """Write a picture of the outer surface from four sides, coloured by a quantity.

    Parameters
    ----------
    mesh : BoneMesh
        The bone.
    value : ndarray, float64, (n,)
        The quantity at each vertex of the mesh, in ``unit``; NaN is allowed off the outer surface.
    hotspots : sequence of Hotspot
        Marked in each view that shows them, and listed.
    quantity, unit : str
        Label of the colour bar: ``"equivalent strain"``, ``"µε"``.
    caption : sequence of str
        Lines under the picture: the case and the mesh.
    title : str
        Line over the picture.
    file : Path
        The PNG to write.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z of the bone frame.
    signed : bool, optional
        Colours diverge from 0 and the limits are symmetric.
    excluded : ndarray, bool, (n,), optional
        Vertices where loads and supports enter: grey, and without say in the limits.
    limits : tuple of float, optional
        Lowest and highest value of the colour bar, as an earlier map returned them. By default the
        99.5th percentile over the area that is not excluded, rounded up to a number of two digits;
        from 0, from the negative of it if ``signed``, or down from 0 if all values are negative.
    length_mm : float, optional
        Length of the bone; with it the ruler shows levels in % of the length, otherwise mm.
    decades : int, optional
        Draw a positive quantity on a logarithmic scale over so many decades, from the worst value on.
    low_is_worst : bool, optional
        On a logarithmic scale low values get the colours that high ones have otherwise.

    Returns
    -------
    tuple of float
        The limits used, for the next map.

    Raises
    ------
    fea.errors.InputError
        An array of the wrong shape, NaN or infinity on the surface, limits that do not rise, or a value that is
        not positive on a logarithmic scale.
    fea.errors.MissingDependency
        This machine cannot draw without a display.
    """
    surface = surface_of(mesh, value, excluded, quantity)
    used = None if limits is None else checked_limits(limits, signed)
    if decades is None:
        used = used or chosen_limits(surface, signed)
        colours = colour_map(used)
    else:
        surface = logarithmic(surface, quantity)
        powers = chosen_powers(surface, decades, low_is_worst)
        used = powers if used is None else (float(np.log10(used[0])), float(np.log10(used[1])))
        colours = colour_map((-1.0, 0.0) if low_is_worst else (0.0, 1.0))
    layout = arranged(surface.points, sides, _RIGHT - _LEFT, _HEIGHTS[1] - _ABOVE - _BELOW, _MARGIN)
    page = _blank(layout)
    _draw_ruler(page, layout, surface, length_mm)
    _place_picture(page, layout, picture(surface, layout, used, colours))
    for view in layout.views:
        _mark_hotspots(page, layout, surface, view, hotspots)
    row = _write_title(page, title)
    label = f"{quantity} / {unit}" if unit else quantity
    row = _draw_bar(page, row, surface, used, colours, label, logarithmic=decades is not None)
    floor = _write_caption(page, caption, with_grey=bool(surface.excluded.any()))
    _list_hotspots(page, row, floor, hotspots)
    literal(page.figure).savefig(file, format="png", metadata={"Software": None})
    return used if decades is None else (10.0 ** used[0], 10.0 ** used[1])


@dataclass(frozen=True)
class _MapPage:
    """A white canvas whose axes count pixels from the lower left, and where on it the views begin."""

    figure: Figure
    axes: Axes
    height: int
    bottom: float

    def write(self, x: float, y: float, text: str, size: float, **look: Any) -> None:
        """Write ``text`` at a place in pixels, ``size`` in points."""
        self.axes.text(x, y, text, size=size, **{"color": _INK, **look})


def _blank(layout: Layout) -> _MapPage:
    """Page as high as the views need, within bounds; lower views stand in the middle."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    needed = layout.height * layout.scale
    height = int(np.clip(round(needed + _ABOVE + _BELOW), *_HEIGHTS))
    figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, _WIDTH), ylim=(0, height))
    axes.set_axis_off()
    return _MapPage(figure, axes, height, _BELOW + (height - needed - _ABOVE - _BELOW) / 2.0)


def _draw_ruler(page: _MapPage, layout: Layout, surface: Surface, length_mm: float | None) -> None:
    """Draw faint lines behind all views at quarters of the length, or at round mm if it is unknown."""
    low, high = float(surface.points[:, 1].min()), float(surface.points[:, 1].max())
    if length_mm is None:
        step = 10.0 ** np.floor(np.log10(high - low))
        ticks = {y: f"{y:.0f}" for y in step * np.arange(np.ceil(low / step), np.floor(high / step) + 1.0) + 0.0}
    else:
        ticks = {level * length_mm: f"{100.0 * level:.0f} %" for level in _RULER}
    for y, label in ticks.items():
        row = page.bottom + (y - low) * layout.scale
        page.axes.plot([_LEFT, _RIGHT], [row, row], color=_FAINT, lw=0.8, zorder=0)
        page.write(_LEFT - 8, row, label, 8.5, color=_SOFT, ha="right", va="center")
    if length_mm is None:
        row = page.bottom + layout.height * layout.scale + 14
        page.write(_LEFT - 8, row, "mm", 8.5, color=_SOFT, ha="right", va="bottom")


def _place_picture(page: _MapPage, layout: Layout, pixels: npt.NDArray[np.uint8]) -> None:
    top = page.bottom + pixels.shape[0]
    place = (_LEFT, _LEFT + pixels.shape[1], page.bottom, top)
    page.axes.imshow(pixels, extent=place, interpolation="none", aspect="auto", zorder=1)
    page.axes.set(xlim=(0, _WIDTH), ylim=(0, page.height))
    for view in layout.views:
        middle = _LEFT + (view.left_edge + view.right_edge) / 2.0 * layout.scale
        page.write(middle, top + 14, view.name, 10, ha="center", va="bottom")


def _mark_hotspots(page: _MapPage, layout: Layout, surface: Surface, view: View, hotspots: Sequence[Hotspot]) -> None:
    """Ring each hotspot that the view shows, and put its number beside the bone at the end of a thin line."""
    corner = np.array([_LEFT, page.bottom])
    outline = view.place(surface.points) * layout.scale + corner
    middle = _LEFT + (view.left_edge + view.right_edge) / 2.0 * layout.scale
    seen = [h for h in hotspots if visible(surface, view, np.array(h.position))]
    places = [view.place(np.array([h.position]))[0] * layout.scale + corner for h in seen]
    for side in (-1.0, 1.0):
        here = [(at[0] >= middle) == (side > 0.0) for at in places]
        marks = [(h.rank, at) for h, at, on in zip(seen, places, here, strict=True) if on]
        rows = _apart([float(at[1]) for _, at in marks], 2.3 * _BADGE)
        for (rank, at), row in zip(marks, rows, strict=True):
            near = outline[np.abs(outline[:, 1] - row) <= 2.0 * _BADGE, 0]
            edge = side * float((side * near).max()) if len(near) > 0 else float(at[0])
            _mark(page.axes, at, np.array([edge + side * 1.6 * _BADGE, row]), rank)


def _mark(axes: Axes, at: Floats, badge: Floats, rank: int) -> None:
    start = at + (badge - at) * min(1.0, _RING / max(float(np.linalg.norm(badge - at)), 1e-9))
    points = 72.0 / _DPI
    for colour, width in (("white", 3.0), (_INK, 1.2)):
        axes.plot([start[0], badge[0]], [start[1], badge[1]], color=colour, lw=width, zorder=3)
    for colour, width in (("white", 3.8), (_INK, 1.6)):
        axes.plot(*at, "o", ms=2 * _RING * points, mfc="none", mec=colour, mew=width, zorder=4)
    _badge(axes, badge, rank)


def _badge(axes: Axes, at: npt.ArrayLike, rank: int) -> None:
    x, y = np.asarray(at)
    axes.plot(x, y, "o", ms=2 * _BADGE * 72 / _DPI, color=_INK, mec="white", mew=0.8, zorder=5)
    axes.text(x, y, str(rank), size=8.5, weight="bold", color="white", ha="center", va="center_baseline", zorder=6)


def _apart(rows: list[float], least: float) -> list[float]:
    """``rows`` moved as little as needed, upwards from the lowest, to lie ``least`` apart.

    Examples
    --------
    >>> _apart([50.0, 10.0, 12.0], 5.0)
    [50.0, 10.0, 15.0]
    """
    moved = np.array(rows, dtype=np.float64)
    order = np.argsort(moved, kind="stable")
    for below, above in itertools.pairwise(order):
        moved[above] = max(moved[above], moved[below] + least)
    return [float(row) for row in moved]


def _write_title(page: _MapPage, title: str) -> float:
    """Write the title at the head of the column, a long one smaller; return the row below it."""
    size, letters = (14.0, _TITLE_LETTERS) if len(title) <= 2 * _TITLE_LETTERS else (11.5, _TITLE_LETTERS * 9 // 8)
    lines = _wrapped(title, letters)
    look: dict[str, Any] = {"weight": "bold", "va": "top", "linespacing": 1.25}
    page.write(_COLUMN_LEFT, page.height - 18, "\n".join(lines), size, **look)
    return page.height - 18.0 - 3.6 * size * len(lines)


def _wrapped(text: str, letters: int) -> list[str]:
    """Lines of at most so many letters; a number stays with its unit."""
    return textwrap.wrap(re.sub(r"(?<=\d) (?=\S)", "\u00a0", text), letters, break_on_hyphens=False)


def _draw_bar(
    page: _MapPage, row: float, surface: Surface, limits: Limits, colours: Colormap, label: str, *, logarithmic: bool
) -> float:
    """Draw the colour bar with its unit under ``row``; return the row below it."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    kept = surface.value[~surface.excluded]
    under, over = bool((kept < limits[0]).any()), bool((kept > limits[1]).any())
    page.write(_COLUMN_LEFT, row - 40, label, 10, va="center")
    left, width = (_COLUMN_LEFT + 10) / _WIDTH, (_COLUMN_RIGHT - _COLUMN_LEFT - 50) / _WIDTH
    place = page.figure.add_axes((left, (row - 106) / page.height, width, 36 / page.height))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    source = ScalarMappable(norm=Normalize(*limits), cmap=colours)
    bar = page.figure.colorbar(source, cax=place, orientation="horizontal", extend=extend[under, over], extendfrac=0.05)
    ticks = powers(limits) if logarithmic else bar_ticks(limits)
    names = [f"10{f'{tick:g}'.translate(_RAISED)}" if logarithmic else f"{tick:g}".replace("-", "−") for tick in ticks]
    names[0] = f"≤ {names[0]}" if under else names[0]
    names[-1] = f"≥ {names[-1]}" if over else names[-1]
    bar.set_ticks(ticks, labels=names)
    bar.ax.tick_params(labelsize=9, length=3, colors=_INK)
    return row - 220.0


def _write_caption(page: _MapPage, caption: Sequence[str], *, with_grey: bool) -> float:
    """Write the caption at the foot of the column and what grey means above it; return the row above."""
    row = _BELOW + 12.0
    for entry in reversed(caption):
        for line in reversed(_wrapped(entry, _COLUMN_LETTERS + 4)):
            page.write(_COLUMN_LEFT, row, line, 8.5, color=_SOFT, va="center")
            row += 0.9 * _LINE
        row += 0.35 * _LINE
    row += 0.8 * _LINE
    if with_grey:
        page.axes.plot(_COLUMN_LEFT + _BADGE, row, "s", ms=10, color=EXCLUDED_GREY)
        page.write(_COLUMN_LEFT + 48, row, "not evaluated: loads or supports enter", 8.5, color=_SOFT, va="center")
        row += 2.0 * _LINE
    return row


def _list_hotspots(page: _MapPage, row: float, floor: float, hotspots: Sequence[Hotspot]) -> None:
    """List the hotspots from ``row`` downwards, as many as fit above ``floor``."""
    if hotspots:
        page.write(_COLUMN_LEFT, row, "hotspots", 10, va="center")
    row -= 1.6 * _LINE
    for number, hotspot in enumerate(hotspots):
        lines = _entry(hotspot)
        if row - (len(lines) + (number < len(hotspots) - 1)) * _LINE < floor:
            page.write(_COLUMN_LEFT, row, f"and {len(hotspots) - number} more", 9, color=_SOFT, va="center")
            return
        _badge(page.axes, (_COLUMN_LEFT + _BADGE, row), hotspot.rank)
        for k, line in enumerate(lines):
            colour = _SOFT if k == len(lines) - 1 else _INK
            page.write(_COLUMN_LEFT + 48, row - k * _LINE, line, 9, color=colour, va="center")
        row -= (len(lines) + 0.5) * _LINE


def _entry(hotspot: Hotspot) -> list[str]:
    """Lines that describe a hotspot; the last one holds its numbers."""
    lines = _wrapped(f"{hotspot.site} ({100.0 * hotspot.level:.0f} %)", _COLUMN_LETTERS)
    numbers = f"{hotspot.mode} {hotspot.strain_ue:.0f} µε, {hotspot.volume_mm3:.0f} mm³"
    return [*lines, numbers.replace("-", "−")]
