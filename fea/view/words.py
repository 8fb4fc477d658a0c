# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Texts of the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.bone import Anatomy
from fea.case import Case, Stance
from fea.strain import Hotspot
from fea.view.design import UNITS, ColourBar, ContactSummary, ProbeReading
from fea.view.picture import Axis

Floats = npt.NDArray[np.float64]

_STOPS = 17
_CUTS: Mapping[Axis, tuple[int, int]] = {"z": (1, 3), "x": (0, 2)}


def probe_text(reading: ProbeReading) -> str:
    """Text of the probe."""
    place = f"{reading.site} ({100.0 * reading.level:.0f} % of length)"
    if reading.excluded:
        return f"{place}\nexcluded: near a support or load; modulus {reading.modulus_gpa:.1f} GPa"
    return (
        f"{place}\nε1 {reading.tension_ue:+.0f} µε, ε3 {reading.compression_ue:+.0f} µε, "
        f"equivalent {reading.equivalent_ue:.0f} µε\nmodulus {reading.modulus_gpa:.1f} GPa"
    )


def hotspot_texts(findings: ContactSummary) -> dict[str, Any]:
    """Hotspots and percentiles in words."""
    spots = [
        {"rank": h.rank, "text": f"{h.rank}  {h.site} ({100 * h.level:.0f} %), {h.mode}: {h.strain_ue:+.0f} µε"}
        for h in findings.hotspots
    ]
    summary = f"Whole contact: equivalent strain p50 {findings.p50_ue:.0f}, p95 {findings.p95_ue:.0f} µε. Hotspots:"
    return {"hotspots": spots, "summary": summary}


def previous_hotspot_texts(spots: Sequence[Hotspot], peaks: Floats) -> dict[str, Any]:
    """Hotspots of another tissue in words, with the strain in their middles now."""
    texts = [
        {
            "rank": h.rank,
            "text": f"{h.rank}  {h.site} ({100 * h.level:.0f} %), {h.mode}: now {peak:+.0f} µε in its middle",
        }
        for h, peak in zip(spots, peaks, strict=True)
    ]
    return {"hotspots": texts, "summary": "Hotspots of the tissue before:" if texts else ""}


def legend_text(bar: ColourBar) -> dict[str, str]:
    """Text and colours of the colour bar for the page."""
    colours = bar.colours(np.linspace(0.0, 1.0, _STOPS))
    stops = ", ".join("#{:02x}{:02x}{:02x}".format(*(round(255 * float(c)) for c in rgb[:3])) for rgb in colours)
    (low, high), unit = bar.ends, UNITS[bar.quantity]
    return {
        "legend_low": low,
        "legend_high": high,
        "legend_unit": unit,
        "legend_style": f"background: linear-gradient(to right, {stops})",
        "legend_text": f"{bar.quantity} from {low} to {high} {unit}; grey: not evaluated",
    }


def combination_note(t_score: float, error: float) -> str:
    """Note on a bone that was combined rather than solved for its tissue."""
    return f"T-score {t_score:g}, combined from solved bones; error of combining moduli at most {100.0 * error:.2g} %"


def activity_title(case: Case) -> str:
    """Title of the activity."""
    return case.activity.what.title if isinstance(case.activity, Stance) else case.activity.title


def cut_titles(anatomy: Anatomy) -> list[dict[str, str]]:
    """Ways to cut the bone, as a menu takes them."""
    sides = anatomy.sides
    along = [{"title": f"{sides[a]} to {sides[b]}", "value": axis} for axis, (a, b) in _CUTS.items()]
    return [*along, {"title": "across the shaft", "value": "y"}]
