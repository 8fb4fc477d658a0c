# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The applied loads: the bone from two sides with an arrow for each force and moment, and its support regions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.show.axes import FAINT, INK, SOFT, blank, ink_on, literal
from fea.show.views import UP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fea.bone import BoneMesh
    from fea.case import SideNames
    from fea.loading import AppliedLoad

Floats = npt.NDArray[np.float64]

LOAD_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
    "#5a5a5a",
    "#8c564b",
    "#332288",
    "#88a02c",
    "#882255",
    "#2a9d9d",
    "#7f4f0a",
    "#b8377f",
)
"""One for each load in turn, the first six after Okabe & Ito 2008 for colour vision deficiencies; all are numbered."""

LEAST_N, LEAST_NM = 1.0, 0.05
"""Forces and moments up to these are not shown."""

_BONE, _SUPPORTED = "#eadfc8", "#3c3c3c"
_LONGEST = 0.24
_LEAST = 0.03
_LONGEST_MOMENT, _HEADS_APART = 0.12, 0.016
_BESIDE, _ROW = 0.022, 0.075
_CLEAR, _ROUNDS = 0.044, 100
_HEIGHT_IN, _WIDEST_IN = 7.0, 10.0


def draw_applied(
    mesh: BoneMesh,
    loads: Sequence[AppliedLoad],
    support_regions: Sequence[str],
    support: str,
    file: Path,
    *,
    title: str,
    sides: SideNames,
    body_weight_n: float,
) -> None:
    """Write a picture of the bone with its loads: arrows as long as forces and moments, regions in their colours.

    A moment is an arrow with two heads along its axis, by the right-hand rule.

    Parameters
    ----------
    mesh : BoneMesh
        The bone.
    loads : sequence of AppliedLoad
        Numbered in this order.
    support_regions : sequence of str
        Support regions, drawn dark.
    support : str
        Kind of support in words, for the legend.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z of the bone frame.
    body_weight_n : float
        For forces in body weights.

    Raises
    ------
    fea.errors.InputError
        There is no force.
    """
    largest = max((load.size_n for load in loads), default=0.0)
    turning = max((_size_nm(load) for load in loads), default=0.0)
    if largest <= 0.0:
        raise InputError("there is no force to draw; allowed: at least one.")
    length = float(np.ptp(mesh.points @ UP))
    figure = blank(_WIDEST_IN, _HEIGHT_IN, title)
    front, side, legend = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 1.15))
    painted = _facet_colours(mesh, loads, support_regions)
    lateral = 1.0 if sides[1] == "lateral" else -1.0
    for axes, towards, name in ((front, (1.0, 0.0, 0.0), sides[0]), (side, (0.0, 0.0, lateral), "lateral")):
        frame = np.stack([np.cross(UP, towards), UP, np.array(towards)])
        _draw_bone(axes, mesh, frame, painted)
        ends: dict[int, Floats] = {}
        for region in support_regions:
            _draw_region(axes, mesh, region, frame, _SUPPORTED)
        for number, load in enumerate(loads):
            if not acts(load):
                continue
            _draw_region(axes, mesh, load.region, frame, load_colour(number))
            if _size_nm(load) > LEAST_NM:
                _draw_moment(axes, load, frame, number, _LONGEST_MOMENT * length / turning, length)
            if load.size_n > LEAST_N:
                ends[number] = _draw_arrow(axes, load, frame, number, _LONGEST * length / largest, length)
        _draw_badges(axes, ends, length)
        axes.set_title(f"from the {name} side", size=10, color=INK)
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.06)
        axes.set_axis_off()
    _draw_legend(legend, loads, support, body_weight_n)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def acts(load: AppliedLoad) -> bool:
    """Whether a load is large enough to be shown."""
    return load.size_n > LEAST_N or _size_nm(load) > LEAST_NM


def load_colour(number: int) -> str:
    """Colour of the load with this number, counted from 0."""
    return LOAD_COLOURS[number % len(LOAD_COLOURS)]


def _facet_colours(mesh: BoneMesh, loads: Sequence[AppliedLoad], support_regions: Sequence[str]) -> Floats:
    """Red, green and blue of each facet, (k, 3)."""
    from matplotlib.colors import to_rgb

    colours = np.tile(to_rgb(_BONE), (len(mesh.facets), 1))
    for number, load in reversed(list(enumerate(loads))):
        if not acts(load):
            continue
        colours[mesh.regions[load.region]] = to_rgb(load_colour(number))
    for region in support_regions:
        colours[mesh.regions[region]] = to_rgb(_SUPPORTED)
    return np.asarray(colours)


def _draw_bone(axes: Axes, mesh: BoneMesh, frame: Floats, colours: Floats) -> None:
    """Draw the facets that face the viewer, far ones first, darker towards the silhouette."""
    from matplotlib.collections import PolyCollection

    corner = mesh.points[mesh.facets] @ frame.T
    vector = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    facing = vector[:, 2] / np.maximum(np.linalg.norm(vector, axis=1), 1e-12)
    seen = np.flatnonzero(facing > 0.0)
    seen = seen[np.argsort(corner[seen, :, 2].mean(axis=1))]
    shade = (0.62 + 0.38 * facing[seen])[:, None] * colours[seen]
    axes.add_collection(PolyCollection(list(corner[seen][:, :, :2]), facecolors=shade, edgecolors=shade, lw=0.4))
    axes.update_datalim(corner[:, :, :2].reshape(-1, 2))
    axes.autoscale_view()


def _draw_arrow(axes: Axes, load: AppliedLoad, frame: Floats, number: int, mm_per_n: float, length: float) -> Floats:
    """Draw a force as an arrow that ends on its region, or begins there if it pulls; returns the place of its number.

    The place (2,) lies beyond the free end.
    """
    at = (frame @ load.center)[:2]
    along = (frame @ load.force_n)[:2] * mm_per_n
    free = at + along if load.pulls else at - along
    tail, tip = (at, free) if load.pulls else (free, at)
    size = float(np.linalg.norm(along))
    if size > _LEAST * _LONGEST * length:
        _arrow(axes, tail, tip, load_colour(number), 2.4)
    axes.update_datalim([tail, tip])
    outwards = (free - at) / size if size > 0.0 else np.zeros(2)
    return np.asarray(free + _BESIDE * length * outwards)


def _draw_badges(axes: Axes, ends: dict[int, Floats], length: float) -> None:
    """Draw the numbers of the arrows; those that would lie on one another are moved apart, with a line to their own."""
    if not ends:
        return
    wanted = np.array(list(ends.values()))
    placed = apart(wanted, _CLEAR * length)
    for number, end, at in zip(ends, wanted, placed, strict=True):
        if np.linalg.norm(at - end) > _BESIDE * length:
            axes.plot(*np.array([end, at]).T, color=load_colour(number), lw=0.8, zorder=4)
        _badge(axes, at, number)


def apart(places: Floats, least: float) -> Floats:
    """Places (n, 2) moved until no two are closer than ``least``, those that are far from all others not at all.

    Examples
    --------
    >>> apart(np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]]), 2.0).round(3)
    array([[-0.5,  0. ],
           [ 1.5,  0. ],
           [ 9. ,  0. ]])
    """
    placed = places.astype(np.float64)
    # Points in one place part sideways, each pair in its own direction.
    nudge = 1e-6 * least * np.column_stack([np.arange(len(placed)), np.arange(len(placed)) % 2])
    for _ in range(_ROUNDS):
        between = (placed + nudge)[:, None] - (placed + nudge)[None]
        distance = np.linalg.norm(between, axis=2) + np.diag(np.full(len(placed), np.inf))
        close = np.maximum(least - distance, 0.0)
        if not close.any():
            break
        placed = placed + (between * (close / np.where(distance > 0.0, distance, 1.0) / 2.0)[:, :, None]).sum(axis=1)
    return placed


def _draw_moment(axes: Axes, load: AppliedLoad, frame: Floats, number: int, mm_per_nm: float, length: float) -> None:
    """Draw the part of a moment about axes in the picture, from its region on, with two heads."""
    at = (frame @ load.center)[:2]
    along = (frame @ load.moment_nm)[:2] * mm_per_nm
    size = float(np.linalg.norm(along))
    if size > 2.0 * _HEADS_APART * length:
        for shorter in (_HEADS_APART * length, 0.0):
            _arrow(axes, at, at + along * (1.0 - shorter / size), load_colour(number), 1.2)
        axes.update_datalim([at + along])


def _arrow(axes: Axes, tail: Floats, tip: Floats, colour: str, width: float) -> None:
    from matplotlib.patheffects import withStroke

    look: dict[str, Any] = {"arrowstyle": "-|>,head_width=0.34,head_length=0.7", "shrinkA": 0, "shrinkB": 0}
    look |= {"color": colour, "lw": width, "path_effects": [withStroke(linewidth=width + 2.0, foreground="white")]}
    axes.annotate("", (tip[0], tip[1]), (tail[0], tail[1]), arrowprops=look, zorder=4)


def _size_nm(load: AppliedLoad) -> float:
    return float(np.linalg.norm(load.moment_nm))


def _draw_region(axes: Axes, mesh: BoneMesh, region: str, frame: Floats, colour: str) -> None:
    """Dot the facets of a region, those on the far side too."""
    middle = mesh.points[mesh.facets[mesh.regions[region]]].mean(axis=1) @ frame.T
    axes.plot(middle[:, 0], middle[:, 1], "o", ms=1.8, color=colour, mew=0.0, zorder=3)


def _badge(axes: Axes, at: Floats, number: int, **place: Any) -> None:
    look: dict[str, Any] = {"color": load_colour(number), "mec": "white", "mew": 0.9, "ls": "none", "clip_on": False}
    axes.plot(*at, "o", ms=13, zorder=5, **look, **place)
    axes.annotate(
        str(number + 1), (float(at[0]), float(at[1])), size=8, weight="bold", color=ink_on(look["color"]), ha="center",
        va="center_baseline", zorder=6, annotation_clip=False, xycoords=place.get("transform", "data"),
    )  # fmt: skip


def _draw_legend(axes: Axes, loads: Sequence[AppliedLoad], support: str, body_weight_n: float) -> None:
    axes.set_axis_off()
    shown = [(number, load) for number, load in enumerate(loads) if acts(load)]
    row, step = 0.91, min(_ROW, 0.91 / (len(shown) + 1))
    place: dict[str, Any] = {"transform": axes.transAxes}
    axes.text(0.0, row + 0.08, "forces, arrows to one scale", size=10, color=INK, **place)
    if any(_size_nm(load) > LEAST_NM for _, load in shown):
        axes.text(0.0, row + 0.05, "moments, two heads, right-hand rule", size=10, color=INK, **place)
    for number, load in shown:
        _badge(axes, np.array([0.05, row]), number, **place)
        axes.text(0.13, row + 0.18 * step, load.region.replace("_", " "), size=9, color=INK, va="center", **place)
        size = f"{load.size_n:,.0f} N = {load.size_n / body_weight_n:.2f} BW"
        if _size_nm(load) > LEAST_NM:
            size += f", {_size_nm(load):.1f} N·m"
        axes.text(0.13, row - 0.22 * step, size, size=8.5, color=SOFT, va="center", **place)
        row -= step
    axes.plot(0.05, row, "s", ms=11, color=_SUPPORTED, mec=FAINT, clip_on=False, **place)
    axes.text(0.13, row, support, size=9, color=INK, va="center", wrap=True, **place)
