# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain over stance at gauges and hotspots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.show.axes import FAINT, INK, SOFT, blank, dress, literal
from fea.strain import common_times, stance_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fea.strain import GaugeHistory, HotspotHistory

Floats = npt.NDArray[np.float64]

# Told apart by lightness too, dark and light in turn.
_COLOURS = ("#11416b", "#d9704c", "#2f7d5b", "#c79a1e", "#6b3a6e", "#6fb1d6", "#7a2b1d", "#7f8a94")
_WIDTH, _ROW = 11.0, 3.3


def draw_strain_history(
    gauges: Sequence[GaugeHistory], hotspots: Sequence[HotspotHistory], file: Path, title: str
) -> None:
    """Write a picture of strain over stance: tension and compression at gauges, the leading strain at hotspots.

    Parameters
    ----------
    gauges : sequence of GaugeHistory
        Upper axes; strains in µε.
    hotspots : sequence of HotspotHistory
        Lower axes; a dot marks each hotspot's peak.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.

    Raises
    ------
    fea.errors.InputError
        Neither gauge nor hotspot, series that don't share their times, NaN or infinity.
    """
    time_s = common_times(gauges, hotspots)
    pairs = [(g.tension_ue, g.compression_ue) for g in gauges] + [(h.tension_ue, h.compression_ue) for h in hotspots]
    if not all(np.isfinite(pair).all() for pair in pairs):
        raise InputError("strain over stance holds NaN or infinity; allowed: finite µε.")
    rows = (len(gauges) > 0) + (len(hotspots) > 0)
    figure = blank(_WIDTH, 0.8 + _ROW * rows, title)
    panels = figure.subplots(rows, 1, squeeze=False)[:, 0]
    if gauges:
        _draw_gauges(panels[0], gauges)
    if hotspots:
        _draw_hotspots(panels[-1], hotspots)
    for axes in panels:
        _scale(axes)
    panels[-1].set_xlabel("stance / % of contact", size=9)
    _time_above(panels[0], time_s)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _draw_gauges(axes: Axes, gauges: Sequence[GaugeHistory]) -> None:
    kinds = {g.gauge.kind for g in gauges}
    rosettes = "tension solid, compression dashed"
    words = {"rosette": rosettes, "staple": "strain along the staple"}
    title = words[kinds.pop()] if len(kinds) == 1 else f"{rosettes}, a staple's one strain solid"
    axes.set_title(f"gauges: {title}", size=10, loc="left")
    for number, g in enumerate(gauges):
        reading = g.reading
        peaks = f"{_signed(reading.tension_ue)} / {_signed(reading.compression_ue)} µε"
        label = f"{g.name.replace('_', ' ')}, {100.0 * reading.level:.0f} %\n{peaks}{_rate(reading.rate_ue_per_s)}"
        look = _look(number, g.time_s)
        axes.plot(stance_percent(g.time_s), g.tension_ue, label=label, **look)
        if g.gauge.kind == "rosette":
            axes.plot(stance_percent(g.time_s), g.compression_ue, **{**look, "ls": "--"})


def _draw_hotspots(axes: Axes, hotspots: Sequence[HotspotHistory]) -> None:
    axes.set_title("hotspots: principal strain of the leading sign, peak marked", size=10, loc="left")
    for number, h in enumerate(hotspots):
        peak = int(np.argmax(np.abs(h.leading_ue)))
        percent = stance_percent(h.time_s)
        label = f"{h.hotspot.rank}  {h.hotspot.site}, {100.0 * h.hotspot.level:.0f} %\n"
        label += f"{h.hotspot.mode} {_signed(h.leading_ue[peak])} µε at {percent[peak]:.0f} % of contact"
        look = _look(number, h.time_s)
        axes.plot(percent, h.leading_ue, label=label, **look)
        axes.plot(percent[peak], h.leading_ue[peak], "o", ms=5, color=look["color"], clip_on=False)


def _look(number: int, time_s: Floats) -> dict[str, Any]:
    colour = _COLOURS[number % len(_COLOURS)]
    # A lone frame has no line.
    return {"color": colour, "lw": 1.8, "marker": "o" if len(time_s) == 1 else None}


def _signed(strain_ue: float) -> str:
    return f"{strain_ue:+.0f}".replace("-", "−")


def _rate(rate_ue_per_s: float) -> str:
    return f", up to {float(f'{rate_ue_per_s:.2g}'):,.0f} µε/s" if rate_ue_per_s > 0.0 else ""


def _scale(axes: Axes) -> None:
    """Scale the axes in % of contact and name the lines to the right."""
    axes.axhline(0.0, color=SOFT, lw=0.8, zorder=0)
    axes.set_ylabel("strain / µε", size=9)
    axes.set_xlim(0.0, 100.0)
    dress(axes)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=8, labelspacing=0.9)


def _time_above(axes: Axes, time_s: Floats) -> None:
    """Add a scale in s above axes in % of contact; a lone frame has none."""
    begin, duration = float(time_s[0]), float(time_s[-1] - time_s[0])
    if duration == 0.0:
        return

    def seconds(percent: npt.ArrayLike) -> Floats:
        return begin + duration / 100.0 * np.asarray(percent, dtype=np.float64)

    def percents(seconds: npt.ArrayLike) -> Floats:
        return (np.asarray(seconds, dtype=np.float64) - begin) * 100.0 / duration

    upper = axes.secondary_xaxis("top", functions=(seconds, percents))
    upper.set_xlabel("time / s", size=9)
    upper.tick_params(labelsize=8.5, colors=INK, length=3)
    upper.spines["top"].set_color(FAINT)
