# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Landmarks set by hand: a TOML file, or markups of 3D Slicer."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, unknown
from fea.files import parsed
from fea.scan.distance import signed_distance
from fea.scan.surface import Surface

Floats = npt.NDArray[np.float64]

LANDMARKS: Mapping[str, str] = {
    "plafond": "centre of the distal joint surface of a tibia",
    "plateau_medial": "centre of the medial condyle of a tibia",
    "plateau_lateral": "centre of the lateral condyle of a tibia",
    "distal": "centre of the distal joint surface",
    "proximal": "centre of the proximal joint surface",
    "front": "a point in front of the axis: anterior of a tibia, dorsal of a metatarsal",
}
ENDINGS = (".toml", ".json", ".fcsv")
_FARTHEST_MM = 15.0


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Points by name in the coordinates of their file, and the coordinate system that it states, RAS or LPS."""

    points: Mapping[str, Floats]
    system: str | None


def read_landmarks(file: Path) -> Landmarks:
    """Landmarks of a file by name; those with other names than :data:`LANDMARKS` are left out.

    A TOML file has ``plafond = [x, y, z]`` and so on. Markups of 3D Slicer are ``.mrk.json`` or ``.fcsv``.

    Raises
    ------
    fea.errors.InputError
        A file that cannot be read, or no landmark with a known name in it.
    """
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{str(file)!r} is a {ending} file; landmarks are read from .toml, .mrk.json and .fcsv.")
    try:
        read = {".toml": _of_toml, ".json": _of_markups, ".fcsv": _of_table}[ending]
        system, found = read(file)
        points = {name.strip().lower().replace(" ", "_"): np.array(p, dtype=np.float64) for name, p in found.items()}
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputError(f"{str(file)!r} cannot be read as landmarks: {error}.") from None
    known = {name: point for name, point in points.items() if name in LANDMARKS}
    if not known:
        raise unknown("landmark", next(iter(points), ""), LANDMARKS)
    for name, point in known.items():
        if point.shape != (3,) or not np.isfinite(point).all():
            raise InputError(f"the landmark {name!r} of {str(file)!r} needs three numbers.")
    return Landmarks(known, system)


def _of_toml(file: Path) -> tuple[str | None, dict[str, Any]]:
    table = parsed(file, str(file))
    system = table.pop("coordinate_system", None)
    return (None if system is None else str(system)), table


def _of_markups(file: Path) -> tuple[str | None, dict[str, Any]]:
    markup = json.loads(file.read_text(encoding="utf-8"))["markups"][0]
    points = {str(p["label"]): p["position"] for p in markup["controlPoints"]}
    return str(markup.get("coordinateSystem", "LPS")), points


def _of_table(file: Path) -> tuple[str | None, dict[str, Any]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    said = next((line for line in lines if line.lower().startswith("# coordinatesystem")), "= RAS")
    system = {"0": "RAS", "1": "LPS"}.get(said.split("=")[1].strip(), said.split("=")[1].strip())
    columns = next(
        (line for line in lines if line.lower().startswith("# columns")), "= id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label"
    )
    names = [name.strip() for name in columns.split("=")[1].split(",")]
    rows = csv.DictReader([line for line in lines if line and not line.startswith("#")], fieldnames=names)
    return system, {row["label"]: [float(row[axis]) for axis in "xyz"] for row in rows}


def matched(landmarks: Landmarks, surface: Surface, factor: float) -> tuple[dict[str, Floats], str]:
    """Landmarks in mm of the surface's frame, and a sentence where that is not the frame of their own file.

    Surfaces do not say whether their axes are RAS or LPS. That in which the landmarks lie near the surface is taken.

    Parameters
    ----------
    landmarks : Landmarks
        As read.
    surface : Surface
        Outer surface in mm.
    factor : float
        Millimetres in a unit of the landmarks.

    Raises
    ------
    fea.errors.InputError
        In neither they lie near the surface.
    """
    names, own = list(landmarks.points), np.array(list(landmarks.points.values())) * factor
    tried = {}
    for turned in (False, True):
        place = own * np.array([-1.0, -1.0, 1.0]) if turned else own
        near = [k for k, name in enumerate(names) if name != "front"]
        tried[turned] = (float(np.abs(signed_distance(place[near], surface)).max()), place)
    turned = min(tried, key=lambda key: tried[key][0])
    off, place = tried[turned]
    if off > _FARTHEST_MM:
        worst = names[int(np.argmax(np.abs(signed_distance(tried[False][1], surface))))]
        raise InputError(
            f"the landmark {worst!r} lies {tried[False][0]:.0f} mm from the surface; allowed: {_FARTHEST_MM:g} mm. "
            "Are both of the same scan and in the same unit?"
        )
    other = {"RAS": "LPS", "LPS": "RAS"}.get(landmarks.system or "", "the other of RAS and LPS")
    said = f"landmarks turned from {landmarks.system or 'their axes'} to {other}, in which they lie on the surface"
    return dict(zip(names, place, strict=True)), said if turned else ""
