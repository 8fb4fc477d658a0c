# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Weak form, supports, unit loads, linear solver, cache; hands on unit strains as plain arrays."""

from fea.solve.basis import Basis, MeshedBone, basis_loads, solved_basis
from fea.solve.body import ElasticBody, Springs
from fea.solve.cache import cached_bases, cached_basis
from fea.solve.choice import Solver, solving_with
from fea.solve.equilibrium import TOLERANCE, Equilibrium, balance
from fea.solve.kinematics import COMPONENTS
from fea.solve.reduced import Reduced
from fea.solve.support import Fixed, Foundation, Free, Support, support_of
from fea.solve.unit import LoadedBone, UnitStrains, unit_strains

__all__ = [
    "COMPONENTS",
    "TOLERANCE",
    "Basis",
    "ElasticBody",
    "Equilibrium",
    "Fixed",
    "Foundation",
    "Free",
    "LoadedBone",
    "MeshedBone",
    "Reduced",
    "Solver",
    "Springs",
    "Support",
    "UnitStrains",
    "balance",
    "basis_loads",
    "cached_bases",
    "cached_basis",
    "solved_basis",
    "solving_with",
    "support_of",
    "unit_strains",
]
