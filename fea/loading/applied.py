# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Applied loads at one instant: the net force and moment on each loaded region, for arrows and tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.case import BodySide, side_moments, side_vectors
from fea.loading.frames import LoadHistory
from fea.loading.traction import loaded_area

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AppliedLoad:
    """Force and moment on one region.

    Attributes
    ----------
    region : str
        The region.
    center : ndarray, float64, (3,)
        Point on which the force acts, in mm.
    normal : ndarray, float64, (3,)
        The mean outward direction of its surface, a unit vector.
    force_n : ndarray, float64, (3,)
        Net force in N in the bone frame.
    moment_nm : ndarray, float64, (3,)
        Moment about the centre beside that of the force, in N·m.
    """

    region: str
    center: Floats
    normal: Floats
    force_n: Floats
    moment_nm: Floats

    @property
    def size_n(self) -> float:
        """Size of the force in N."""
        return float(np.linalg.norm(self.force_n))

    @property
    def pulls(self) -> bool:
        """Whether the force points away from the bone, as that of a tendon does."""
        return float(self.force_n @ self.normal) > 0.0

    def of_side(self, side: BodySide) -> AppliedLoad:
        """The same on the bone of a side, in its frame."""
        return replace(
            self,
            center=side_vectors(self.center, side),
            normal=side_vectors(self.normal, side),
            force_n=side_vectors(self.force_n, side),
            moment_nm=side_moments(self.moment_nm, side),
        )


def applied_loads(mesh: BoneMesh, history: LoadHistory, frame: int) -> list[AppliedLoad]:
    """Force and moment on each loaded region in one frame, the largest force first.

    Raises
    ------
    fea.errors.InputError
        The bone lacks a region of the history.
    """
    total: dict[str, Floats] = {}
    for load, value in zip(history.loads, history.coefficients[frame], strict=True):
        total.setdefault(load.region, np.zeros((2, 3)))[int(load.moment), load.axis] += value
    found = []
    for region, (force, moment) in total.items():
        loaded = loaded_area(mesh, region)
        a, b, c = np.moveaxis(mesh.points[mesh.facets[loaded.facets]], 1, 0)
        normal = np.cross(b - a, c - a).sum(axis=0)
        found.append(AppliedLoad(region, loaded.center, normal / np.linalg.norm(normal), force, moment / 1000.0))
    return sorted(found, key=lambda load: -load.size_n)
