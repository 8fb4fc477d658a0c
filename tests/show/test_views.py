# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import numpy as np
import pytest

from fea.show.views import Surface, arranged, visible

NAMES = ("anterior", "lateral", "posterior", "medial")
BOX = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
# Two triangles for each side of the box, normals outwards.
SIDES = np.array(
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ]
)


def surface(*boxes):
    points = np.vstack(boxes)
    facets = np.vstack([SIDES + 8 * number for number in range(len(boxes))])
    return Surface(points, facets, np.zeros(len(points)), np.zeros(len(points), dtype=bool))


def views(shown):
    return {view.name: view for view in arranged(shown.points, NAMES, 1300.0, 1400.0, 40.0).views}


def test_a_corner_is_seen_from_the_two_sides_it_faces():
    shown = surface(BOX * [10.0, 40.0, 10.0])
    corner = np.array([10.0, 40.0, 10.0])
    seen = [name for name, view in views(shown).items() if visible(shown, view, corner)]
    assert seen == ["anterior", "lateral"]


def test_a_point_behind_another_part_is_hidden():
    near, far = BOX * 10.0 + [20.0, 0.0, 0.0], BOX * [10.0, 5.0, 4.0] + [0.0, 2.0, 3.0]
    corner = np.array([10.0, 7.0, 7.0])
    alone, behind = surface(far), surface(far, near)
    assert visible(alone, views(alone)["anterior"], corner)
    assert not visible(behind, views(behind)["anterior"], corner)


def test_a_point_seen_almost_edge_on_is_not_marked_though_nothing_hides_it():
    # A wedge that points to anterior: its flank of 20 x 40 mm is seen edge on but for 0.9 mm.
    front = BOX[:, 0] == 1.0
    wedge = BOX * [20.0, 40.0, 1.0]
    wedge[front, 2] = 0.1 * BOX[front, 2]
    shown = surface(wedge)
    # At its back rim the surface looks away from anterior; at its front rim towards it, but by a few degrees only.
    back, edge = np.array([0.0, 40.0, 1.0]), np.array([20.0, 40.0, 0.1])
    nearest = int(np.argmin(np.linalg.norm(shown.points - edge, axis=1)))
    assert 0.0 < shown.normals[nearest, 0] < 0.2
    for rim in (back, edge):
        assert not visible(shown, views(shown)["anterior"], rim)
        assert visible(shown, views(shown)["lateral"], rim)


def test_views_lie_side_by_side_without_overlap_and_fit():
    layout = arranged(BOX * [50.0, 385.0, 75.0], NAMES, 1300.0, 1400.0, 40.0)
    edges = [edge for view in layout.views for edge in (view.left_edge, view.right_edge)]
    assert edges == sorted(edges)
    assert layout.width * layout.scale <= 1300.0 * (1.0 + 1e-9)
    assert layout.height * layout.scale == pytest.approx(1400.0)


def test_a_broad_bone_is_made_to_fit_the_width():
    layout = arranged(BOX * [50.0, 60.0, 75.0], NAMES, 1300.0, 1400.0, 40.0)
    assert layout.width * layout.scale == pytest.approx(1300.0)
    assert layout.height * layout.scale < 1400.0


def test_weights_of_the_vertices_add_up_to_the_area():
    assert surface(BOX * 10.0).weights.sum() == pytest.approx(600.0)


def test_normals_point_outwards():
    shown = surface(BOX)
    assert (np.einsum("ni,ni->n", shown.normals, shown.points - 0.5) > 0.0).all()
