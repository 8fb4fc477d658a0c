# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The mesh on disk: what another program reads is what was written."""

from __future__ import annotations

import meshio
import numpy as np
import pytest

from fea.bone import TISSUES, write_mesh
from fea.errors import InputError


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


def test_vtu_holds_the_same_cells(tibia_mesh, tmp_path):
    write_mesh(tibia_mesh, tmp_path / "tibia.vtu")
    again = meshio.read(tmp_path / "tibia.vtu")
    assert np.array_equal(again.cells_dict["tetra"], tibia_mesh.cells)


@pytest.mark.parametrize(
    "name", ["bone.xyzzy", "bone", "bone.png", "nowhere/bone.msh", "plain/bone.msh", ".", "folder.msh"]
)
def test_a_file_that_cannot_be_written_is_refused_and_nothing_is_left(tibia_mesh, tmp_path, name):
    (tmp_path / "plain").write_text("a file", encoding="utf-8")
    (tmp_path / "folder.msh").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match="cannot be written") as caught:
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
    with pytest.raises(InputError, match="disk full"):
        write_mesh(tibia_mesh, file)
    assert file.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [file]
