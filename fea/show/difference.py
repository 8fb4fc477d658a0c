# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The difference of two sides: each metric with its interval, and the difference by level and sector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fea.show.axes import FAINT, INK, SOFT, blank, dress, literal
from fea.show.scale import crameri

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fea.comparison import Change, Comparison

_LEAST_PERCENT = 1.0
_LEAST_UE = 1.0
_LEAST_MM3, _OF_LENGTH_MM = 50.0, 370.0
"""The least volume of a hotspot of a man's tibia, and its length; smaller volumes are noise of the mesh."""
_LADDERS = (
    (1.01, 1.02),
    (1.05, 1.1),
    (1.1, 1.2),
    (1.2, 1.5),
    (1.5, 2.0),
    (2.0, 3.0, 5.0),
    (2.0, 5.0, 10.0),
    (3.0, 10.0, 30.0, 100.0),
    (10.0, 100.0, 1000.0, 10_000.0),
)
"""Ratios at which a logarithmic axis has ticks, the first ladder that reaches far enough."""


def draw_difference(comparison: Comparison, file: Path, title: str) -> None:
    """Write a picture of a comparison: ratios of the whole bone, and differences by level and sector.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    """
    figure = blank(10.0, 4.8, title)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    _effects(
        left, [c for c in comparison.metrics if not c.place and c.unit in ("µε", "µε/s", "mm³", "1", "")], comparison
    )
    _places(figure, right, comparison)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _effects(axes: Axes, changes: list[Change], comparison: Comparison) -> None:
    """Draw a dot with its interval for each metric, as B over A on a logarithmic axis."""
    length = comparison.a.observations[0].case.bone.length_mm
    little = {id(c) for c in changes if _is_little(c, length)}
    shown = [c for c in changes if c.metric != "excluded volume fraction" and id(c) not in little]
    dropped = [c.metric for c in changes if id(c) in little]
    reach = 1.0 + _LEAST_PERCENT / 100.0
    for row, change in enumerate(reversed(shown)):
        ends = [change.a + end for end in (change.low, change.high)] if np.isfinite(change.low) else []
        ratios = [value / change.a for value in (change.b, *ends) if value / change.a > 0.0]
        if len(ratios) == 3:
            axes.plot(ratios[1:], [row, row], color=INK, lw=2.2, solid_capstyle="butt")
        if change.b / change.a > 0.0:
            axes.plot(change.b / change.a, row, "o", ms=6, color=INK, mec="white", mew=0.8, zorder=3)
        reach = max([reach, *(max(ratio, 1.0 / ratio) for ratio in ratios)])
        values = f"{_rounded(change.a)} → {_rounded(change.b)} {change.unit}".rstrip(" 1")
        numbers = f"{change.percent:+.1f} %  ({values})".replace("-", "−")
        axes.annotate(numbers, (1.0, row), (6, 0), ("axes fraction", "data"), "offset points", size=8, va="center")
    dress(axes)
    axes.axvline(1.0, color=SOFT, lw=1.0)
    axes.set_xscale("log")
    axes.set(xlim=(1.0 / reach**1.12, reach**1.12), ylim=(-0.6, len(shown) - 0.4))
    _tick_ratios(axes, reach)
    axes.set_yticks(range(len(shown)), [c.metric for c in reversed(shown)], size=8.5)
    who = (
        f"{comparison.subjects} subjects"
        if comparison.subjects
        else f"{comparison.pairs} pair{'s' if comparison.pairs > 1 else ''}"
    )
    interval = ", bars: 95 % interval of the mean" if any(np.isfinite(c.low) for c in shown) else ""
    more = f"\ntoo little to compare: {', '.join(dropped)}" if dropped else ""
    axes.set_xlabel(f"B over A ({who}{interval}){more}", size=9)


def _is_little(change: Change, length_mm: float) -> bool:
    """Whether a metric is below its floor on either side, so that its ratio says nothing.

    Examples
    --------
    >>> from fea.comparison import Change
    >>> half = Change("volume above 4000 µε", "", "mm³", 0.5, 4.6, 4.1, 0.0, 0.0, 1.0)
    >>> _is_little(half, 370.0)
    True
    """
    floor = _LEAST_MM3 * (length_mm / _OF_LENGTH_MM) ** 3 if change.unit == "mm³" else _LEAST_UE
    return not min(abs(change.a), abs(change.b)) > floor


def _tick_ratios(axes: Axes, reach: float) -> None:
    """Ticks of a logarithmic axis around 1 at round ratios, those of the inverse on the other side."""
    from matplotlib.ticker import NullFormatter, NullLocator

    ladder = next((steps for steps in _LADDERS if steps[-1] >= reach), _LADDERS[-1])
    within = [step for step in ladder if step <= reach**1.12]
    ticks = sorted({*within, *(1.0 / step for step in within), 1.0})
    axes.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _rounded(value: float) -> str:
    """A number with its significant digits.

    Examples
    --------
    >>> _rounded(96343.2), _rounded(0.36917)
    ('96,343', '0.3692')
    """
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def _places(figure: Figure, axes: Axes, comparison: Comparison) -> None:
    """Draw the difference by level and sector, diverging and centred on 0."""
    value = comparison.by_place
    known = np.abs(value[np.isfinite(value)])
    limit = max(float(known.max(initial=0.0)), _LEAST_UE)
    sectors = list(comparison.a.observations[0].case.bone.sites.sectors)
    turned = np.roll(np.arange(len(sectors)), len(sectors) // 2)
    edges = np.linspace(0.0, 100.0, len(value) + 1)
    columns = np.arange(len(sectors) + 1)
    image = axes.pcolormesh(columns, edges, value[:, turned], cmap=crameri("vik"), vmin=-limit, vmax=limit)
    axes.set_facecolor(FAINT)
    axes.set_xticks(columns[:-1] + 0.5, [sectors[k] for k in turned], size=8, rotation=40, ha="right")
    axes.set_ylabel("level in % of the length", size=9)
    axes.tick_params(labelsize=8, colors=INK, length=3)
    bar = figure.colorbar(image, ax=axes)
    bar.set_label("B − A of the 95th percentile of\nthe largest equivalent strain / µε", size=8.5)
    bar.ax.tick_params(labelsize=8)
    axes.set_title("by level and sector; grey: not evaluated", size=9, color=SOFT, loc="left")
