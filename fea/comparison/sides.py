# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The two sides of a comparison: cases with their metrics, and their strain on the mesh when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.case import Case, Value
from fea.evaluate import Result, SolvedBone
from fea.strain import MICROSTRAIN

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StrainMap:
    """A mesh with the largest equivalent strain of each cell in µε, (m,), and the excluded cells, (m,)."""

    mesh: BoneMesh
    equivalent_ue: Floats
    excluded: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Observation:
    """One case of a side.

    ``subject`` is empty without subjects; ``setting`` holds the values of all columns that distinguish the cases of
    its study apart; ``metrics`` maps name and place to unit and value; ``places`` is strain by level and sector
    (20, 8) in µε; ``strain_map`` returns its strain on the mesh, and ``solved`` its solved bone, read or computed when
    it is called.
    """

    subject: str
    setting: Mapping[str, Value]
    metrics: Mapping[tuple[str, str], tuple[str, float]]
    places: Floats
    case: Case
    strain_map: Callable[[], StrainMap]
    solved: Callable[[], SolvedBone]


@dataclass(frozen=True)
class Side:
    """Cases on one side: a label, the factors that were fixed to choose them, the observations, the failed cases."""

    label: str
    fixed: tuple[str, ...]
    observations: tuple[Observation, ...]
    missing: tuple[str, ...] = ()


def strain_map_of(result: Result) -> StrainMap:
    """Strain of a result on its mesh."""
    return StrainMap(result.mesh, result.envelope.equivalent * MICROSTRAIN, result.excluded)
