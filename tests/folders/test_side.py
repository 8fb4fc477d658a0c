# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a left bone: mirrored where it is written, named left, computed on the same solved bone."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np
import pytest

from fea.api import run_cases
from fea.case import Options, read_case, resolved
from fea.comparison import compared
from fea.evaluate import solved_bone
from fea.folders.fields import EQUIVALENT_FIELD
from fea.folders.run import question_of, read_run
from fea.folders.sides import read_side
from fea.report import page_of
from fea.studies.plan import key_of

MIRROR = np.diag([1.0, 1.0, -1.0])


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of the running instant on a right and on a left tibia."""
    place = tmp_path_factory.mktemp("sides")
    folders = {side: place / side for side in ("right", "left")}
    cases = [resolved("tibia", "running_peak", Options(size_mm=6.0, side=side)) for side in folders]
    run_cases(cases, list(folders.values()))
    return folders


def test_the_side_is_part_of_the_question_and_not_of_the_solved_bone(both):
    right, left = (read_run(folder).case for folder in both.values())
    assert (right.side, left.side) == ("right", "left")
    assert question_of(right) != question_of(left)
    assert key_of(right) == key_of(left)
    assert solved_bone(left).mesh.points.tolist() == solved_bone(right).mesh.points.tolist()


def test_a_case_without_a_side_is_of_a_right_bone(both, tmp_path):
    text = (both["right"] / "case.toml").read_text(encoding="utf-8")
    assert text.count('side = "right"\n') == 1
    (tmp_path / "case.toml").write_text(text.replace('side = "right"\n', ""), encoding="utf-8")
    assert read_case(tmp_path / "case.toml").side == "right"


def test_numbers_are_those_of_the_right_bone(both):
    right, left = (read_run(folder).figures for folder in both.values())
    assert left.strain == right.strain
    assert left.statics == right.statics
    assert left.gauges == right.gauges


def test_fields_are_mirrored_with_positive_tetrahedra(both):
    right, left = (meshio.read(folder / "fields.vtu") for folder in both.values())
    np.testing.assert_array_equal(left.points, right.points @ MIRROR)
    corner = left.points[left.cells_dict["tetra"]]
    assert (np.linalg.det(corner[:, 1:] - corner[:, :1]) > 0.0).all()
    displacement = [grid.point_data["displacement_mm"] for grid in (right, left)]
    np.testing.assert_allclose(displacement[1], displacement[0] @ MIRROR, rtol=1e-12)
    for name in ("strain_tensor_ue", "stress_tensor_mpa"):
        tensors = [grid.cell_data[name][0].reshape(-1, 3, 3) for grid in (right, left)]
        assert np.abs(tensors[0][:, 0, 2]).max() > 1.0
        np.testing.assert_allclose(tensors[1], MIRROR @ tensors[0] @ MIRROR, rtol=1e-12)
    np.testing.assert_array_equal(left.cell_data[EQUIVALENT_FIELD][0], right.cell_data[EQUIVALENT_FIELD][0])


def test_hotspots_lie_on_the_mirrored_mesh_and_are_named_left(both):
    right, left = (read_run(folder) for folder in both.values())
    grid = meshio.read(both["left"] / "fields.vtu")
    centre = grid.points[grid.cells_dict["tetra"]].mean(axis=1)
    assert left.figures.hotspots
    for one, two in zip(right.figures.hotspots, left.figures.hotspots, strict=True):
        assert two.site == f"left {one.site}"
        assert two.sector == one.sector
        assert np.linalg.norm(centre - np.array(two.position), axis=1).min() < 0.02  # stored to 0.01 mm
        assert two.position == pytest.approx((*one.position[:2], -one.position[2]))


def test_what_is_read_back_is_the_right_bone_shown_mirrored(both):
    right, left = (read_run(folder) for folder in both.values())
    np.testing.assert_array_equal(left.mesh.points, right.mesh.points)
    np.testing.assert_array_equal(left.mesh.cells, right.mesh.cells)
    np.testing.assert_array_equal(
        left.surface(EQUIVALENT_FIELD).points, right.surface(EQUIVALENT_FIELD).points @ MIRROR
    )
    # Outward normals: Σ a·(b×c)/6 is the volume of the bone.
    a, b, c = np.moveaxis(left.side_mesh.points[left.side_mesh.facets], 1, 0)
    assert np.einsum("ki,ki->", a, np.cross(b, c)) / 6.0 == pytest.approx(left.mesh.volumes.sum(), rel=1e-9)
    assert left.sides == ("anterior", "medial", "posterior", "lateral")
    for one, two in zip(right.applied, left.applied, strict=True):
        np.testing.assert_array_equal(two.force_n, MIRROR @ one.force_n)
        np.testing.assert_array_equal(two.center, MIRROR @ one.center)
        np.testing.assert_array_equal(two.moment_nm, -MIRROR @ one.moment_nm)
        assert two.pulls == one.pulls


def test_report_and_pictures_say_left(both):
    page = page_of(both["left"])
    assert "Left tibia, average man" in page
    assert "Right tibia" not in page
    assert (both["left"] / "map.png").read_bytes() != (both["right"] / "map.png").read_bytes()


def test_left_and_right_are_compared_on_one_bone(both):
    found = compared(read_side(str(both["right"])), read_side(str(both["left"])))
    assert found.on_mesh is not None
    assert np.abs(found.on_mesh.difference_ue).max() == 0.0
    assert all(change.difference == 0.0 for change in found.metrics)
