# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Style of all curves: a blank white page, quiet axes, inks that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
INK, SOFT, FAINT = "#1a1a1a", "#5a5a5a", "#dcdcdc"


def blank(width: float, height: float, title: str) -> Figure:
    """An empty page of ``width`` by ``height`` inches with a line over it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, size=13, weight="bold", color=INK, x=0.01, ha="left")
    return figure


def literal(figure: Figure) -> Figure:
    """Return the figure with every text written as it stands: what a file calls a thing is no formula between ``$``."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    return figure


def contrast(one: str, other: str) -> float:
    """Ratio of contrast of two colours, 1 to 21 (WCAG 2.2, section 1.4.3).

    Examples
    --------
    >>> round(contrast("white", "black"), 1)
    21.0
    """
    from matplotlib.colors import to_rgb

    light, dark = sorted((_luminance(to_rgb(colour)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: str) -> str:
    """Ink, dark or white, that stands out more on a ground."""
    return max((INK, "white"), key=lambda ink: contrast(ink, ground))


def _luminance(rgb: tuple[float, float, float]) -> float:
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def dress(axes: Axes) -> None:
    """Give axes a faint grid and no frame above and to the right."""
    axes.tick_params(labelsize=8.5, colors=INK, length=3)
    axes.grid(color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
