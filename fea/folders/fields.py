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
from fea.case import BodySide, side_tensors, side_vectors
from fea.errors import InputError, out_of_range
from fea.evaluate import Result
from fea.strain import MICROSTRAIN, Envelope, equivalent, principal, tensors

if TYPE_CHECKING:
    import pyvista

FieldArray = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

TISSUE_FIELD = "tissue"
"""Field of cells with the index into :data:`fea.bone.TISSUES`."""
EQUIVALENT_FIELD = "strain_von_mises_max_ue"
EXCLUDED_FIELD = "excluded"
STRAIN_FIELDS = {
    EQUIVALENT_FIELD: "largest equivalent strain",
    "strain_principal_1_max_ue": "largest principal strain ε1",
    "strain_principal_3_min_ue": "smallest principal strain ε3",
}
"""Fields of cells of a run that are shown, and what they are called; in µε."""

FIELDS: dict[str, tuple[str, str]] = {
    "strain_von_mises_ue": ("equivalent strain", "µε"),
    "strain_principal_1_ue": ("largest principal strain ε1", "µε"),
    "strain_principal_3_ue": ("smallest principal strain ε3", "µε"),
    "stress_von_mises_mpa": ("von Mises stress", "MPa"),
    "stress_principal_1_mpa": ("largest principal stress σ1", "MPa"),
    "stress_principal_3_mpa": ("smallest principal stress σ3", "MPa"),
    "strain_energy_density_mpa": ("strain energy density", "MPa"),
    EQUIVALENT_FIELD: ("largest equivalent strain of the contact", "µε"),
    "strain_principal_1_max_ue": ("largest ε1 of the contact", "µε"),
    "strain_principal_3_min_ue": ("smallest ε3 of the contact", "µε"),
    "strain_range_ue": ("strain range of the contact", "µε"),
    "strain_rate_ue_per_s": ("largest strain rate of the contact", "µε/s"),
    "modulus_mpa": ("Young's modulus", "MPa"),
    "density_g_per_cm3": ("apparent density", "g/cm³"),
}
"""Fields of a run with one number for each cell, which can be drawn: what each is, and its unit."""

_EARLIER = {
    EQUIVALENT_FIELD: "largest equivalent strain [µε]",
    "strain_principal_1_max_ue": "largest principal strain 1 [µε]",
    "strain_principal_3_min_ue": "smallest principal strain 3 [µε]",
}
"""Names of fields that are read back, in files of version 0.1."""


def fields_of(result: Result) -> tuple[dict[str, FieldArray], dict[str, FieldArray]]:
    """Fields of cells and of vertices of ``fields.vtu`` of a run, by names with units, in the frame of its side."""
    side, elasticity = result.case.side, result.bone.elasticity
    at_vertices, _ = result.bone.at_vertices
    strain = result.field.cell
    cell_fields: dict[str, FieldArray] = {
        **strain_fields(strain, elasticity.poisson, side),
        **_stress_fields(strain, elasticity.stress(strain), side),
        **_contact_fields(result.envelope),
        "modulus_mpa": elasticity.modulus,
        "density_g_per_cm3": elasticity.density,
        EXCLUDED_FIELD: result.excluded.astype(np.uint8),
    }
    own = tensors(np.tensordot(result.coefficients[result.peak_frame], at_vertices, axes=1))
    point_fields: dict[str, FieldArray] = {
        "displacement_mm": side_vectors(result.field.displacement, side),
        **strain_fields(own, elasticity.poisson, side),
        **_contact_fields(result.vertices),
        EXCLUDED_FIELD: result.excluded_vertices.astype(np.uint8),
        **region_fields(result.mesh),
    }
    return cell_fields, point_fields


def strain_fields(strain: Floats, poisson: float, side: BodySide) -> dict[str, FieldArray]:
    """Fields of the strain (k, 3, 3) of one frame: tensor, principal strains with their directions, von Mises."""
    values, axes = np.linalg.eigh(strain)
    return {
        "strain_von_mises_ue": equivalent(strain, poisson) * MICROSTRAIN,
        "strain_principal_1_ue": values[:, 2] * MICROSTRAIN,
        "strain_principal_3_ue": values[:, 0] * MICROSTRAIN,
        "strain_principal_1_direction": _upwards(side_vectors(axes[:, :, 2], side)),
        "strain_principal_3_direction": _upwards(side_vectors(axes[:, :, 0], side)),
        "strain_tensor_ue": side_tensors(strain, side).reshape(-1, 9) * MICROSTRAIN,
    }


def _upwards(axes: Floats) -> FieldArray:
    """Unit vectors (k, 3) of either sign as those that point to proximal, in single precision."""
    return np.where(axes[:, 1:2] < 0.0, -axes, axes).astype(np.float32)


def _stress_fields(strain: Floats, stress: Floats, side: BodySide) -> dict[str, FieldArray]:
    values = principal(stress)
    differences = values - np.roll(values, 1, axis=1)
    return {
        "stress_von_mises_mpa": np.sqrt((differences**2).sum(axis=1) / 2.0),
        "stress_principal_1_mpa": values[:, 2],
        "stress_principal_3_mpa": values[:, 0],
        "stress_tensor_mpa": side_tensors(stress, side).reshape(-1, 9),
        "strain_energy_density_mpa": np.einsum("mij,mij->m", strain, stress) / 2.0,
    }


def _contact_fields(extremes: Envelope) -> dict[str, FieldArray]:
    """Fields of the extremes over the contact."""
    return {
        EQUIVALENT_FIELD: extremes.equivalent * MICROSTRAIN,
        "strain_principal_1_max_ue": extremes.tension * MICROSTRAIN,
        "strain_principal_3_min_ue": extremes.compression * MICROSTRAIN,
        "strain_range_ue": extremes.strain_range * MICROSTRAIN,
        "strain_rate_ue_per_s": extremes.rate * MICROSTRAIN,
        "strain_von_mises_max_frame": extremes.equivalent_frame.astype(np.int32),
        "strain_principal_1_max_frame": extremes.tension_frame.astype(np.int32),
        "strain_principal_3_min_frame": extremes.compression_frame.astype(np.int32),
        "strain_rate_frame": extremes.rate_frame.astype(np.int32),
    }


def region_fields(mesh: BoneMesh) -> dict[str, FieldArray]:
    """A field of vertices for each named region: 1 on its facets, else 0."""
    fields: dict[str, FieldArray] = {}
    for name, rows in mesh.regions.items():
        inside = np.zeros(len(mesh.points), dtype=np.uint8)
        inside[mesh.facets[rows]] = 1
        fields[f"region_{name}"] = inside
    return fields


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
        Values of cells. Names are ASCII and end in the unit, as ``strain_von_mises_ue``; tensors become nine
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
        stored = {name: _EARLIER.get(name, name) if name not in grid.cell_data else name for name in names}
        stored[TISSUE_FIELD] = TISSUE_FIELD
        values = {name: np.asarray(np.concatenate(grid.cell_data[there])) for name, there in stored.items()}
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
