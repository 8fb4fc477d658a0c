# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from fea.errors import InputError
from fea.show import draw_map
from fea.strain.hotspots import Hotspot

# The views stand left of this column of a picture 2000 pixels wide; bar, hotspots and caption right of it.
COLUMN = 1400
SIDES = ("anterior", "lateral", "posterior", "medial")


def drawn(mesh, value, file, hotspots=(), sides=SIDES, **changes):
    """Draw a map; return its limits and its pixels, 0 … 255."""
    words = {"quantity": "strain", "unit": "µε", "caption": ["case", "mesh"], "title": "tibia", "sides": sides}
    limits = draw_map(mesh, value, hotspots, **words, file=file, **changes)
    return limits, (255 * imread(file)[..., :3]).round().astype(int)


def coloured(pixels):
    """Mask of what is neither white nor grey nor black: the bone."""
    return np.ptp(pixels[:, :COLUMN], axis=2) > 25


def panels(mask):
    """First and last column of each view, left to right."""
    inside = np.concatenate([[False], mask.any(axis=0), [False]])
    edges = np.flatnonzero(np.diff(inside.astype(int)))
    return [(start, stop) for start, stop in edges.reshape(-1, 2) if stop - start > 20]


def at(mesh, direction, level):
    """The vertex of the outer surface that lies farthest in a direction, within 4 mm of a level."""
    vertices = np.unique(mesh.facets)
    near = vertices[np.abs(mesh.points[vertices, 1] - 370.0 * level) < 4.0]
    x, y, z = mesh.points[near[np.argmax(mesh.points[near] @ np.array(direction))]]
    return Hotspot(1, "somewhere", level, "anterior", "tension", 2000.0, 100.0, (float(x), float(y), float(z)))


def row_of(height_mm, mesh, even):
    """Row of pixels of a height: the bone reaches from the first coloured row to the last."""
    rows = np.flatnonzero(coloured(even).any(axis=1))
    low, high = mesh.points[:, 1].min(), mesh.points[:, 1].max()
    return rows[-1] - (rows[-1] - rows[0]) * (height_mm - low) / (high - low)


@pytest.fixture(scope="module")
def even(tibia_mesh, tmp_path_factory):
    """The bone in one colour."""
    value = np.full(len(tibia_mesh.points), 1500.0)
    return drawn(tibia_mesh, value, tmp_path_factory.mktemp("even") / "map.png", limits=(0.0, 3000.0))[1]


def test_each_of_four_views_fills_nine_tenths_of_the_height(even):
    mask = coloured(even)
    spans = [np.flatnonzero(mask[:, a:b].any(axis=1)) for a, b in panels(mask)]
    assert len(spans) == 4
    assert min(np.ptp(rows) for rows in spans) >= 0.9 * len(even)


def test_malleolus_of_a_right_tibia_is_right_in_the_anterior_and_left_in_the_posterior_view(even):
    mask = coloured(even)
    anterior, _, posterior, _ = panels(mask)
    # The lowest 20 pixels are 5.5 mm: the malleolus alone, which reaches 12 mm beyond the joint surface.
    lowest = np.flatnonzero(mask.any(axis=1))[-20:]
    tips = [np.flatnonzero(mask[lowest, a:b].any(axis=0)).mean() / (b - a) for a, b in (anterior, posterior)]
    assert tips[0] > 0.55
    assert tips[1] < 0.45


def test_tuberosity_is_left_in_the_medial_and_right_in_the_lateral_view(tibia_mesh, tmp_path):
    marked = np.full(len(tibia_mesh.points), 200.0)
    marked[np.unique(tibia_mesh.facets[tibia_mesh.regions["tuberosity"]])] = 2800.0
    _, pixels = drawn(tibia_mesh, marked, tmp_path / "map.png", limits=(0.0, 3000.0))
    mask = coloured(pixels)
    # The high end of the colour map is pale yellow, the low end dark blue.
    hot = mask & (pixels[:, :COLUMN, 0] > 180)
    _, medial, _, lateral = panels(mask)
    centres = [np.flatnonzero(hot[:, a:b].any(axis=0)).mean() / (b - a) for a, b in (medial, lateral)]
    assert centres[0] < 0.25
    assert centres[1] > 0.75


def test_colour_of_a_surface_is_the_colour_of_the_bar(even):
    from cmcrameri import cm

    expected = 255.0 * np.array(cm.lipari(0.5)[:3])
    usual = np.percentile(even[:, :COLUMN][coloured(even)], [10.0, 90.0], axis=0)
    # One step of 256 colours of the map is at most 2 of 255 in each channel.
    assert usual == pytest.approx(np.stack([expected, expected]), abs=3.0)


def test_same_limits_give_the_same_colour_for_the_same_value(tibia_mesh, even, tmp_path):
    other = np.where(tibia_mesh.points[:, 1] < 200.0, 1500.0, 2700.0)
    _, pixels = drawn(tibia_mesh, other, tmp_path / "map.png", limits=(0.0, 3000.0))
    # Rows count from above: 1050 to 1450 is y = 0 to 110 mm, 100 to 500 is y = 260 to 370 mm.
    low, high = (slice(1050, 1450), slice(0, COLUMN)), (slice(100, 500), slice(0, COLUMN))
    assert np.array_equal(pixels[low], even[low])
    assert not np.array_equal(pixels[high], even[high])


def test_limits_of_one_map_can_be_given_to_the_next(tibia_mesh, tmp_path):
    value = np.linspace(0.0, 3417.0, len(tibia_mesh.points))
    first, _ = drawn(tibia_mesh, value, tmp_path / "first.png")
    second, _ = drawn(tibia_mesh, 2.0 * value, tmp_path / "second.png", limits=first)
    assert first == second


def test_one_singular_vertex_does_not_move_the_limits(tibia_mesh, tmp_path):
    value = np.full(len(tibia_mesh.points), 1900.0)
    value[tibia_mesh.facets[0, 0]] = 1e6
    assert drawn(tibia_mesh, value, tmp_path / "map.png")[0] == (0.0, 2000.0)


def test_many_small_elements_do_not_outvote_the_area(tibia_mesh, tmp_path):
    # 600 vertices, a fifth of all, on triangles of 5e-5 mm² each: 0.01 mm² of 54 000 mm².
    tiny = tibia_mesh.points[tibia_mesh.facets[0, 0]] + 0.01 * np.tile(np.eye(3), (200, 1))
    facets = np.arange(len(tiny)).reshape(-1, 3) + len(tibia_mesh.points)
    crowded = replace(
        tibia_mesh, points=np.vstack([tibia_mesh.points, tiny]), facets=np.vstack([tibia_mesh.facets, facets])
    )
    value = np.concatenate([np.full(len(tibia_mesh.points), 1900.0), np.full(len(tiny), 1e6)])
    assert drawn(crowded, value, tmp_path / "map.png")[0] == (0.0, 2000.0)


def test_excluded_zone_is_grey_and_has_no_say_in_the_limits(tibia_mesh, even, tmp_path):
    proximal = tibia_mesh.points[:, 1] > 180.0
    value = np.where(proximal, 9e4, 950.0)
    limits, pixels = drawn(tibia_mesh, value, tmp_path / "map.png", excluded=proximal)
    assert limits == (0.0, 1000.0)
    rows = np.flatnonzero(coloured(pixels).any(axis=1))
    # One element is 22 pixels.
    assert rows.min() == pytest.approx(row_of(180.0, tibia_mesh, even), abs=25)


def test_signed_limits_are_symmetric(tibia_mesh, tmp_path):
    value = np.linspace(-1400.0, 300.0, len(tibia_mesh.points))
    low, high = drawn(tibia_mesh, value, tmp_path / "map.png", signed=True)[0]
    assert low == -high
    assert 1200.0 <= high <= 1500.0


def test_compression_alone_runs_from_its_limit_up_to_zero(tibia_mesh, tmp_path):
    value = np.full(len(tibia_mesh.points), -2900.0)
    assert drawn(tibia_mesh, value, tmp_path / "map.png")[0] == (-3000.0, 0.0)


@pytest.mark.parametrize(("direction", "view"), [((1, 0, 0), 0), ((0, 0, -1), 1), ((-1, 0, 0), 2), ((0, 0, 1), 3)])
def test_hotspot_is_ringed_in_the_view_it_faces_at_its_height(tibia_mesh, even, tmp_path, direction, view):
    value = np.full(len(tibia_mesh.points), 1500.0)
    hotspot = at(tibia_mesh, direction, 0.5)
    _, pixels = drawn(tibia_mesh, value, tmp_path / "map.png", [hotspot], limits=(0.0, 3000.0))
    changed = (pixels != even)[:, :COLUMN].any(axis=2)
    hits = [changed[:, max(a - 60, 0) : b + 60].any() for a, b in panels(coloured(even))]
    assert hits[view]
    assert not hits[(view + 2) % 4]
    row = row_of(hotspot.position[1], tibia_mesh, even)
    assert np.flatnonzero(changed.any(axis=1)).mean() == pytest.approx(row, abs=12)


def test_nan_on_the_surface_is_refused(tibia_mesh, tmp_path):
    value = np.full(len(tibia_mesh.points), 1500.0)
    value[tibia_mesh.facets[7, 1]] = np.nan
    with pytest.raises(InputError, match="strain is nan at 1 of"):
        drawn(tibia_mesh, value, tmp_path / "map.png")
    assert not (tmp_path / "map.png").exists()


def test_nan_off_the_surface_is_accepted(tibia_mesh, even, tmp_path):
    value = np.full(len(tibia_mesh.points), np.nan)
    value[np.unique(tibia_mesh.facets)] = 1500.0
    _, pixels = drawn(tibia_mesh, value, tmp_path / "map.png", limits=(0.0, 3000.0))
    assert np.array_equal(pixels, even)


def test_values_that_are_not_one_for_each_vertex_are_refused(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match="one for each vertex"):
        drawn(tibia_mesh, np.ones(len(tibia_mesh.cells)), tmp_path / "map.png")


@pytest.mark.parametrize("limits", [(3000.0, 0.0), (0.0, 0.0), (0.0, float("nan"))])
def test_limits_that_do_not_rise_are_refused(tibia_mesh, tmp_path, limits):
    with pytest.raises(InputError, match="limits of the colour bar"):
        drawn(tibia_mesh, np.ones(len(tibia_mesh.points)), tmp_path / "map.png", limits=limits)


def test_drawing_without_a_display_says_nothing():
    code = "from fea.show.offscreen import canvas\nwith canvas(64, 64) as p: p.screenshot(return_img=True)"
    # VTK warns once in a process, at its first window.
    without = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=without)
    assert (run.stdout, run.stderr) == ("", "")


def test_importing_the_room_does_not_load_the_drawing_libraries():
    code = "import sys, fea.show; print({'pyvista', 'vtkmodules', 'matplotlib'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_a_metatarsal_fills_the_page_and_its_sides_have_their_names(metatarsal_mesh, metatarsal, monkeypatch, tmp_path):
    from matplotlib.figure import Figure

    words, save = [], Figure.savefig

    def keep(figure, *args, **options):
        words.extend(text.get_text() for text in figure.axes[0].texts)
        return save(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    value = np.full(len(metatarsal_mesh.points), 1500.0)
    _, pixels = drawn(metatarsal_mesh, value, tmp_path / "map.png", sides=metatarsal.sites.sides)
    assert [word for word in words if word in metatarsal.sites.sides] == ["dorsal", "medial", "plantar", "lateral"]
    mask = coloured(pixels)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    assert len(panels(mask)) == 4
    # Either the height of the page or the width that the four views have is used up.
    assert np.ptp(rows) >= 0.85 * len(pixels) or np.ptp(columns) >= 0.85 * (1394 - 98)
    # The head, below, reaches further to plantar than to dorsal of the shaft: to the right when seen from medial.
    _, (a, b), _, _ = panels(mask)
    head = np.flatnonzero(mask[rows[-60], a:b])
    shaft = np.flatnonzero(mask[(rows[0] + rows[-1]) // 2, a:b])
    assert head.max() - shaft.max() > shaft.min() - head.min()


def test_a_logarithmic_map_spans_its_decades_from_the_worst_value_on(tibia_mesh, tmp_path):
    # Values from 1e-9 to 1e-3 along the bone; a vertex that is left out need not be positive.
    height = tibia_mesh.points[:, 1] / tibia_mesh.points[:, 1].max()
    value = 10.0 ** (-9.0 + 6.0 * np.clip(height, 0.0, 1.0))
    excluded = height > 0.95
    value[excluded] = 0.0
    look = {"decades": 4, "excluded": excluded}
    assert drawn(tibia_mesh, value, tmp_path / "a.png", **look)[0] == pytest.approx((1e-7, 1e-3))
    inverse = 1.0 / np.where(excluded, 1.0, value)
    limits, _ = drawn(tibia_mesh, inverse, tmp_path / "b.png", low_is_worst=True, **look)
    assert limits == pytest.approx((1e3, 1e7))


def test_the_worst_value_has_the_same_colour_whichever_end_it_is_at(tibia_mesh, tmp_path):
    even = np.full(len(tibia_mesh.points), 1e-3)
    pictures = [
        drawn(tibia_mesh, value, tmp_path / "map.png", decades=4, low_is_worst=low)[1][:, :COLUMN]
        for value, low in ((even, False), (1.0 / even, True))
    ]
    assert np.abs(pictures[0] - pictures[1]).mean() < 1.0


def test_nothing_that_is_not_positive_goes_onto_a_logarithmic_scale(tibia_mesh, tmp_path):
    with pytest.raises(InputError, match="above 0"):
        drawn(tibia_mesh, np.zeros(len(tibia_mesh.points)), tmp_path / "map.png", decades=3)
