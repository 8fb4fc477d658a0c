# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import re
from pathlib import Path

import meshio
import numpy as np
import pytest
import pyvista

import fea
from fea.errors import InputError
from fea.folders import read_run, write_series
from fea.folders.fields import EQUIVALENT_FIELD, EXCLUDED_FIELD, FIELDS, STRAIN_FIELDS, read_fields, write_fields

FOLDER_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "folder.md"


@pytest.fixture(scope="module")
def result():
    return fea.run("tibia", "running", size_mm=6)


def test_fields_read_back_are_the_fields_written(tibia_mesh, tmp_path):
    strain = np.linspace(0.0, 4000.0, len(tibia_mesh.cells))
    displacement = np.sin(tibia_mesh.points)
    write_fields(tibia_mesh, {"strain_von_mises_ue": strain}, {"displacement_mm": displacement}, tmp_path / "f.vtu")
    back = meshio.read(tmp_path / "f.vtu")
    assert np.array_equal(back.points, tibia_mesh.points)
    assert np.array_equal(back.cells_dict["tetra"], tibia_mesh.cells)
    assert np.array_equal(back.cell_data["tissue"][0], tibia_mesh.tissue)
    assert np.array_equal(back.cell_data["strain_von_mises_ue"][0], strain)
    assert np.array_equal(back.point_data["displacement_mm"], displacement)


def test_a_tensor_is_read_back_row_by_row(tibia_mesh, tmp_path):
    tensor = np.tile(np.arange(9.0).reshape(3, 3), (len(tibia_mesh.cells), 1, 1))
    write_fields(tibia_mesh, {"stress_tensor_mpa": tensor}, {}, tmp_path / "f.vtu")
    back = meshio.read(tmp_path / "f.vtu").cell_data["stress_tensor_mpa"][0]
    assert back.reshape(-1, 3, 3) == pytest.approx(tensor)


def test_nan_off_the_surface_survives(tibia_mesh, tmp_path):
    value = np.full(len(tibia_mesh.points), np.nan)
    value[np.unique(tibia_mesh.facets)] = 1.0
    write_fields(tibia_mesh, {}, {"strain_ue": value}, tmp_path / "f.vtu")
    assert np.array_equal(meshio.read(tmp_path / "f.vtu").point_data["strain_ue"], value, equal_nan=True)


def test_the_file_is_compressed(tibia_mesh, tmp_path):
    write_fields(tibia_mesh, {"zero": np.zeros(len(tibia_mesh.cells))}, {}, tmp_path / "f.vtu")
    content = (tmp_path / "f.vtu").read_bytes()
    assert b"vtkZLibDataCompressor" in content


def test_a_field_of_another_length_is_refused(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match="a row for each cell"):
        write_fields(tibia_mesh, {"strain_ue": np.zeros(len(tibia_mesh.points))}, {}, tmp_path / "f.vtu")


def test_the_name_of_the_tissue_index_is_taken(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match="'tissue'"):
        write_fields(tibia_mesh, {"tissue": np.zeros(len(tibia_mesh.cells))}, {}, tmp_path / "f.vtu")


def test_another_ending_is_refused(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match=r"\.vtu"):
        write_fields(tibia_mesh, {}, {}, tmp_path / "f.vtk")


# ---------------------------------------------------------------- a run in ParaView


def test_names_are_ascii_and_told_in_the_reference(result):
    page = FOLDER_PAGE.read_text("utf-8")
    for data in (result.grid.cell_data, result.grid.point_data):
        for name in data:
            assert re.fullmatch(r"[a-z0-9_]+", name)
            assert f"`{name}`" in page or name.startswith("region_"), name
    assert set(FIELDS) <= set(result.grid.cell_data)


def test_directions_are_those_of_the_principal_strains(result):
    for data in (result.grid.cell_data, result.grid.point_data):
        tensor = np.asarray(data["strain_tensor_ue"]).reshape(-1, 3, 3)
        for k in (1, 3):
            n, value = np.asarray(data[f"strain_principal_{k}_direction"]), np.asarray(data[f"strain_principal_{k}_ue"])
            stretched = np.einsum("mij,mj->mi", tensor, n)
            np.testing.assert_allclose(stretched, value[:, None] * n, atol=1e-5 * np.abs(tensor).max())
            assert (n[:, 1] >= 0.0).all()


def test_fields_of_vertices_are_those_of_the_map(result):
    value = np.asarray(result.grid.point_data[EQUIVALENT_FIELD])
    np.testing.assert_allclose(value[result.surface_vertices], 1e6 * result.surface.equivalent, rtol=1e-6)
    assert np.isfinite(value).all()


def test_a_region_marks_the_vertices_of_its_facets(result):
    for name, rows in result.mesh.regions.items():
        marked = np.flatnonzero(result.grid.point_data[f"region_{name}"])
        np.testing.assert_array_equal(marked, np.unique(result.mesh.facets[rows]))
    # The ankle's joint surface is the distal end, the patellar tendon inserts in front of the proximal one.
    place = {
        name: np.asarray(result.grid.points)[result.grid.point_data[f"region_{name}"] == 1]
        for name in ("plafond", "patellar_tendon")
    }
    assert place["plafond"][:, 1].max() < 0.1 * result.bone.anatomy.length
    assert place["patellar_tendon"][:, 1].min() > 0.7 * result.bone.anatomy.length


def test_a_file_of_version_0_1_is_read_by_its_own_names(tibia_mesh, tmp_path):
    strain = np.linspace(0.0, 4000.0, len(tibia_mesh.cells))
    old = {
        "largest equivalent strain [µε]": strain,
        "largest principal strain 1 [µε]": 2.0 * strain,
        "smallest principal strain 3 [µε]": -strain,
        "excluded": np.zeros(len(strain), dtype=np.uint8),
    }
    write_fields(tibia_mesh, old, {}, tmp_path / "fields.vtu")
    found = read_fields(tmp_path / "fields.vtu", [*STRAIN_FIELDS, EXCLUDED_FIELD]).values
    np.testing.assert_array_equal(found[EQUIVALENT_FIELD], strain)
    np.testing.assert_array_equal(found["strain_principal_1_max_ue"], 2.0 * strain)
    np.testing.assert_array_equal(found["strain_principal_3_min_ue"], -strain)


def test_a_run_is_read_back_by_pyvista_meshio_and_bonefea(result, tmp_path):
    place = result.save(tmp_path / "run")
    by_pyvista, by_meshio = pyvista.read(place / "fields.vtu"), meshio.read(place / "fields.vtu")
    for name in result.grid.point_data:
        np.testing.assert_array_equal(by_pyvista.point_data[name], result.grid.point_data[name])
        np.testing.assert_array_equal(by_meshio.point_data[name], result.grid.point_data[name])
    for name in result.grid.cell_data:
        np.testing.assert_array_equal(by_meshio.cell_data[name][0], result.grid.cell_data[name])
    np.testing.assert_array_equal(read_run(place).fields[EQUIVALENT_FIELD], 1e6 * result.envelope.equivalent)


# ---------------------------------------------------------------- the contact as time series


def test_a_series_holds_the_contact_by_time(result, tmp_path):
    result.save_series(tmp_path / "contact.pvd", 11)
    reader = pyvista.get_reader(tmp_path / "contact.pvd")
    times = np.array(reader.time_values)
    assert len(times) == 11
    assert (times[0], times[-1]) == pytest.approx((0.0, result.history.time_s[-1]))
    peaks = []
    for time in times:
        reader.set_active_time_value(time)
        grid = reader.read()[0]
        peaks.append(float(np.max(grid.point_data["strain_von_mises_ue"])))
        frame = int(np.argmin(np.abs(result.history.time_s - time)))
        moved = np.tensordot(result.coefficients[frame], result.bone.unit.displacement, axes=1)
        np.testing.assert_allclose(grid.point_data["displacement_mm"], moved, rtol=1e-5, atol=1e-6)
    assert 0 < int(np.argmax(peaks)) < 10  # no load at touch-down and at toe-off


def test_a_series_replaces_itself_and_nothing_else(result, tmp_path):
    write_series(result, tmp_path / "contact.pvd", 3)
    write_series(result, tmp_path / "contact.pvd", 2)
    assert sorted(p.name for p in (tmp_path / "contact").iterdir()) == ["frame_000.vtu", "frame_001.vtu"]
    (tmp_path / "contact" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"notes\.txt"):
        write_series(result, tmp_path / "contact.pvd", 2)
    with pytest.raises(InputError, match="exists already"):
        write_series(result, tmp_path / "contact.pvd", 2, replaces=False)


@pytest.mark.parametrize(("name", "frames", "says"), [("a.vtu", 3, r"\.pvd"), ("a.pvd", 0, "1 to 1000")])
def test_a_series_of_another_kind_is_refused(result, tmp_path, name, frames, says):
    with pytest.raises(InputError, match=says):
        write_series(result, tmp_path / name, frames)
