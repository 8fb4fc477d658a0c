# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""When a foot is on the ground: the measured vertical force that a file of external loads gives to its bodies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.loading.opensim.model import read_xml
from fea.loading.opensim.storage import read_storage

Floats = npt.NDArray[np.float64]

_THRESHOLD_N = 20.0
_SHORTEST_S = 0.05


@dataclass(frozen=True)
class VerticalForce:
    """Vertical ground force in N on a foot, (rows,), over time in s, and the columns it was read from."""

    file: Path
    time_s: Floats
    force_n: Floats
    columns: tuple[str, ...]


def read_ground(file: Path, external_loads: Path | None, bodies: Collection[str]) -> VerticalForce:
    """Vertical ground force on the given bodies, y up as in models of OpenSim.

    Raises
    ------
    fea.errors.InputError
        Without a file of external loads, or if it puts no force on these bodies.
    """
    if external_loads is None:
        raise InputError(
            f"which force of {str(file)!r} acts on which foot is not known; --external-loads gives the .xml "
            "that says it."
        )
    root = read_xml(external_loads)
    forces = [
        (
            _text(force, "applied_to_body").split("/")[-1],
            _text(force, "force_identifier"),
            _text(force, "force_expressed_in_body"),
        )
        for force in root.iter("ExternalForce")
    ]
    own = [(name, frame) for body, name, frame in forces if body in bodies and name]
    if not own:
        named = ", ".join(body for body, _, _ in forces) or "no body"
        raise InputError(
            f"{str(external_loads)!r} puts forces on {named}; needed: on one of {', '.join(sorted(bodies))}."
        )
    elsewhere = next((frame for _, frame in own if frame.split("/")[-1] not in ("ground", "")), None)
    if elsewhere is not None:
        raise InputError(f"{str(external_loads)!r}: a force is expressed in {elsewhere!r}; allowed: ground.")
    table = read_storage(file)
    columns = tuple(f"{name}y" if f"{name}y" in table.columns else f"{name}2" for name, _ in own)
    force = np.sum([table.at(column, table.time_s) for column in columns], axis=0)
    return VerticalForce(file, table.time_s, force, columns)


def contact_times(ground: VerticalForce, shared: tuple[float, float], number: int) -> tuple[float, float, str]:
    """Begin and end in s of a contact that lies whole within the shared times, and a sentence about it.

    Raises
    ------
    fea.errors.InputError
        There are fewer whole contacts.
    """
    on = np.concatenate([[False], ground.force_n > _THRESHOLD_N, [False]])
    starts, ends = np.flatnonzero(on[1:] & ~on[:-1]), np.flatnonzero(~on[1:] & on[:-1])
    whole = [
        (float(ground.time_s[a]), float(ground.time_s[b - 1]))
        for a, b in zip(starts, ends, strict=True)
        if a > 0 and b < len(ground.time_s) and ground.time_s[b - 1] - ground.time_s[a] >= _SHORTEST_S
    ]
    inside = [(a, b) for a, b in whole if shared[0] <= a and b <= shared[1]]
    if not 1 <= number <= len(inside):
        spans = ", ".join(f"{a:g} to {b:g} s" for a, b in whole) or "none"
        raise InputError(
            f"there is no whole contact number {number} in {str(ground.file)!r} within {shared[0]:g} to "
            f"{shared[1]:g} s, which "
            f"the other files share; whole contacts, above {_THRESHOLD_N:g} N: {spans}."
        )
    first, last = inside[number - 1]
    said = f"contact {number} of {len(inside)} whole ones, {' + '.join(ground.columns)} above {_THRESHOLD_N:g} N"
    return first, last, f"{said}: {first:g} to {last:g} s"


def _text(element: Element, key: str) -> str:
    return (element.findtext(key) or "").strip()
