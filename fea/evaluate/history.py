# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads on the bone of a case: its load history, and the Saint-Venant zones of supports and loads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.case import BoneDescription, Case
from fea.loading import LoadHistory, load_history, with_reaction
from fea.strain import excluded


def acting(case: Case, mesh: BoneMesh) -> LoadHistory:
    """Load history of a case on its mesh; that of a free bone holds the reaction of its support regions.

    Raises
    ------
    fea.errors.InputError
        The mesh lacks a region.
    """
    history = load_history(case)
    return with_reaction(mesh, history, case.bone.support.regions) if case.support == "free" else history


def excluded_zone(
    description: BoneDescription, mesh: BoneMesh, points: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Mask (k,) of the points (k, 3) in the Saint-Venant zones of a bone, the same for all its loads.

    What bears the reaction of a bone that is free by its file bears tractions like any loaded region.
    """
    own, loaded = description.support.regions, description.excluded_regions
    supports, loaded = ((), (*own, *loaded)) if description.support.kind == "free" else (own, loaded)
    return excluded(mesh, points, supports, loaded)
