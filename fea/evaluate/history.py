# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What acts on the bone of a case: its load history, and the zones where supports and loads enter."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.case import Case
from fea.loading import LoadHistory, load_history, with_reaction
from fea.strain import excluded
from fea.strain.summary import MILD_TRACTION_MPA

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def acting(case: Case, mesh: BoneMesh) -> LoadHistory:
    """Load history of a case on its mesh; that of a free bone holds the reaction of its support regions.

    Raises
    ------
    fea.errors.InputError
        The mesh lacks a region.
    """
    history = load_history(case)
    return with_reaction(mesh, history, case.bone.support.regions) if case.support == "free" else history


def excluded_zone(mesh: BoneMesh, points: Floats, supports: Collection[str], pressed: Collection[str]) -> Mask:
    """Mask (k,) of the points (k, 3) in the Saint-Venant zones of support regions and of pressed regions."""
    return excluded(mesh, points, tuple(supports), dict.fromkeys(pressed, MILD_TRACTION_MPA))
