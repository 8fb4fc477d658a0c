# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Rotation of cross-sections, as bone screws and optical tracking measure it in vivo."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.errors import out_of_range

Floats = npt.NDArray[np.float64]

_FEWEST = 6


def section_rotations(mesh: BoneMesh, displacement: Floats, height_mm: float, half_mm: float = 6.0) -> Floats:
    """Rotation in rad about x, y, z of a slab of the bone under each load, shape (loads, 3).

    That of the rigid motion nearest to the displacement of its vertices (least squares).

    Parameters
    ----------
    mesh : BoneMesh
        The bone.
    displacement : ndarray, (loads, n, 3)
        Displacement of the vertices in mm.
    height_mm, half_mm : float
        Height of the middle of the slab, and half of its thickness.

    Raises
    ------
    fea.errors.InputError
        Too few vertices lie in the slab.
    """
    inside = np.abs(mesh.points[:, 1] - height_mm) < half_mm
    count = int(inside.sum())
    if count < _FEWEST:
        raise out_of_range(f"the number of vertices within {half_mm:g} mm of y = {height_mm:g} mm", count, "at least 6")
    place = mesh.points[inside] - mesh.points[inside].mean(axis=0)
    moved = displacement[:, inside]
    # Of a rotation w the displacement is w × r; the normal equations are those of an inertia tensor.
    inertia = (place * place).sum() * np.eye(3) - place.T @ place
    about = np.cross(place, moved - moved.mean(axis=1, keepdims=True)).sum(axis=1)
    return np.asarray(np.linalg.solve(inertia, about.T).T)
