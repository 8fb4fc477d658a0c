# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From the density of each cell to its elastic constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh
from fea.case import BoneDescription, Profile
from fea.case.description import Tissue
from fea.tissue.laws import law

Floats = npt.NDArray[np.float64]

CORTICAL_LAW = "rho-1995"
CANCELLOUS_LAW = "morgan-2003-proximal-tibia"
MARROW_MODULUS_MPA = 2.0
"""Soft filling of the cavity, three to four orders below bone; working value without mechanical effect."""
POISSON_RATIO = 0.3
"""As in the tibial models of Sinclair & Taylor 2023, doi 10.3390/computation11120248."""


@dataclass(frozen=True)
class Elasticity:
    """Isotropic elastic constants of each cell.

    Attributes
    ----------
    density : ndarray, float64, (m,)
        Wet apparent density in g/cm³; 0 in marrow.
    modulus : ndarray, float64, (m,)
        Young's modulus in MPa.
    poisson : float
        Poisson's ratio.
    """

    density: Floats
    modulus: Floats
    poisson: float

    def stress(self, strain: Floats, cells: npt.NDArray[np.bool_] | None = None) -> Floats:
        """Return σ = λ tr(ε) I + 2μ ε in MPa for ``strain`` of shape (m, …, 3, 3), cell by cell.

        With ``cells``, a mask (m,), the strain is that of those cells only.
        """
        shape = (-1,) + (1,) * (strain.ndim - 1)
        modulus = self.modulus if cells is None else self.modulus[cells]
        mu = (modulus / (2.0 * (1.0 + self.poisson))).reshape(shape)
        lam = mu * 2.0 * self.poisson / (1.0 - 2.0 * self.poisson)
        trace = np.trace(strain, axis1=-2, axis2=-1)[..., None, None]
        return np.asarray(lam * trace * np.eye(3) + 2.0 * mu * strain)


def elasticity(description: BoneDescription, mesh: BoneMesh) -> Elasticity:
    """Return the elastic constants of a healthy bone from its density along the length.

    Raises
    ------
    fea.errors.InputError
        A density outside the range of its law.
    """
    level = Anatomy(description).level(mesh.centroids)
    density = np.zeros(len(mesh.cells))
    modulus = np.full(len(mesh.cells), MARROW_MODULUS_MPA)
    given = description.density
    mineralised: tuple[tuple[Tissue, Profile, str], ...] = (
        ("cortical", given.cortical_g_per_cm3, CORTICAL_LAW),
        ("cancellous", given.cancellous_g_per_cm3, CANCELLOUS_LAW),
    )
    for tissue, profile, name in mineralised:
        cells = mesh.tissue == TISSUES.index(tissue)
        density[cells] = profile.value(level[cells])
        modulus[cells] = law(name).modulus(density[cells])
    return Elasticity(density, modulus, POISSON_RATIO)
