# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import meshio
import numpy as np
import pytest

from fea.errors import InputError
from fea.folders.fields import write_fields


def test_fields_read_back_are_the_fields_written(tibia_mesh, tmp_path):
    strain = np.linspace(0.0, 4000.0, len(tibia_mesh.cells))
    displacement = np.sin(tibia_mesh.points)
    write_fields(
        tibia_mesh, {"equivalent strain [µε]": strain}, {"displacement [mm]": displacement}, tmp_path / "f.vtu"
    )
    back = meshio.read(tmp_path / "f.vtu")
    assert np.array_equal(back.points, tibia_mesh.points)
    assert np.array_equal(back.cells_dict["tetra"], tibia_mesh.cells)
    assert np.array_equal(back.cell_data["tissue"][0], tibia_mesh.tissue)
    assert np.array_equal(back.cell_data["equivalent strain [µε]"][0], strain)
    assert np.array_equal(back.point_data["displacement [mm]"], displacement)


def test_a_tensor_is_read_back_row_by_row(tibia_mesh, tmp_path):
    tensor = np.tile(np.arange(9.0).reshape(3, 3), (len(tibia_mesh.cells), 1, 1))
    write_fields(tibia_mesh, {"stress [MPa]": tensor}, {}, tmp_path / "f.vtu")
    back = meshio.read(tmp_path / "f.vtu").cell_data["stress [MPa]"][0]
    assert back.reshape(-1, 3, 3) == pytest.approx(tensor)


def test_nan_off_the_surface_survives(tibia_mesh, tmp_path):
    value = np.full(len(tibia_mesh.points), np.nan)
    value[np.unique(tibia_mesh.facets)] = 1.0
    write_fields(tibia_mesh, {}, {"strain [µε]": value}, tmp_path / "f.vtu")
    assert np.array_equal(meshio.read(tmp_path / "f.vtu").point_data["strain [µε]"], value, equal_nan=True)


def test_the_file_is_compressed(tibia_mesh, tmp_path):
    write_fields(tibia_mesh, {"zero": np.zeros(len(tibia_mesh.cells))}, {}, tmp_path / "f.vtu")
    content = (tmp_path / "f.vtu").read_bytes()
    assert b"vtkZLibDataCompressor" in content


def test_a_field_of_another_length_is_refused(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match="a row for each cell"):
        write_fields(tibia_mesh, {"strain [µε]": np.zeros(len(tibia_mesh.points))}, {}, tmp_path / "f.vtu")


def test_the_name_of_the_tissue_index_is_taken(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match="'tissue'"):
        write_fields(tibia_mesh, {"tissue": np.zeros(len(tibia_mesh.cells))}, {}, tmp_path / "f.vtu")


def test_another_ending_is_refused(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match=r"\.vtu"):
        write_fields(tibia_mesh, {}, {}, tmp_path / "f.vtk")
