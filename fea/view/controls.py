# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The controls of the page with the values that each may take; what a page sends besides is not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fea.view.design import QUANTITIES

PLACES = ("a", "b")
"""Prefix of the state of the first and of the second design."""


@dataclass(frozen=True)
class SliderRange:
    """Ends and step of a slider."""

    low: float
    high: float
    step: float


SLIDERS: Mapping[str, SliderRange] = {
    "percent": SliderRange(0, 100, 1),
    "scale": SliderRange(0, 50, 1),
    "cut_percent": SliderRange(0, 100, 1),
    "contacts": SliderRange(500, 20000, 500),
}
DESIGN_SLIDERS: Mapping[str, SliderRange] = {
    "mass": SliderRange(40, 120, 1),
    "pack": SliderRange(0, 40, 1),
    "t_score": SliderRange(-4, 0, 0.1),
}
_DEMAND = SliderRange(-1e6, 1e6, 0)  # the activity knows its own range and says so
_SWITCHES = ("whole", "hold", "compare")
_CUTS = ("none", "x", "y", "z")


def taken(name: object, value: object, state: Mapping[str, Any]) -> bool:
    """Whether a page may give this value to an entry of the state.

    Parameters
    ----------
    name, value : object
        The entry and its new value, as they came in.
    state : mapping
        The state as it is; it lists the activities of each design.
    """
    if not isinstance(name, str):
        return False
    if name in _SWITCHES:
        return isinstance(value, bool)
    if name in ("quantity", "cut"):
        return isinstance(value, str) and value in (QUANTITIES if name == "quantity" else _CUTS)
    place, _, own = name.partition("_")
    if place in PLACES and own == "activity":
        return isinstance(value, str) and value in [entry["value"] for entry in state[f"{place}_activities"]]
    design = {**DESIGN_SLIDERS, "demand": _DEMAND} if place in PLACES else {}
    slider = SLIDERS.get(name) or design.get(own)
    if slider is None or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return slider.low <= value <= slider.high  # false for NaN
