# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Last step of a map: four views with colour bar, numbered hotspots, level ruler and caption in one picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, out_of_range
from fea.show.views import EXCLUDED_GREY, Layout, Surface, View, arranged, picture, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from fea.bone.tetrahedra import BoneMesh
    from fea.strain.hotspots import Hotspot

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Limits = tuple[float, float]

# All in pixels of the picture, from its lower left corner; text is read down to 45 % of this size.
_WIDTH, _HEIGHT, _DPI = 2000, 1500, 200
_VIEWS_LEFT, _VIEWS_RIGHT = 104, 1362
_VIEWS_BOTTOM, _VIEWS_TOP = 118, 1376
_MARGIN = 42
_COLUMN_LEFT, _COLUMN_RIGHT = 1420, 1950
_COLUMN_LETTERS = 37
_LINE = 36
_BADGE = 17
_RULER = (0.0, 0.25, 0.5, 0.75, 1.0)

_INK, _SOFT, _FAINT = "#1a1a1a", "#5a5a5a", "#dcdcdc"
_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


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
    signed: bool = False,
    excluded: Bools | None = None,
    limits: Limits | None = None,
    length_mm: float | None = None,
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
        What the colour bar says: ``"equivalent strain"``, ``"µε"``.
    caption : sequence of str
        Lines under the picture: the case and the mesh.
    title : str
        Line over the picture.
    file : Path
        The PNG to write.
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

    Returns
    -------
    tuple of float
        The limits used, for the next map.

    Raises
    ------
    fea.errors.InputError
        An array of the wrong shape, NaN or infinity on the surface, or limits that do not rise.
    fea.errors.MissingDependency
        This machine cannot draw without a display.
    """
    surface = _surface(mesh, value, excluded, quantity)
    used = _chosen_limits(surface, signed) if limits is None else _checked(limits, signed)
    colours = _colour_map(used)
    width, height = _VIEWS_RIGHT - _VIEWS_LEFT, _VIEWS_TOP - _VIEWS_BOTTOM
    layout = arranged(surface.points, width, height, _MARGIN)
    figure, axes = _blank()
    _write_frame(axes, title, caption)
    _draw_ruler(axes, layout, surface, length_mm)
    _place_picture(axes, layout, picture(surface, layout, used, colours))
    for view in layout.views:
        _mark_hotspots(axes, layout, surface, view, hotspots)
    _draw_bar(figure, axes, surface, used, colours, f"{quantity} / {unit}")
    _list_hotspots(axes, hotspots, with_grey=bool(surface.excluded.any()))
    figure.savefig(file, format="png", metadata={"Software": None})
    return used


def _surface(mesh: BoneMesh, value: Floats, excluded: Bools | None, quantity: str) -> Surface:
    vertices, facets = np.unique(mesh.facets, return_inverse=True)
    left_out = np.zeros(len(mesh.points), dtype=np.bool_) if excluded is None else np.asarray(excluded)
    for name, array in ((quantity, value), ("excluded", left_out)):
        if np.shape(array) != (len(mesh.points),):
            wanted = f"({len(mesh.points)},), one for each vertex"
            raise out_of_range(f"the shape of {name}", np.shape(array), wanted)
    shown = np.asarray(value, dtype=np.float64)[vertices]
    wrong = np.flatnonzero(~np.isfinite(shown))
    if len(wrong) > 0:
        x, y, z = mesh.points[vertices[wrong[0]]]
        raise InputError(
            f"{quantity} is {shown[wrong[0]]} at {len(wrong)} of {len(shown)} vertices of the outer surface, "
            f"first at ({x:.0f}, {y:.0f}, {z:.0f}) mm; allowed: finite numbers."
        )
    return Surface(mesh.points[vertices], facets.reshape(mesh.facets.shape), shown, left_out[vertices])


def _checked(limits: Limits, signed: bool) -> Limits:
    low, high = (float(limit) for limit in limits)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise out_of_range("limits of the colour bar", limits, "two finite numbers, the lower first")
    if signed and not low < 0.0 < high:
        raise out_of_range("limits of the colour bar", limits, "one below and one above 0 for signed values")
    return low, high


def _chosen_limits(surface: Surface, signed: bool) -> Limits:
    kept = ~surface.excluded if not surface.excluded.all() else surface.excluded
    value, weight = surface.value[kept], surface.weights[kept]
    if signed:
        high = _rounded_up(_percentile(np.abs(value), weight, 99.5))
        return -high, high
    if value.max() <= 0.0 and value.min() < 0.0:
        return -_rounded_up(_percentile(-value, weight, 99.5)), 0.0
    return 0.0, _rounded_up(_percentile(value, weight, 99.5))


def _percentile(value: Floats, weight: Floats, percent: float) -> float:
    """Return the least value that at least ``percent`` of the weight does not exceed."""
    order = np.argsort(value)
    share = np.cumsum(weight[order])
    return float(value[order][min(int(np.searchsorted(share, percent / 100.0 * share[-1])), len(order) - 1)])


def _rounded_up(value: float) -> float:
    """Return the next number that reads well on a colour bar; 1 for nothing at all.

    Examples
    --------
    >>> _rounded_up(3417.0), _rounded_up(0.9), _rounded_up(0.0)
    (4000.0, 1.0, 1.0)
    """
    if value <= 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(n for n in _NICE if n * power >= value * (1.0 - 1e-9)) * power)


def _colour_map(limits: Limits) -> Colormap:
    """Return a perceptual map (Crameri et al. 2020, doi 10.1038/s41467-020-19160-7): diverging if 0 lies inside."""
    from cmcrameri import cm
    from matplotlib.colors import Colormap

    low, high = limits
    chosen = cm.vik if low < 0.0 < high else cm.lipari_r if high <= 0.0 else cm.lipari
    assert isinstance(chosen, Colormap)
    return chosen


def _blank() -> tuple[Figure, Axes]:
    """Return a white canvas whose axes count pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, _WIDTH), ylim=(0, _HEIGHT))
    axes.set_axis_off()
    return figure, axes


def _write_frame(axes: Axes, title: str, caption: Sequence[str]) -> None:
    axes.text(_VIEWS_LEFT - 64, _HEIGHT - 30, title, size=14, weight="bold", color=_INK, va="top")
    text = "\n".join(caption)
    axes.text(_VIEWS_LEFT - 64, 16, text, size=8.5, color=_SOFT, va="bottom", linespacing=1.35)


def _draw_ruler(axes: Axes, layout: Layout, surface: Surface, length_mm: float | None) -> None:
    """Draw faint lines behind all views at a quarter of the length, or at round mm if the length is unknown."""
    low, high = float(surface.points[:, 1].min()), float(surface.points[:, 1].max())
    if length_mm is None:
        step = _rounded_up((high - low) / 6.0)
        ticks = {y: f"{y:g}" for y in step * np.arange(np.ceil(low / step), np.floor(high / step) + 1.0)}
        head = "mm"
    else:
        ticks = {level * length_mm: f"{100.0 * level:.0f}" for level in _RULER}
        head = "% of\nlength"
    for y, label in ticks.items():
        row = _VIEWS_BOTTOM + (y - low) * layout.scale
        axes.plot([_VIEWS_LEFT, _VIEWS_RIGHT], [row, row], color=_FAINT, lw=0.8, zorder=0)
        axes.text(_VIEWS_LEFT - 10, row, label, size=8.5, color=_SOFT, ha="right", va="center")
    axes.text(_VIEWS_LEFT - 10, _VIEWS_TOP + 14, head, size=8, color=_SOFT, ha="right", va="bottom")


def _place_picture(axes: Axes, layout: Layout, pixels: npt.NDArray[np.uint8]) -> None:
    right, top = _VIEWS_LEFT + pixels.shape[1], _VIEWS_BOTTOM + pixels.shape[0]
    axes.imshow(pixels, extent=(_VIEWS_LEFT, right, _VIEWS_BOTTOM, top), interpolation="none", aspect="auto", zorder=1)
    axes.set(xlim=(0, _WIDTH), ylim=(0, _HEIGHT))
    for view in layout.views:
        middle = _VIEWS_LEFT + (view.left + view.right) / 2.0 * layout.scale
        axes.text(middle, _VIEWS_TOP + 14, view.name, size=10, color=_INK, ha="center", va="bottom")


def _mark_hotspots(axes: Axes, layout: Layout, surface: Surface, view: View, hotspots: Sequence[Hotspot]) -> None:
    """Ring each hotspot that the view shows, and put its number beside the bone at the end of a thin line."""
    seen = [h for h in hotspots if visible(surface, view, np.array(h.position))]
    centre = (view.left + view.right) / 2.0
    sides: dict[bool, list[tuple[float, float, int]]] = {True: [], False: []}
    for hotspot in seen:
        across, up = view.place(np.array([hotspot.position]))[0]
        at = (_VIEWS_LEFT + across * layout.scale, _VIEWS_BOTTOM + up * layout.scale)
        sides[bool(across >= centre)].append((*at, hotspot.rank))
    for rightwards, marks in sides.items():
        rows = _apart([row for _, row, _ in marks], 2.3 * _BADGE)
        for (x, y, rank), row in zip(marks, rows, strict=True):
            edge = _edge(surface, view, layout, row, rightwards)
            badge = edge + (1.9 * _BADGE if rightwards else -1.9 * _BADGE)
            _mark(axes, (x, y), (badge, row), rank)


def _edge(surface: Surface, view: View, layout: Layout, row: float, rightwards: bool) -> float:
    """Return where the bone ends, in pixels, at the height of ``row`` and a badge above and below."""
    place = view.place(surface.points) * layout.scale
    near = np.abs(place[:, 1] + _VIEWS_BOTTOM - row) <= 2.0 * _BADGE
    across = place[near, 0] if near.any() else place[:, 0]
    return float(_VIEWS_LEFT + (across.max() if rightwards else across.min()))


def _mark(axes: Axes, at: tuple[float, float], badge: tuple[float, float], rank: int) -> None:
    for colour, width in (("white", 3.2), (_INK, 1.4)):
        axes.plot([at[0], badge[0]], [at[1], badge[1]], color=colour, lw=width - 0.6, zorder=3)
    for colour, width in (("white", 3.6), (_INK, 1.5)):
        axes.plot(*at, "o", ms=10, mfc="none", mec=colour, mew=width, zorder=4)
    _badge(axes, badge, rank)


def _badge(axes: Axes, at: tuple[float, float], rank: int) -> None:
    axes.plot(*at, "o", ms=2 * _BADGE * 72 / _DPI, color=_INK, mec="white", mew=0.8, zorder=5)
    axes.text(*at, str(rank), size=8.5, weight="bold", color="white", ha="center", va="center_baseline", zorder=6)


def _apart(rows: list[float], least: float) -> list[float]:
    """Return ``rows`` moved as little as needed, upwards from the lowest, to lie ``least`` apart."""
    moved = np.array(rows, dtype=np.float64)
    order = np.argsort(moved, kind="stable")
    for below, above in zip(order, order[1:], strict=False):
        moved[above] = max(moved[above], moved[below] + least)
    return [float(row) for row in moved]


def _draw_bar(
    figure: Figure, axes: Axes, surface: Surface, limits: Limits, colours: Colormap, label: str
) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    low, high = limits
    kept = surface.value[~surface.excluded]
    beyond = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    under, over = bool((kept < low).any()), bool((kept > high).any())
    place = (_COLUMN_LEFT / _WIDTH, 1300 / _HEIGHT, (_COLUMN_RIGHT - _COLUMN_LEFT) / _WIDTH, 34 / _HEIGHT)
    bar_axes = figure.add_axes(place)
    source: Any = ScalarMappable(norm=Normalize(low, high), cmap=colours)
    bar = figure.colorbar(source, cax=bar_axes, orientation="horizontal", extend=beyond[under, over], extendfrac=0.05)
    ticks = np.linspace(low, high, 5)
    names = [f"{tick:g}".replace("-", "−") for tick in ticks]
    names[0] = f"≤ {names[0]}" if under else names[0]
    names[-1] = f"≥ {names[-1]}" if over else names[-1]
    bar.set_ticks(list(ticks), labels=names)
    bar.ax.tick_params(labelsize=9, length=3, colors=_INK)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
    axes.text(_COLUMN_LEFT, _VIEWS_TOP + 14, label, size=10, color=_INK, va="bottom")


def _list_hotspots(axes: Axes, hotspots: Sequence[Hotspot], *, with_grey: bool) -> None:
    row = 1160.0
    axes.text(_COLUMN_LEFT, row, "hotspots" if hotspots else "no hotspots", size=10, color=_INK, va="center")
    row -= 1.6 * _LINE
    for number, hotspot in enumerate(hotspots):
        lines = textwrap.wrap(f"{hotspot.site} ({100.0 * hotspot.level:.0f} %)", _COLUMN_LETTERS)
        figures = f"{hotspot.mode} {hotspot.strain_ue:.0f} µε, {hotspot.volume_mm3:.0f} mm³"
        lines += [figures.replace("-", "−")]
        if row - len(lines) * _LINE < _VIEWS_BOTTOM + 2 * _LINE:
            axes.text(_COLUMN_LEFT, row, f"and {len(hotspots) - number} more", size=9, color=_SOFT, va="center")
            break
        _badge(axes, (_COLUMN_LEFT + _BADGE, row), hotspot.rank)
        for k, line in enumerate(lines):
            colour = _SOFT if k == len(lines) - 1 else _INK
            axes.text(_COLUMN_LEFT + 50, row - k * _LINE, line, size=9, color=colour, va="center")
        row -= (len(lines) + 0.5) * _LINE
    if with_grey:
        axes.plot(_COLUMN_LEFT + _BADGE, _VIEWS_BOTTOM + 12, "s", ms=10, color=EXCLUDED_GREY)
        text = "not evaluated: loads or supports enter"
        axes.text(_COLUMN_LEFT + 50, _VIEWS_BOTTOM + 12, text, size=9, color=_SOFT, va="center")
