# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The tibia against 26 real limbs: sections, centre line, torsion, slopes, modes of variation, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from fea.bone import BoneShape
from fea.bone.surface import bone_surfaces
from fea.case import BoneDescription, read_bone
from fea.errors import GeometryError, InputError

LENGTH_MM = 348.2
"""Length of the mean limb."""
PLATEAU = np.deg2rad(-16.5)
"""Turn of the plateau's anterior, from which the table below is counted, against the plane of progression."""
# Plane sections of 26 limbs (CT; MAP project, LLP26), mean and SD over people: level in %, centroid to anterior and to
# lateral of the line from plafond to plateau in mm, outer area in mm², largest and smallest second moment in mm⁴,
# direction of the crest in degrees from anterior to lateral.
SECTIONS = np.array([
    [4, 0.08, 0.12, 0.51, 0.22, 1307.06, 239.31, 162467, 124833, np.nan, np.nan],
    [8, 0.07, 0.54, 1.83, 0.61, 858.30, 144.78, 68068, 54351, np.nan, np.nan],
    [14, -0.20, 1.00, 2.55, 0.93, 546.87, 83.21, 27233, 22092, np.nan, np.nan],
    [20, -0.49, 1.43, 2.94, 1.08, 454.93, 65.29, 18964, 15187, np.nan, np.nan],
    [25, -0.24, 1.82, 3.14, 1.16, 419.32, 59.15, 16882, 12393, np.nan, np.nan],
    [33, 1.11, 2.26, 3.19, 1.29, 414.51, 59.50, 18321, 10940, 35.4, 7.6],
    [38, 2.22, 2.45, 2.96, 1.38, 428.15, 63.12, 20593, 11142, 37.0, 6.1],
    [45, 3.81, 2.62, 2.36, 1.50, 461.32, 68.53, 24880, 12539, 34.8, 5.0],
    [50, 4.78, 2.64, 1.74, 1.57, 488.59, 72.36, 28004, 14029, 32.6, 6.6],
    [60, 5.89, 2.59, 0.62, 1.78, 552.15, 82.96, 36438, 17503, 29.3, 6.3],
    [66, 6.26, 2.47, 0.46, 1.80, 614.39, 91.80, 45549, 21302, 30.7, 5.0],
    [75, 6.84, 2.17, 0.66, 1.77, 773.53, 120.36, 72798, 33408, 31.4, 4.3],
    [80, 7.47, 1.97, 1.22, 1.66, 952.79, 157.42, 108702, 51956, 31.8, 4.7],
    [85, 8.12, 1.60, 1.68, 1.39, 1175.94, 188.53, 160236, 83599, np.nan, np.nan],
    [90, 6.66, 0.87, 1.43, 0.96, 1724.73, 297.76, 345361, 179235, np.nan, np.nan],
    [96, 0.45, 0.22, 0.44, 0.37, 3224.48, 525.37, 1199401, 618543, np.nan, np.nan],
])  # fmt: skip


def skin(description: BoneDescription, size: float = 3.0) -> np.ndarray:
    """Triangles (n, 3, 3) of the outer surface in mm."""
    surfaces = bone_surfaces(BoneShape(description), size)
    rows = [surfaces.surfaces[name] for name in ("periosteum", "distal end", "proximal end")]
    return surfaces.points[np.vstack(rows)]


def outline(triangles: np.ndarray, y: float) -> np.ndarray:
    """Segments (m, 2, 2) along (x, z) of the plane section at ``y``, the bone to their left."""
    height = triangles[..., 1] - y
    above = (height > 0.0).sum(axis=1)
    cut = (above == 1) | (above == 2)
    corner, height, above = triangles[cut], height[cut], above[cut]
    alone = np.where(above == 1, np.argmax(height, axis=1), np.argmin(height, axis=1))
    row, ends = np.arange(len(corner)), []
    for step in (1, 2):
        other = (alone + step) % 3
        share = height[row, alone] / (height[row, alone] - height[row, other])
        ends.append((corner[row, alone] + (corner[row, other] - corner[row, alone]) * share[:, None])[:, [0, 2]])
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    left = np.column_stack([-normal[:, 2], normal[:, 0]])
    swapped = ((ends[1] - ends[0]) * left).sum(axis=1) < 0.0
    first, second = (np.where(swapped[:, None], ends[1 - k], ends[k]) for k in (0, 1))
    return np.stack([first, second], axis=1)


def properties(lines: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Area, centroid and principal second moments, largest first, of what segments enclose."""
    p, q = lines[:, 0], lines[:, 1]
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    area = cross.sum() / 2.0
    centre = ((p + q) * cross[:, None]).sum(axis=0) / 6.0 / area
    p, q = p - centre, q - centre
    outer = sum(np.einsum("n,ni,nj->ij", cross_of(p, q), a, b) for a, b in ((p, p), (q, q), (p + q, p + q))) / 24.0
    return area, centre, np.linalg.eigvalsh(outer)[::-1]


def cross_of(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]


def in_plateau_axes(points: np.ndarray) -> np.ndarray:
    c, s = np.cos(PLATEAU), np.sin(PLATEAU)
    return points @ np.array([[c, -s], [s, c]])


@pytest.fixture(scope="module")
def man() -> np.ndarray:
    return skin(read_bone("tibia"))


@pytest.mark.parametrize("row", SECTIONS, ids=lambda row: f"{row[0]:g}")
def test_section_lies_within_one_sd_of_26_limbs(man, row):
    level, x, x_sd, z, z_sd, area, area_sd, largest, smallest, crest, crest_sd = row
    scale = read_bone("tibia").length_mm / LENGTH_MM
    lines = outline(man, level / 100.0 * read_bone("tibia").length_mm)
    found_area, centre, second = properties(lines)
    centre = in_plateau_axes(centre[None, :])[0]
    assert centre[0] == pytest.approx(scale * x, abs=scale * x_sd)
    assert centre[1] == pytest.approx(scale * z, abs=scale * z_sd)
    assert found_area == pytest.approx(scale**2 * area, abs=scale**2 * area_sd)
    # A second moment goes with the square of the area; the mean of fourth powers lies above that of the mean limb.
    spread = 2.0 * area_sd / area
    assert second == pytest.approx([scale**4 * largest, scale**4 * smallest], rel=spread)
    if not np.isnan(crest):
        points = in_plateau_axes(lines[:, 0]) - centre
        azimuth, radius = np.rad2deg(np.arctan2(points[:, 1], points[:, 0])), np.hypot(*points.T)
        front = np.abs(azimuth) < 80.0
        assert azimuth[front][np.argmax(radius[front])] == pytest.approx(crest, abs=crest_sd)


@pytest.mark.parametrize("name", ["tibia", "tibia_female"])
def test_line_of_centres_begins_and_ends_on_the_axis(name):
    shape = BoneShape(read_bone(name))
    ends = shape.centre(np.array([0.0, 1.0]))
    assert np.array_equal(ends, [[0.0, 0.0, 0.0], [0.0, shape.length, 0.0]])
    # And the joint surfaces begin there: the plafond within half a millimetre, the plateau by the eminence above.
    assert shape.height(0.0, np.zeros((1, 2)))[0] == pytest.approx(0.0, abs=0.5)
    # Bow to lateral in the plateau's axes, 3.2 ± 1.3 mm.
    bow = in_plateau_axes(shape.centre(np.linspace(0.2, 0.5, 31))[:, [0, 2]])[:, 1].max()
    assert bow == pytest.approx(3.2 * shape.length / LENGTH_MM, abs=1.3)


@pytest.mark.parametrize("name", ["tibia", "tibia_female"])
def test_plateau_slopes_backwards_medially_and_hardly_laterally(name):
    # 6.1° and 0.8° in 26 limbs (LLP26); over which part of a condyle is not said, so within 2°.
    shape = BoneShape(read_bone(name))
    half = np.abs(shape.outer(1.0)[:, 1]).max()
    x = np.linspace(-0.35, 0.35, 15) * half
    for side, slope in ((-1.0, 6.1), (1.0, 0.8)):
        strips = [shape.height(1.0, np.column_stack([x, np.full(15, side * at * half)])) for at in (0.5, 0.6, 0.7)]
        rise = np.polyfit(x, np.mean(strips, axis=0), 1)[0]
        assert np.rad2deg(np.arctan(rise)) == pytest.approx(slope, abs=2.0)


def test_malleolus_is_medial_and_the_notch_for_the_fibula_lateral(man):
    tip = man.reshape(-1, 3)[np.argmin(man[..., 1])]
    shape = BoneShape(read_bone("tibia"))
    # 12.7 mm below the plafond in the mean limb.
    assert tip[1] == pytest.approx(-12.7 * 370.0 / LENGTH_MM, abs=1.0)
    assert shape.direction(np.array([0.0]), tip[None, :])[0] == pytest.approx(-90.0, abs=15.0)
    # The notch: between the corners in front and behind, the lateral outline at 5 % is flat or hollow, the medial full.
    ring = np.linalg.norm(shape.outer(0.05), axis=1)
    assert ring[80:130].min() < min(ring[40:80].max(), ring[130:160].max()) - 0.5


@pytest.mark.parametrize("size", [2.5, 3.0, 6.0])
@pytest.mark.parametrize("name", ["tibia", "tibia_female"])
def test_skin_is_closed(name, size):
    surfaces = bone_surfaces(BoneShape(read_bone(name)), size)
    rows = np.vstack([surfaces.surfaces[part] for part in ("periosteum", "distal end", "proximal end")])
    ways = np.vstack([rows[:, [0, 1]], rows[:, [1, 2]], rows[:, [2, 0]]])
    assert np.array_equal(np.unique(ways, axis=0), np.unique(ways[:, ::-1], axis=0))


# ---------------------------------------------------------------- modes of variation

MODES = ("size", "distal_girth", "robustness", "plateau_width", "torsion", "shaft_girth")


def test_modes_do_what_their_names_say():
    mean = BoneShape(read_bone("tibia"))
    shapes = {mode: BoneShape(read_bone("tibia", [f"shape.{mode}=2"])) for mode in MODES}

    def size(shape, level):
        return np.sqrt(properties(np.stack([shape.outer(level), np.roll(shape.outer(level), -1, axis=0)], 1))[0])

    assert shapes["size"].length == pytest.approx(1.092 * mean.length, rel=2e-3)
    # Table of LLP26 at ±2 SD: area at mid-shaft 406 and 568 mm², about 487, at equal length.
    assert shapes["robustness"].length == pytest.approx(mean.length, rel=3e-3)
    assert (size(shapes["robustness"], 0.5) / size(mean, 0.5)) ** 2 == pytest.approx(568.0 / 487.0, rel=0.02)
    assert (size(shapes["shaft_girth"], 0.5) / size(mean, 0.5)) ** 2 == pytest.approx(505.0 / 483.0, rel=0.02)
    assert size(shapes["distal_girth"], 0.08) > 1.06 * size(mean, 0.08)
    width = [np.ptp(shape.outer(0.98)[:, 1]) for shape in (shapes["plateau_width"], mean)]
    assert width[0] / width[1] == pytest.approx(78.0 / 74.5, rel=0.02)
    turn = [np.rad2deg(s.axes(0.0).torsion - s.axes(1.0).torsion) for s in (shapes["torsion"], mean)]
    assert turn[0] - turn[1] == pytest.approx((34.5 - 26.0) / 2.0, abs=1.0)


@pytest.mark.parametrize("change", ["3.01", "-3.5", "400"])
def test_a_mode_beyond_three_sd_is_refused(change):
    with pytest.raises(InputError, match=rf"shape\.robustness is {change}; allowed: -3 to 3 standard deviations"):
        read_bone("tibia", [f"shape.robustness={change}"])


def test_an_unknown_mode_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="robustness"):
        read_bone("tibia", ["shape.robustnes=1"])
    with pytest.raises(InputError, match="shape"):
        read_bone("metatarsal2", ["shape.robustness=1"])


def test_modes_that_leave_no_canal_are_refused():
    slender = [f"shape.{mode}=-3" for mode in MODES if mode != "size"] + ["thickness_scale=1.3"]
    with pytest.raises(GeometryError, match=r"cortical thickness is .* at \d+ % of the length"):
        bone_surfaces(BoneShape(read_bone("tibia", slender)), 6.0)


def test_an_outline_that_folds_is_refused():
    folded = {"shape_model.outline.at.50": [0.0, 0.0, 0.8, 0.0] + [0.0] * 12}
    with pytest.raises(GeometryError, match=r"outline folds at 50 % of the length.* at least 0\.3"):
        BoneShape(read_bone("tibia", folded)).outer(0.5)


def test_the_two_kinds_of_section_exclude_each_other():
    table = read_bone("tibia").model_dump(by_alias=True)
    width = table["sections"]["radius_mm"]
    with pytest.raises(ValueError, match="sections have radius_mm and width_z_mm; an outline is given by one"):
        BoneDescription.model_validate(table | {"sections": table["sections"] | {"width_z_mm": width}})
    with pytest.raises(ValueError, match=r"sections lack width_z_mm, .*they need either radius_mm or all of"):
        BoneDescription.model_validate(table | {"sections": table["sections"] | {"radius_mm": None}})
    with pytest.raises(ValueError, match=r"sections\.radius_mm and shape_model belong together"):
        BoneDescription.model_validate(table | {"shape_model": None, "shape": {}})


# ---------------------------------------------------------------- the real surfaces


@pytest.mark.parametrize("sign", ["-", "+"])
@pytest.mark.parametrize("number", range(1, 7))
def test_two_sd_along_a_mode_are_the_surface_of_the_limbs(number, sign):
    folder = os.environ.get("BONEFEA_REAL_FILES")
    if folder is None:
        pytest.skip("needs the surfaces of LLP26 in the folder BONEFEA_REAL_FILES")
    name = MODES[number - 1]
    own = (1.0 if name in ("distal_girth", "robustness", "shaft_girth") else -1.0) * (2.0 if sign == "+" else -2.0)
    description = read_bone("tibia", {f"shape.{name}": own, "scale": LENGTH_MM / 370.0})
    made = skin(description)
    content = (Path(folder) / "llp26" / f"tibia_mode{number}{sign}2SD_aligned_mm.stl").read_bytes()
    facet = np.dtype([("normal", "<f4", 3), ("corner", "<f4", (3, 3)), ("spare", "<u2")])
    real = np.frombuffer(content[84:], dtype=facet)["corner"].astype(np.float64)[:, ::-1]  # they turn inwards
    length = BoneShape(description).length
    for level in (0.14, 0.25, 0.38, 0.5, 0.66, 0.8, 0.9):
        area, centre, second = properties(outline(made, level * length))
        real_area, real_centre, real_second = properties(outline(real, level * length))
        # In the flare of the distal end 1.5 mm of height are 5 % of the area: the line to count from is no sharper.
        share = 0.08 if level < 0.2 else 0.03
        assert area == pytest.approx(real_area, rel=share)
        assert in_plateau_axes(centre[None, :])[0] == pytest.approx(real_centre, abs=0.6)
        assert second == pytest.approx(real_second, rel=2.0 * share + 0.01)
