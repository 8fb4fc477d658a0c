# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The controls of a design, and the case that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fea.case import (
    BoneDescription,
    Case,
    Options,
    Stance,
    TissueOptions,
    TissueState,
    checked,
    composed,
    names,
    read_activity,
    read_tissue,
)
from fea.errors import InputError, unknown

T_SCORES = tuple(-0.5 * k for k in range(9))
"""T-scores of the slider of the tissue, from healthy bone on."""


@dataclass(frozen=True)
class ControlValues:
    """Values of the controls of one design; ``demand`` is the speed in m/s or drop height in m, None without one."""

    activity: str
    body_mass_kg: float
    pack_mass_kg: float
    demand: float | None


def choices(
    bone: BoneDescription, size_mm: float, own: Case | None = None, tissue: TissueState | None = None
) -> dict[str, Case]:
    """Activities of the library that load this bone, with their usual options, and ``own`` before them."""
    found = {} if own is None else {own.activity.name: own}
    for name in names("activity"):
        try:
            found.setdefault(name, composed(bone, read_activity(name), tissue, Options(size_mm=size_mm)))
        except InputError:  # the activity is for another bone
            continue
    return found


def controls_of(case: Case) -> ControlValues:
    """Values of the controls for a case."""
    stance = case.activity if isinstance(case.activity, Stance) else None
    demand = None if stance is None or stance.what.demand is None else stance.demand
    return ControlValues(case.activity.name, case.body_mass_kg, case.pack_mass_kg, demand)


def case_of(known: Mapping[str, Case], controls: ControlValues) -> Case:
    """The case that the controls ask for.

    The step rate keeps its ratio to the usual one at the speed; what the controls do not name stays as in
    the known case of that activity. Pack and demand are left where an activity has none.

    Raises
    ------
    fea.errors.InputError
        An activity that is not known, or a value outside its range.
    """
    if controls.activity not in known:
        raise unknown("activity", controls.activity, known)
    case = known[controls.activity]
    activity = case.activity
    table: dict[str, object] = {**dict(case), "body_mass_kg": controls.body_mass_kg}
    if isinstance(activity, Stance):
        demand = activity.demand if activity.what.demand is None or controls.demand is None else controls.demand
        rate = activity.step_rate_per_min
        if activity.what.step_rate_per_min is not None:
            usual = activity.what.step_rate_per_min.value
            rate *= usual(demand) / usual(activity.demand)
        own = {"demand": demand, "pack_mass_kg": controls.pack_mass_kg, "step_rate_per_min": rate}
        table["activity"] = checked(Stance, {**dict(activity), **own}, f"activity {controls.activity!r}")
    return checked(Case, table, "the case")


def with_t_score(state: TissueState, t_score: float) -> TissueState:
    """The tissue at a T-score of :data:`T_SCORES`, or between, with the laws and the symmetry of ``state``.

    Raises
    ------
    fea.errors.InputError
        A T-score outside its range.
    """
    laws = TissueOptions(
        t_score=t_score,
        law=state.cortical_law,
        cancellous_law=state.cancellous_law,
        symmetry=state.symmetry,
        outside_law=state.outside_law,
    )
    return read_tissue(laws).model_copy(update={"ratios": state.ratios})
