# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Displacement and strain of the bone: weak form, supports, unit loads, linear solver, cache; plain arrays out."""

from fea.solve.basis import Basis, MeshedBone, basis_loads, columns_of, solved_basis, with_fibula
from fea.solve.body import ElasticBody, FoundationLayer
from fea.solve.cache import basis_key, cached_bases, cached_basis
from fea.solve.choice import SolverName, solving_with
from fea.solve.entry import cache_folder
from fea.solve.equilibrium import TOLERANCE, Equilibrium, balance
from fea.solve.kinematics import COMPONENTS
from fea.solve.reduced import Reduced
from fea.solve.support import Fixed, Foundation, Free, Support, support_of
from fea.solve.threads import VARIABLE as THREADS_VARIABLE
from fea.solve.threads import limited_to, thread_count, usable_cores
from fea.solve.unit import LoadedBone, Snapshot, UnitStrains, bar_forces, unit_strains

__all__ = [
    "COMPONENTS",
    "THREADS_VARIABLE",
    "TOLERANCE",
    "Basis",
    "ElasticBody",
    "Equilibrium",
    "Fixed",
    "Foundation",
    "FoundationLayer",
    "Free",
    "LoadedBone",
    "MeshedBone",
    "Reduced",
    "Snapshot",
    "SolverName",
    "Support",
    "UnitStrains",
    "balance",
    "bar_forces",
    "basis_key",
    "basis_loads",
    "cache_folder",
    "cached_bases",
    "cached_basis",
    "columns_of",
    "limited_to",
    "solved_basis",
    "solving_with",
    "support_of",
    "thread_count",
    "unit_strains",
    "usable_cores",
    "with_fibula",
]
