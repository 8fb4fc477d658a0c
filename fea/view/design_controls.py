# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The controls of a design, what they may be set to, and the case that they ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fea.case import (
    Activity,
    BoneDescription,
    Case,
    History,
    Options,
    Shoe,
    Stance,
    StanceActivity,
    TissueOptions,
    TissueState,
    checked,
    composed,
    names,
    read_activity,
    read_carriages,
    read_shoes,
    read_tissue,
)
from fea.case.stance import Carriage
from fea.errors import InputError, unknown
from fea.loading import Load, more_loads

T_SCORES = tuple(-0.5 * k for k in range(9))
"""T-scores of the slider of the tissue, from healthy bone on."""

Loading = Activity | StanceActivity | History


@dataclass(frozen=True)
class Offered:
    """What the page offers for a bone: activities with their usual options, shoes and ways of carrying, by name.

    ``own`` names the activities that come from files of the user.
    """

    activities: Mapping[str, Case]
    shoes: Mapping[str, Shoe] = field(default_factory=read_shoes)
    carriages: Mapping[str, Carriage] = field(default_factory=read_carriages)
    own: tuple[str, ...] = ()

    def borne_by(self, loads: Collection[Load]) -> Offered:
        """The same with those activities only whose unit loads are among ``loads``."""
        solved = set(loads)
        kept = {name: case for name, case in self.activities.items() if solved.issuperset(more_loads(case))}
        return replace(self, activities=kept)

    @property
    def table(self) -> dict[str, object]:
        """What the page is told of it."""
        return {
            "activities": {name: _activity_table(case) for name, case in self.activities.items()},
            "shoes": {name: shoe.title for name, shoe in self.shoes.items()},
            "carriages": {name: way.title for name, way in self.carriages.items()},
        }


@dataclass(frozen=True)
class ControlValues:
    """Values of the controls of one design.

    ``demand`` is the speed in m/s or drop height in m and ``step_rate_per_min`` counts both feet; None without one.
    """

    activity: str
    body_mass_kg: float
    pack_mass_kg: float = 0.0
    demand: float | None = None
    step_rate_per_min: float | None = None
    footwear: str = "conventional"
    carriage: str = "backpack"


def choices(
    bone: BoneDescription,
    size_mm: float,
    own: Case | None = None,
    tissue: TissueState | None = None,
    more: Sequence[Loading] = (),
) -> dict[str, Case]:
    """Activities that load this bone: ``own``, then ``more``, then those of the library, with their usual options."""
    found = {} if own is None else {own.activity.name: own}
    options = Options(size_mm=size_mm, side=None if own is None else own.side)
    for activity in more:
        found.setdefault(activity.name, composed(bone, activity, tissue, options))
    for name in names("activity"):
        try:
            found.setdefault(name, composed(bone, read_activity(name), tissue, options))
        except InputError:  # the activity is for another bone
            continue
    return found


def controls_of(case: Case) -> ControlValues:
    """Values of the controls for a case."""
    stance = case.activity if isinstance(case.activity, Stance) else None
    if stance is None:
        return ControlValues(case.activity.name, case.body_mass_kg)
    return ControlValues(
        activity=stance.name,
        body_mass_kg=case.body_mass_kg,
        pack_mass_kg=stance.pack_mass_kg,
        demand=None if stance.what.demand is None else stance.demand,
        step_rate_per_min=None if stance.what.step_rate_per_min is None else stance.step_rate_per_min,
        footwear=stance.footwear,
        carriage=stance.carried_as,
    )


def case_of(offered: Offered, controls: ControlValues) -> Case:
    """The case that the controls ask for.

    Without a step rate it keeps its ratio to the usual one at the speed; what the controls do not name stays as in
    the known case of that activity. Options of a stance are left where an activity has none.

    Raises
    ------
    fea.errors.InputError
        An activity, shoe or way of carrying that is not offered, or a value outside its range.
    """
    for what, name, known in (
        ("activity", controls.activity, offered.activities),
        ("shoe", controls.footwear, offered.shoes),
        ("way of carrying", controls.carriage, offered.carriages),
    ):
        if name not in known:
            raise unknown(what, name, known)
    case = offered.activities[controls.activity]
    table: dict[str, object] = {**dict(case), "body_mass_kg": controls.body_mass_kg}
    if isinstance(case.activity, Stance):
        table["activity"] = _stance(case.activity, offered, controls)
    return checked(Case, table, "the case")


def _stance(activity: Stance, offered: Offered, controls: ControlValues) -> Stance:
    demand = activity.demand if activity.what.demand is None or controls.demand is None else controls.demand
    rate = activity.step_rate_per_min
    if activity.what.step_rate_per_min is not None:
        usual = activity.what.step_rate_per_min.value
        kept = rate * usual(demand) / usual(activity.demand)
        rate = kept if controls.step_rate_per_min is None else controls.step_rate_per_min
    own = {
        "demand": demand,
        "pack_mass_kg": controls.pack_mass_kg,
        "step_rate_per_min": rate,
        "footwear": controls.footwear,
        "shoe": offered.shoes[controls.footwear],
        "carried_as": controls.carriage,
        "carriage": offered.carriages[controls.carriage],
    }
    return checked(Stance, {**dict(activity), **own}, f"activity {controls.activity!r}")


def _activity_table(case: Case) -> dict[str, object]:
    """Title of an activity, its usual values, and the ranges of its demand and of its step rate."""
    stance = case.activity if isinstance(case.activity, Stance) else None
    usual = controls_of(case)
    table: dict[str, object] = {
        "title": stance.what.title if stance is not None else case.activity.title,
        "stance": stance is not None,
        "body_mass_kg": usual.body_mass_kg,
        "pack_mass_kg": usual.pack_mass_kg,
        "footwear": usual.footwear,
        "carriage": usual.carriage,
        "demand": None,
        "step_rate": None,
    }
    if stance is not None and (own := stance.what.demand) is not None:
        ends = {"name": own.name, "unit": own.unit, "low": own.lowest, "high": own.highest}
        table["demand"] = {**ends, "value": stance.demand}
    if stance is not None and (rate := stance.what.step_rate_per_min) is not None:
        knots = sorted(rate.at)
        table["step_rate"] = {"at": knots, "usual": [rate.at[k] for k in knots], "value": stance.step_rate_per_min}
    return table


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
