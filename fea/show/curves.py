# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Curves to check a run: internal loads along the shaft, sections of the mesh against targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, out_of_range
from fea.show.axes import FAINT, INK, SOFT, blank, dress, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fea.bone import SectionComparison
    from fea.case import SideNames
    from fea.loading import SectionLoads

Floats = npt.NDArray[np.float64]

# Told apart by lightness too.
_COLOURS = ("#11416b", "#d9704c")
_BONE = "#eadfc8"

_BAND_PERCENT = 10.0
_LEAST_REACH_PERCENT = 15.0
_NOISE = 0.01


@dataclass(frozen=True)
class _Line:
    """A column of ``force`` or ``moment`` and the sign with which it is drawn."""

    name: str
    array: Literal["force", "moment"]
    column: int
    sign: float = 1.0


@dataclass(frozen=True)
class _Panel:
    """One set of axes: its quantity and the meaning of its sign."""

    heading: str
    note: str
    lines: tuple[_Line, ...]


def _panels(sides: SideNames) -> tuple[_Panel, ...]:
    front, lateral, back, _ = sides
    # Pushed by the distal part is compression; people expect it below zero.
    axial = _Panel("axial force", "compression negative", (_Line("axial", "force", 1, -1.0),))
    shear = _Panel(
        "shear force",
        f"to {front}, to {lateral} positive",
        (_Line("sagittal", "force", 0), _Line("mediolateral", "force", 2)),
    )
    bending = _Panel(
        "bending moment",
        f"sagittal: negative compresses {back}",
        (_Line("sagittal", "moment", 2), _Line("mediolateral", "moment", 0)),
    )
    torsion = _Panel("torsion", "about the shaft, upwards", (_Line("torsion", "moment", 1),))
    return axial, shear, bending, torsion


def draw_statics(statics: SectionLoads, fem: SectionLoads | None, file: Path, title: str, sides: SideNames) -> None:
    """Write a picture of the internal loads along the bone: axial force, shear, bending, torsion.

    Parameters
    ----------
    statics : SectionLoads
        From the applied loads alone; drawn as lines. Force in N, moment in N·mm.
    fem : SectionLoads or None
        From the stress integrated over sections of the mesh; drawn as dots.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z of the bone frame.

    Raises
    ------
    fea.errors.InputError
        NaN or infinity in a force or moment.
    """
    for name, loads in (("statics", statics), ("stress", fem)):
        if loads is not None and not (np.isfinite(loads.force).all() and np.isfinite(loads.moment).all()):
            raise InputError(f"internal loads from {name} hold NaN or infinity; allowed: finite N and N·mm.")
    figure = blank(10.0, 5.6, title)
    shown = _panels(sides)
    panels = figure.subplots(1, len(shown), sharey=True)
    for axes, panel in zip(panels, shown, strict=True):
        _draw_loads(axes, panel, statics, fem)
        _widen(axes, 2.0 * _NOISE * _unit(statics, panel.lines[0].array)[2])
    panels[0].set_ylabel("level / % of length from the distal end", size=9)
    panels[0].set_ylim(0.0, 100.0)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _draw_loads(axes: Axes, panel: _Panel, statics: SectionLoads, fem: SectionLoads | None) -> None:
    unit, factor, _ = _unit(statics, panel.lines[0].array)
    for colour, line in zip(_COLOURS, panel.lines, strict=False):
        name = line.name if len(panel.lines) > 1 else "applied loads"
        across = line.sign * factor * getattr(statics, line.array)[:, line.column]
        axes.plot(across, 100.0 * statics.level, color=colour, lw=2.0, label=name)
        if fem is not None:
            look: dict[str, Any] = {"ms": 5, "mfc": "white", "mec": colour, "mew": 1.4, "clip_on": False}
            dots = line.sign * factor * getattr(fem, line.array)[:, line.column]
            label = "stress in the mesh" if len(panel.lines) == 1 else None
            axes.plot(dots, 100.0 * fem.level, "o", label=label, **look)
    axes.axvline(0.0, color=SOFT, lw=0.8, zorder=0)
    axes.set_title(panel.heading, size=10, loc="left", pad=20)
    axes.text(0.0, 1.015, panel.note, size=7.5, color=SOFT, transform=axes.transAxes, va="bottom")
    axes.set_xlabel(f"{panel.heading} / {unit}", size=9)
    axes.margins(x=0.12)
    axes.locator_params(axis="x", nbins=5)
    dress(axes)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), frameon=False, fontsize=8)


def _unit(statics: SectionLoads, array: Literal["force", "moment"]) -> tuple[str, float, float]:
    """Unit for all forces or all moments, the factor that takes to it, and the largest value in it."""
    largest = float(np.abs(getattr(statics, array)).max())
    unit, factor = ("N·m", 1e-3) if array == "moment" else ("kN", 1e-3) if largest >= 1000.0 else ("N", 1.0)
    return unit, factor, factor * largest


def _widen(axes: Axes, least: float) -> None:
    """Make the axes wide enough for round-off to look like nothing."""
    low, high = axes.get_xlim()
    if high - low < least:
        middle = (low + high) / 2.0
        axes.set_xlim(middle - least / 2.0, middle + least / 2.0)


def draw_sections(sections: Sequence[SectionComparison], file: Path, title: str, sides: SideNames) -> None:
    """Write a picture of sections: outlines above, deviation of each measure from its target below.

    Parameters
    ----------
    sections : sequence of SectionComparison
        One for each level. Outlines in mm along (x, z); measured and target values share
        their keys and units.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z of the bone frame.

    Raises
    ------
    fea.errors.InputError
        No section, measured values that are not finite or lack a target, or a target that is not positive.
    """
    if not sections:
        raise InputError("there is no section to draw; allowed: at least one.")
    ordered = sorted(sections, key=lambda section: section.level)
    deviations = [_deviation(section) for section in ordered]
    worst = max(abs(percent) for deviation in deviations for percent in deviation.values())
    figure = blank(max(10.0, 2.0 * len(ordered)), 4.8, title)
    upper, lower = figure.subplots(2, len(ordered), squeeze=False, sharey="row", height_ratios=(1.25, 1.0))
    for number, section in enumerate(ordered):
        _draw_outlines(upper[number], section, _reach(ordered))
        _draw_deviation(lower[number], deviations[number], 1.12 * max(_LEAST_REACH_PERCENT, worst))
    upper[0].set_ylabel(f"{sides[0]} / mm", size=9)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _deviation(section: SectionComparison) -> dict[str, float]:
    """Measured against target in %, by the measure's name without its unit."""
    percent = {}
    for key, measured in section.measured.items():
        target = section.target.get(key, np.nan)
        if not (np.isfinite(measured) and np.isfinite(target) and target > 0.0):
            place = f"{key} at {100.0 * section.level:.0f} % of the length, measured and target,"
            raise out_of_range(place, (measured, target), "finite numbers, the target positive")
        percent[key.split(" / ")[0]] = 100.0 * (measured / target - 1.0)
    return percent


def _reach(sections: Sequence[SectionComparison]) -> float:
    """Half the side in mm of a square that holds each outline about its middle."""
    return 0.55 * max(float(np.ptp(line, axis=0).max()) for section in sections for line in section.outlines)


def _draw_outlines(axes: Axes, section: SectionComparison, reach: float) -> None:
    """Fill the bone between the outlines; lateral to the right, as a right limb is seen from above."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    middle = (section.outlines[0].min(axis=0) + section.outlines[0].max(axis=0)) / 2.0
    # What turns one way is filled, what turns the other way is left open.
    turned = [_turned(line - middle, number > 0)[:, ::-1] for number, line in enumerate(section.outlines)]
    ring = Outline.make_compound_path(*(Outline(np.vstack([line, line[:1]]), closed=True) for line in turned))
    axes.add_patch(PathPatch(ring, facecolor=_BONE, edgecolor=INK, lw=1.0))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.set_title(f"{100.0 * section.level:.0f} % of length", size=10)
    axes.set_xlabel("lateral / mm", size=9)
    dress(axes)


def _turned(line: Floats, other_way: bool) -> Floats:
    """The closed line (n, 2), turned so that it encloses a positive area, or a negative one."""
    x, z = line.T
    positive = float(np.sum(x * np.roll(z, -1) - np.roll(x, -1) * z)) > 0.0
    return line if positive != other_way else line[::-1]


def _draw_deviation(axes: Axes, deviation: Mapping[str, float], reach: float) -> None:
    rows = np.arange(len(deviation))[::-1]
    percent = np.array(list(deviation.values()))
    axes.axvspan(-_BAND_PERCENT, _BAND_PERCENT, color=FAINT, alpha=0.6, lw=0, zorder=0)
    axes.axvline(0.0, color=SOFT, lw=0.8)
    axes.hlines(rows, 0.0, percent, color=_COLOURS[0], lw=1.6)
    inside = np.abs(percent) <= _BAND_PERCENT
    for chosen, colour in ((inside, _COLOURS[0]), (~inside, _COLOURS[1])):
        axes.plot(percent[chosen], rows[chosen], "o", ms=6, color=colour)
    axes.set(xlim=(-reach, reach), ylim=(-0.6, len(deviation) - 0.4))
    axes.set_yticks(rows, list(deviation))
    axes.set_xlabel("off target / %", size=9)
    dress(axes)
