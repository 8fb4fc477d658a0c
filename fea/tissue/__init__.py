# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Material of a bone: density along and around it, its state, density–modulus laws, elastic constants."""

from fea.tissue.composition import Composition, check_laws, composition, thinned_wall
from fea.tissue.diagnostics import SectionMineral, TissueFigures, section_minerals, tissue_figures
from fea.tissue.elasticity import Anisotropy, Elasticity, elasticity, stiffness
from fea.tissue.laws import LAWS, DensityLaw, law
from fea.tissue.measures import converted

__all__ = [
    "LAWS",
    "Anisotropy",
    "Composition",
    "DensityLaw",
    "Elasticity",
    "SectionMineral",
    "TissueFigures",
    "check_laws",
    "composition",
    "converted",
    "elasticity",
    "law",
    "section_minerals",
    "stiffness",
    "thinned_wall",
    "tissue_figures",
]
