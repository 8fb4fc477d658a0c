# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Left limbs: what is read and written in their frame is the mirror image of the right bone's."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import Options, read_bone, resolved
from fea.case.side import side_moments, side_vectors
from fea.errors import InputError
from fea.loading import UnitLoad, load_history, write_history

LEFT = Options(side="left")
TIBIA = read_bone("tibia")
HEADER = "time_s,region,fx_n,fy_n,fz_n\n"


def test_z_of_a_left_limb_points_medially(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "0,plafond,100,3000,250\n")
    right, left = (load_history(resolved("tibia", str(file), o)) for o in (Options(), LEFT))
    assert right.coefficients.tolist() == [[100.0, 3000.0, 250.0]]
    assert left.coefficients.tolist() == [[100.0, 3000.0, -250.0]]


def test_axial_and_frontal_moments_of_a_left_limb_change_sign_and_the_sagittal_one_does_not(tmp_path):
    # External rotation is about −y on the right and about +y on the left; what bends forwards bends both forwards.
    file = tmp_path / "mine.csv"
    file.write_text("time_s,region,fx_n,fy_n,fz_n,mx_nm,my_nm,mz_nm\n0,plafond,0,3000,0,10,20,30\n")
    for options, signs in ((Options(), (1, 1, 1)), (LEFT, (-1, -1, 1))):
        history = load_history(resolved("tibia", str(file), options))
        found = [history.coefficients[0, history.loads.index(UnitLoad("plafond", True, axis))] for axis in range(3)]
        assert found == [sign * size for sign, size in zip(signs, (1e4, 2e4, 3e4), strict=True)]


def test_an_exported_left_history_is_mirrored_and_reads_back_to_identical_forces(tmp_path):
    own = load_history(resolved("tibia", "running"))
    for side in ("right", "left"):
        write_history(own, TIBIA, tmp_path / f"{side}.csv", side=side)
    of_right = load_history(resolved("tibia", str(tmp_path / "right.csv")))
    back = load_history(resolved("tibia", str(tmp_path / "left.csv"), LEFT))
    assert back.loads == of_right.loads
    np.testing.assert_array_equal(back.coefficients, of_right.coefficients)
    right, left = (np.genfromtxt(tmp_path / f"{s}.csv", delimiter=",", skip_header=8)[:, 2:] for s in ("right", "left"))
    # The mirror at z = 0: forces across it and moments about axes in it change sign; the lateral moment does not.
    np.testing.assert_array_equal(left, right * [1, 1, -1, -1, -1, 1])
    assert np.abs(left).max(axis=0).min() > 10.0


def test_the_head_of_an_exported_file_says_its_axes_and_the_command(tmp_path):
    write_history(load_history(resolved("tibia", "running")), TIBIA, tmp_path / "mine.csv", side="left")
    head = [line for line in (tmp_path / "mine.csv").read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert "# side: left" in head
    assert any("z to the right of the body (medial)" in line for line in head)
    assert any("--side left" in line for line in head)


@pytest.mark.parametrize(("file", "asked"), [("left", "right"), ("right", "left")])
def test_a_file_of_the_other_limb_is_refused(tmp_path, file, asked):
    write_history(load_history(resolved("tibia", "running")), TIBIA, tmp_path / "mine.csv", side=file)
    with pytest.raises(InputError, match=f"of a {file} limb, and the side asked for is {asked}; give --side {file}"):
        resolved("tibia", str(tmp_path / "mine.csv"), Options(side=asked))


def test_activities_of_the_library_load_both_limbs_alike():
    # Their z is lateral, whichever limb it is.
    right, left = (load_history(resolved("tibia", "running_peak", o)) for o in (Options(), LEFT))
    assert right.loads == left.loads
    np.testing.assert_array_equal(right.coefficients, left.coefficients)


def test_moments_are_mirrored_as_axial_vectors():
    # A moment is r × F: mirrored, it is the one of the mirrored force about the mirrored arm.
    arm, force = np.array([3.0, -5.0, 7.0]), np.array([11.0, 13.0, -17.0])
    expected = np.cross(side_vectors(arm, "left"), side_vectors(force, "left"))
    np.testing.assert_array_equal(side_moments(np.cross(arm, force), "left"), expected)
