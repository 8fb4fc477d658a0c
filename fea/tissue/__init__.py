# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What is it made of? Density along the bone, density–modulus laws, elastic constants of each cell."""

from fea.tissue.elasticity import Elasticity, elasticity
from fea.tissue.laws import LAWS, DensityLaw, law

__all__ = ["LAWS", "DensityLaw", "Elasticity", "elasticity", "law"]
