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


def draw_difference(comparison: Comparison, file: Path, title: str) -> None:
    """Write a picture of a comparison: relative changes of the whole bone, and differences by level and sector.

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
    """Draw a dot with its interval for each metric, in percent of A."""
    told = [c for c in changes if np.isfinite(c.percent) or (c.a == 0.0 and np.isfinite(c.b) and c.b != 0.0)]
    shown = [c for c in told if c.metric != "excluded volume fraction"]
    reach = _LEAST_PERCENT
    for row, change in enumerate(reversed(shown)):
        if change.a == 0.0:  # no percentage
            numbers = f"{change.relative_change} {change.unit}"
            axes.annotate(numbers, (1.0, row), (6, 0), ("axes fraction", "data"), "offset points", size=8, va="center")
            continue
        scale = 100.0 / change.a
        if np.isfinite(change.low):
            axes.plot([scale * change.low, scale * change.high], [row, row], color=INK, lw=2.2, solid_capstyle="butt")
            reach = max(reach, abs(scale * change.low), abs(scale * change.high))
        axes.plot(change.percent, row, "o", ms=6, color=INK, mec="white", mew=0.8, zorder=3)
        reach = max(reach, abs(change.percent))
        values = f"{_rounded(change.a)} → {_rounded(change.b)} {change.unit}"
        numbers = f"{change.percent:+.1f} %  ({values})".replace("-", "−")
        axes.annotate(numbers, (1.0, row), (6, 0), ("axes fraction", "data"), "offset points", size=8, va="center")
    dress(axes)
    axes.axvline(0.0, color=SOFT, lw=1.0)
    axes.set(xlim=(-1.12 * reach, 1.12 * reach), ylim=(-0.6, len(shown) - 0.4))
    axes.set_yticks(range(len(shown)), [c.metric for c in reversed(shown)], size=8.5)
    who = (
        f"{comparison.subjects} subjects"
        if comparison.subjects
        else f"{comparison.pairs} pair{'s' if comparison.pairs > 1 else ''}"
    )
    interval = ", bars: 95 % interval of the mean" if any(np.isfinite(c.low) for c in shown) else ""
    axes.set_xlabel(f"growth in % of A ({who}{interval})", size=9)


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
