# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads over a contact: forces and moments on all regions, and what the middle of the bone carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.show.axes import SOFT, blank, dress, literal
from fea.show.loads import load_colour
from fea.strain import stance_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

_MOST_LINES = 10
_LEAST_BW = 0.05
_PUBLISHED_COLOURS = ("#7f8a94", "#c79a1e")


@dataclass(frozen=True)
class SectionRange:
    """Lowest and highest section loads over a contact: axial in BW, compression negative, moments in BW·mm."""

    name: str
    axial: tuple[float, float]
    sagittal: tuple[float, float]
    frontal: tuple[float, float]
    torsion: tuple[float, float]


TIBIA_AT_HALF = (
    SectionRange("a walker", (-6.30, 0.0), (0.0, 67.4), (-29.5, 0.0), (-11.2, 1.4)),
    SectionRange("a runner, 4 m/s", (-9.03, 0.0), (-49.5, 213.5), (-44.9, 0.0), (-23.2, 17.0)),
)
"""Tibia with fibula at half the length, muscles along their paths: derived [D] from two public trials of OpenSim, the
walker of Gait2392 (72.6 kg) and a runner of 65.9 kg at 3.96 m/s; where a source has one extreme, the other is 0."""


def draw_contact_loads(
    time_s: Floats,
    wrenches: Mapping[str, Floats],
    section: Floats,
    file: Path,
    *,
    title: str,
    body_weight_n: float,
    published: tuple[SectionRange, ...] = (),
) -> None:
    """Write a picture of forces and moments on the bone over a contact, and of the loads of its middle section.

    Parameters
    ----------
    time_s : ndarray, (frames,)
        Times.
    wrenches : mapping of str to ndarray, (frames, 6)
        Force in N and moment about its centre in N·mm on each region.
    section : ndarray, (frames, 6)
        Force in N and moment in N·mm of the part below half the length on that above.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    body_weight_n : float
        For forces in body weights.
    published : tuple of SectionRange
        Ranges to draw beside those of the section.

    Raises
    ------
    fea.errors.InputError
        A single instant, or values that are not finite.
    """
    if len(time_s) < 2 or not all(np.isfinite(rows).all() for rows in (section, *wrenches.values())):
        raise InputError("loads over a contact need two or more instants and finite values.")
    percent = stance_percent(time_s)
    figure = blank(11.0, 9.0, title)
    panels = figure.subplots(3, 2)
    sizes = {name: np.linalg.norm(rows[:, :3], axis=1) / body_weight_n for name, rows in wrenches.items()}
    turns = {name: np.linalg.norm(rows[:, 3:], axis=1) / 1000.0 for name, rows in wrenches.items()}
    order = sorted(sizes, key=lambda name: -sizes[name].max())
    shown = [name for name in order if sizes[name].max() > _LEAST_BW][:_MOST_LINES]
    for axes, heading, unit, values in (
        (panels[0, 0], "forces on the bone, size", "BW", sizes),
        (panels[0, 1], "moments about the centres of the regions, size", "N·m", turns),
    ):
        for number, name in enumerate(shown):
            axes.plot(percent, values[name], color=load_colour(number), lw=1.6, label=name.replace("_", " "))
        _dress(axes, heading, unit)
    panels[0, 1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=8)
    newton_metres = body_weight_n / 1000.0
    for axes, heading, unit, line, key, scale in (
        (
            panels[1, 0],
            "half the length: axial force, compression below 0",
            "BW",
            -section[:, 1] / body_weight_n,
            "axial",
            1.0,
        ),
        (
            panels[1, 1],
            "sagittal bending, front stretched above 0",
            "N·m",
            -section[:, 5] / 1000.0,
            "sagittal",
            newton_metres,
        ),
        (
            panels[2, 0],
            "frontal bending, medial side stretched above 0",
            "N·m",
            -section[:, 3] / 1000.0,
            "frontal",
            newton_metres,
        ),
        (panels[2, 1], "torsion", "N·m", -section[:, 4] / 1000.0, "torsion", newton_metres),
    ):
        for one, colour in zip(published, _PUBLISHED_COLOURS, strict=False):
            low, high = (scale * value for value in getattr(one, key))
            axes.axhspan(low, high, color=colour, alpha=0.18, lw=0.0, label=f"{one.name}: lowest to highest")
        axes.plot(percent, line, color="#11416b", lw=1.8, label="this run")
        _dress(axes, heading, unit)
    if published:
        panels[1, 1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=8)
    for axes in panels[2]:
        axes.set_xlabel("stance / % of contact", size=9)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _dress(axes: Axes, heading: str, unit: str) -> None:
    axes.axhline(0.0, color=SOFT, lw=0.8, zorder=0)
    axes.set_title(heading, size=10, loc="left")
    axes.set_ylabel(unit, size=9)
    axes.set_xlim(0.0, 100.0)
    dress(axes)
