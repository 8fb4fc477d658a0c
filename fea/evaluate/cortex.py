# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The cortical cells of a mesh, in which damage is counted, with their sites, and sections of the shaft."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh, section_properties
from fea.case import BoneDescription
from fea.risk import Cortex, CorticalSections

SECTION_LEVELS = np.arange(0.1, 0.91, 0.1)
"""Levels of the measured sections: between the ends, which are no beam."""


def cortical(mesh: BoneMesh) -> npt.NDArray[np.bool_]:
    """Mask (m,) of the cortical cells."""
    return np.asarray(mesh.tissue == TISSUES.index("cortical"))


def measured_sections(description: BoneDescription, mesh: BoneMesh) -> CorticalSections:
    """Cortical sections of a bone at :data:`SECTION_LEVELS`, measured on its mesh."""
    anatomy = Anatomy(description)
    center = np.array([anatomy.section_center(float(level)) for level in SECTION_LEVELS])
    table = [section_properties(mesh, float(y)) for y in center[:, 1]]
    columns = np.array([list(row.values()) for row in table])
    ml, ap, area, inertia_ap, inertia_ml = columns.T
    return CorticalSections(
        SECTION_LEVELS, center, np.column_stack([ap, ml]), area, np.column_stack([inertia_ap, inertia_ml])
    )


def measured_cortex(description: BoneDescription, mesh: BoneMesh) -> Cortex:
    """Cortical cells of a meshed bone with the names of their sites."""
    cells = cortical(mesh)
    volume, centre = mesh.volumes[cells], mesh.centroids[cells]
    anatomy = Anatomy(description)
    names, site = np.unique(anatomy.site(centre), return_inverse=True)
    return Cortex(
        cells=cells,
        volume=np.repeat(volume / 4.0, 4),
        site=np.repeat(site.astype(np.int64), 4),
        sites=tuple(str(name) for name in names),
        level=np.bincount(site, volume * anatomy.level(centre)) / np.bincount(site, volume),
        sections=measured_sections(description, mesh),
    )
