# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The part of the mesh that is shown."""

from __future__ import annotations

import numpy as np

from fea.bone import outer_facets


def test_facets_of_a_block_enclose_its_volume(block):
    points, cells = block((3, 2, 2), (3.0, 2.0, 1.0))
    corner = points[outer_facets(cells)]
    # Divergence theorem: V = ⅓ ∮ x·n dA, outward normals.
    volume = np.einsum("ki,ki->", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6.0
    assert np.isclose(volume, 6.0)


def test_marrow_is_not_shown(bone):
    mesh = bone.mesh
    assert len(bone.cells) == (mesh.tissue != 2).sum()
    np.testing.assert_array_equal(mesh.points[bone.vertices], bone.points)
