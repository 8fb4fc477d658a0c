# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Principal directions on the page are the eigenvectors that Python finds; trajectories follow them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fea.strain import superposed, tensors, unit_at_vertices, vertex_mean
from tests.view.pages import Page

FRAME = 40
DRAWN = "page.slots.a.picture.directions"
NONE = "Object.assign(page.state, { axis: 'none', amplitude: 0, part: 'all', whole: false, directions: 'none' })"


@pytest.fixture
def page(tab) -> Page:
    """The page without directions, seen whole; at the end nothing may have gone wrong on it."""
    tab.rest()
    tab(f"({NONE}, page.setLook(), page.face(3), page.again())")
    tab.rest()
    yield tab
    assert tab.wrong == []


@pytest.fixture(scope="module")
def strain(running):
    """Strain tensor in µε at the displayed vertices in the frame, (n, 3, 3)."""
    bone = running.bone.solved()
    corner = superposed(bone.unit, running.result.coefficients[FRAME]).corner
    return vertex_mean(bone.mesh, corner)[running.bone.vertices] * 1e6


def choose(page: Page, mode: str, of: str = "both") -> list:
    """Return what the page draws after the controls of directions were set."""
    page.tab.get_by_role("combobox", name="Directions").select_option(mode)
    page.tab.get_by_role("combobox", name="Of", exact=True).select_option(of)
    return page.rest()(f"{DRAWN}.shown")


def test_each_short_line_is_a_principal_direction_of_python(page, running, strain):
    shown = choose(page, "glyphs")
    assert len(shown) > 200
    values, vectors = np.linalg.eigh(strain)
    at, k = (np.array([one[name] for one in shown]) for name in ("vertex", "k"))
    column = np.where(k == 0, 2, 0)
    along, value = (np.array([one[name] for one in shown]) for name in ("along", "value"))
    np.testing.assert_allclose(value, values[at, column], atol=0.6 * np.ptp(values) / 65534 + 1e-3)
    gap = np.diff(values)  # where two values agree, so do all directions in their plane
    clear = np.where(k == 0, gap[at, 1], gap[at, 0]) > 1e-3 * np.abs(values).max()
    agree = np.abs((along * vectors[at, :, column]).sum(axis=1))
    assert clear.mean() > 0.95
    assert agree[clear].min() > 1.0 - 1e-6
    assert not running.excluded[at].any()


def test_short_lines_lie_evenly_and_leave_no_gap(page, running, strain):
    at = np.unique([one["vertex"] for one in choose(page, "glyphs")])
    places = running.bone.points[at]
    apart = cKDTree(places).query(places, k=2)[0][:, 1]
    # Of two places none is nearer than the spacing; every other vertex has one within it.
    spacing = apart.min()
    pixel_mm = page("2 * page.look.camera.half / page.slots.a.picture.canvas.clientHeight")
    assert 0.8 < spacing / (11 * pixel_mm) < 1.3
    assert np.percentile(apart, 95) < 1.6 * spacing
    outside = np.setdiff1d(np.unique(running.bone.outside), np.flatnonzero(running.excluded))
    largest = np.abs(np.linalg.eigvalsh(strain)).max(axis=1)
    drawn = outside[largest[outside] > 0.1 * np.percentile(largest, 98)]
    far = cKDTree(places).query(running.bone.points[drawn])[0]
    assert np.percentile(far, 98) <= spacing * 1.01


def test_nearer_there_are_more_short_lines(page):
    few = len(choose(page, "glyphs"))
    page("(page.look.camera.zoomBy(3), page.redraw())")
    page.rest()
    assert len(page(f"{DRAWN}.shown")) > 1.5 * few


def test_directions_follow_time_cut_and_stress(page, running, strain):
    before = {(o["vertex"], o["k"]): o["value"] for o in choose(page, "glyphs")}
    page.slide("Time in contact", 15)
    page.rest()
    after = {(o["vertex"], o["k"]): o["value"] for o in page(f"{DRAWN}.shown")}
    both = before.keys() & after.keys()
    assert np.median([abs(after[key] / before[key] - 1.0) for key in both]) > 0.1
    page.slide("Time in contact", FRAME)
    page("(page.state.axis = 'x', page.state.share = 50, page.setLook())")
    page.rest()
    x = running.bone.points[:, 0]
    half = 0.5 * (x.min() + x.max())
    vertices = [o["vertex"] for o in page(f"{DRAWN}.shown")]
    own = [v for v in vertices if v is not None]
    assert x[own].min() >= half - 1e-3  # the kept side alone, and places on the cut face
    assert None in vertices
    page("(page.state.axis = 'none', page.setLook())")
    page.tab.get_by_role("combobox", name="Field").first.select_option("von_mises_stress")
    page.rest()
    bone = running.bone.solved()
    stress = tensors(
        np.tensordot(
            running.result.coefficients[FRAME], unit_at_vertices(bone.mesh, bone.elasticity, bone.unit)[1], axes=1
        )
    )
    values = np.linalg.eigvalsh(stress[running.bone.vertices])
    shown = [o for o in page(f"{DRAWN}.shown") if o["k"] == 1]
    expected = values[[o["vertex"] for o in shown], 0]
    np.testing.assert_allclose([o["value"] for o in shown], expected, atol=np.ptp(values) / 65534)
    assert "σ1 and σ3" in page.tab.locator("#picture-a .signs").text_content()
    page.tab.get_by_role("combobox", name="Field").first.select_option("equivalent_strain")


def test_over_the_whole_contact_there_is_no_direction(page):
    choose(page, "glyphs")
    page.tab.get_by_role("checkbox", name="Largest over the contact").check()
    page.rest()
    assert page(f"{DRAWN}.shown") == []
    assert "at an instant only" in page.tab.locator("#picture-a .signs").text_content()
    page.tab.get_by_role("checkbox", name="Largest over the contact").uncheck()


@pytest.mark.parametrize(("of", "column"), [("first", 2), ("third", 0)])
def test_trajectories_follow_the_principal_directions(page, running, strain, of, column):
    lines = [np.array(one["line"]) for one in choose(page, "trajectories", of)]
    assert len(lines) > 8
    steps = np.concatenate([np.diff(line, axis=0) for line in lines])
    middles = np.concatenate([(line[1:] + line[:-1]) / 2.0 for line in lines])
    long = np.linalg.norm(steps, axis=1) > 0.5
    steps = steps[long] / np.linalg.norm(steps[long], axis=1)[:, None]
    outside = np.unique(running.bone.outside)
    far, nearest = cKDTree(running.bone.points[outside]).query(middles[long])
    assert far.max() < 8.0  # on the surface, whose vertices are about 6 mm apart
    along = np.linalg.eigh(strain)[1][outside[nearest], :, column]
    angle = np.degrees(np.arccos(np.clip(np.abs((steps * along).sum(axis=1)), 0.0, 1.0)))
    assert np.median(angle) < 9.0  # of a direction that turns from one vertex to the next
    assert np.percentile(angle, 90) < 25.0


_CYLINDER = """async ([pitch, apart]) => {
  const { Sheet } = await import("./sheet.js");
  const [radius, around, rings, step] = [10, 36, 60, 2];
  const points = [];
  const facets = [];
  for (let r = 0; r < rings; r++)
    for (let a = 0; a < around; a++) {
      const angle = (2 * Math.PI * (a + 0.5 * (r % 2))) / around;
      points.push(radius * Math.cos(angle), r * step, radius * Math.sin(angle));
    }
  for (let r = 0; r + 1 < rings; r++)
    for (let a = 0; a < around; a++) {
      const [p, q] = [r * around + a, r * around + ((a + 1) % around)];
      const shift = r % 2;
      const above = (k) => (r + 1) * around + ((a + shift + k) % around);
      const [s, t] = [above(0), above(around - 1)];
      facets.push(p, t, s, p, s, q);
    }
  const sheet = Sheet.of(Uint32Array.from(facets), Float32Array.from(points));
  const direction = (i) => {
    const [v] = sheet.nodes[i];
    const [x, z] = [points[3 * v] / radius, points[3 * v + 2] / radius];
    const [c, s] = [Math.cos(pitch), Math.sin(pitch)];
    const sign = v % 2 ? 1 : -1; // a direction has no sign
    return [-z * c, s, x * c].map((u) => sign * u);
  };
  return sheet.lines(direction, apart).map((line) => line.map((point) => sheet.place(point)));
}"""


@pytest.mark.parametrize("pitch", [0.0, 45.0, 90.0, -45.0])
def test_on_a_cylinder_trajectories_are_its_circles_helices_and_generators(page, pitch):
    # In torsion the principal directions wind at 45°, under tension along the axis they are generators.
    apart = 4.0
    lines = [np.array(line) for line in page(_CYLINDER, [np.radians(pitch), apart])]
    assert len(lines) >= 5
    for line in lines:
        angle = np.unwrap(np.arctan2(line[:, 2], line[:, 0]))
        across, along = 10.0 * (angle[-1] - angle[0]), line[-1, 1] - line[0, 1]
        found = np.degrees(np.arctan2(along, across)) % 180.0
        assert min(abs(found - pitch % 180.0), 180.0 - abs(found - pitch % 180.0)) < 1.5
    if pitch == 45.0:
        whole = [line for line in lines if np.ptp(line[:, 1]) > 100.0]
        assert len(whole) >= 3  # helices that run from end to end
    ends = [line[::3] for line in lines]
    for k, own in enumerate(ends):
        for other in ends[:k]:
            assert cKDTree(own).query(other)[0].min() > 0.4 * apart
