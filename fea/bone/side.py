# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The mesh of a left bone: the mirror image of the right one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fea.bone.pulls import Pull
from fea.bone.tetrahedra import BoneMesh
from fea.case import BodySide, side_vectors


def of_side(mesh: BoneMesh, side: BodySide) -> BoneMesh:
    """Mesh of a bone of that side from the one of the right bone, and back.

    Numbers of vertices, cells and facets stay, so that fields of one fit the other. Cells stay positively oriented
    and normals outwards, for which two vertices of each change their place.
    """
    if side == "right":
        return mesh
    return replace(
        mesh,
        points=side_vectors(mesh.points, side),
        cells=side_cells(mesh.cells, side),
        facets=mesh.facets[:, [0, 2, 1]],
        centers={name: side_vectors(center, side) for name, center in mesh.centers.items()},
        pulls={name: tuple(_turned(pull, side) for pull in pulls) for name, pulls in mesh.pulls.items()},
    )


def _turned(pull: Pull, side: BodySide) -> Pull:
    return replace(pull, force=side_vectors(pull.force, side), point=side_vectors(pull.point, side))


def side_cells(cells: npt.NDArray[np.int64], side: BodySide) -> npt.NDArray[np.int64]:
    """Tetrahedra (m, 4) of the right bone in the frame of a side, positively oriented there, and back."""
    return cells if side == "right" else cells[:, [0, 2, 1, 3]]
