# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What all curves share: a blank white page, quiet axes, inks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
INK, SOFT, FAINT = "#1a1a1a", "#5a5a5a", "#dcdcdc"


def blank(width: float, height: float, title: str) -> Figure:
    """Return an empty page of ``width`` by ``height`` inches with a line over it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, size=13, weight="bold", color=INK, x=0.01, ha="left")
    return figure


def dress(axes: Axes) -> None:
    """Give axes a faint grid and no frame above and to the right."""
    axes.tick_params(labelsize=8.5, colors=INK, length=3)
    axes.grid(color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
