# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""``fields.vtu`` of a run or a plan: tetrahedra with tissue and named fields, for ParaView, written and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, BoneMesh
from fea.case import side_tensors, side_vectors
from fea.errors import InputError, out_of_range
from fea.evaluate import Result
from fea.strain import MICROSTRAIN, equivalent, principal

if TYPE_CHECKING:
    import pyvista

FieldArray = npt.NDArray[Any]

TISSUE_FIELD = "tissue"
"""Field of cells with the index into :data:`fea.bone.TISSUES`."""
EQUIVALENT_FIELD = "largest equivalent strain [µε]"
EXCLUDED_FIELD = "excluded"
STRAIN_FIELDS = {
    EQUIVALENT_FIELD: "largest equivalent strain",
    "largest principal strain 1 [µε]": "largest principal strain ε1",
    "smallest principal strain 3 [µε]": "smallest principal strain ε3",
}
"""Fields of cells of a run that are shown, and what they are called; in µε."""


def fields_of(result: Result) -> tuple[dict[str, FieldArray], dict[str, FieldArray]]:
    """Fields of cells and of vertices of ``fields.vtu`` of a run, by names with units, in the frame of its side."""
    strain, cells, side = result.field.cell, result.envelope, result.case.side
    stress = result.bone.elasticity.stress(strain)
    values = principal(strain) * MICROSTRAIN
    cell_fields: dict[str, FieldArray] = {
        "equivalent strain [µε]": equivalent(strain, result.bone.elasticity.poisson) * MICROSTRAIN,
        "principal strain 1 [µε]": values[:, 2],
        "principal strain 3 [µε]": values[:, 0],
        "strain [µε]": side_tensors(strain, side).reshape(-1, 9) * MICROSTRAIN,
        "stress [MPa]": side_tensors(stress, side).reshape(-1, 9),
        "strain energy density [MPa]": np.einsum("mij,mij->m", strain, stress) / 2.0,
        EQUIVALENT_FIELD: cells.equivalent * MICROSTRAIN,
        "largest principal strain 1 [µε]": cells.tension * MICROSTRAIN,
        "smallest principal strain 3 [µε]": cells.compression * MICROSTRAIN,
        "strain range [µε]": cells.strain_range * MICROSTRAIN,
        "strain rate [µε/s]": cells.rate * MICROSTRAIN,
        "frame of largest equivalent strain": cells.equivalent_frame.astype(np.int32),
        "frame of largest principal strain 1": cells.tension_frame.astype(np.int32),
        "frame of smallest principal strain 3": cells.compression_frame.astype(np.int32),
        "frame of largest strain rate": cells.rate_frame.astype(np.int32),
        "modulus [MPa]": result.bone.elasticity.modulus,
        "apparent density [g/cm³]": result.bone.elasticity.density,
        EXCLUDED_FIELD: result.excluded.astype(np.uint8),
    }
    return cell_fields, {"displacement [mm]": side_vectors(result.field.displacement, side)}


def grid_of(
    mesh: BoneMesh, cell_fields: Mapping[str, FieldArray], point_fields: Mapping[str, FieldArray]
) -> pyvista.UnstructuredGrid:
    """Mesh and its fields as PyVista takes them; parameters are those of :func:`write_fields`.

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
    mesh: BoneMesh, cell_fields: Mapping[str, FieldArray], point_fields: Mapping[str, FieldArray], file: Path
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
    # VTK writes into memory: where the disk is full its own writing of files ends the process.
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridWriter

    writer = vtkXMLUnstructuredGridWriter()
    writer.SetInputData(grid_of(mesh, cell_fields, point_fields))
    writer.SetDataModeToBinary()
    writer.SetCompressionLevel(1)  # a quarter quicker than the usual 5, and as small
    writer.SetWriteToOutputString(True)
    writer.Write()
    file.write_text(writer.GetOutputString(), encoding="utf-8")


def _flat(name: str, field: FieldArray, count: int, place: str) -> FieldArray:
    shape = np.shape(field)
    if not (1 <= len(shape) <= 3 and shape[0] == count):
        raise out_of_range(f"the shape of {name}", shape, f"({count}, …), a row for each {place}, at most 3 axes")
    return np.ascontiguousarray(field if len(shape) < 3 else np.reshape(field, (count, -1)))


@dataclass(frozen=True)
class CellFields:
    """Content of ``fields.vtu``: points (n, 3) in mm, tetrahedra (m, 4), tissue (m,), and values of cells by name."""

    points: npt.NDArray[np.float64]
    cells: npt.NDArray[np.int64]
    tissue: npt.NDArray[np.int64]
    values: Mapping[str, npt.NDArray[Any]]


def read_fields(file: Path, names: Sequence[str]) -> CellFields:
    """Mesh of a run folder with the tissue and the fields of these names, one number for each cell.

    meshio reads it, in Python; the reader of VTK ends the process on a damaged file.

    Raises
    ------
    fea.errors.InputError
        The file is missing or is not what bonefea writes.
    """
    from meshio.vtu._vtu import read  # meshio.read leaves the program where it fails

    if not file.is_file():
        raise InputError(f"the run lacks its fields: there is no file {str(file)!r}.")
    try:
        grid: Any = read(file)
        points, cells = np.asarray(grid.points, dtype=np.float64), np.asarray(grid.cells_dict["tetra"], dtype=np.int64)
        values = {name: np.asarray(np.concatenate(grid.cell_data[name])) for name in (TISSUE_FIELD, *names)}
        tissue = values[TISSUE_FIELD].astype(np.int64)
        if points.shape[1:] != (3,) or not np.isfinite(points).all():
            raise ValueError("its points are not finite")
        if cells.size == 0 or cells.min() < 0 or cells.max() >= len(points):
            raise ValueError("its cells join points that are not there")
        if any(value.shape != (len(cells),) or value.dtype.kind not in "fiu" for value in values.values()):
            raise ValueError("a field has not one number for each cell")
        if tissue.min() < 0 or tissue.max() >= len(TISSUES):
            raise ValueError("a cell has a tissue that is not known")
    except Exception as error:  # damaged bytes raise whatever XML, zlib, base64 and numpy stumble over
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{str(file)!r} is not what bonefea writes: {why}.") from None
    return CellFields(points, cells, tissue, values)
