# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Section loads from the stress: integrals of σ·n over cuts through the mesh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh, cut
from fea.loading import SectionLoads
from fea.strain.tensor import StrainField
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]


def integrated_loads(
    mesh: BoneMesh, elasticity: Elasticity, field: StrainField, levels: Floats, centers: Floats
) -> SectionLoads:
    """Section loads from the stress, to be compared with statics.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh.
    elasticity : Elasticity
        Elastic constants of the cells.
    field : StrainField
        The strain of one frame.
    levels, centers : ndarray, (k,) and (k, 3)
        Sections and the points about which moments are taken, in mm.
    """
    stress = elasticity.stress(field.corner)
    forces, moments = np.zeros_like(centers), np.zeros_like(centers)
    for row, center in enumerate(centers):
        section = cut(mesh, float(center[1]))
        # The distal part pulls the proximal one with σ·n, n = −y being its outward normal.
        traction = -np.einsum("tqv,tvi->tqi", section.weights, stress[section.cell][..., 1])
        forces[row] = section.integral(traction)
        moments[row] = section.integral(np.cross(section.points - center, traction))
    return SectionLoads(levels, centers, forces, moments)
