# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Checks of the tissue: moduli, mass and volume of each tissue, mineral of sections beside pQCT."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh, cut
from fea.case import BoneDescription, Mineral, TissueState
from fea.tissue.composition import composition
from fea.tissue.measures import mineral_density

Floats = npt.NDArray[np.float64]

LEVELS = (0.04, 0.14, 0.38, 0.66)
"""Levels at which pQCT looks at the tibia."""


@dataclass(frozen=True)
class TissueFigures:
    """Volume, mass and modulus of one tissue; the modulus is that along the bone.

    ``outside_law_fraction`` is the share of its cells whose density lay outside the range of their law and was
    clamped to it.
    """

    volume_mm3: float
    mass_g: float
    min_modulus_mpa: float
    mean_modulus_mpa: float
    max_modulus_mpa: float
    outside_law_fraction: float


@dataclass(frozen=True)
class SectionMineral:
    """Mineral that pQCT would read at a level, with the published reading, None without one.

    ``bmc_mg_per_mm`` is the bone mineral content of the section, the densities are means of each tissue, 0
    where there is none.
    """

    level: float
    bmc_mg_per_mm: float
    cortical_mg_per_cm3: float
    cancellous_mg_per_cm3: float
    published: Mineral | None


def tissue_figures(description: BoneDescription, mesh: BoneMesh, state: TissueState) -> dict[str, TissueFigures]:
    """Figures of each tissue that the bone has, by name; the mesh is that with the state's wall."""
    made = composition(description, mesh, state)
    found: dict[str, TissueFigures] = {}
    for number, name in enumerate(TISSUES):
        here = mesh.tissue == number
        if here.any():
            volume, modulus = mesh.volumes[here], made.modulus[here]
            found[name] = TissueFigures(
                volume_mm3=float(volume.sum()),
                mass_g=float(volume @ made.density[here] / 1000.0),
                min_modulus_mpa=float(modulus.min()),
                mean_modulus_mpa=float(np.average(modulus, weights=volume)),
                max_modulus_mpa=float(modulus.max()),
                outside_law_fraction=float(made.outside[here].mean()),
            )
    return found


def section_minerals(description: BoneDescription, mesh: BoneMesh, density: Floats) -> list[SectionMineral]:
    """Mineral of the sections at :data:`LEVELS`, from the apparent density (m,) in g/cm³."""
    length = Anatomy(description).length
    targets = description.mineral_targets
    mineral = np.column_stack(mineral_density(density, density))
    mineral *= mesh.tissue[:, None] == [TISSUES.index("cortical"), TISSUES.index("cancellous")]
    rows = []
    for level in LEVELS:
        section = cut(mesh, level * length)
        area = section.area[:, None] * (mineral[section.cell] > 0.0)
        content = (area * mineral[section.cell]).sum(axis=0)
        mean = 1000.0 * content / np.maximum(area.sum(axis=0), 1e-9)
        published = None if targets is None else targets.at.get(round(100.0 * level, 6))
        # 1 g/cm³ over 1 mm² is 1 mg/mm.
        rows.append(SectionMineral(level, float(content.sum()), float(mean[0]), float(mean[1]), published))
    return rows
