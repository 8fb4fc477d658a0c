# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""For those who want to look inside: the tetrahedra with tissue and named fields, for ParaView."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, out_of_range
from fea.folder import TISSUE_FIELD

if TYPE_CHECKING:
    import pyvista

    from fea.bone.tetrahedra import BoneMesh

Field = npt.NDArray[Any]


def grid_of(
    mesh: BoneMesh, cell_fields: Mapping[str, Field], point_fields: Mapping[str, Field]
) -> pyvista.UnstructuredGrid:
    """Return the mesh and its fields as PyVista takes them; parameters are those of :func:`write_fields`.

    Raises
    ------
    fea.errors.InputError
        A field whose length is not that of the mesh, or one that takes the name of the tissue index.
    """
    import pyvista

    if TISSUE_FIELD in cell_fields:
        raise InputError(f"a field of cells is called {TISSUE_FIELD!r}; that name stands for the tissue index.")
    grid = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: mesh.cells}, mesh.points)
    grid.cell_data[TISSUE_FIELD] = mesh.tissue
    for name, field in cell_fields.items():
        grid.cell_data[name] = _flat(name, field, len(mesh.cells), "cell")
    for name, field in point_fields.items():
        grid.point_data[name] = _flat(name, field, len(mesh.points), "vertex")
    return grid


def write_fields(
    mesh: BoneMesh, cell_fields: Mapping[str, Field], point_fields: Mapping[str, Field], file: Path
) -> None:
    """Write the mesh and its fields as VTU, binary and compressed.

    Parameters
    ----------
    mesh : BoneMesh
        The tetrahedra, in mm.
    cell_fields : mapping of str to ndarray, (m,), (m, c) or (m, 3, 3)
        Values of cells. Names carry the unit, as ``"equivalent strain [µε]"``; tensors become nine
        components, row by row.
    point_fields : mapping of str to ndarray, (n,), (n, c) or (n, 3, 3)
        Values at vertices.
    file : Path
        The file to write, ending in ``.vtu``.

    Raises
    ------
    fea.errors.InputError
        Another ending, a field whose length is not that of the mesh, or one that takes the name of
        the tissue index.
    """
    if file.suffix != ".vtu":
        raise out_of_range("the ending of the file with fields", file.suffix, ".vtu")
    grid_of(mesh, cell_fields, point_fields).save(file)


def _flat(name: str, field: Field, count: int, place: str) -> Field:
    shape = np.shape(field)
    if not (1 <= len(shape) <= 3 and shape[0] == count):
        raise out_of_range(f"the shape of {name}", shape, f"({count}, …), a row for each {place}, at most 3 axes")
    return np.ascontiguousarray(field if len(shape) < 3 else np.reshape(field, (count, -1)))
