# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""How does it deform? Weak form, supports, unit loads, linear solver; hands on plain arrays."""

from fea.solve.basis import Basis, MeshedBone, basis_loads, solved_basis
from fea.solve.body import ElasticBody, Springs
from fea.solve.cache import cached_bases, cached_basis
from fea.solve.choice import Solver, solving_with
from fea.solve.equilibrium import TOLERANCE, Equilibrium, balance
from fea.solve.kinematics import COMPONENTS
from fea.solve.reduced import Reduced
from fea.solve.support import Carried, Foundation, Free, Held, Support, support_of
from fea.solve.unit import LoadedBone, UnitStrains, unit_strains

__all__ = [
    "COMPONENTS",
    "TOLERANCE",
    "Basis",
    "Carried",
    "ElasticBody",
    "Equilibrium",
    "Foundation",
    "Free",
    "Held",
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
