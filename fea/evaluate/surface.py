# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Strain along the shaft, around a section and at a point of the outer surface, read from one result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.bone import SurfacePoints, surface_points
from fea.case import side_vectors
from fea.errors import InputError, out_of_range, unknown
from fea.strain import MICROSTRAIN, Envelope, components, envelope, equivalent, principal, tensors

if TYPE_CHECKING:
    from fea.evaluate.result import Result

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SHAFT_LEVELS = np.round(np.arange(0.05, 0.9501, 0.01), 2)
AROUND_DEG = np.arange(-180.0, 180.0, 5.0)


@dataclass(frozen=True, eq=False)
class SurfaceReading:
    """Strain of a result at points of its outer surface, k in number.

    Strain is linear between the vertices of a facet. Points in the excluded zones, and those that are not there, read
    NaN.

    Attributes
    ----------
    result : Result
        The result.
    points : SurfacePoints
        The points.
    """

    result: Result
    points: SurfacePoints

    @cached_property
    def excluded(self) -> Mask:
        """Points in the Saint-Venant zones of supports and loads, or without a surface, shape (k,)."""
        zones = self.result.excluded_vertices[self.points.vertices(self.result.mesh)]
        return np.asarray(zones.any(axis=1) | (self.points.facet < 0))

    @cached_property
    def unit_strain(self) -> Floats:
        """Strain under each load of the history, (loads, k, 6); 0 at points that are excluded."""
        columns, _ = self.result.bone.columns(self.result.history.loads)
        strain, _ = self.result.bone.at_vertices
        own = strain[columns][:, self.points.vertices(self.result.mesh)]
        weights = np.where(self.excluded[:, None], 0.0, self.points.weights)
        return np.asarray(np.einsum("kv,lkvc->lkc", weights, own))

    @cached_property
    def envelope(self) -> Envelope:
        """Extremes over the frames, (k,)."""
        return envelope(self.unit_strain, self.result.history, self.result.bone.elasticity.poisson)

    @cached_property
    def strain(self) -> Floats:
        """Strain tensor in each frame, (frames, k, 3, 3)."""
        return tensors(np.tensordot(self.result.history.coefficients, self.unit_strain, axes=1))

    @cached_property
    def along_bone(self) -> tuple[Floats, Floats]:
        """Strain in µε and stress in MPa along the bone in each frame, both (frames, k)."""
        result = self.result
        axis = result.bone.anatomy.axes(np.nan_to_num(self._place))[:, 2]
        _, owners = np.unique(self._owners, return_inverse=True)
        mask = np.zeros(len(result.mesh.cells), dtype=np.bool_)
        mask[self._owners] = True
        stiffness = result.bone.elasticity.matrices(mask)[owners]
        stress = tensors(np.einsum("kij,fkj->fki", stiffness, components(self.strain)))
        strain_along, stress_along = (np.einsum("ki,fkij,kj->fk", axis, t, axis) for t in (self.strain, stress))
        return strain_along * MICROSTRAIN, stress_along

    @cached_property
    def _owners(self) -> npt.NDArray[np.int64]:
        """Cell behind each point, shape (k,)."""
        mesh, corners = self.result.mesh, self.points.vertices(self.result.mesh)
        near = np.zeros(len(mesh.points), dtype=np.bool_)
        near[corners] = True
        candidates = np.flatnonzero(near[mesh.cells].sum(axis=1) >= 3)
        shared = (mesh.cells[candidates][None, :, :, None] == corners[:, None, None, :]).any(axis=2).all(axis=2)
        return np.asarray(candidates[shared.argmax(axis=1)])

    @property
    def _place(self) -> Floats:
        mesh = self.result.mesh
        return self.points.at(mesh, mesh.points)

    def table(self) -> dict[str, npt.NDArray[np.generic]]:
        """Columns by name with unit: place, largest strains over the contact, and whether the point is excluded.

        What is read along the bone is the value that is largest in size, with its sign.
        """
        found, (along_ue, along_mpa) = self.envelope, self.along_bone
        x, y, z = side_vectors(self._place, self.result.case.side).T
        strains = {
            "strain_von_mises_max_ue": found.equivalent * MICROSTRAIN,
            "strain_principal_1_max_ue": found.tension * MICROSTRAIN,
            "strain_principal_3_min_ue": found.compression * MICROSTRAIN,
            "strain_range_ue": found.strain_range * MICROSTRAIN,
            "strain_rate_ue_per_s": found.rate * MICROSTRAIN,
            "strain_along_bone_ue": _largest_in_size(along_ue),
            "stress_along_bone_mpa": _largest_in_size(along_mpa),
        }
        return {
            "level": self.points.level,
            "direction_deg": self.points.direction_deg,
            "sector": np.array(self._sectors),
            "x_mm": x,
            "y_mm": y,
            "z_mm": z,
            **{name: np.where(self.excluded, np.nan, value) for name, value in strains.items()},
            "excluded": self.excluded,
        }

    def history(self) -> dict[str, Floats]:
        """Columns over time of a single point: time, strains and the stress along the bone.

        Raises
        ------
        fea.errors.InputError
            The point is excluded.
        """
        if self.excluded[0]:
            raise InputError(
                f"level {self.points.level[0]:g} at {self.points.direction_deg[0]:g}° lies in an excluded zone of "
                "supports and loads, or beyond the end of the bone; no strain is read there."
            )
        strain = self.strain[:, 0]
        values = principal(strain) * MICROSTRAIN
        along_ue, along_mpa = self.along_bone
        return {
            "time_s": self.result.history.time_s,
            "strain_von_mises_ue": equivalent(strain, self.result.bone.elasticity.poisson) * MICROSTRAIN,
            "strain_principal_1_ue": values[:, 2],
            "strain_principal_3_ue": values[:, 0],
            "strain_along_bone_ue": along_ue[:, 0],
            "stress_along_bone_mpa": along_mpa[:, 0],
        }

    @property
    def _sectors(self) -> list[str]:
        names = list(self.result.bone.anatomy.sectors)
        return [names[round(d / 45.0) % len(names)] for d in self.points.direction_deg]


def along_shaft(result: Result, sector: str | float, levels: npt.ArrayLike = SHAFT_LEVELS) -> SurfaceReading:
    """Reading along the shaft in one sector, or one direction in degrees.

    Raises
    ------
    fea.errors.InputError
        An unknown sector, a direction or a level outside its range.
    """
    return _read(result, levels, _direction(result, sector))


def around(result: Result, level: float, directions_deg: npt.ArrayLike = AROUND_DEG) -> SurfaceReading:
    """Reading around the section at one level; errors are those of :func:`along_shaft`."""
    return _read(result, level, directions_deg)


def at_point(result: Result, level: float, sector: str | float) -> SurfaceReading:
    """Reading at one level in one sector; errors are those of :func:`along_shaft`."""
    return _read(result, level, _direction(result, sector))


def _read(result: Result, levels: npt.ArrayLike, directions_deg: npt.ArrayLike) -> SurfaceReading:
    for name, given, low, high in (("level", levels, 0.0, 1.0), ("direction_deg", directions_deg, -360.0, 360.0)):
        try:
            numbers = np.ravel(np.asarray(given, dtype=np.float64))
        except (TypeError, ValueError):
            raise InputError(f"{name} is {given!r}; a number from {low:g} to {high:g} is needed.") from None
        wrong = numbers[~((numbers >= low) & (numbers <= high))]
        if len(wrong):
            what = " (fraction of the length from the distal end)" if name == "level" else "°"
            raise out_of_range(name, float(wrong[0]), f"{low:g} to {high:g}{what}")
    return SurfaceReading(result, surface_points(result.mesh, result.bone.anatomy, levels, directions_deg))


def _direction(result: Result, sector: str | float) -> float:
    sectors = result.bone.anatomy.sectors
    if not isinstance(sector, str):
        return sector
    if sector not in sectors:
        raise unknown(f"sector of {result.case.bone.name}:", sector, sectors)
    return sectors[sector]


def _largest_in_size(series: Floats) -> Floats:
    """Values of series (frames, k) that are largest in size, with their sign, (k,)."""
    return np.asarray(np.take_along_axis(series, np.abs(series).argmax(axis=0)[None], axis=0)[0])
