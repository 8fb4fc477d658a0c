# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From the composition of each cell to its elastic constants, isotropic or along axes that follow the bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh
from fea.case import BoneDescription, ElasticRatios, TissueState, healthy
from fea.tissue.composition import composition

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

POISSON_RATIO = 0.3
"""As in the tibial models of Sinclair & Taylor 2023, doi 10.3390/computation11120248."""

VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Order of components in :attr:`Anisotropy.stiffness`; the last three act on shear angles γ = 2 ε."""


@dataclass(frozen=True)
class Anisotropy:
    """The part of the stiffness of each cell that has directions.

    Attributes
    ----------
    part : ndarray, float64, (m,)
        Share of the cell's modulus that belongs to tissue with directions, 0 to 1.
    axes : ndarray, float64, (m, 3, 3)
        Rows are the axes 1, 2, 3 of the tissue in the bone frame: radial, around, along the bone.
    stiffness : ndarray, float64, (6, 6)
        Stiffness in these axes over the Young's modulus along axis 3, components as in :data:`VOIGT`.
    """

    part: Floats
    axes: Floats
    stiffness: Floats


@dataclass(frozen=True)
class Elasticity:
    """Elastic constants of each cell.

    Attributes
    ----------
    density : ndarray, float64, (m,)
        Wet apparent density in g/cm³; 0 in marrow.
    modulus : ndarray, float64, (m,)
        Young's modulus in MPa, along the bone where the tissue has directions.
    poisson : float
        Poisson's ratio of isotropic tissue, and of the equivalent strain of any tissue.
    anisotropy : Anisotropy, optional
        None if all tissue is isotropic.
    """

    density: Floats
    modulus: Floats
    poisson: float
    anisotropy: Anisotropy | None = None

    def stress(self, strain: Floats, cells: Mask | None = None) -> Floats:
        """Stress σ = E ((1 − p) σ̂(ε) + p Aᵀ Ĉ(A ε Aᵀ) A) in MPa for ``strain`` (m, …, 3, 3), cell by cell.

        σ̂(ε) = λ̂ tr(ε) I + 2μ̂ ε is the isotropic law for a modulus of 1, p the part with directions, A its axes
        and Ĉ its stiffness there. With ``cells``, a mask (m,), the strain is that of those cells only.
        """
        chosen = slice(None) if cells is None else cells
        shape = (-1,) + (1,) * (strain.ndim - 1)
        part = 0.0 if self.anisotropy is None else self.anisotropy.part[chosen]
        modulus = self.modulus[chosen]
        mu = (modulus * (1.0 - part) / (2.0 * (1.0 + self.poisson))).reshape(shape)
        lam = mu * 2.0 * self.poisson / (1.0 - 2.0 * self.poisson)
        trace = np.trace(strain, axis1=-2, axis2=-1)[..., None, None]
        stress = np.asarray(lam * trace * np.eye(3) + 2.0 * mu * strain)
        if self.anisotropy is not None:
            stress += (modulus * part).reshape(shape) * _turned_stress(self.anisotropy, strain, chosen)
        return stress

    def matrices(self, cells: Mask | None = None) -> Floats:
        """Stiffness (m, 6, 6) in MPa from tensor components of strain, ordered as :data:`VOIGT`, to those of stress.

        With ``cells``, a mask (m,), those of these cells only.
        """
        count = len(self.modulus) if cells is None else int(cells.sum())
        unit = np.zeros((6, 3, 3))
        for k, (i, j) in enumerate(VOIGT):
            unit[k, i, j] = unit[k, j, i] = 1.0
        rows, columns = np.array(VOIGT).T
        return np.asarray(self.stress(np.tile(unit, (count, 1, 1, 1)), cells)[..., rows, columns].swapaxes(1, 2))


def _turned_stress(anisotropy: Anisotropy, strain: Floats, chosen: slice | Mask) -> Floats:
    """Rotated stress Aᵀ Ĉ(A ε Aᵀ) A for strain (m, …, 3, 3)."""
    axes = anisotropy.axes[chosen].reshape(-1, *(1,) * (strain.ndim - 3), 3, 3)
    own = axes @ strain @ axes.swapaxes(-1, -2)
    rows, columns = np.array(VOIGT).T
    six = own[..., rows, columns]
    six[..., 3:] *= 2.0
    six = six @ anisotropy.stiffness
    stress = np.empty_like(own)
    stress[..., rows, columns] = stress[..., columns, rows] = six
    return np.asarray(axes.swapaxes(-1, -2) @ stress @ axes)


def stiffness(ratios: ElasticRatios) -> Floats:
    """Stiffness (6, 6) for a modulus of 1 along the bone, components as in :data:`VOIGT`."""
    return np.asarray(np.linalg.inv(ratios.compliance()))


def elasticity(description: BoneDescription, mesh: BoneMesh, state: TissueState | None = None) -> Elasticity:
    """Elastic constants of a bone in a state of its tissue.

    Only cortical bone has directions.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    mesh : BoneMesh
        Its mesh, with the wall that the state leaves (:func:`fea.tissue.thinned_wall`).
    state : TissueState, optional
        State of the tissue; by default that of a healthy adult.

    Raises
    ------
    fea.errors.InputError
        Unknown laws, or a density outside the range of its law.
    """
    state = healthy() if state is None else state
    made = composition(description, mesh, state)
    directed = None
    if state.ratios is not None:
        part = np.where(mesh.tissue == TISSUES.index("cortical"), 1.0, 0.0)
        directed = Anisotropy(part, Anatomy(description).axes(mesh.centroids), stiffness(state.ratios))
    return Elasticity(made.density, made.modulus, POISSON_RATIO, directed)
