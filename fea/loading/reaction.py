# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A stated reaction: forces and moments on chosen regions that balance all others, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fea.bone import BoneMesh
from fea.loading.frames import LoadHistory
from fea.loading.traction import UnitLoad, surface_load


def with_reaction(mesh: BoneMesh, history: LoadHistory, regions: Sequence[str]) -> LoadHistory:
    """History with the reaction of ``regions`` added, so that each frame is in balance.

    Each region takes an equal share of the force, and an equal share of the moment that is left.

    Raises
    ------
    fea.errors.InputError
        The bone lacks one of the regions.
    """
    tractions = [surface_load(mesh, load) for load in history.loads]
    resultants = np.array([np.concatenate(t.resultants()) for t in tractions])
    total = history.coefficients @ resultants
    centers = [mesh.centers[region] for region in regions]
    force = -total[:, :3] / len(regions)
    moment = (-total[:, 3:] - sum(np.cross(c, force) for c in centers)) / len(regions)
    loads = [UnitLoad(region, kind, axis) for region in regions for kind in (False, True) for axis in range(3)]
    added = np.hstack([np.hstack([force, moment])] * len(regions))
    return replace(history, loads=(*history.loads, *loads), coefficients=np.hstack([history.coefficients, added]))
