# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""How does it deform? Weak form, supports, unit loads, linear solver; hands on plain arrays."""

from fea.solve.body import ElasticBody
from fea.solve.equilibrium import Equilibrium, balance
from fea.solve.unit import COMPONENTS, UnitStrains, unit_strains

__all__ = ["COMPONENTS", "ElasticBody", "Equilibrium", "UnitStrains", "balance", "unit_strains"]
