# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The mesh on disk: what another program reads is what was written."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import gmsh
import meshio
import numpy as np
import pytest

from fea.bone import TISSUES, write_mesh
from fea.bone.tetrahedra import facet_areas, gmsh_model
from fea.errors import InputError, RunError


@pytest.fixture(scope="module")
def reread(tibia_mesh, tmp_path_factory):
    file = tmp_path_factory.mktemp("msh") / "tibia.msh"
    write_mesh(tibia_mesh, file)
    return meshio.read(file)


def test_physical_groups_carry_the_names_of_tissues_and_regions(tibia_mesh, reread):
    names = {name: int(dimension) for name, (_, dimension) in reread.field_data.items()}
    assert names == dict.fromkeys(TISSUES, 3) | dict.fromkeys(tibia_mesh.regions, 2)
    numbers = [int(number) for number, _ in reread.field_data.values()]
    assert len(set(numbers)) == len(numbers)


def test_each_group_holds_its_cells_or_facets(tibia_mesh, reread):
    tagged = {"tetra": [], "triangle": []}
    for block, tags in zip(reread.cells, reread.cell_data["gmsh:physical"], strict=True):
        tagged[block.type].append((block.data, tags))
    cells, tissue = (np.concatenate(part) for part in zip(*tagged["tetra"], strict=True))
    assert np.array_equal(cells, tibia_mesh.cells)
    for k, name in enumerate(TISSUES):
        assert np.array_equal(tissue == reread.field_data[name][0], tibia_mesh.tissue == k)
    facets, group = (np.concatenate(part) for part in zip(*tagged["triangle"], strict=True))
    for name, rows in tibia_mesh.regions.items():
        assert np.array_equal(facets[group == reread.field_data[name][0]], tibia_mesh.facets[rows])


def test_vertices_are_written_to_the_last_digit(tibia_mesh, reread):
    assert np.allclose(reread.points, tibia_mesh.points, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("ending", [".stl", ".ply", ".obj", ".off"])
def test_a_surface_format_holds_the_whole_outer_surface_and_says_what_it_lacks(tibia_mesh, tmp_path, ending, side):
    file = tmp_path / f"tibia{ending}"
    assert "regions are not written" in write_mesh(tibia_mesh, file, side)
    read = meshio.read(file)
    # A closed surface with normals outwards encloses Σ a·(b×c)/6, by the divergence theorem; STL has single precision.
    a, b, c = np.moveaxis(read.points[read.cells_dict["triangle"]].astype(np.float64), 1, 0)
    assert np.einsum("ki,ki->", a, np.cross(b, c)) / 6.0 == pytest.approx(tibia_mesh.volumes.sum(), rel=1e-5)
    assert len(a) == len(tibia_mesh.facets)


@pytest.mark.parametrize("ending", [".msh", ".inp", ".vtu"])
def test_a_left_bone_is_the_mirror_image_with_positive_tetrahedra(tibia_mesh, tmp_path, ending):
    file = tmp_path / f"tibia{ending}"
    assert write_mesh(tibia_mesh, file, "left") == ""
    read = meshio.read(file)
    assert np.allclose(read.points, tibia_mesh.points * [1, 1, -1], rtol=1e-11, atol=1e-11)
    cells = read.points[np.vstack([b.data for b in read.cells if b.type == "tetra"])]
    assert np.linalg.det(cells[:, 1:] - cells[:, :1]) / 6.0 == pytest.approx(tibia_mesh.volumes)


def test_vtu_holds_the_cells_and_says_their_tissue_and_the_vertices_of_regions(tibia_mesh, tmp_path):
    write_mesh(tibia_mesh, tmp_path / "tibia.vtu")
    again = meshio.read(tmp_path / "tibia.vtu")
    assert np.array_equal(again.cells_dict["tetra"], tibia_mesh.cells)
    assert np.array_equal(again.cell_data["tissue"][0], tibia_mesh.tissue)
    for k, name in enumerate(TISSUES):
        assert np.array_equal(again.cell_data[name][0] == 1, tibia_mesh.tissue == k)
    for name, rows in tibia_mesh.regions.items():
        assert np.array_equal(np.flatnonzero(again.point_data[name]), np.unique(tibia_mesh.facets[rows]))


def test_inp_names_sets_of_elements_and_of_nodes(tibia_mesh, tmp_path):
    write_mesh(tibia_mesh, tmp_path / "tibia.INP")
    (tmp_path / "tibia.INP").rename(tmp_path / "tibia.inp")  # meshio reads small letters only
    read = meshio.read(tmp_path / "tibia.inp")
    assert np.array_equal(read.cells_dict["tetra"], tibia_mesh.cells)
    assert np.allclose(read.points, tibia_mesh.points, rtol=1e-11, atol=1e-11)
    for k, name in enumerate(TISSUES):
        assert np.array_equal(read.cell_sets[name][0], np.flatnonzero(tibia_mesh.tissue == k))
    for name, rows in tibia_mesh.regions.items():
        assert np.array_equal(read.point_sets[name], np.unique(tibia_mesh.facets[rows]))


def test_names_that_abaqus_does_not_take_are_changed_and_stay_apart(tibia_mesh, tmp_path):
    renamed = dict(zip(["2nd.head", "2nd-head", "cortical"], tibia_mesh.regions.values(), strict=False))
    write_mesh(replace(tibia_mesh, regions=renamed), tmp_path / "tibia.inp")
    sets = meshio.read(tmp_path / "tibia.inp").point_sets
    assert {"set_2nd_head", "set_2nd_head_2", "cortical", "outer_surface"} <= set(sets)
    write_mesh(replace(tibia_mesh, regions=renamed), tmp_path / "tibia.msh")
    groups = meshio.read(tmp_path / "tibia.msh").field_data
    assert groups["cortical"][1] == 3
    assert groups["cortical_2"][1] == 2


_INPUT = """*INCLUDE, INPUT=tibia.inp
*MATERIAL, NAME=hard
*ELASTIC
17000., .3
*MATERIAL, NAME=soft
*ELASTIC
500., .3
*SOLID SECTION, ELSET=cortical, MATERIAL=hard
*SOLID SECTION, ELSET=cancellous, MATERIAL=soft
*SOLID SECTION, ELSET=marrow, MATERIAL=soft
*BOUNDARY
{fixed}, 1, 3
*STEP
*STATIC
*DSLOAD
{pressed}, P, 2.
*NODE PRINT, NSET={fixed}, TOTALS=ONLY
RF
*EL PRINT, ELSET=cortical, TOTALS=ONLY
EVOL
*END STEP
"""


@pytest.mark.skipif(shutil.which("ccx") is None, reason="CalculiX is not installed (Debian: calculix-ccx)")
def test_calculix_runs_the_inp_with_its_sets(tibia, tibia_mesh, tmp_path):
    write_mesh(tibia_mesh, tmp_path / "tibia.inp")
    fixed, pressed = tibia.support.regions[0], "plafond"
    (tmp_path / "model.inp").write_text(_INPUT.format(fixed=fixed, pressed=pressed), encoding="ascii")
    ran = subprocess.run(["ccx", "-i", "model"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-500:]
    assert "*ERROR" not in ran.stdout
    rows = [line.split() for line in (tmp_path / "model.dat").read_text(encoding="ascii").splitlines()]
    reaction, volume = (
        np.array(row, dtype=float) for row in rows if len(row) in (1, 3) and row[0][-4:-2] in ("E+", "E-")
    )
    # A pressure p pushes with −p ΣA n on its surface, and the reaction is the opposite.
    a, b, c = np.moveaxis(tibia_mesh.points[tibia_mesh.facets[tibia_mesh.regions[pressed]]], 1, 0)
    assert reaction == pytest.approx(2.0 * np.cross(b - a, c - a).sum(axis=0) / 2.0, rel=1e-4)
    assert volume[0] == pytest.approx(
        tibia_mesh.volumes[tibia_mesh.tissue == TISSUES.index("cortical")].sum(), rel=1e-4
    )


def test_med_groups_tissues_regions_and_the_outer_surface(tibia_mesh, tmp_path):
    write_mesh(tibia_mesh, tmp_path / "tibia.med")
    volume, area = _med_groups(tmp_path / "tibia.med")
    assert volume == {
        name: pytest.approx(tibia_mesh.volumes[tibia_mesh.tissue == k].sum(), rel=1e-9)
        for k, name in enumerate(TISSUES)
    }
    areas = facet_areas(tibia_mesh.points, tibia_mesh.facets)
    expected = {name: areas[rows].sum() for name, rows in tibia_mesh.regions.items()} | {"outer_surface": areas.sum()}
    assert area == {name: pytest.approx(value, rel=1e-9) for name, value in expected.items()}


def _med_groups(file):
    """Return volume and area of each group of a MED file as gmsh reads it."""
    found = ({}, {})
    with gmsh_model("read") as model:
        gmsh.merge(str(file))
        tags, points, _ = model.mesh.getNodes()
        place = np.zeros((int(tags.max()) + 1, 3))
        place[tags.astype(int)] = points.reshape(-1, 3)
        for dimension, tag in model.getPhysicalGroups():
            name = model.getPhysicalName(dimension, tag).strip()  # MED fills names up to 80 letters
            entities = model.getEntitiesForPhysicalGroup(dimension, tag)
            kind = 4 if dimension == 3 else 2
            nodes = np.concatenate([model.mesh.getElementsByType(kind, e)[1] for e in entities]).astype(int)
            corner = place[nodes.reshape(-1, dimension + 1)]
            edges = corner[:, 1:] - corner[:, :1]
            if dimension == 3:
                found[0][name] = np.linalg.det(edges).sum() / 6.0
            else:
                found[1][name] = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum() / 2.0
    return found


def test_meshio_reads_med_too(tibia_mesh, tmp_path):
    pytest.importorskip("h5py")
    write_mesh(tibia_mesh, tmp_path / "tibia.med")
    read = meshio.read(tmp_path / "tibia.med")
    named = {name for names in read.cell_tags.values() for name in names}
    assert named == {*TISSUES, *tibia_mesh.regions, "outer_surface"}
    assert len(read.cells_dict["tetra"]) == len(tibia_mesh.cells)
    assert len(read.cells_dict["triangle"]) == len(tibia_mesh.facets)


@pytest.mark.parametrize("ending", [".xdmf", ".bdf", ".vtk", ".png", ""])
def test_another_ending_is_refused_with_those_that_exist(tibia_mesh, tmp_path, ending):
    with pytest.raises(InputError, match=r"known: \.msh, \.inp, \.med, \.vtu, \.stl, \.ply, \.obj, \.off"):
        write_mesh(tibia_mesh, tmp_path / f"bone{ending}")


@pytest.mark.parametrize("ending", [".msh", ".stl", ".inp", ".vtu"])
def test_an_ending_in_capitals_names_the_same_format(tibia_mesh, tmp_path, ending):
    write_mesh(tibia_mesh, tmp_path / f"a{ending}")
    write_mesh(tibia_mesh, tmp_path / f"b{ending.upper()}")
    assert (tmp_path / f"b{ending.upper()}").read_bytes() == (tmp_path / f"a{ending}").read_bytes()


@pytest.mark.parametrize(
    "name", ["bone.xyzzy", "bone", "bone.png", "nowhere/bone.msh", "plain/bone.msh", ".", "folder.msh"]
)
def test_a_file_that_cannot_be_written_is_refused_and_nothing_is_left(tibia_mesh, tmp_path, name):
    (tmp_path / "plain").write_text("a file", encoding="utf-8")
    (tmp_path / "folder.msh").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"cannot be written|never replaced") as caught:
        write_mesh(tibia_mesh, tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_failed_writing_keeps_the_older_file(tibia_mesh, tmp_path, monkeypatch):
    file = tmp_path / "tibia.msh"
    file.write_text("older", encoding="utf-8")

    def broken(_mesh, partial, **_keywords):
        partial.write_text("half", encoding="utf-8")
        raise OSError("disk full")

    monkeypatch.setattr(meshio.Mesh, "write", broken)
    with pytest.raises(RunError, match="disk full"):
        write_mesh(tibia_mesh, file)
    assert file.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_never_replaced(tibia_mesh, tmp_path):
    (tmp_path / "precious.msh").write_text("precious", encoding="utf-8")
    (tmp_path / "bone.msh").symlink_to(tmp_path / "precious.msh")
    with pytest.raises(InputError, match="never replaced"):
        write_mesh(tibia_mesh, tmp_path / "bone.msh")
    assert (tmp_path / "precious.msh").read_text(encoding="utf-8") == "precious"
