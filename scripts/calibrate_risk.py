# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Fit the one free constant of risk to the published probability, for each law, strain measure and form.

Prints the entries of loadcases/shared/fatigue.toml. Usage: python scripts/calibrate_risk.py [SIZE_MM]
"""

from __future__ import annotations

import itertools
import sys
from typing import get_args

from fea.case import Form, Options, StrainMeasure, read_fatigue, resolved
from fea.evaluate import reference_factor, solved_bone
from fea.risk import RiskSettings


def main(size_mm: float | None) -> None:
    """Solve the shipped tibia and print an entry for each choice."""
    fatigue = read_fatigue()
    case = resolved("tibia", fatigue.reference.activity, Options(size_mm=size_mm))
    bone, size = solved_bone(case), case.size_mm
    for law, strain, form in itertools.product(fatigue.laws, get_args(StrainMeasure), get_args(Form)):
        factor = reference_factor(bone, size, fatigue, RiskSettings(law=law, strain=strain, form=form))
        print("[[calibrated]]")
        print(f'law = "{law}"\nstrain = "{strain}"\nform = "{form}"\nlog10_life_factor = {factor:.4f}')
        print(f'evidence = "D"\nsource = "scripts/calibrate_risk.py on the shipped tibia, mesh of {size:g} mm"\n')


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else None)
