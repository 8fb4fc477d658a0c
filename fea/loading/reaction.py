# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A stated reaction: forces and moments on chosen regions that balance all others, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh
from fea.loading.frames import LoadHistory
from fea.loading.traction import Load, UnitLoad, surface_load

Floats = npt.NDArray[np.float64]


def with_reaction(mesh: BoneMesh, history: LoadHistory, regions: Sequence[str]) -> LoadHistory:
    """History with the reaction of ``regions`` added, so that each frame is in balance.

    The axial force is shared so that it bears the frontal moment, as the condyles of a knee do; of shear, and of the
    moment that is left, each region takes an equal share.

    Raises
    ------
    fea.errors.InputError
        The bone lacks one of the regions.
    """
    total = history.coefficients @ np.array([_resultant(mesh, load) for load in history.loads])
    centers = np.array([mesh.centers[region] for region in regions])
    forces = np.repeat(-total[:, None, :3] / len(regions), len(regions), axis=1)
    forces[:, :, 1] = _axial(-total, centers)
    moment = (-total[:, 3:] - np.cross(centers, forces).sum(axis=1)) / len(regions)
    loads = [UnitLoad(region, kind, axis) for region in regions for kind in (False, True) for axis in range(3)]
    added = np.hstack([np.hstack([force, moment]) for force in forces.swapaxes(0, 1)])
    return replace(history, loads=(*history.loads, *loads), coefficients=np.hstack([history.coefficients, added]))


def _resultant(mesh: BoneMesh, load: Load) -> Floats:
    """Force and moment about the origin (6,) of a unit load; worked out once for each mesh."""
    known = _RESULTANTS.setdefault(mesh, {})
    if load not in known:
        known[load] = np.concatenate(surface_load(mesh, load).resultants())
    return known[load]


_RESULTANTS: WeakKeyDictionary[BoneMesh, dict[Load, Floats]] = WeakKeyDictionary()


def _axial(wanted: Floats, centers: Floats) -> Floats:
    """Axial force of each region (frames, regions) for a force and a moment about the origin (frames, 6).

    The smallest ones whose sum is the axial force and, as far as the places of the regions allow, whose moment in the
    frontal plane, with the shear shared equally, is the wanted one.
    """
    lateral = centers[:, 2] - centers[:, 2].mean()
    # About x, an axial force at z has the moment −z F; the shear at the mean height y has y F_z.
    frontal = -(wanted[:, 3] - centers[:, 1].mean() * wanted[:, 2]) - centers[:, 2].mean() * wanted[:, 1]
    even = np.repeat(wanted[:, 1:2] / len(centers), len(centers), axis=1)
    square = float(lateral @ lateral)
    return even if square < _TINY else even + np.outer(frontal / square, lateral)


_TINY = 1e-9
