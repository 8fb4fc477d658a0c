# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Unit loads spread over regions: affine tractions whose resultants are exactly the given ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh, facet_areas
from fea.errors import unknown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


_AXES = ("anterior", "proximal", "lateral")


@dataclass(frozen=True)
class UnitLoad:
    """A load of 1 N or 1 N·mm on a region.

    ``axis`` counts anterior, proximal, lateral as 0, 1, 2; a force acts at the region's centre.
    """

    region: str
    moment: bool
    axis: int

    @property
    def title(self) -> str:
        """Region and component, such as ``plafond proximal``."""
        return f"{self.region} {_AXES[self.axis]}{' moment' if self.moment else ''}"


@dataclass(frozen=True)
class PathLoad:
    """A tension of 1 N in the muscle of a path, or a compression of 1 N in the fibula."""

    path: str

    @property
    def title(self) -> str:
        """The muscle, such as ``soleus tension``."""
        return f"{self.path} tension"


Load = UnitLoad | PathLoad
"""A column of the basis."""


@dataclass(frozen=True)
class LoadedArea:
    """A loaded area: ``facets`` (k,) rows of the mesh's facets, quadrature points (k, 3, 3) in mm with weights (k,).

    The quadrature (mid-edges) is exact for quadratic integrands. ``center`` (3,) in mm is where forces act: the
    centroid of the smooth region, which that of the facets misses by the raggedness of their border.
    """

    region: str
    center: Floats
    facets: Ints
    points: Floats
    weights: Floats

    @property
    def area(self) -> float:
        """Area in mm²."""
        return float(3.0 * self.weights.sum())

    @cached_property
    def centroid(self) -> Floats:
        """Centroid of the facets in mm, shape (3,)."""
        return np.asarray(np.einsum("k,kqi->i", self.weights, self.points) / self.area)

    def moments(self, below: npt.ArrayLike = np.inf) -> tuple[Floats, Floats, Floats]:
        """Moments ∫ dA (…,), ∫ d dA (…, 3), ∫ d dᵀ dA (…, 3, 3) of the part with y < ``below`` (…,) mm.

        Here d = x − the centroid of the facets.
        """
        heights, sums = self._sums
        chosen = sums[np.searchsorted(heights, below)]
        return chosen[..., 0], chosen[..., 1:4], chosen[..., 4:].reshape(*chosen.shape[:-1], 3, 3)

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        """Heights of the quadrature points, rising, and the moments (points + 1, 13) of those before each."""
        points, weights = self.points.reshape(-1, 3), np.repeat(self.weights, 3)
        order = np.argsort(points[:, 1], kind="stable")
        d = points[order] - self.centroid
        each = np.column_stack([np.ones(len(d)), d, (d[:, :, None] * d[:, None, :]).reshape(-1, 9)])
        each *= weights[order, None]
        sums = np.concatenate([np.zeros((1, 13)), np.cumsum(each, axis=0)])
        sums[-1] = each.sum(axis=0)  # in pairs, which rounds less
        return points[order, 1], sums


@dataclass(frozen=True)
class Traction:
    """The traction t(x) = a + b × (x − c) in MPa on a loaded area.

    ``a`` (3,) in MPa, ``b`` (3,) in MPa/mm, ``c`` (3,) in mm, the centroid of its facets.
    """

    loaded_area: LoadedArea
    a: Floats
    b: Floats
    c: Floats

    def resultants(self, below: npt.ArrayLike = np.inf) -> tuple[Floats, Floats]:
        """Force (…, 3) in N and moment (…, 3) about the origin in N·mm of the part with y < ``below`` (…,) mm.

        With d = x − c₀, c₀ the centroid of the facets, t = a₀ + b × d has the force a₀ ∫ dA + b × ∫ d dA and about c₀
        the moment ∫ d dA × a₀ + (∫ d·d dA) b − (∫ d dᵀ dA) b.
        """
        size, first, second = self.loaded_area.moments(below)
        centroid, b = self.loaded_area.centroid, self.b
        a = self.a + np.cross(b, centroid - self.c)
        force = size[..., None] * a + np.cross(b, first)
        trace = np.trace(second, axis1=-2, axis2=-1)
        moment = np.cross(first, a) + trace[..., None] * b - second @ b
        return force, moment + np.cross(centroid, force)


@dataclass(frozen=True)
class SurfaceLoad:
    """Tractions that act together: one for a load on a region, several for a muscle path."""

    parts: tuple[Traction, ...]

    def resultants(self, below: npt.ArrayLike | None = None) -> tuple[Floats, Floats]:
        """Force and moment about the origin (…, 3) in N and N·mm, of the part with y < ``below`` (…,) mm if given."""
        return self._whole if below is None else self._sum_of_parts(below)

    @cached_property
    def _whole(self) -> tuple[Floats, Floats]:
        return self._sum_of_parts(np.inf)

    def _sum_of_parts(self, below: npt.ArrayLike) -> tuple[Floats, Floats]:
        force, moment = np.zeros((2, *np.shape(below), 3))
        for part in self.parts:
            f, m = part.resultants(below)
            force, moment = force + f, moment + m
        return force, moment

    def scaled(self, factor: float) -> SurfaceLoad:
        """The same, so many times as large."""
        return SurfaceLoad(tuple(Traction(p.loaded_area, factor * p.a, factor * p.b, p.c) for p in self.parts))

    def with_parts_of(self, other: SurfaceLoad) -> SurfaceLoad:
        """Both together."""
        return SurfaceLoad((*self.parts, *other.parts))


def loaded_area(mesh: BoneMesh, region: str) -> LoadedArea:
    """Loaded area of a named region.

    Raises
    ------
    fea.errors.InputError
        The bone has no such region.
    """
    if region not in mesh.regions:
        raise unknown("region", region, mesh.regions)
    facets = mesh.regions[region]
    corner = mesh.points[mesh.facets[facets]]
    middle = (corner + np.roll(corner, -1, axis=1)) / 2.0
    return LoadedArea(region, mesh.centers[region], facets, middle, facet_areas(mesh.points, mesh.facets[facets]) / 3.0)


def surface_load(mesh: BoneMesh, load: Load) -> SurfaceLoad:
    """Tractions of a unit load.

    Raises
    ------
    fea.errors.InputError
        The bone has no such region, or no such path.
    """
    if isinstance(load, PathLoad):
        if load.path not in mesh.pulls:
            raise unknown("muscle path", load.path, mesh.pulls)
        pulls = mesh.pulls[load.path]
        return SurfaceLoad(
            tuple(_traction(loaded_area(mesh, p.region), p.force, np.zeros(3), p.point) for p in pulls if p.force.any())
        )
    loaded, unit, none = loaded_area(mesh, load.region), np.eye(3)[load.axis], np.zeros(3)
    force, moment = (none, unit) if load.moment else (unit, none)
    return SurfaceLoad((_traction(loaded, force, moment, loaded.center),))


def _traction(loaded: LoadedArea, force: Floats, moment: Floats, point: Floats) -> Traction:
    """Traction with a force in N through a point in mm, and a moment in N·mm beside.

    With r = x − c, c the centroid of the facets, the force of t = a + b × r is a·A and its moment about c is J b,
    where J = ∫ (r·r I − r rᵀ) dA. So a force f through p takes b = J⁻¹ ((p − c) × f).
    """
    centroid = loaded.centroid
    r = loaded.points - centroid
    square = np.einsum("k,kqi,kqi->", loaded.weights, r, r)
    inertia = square * np.eye(3) - np.einsum("k,kqi,kqj->ij", loaded.weights, r, r)
    about = moment + np.cross(point - centroid, force)
    return Traction(loaded, force / loaded.area, np.linalg.solve(inertia, about), centroid)
