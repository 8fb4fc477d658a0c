# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Fit the one free constant of risk to the published probability, for each law, strain measure and form.

Prints the entries of loadcases/shared/fatigue.toml. Usage: python scripts/calibrate_risk.py [SIZE_MM]
"""

from __future__ import annotations

import itertools
import sys
from typing import get_args

from fea.case import Form, StrainMeasure, read_bone, read_fatigue
from fea.risk import Settings, reference_factor
from fea.solve import cached_basis, support_of


def main(size_mm: float | None) -> None:
    """Solve the shipped tibia and print an entry for each choice."""
    bone, fatigue = read_bone("tibia"), read_fatigue()
    size = bone.size_mm if size_mm is None else size_mm
    basis = cached_basis(bone, size, support_of(bone, None))
    for law, strain, form in itertools.product(fatigue.laws, get_args(StrainMeasure), get_args(Form)):
        factor = reference_factor(bone, basis, fatigue, Settings(law=law, strain=strain, form=form), size)
        print("[[calibrated]]")
        print(f'law = "{law}"\nstrain = "{strain}"\nform = "{form}"\nlog10_life_factor = {factor:.4f}')
        print(f'mark = "D"\nsource = "scripts/calibrate_risk.py on the shipped tibia, mesh of {size:g} mm"\n')


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else None)
