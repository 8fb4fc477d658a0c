# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Checks: published values beside the model's, error of the mesh, reproduction of a run."""

from fea.checks.convergence import Convergence, converged, write_convergence
from fea.checks.reproduction import Reproduction, reproduced
from fea.checks.validation import ValidationRow, compared, published

__all__ = [
    "Convergence",
    "Reproduction",
    "ValidationRow",
    "compared",
    "converged",
    "published",
    "reproduced",
    "write_convergence",
]
