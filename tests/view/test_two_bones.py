# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two bones side by side in a real browser: their difference, and a probe on places that correspond."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import Options, resolved
from fea.evaluate import solved_bone
from fea.view import design as d
from fea.view.bone import viewed
from fea.view.match import Match, matched
from tests.view.pages import Page


@pytest.fixture(scope="module")
def woman():
    """Running on the coarse tibia of a woman."""
    case = resolved("tibia_female", "running", Options(size_mm=6.0))
    return d.designed(viewed(solved_bone(case)), case)


@pytest.fixture(scope="module")
def beside(browser, viewer, running, woman):
    """A page with the tibiae of a man and of a woman."""
    with viewer("tibia", 6.0, "tibia_female") as address:
        page = Page(browser, address).rest("a", "b")
        yield page
        assert page.wrong == []
        page.close()


def carried(match: Match, values: np.ndarray) -> np.ndarray:
    return np.asarray((values[match.vertices] * match.weights).sum(axis=1))


def nearest(match: Match, vertex: int, one: d.Design, other: d.Design) -> int:
    corners, weights = match.vertices[vertex], match.weights[vertex].copy()
    outside = np.isin(corners, other.bone.outside)
    if vertex in one.bone.outside and outside.any():
        weights[~outside] = -np.inf
    return int(corners[weights.argmax()])


def test_b_minus_a_of_two_people_is_that_of_corresponding_places(beside, running, woman):
    beside.tab.get_by_role("checkbox", name="Third picture: B − A").check()
    beside.wait("Boolean(page.differencePicture?.values)")
    beside.rest("a", "b")
    tissue = (running.case.tissue, woman.case.tissue)
    match = matched(running.bone, woman.bone, tissue)
    for percent in (40, 25):  # found once, used at every instant
        asked = beside("page.matches.known.size")
        beside.slide("Time in contact", percent)
        beside.rest("a", "b")
        a, b = (d.at_frame(one, "equivalent_strain", percent) for one in (running, woman))
        step = np.ptp(np.concatenate([a, b])) / 65534
        found = beside.values("page.differencePicture")
        np.testing.assert_allclose(found, carried(match, b) - a, rtol=0, atol=4 * step)
        assert beside("page.matches.known.size") == asked == 1
    excluded = np.array(beside("Array.from(page.differencePicture.excluded)"), dtype=bool)
    corners = (woman.excluded[match.vertices] & (np.abs(match.weights) > 1e-3)).any(axis=1)
    np.testing.assert_array_equal(excluded, running.excluded | corners)
    assert excluded.sum() > running.excluded.sum()
    beside.slide("Time in contact", 40)


def test_the_probe_stands_on_the_same_place_of_both(beside, running, woman):
    tissue = (running.case.tissue, woman.case.tissue)
    ways = {"a": (running, woman), "b": (woman, running)}
    for place, other in (("a", "b"), ("b", "a")):
        one, two = ways[place]
        size = np.where(one.excluded, 0.0, d.at_frame(one, "equivalent_strain", 40))
        vertex = int(size.argmax())
        beside("([place, v]) => page.setProbe(place, v)", [place, vertex])
        beside.wait(f"page.state.probe.{other} !== null")
        beside.rest("a", "b")
        expected = nearest(matched(one.bone, two.bone, tissue), vertex, one, two)
        assert beside("page.state.probe") == {place: vertex, other: expected}
        read = beside.read(other)
        assert read["equivalent_strain"] == pytest.approx(d.probed(two, expected, 40)["equivalent_strain"], rel=1e-9)
        levels = [x.bone.anatomy.level(x.bone.points[[v]])[0] for x, v in ((one, vertex), (two, expected))]
        assert levels[0] == pytest.approx(levels[1], abs=0.02)  # half of an element of 10 mm along the shaft
    beside("page.setProbe('a', null)")
    beside.rest("a", "b")
    assert beside("page.state.probe") == {"a": None, "b": None}


def test_titles_say_which_bone_is_which(beside):
    titles = beside("['a', 'b'].map((place) => page.slots[place].picture.title)")
    assert titles[0].startswith("A: Right tibia, average man, Running")
    assert titles[1].startswith("B: Right tibia, average woman, Running")
    spoken = beside("[...document.querySelectorAll('.picture canvas')].map((one) => one.getAttribute('aria-label'))")
    assert all(spoken)
    assert all(words.startswith(title) for words, title in zip(spoken, titles, strict=False))


def test_bones_of_different_kinds_have_no_difference_and_are_shown_all_the_same(browser, viewer, running, prepared):
    with viewer("tibia", 6.0, "metatarsal2") as address:
        page = Page(browser, address).rest("a", "b")
        page.tab.get_by_role("checkbox", name="Third picture: B − A").check()
        page.wait("page.controls.differenceNote.textContent.startsWith('No B − A: a tibia and a metatarsal2 are')")
        page.rest("a", "b")
        assert not page("page.controls.differenceNote.hidden")
        assert page("page.differencePicture.holder.hidden")
        page("page.setProbe('a', 7)")
        page.tab.wait_for_timeout(300)
        assert page("page.state.probe") == {"a": 7, "b": None}
        assert page("page.slots.b.picture.values.length") > 100
        assert page.wrong == []
        page.close()
