# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Left and right: a left limb is the mirror image of a right one, turned into it where data come in and out.

Everything is computed on the right bone, whose z is lateral. A file of a left limb has the axes of a laboratory:
x anterior or dorsal, y proximal, z towards the right of the body, which is medial there. Mirroring changes the sign
of z of places, displacements and forces, and of x and y of moments, which are axial vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fea.case.description import SideNames

Floats = npt.NDArray[np.float64]

BodySide = Literal["right", "left"]
"""Side of the body."""

_MIRROR = np.array([1.0, 1.0, -1.0])

FRAMES: dict[BodySide, str] = {
    "right": "x anterior (tibia) or dorsal (metatarsal), y proximal, z lateral (to the right of the body). Right limb",
    "left": "x anterior (tibia) or dorsal (metatarsal), y proximal, z to the right of the body (medial). Left limb",
}
"""Axes of a file by side, as its head states them."""


def names_of_sides(sides: SideNames, side: BodySide) -> SideNames:
    """Names of the directions x, z, −x, −z of a bone of that side, from those of the right one.

    Examples
    --------
    >>> names_of_sides(("anterior", "lateral", "posterior", "medial"), "left")
    ('anterior', 'medial', 'posterior', 'lateral')
    """
    front, lateral, back, medial = sides
    return sides if side == "right" else (front, medial, back, lateral)


def side_title(title: str, side: BodySide) -> str:
    """Title of a bone of that side.

    Examples
    --------
    >>> side_title("Right tibia, average man", "left"), side_title("Tibia of a runner", "left")
    ('Left tibia, average man', 'Tibia of a runner, left')
    """
    if side == "right" or "left" in title.lower().split():
        return title
    if title.lower().startswith("right "):
        return ("Left " if title[0].isupper() else "left ") + title[len("right ") :]
    return f"{title}, left"


def side_site(site: str, side: BodySide) -> str:
    """Site on a bone of that side: a left one is named so.

    Examples
    --------
    >>> side_site("medial surface, middle third", "left"), side_site("medial surface, middle third", "right")
    ('left medial surface, middle third', 'medial surface, middle third')
    """
    return site if side == "right" else f"left {site}"


def side_vectors(vectors: Floats, side: BodySide) -> Floats:
    """Places, displacements or forces (…, 3) of the right bone in the frame of a side, and back."""
    return vectors if side == "right" else vectors * _MIRROR


def side_moments(moments: Floats, side: BodySide) -> Floats:
    """Moments (…, 3) of the right bone in the frame of a side, and back; they are axial vectors."""
    return moments if side == "right" else moments * -_MIRROR


def side_tensors(tensors: Floats, side: BodySide) -> Floats:
    """Strain or stress (…, 3, 3) of the right bone in the frame of a side, and back."""
    return tensors if side == "right" else tensors * np.outer(_MIRROR, _MIRROR)
