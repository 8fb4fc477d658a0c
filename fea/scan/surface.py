# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Triangles of the file of a surface, in any of its formats."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fea.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Unit = Literal["m", "cm", "mm"]

ENDINGS = (".stl", ".ply", ".obj", ".vtp", ".vtk", ".vtu", ".off", ".wrl", ".msh", ".inp", ".med")
"""Files of which a surface is read; of volume meshes it is the outer surface."""

MM: Mapping[Unit, float] = {"m": 1000.0, "cm": 10.0, "mm": 1.0}
"""Millimetres in a unit."""
_BY_VTK = (".stl", ".ply", ".obj", ".vtp", ".vtk", ".vtu")
_LARGEST_BYTES = 500_000_000
_FEWEST_TRIANGLES = 60


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles in space: ``points`` (n, 3), ``triangles`` (m, 3), closed surfaces with normals outwards."""

    points: Floats
    triangles: Ints

    @property
    def corners(self) -> Floats:
        """Corners of the triangles, shape (m, 3, 3)."""
        return np.asarray(self.points[self.triangles])

    @property
    def volume(self) -> float:
        """Enclosed volume; positive with normals outwards."""
        a, b, c = np.moveaxis(self.corners - self.points.mean(axis=0), 1, 0)
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)

    @property
    def extent(self) -> float:
        """Diagonal of the box that it fills."""
        return float(np.linalg.norm(np.ptp(self.points, axis=0)))

    def moved(self, points: Floats) -> Surface:
        """The same triangles with other points."""
        return replace(self, points=points)


def read_surface(file: Path) -> Surface:
    """Triangles of a file, in its own unit and frame.

    Raises
    ------
    fea.errors.InputError
        Unknown ending, a file that cannot be read, or one without a surface.
    """
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{str(file)!r} is a {ending} file; a surface is read from {', '.join(ENDINGS)}.")
    try:
        if not file.is_file():
            raise InputError(f"there is no surface file {str(file)!r}.")
        if file.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"{str(file)!r} is larger than {_LARGEST_BYTES // 1_000_000} MB.")
        read = _of_vrml if ending == ".wrl" else _of_vtk if ending in _BY_VTK else _of_meshio
        surface = read(file)
    except InputError:
        raise
    except Exception as error:  # readers of ten formats raise anything
        raise InputError(f"{str(file)!r} cannot be read as a surface: {' '.join(str(error).split())[:200]}.") from None
    if len(surface.triangles) < _FEWEST_TRIANGLES:
        raise InputError(
            f"{str(file)!r} holds {len(surface.triangles)} triangles; a bone needs at least {_FEWEST_TRIANGLES}."
        )
    if not np.isfinite(surface.points).all():
        raise InputError(f"{str(file)!r} holds coordinates that are not numbers.")
    return surface


def _of_vtk(file: Path) -> Surface:
    import pyvista as pv

    return _of_polydata(pv.read(str(file)))


def _of_polydata(read: Any) -> Surface:
    import pyvista as pv

    if isinstance(read, pv.MultiBlock):
        read = read.combine()
    poly = read if isinstance(read, pv.PolyData) else read.extract_surface(algorithm="dataset_surface")
    poly = poly.triangulate()
    faces = np.asarray(poly.regular_faces if poly.n_cells else np.empty((0, 3)), dtype=np.int64)
    return Surface(np.asarray(poly.points, dtype=np.float64), faces)


def _of_meshio(file: Path) -> Surface:
    import meshio

    said = io.StringIO()  # meshio prints, and leaves the program where it fails
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            mesh = meshio.read(file)
    except SystemExit:
        raise ValueError(said.getvalue()) from None
    return _of_polydata(_grid(mesh))


def _grid(mesh: Any) -> Any:
    import pyvista as pv

    return pv.from_meshio(mesh)


def _of_vrml(file: Path) -> Surface:
    """Indexed face sets of a VRML 2 file; transformations of its nodes are not applied."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if re.search(r"\b(translation|rotation|scale|matrix)\s+[-\d.]", text):
        raise InputError(f"{str(file)!r} moves its parts by a Transform; write it again as STL or PLY.")
    sets = re.findall(r"\bpoint\s*\[([^\]]*)\].*?\bcoordIndex\s*\[([^\]]*)\]", text, flags=re.DOTALL)
    points, triangles, count = [np.empty((0, 3))], [np.empty((0, 3), dtype=np.int64)], 0
    for place, index in sets:
        own = np.array(place.replace(",", " ").split(), dtype=np.float64).reshape(-1, 3)
        for face in " ".join(index.replace(",", " ").split()).split("-1"):
            corners = np.array(face.split(), dtype=np.int64) + count
            fan = [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
            triangles.append(np.array(fan, dtype=np.int64).reshape(-1, 3))
        points.append(own)
        count += len(own)
    return Surface(np.vstack(points), np.vstack(triangles))
