# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Sliders of the shape in a real browser: a changed bone is that of a run, and a thinner cortex is strained more."""

from __future__ import annotations

import json
from urllib.parse import quote

import numpy as np
import pytest

from fea.case import Options, resolved
from fea.evaluate import Result, solved_bone
from fea.view import design as d
from fea.view.bone import viewed
from fea.view.match import matched
from tests.view.conftest import METATARSAL_MM
from tests.view.pages import Page


def changed(**changes: float) -> d.Design:
    """Running on the second metatarsal with these changes of its file."""
    case = resolved("metatarsal2", "running", Options(size_mm=METATARSAL_MM), changes=changes)
    return d.designed(viewed(solved_bone(case)), case)


@pytest.fixture(scope="module")
def own() -> d.Design:
    return changed()


@pytest.fixture(scope="module")
def toes(viewer, prepared):
    """Address of a viewer of the metatarsal."""
    with viewer("metatarsal2", METATARSAL_MM) as address:
        yield address


def said(page: Page, place: str = "a") -> tuple[str, float]:
    """Return the percentiles of the whole contact as the page says them, and the strain of the first hotspot."""
    told = page(f"[page.slots.{place}.summary.percentiles, page.slots.{place}.summary.hotspots[0].strain_ue]")
    assert told[0] in page.tab.locator(f"#spots-{place}").inner_text()
    return told[0], told[1]


def of(result: Result) -> tuple[str, object]:
    """Return the same of a result; with other threads the last digits differ."""
    return result.summary.percentiles, pytest.approx(result.hotspots[0].strain_ue, rel=1e-9)


def test_a_shorter_bone_is_that_of_a_run_with_the_same_change(toes, browser, own):
    page = Page(browser, toes).rest()
    assert said(page) == of(own.result)
    page.tab.locator("#panel summary", has_text="Shape").first.click()
    page.slide("Bone length", 90)
    page.wait("page.slots.a.frame.words === 'length 90 %'")
    page.rest()
    case = resolved(
        "metatarsal2", "running", Options(size_mm=METATARSAL_MM), changes={"length_mm": 0.9 * own.case.bone.length_mm}
    )
    run = Result(case, solved_bone(case))
    assert said(page) == of(run)
    assert said(page) != of(own.result)
    tall = page("(() => { const { rest } = page.slots.a.picture.mesh; return rest.high[1] - rest.low[1]; })()")
    assert tall == pytest.approx(0.9 * np.ptp(own.bone.points[:, 1]), rel=0.02)
    assert page("page.slots.a.picture.anatomy.length_mm") == pytest.approx(0.9 * own.bone.anatomy.length)
    # Sections and curves follow the changed bone, and so does a link to it.
    page.tab.get_by_role("checkbox", name="Section at a level").check()
    assert "around:" in page.tab.locator("#section-a").inner_text()
    page.tab.wait_for_timeout(600)
    other = Page(browser, page("location.href")).rest()
    assert other.tab.get_by_role("slider", name="Bone length").first.input_value() == "90"
    assert said(other) == said(page)
    page.tab.get_by_role("button", name="As opened").first.click()
    page.wait("page.slots.a.frame.words === ''")
    page.rest()
    assert said(page) == of(own.result)
    assert page.wrong == other.wrong == []
    other.close()
    page.close()


def test_b_minus_a_of_a_thinner_cortex_follows_the_section_modulus(toes, browser, own):
    page = Page(browser, toes).rest()
    page.tab.get_by_role("combobox", name="Field").first.select_option("strain_along_bone")
    page.tab.get_by_role("checkbox", name="Second design beside it").check()
    page.rest("a", "b")
    page.slide("Time in contact", 60)  # where it is bent most
    page("page.setProbe('a', 300)")
    page.slide("Cortical thickness", 80, 1)
    page.wait("page.slots.b.frame.words === 'cortical thickness 80 %'")
    page.tab.get_by_role("checkbox", name="Third picture: B − A").check()
    page.rest("a", "b")
    page.wait("Boolean(page.differencePicture?.values)")
    thin = changed(thickness_scale=0.8 * own.case.bone.thickness_scale)
    assert said(page, "b") == of(thin.result)
    assert thin.result.summary.p95_ue > 1.05 * own.result.summary.p95_ue
    # The probe of B has moved to the new mesh, to the same place.
    page.wait("page.state.probe.b !== null")
    probe = page("page.state.probe")
    level = [one.bone.anatomy.level(one.bone.points[[v]])[0] for one, v in ((own, probe["a"]), (thin, probe["b"]))]
    assert level[0] == pytest.approx(level[1], abs=0.03)
    # Beam theory: strain changes across the bone by M / (E I). Mid-shaft outside 8.97 by 10.1 mm, wall 1.8 mm dorsal
    # and plantar, 2.05 mm beside (means of the bone's file), an ellipse in an ellipse: I ∝ b a³ outside less inside.
    second_moment = [5.05 * 4.49**3 - (5.05 - k * 2.05) * (4.49 - k * 1.8) ** 3 for k in (1.0, 0.8)]
    assert second_moment[0] / second_moment[1] == pytest.approx(1.11, abs=0.005)
    a, difference = page.values(), page.values("page.differencePicture")
    points = own.bone.points
    ring = np.isin(np.arange(len(points)), own.bone.outside) & (np.abs(own.bone.anatomy.level(points) - 0.5) < 0.08)
    across = np.column_stack([np.ones(ring.sum()), points[ring][:, [0, 2]]])
    slopes = [np.linalg.lstsq(across, values[ring], rcond=None)[0][1] for values in (a, a + difference)]
    assert slopes[1] / slopes[0] == pytest.approx(second_moment[0] / second_moment[1], abs=0.015)
    match = matched(own.bone, thin.bone, (own.case.tissue, thin.case.tissue))
    b = d.at_frame(thin, "strain_along_bone", 60)
    step = np.ptp(b) / 65534
    np.testing.assert_allclose(difference, (b[match.vertices] * match.weights).sum(axis=1) - a, rtol=0, atol=4 * step)
    assert page.wrong == []
    page.close()


def test_a_link_asks_for_no_shape_beyond_the_sliders(toes, browser):
    state = {"a": {"length_percent": 1e9, "thickness_percent": "thin", "modes": [9, 9]}}
    page = Page(browser, f"{toes}#{quote(json.dumps(state))}")
    page.wait("Boolean(window.page)")
    assert page("[page.state.a.length_percent, page.state.a.thickness_percent, page.state.a.modes]") == [100, 100, []]
    page.wait("Boolean(page.slots.a.picture.head)")
    assert page("page.slots.a.frame.words") == ""
    assert "length 1000000000 (allowed: 85 to 115)" in page.tab.locator("#panel > .mistake").text_content()
    assert page.wrong == []
    page.close()


def test_a_tibia_has_sliders_of_its_modes_and_says_what_is_solved(browser, address):
    page = Page(browser, address).rest()
    labels = [page.tab.get_by_label(f"Mode {k}, {name}").count() for k, name in MODES]
    assert labels == [2] * 6  # of A and of B
    page(
        """(() => {
          const why = "solving for size +1 SD, about 10 s …";
          const head = (id) => ({ head: { id, kind: "waiting", why }, arrays: {} });
          page.source.send = ({ id }) => setTimeout(() => page.heard(head(id)));
        })()"""
    )
    page.slide("Mode 1, size", 1)
    page.wait("document.querySelector('#picture-a').classList.contains('old')")
    assert page.tab.locator("#picture-a .badge").inner_text() == "solving for size +1 SD, about 10 s …"
    assert page("page.state.a.modes") == [1, 0, 0, 0, 0, 0]
    assert page("page.state.b.modes") == [0] * 6
    page.close()


MODES = tuple(enumerate(("size", "distal girth", "robustness", "plateau width", "torsion", "shaft girth"), start=1))
