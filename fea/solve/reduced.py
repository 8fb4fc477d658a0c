# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reduced basis: solutions for any stiffness of the tissues in milliseconds, with a bound on the error.

With a and b the factors of the cortical and the cancellous moduli, K(a, b) = K₀ + a K_c + b K_d; K₀ holds marrow and
elastic foundation. The displacement under a unit load is sought in the span of those solved for a = 1 and a few b
(Galerkin). The residual r of the combination bounds the error e: ‖e‖² = rᵀ K⁻¹ r ≤ rᵀ K̄⁻¹ r / α in the energy norm
‖v‖² = vᵀ K v, because K ≥ α K̄ for the reference K̄ = K(1, b̄) and α = min(1, a, b / b̄), each part of K being positive
semidefinite. See Prud'homme et al. 2002, doi 10.1115/1.1448332, and Rozza, Huynh & Patera 2008, doi
10.1007/s11831-008-9019-9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import out_of_range

Floats = npt.NDArray[np.float64]
Apply = Callable[[Floats], Floats]

_LOADS = 8
"""Loads whose residuals are worked on at once, to save memory."""


@dataclass(frozen=True)
class Reduced:
    """Reduced basis of a bone, its wall and its loads: snapshots to combine and a bound on the error.

    Attributes
    ----------
    ratios : ndarray, float64, (s,)
        The factor b of each snapshot, with a = 1; the last one is b̄.
    work : ndarray, float64, (loads, loads, s)
        Work of each load on the snapshots of each load, N·mm.
    cortical, cancellous : ndarray, float64, (loads, s, s)
        Vᵀ K_c V and Vᵀ K_d V of the snapshots V of each load.
    residual : ndarray, float64, (loads, 1 + 2 s, loads, 1 + 2 s)
        Pᵀ K̄⁻¹ P for the parts of residuals P = (f, K_c V, K_d V) of each load.
    """

    ratios: Floats
    work: Floats
    cortical: Floats
    cancellous: Floats
    residual: Floats

    def weights(self, cortical: float, cancellous: float) -> Floats:
        """Weight of each snapshot in the response to each load, shape (loads, s).

        Raises
        ------
        fea.errors.InputError
            A factor that is not positive.
        """
        a, b = _checked(cortical), _checked(cancellous)
        own = np.einsum("lls->ls", self.work)
        # K(a, b) v_j = f + (a − 1) K_c v_j + (b − b_j) K_d v_j, because K(1, b_j) v_j = f.
        matrix = own[:, :, None] + (a - 1.0) * self.cortical + (b - self.ratios) * self.cancellous
        return np.asarray(np.linalg.solve(0.5 * (matrix + matrix.swapaxes(1, 2)), own[:, :, None])[:, :, 0])

    def error(self, cortical: float, cancellous: float, coefficients: Floats) -> Floats:
        """Bound on the energy norm of the error in √(N·mm), shape (frames,), for frames (frames, loads)."""
        a, b = _checked(cortical), _checked(cancellous)
        w = self.weights(a, b)
        parts = np.column_stack([1.0 - w.sum(axis=1), (1.0 - a) * w, (self.ratios - b) * w])
        each = np.einsum("li,limj,mj->lm", parts, self.residual, parts, optimize=True)
        square = np.einsum("fl,lm,fm->f", coefficients, each, coefficients, optimize=True)
        least = min(1.0, a, b / float(self.ratios[-1]))
        return np.asarray(np.sqrt(np.maximum(square, 0.0) / least))

    def relative_error(self, cortical: float, cancellous: float, coefficients: Floats) -> Floats:
        """Bound on the energy norm of the error over that of the displacement, shape (frames,).

        From u_N follows a lower bound of ‖u‖: f·u_N = ‖u‖² − f·e ≤ ‖u‖² + ‖u‖ ‖e‖.
        """
        bound = self.error(cortical, cancellous, coefficients)
        each = np.einsum("lms,ms->lm", self.work, self.weights(cortical, cancellous))
        work = np.einsum("fl,lm,fm->f", coefficients, each, coefficients, optimize=True)
        size = 0.5 * (np.sqrt(bound**2 + 4.0 * np.maximum(work, 0.0)) - bound)
        return np.asarray(np.divide(bound, size, out=np.zeros_like(bound), where=size > 0.0))


def reduced(
    ratios: Floats,
    loads: Floats,
    snapshots: Sequence[Floats],
    parts: tuple[Apply, Apply],
    solve: Apply,
) -> Reduced:
    """Reduced basis from snapshots.

    Parameters
    ----------
    ratios : ndarray, (s,)
        Factors b of the snapshots, all different; the last one is the reference.
    loads : ndarray, (dofs, loads)
        The load vectors; 0 where the displacement is fixed.
    snapshots : sequence of ndarray, (dofs, loads)
        The displacements for each ratio.
    parts : pair of callable
        Apply K_c and K_d to columns (dofs, k); 0 where the displacement is fixed.
    solve : callable
        Applies K̄⁻¹ to columns (dofs, k).
    """
    dofs, count, s = len(loads), loads.shape[1], len(ratios)
    v = np.stack(snapshots, axis=2)
    residual = np.empty((dofs, count, 1 + 2 * s))
    residual[:, :, 0] = loads
    for load in range(count):
        for k, apply in enumerate(parts):
            residual[:, load, 1 + k * s : 1 + (k + 1) * s] = apply(v[:, load])
    cortical, cancellous = residual[:, :, 1 : 1 + s], residual[:, :, 1 + s :]
    # K̄ v_j = f + (b̄ − b_j) K_d v_j spares most of the solutions: K̄⁻¹ f and, but for the reference, K̄⁻¹ K_d v_j.
    gap = ratios[-1] - np.asarray(ratios)[:-1]
    last = solve(cancellous[:, :, -1])
    gram = np.empty((count * (1 + 2 * s), count, 1 + 2 * s))
    for first in range(0, count, _LOADS):
        here = slice(first, first + _LOADS)
        f = v[:, here, -1:]
        own = solve(cortical[:, here].reshape(dofs, -1)).reshape(*f.shape[:2], s)
        answers = np.concatenate([f, own, (v[:, here, :-1] - f) / gap, last[:, here, None]], axis=2)
        gram[:, here] = (residual.reshape(dofs, -1).T @ answers.reshape(dofs, -1)).reshape(len(gram), -1, 1 + 2 * s)
    flat = gram.reshape(len(gram), -1)
    return Reduced(
        ratios=np.asarray(ratios, dtype=np.float64),
        work=np.tensordot(loads, v, axes=(0, 0)),
        cortical=np.einsum("dls,dlt->lst", v, cortical, optimize=True),
        cancellous=np.einsum("dls,dlt->lst", v, cancellous, optimize=True),
        residual=(0.5 * (flat + flat.T)).reshape(count, 1 + 2 * s, count, 1 + 2 * s),
    )


def _checked(factor: float) -> float:
    if not 0.0 < factor < np.inf:
        raise out_of_range("factor of a modulus", factor, "above 0")
    return factor
