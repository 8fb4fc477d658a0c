# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Density–modulus laws by name, each with its equation, range and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import out_of_range, unknown

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DensityLaw:
    """E = coefficient · ρ^exponent, with ρ the wet apparent density in g/cm³ and E in MPa.

    ``valid`` is the range of ρ in which the law may be used, ``mark`` tells how sure the constants are.
    """

    name: str
    coefficient: float
    exponent: float
    valid: tuple[float, float]
    source: str
    mark: str

    def modulus(self, density: Floats) -> Floats:
        """Return Young's modulus in MPa for ``density`` in g/cm³, any shape.

        Raises
        ------
        fea.errors.InputError
            A density outside the range of the law, or NaN.

        Examples
        --------
        >>> round(float(LAWS["rho-1995"].modulus(np.array(1.85))))
        15261
        """
        low, high = self.valid
        outside = ~((density >= low) & (density <= high))
        if np.any(outside):
            value = float(np.asarray(density)[outside].flat[0])
            raise out_of_range(f"apparent density for the law {self.name}", value, f"{low:g} to {high:g} g/cm³")
        return np.asarray(self.coefficient * density**self.exponent)


LAWS: Mapping[str, DensityLaw] = {
    law.name: law
    for law in (
        DensityLaw(
            "rho-1995",
            6570.0,
            1.37,
            (1.0, 2.0),
            "Rho, Hobatho & Ashman 1995, Med Eng Phys 17:347, tibia, axial; the range is a working value",
            "K",
        ),
        DensityLaw(
            "morgan-2003-proximal-tibia",
            15520.0,
            1.93,
            (0.05, 0.7),
            "Morgan, Bayraktar & Keaveny 2003, doi 10.1016/S0021-9290(03)00071-X, proximal tibia",
            "K",
        ),
    )
}
"""The laws known by name."""


def law(name: str) -> DensityLaw:
    """Return a law by name.

    Raises
    ------
    fea.errors.InputError
        No law of that name.
    """
    if name not in LAWS:
        raise unknown("density law", name, LAWS)
    return LAWS[name]
