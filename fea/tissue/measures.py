# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measures of density and the conversions between them, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import DensityMeasure, EvidenceLevel

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Conversion:
    """ρ_ash = slope · ρ + intercept, both in g/cm³, for a density ρ of some measure."""

    slope: float
    intercept: float
    source: str
    evidence: EvidenceLevel


TO_ASH: Mapping[DensityMeasure, Conversion] = {
    "ash": Conversion(1.0, 0.0, "itself", "K"),
    "apparent": Conversion(0.6, 0.0, "ρ_ash / ρ_app = 0.598, rounded (Schileo 2008, J Biomech 41:2483)", "K"),
    "HA": Conversion(0.877, 0.079, "phantom of hydroxyapatite (Schileo 2008, J Biomech 41:2483)", "K"),
    "K2HPO4": Conversion(1.22, 0.0523, "phantom of K2HPO4 (Les 1994)", "K"),
}
"""Conversion of each measure to ash density."""

TISSUE_DENSITY_G_PER_CM3 = 1.9
"""Wet density of bone without pores, 1.8 to 2.0 g/cm³ [K]."""
MINERAL_OF_SOLID_G_PER_CM3 = 1.2
"""Mineral of solid bone by the convention of HR-pQCT: bone volume over total volume = vBMD / 1200 mg/cm³ [K]."""


def converted(density: Floats, given: DensityMeasure, wanted: DensityMeasure) -> Floats:
    """Density in g/cm³ in another measure, by way of ash density; never below 0.

    Examples
    --------
    >>> converted(np.array([1.85]), "apparent", "ash").round(2)
    array([1.11])
    """
    if given == wanted:
        return density
    there, back = TO_ASH[given], TO_ASH[wanted]
    ash = there.slope * density + there.intercept
    return np.asarray(np.maximum((ash - back.intercept) / back.slope, 0.0))


def mineral_density(cortical: Floats, cancellous: Floats) -> tuple[Floats, Floats]:
    """Mineral density in g/cm³ that pQCT would read, from apparent densities of both tissues.

    Cortical bone by the phantom of hydroxyapatite. Cancellous bone by bone volume over total volume, as the
    intercept of that conversion over-reads low densities by 0.12 g/cm³.
    """
    solid = cancellous / TISSUE_DENSITY_G_PER_CM3
    return converted(cortical, "apparent", "HA"), MINERAL_OF_SOLID_G_PER_CM3 * solid
