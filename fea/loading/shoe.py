# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A shoe of one's own: factors on an activity of the library from two load histories, with it and without."""

from __future__ import annotations

import numpy as np

from fea.case import BODY_WEIGHT_N_PER_KG, Case, History, Shoe, Stance, checked
from fea.errors import InputError, out_of_range
from fea.loading.frames import load_history
from fea.loading.traction import UnitLoad

_LEAST, _MOST = 0.2, 4.0


def shoe_of(mine: History, reference: History, case: Case, title: str) -> Shoe:
    """Shoe whose factors turn an activity's loads as much as ``reference`` must be turned to become ``mine``.

    The force is that on the ankle contact of a tibia, or under the head of a metatarsal. What the other contact time
    brings by itself is taken out of its factor, so that the activity in this shoe shows the measured ratio. The centre
    of pressure has acted on both histories and is not counted again.

    Parameters
    ----------
    mine, reference : History
        Load histories of the same bone, in the shoe and in the conventional one.
    case : Case
        The activity on that bone in the conventional shoe.
    title : str
        Title of the shoe.

    Raises
    ------
    fea.errors.InputError
        A history without the force, no stance, or a ratio that no shoe makes.
    """
    stance = case.activity
    if not isinstance(stance, Stance):
        raise InputError(f"activity {case.activity.name!r} is no stance, so a shoe does not change it.")
    on_ray = case.bone.bone in stance.foot.rays
    region = stance.foot.head_region if on_ray else stance.leg.contact_region
    force = _peak_bw(mine, region) / _peak_bw(reference, region)
    longer = _lasting_s(mine) / _lasting_s(reference)
    for what, ratio in ((f"the ratio of peak forces on {region!r}", force), ("the ratio of contact times", longer)):
        if not _LEAST <= ratio <= _MOST:
            raise out_of_range(what, float(f"{ratio:.3g}"), f"{_LEAST:g} to {_MOST:g}")
    own = {"evidence": "D", "source": f"ratio of {mine.name!r} and {reference.name!r}"}
    changed_time = {"contact_time": own | {"factor": stance.shoe.contact_time.factor * longer}}
    table = stance.shoe.model_dump(by_alias=True) | {"title": title} | changed_time
    brought = _peak(_in_shoe(case, checked(Shoe, table, "shoe")), region) / _peak(case, region)
    name = "forefoot_force" if on_ray else "ankle_force"
    usual = getattr(stance.shoe, name).factor
    told = (
        f"ratio of {mine.name!r} and {reference.name!r}, {force:.3f}, over {brought:.3f} that the contact time brings"
    )
    table[name] = {"evidence": "D", "source": told, "factor": usual * force / brought}
    return checked(Shoe, table, f"shoe {title!r}")


def _in_shoe(case: Case, shoe: Shoe) -> Case:
    assert isinstance(case.activity, Stance)
    return case.model_copy(update={"activity": case.activity.model_copy(update={"shoe": shoe})})


def _peak(case: Case, region: str) -> float:
    history = load_history(case)
    columns = [history.loads.index(load) for load in history.loads if _is_force(load, region)]
    return float(np.linalg.norm(history.coefficients[:, columns], axis=1).max())


def _is_force(load: object, region: str) -> bool:
    return isinstance(load, UnitLoad) and load.region == region and not load.moment


def _peak_bw(history: History, region: str) -> float:
    """Largest force on a region in BW; in N of a history that states no mass."""
    if region not in history.forces:
        raise InputError(f"the load history {history.name!r} has no force on {region!r}.")
    weight = 1.0
    if history.unit == "N" and history.body_mass_kg is not None:
        weight = history.body_mass_kg * BODY_WEIGHT_N_PER_KG
    peak = float(np.linalg.norm(np.array(history.forces[region]), axis=1).max()) / weight
    if peak <= 0.0:
        raise InputError(f"the load history {history.name!r} has no force on {region!r}.")
    return peak


def _lasting_s(history: History) -> float:
    if len(history.time_s) < 2:
        raise InputError(f"the load history {history.name!r} is a single instant; needed: a whole contact.")
    return history.time_s[-1] - history.time_s[0]
