# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run as one file: it opens without a server and says what the run says, for a left bone in the frame of its side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fea.api import run_cases
from fea.case import Options, resolved
from fea.evaluate import at_point
from fea.folders import read_run
from fea.folders.fields import EQUIVALENT_FIELD
from fea.show import chosen_limits
from fea.view import design as d
from fea.view import offline_page
from fea.view.bone import viewed
from tests.view.pages import Page


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Folder of a run of a left metatarsal."""
    place = tmp_path_factory.mktemp("offline") / "run"
    run_cases([resolved("metatarsal2", "running", Options(size_mm=2.0, side="left"))], [place])
    return place


@pytest.fixture(scope="module")
def page(folder, browser):
    """Its page in a browser."""
    file = folder / "interactive.html"
    file.write_text(offline_page(folder), encoding="utf-8")
    opened = Page(browser, file.as_uri()).rest()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def design(folder):
    """The same run, evaluated here."""
    from fea.evaluate import solved_bone

    case = read_run(folder).case
    return d.designed(viewed(solved_bone(case)), case)


def test_values_and_readings_are_those_of_python(page, design):
    page.slide("Time in contact", 55)
    page.rest()
    expected = d.at_frame(design, "equivalent_strain", 55)
    step = 0.5 * np.ptp(expected) / 65534 * 1.01
    np.testing.assert_allclose(page.values(), expected, atol=step + 1e-3)
    vertex = int(np.where(design.excluded, 0.0, expected).argmax())
    page("(v) => page.setProbe('a', v)", vertex)
    page.rest()
    assert page.read()["equivalent_strain"] == pytest.approx(expected[vertex], abs=2 * step)
    page.tab.get_by_role("checkbox", name="Largest over the contact").check()
    page.rest()
    over = d.over_contact(design, "equivalent_strain")
    assert page.read()["equivalent_strain"] == pytest.approx(over[vertex], rel=1e-4)
    page.tab.get_by_role("checkbox", name="Largest over the contact").uncheck()
    page("page.setProbe('a', null)")
    page.rest()


def test_limits_of_the_colours_are_those_of_the_map(page, folder):
    limits = chosen_limits(read_run(folder).surface(EQUIVALENT_FIELD))
    assert page("[...page.look.limits]") == pytest.approx(limits)


def test_a_left_bone_lies_as_in_the_body(page, folder, design):
    run = read_run(folder)
    assert page("page.look.sides") == list(run.sides)
    points = np.array(page("Array.from(page.slots.a.picture.mesh.points)")).reshape(-1, 3)
    np.testing.assert_allclose(points, design.bone.points * (1, 1, -1), atol=1e-4)
    # Divergence theorem: with normals outwards the volume is positive.
    triangles = np.array(page("Array.from(page.slots.a.picture.mesh.surfaces.all)")).reshape(-1, 3)
    a, b, c = points[triangles].transpose(1, 0, 2)
    assert np.einsum("ki,ki->", a, np.cross(b, c)) > 0.0


def test_hotspots_are_those_of_the_run(page, folder):
    spots = json.loads((folder / "result.json").read_text(encoding="utf-8"))["hotspots"]
    said = page.tab.locator("#spots-a").inner_text()
    assert len(page.tab.locator("#spots-a button").all()) == len(spots)
    assert all(spot["site"] in said for spot in spots)


def test_turning_cutting_and_deforming_change_the_picture_and_fetch_nothing(page):
    for act in (
        lambda: page.tab.get_by_role("button", name="dorsal", exact=True).click(),
        lambda: page.slide("Deformation", 30),
        lambda: page.tab.get_by_role("combobox", name="Cut").first.select_option("x"),
    ):
        assert page.change_after(act) > 0.002
    assert {url.split(":")[0] for url in page.requests} <= {"file", "data", "blob"}
    assert page.tab.get_by_text("Body mass").count() == 0
    assert page.wrong == []


def test_a_probe_is_typed_and_a_view_saved_without_a_server(page, folder, design):
    result = design.result
    assert page("page.probeAt(50, 90)")
    page.rest()
    point = at_point(result, 0.5, 90.0).table()  # lateral, in the frame of the left side
    expected = [point[name][0] for name in ("x_mm", "y_mm", "z_mm")]
    np.testing.assert_allclose(page("page.slots.a.picture.probeRest"), expected, atol=0.02)
    assert "lateral at 90°" in page.tab.locator("#probe-a").inner_text()
    assert page.read()["equivalent_strain"] > 0.0
    page("page.face(1)")
    page.tab.get_by_label("Name of the view").fill("lateral")
    page.tab.get_by_role("button", name="Save view").click()
    page("(page.setProbe('a', null), page.face(3))")
    page.tab.get_by_role("button", name="lateral: camera and all controls").click()
    page.rest()
    np.testing.assert_allclose(page("page.slots.a.picture.probeRest"), expected, atol=0.02)
    assert page.wrong == []
