# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from fea.bone import SectionComparison
from fea.errors import InputError
from fea.loading import SectionLoads
from fea.show import draw_sections, draw_statics

LEVELS = np.array([0.1, 0.5, 0.9])
SIDES = ("anterior", "lateral", "posterior", "medial")


@pytest.fixture
def loads():
    # 9 kN push upwards from the distal side: compression. 60 N·m about lateral, 2 N·m about the shaft.
    force = np.tile([300.0, 9000.0, -200.0], (3, 1))
    moment = np.tile([5e3, 2e3, 60e3], (3, 1))
    return SectionLoads(LEVELS, np.zeros((3, 3)), force, moment)


@pytest.fixture
def section():
    turn = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    target = {"ML width / mm": 24.0, "cortical area / mm²": 300.0}
    measured = {"ML width / mm": 24.6, "cortical area / mm²": 240.0}
    return SectionComparison(0.38, (12.0 * circle, 6.0 * circle), measured, target)


@pytest.fixture
def figures(monkeypatch):
    """Every figure that is saved, for a look at what it holds."""
    saved = []
    save = Figure.savefig

    def keep(figure, *args, **options):
        saved.append(figure)
        return save(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return saved


def line(axes, number=0):
    """What a line shows: quantity and level. Line 0 of the panels belongs to the applied loads."""
    return axes.lines[number].get_xdata(), axes.lines[number].get_ydata()


def test_compression_is_drawn_negative_in_kn_over_percent_of_length(loads, figures, tmp_path):
    draw_statics(loads, None, tmp_path / "statics.png", "tibia", SIDES)
    axial, level = line(figures[0].axes[0])
    assert axial == pytest.approx([-9.0, -9.0, -9.0])
    assert level == pytest.approx([10.0, 50.0, 90.0])


def test_moments_are_drawn_in_newton_metres_about_the_named_axes(loads, figures, tmp_path):
    draw_statics(loads, None, tmp_path / "statics.png", "tibia", SIDES)
    _, _, bending, torsion = figures[0].axes
    named = {drawn.get_label(): float(drawn.get_xdata()[0]) for drawn in bending.lines[:2]}
    assert named == pytest.approx({"sagittal": 60.0, "mediolateral": 5.0})
    assert line(torsion)[0] == pytest.approx([2.0, 2.0, 2.0])


def test_integrated_stress_stands_as_dots_beside_the_lines(loads, figures, tmp_path):
    stress = replace(loads, force=1.01 * loads.force)
    draw_statics(loads, stress, tmp_path / "statics.png", "tibia", SIDES)
    axial = figures[0].axes[0]
    assert axial.lines[1].get_marker() == "o"
    assert line(axial, 1)[0] == pytest.approx([-9.09, -9.09, -9.09])


def test_every_axis_names_its_unit(loads, figures, tmp_path):
    draw_statics(loads, loads, tmp_path / "statics.png", "tibia", SIDES)
    assert [axes.get_xlabel().split(" / ")[1] for axes in figures[0].axes] == ["kN", "kN", "N·m", "N·m"]


def test_nan_in_the_loads_is_refused(loads, tmp_path):
    broken = replace(loads, moment=np.full((3, 3), np.nan))
    with pytest.raises(InputError, match="from stress hold NaN"):
        draw_statics(loads, broken, tmp_path / "statics.png", "tibia", SIDES)


def test_sections_show_how_far_they_are_off_target_in_percent(section, figures, tmp_path):
    draw_sections([section], tmp_path / "sections.png", "tibia", SIDES)
    lower = figures[0].axes[1]
    assert [label.get_text() for label in lower.get_yticklabels()] == ["ML width", "cortical area"]
    # 24.6 / 24 is +2.5 %, inside the band of 10 %; 240 / 300 is −20 %, outside.
    inside, outside = lower.lines[1:3]
    assert inside.get_xdata() == pytest.approx([2.5])
    assert outside.get_xdata() == pytest.approx([-20.0])


def test_canal_is_open_and_lateral_points_right(section, figures, tmp_path):
    oval = section.outlines[0] * [1.0, 1.5]
    draw_sections([replace(section, outlines=(oval, section.outlines[1]))], tmp_path / "s.png", "tibia", SIDES)
    upper = figures[0].axes[0]
    bone = upper.patches[0]
    wall, canal = upper.transData.transform([(0.0, 9.0), (0.0, 0.0)])
    assert bone.contains_point(wall)
    assert np.ptp(bone.get_path().vertices, axis=0) == pytest.approx([36.0, 24.0], rel=0.01)
    rendered = np.asarray(figures[0].canvas.buffer_rgba())
    row, column = rendered.shape[0] - 1 - int(canal[1]) + 8, int(canal[0]) + 8
    assert tuple(rendered[row, column, :3]) == (255, 255, 255)


def test_sections_run_from_distal_to_proximal(section, figures, tmp_path):
    three = [replace(section, level=level) for level in (0.66, 0.14, 0.5)]
    draw_sections(three, tmp_path / "sections.png", "tibia", SIDES)
    assert [axes.get_title().split()[0] for axes in figures[0].axes[:3]] == ["14", "50", "66"]


def test_a_measure_without_target_is_refused(section, tmp_path):
    with pytest.raises(InputError, match="ML width / mm at 38 % of the length"):
        draw_sections([replace(section, target={})], tmp_path / "sections.png", "tibia", SIDES)


def test_no_section_at_all_is_refused(tmp_path):
    with pytest.raises(InputError, match="no section"):
        draw_sections([], tmp_path / "sections.png", "tibia", SIDES)
