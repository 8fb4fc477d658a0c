# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Density–modulus laws by name, each with its equation, measure of density, range and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import DensityMeasure, EvidenceLevel, OwnLaw, Tissue
from fea.errors import InputError, out_of_range, unknown

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

STRAIN_RATE_PER_S = 0.01
"""For the law of Carter & Hayes: of the order of strain rates in walking and running; working value."""


@dataclass(frozen=True)
class Piece:
    """E = constant + coefficient · ρ^exponent, for densities up to ``up_to`` in g/cm³, E in MPa."""

    coefficient: float
    exponent: float
    constant: float = 0.0
    up_to: float = np.inf


@dataclass(frozen=True)
class DensityLaw:
    """Young's modulus E in MPa from a density ρ in g/cm³.

    Attributes
    ----------
    name : str
        Name of the law.
    equation : str
        As printed.
    pieces : tuple of Piece
        The equation, piece by piece, densities rising.
    measure : {"apparent", "ash"}
        Measure of ρ: wet apparent density or ash density.
    valid : tuple of float
        Range of ρ in which the law may be used.
    tissues : tuple of str
        Tissues it was measured on.
    source, evidence : str
        Source of the law and its evidence level.
    """

    name: str
    equation: str
    pieces: tuple[Piece, ...]
    measure: DensityMeasure
    valid: tuple[float, float]
    tissues: tuple[Tissue, ...]
    source: str
    evidence: EvidenceLevel

    def in_range(self, density: Floats) -> Mask:
        """Mask of the densities in the range of the law; NaN is not in it."""
        return np.asarray((density >= self.valid[0]) & (density <= self.valid[1]))

    def modulus(self, density: Floats, measure: DensityMeasure) -> Floats:
        """Young's modulus in MPa for ``density`` in g/cm³, any shape.

        Raises
        ------
        fea.errors.InputError
            Another measure of density than the law's, a density outside the range of the law, or NaN.

        Examples
        --------
        >>> round(float(LAWS["rho-1995"].modulus(np.array(1.85), "apparent")))
        15261
        """
        if measure != self.measure:
            raise InputError(
                f"the law {self.name} takes {self.measure} density; the density given is {measure}: convert it first."
            )
        outside = ~self.in_range(density)
        if np.any(outside):
            value = float(np.asarray(density)[outside].flat[0])
            low, high = self.valid
            raise out_of_range(f"{self.measure} density for the law {self.name}", value, f"{low:g} to {high:g} g/cm³")
        return self._evaluated(density)

    def clamped(self, density: Floats) -> Floats:
        """Young's modulus in MPa at the nearest density of the range; NaN stays."""
        return self._evaluated(np.clip(density, *self.valid))

    def _evaluated(self, density: Floats) -> Floats:
        value = np.full(np.shape(density), np.nan)
        for piece in reversed(self.pieces):
            here = density <= piece.up_to
            value = np.where(here, piece.constant + piece.coefficient * density**piece.exponent, value)
        return value


def _morgan(site: str, coefficient: float, exponent: float, evidence: EvidenceLevel) -> DensityLaw:
    return DensityLaw(
        f"morgan-2003-{site}",
        f"E = {coefficient:g} ρ^{exponent:g}",
        (Piece(coefficient, exponent),),
        "apparent",
        (0.05, 0.7),
        ("cancellous",),
        f"Morgan, Bayraktar & Keaveny 2003, doi 10.1016/S0021-9290(03)00071-X, {site.replace('-', ' ')}; the range is "
        "a working value",
        evidence,
    )


LAWS: Mapping[str, DensityLaw] = {
    law.name: law
    for law in (
        DensityLaw(
            "rho-1995",
            "E = 6570 ρ^1.37",
            (Piece(6570.0, 1.37),),
            "apparent",
            (1.0, 2.0),
            ("cortical",),
            "Rho, Hobatho & Ashman 1995, Med Eng Phys 17:347, tibia, along the bone; the range is a working value",
            "K",
        ),
        DensityLaw(
            "snyder-schneider-1991",
            "E = 3891 ρ^2.39",
            (Piece(3891.0, 2.39),),
            "apparent",
            (1.5, 2.0),
            ("cortical",),
            "Snyder & Schneider 1991, J Orthop Res 9:422, tibial shaft in three-point bending; the range is a working "
            "value",
            "K",
        ),
        _morgan("proximal-tibia", 15520.0, 1.93, "K"),
        _morgan("femoral-neck", 6850.0, 1.49, "V"),
        _morgan("trochanter", 15010.0, 2.18, "V"),
        _morgan("vertebra", 4730.0, 1.56, "V"),
        DensityLaw(
            "keller-1994",
            "E = 10500 ρ_ash^2.29",
            (Piece(10500.0, 2.29),),
            "ash",
            (0.03, 1.2),
            ("cortical", "cancellous"),
            "Keller 1994, J Biomech 27:1159, femur and spine; its range of apparent density, 0.05 to 1.9 g/cm³, as ash "
            "density at 0.6, its top rounded up",
            "K",
        ),
        DensityLaw(
            "keyak-1998",
            "E = 33900 ρ_ash^2.20 up to 0.27, 5307 ρ_ash + 469 up to 0.6, 10200 ρ_ash^2.01 above",
            (Piece(33900.0, 2.20, up_to=0.27), Piece(5307.0, 1.0, 469.0, up_to=0.6), Piece(10200.0, 2.01)),
            "ash",
            (0.03, 1.2),
            ("cortical", "cancellous"),
            "Keyak 1998, as used in models of the femur; the range is a working value",
            "K",
        ),
        DensityLaw(
            "carter-hayes-1977",
            f"E = 3790 ε̇^0.06 ρ^3 at ε̇ = {STRAIN_RATE_PER_S:g} 1/s",
            (Piece(3790.0 * STRAIN_RATE_PER_S**0.06, 3.0),),
            "apparent",
            (0.05, 2.0),
            ("cortical", "cancellous"),
            "Carter & Hayes 1977, JBJS Am 59:954, human and bovine bone; strain rate and range are working values",
            "K",
        ),
        DensityLaw(
            "schaffler-burr-1988",
            "E = 17000 (ρ / 1.9)^7.4",
            (Piece(17000.0 / 1.9**7.4, 7.4),),
            "apparent",
            (1.5, 2.0),
            ("cortical",),
            "Schaffler & Burr 1988, J Biomech 21:13: exponent 7.4 [V], compact bone; the coefficient is derived from "
            "17 GPa at 1.9 g/cm³, the cortical modulus of Sinclair & Taylor 2023, and the range is a working value",
            "D",
        ),
    )
}
"""The laws known by name."""


def law(name: str, tissue: Tissue | None = None) -> DensityLaw:
    """A law by name, that of a tissue if one is given.

    Raises
    ------
    fea.errors.InputError
        No law of that name, or one that was not measured on that tissue.
    """
    if name not in LAWS:
        raise unknown("density law", name, LAWS)
    found = LAWS[name]
    if tissue is not None and tissue not in found.tissues:
        known = ", ".join(sorted(n for n, other in LAWS.items() if tissue in other.tissues))
        raise InputError(f"the law {name} is for {' and '.join(found.tissues)} bone, not for {tissue}; known: {known}.")
    return found


def own_law(given: OwnLaw) -> DensityLaw:
    """The law that the file of a bone brings itself, for all its mineralised tissue.

    Raises
    ------
    fea.errors.InputError
        Its modulus is not above 0 in the whole of its range.
    """
    pieces = tuple(
        Piece(p.coefficient_mpa, p.exponent, p.constant_mpa, p.up_to_g_per_cm3 or np.inf) for p in given.pieces
    )
    found = DensityLaw(
        "of the bone's file", "as its file has it", pieces, given.measure, given.valid_g_per_cm3,
        ("cortical", "cancellous"), given.source, given.evidence,
    )  # fmt: skip
    least = float(found.clamped(np.linspace(*given.valid_g_per_cm3, 200)).min())
    if least <= 0.0:
        raise out_of_range("modulus by the law of the bone's file in MPa", round(least, 1), "above 0 in all its range")
    return found
