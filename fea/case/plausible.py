# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads that no joint bears: a joint surface that pulls, or is sheared more than pressed, at its largest force."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fea.case.description import BoneDescription

Force = tuple[float, float, float]

_TOWARDS_BONE = {"distal end": 1.0, "proximal end": -1.0}
"""Sign of the force along the bone that presses on the joint surface of an end."""
_MOST_PULL = 0.3
"""Of the largest force on the joint; cartilage and ligaments give a joint no more tension than that."""

JUDGED = ("tibia",)
"""Bones whose joints are judged; the ground loads the head of a metatarsal across its axis."""


def impossible(
    bone: BoneDescription, times: Sequence[float], forces: Mapping[str, Sequence[Force]], unit: str
) -> str | None:
    """Reason why no joint bears these forces, in a sentence; None where they are possible.

    Parameters
    ----------
    bone : BoneDescription
        The bone.
    times : sequence of float
        Of the frames in s.
    forces : mapping of str to sequence of (x, y, z)
        Force for each time, by region, in the bone frame.
    unit : str
        Of the forces.
    """
    if bone.bone not in JUDGED:
        return None
    for region, rows in forces.items():
        sign = _TOWARDS_BONE.get(bone.regions[region].on) if region in bone.regions else None
        size = max((math.hypot(*row) for row in rows), default=0.0)
        if sign is None or size == 0.0:
            continue
        at = max(range(len(rows)), key=lambda k: math.hypot(*rows[k]))
        x, y, z = rows[at]
        if sign * y < math.hypot(x, z):
            return (
                f"the largest force on the joint surface {region!r} at {times[at]:g} s, ({x:g}, {y:g}, {z:g}) {unit}, "
                "does not press on it: y is proximal along the bone, x anterior, z lateral (is another axis up, or a "
                "sign reversed, in your data?)"
            )
        pull, when = max((-sign * row[1], time) for row, time in zip(rows, times, strict=True))
        if pull > _MOST_PULL * size:
            return (
                f"the joint surface {region!r} is pulled with {pull:g} {unit} at {when:g} s, more than "
                f"{100.0 * _MOST_PULL:.0f} % of its largest force; a joint bears no tension"
            )
    return None
