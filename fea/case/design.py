# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A training plan in another design: sessions with another shoe, pack, way of carrying, speed, height or step rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any

from fea.case.activity import Activity
from fea.case.history import History
from fea.case.library import read_activity, read_carriage, read_shoe, read_trial
from fea.case.options import Option, described
from fea.case.plan import Plan, Session
from fea.case.stance import StanceActivity
from fea.errors import InputError


@dataclass(frozen=True)
class DesignOptions:
    """What every session of a plan that takes it has in place of its own; None leaves the plan's."""

    footwear: Annotated[
        str | None, Option("footwear", "Shoe of every session, by name or path; as the plan has it by default.")
    ] = None
    carriage: Annotated[
        str | None, Option("carriage", "Way of carrying of every session with a pack, by name or path.")
    ] = None
    pack_kg: Annotated[float | None, Option("pack", "Carried mass in kg of every session with a pack.", "kg")] = None
    speed_m_per_s: Annotated[
        float | None, Option("speed", "Speed in m/s of every session of an activity that has one.", "m/s")
    ] = None
    height_m: Annotated[float | None, Option("height", "Drop height in m of every landing.", "m")] = None
    step_rate_per_min: Annotated[
        float | None, Option("step_rate", "Steps of both feet per minute of every session that steps.", "1/min")
    ] = None


@dataclass(frozen=True)
class OtherOptions(DesignOptions):
    """Another design to compare a plan with: what differs from the plan's own, the body mass among it."""

    mass_kg: Annotated[float | None, Option("mass", "Body mass in kg.", "kg")] = None


def in_design(plan: Plan, design: DesignOptions) -> Plan:
    """The plan with the options of a design in each session that takes them; its title says so.

    A speed is taken by activities that have one, a height by landings, a pack by sessions that carry one.

    Raises
    ------
    fea.errors.InputError
        No session takes an option, or a shoe or a way of carrying that cannot be read.
    """
    given = {field.name: getattr(design, field.name) for field in fields(DesignOptions)}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return plan
    known = {session.activity: _read(session.activity) for block in plan.blocks for session in block.sessions}
    for name, value in given.items():
        plan = _with_option(plan, name, value, known)
    told = ", ".join(_OPTIONS[name].told(value) for name, value in given.items())
    return plan.model_copy(update={"title": f"{plan.title}, {told}"})


def in_other_design(plan: Plan, design: DesignOptions, other: OtherOptions) -> Plan | None:
    """The plan in another design, which has all options of the first that it does not give; None where it gives none.

    Raises
    ------
    fea.errors.InputError
        As for :func:`in_design`.
    """
    if other == type(other)():
        return None
    mine, given = vars(design), vars(other)
    own = {f.name: mine[f.name] if given[f.name] is None else given[f.name] for f in fields(DesignOptions)}
    changed = in_design(plan, DesignOptions(**own))
    return (
        changed
        if other.mass_kg is None
        else changed.model_copy(update={"title": f"{changed.title}, {other.mass_kg:g} kg"})
    )


@dataclass(frozen=True)
class _Taking:
    """Which sessions take an option, what a plan lacks where none does, and the option's value in a title."""

    takes: Callable[[StanceActivity, Session], bool]
    lacking: str
    told: Callable[[Any], str]


def _has(demand: str) -> Callable[[StanceActivity, Session], bool]:
    return lambda activity, _session: activity.demand is not None and activity.demand.name == demand


def _carries(_activity: StanceActivity, session: Session) -> bool:
    return session.pack_mass_kg > 0.0


_OPTIONS = {
    "footwear": _Taking(lambda *_: True, "takes a shoe", lambda name: read_shoe(name)[1].title),
    "carriage": _Taking(_carries, "carries a pack", lambda name: read_carriage(name)[1].title),
    "pack_kg": _Taking(_carries, "carries a pack", lambda value: f"pack {value:g} kg"),
    "speed_m_per_s": _Taking(_has("speed"), "has a speed", lambda value: f"{value:g} m/s"),
    "height_m": _Taking(_has("height"), "is a landing", lambda value: f"{value:g} m"),
    "step_rate_per_min": _Taking(
        lambda activity, _session: activity.step_rate_per_min is not None,
        "steps",
        lambda value: f"{value:g} steps per minute",
    ),
}

_Known = dict[str, Activity | StanceActivity | History | None]


def _read(name: str) -> Activity | StanceActivity | History | None:
    """An activity; None for a trial, whose forces are given."""
    return read_activity(name) if read_trial(name) is None else None


def _with_option(plan: Plan, name: str, value: Any, known: _Known) -> Plan:
    taking, key = _OPTIONS[name], "pack_mass_kg" if name == "pack_kg" else name

    def takes(session: Session) -> bool:
        activity = known[session.activity]
        return isinstance(activity, StanceActivity) and taking.takes(activity, session)

    def changed(session: Session) -> Session:
        return session.model_copy(update={key: value}) if takes(session) else session

    if not any(takes(session) for block in plan.blocks for session in block.sessions):
        option = described(DesignOptions)[name].name.replace("_", "-")
        raise InputError(f"no session of plan {plan.name!r} {taking.lacking}; leave out --{option}.")
    blocks = tuple(b.model_copy(update={"sessions": tuple(changed(one) for one in b.sessions)}) for b in plan.blocks)
    return plan.model_copy(update={"blocks": blocks})
