# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Applied loads at one instant: the net force and moment on each loaded region, for arrows and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh, Pull
from fea.case import FIBULA, BodySide, side_moments, side_vectors
from fea.errors import unknown
from fea.loading.frames import LoadHistory
from fea.loading.traction import Load, PathLoad, UnitLoad, loaded_area

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


def applied_loads(mesh: BoneMesh, history: LoadHistory, frame: int, fibula_n: float = 0.0) -> list[AppliedLoad]:
    """Force and moment on each loaded region in one frame, the largest force first.

    ``fibula_n`` is the compression of the fibula in N.

    Raises
    ------
    fea.errors.InputError
        The bone lacks a region or a muscle path of the history.
    """
    found = []
    sizes: list[tuple[Load, Floats]] = list(zip(history.loads, history.coefficients[[frame]].T, strict=True))
    if fibula_n:
        sizes.append((PathLoad(FIBULA), np.array([fibula_n])))
    for region, wrench in region_wrenches(sizes, mesh.centers, mesh.pulls).items():
        found.append(AppliedLoad(region, *region_face(mesh, region), wrench[0, :3], wrench[0, 3:] / 1000.0))
    return sorted(found, key=lambda load: -load.size_n)


def region_face(mesh: BoneMesh, region: str) -> tuple[Floats, Floats]:
    """Point on which the force on a region acts, in mm, and the mean outward direction of its surface, each (3,)."""
    loaded = loaded_area(mesh, region)
    a, b, c = np.moveaxis(mesh.points[mesh.facets[loaded.facets]], 1, 0)
    normal = np.cross(b - a, c - a).sum(axis=0)
    return loaded.center, normal / np.linalg.norm(normal)


def region_wrenches(
    sizes: Iterable[tuple[Load, Floats]], centers: Mapping[str, Floats], pulls: Mapping[str, tuple[Pull, ...]]
) -> dict[str, Floats]:
    """Force in N and moment about its centre in N·mm on each region, (frames, 6), of unit loads and their sizes.

    Parameters
    ----------
    sizes : iterable of Load and ndarray, (frames,)
        Unit loads and their sizes; the same load twice acts twice.
    centers : mapping of str to ndarray, (3,)
        Centre of each region in mm.
    pulls : mapping of str to tuple of Pull
        What each muscle path puts on the bone.

    Raises
    ------
    fea.errors.InputError
        A region or a muscle path that the bone lacks.
    """
    found: dict[str, Floats] = {}
    for load, size in sizes:
        for region, wrench in _unit_wrenches(load, centers, pulls):
            found[region] = found.get(region, 0.0) + np.outer(size, wrench)
    return found


def _unit_wrenches(
    load: Load, centers: Mapping[str, Floats], pulls: Mapping[str, tuple[Pull, ...]]
) -> list[tuple[str, Floats]]:
    if isinstance(load, UnitLoad):
        if load.region not in centers:
            raise unknown("region", load.region, centers)
        return [(load.region, np.eye(6)[load.axis + 3 * load.moment])]
    if load.path not in pulls:
        raise unknown("muscle path", load.path, pulls)
    acting = [(p, np.cross(p.point - centers[p.region], p.force)) for p in pulls[load.path]]
    return [(pull.region, np.concatenate([pull.force, moment])) for pull, moment in acting]
