# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page in a real browser: each control changes what it says, and the numbers on the page are those of Python."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from fea.case import DAYS, Plan, read_fatigue
from fea.evaluate import Result, predicted, under_plan
from fea.risk import RiskSettings
from fea.view import design as d
from fea.view.design_controls import Offered, case_of, controls_of
from fea.view.risk import risk_field
from tests.view.pages import Page
from tests.view.proxy import PATH, proxied

FRAME = 40
PICTURE = "page.slots.a.picture"
SHARP = "(() => { page.state.axis = 'none'; page.state.amplitude = 0; page.setLook(); page.face(3); })()"


@pytest.fixture
def page(tab, address) -> Page:
    """The page as it is when it has just been opened; at the end nothing may have gone wrong on it."""
    tab.tab.goto("about:blank")
    tab.tab.goto(address)
    return tab.rest()


@pytest.fixture
def hottest(running) -> int:
    """Vertex of the largest equivalent strain that is evaluated, on the outer surface."""
    size = np.where(running.excluded, 0.0, d.at_frame(running, "equivalent_strain", FRAME))
    outside = np.unique(running.bone.outside)
    return int(outside[size[outside].argmax()])


def half_step(values: np.ndarray) -> float:
    return 0.5 * np.ptp(values) / 65534 * (1 + 1e-3) + 1e-6 * np.abs(values).max()


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("field", ["equivalent_strain", "stress_along_bone", "strain_energy_density", "displacement"])
def test_values_on_the_page_are_those_of_python_to_half_a_step(page, running, field):
    page.tab.get_by_role("combobox", name="Field").first.select_option(field)
    page.slide("Time in contact", 60)
    page.rest()
    expected = d.at_frame(running, field, 60)
    np.testing.assert_allclose(page.values(), expected, rtol=0, atol=half_step(expected))
    page.tab.get_by_role("combobox", name="Field").first.select_option("equivalent_strain")
    page.slide("Time in contact", 40)
    page.rest()


def test_the_probe_follows_time_mass_speed_shoe_and_field(page, running, hottest):
    offered = Offered({"running": running.case})
    asked = controls_of(running.case)
    page("(v) => page.setProbe('a', v)", hottest)

    def says(design, frame):
        page.rest()
        expected = d.probed(design, hottest, frame)
        read = page.read()
        assert len(read) >= 6
        assert read == pytest.approx({name: expected[name] for name in read}, rel=1e-9)

    says(running, 40)
    page.slide("Time in contact", 0)
    says(running, 0)
    page.slide("Time in contact", 55)
    page.slide("Body mass", 100)
    heavy = replace(asked, body_mass_kg=100.0)
    says(d.designed(running.bone, case_of(offered, heavy)), 55)
    page.slide("Speed", 3.0)
    page.tab.get_by_role("combobox", name="Footwear").first.select_option("minimal")
    fast = replace(heavy, demand=3.0, step_rate_per_min=None, footwear="minimal")
    says(d.designed(running.bone, case_of(offered, fast)), 55)
    page.tab.get_by_role("combobox", name="Field").first.select_option("stress_along_bone")
    page.rest()
    assert "stress_along_bone" in page.read()
    page.tab.get_by_role("checkbox", name="Largest over the contact").check()
    says(d.designed(running.bone, case_of(offered, fast)), None)
    page.tab.get_by_role("checkbox", name="Largest over the contact").uncheck()
    page.tab.get_by_role("combobox", name="Field").first.select_option("equivalent_strain")
    page.tab.get_by_role("combobox", name="Footwear").first.select_option("conventional")
    page.slide("Speed", 4.0)
    page.slide("Body mass", 70)
    page.slide("Time in contact", 40)
    says(running, 40)


def test_the_history_of_the_probe_is_that_of_python_with_a_mark_at_the_time(page, running, hottest):
    page("(v) => page.setProbe('a', v)", hottest)
    page.wait("Boolean(page.slots.a.history)")
    page.rest()
    history = page("page.slots.a.history")
    expected = d.history_at(running, ["equivalent_strain"], hottest)["equivalent_strain"]
    np.testing.assert_allclose(history["values"]["equivalent_strain"], expected, rtol=1e-12)
    for percent in (20, 40):
        page.slide("Time in contact", percent)
        page.rest()
        assert float(page.tab.locator("#probe-a .mark").get_attribute("data-x")) == percent


def test_the_query_finds_the_largest_value_that_is_shown(page, running):
    page.tab.get_by_role("button", name="Largest value").click()
    page.rest()
    size = np.where(running.excluded, 0.0, d.at_frame(running, "equivalent_strain", FRAME))
    shown = np.unique(running.bone.facets)
    assert page("page.state.probe.a") == shown[size[shown].argmax()]
    page.tab.get_by_role("button", name="Remove the probe").click()
    page.rest()
    assert page.read() == {}
    page(SHARP)


# ---------------------------------------------------------------- places


def test_a_click_on_the_mark_of_the_probe_reads_the_same_vertex(page, hottest):
    page("(v) => page.flyTo(page.slots.a.picture, v)", hottest)
    page("(v) => page.setProbe('a', v)", hottest)
    page.rest()
    x, y = (float(page.tab.locator("#picture-a .cross").get_attribute(f"data-{name}")) for name in "xy")
    page("page.setProbe('a', null)")
    box = page.tab.locator("#picture-a canvas").bounding_box()
    page.tab.mouse.click(box["x"] + x, box["y"] + y)
    page.rest()
    assert page("page.state.probe.a") == hottest
    page("page.setProbe('a', null)")
    page(SHARP)


@pytest.mark.parametrize(("amplitude", "axis"), [(0, "none"), (20, "none"), (0, "x"), (20, "z"), (10, "y")])
def test_picks_are_those_of_ray_tracing(page, running, amplitude, axis):
    pv = pytest.importorskip("pyvista")
    bone, share = running.bone, 0.45
    page(
        "(given) => { Object.assign(page.state, given); page.setLook(); page.again(); }",
        {"amplitude": amplitude, "axis": axis, "share": 45},
    )
    page.rest()
    chance = np.random.default_rng(1)
    grid = pv.UnstructuredGrid({pv.CellType.TETRA: bone.cells}, bone.points)
    grid["rest"], grid["moved"] = bone.points, d.displaced(running, FRAME)
    if axis != "none":
        number = "xyz".index(axis)
        origin, normal = np.zeros(3), np.eye(3)[number]
        origin[number] = bone.points[:, number].min() + share * np.ptp(bone.points[:, number])
        grid = grid.clip(normal=normal, origin=origin, invert=False)
    grid.points = np.asarray(grid.points) + amplitude * np.asarray(grid["moved"])
    surface = grid.extract_surface(algorithm="dataset_surface").triangulate()
    corners, rest = surface.faces.reshape(-1, 4)[:, 1:], np.asarray(surface["rest"])
    hits = disagree = 0
    for turn, tilt in ((0.3, 0.1), (2.6, -0.4)):
        page("([turn, tilt]) => { Object.assign(page.look.camera, { turn, tilt }); page.fit(); }", [turn, tilt])
        page.rest()
        steps = chance.uniform((-150, -252), (150, 268), (40, 2))
        found = page(_PICKED, steps.tolist())
        rows, focus, half, height = (np.array(found[k]) for k in ("rows", "focus", "half", "height"))
        for (right, down), picked in zip(steps, found["picks"], strict=True):
            at = focus + 2 * half / height * (right * rows[0] - down * rows[1])
            points, cells = surface.ray_trace(at + 2000 * rows[2], at - 2000 * rows[2])
            if (len(points) == 0) != (picked is None):
                disagree += 1  # a ray along an edge
                continue
            if picked is None:
                continue
            near = np.argmax(points @ rows[2])
            three = corners[cells[near]]
            place = np.vstack([np.asarray(surface.points)[three].T, np.ones(3)])
            weights = np.linalg.lstsq(place, np.append(points[near], 1.0), rcond=None)[0]
            hits += 1
            np.testing.assert_allclose(picked, weights @ rest[three], atol=0.05)
    assert hits >= 8
    assert disagree <= 2
    page(SHARP)
    page.rest()


_PICKED = """(steps) => {
  const picture = page.slots.a.picture;
  picture.moving = false;
  picture.draw();
  const { mesh, screen, canvas } = picture;
  const at = ([a, b, t], j) => mesh.points[3 * a + j] + t * (mesh.points[3 * b + j] - mesh.points[3 * a + j]);
  const rest = ({ ends, weights }) => [0, 1, 2].map((j) => ends.reduce((sum, e, k) => sum + weights[k] * at(e, j), 0));
  const { rows, focus, half } = page.look.camera;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [x, y] = picture.project(focus, width, height);
  const found = steps.map(([right, down]) => mesh.pick(screen, x + right, y + down));
  const picks = found.map((one) => one && rest(one));
  return { picks, rows, focus, half, height };
}"""


def test_the_area_of_a_cut_face_is_that_of_the_section(page, running):
    pv = pytest.importorskip("pyvista")
    bone = running.bone
    page("(() => { Object.assign(page.state, { axis: 'y', share: 50 }); page.setLook(); })()")
    page.rest()
    area = page(
        """(() => { const { mesh } = page.slots.a.picture;
        const at = ([a, b, t], j) => mesh.points[3 * a + j] + t * (mesh.points[3 * b + j] - mesh.points[3 * a + j]);
        let sum = 0;
        for (let q = 0; q < mesh.cap.length; q += 3) {
          const [[ax, az], [bx, bz], [cx, cz]] = mesh.cap.slice(q, q + 3).map((e) => [at(e, 0), at(e, 2)]);
          sum += Math.abs((bx - ax) * (cz - az) - (cx - ax) * (bz - az)) / 2;
        }
        return sum; })()"""
    )
    middle = (bone.points[:, 1].min() + bone.points[:, 1].max()) / 2
    grid = pv.UnstructuredGrid({pv.CellType.TETRA: bone.cells}, bone.points)
    assert area == pytest.approx(grid.slice("y", origin=(0, middle, 0)).area, rel=1e-3)
    kept = page(
        """(() => { const { shell: s, points } = page.slots.a.picture.mesh; const y = (v) => points[3 * v + 1];
        return Array.from(s.index, (i) => y(s.vertex[i]) + s.share[i] * (y(s.other[i]) - y(s.vertex[i]))); })()"""
    )
    assert min(kept) == pytest.approx(middle, abs=1e-3)
    page(SHARP)


def test_no_deformation_is_cut_open_and_all_of_it_is_seen_when_fitted(page):
    page("(() => { page.state.amplitude = 50; page.setLook(); page.again(); })()")
    page.rest()
    page("page.fit()")
    page.rest()
    ends = page(
        """(() => { const { matrix: m, mesh } = page.slots.a.picture; const p = mesh.placed; const out = [];
        for (let i = 0; i < p.length; i += 3)
          for (let k = 0; k < 3; k++)
            out.push(Math.abs(m[k] * p[i] + m[4 + k] * p[i + 1] + m[8 + k] * p[i + 2] + m[12 + k]));
        return out.reduce((a, b) => Math.max(a, b)); })()"""
    )
    assert 0.5 < ends <= 1.0
    assert page.tab.locator("#picture-a .outline path").get_attribute("d").count("M") > 50
    page(SHARP)
    page.rest()
    assert page.tab.locator("#picture-a .outline path").count() == 0


def test_plates_stand_beside_the_bone_and_leave_the_hotspots_to_be_seen(page):
    for side in range(4):
        page("(side) => page.face(side)", side)
        page.rest()
        for spot in page.tab.locator("#picture-a .spot").all():
            ring, _, plate = (
                {name: float(one.get_attribute(name)) for name in ("cx", "cy", "r")}
                for one in spot.locator("circle").all()
            )
            away = np.hypot(ring["cx"] - plate["cx"], ring["cy"] - plate["cy"])
            assert away > ring["r"] + plate["r"]
            assert (
                page(
                    "([x, y]) => page.slots.a.picture.mesh.pick(page.slots.a.picture.screen, x, y)",
                    [plate["cx"], plate["cy"]],
                )
                is None
            )
    page(SHARP)


def test_a_hotspot_is_flown_to_at_its_instant(page, running):
    spot = d.contact_summary(running).hotspots[0]
    page.tab.locator("#spots-a button").first.click()
    page.rest()
    vertex = page("page.slots.a.spots[0].vertex")
    x, y = page("(v) => [page.slots.a.picture.screen.x[v], page.slots.a.picture.screen.y[v]]", vertex)
    left, right, top, bottom = (page(f"{PICTURE}.plan.bone.{end}") for end in ("left", "right", "top", "bottom"))
    assert (x, y) == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=2)
    span = running.history.time_s[-1] - running.history.time_s[0]
    assert page("page.state.percent") == round(100 * (spot.time_s - running.history.time_s[0]) / span)
    assert spot.site in page.tab.locator("#spots-a button").first.inner_text()
    page.slide("Time in contact", 40)
    page(SHARP)
    page.rest()


# ---------------------------------------------------------------- looks


def test_the_bone_is_shown_in_colours_and_smooth_at_rest(page):
    shown = page.shot("#picture-a canvas")
    coloured = (shown.max(axis=2) - shown.min(axis=2)) > 20
    assert 0.01 < coloured.mean() < 0.5
    ratio = page("page.slots.a.picture.canvas.width / page.slots.a.picture.canvas.clientWidth")
    assert ratio == 2  # four samples a pixel


def test_the_legend_stands_in_the_picture_with_field_unit_and_ticks(page):
    said = page.tab.locator("#picture-a .legend").text_content()
    assert "equivalent strain / µε" in said
    low, high = page("page.look.limits")
    ticks = [float(t.get_attribute("data-value")) for t in page.tab.locator("#picture-a .tick").all()]
    assert ticks[0] == low
    assert ticks[-1] <= high
    assert len(ticks) >= 4
    assert page("page.slots.a.picture.canvas.getAttribute('aria-label')").startswith("Running")


def test_limits_that_are_kept_stay_and_can_be_typed(page, running):
    page.tab.get_by_role("checkbox", name="Keep these colour limits").check()
    before = page("[...page.look.limits]")
    page.slide("Body mass", 110)
    page.rest()
    assert page("[...page.look.limits]") == before
    page.tab.get_by_role("spinbutton", name="colours to").fill("3000")
    page.tab.get_by_role("spinbutton", name="colours to").blur()
    page.rest()
    assert page("[...page.look.limits]") == [0, 3000]
    page.tab.get_by_role("checkbox", name="Keep these colour limits").uncheck()
    page.slide("Body mass", 70)
    page.rest()
    assert page("[...page.look.limits]") == list(d.colour_limits(running, "equivalent_strain"))


def test_bands_are_few_colours(page):
    def colours() -> int:
        pixels = page.shot("#picture-a canvas").reshape(-1, 3)
        return len(np.unique(pixels[np.ptp(pixels, axis=1) > 20], axis=0))

    many = colours()
    assert page.change_after(lambda: page.tab.get_by_role("combobox", name="Colours").first.select_option("6")) > 0.002
    assert colours() < many
    page.tab.get_by_role("combobox", name="Colours").first.select_option("0")


@pytest.mark.parametrize("part", ["cortical", "cancellous"])
def test_one_tissue_alone_can_be_shown(page, part):
    page("(() => { Object.assign(page.state, { axis: 'z', share: 50 }); page.setLook(); page.face(3); })()")
    page.rest()
    assert (
        page.change_after(lambda: page.tab.get_by_role("combobox", name="Tissue shown").first.select_option(part))
        > 0.005
    )
    page.tab.get_by_role("combobox", name="Tissue shown").first.select_option("all")
    page.rest()


def test_six_sides_and_keys_turn_the_bone(page):
    page.tab.get_by_role("button", name="proximal", exact=True).click()
    assert page("page.look.camera.rows[2]") == pytest.approx([0, 1, 0], abs=1e-6)
    canvas = page.tab.locator("#picture-a canvas")
    canvas.focus()
    for key, towards in (("1", [1, 0, 0]), ("2", [0, 0, 1]), ("4", [0, 0, -1])):
        canvas.press(key)
        assert page("page.look.camera.rows[2]") == pytest.approx(towards, abs=1e-6)
    half = page("page.look.camera.half")
    canvas.press("+")
    assert page("page.look.camera.half") < half
    canvas.press("f")
    canvas.press("ArrowLeft")
    assert page("page.look.camera.rows[2]") != pytest.approx([0, 0, -1], abs=1e-3)
    canvas.press(".")
    assert page("page.state.percent") == 41
    canvas.press(",")
    page(SHARP)
    page.rest()


def test_dragging_turns_and_sends_nothing(page):
    box = page.tab.locator("#picture-a canvas").bounding_box()
    asked = page("page.number")
    before = page("page.look.camera.turn")
    page.tab.mouse.move(box["x"] + 300, box["y"] + 300)
    page.tab.mouse.down()
    page.tab.mouse.move(box["x"] + 400, box["y"] + 320, steps=5)
    page.tab.mouse.up()
    assert page("page.look.camera.turn") != before
    assert page("page.number") == asked
    page(SHARP)


def test_what_is_being_computed_is_marked_as_old(page):
    page(
        """(() => { const { source } = page; Object.assign(source, { kept: source.send, held: [] });
        source.send = (q) => source.held.push(q); })()"""
    )
    page.slide("Body mass", 90)
    page.wait("document.querySelector('#picture-a').classList.contains('old')")
    assert page.tab.locator("#picture-a .badge").inner_text() == "computing …"
    assert page.tab.locator("#spots-a.aged").count() == 1
    page("(() => { page.source.send = page.source.kept; page.source.held.forEach((q) => page.source.send(q)); })()")
    page.rest()
    assert page.tab.locator("#picture-a.old").count() == 0
    assert page.tab.locator("#spots-a.aged").count() == 0
    page.slide("Body mass", 70)
    page.rest()


# ---------------------------------------------------------------- risk


def planned(case, solved, contacts, days):
    """Return the prediction of a plan whose every day has so many contacts of a case."""
    distance = contacts / Result(case, solved).exposure.cycles_per_km
    session = {"activity": case.activity.name, "days": DAYS, "distance_km": distance}
    table = {"schema": 1, "kind": "plan", "name": "daily", "title": "Daily", "sources": {"plan": "none"}}
    plan = Plan.model_validate({**table, "blocks": [{"weeks": (1, -(-days // 7)), "sessions": [session]}]})
    return predicted(under_plan(case, plan, read_fatigue(), RiskSettings(sensitivity=0)), solved)


def told_share(page, place="a"):
    """Wait for the share of people that the page tells, and return it."""
    page.wait(f"page.slots.{place}.oldRisk === false")
    return float(page.tab.locator(f"#risk [data-place={place}]").get_attribute("data-share"))


def test_the_share_of_people_with_a_fracture_is_that_of_the_plan_of_such_days(page, running):
    page.slide("Contacts of one leg a day", 1500)
    plan = planned(running.case, running.bone.solved(), 1500, 140)
    page.rest()
    told_share(page)
    asked = page("page.number")
    for days in (140, 10):
        page.slide("Days in a row", days)
        assert told_share(page) == pytest.approx(plan.share[days - 1], rel=1e-9)
    assert page("page.number") == asked, "days need no question of their own"
    page.slide("Days in a row", 140)
    page.rest()
    said = plan.headline
    assert said in page.tab.locator("#risk").inner_text()
    assert said in page.tab.locator("#picture-a .title").text_content()


def test_two_shoes_have_the_ratio_of_their_plans(page, running):
    page.tab.get_by_role("checkbox", name="Second design beside it").check()
    page.rest("a", "b")
    page.tab.get_by_role("combobox", name="Footwear").nth(1).select_option("minimal")
    page.slide("Contacts of one leg a day", 2000)
    page.slide("Days in a row", 98)
    page.rest("a", "b")
    offered, asked = Offered({"running": running.case}), controls_of(running.case)
    minimal = case_of(offered, replace(asked, footwear="minimal"))
    a, b = (planned(case, running.bone.solved(), 2000, 98).share[-1] for case in (running.case, minimal))
    assert (told_share(page, "a"), told_share(page, "b")) == pytest.approx((a, b), rel=1e-9)
    page.wait("Boolean(document.getElementById('risk-ratio'))")
    assert float(page.tab.locator("#risk-ratio").get_attribute("data-ratio")) == pytest.approx(b / a, rel=1e-9)


def test_risk_is_marked_as_computed_while_the_load_moves_and_can_be_left_out(page, running):
    told_share(page)
    page.tab.get_by_label("Body mass").first.evaluate("(e) => { e.value = 90; e.dispatchEvent(new Event('input')); }")
    assert "being computed" in page.tab.locator("#risk").inner_text()
    page.slide("Body mass", 90)
    page.rest()
    heavy = case_of(Offered({"running": running.case}), replace(controls_of(running.case), body_mass_kg=90.0))
    assert told_share(page) == pytest.approx(planned(heavy, running.bone.solved(), 2000, 105).share[99], rel=1e-9)
    page.tab.get_by_role("checkbox", name="Stress fractures after days of this").uncheck()
    assert page.tab.locator("#risk").count() == 0
    page.rest()
    assert "break" not in page.tab.locator("#picture-a .title").text_content()


@pytest.mark.parametrize("field", ["damage_after_days", "fracture_density"])
def test_maps_of_risk_are_those_of_python_and_follow_days_and_contacts(page, running, field):
    page.tab.get_by_role("combobox", name="Field").first.select_option(field)
    page.rest()
    for contacts, days in ((2000, 100), (4000, 30)):
        page.slide("Contacts of one leg a day", contacts)
        page.slide("Days in a row", days)
        page.rest()
        expected = risk_field(running, field, contacts, days)
        expected = np.log10(expected) if field == "damage_after_days" else expected
        known = np.isfinite(expected)
        np.testing.assert_allclose(page.values()[known], expected[known], atol=half_step(expected[known]))
        assert np.isnan(page.values()[~known]).all()
        assert f"{days} days of {contacts} contacts" in page.tab.locator("#picture-a .title").text_content()


def test_a_probe_in_a_hotspot_names_its_strain(page, running):
    spot, vertex = d.contact_summary(running).hotspots[0], d.contact_summary(running).within[0][0]
    page("(v) => page.setProbe('a', v)", int(vertex))
    page.rest()
    assert f"in hotspot 1, mean of its hotter half at its peak: −{-spot.strain_ue:.0f} µε" in (
        page.tab.locator("#probe-a").inner_text()
    )
    assert d.contact_summary(running).strain.percentiles in page.tab.locator("#spots-a").inner_text()


def test_days_to_failure_are_those_of_python(page, running):
    page.tab.get_by_role("combobox", name="Field").first.select_option("days_to_failure")
    page.slide("Contacts of one leg a day", 5000)
    page.rest()
    expected = np.log10(risk_field(running, "days_to_failure", 5000.0, 1))
    known = np.isfinite(expected)
    np.testing.assert_allclose(page.values()[known], expected[known], atol=half_step(expected[known]))
    assert np.isnan(page.values()[~known]).all()
    page.slide("Contacts of one leg a day", 10000)
    page.rest()
    np.testing.assert_allclose(page.values()[known], expected[known] - np.log10(2.0), atol=1e-3)
    page.slide("Contacts of one leg a day", 5000)
    page.tab.get_by_role("combobox", name="Field").first.select_option("equivalent_strain")
    page.rest()


# ---------------------------------------------------------------- two designs, two people, saving


def test_b_minus_a_is_the_difference_of_the_two(page, running):
    page.tab.get_by_role("checkbox", name="Second design beside it").check()
    page.rest("a", "b")
    page.slide("Body mass", 84, 1)
    page.tab.get_by_role("checkbox", name="Third picture: B − A").check()
    page.rest("a", "b")
    page.wait("Boolean(page.differencePicture.values)")
    a, b, c = (page.values(p) for p in (PICTURE, "page.slots.b.picture", "page.differencePicture"))
    expected = d.at_frame(running, "equivalent_strain", FRAME)
    np.testing.assert_allclose(c, b - a, atol=1e-3)
    np.testing.assert_allclose(c, 0.2 * expected, atol=2.5 * half_step(expected))  # 84 kg are 1.2 times 70
    assert "A: " in page.tab.locator("#picture-a .title").text_content()
    assert "B: " in page.tab.locator("#picture-b .title").text_content()
    page("page.setProbe('b', 7)")
    page.rest("a", "b")
    assert page("page.state.probe") == {"a": 7, "b": 7}
    page("page.setProbe('b', null)")
    page.tab.get_by_role("checkbox", name="Second design beside it").uncheck()
    page.rest()


def test_each_page_has_a_state_of_its_own(page, browser, address, running):
    other = Page(browser, address).rest()
    other.slide("Body mass", 105)
    other.slide("Time in contact", 10)
    other.rest()
    assert page("[page.state.a.body_mass_kg, page.state.percent]") == [70, 40]
    np.testing.assert_allclose(other.values(), 1.5 * d.at_frame(running, "equivalent_strain", 10), rtol=2e-3, atol=0.2)
    link = other("(page.remember(), location.href)")
    other.tab.wait_for_timeout(600)
    link = other("location.href")
    assert json.loads(unquote(urlsplit(link).fragment))["a"]["body_mass_kg"] == 105
    third = Page(browser, link).rest()
    assert third("[page.state.a.body_mass_kg, page.state.percent]") == [105, 10]
    assert third.tab.get_by_label("Body mass").first.input_value() == "105"
    np.testing.assert_array_equal(third.values(), other.values())
    assert other.wrong == third.wrong == []
    other.close()
    third.close()


@pytest.mark.parametrize(
    "words", ["%7B", "{}", "[1]", '{"a":{"bone":99,"activity":7},"field":"x","percent":"y","probe":5}']
)
def test_an_odd_link_opens_the_page_all_the_same(browser, address, words):
    other = Page(browser, f"{address}#{words}")
    other.wait("Boolean(window.page?.slots.a.picture)")
    other.tab.wait_for_timeout(300)
    assert other.wrong == []
    other.close()


def test_on_a_phone_all_is_stacked_and_the_bone_stays_in_sight(browser, address):
    phone = Page(browser, address, 390, 844).rest()
    assert phone("document.documentElement.scrollWidth") <= 390
    tall = phone("(() => { const { y } = page.slots.a.picture.screen; return Math.max(...y) - Math.min(...y); })()")
    assert tall > 0.35 * 844
    assert phone("document.querySelector('#panel').getBoundingClientRect().width") <= 390
    for label in ("Time in contact", "Body mass", "Curve along the shaft"):
        slider = phone.tab.get_by_label(label).first
        slider.scroll_into_view_if_needed()
        picture, control = phone.tab.locator("#picture-a").bounding_box(), slider.bounding_box()
        assert picture["y"] == 0
        assert picture["height"] <= control["y"] < 844 - 0.5 * control["height"]
    phone.close()


def test_the_title_of_a_narrow_picture_is_broken_into_lines_that_it_holds(browser, address):
    narrow = Page(browser, address, 360, 700).rest()
    narrow("page.slots.a.picture.title = 'A: Running, rearfoot strike, 4 m/s, minimal shoe, with a backpack of 20 kg'")
    narrow("page.slots.a.picture.draw()")
    edge = narrow.tab.locator("#picture-a").bounding_box()
    lines = narrow.tab.locator("#picture-a .title text").all()
    assert len(lines) >= 2
    assert all(box["x"] + box["width"] <= edge["x"] + edge["width"] for box in (one.bounding_box() for one in lines))
    narrow.close()


def test_a_group_of_controls_folds_away_and_comes_back(page):
    title, slider = page.tab.locator("summary", has_text="Time"), page.tab.get_by_label("Time in contact")
    for visible in (False, True):
        title.click()
        assert slider.is_visible() is visible


def test_all_that_is_loaded_comes_from_the_own_address_and_nothing_went_wrong(page, address):
    place = urlsplit(address)
    assert {urlsplit(r).netloc for r in page.requests if not r.startswith(("data:", "blob:"))} == {place.netloc}
    assert page.wrong == []


# ---------------------------------------------------------------- other bones and ways


def test_a_bone_prepared_for_all_tissues_answers_the_slider_at_once(prepared, viewer, browser):
    with viewer("metatarsal2", 2.0) as address:
        page = Page(browser, address).rest()
        page.slide("Bone density, T-score", -2)
        page.wait("page.slots.a.frame.note.startsWith('T-score −2: combined from solved bones')")
        page.rest()
        page.tab.get_by_role("checkbox", name="Second design beside it").check()
        page.rest("a", "b")
        page.slide("Bone density, T-score", -1.5, 1)
        page.slide("Bone density, T-score", 0, 0)
        page.wait("page.slots.b.frame.words.includes('1.5')")
        page.rest("a", "b")
        titles = [page.tab.locator(f"#picture-{place} .title").text_content() for place in "ab"]
        assert ["T-score" in title for title in titles] == [False, True]  # that of A is as the bone was opened
        assert titles[1].endswith(" ms, T-score −1.5")
        assert not page.wrong
        page.close()


def test_the_page_works_behind_a_proxy_that_has_a_path_and_a_name_of_its_own(prepared, viewer, browser):
    with socket.create_server(("127.0.0.1", 0)) as door:
        name = f"localhost:{door.getsockname()[1]}"
        with viewer("metatarsal2", 2.0, "--allow-host", name) as address:
            target, path = address[: address.index("/", 8) + 1], address[address.index("/", 8) + 1 :]
            with proxied(door, target):
                page = Page(browser, f"http://{name}{PATH}{path}").rest()
                assert page.change_after(lambda: page.slide("Time in contact", 0)) > 0.002
                assert page.wrong == []
                page.close()


# ---------------------------------------------------------------- curves, own files


def test_a_section_is_that_of_the_surface(page, running):
    pv = pytest.importorskip("pyvista")
    bone = running.bone
    page.tab.get_by_role("checkbox", name="Section at a level").check()
    page.rest()
    size = d.at_frame(running, "equivalent_strain", FRAME)
    faces = np.column_stack([np.full(len(bone.outside), 3), bone.outside]).ravel()
    surface = pv.PolyData(bone.points, faces)
    surface["size"], surface["gone"] = size, running.excluded.astype(float)
    for level in (0.25, 0.38, 0.66):
        page.slide("Level of the section", 100 * level)
        edge = surface.slice("y", origin=(0.0, level * bone.anatomy.length, 0.0))
        told = page.tab.locator("#section-a").inner_text()
        low, high = (f"{value:.4g}" for value in (edge["size"].min(), edge["size"].max()))
        assert f"around: {low} µε to {high} µε" in told
    page.tab.get_by_role("checkbox", name="Section at a level").uncheck()


OWN_LOADS = "time_s,region,fx_n,fy_n,fz_n\n" + "".join(
    f"{t},mtp_joint,0,{f},0\n" for t, f in ((0, 10), (0.1, 900), (0.2, 10))
)


def test_files_of_the_user_are_offered_and_used(browser, viewer, prepared, tmp_path):
    shoe = tmp_path / "mine.toml"
    shoe.write_text('schema = 1\nkind = "shoe"\ntitle = "My shoe"\n', encoding="utf-8")
    loads = tmp_path / "jump.csv"
    loads.write_text(OWN_LOADS, encoding="utf-8")
    with viewer("metatarsal2", 2.0, "--footwear", str(shoe), "--activity", str(loads)) as address:
        page = Page(browser, address).rest()
        page.tab.get_by_role("combobox", name="Footwear").select_option("mine.toml")
        page.rest()
        assert "my shoe" in page("page.slots.a.picture.title").lower()
        page.tab.get_by_role("combobox", name="Activity").select_option("jump")
        page.rest()
        assert page("page.slots.a.frame.frames") == 3
        assert page.wrong == []
        page.close()
