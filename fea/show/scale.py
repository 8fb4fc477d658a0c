# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From values on a surface to colours: limits of the colour bar, its map and its ticks."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, out_of_range
from fea.show.views import Surface

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

    from fea.bone import BoneMesh

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Limits = tuple[float, float]

_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def logarithmic(surface: Surface, quantity: str) -> Surface:
    """The surface with the decimal logarithm of its values; excluded ones need not have one."""
    kept = ~surface.excluded
    if (surface.value[kept] <= 0.0).any():
        raise out_of_range(f"{quantity} on a logarithmic scale", float(surface.value[kept].min()), "above 0")
    return replace(surface, value=np.log10(np.where(surface.value > 0.0, surface.value, 1.0)))


def chosen_powers(surface: Surface, decades: int, low_is_worst: bool) -> Limits:
    """Powers of ten at the ends of the bar: the worst value's decade, and so many decades on from it."""
    kept = ~surface.excluded if not surface.excluded.all() else surface.excluded
    value, weight = surface.value[kept], surface.weights[kept]
    if low_is_worst:
        low = float(np.floor(_percentile(value, weight, 0.5)))
        return low, low + decades
    high = float(np.ceil(_percentile(value, weight, 99.5)))
    return high - decades, high


def surface_of(mesh: BoneMesh, value: Floats, excluded: Bools | None, quantity: str) -> Surface:
    """Outer surface with values (n,) at the vertices of the mesh; ``excluded`` (n,) marks the grey ones.

    Raises
    ------
    fea.errors.InputError
        An array of the wrong shape, NaN or infinity on the surface.
    """
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


def checked_limits(limits: Limits, signed: bool) -> Limits:
    """Limits that rise, about 0 if the quantity is signed."""
    low, high = (float(limit) for limit in limits)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise out_of_range("limits of the colour bar", limits, "two finite numbers, the lower first")
    if signed and not low < 0.0 < high:
        raise out_of_range("limits of the colour bar", limits, "one below and one above 0 for signed values")
    return low, high


def chosen_limits(surface: Surface, signed: bool = False) -> Limits:
    """Limits of the colour bar that :func:`draw_map` takes by default."""
    kept = ~surface.excluded if not surface.excluded.all() else surface.excluded
    value, weight = surface.value[kept], surface.weights[kept]
    if signed:
        high = rounded_up(_percentile(np.abs(value), weight, 99.5))
        return -high, high
    if value.max() <= 0.0 and value.min() < 0.0:
        return -rounded_up(_percentile(-value, weight, 99.5)), 0.0
    return 0.0, rounded_up(_percentile(value, weight, 99.5))


def _percentile(value: Floats, weight: Floats, percent: float) -> float:
    """Least value that at least ``percent`` of the weight does not exceed."""
    order = np.argsort(value)
    share = np.cumsum(weight[order])
    return float(value[order][min(int(np.searchsorted(share, percent / 100.0 * share[-1])), len(order) - 1)])


def rounded_up(value: float) -> float:
    """Next number that reads well on a colour bar; 1 for nothing at all.

    Examples
    --------
    >>> rounded_up(3417.0), rounded_up(0.9), rounded_up(0.0)
    (4000.0, 1.0, 1.0)
    """
    if value <= 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(n for n in _NICE if n * power >= value * (1.0 - 1e-9)) * power)


def colour_map(limits: Limits) -> Colormap:
    """Perceptual map, diverging if 0 lies inside (Crameri 2020, doi 10.1038/s41467-020-19160-7)."""
    low, high = limits
    return crameri("vik") if low < 0.0 < high else crameri("lipari", turned=high <= 0.0)


@functools.cache
def crameri(name: str, *, turned: bool = False) -> Colormap:
    """One of Crameri's maps by name, from its other end if ``turned``.

    Its numbers are read from the files of cmcrameri, whose import takes half a second, pyplot and all maps with it.
    """
    from matplotlib.colors import ListedColormap

    found = importlib.util.find_spec("cmcrameri")
    assert found is not None
    assert found.submodule_search_locations is not None
    numbers = np.loadtxt(Path(found.submodule_search_locations[0]) / "cmaps" / f"{name}.txt")
    colours = ListedColormap(numbers, name)
    return colours.reversed() if turned else colours


def powers(limits: Limits) -> list[float]:
    """Whole powers of ten from limit to limit, at most five.

    Examples
    --------
    >>> powers((-6.0, -2.0)), powers((-10.0, -4.0))
    ([-6.0, -5.0, -4.0, -3.0, -2.0], [-10.0, -8.0, -6.0, -4.0])
    """
    low, high = (float(np.ceil(limits[0])), float(np.floor(limits[1])))
    step = max(1.0, float(np.ceil((high - low) / 4.0)))
    return [float(power) for power in np.arange(low, high + 0.5, step)]


def bar_ticks(limits: Limits) -> list[float]:
    """Evenly spaced numbers from limit to limit, round where possible and with 0 if it lies inside.

    Examples
    --------
    >>> bar_ticks((0.0, 3000.0)), bar_ticks((-3.0, 3.0))
    ([0.0, 1000.0, 2000.0, 3000.0], [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    """
    low, high = limits
    steps = np.array([4, 6] if low < 0.0 < high else [5, 4, 3, 6])
    size = (high - low) / steps
    leading = size / 10.0 ** np.floor(np.log10(size))
    is_round = np.isclose(leading[:, None], [1.0, 2.0, 2.5, 5.0, 10.0]).any(axis=1)
    return [float(tick) for tick in np.linspace(low, high, int(steps[np.argmax(is_round)]) + 1)]
