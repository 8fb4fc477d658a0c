# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The tissue of a body in UFL: constants of each cell, and the stress that a strain causes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import RunError
from fea.tissue import Anisotropy
from fea.tissue.elasticity import VOIGT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class UflMaterial:
    """Elastic constants that can be filled again and again, on a mesh of DOLFINx.

    Parameters
    ----------
    mesh : dolfinx.mesh.Mesh
        The mesh.
    poisson : float
        Poisson's ratio of isotropic tissue.
    has_directions : bool
        Whether part of the tissue has directions; isotropic tissue is spared the longer form.
    """

    def __init__(self, mesh: Any, poisson: float, *, has_directions: bool) -> None:
        from dolfinx import fem

        constant = fem.functionspace(mesh, ("Discontinuous Lagrange", 0))
        self._poisson, self._has_directions = poisson, has_directions
        self.modulus = fem.Function(constant)
        if has_directions:
            self._part = fem.Function(constant)
            self._axes = fem.Function(fem.functionspace(mesh, ("Discontinuous Lagrange", 0, (3, 3))))
            self._stiffness = fem.Constant(mesh, np.zeros((6, 6)))

    def fill(self, modulus: Floats, anisotropy: Anisotropy | None, cell_of: Ints) -> None:
        """Set the constants of all cells; ``cell_of`` says which of ours each cell of DOLFINx is.

        Raises
        ------
        fea.errors.RunError
            Directions are given to a material without, or the other way round.
        """
        if (anisotropy is not None) != self._has_directions:
            raise RunError("a body is isotropic or has directions from the beginning; make another one.")
        self.modulus.x.array[:] = modulus[cell_of]
        if anisotropy is not None:
            self._part.x.array[:] = anisotropy.part[cell_of]
            self._axes.x.array[:] = anisotropy.axes[cell_of].ravel()
            self._stiffness.value[:] = anisotropy.stiffness

    def stress(self, ε: Any) -> Any:
        """Stress σ for a strain, as UFL expressions; the equation is that of :meth:`fea.tissue.Elasticity.stress`."""
        import ufl

        isotropic = self.modulus * (1.0 - self._part) if self._has_directions else self.modulus
        mu = isotropic / (2.0 * (1.0 + self._poisson))
        lam = 2.0 * mu * self._poisson / (1.0 - 2.0 * self._poisson)
        σ = lam * ufl.tr(ε) * ufl.Identity(3) + 2.0 * mu * ε
        return σ + self.modulus * self._part * self._turned(ε) if self._has_directions else σ

    def _turned(self, ε: Any) -> Any:
        """Rotated stress Aᵀ Ĉ(A ε Aᵀ) A."""
        import ufl

        A = self._axes
        own = A * ε * A.T
        s = self._stiffness * ufl.as_vector([own[i, j] if i == j else 2.0 * own[i, j] for i, j in VOIGT])
        place = {pair: k for k, (i, j) in enumerate(VOIGT) for pair in ((i, j), (j, i))}
        return A.T * ufl.as_tensor([[s[place[i, j]] for j in range(3)] for i in range(3)]) * A
