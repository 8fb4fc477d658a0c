# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A probe by level and sector reads what ``result.at_point`` reads, and curves what ``result.along_shaft`` reads."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import numpy as np
import pytest

from fea.evaluate import along_shaft, at_point
from fea.strain import equivalent, principal
from fea.view import design as d
from tests.view.pages import Page

FRAME = 40
SITES = [(38.0, "posterior"), (24.5, "posteromedial"), (66.0, "anterior"), (55.0, "lateral"), (78.3, "anteromedial")]


@pytest.fixture
def page(tab) -> Page:
    """The page at 40 % of contact without a probe; at the end nothing may have gone wrong on it."""
    tab.rest()
    tab("(page.setProbe('a', null), page.setTime(40))")
    yield tab.rest()
    assert tab.wrong == []


def put(page: Page, level: float, sector: str | None = None, direction: float | None = None) -> None:
    page.tab.get_by_label("Level of the probe").fill(str(level))
    if sector:
        page.tab.get_by_role("combobox", name="Sector").select_option(label=sector)
    else:
        page.tab.get_by_label("Direction of the probe").fill(str(direction))
    page.tab.get_by_role("button", name="Put the probe there").click()
    page.rest()


def stands(page: Page, place: str = "a") -> np.ndarray:
    """Return where the probe stands on the bone at rest, in mm."""
    return np.array(page(f"page.slots.{place}.picture.probeRest"))


@pytest.mark.parametrize(("level", "sector"), SITES)
def test_a_typed_probe_reads_what_python_reads_at_the_point(page, running, level, sector):
    put(page, level, sector)
    point = at_point(running.result, level / 100.0, sector)
    place = point.points.at(running.result.mesh, running.result.mesh.points)[0]
    # The page has the centres of the sections at 101 levels, to 0.001 mm.
    np.testing.assert_allclose(stands(page), place, atol=0.05)
    read = page.read()
    strain = point.strain[FRAME, 0]
    values = principal(strain) * 1e6
    expected = {
        "equivalent_strain": equivalent(strain, 0.3) * 1e6,
        "largest_principal_strain": values[2],
        "smallest_principal_strain": values[0],
    }
    size = np.abs(values).max()
    for name, value in expected.items():
        assert read[name] == pytest.approx(value, abs=4e-3 * size)
    told = page.tab.locator("#probe-a").inner_text()
    assert f"({level:g} % of length, {sector} at" in told


def test_the_history_of_a_typed_probe_is_that_of_the_point(page, running):
    put(page, 38, "posterior")
    page.wait("Boolean(page.slots.a.history)")
    history = page("page.slots.a.history")["values"]["smallest_principal_strain"]
    expected = at_point(running.result, 0.38, "posterior").history()["strain_principal_3_ue"]
    np.testing.assert_allclose(history, expected, atol=4e-3 * np.abs(expected).max())


def test_a_place_between_vertices_reads_tensors_that_are_linear(running):
    # Between two vertices with opposite strain along one axis the equivalent strain has a minimum, not a mean.
    corners, weights = running.bone.outside[500], np.array([0.2, 0.5, 0.3])
    at = {"a": d.Place(corners, weights), "b": d.Place(corners[[0, 0, 0]], weights)}
    mixed = d.probed(running, at["a"], FRAME)
    along = [d.probed(running, int(v), FRAME)["strain_along_bone"] for v in corners]
    assert mixed["strain_along_bone"] == pytest.approx(weights @ along, rel=1e-9)
    sizes = [d.probed(running, int(v), FRAME)["equivalent_strain"] for v in corners]
    assert mixed["equivalent_strain"] <= weights @ sizes * (1.0 + 1e-12)  # a norm is convex
    alone = d.probed(running, int(corners[0]), FRAME)
    assert d.probed(running, at["b"], FRAME) == pytest.approx(alone, rel=1e-9)


def test_a_click_is_told_by_level_and_direction_and_fills_the_inputs(page, running):
    vertex = int(running.bone.outside[300, 0])
    page("(v) => page.setProbe('a', v)", vertex)
    page.rest()
    anatomy, point = running.bone.anatomy, running.bone.points[[vertex]]
    level, direction = 100.0 * anatomy.level(point)[0], anatomy.direction(point)[0]
    assert float(page.tab.get_by_label("Level of the probe").input_value()) == pytest.approx(level, abs=0.051)
    assert float(page.tab.get_by_label("Direction of the probe").input_value()) == pytest.approx(direction, abs=0.6)
    told = page.tab.locator("#probe-a").inner_text().replace("−", "-")
    (name, said) = re.search(r"% of length, (\w+) at (-?[\d.]+)°", told).groups()
    assert name == anatomy.sector(point)[0]
    assert float(said) == pytest.approx(direction, abs=0.6)


def test_a_direction_in_degrees_is_between_the_sectors(page, running):
    put(page, 50, direction=-20)
    point = at_point(running.result, 0.5, -20.0)
    np.testing.assert_allclose(
        stands(page), point.points.at(running.result.mesh, running.result.mesh.points)[0], atol=0.05
    )


@pytest.mark.parametrize(("level", "direction", "said"), [(120, 0, "0 to 100 %"), (50, 400, "-360 to 360 °")])
def test_what_is_out_of_range_is_told_and_moves_nothing(page, level, direction, said):
    page.tab.get_by_label("Level of the probe").fill(str(level))
    page.tab.get_by_label("Direction of the probe").fill(str(direction))
    page.tab.get_by_role("button", name="Put the probe there").click()
    assert page.tab.get_by_text(f"{said}", exact=False).first.is_visible()
    assert page("page.state.probe.a") is None
    for name, value in (("Level", 50), ("Direction", 0)):
        page.tab.get_by_label(f"{name} of the probe").fill(str(value))


def test_a_typed_probe_comes_back_in_the_link_and_stands_on_both_bones(page, browser, running):
    put(page, 38, "medial")
    page.tab.wait_for_timeout(600)
    again = Page(browser, page("location.href")).rest()
    np.testing.assert_allclose(stands(again), stands(page), atol=1e-6)
    again.tab.get_by_role("checkbox", name="Second design beside it").check()
    again.rest("a", "b")
    np.testing.assert_allclose(stands(again, "b"), stands(page), atol=1e-6)
    assert again.read("b") == pytest.approx(again.read("a"))
    assert again.wrong == []
    again.close()
    odd = Page(browser, f"{page('location.href').split('#')[0]}#{quote(json.dumps({'typed': [1e9, 'x']}))}").rest()
    assert odd("page.state.typed") is None
    odd.close()


_ALONG = """async (angle) => {
  const { along } = await import("./sections.js");
  const { mesh, values } = page.slots.a.picture;
  const { x, y } = along(mesh, values, (v) => mesh.excluded[v] === 1, page.boneOf('a'), angle);
  return [x, y.map((one) => (Number.isFinite(one) ? one : null))];
}"""


@pytest.mark.parametrize(("sector", "angle"), [("posterior", -180), ("lateral", 90), ("anteromedial", -45)])
def test_a_curve_along_the_shaft_follows_the_sector_of_python(page, running, sector, angle):
    page.tab.get_by_role("combobox", name="Field").first.select_option("strain_along_bone")
    page.rest()
    levels, values = (np.array(one, dtype=float) for one in page(_ALONG, angle))
    page.tab.get_by_role("combobox", name="Field").first.select_option("equivalent_strain")
    reading = along_shaft(running.result, sector, levels / 100.0)
    expected = reading.strain[FRAME][:, 1, 1] * 1e6  # linear between vertices, as what the page draws
    both = np.isfinite(values) & ~reading.excluded
    assert both.sum() > 50
    away = np.abs(values - expected)[both] / np.nanmax(np.abs(expected))
    assert np.percentile(away, 90) < 2e-3
