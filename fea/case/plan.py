# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A training plan as data: blocks of weeks, each with sessions of an activity on named days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Literal, Self, get_args

import tomli_w
from pydantic import Field, model_validator

from fea.case.options import ActivityOptions
from fea.case.record import Name, Record
from fea.errors import InputError, out_of_range

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = get_args(Day)

MOST_KM = 100.0
MOST_REPETITIONS = 20_000
MOST_WEEKS = 104
_GROWTH = (-50.0, 100.0)
"""Range of a weekly growth, %."""


_CALLED = {"pack_kg": "pack_mass_kg"}
"""Options that the file of a plan calls otherwise."""


class Session(Record):
    """An activity on some days of each week of a block, by distance or by repetitions (contacts of one leg).

    The amount grows by ``weekly_growth_percent`` of the week before; speed, height, step rate, pack, how
    it is carried and shoe are those of :class:`fea.case.ActivityOptions`.
    """

    activity: str
    """Activity, by name or path."""
    days: tuple[Day, ...] = Field(min_length=1)
    """Days of the week on which it is done."""
    distance_km: Annotated[float, Field(ge=0.0, le=MOST_KM)] | None = None
    """Distance on each of these days, in the first week of the block."""
    repetitions: Annotated[int, Field(ge=0, le=MOST_REPETITIONS)] | None = None
    """Contacts of one leg on each of these days, in place of a distance."""
    weekly_growth_percent: Annotated[float, Field(ge=_GROWTH[0], le=_GROWTH[1])] = 0.0
    """Growth of the amount from week to week."""
    speed_m_per_s: float | None = None
    """Speed; the activity's own by default."""
    height_m: float | None = None
    """Drop height; the activity's own by default."""
    step_rate_per_min: float | None = None
    """Steps of both feet; the activity's own by default."""
    pack_mass_kg: float = 0.0
    """Carried mass."""
    carriage: str = "backpack"
    """Way of carrying."""
    footwear: str = "conventional"
    """Shoe."""

    @property
    def options(self) -> ActivityOptions:
        """Options of the activity."""
        own = {f.name: getattr(self, _CALLED.get(f.name, f.name)) for f in fields(ActivityOptions)}
        return ActivityOptions(**own)

    @property
    def most(self) -> float:
        """The largest amount that a session may have, km or repetitions."""
        return MOST_KM if self.distance_km is not None else float(MOST_REPETITIONS)

    def amount(self, week: int) -> float:
        """Amount in km or repetitions of a session in the ``week``-th week of its block, counted from 0."""
        first = self.distance_km if self.distance_km is not None else self.repetitions
        assert first is not None
        return float(first) * (1.0 + self.weekly_growth_percent / 100.0) ** week

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.distance_km is None) == (self.repetitions is None):
            raise ValueError(f"a session of {self.activity!r} needs either distance_km or repetitions")
        if len(set(self.days)) < len(self.days):
            raise ValueError(f"a session of {self.activity!r} names a day twice")
        return self


class Block(Record):
    """Weeks that share their sessions, first and last counted from 1; a day without a session is a rest day."""

    weeks: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=MOST_WEEKS)]]
    """First and last week, counted from 1."""
    sessions: tuple[Session, ...] = ()
    """Sessions of each week; none for rest."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = self.weeks
        if first > last:
            raise ValueError(f"weeks are {first} to {last}; the first must not come after the last")
        for session in self.sessions:
            reached = session.amount(last - first)
            if reached > session.most:
                grown = f"a session of {session.activity!r} grows to {reached:g} by week {last}"
                raise ValueError(f"{grown}; allowed: up to {session.most:g}")
        return self


@dataclass(frozen=True)
class DatedSession:
    """A session on a date: ``day`` counted from 0 at the plan's first Monday, ``amount`` in km or repetitions."""

    day: int
    session: Session
    amount: float


class Plan(Record):
    """A training plan, as read from ``loadcases/plans/*.toml``.

    ``accustomed`` says that the bone is pre-conditioned to the first week; otherwise it comes from rest.
    """

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["plan"]
    name: Name
    title: str
    accustomed: bool = False
    """Whether the bone is pre-conditioned to the first week."""
    sources: dict[str, str]
    """Sources of the plan."""
    blocks: tuple[Block, ...] = Field(min_length=1)
    """Blocks of weeks without gap or overlap."""

    def with_growth(self, percent: float) -> Plan:
        """The first week of the plan over all its weeks, each amount growing by a share of the week before.

        Raises
        ------
        fea.errors.InputError
            The plan has a single week, its first week is rest, or the growth leads out of the range of an amount.
        """
        sessions = self.blocks[0].sessions
        if self.weeks < 2 or not sessions:
            fault = "has a single week" if self.weeks < 2 else "begins with rest"
            raise InputError(f"plan {self.name!r} {fault}; a weekly growth needs a first week to grow from.")
        lowest, highest = self.growth_range
        if not lowest <= percent <= highest:
            raise out_of_range("weekly growth in %", percent, f"{lowest:g} to {highest:.4g} % for plan {self.name!r}")
        growing = tuple(session.model_copy(update={"weekly_growth_percent": percent}) for session in sessions)
        block = self.blocks[0].model_copy(update={"weeks": (1, self.weeks), "sessions": growing})
        return self.model_copy(update={"blocks": (block,)})

    def with_rest(self, days: Collection[Day]) -> Plan:
        """The plan without its sessions on some days of the week."""
        blocks = []
        for block in self.blocks:
            kept = [(one, tuple(day for day in one.days if day not in days)) for one in block.sessions]
            sessions = tuple(one.model_copy(update={"days": left}) for one, left in kept if left)
            blocks.append(block.model_copy(update={"sessions": sessions}))
        return self.model_copy(update={"blocks": tuple(blocks)})

    def weekly_amounts(self) -> tuple[list[float], list[float]]:
        """Kilometres and repetitions of each week."""
        km, repetitions = [0.0] * self.weeks, [0.0] * self.weeks
        for entry in self.dated_sessions():
            amounts = repetitions if entry.session.distance_km is None else km
            amounts[entry.day // 7] += entry.amount
        return km, repetitions

    @property
    def growth_range(self) -> tuple[float, float]:
        """Smallest and largest weekly growth, %, by which the first week stays in the range of every amount."""
        steps = max(self.weeks - 1, 1)
        amounts = ((session.most, session.amount(0)) for session in self.blocks[0].sessions)
        rooms = [(most / first) ** (1.0 / steps) for most, first in amounts if first > 0.0]
        return _GROWTH[0], min([_GROWTH[1], *(100.0 * (room - 1.0) for room in rooms)])

    def toml(self) -> str:
        """The plan as TOML, to be written into a file, changed and read back."""
        table = {"schema": self.schema_version, "kind": self.kind, "name": self.name, "title": self.title}
        rest = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        text = tomli_w.dumps({**table, "accustomed": self.accustomed, **rest})
        return re.sub(r"\[\n((?:    [^\[\]\n]+,\n)+)\]", lambda found: f"[{' '.join(found[1].split())[:-1]}]", text)

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return self.blocks[-1].weeks[1]

    @property
    def days(self) -> int:
        """Number of days, rest days included."""
        return 7 * self.weeks

    def dated_sessions(self) -> Iterator[DatedSession]:
        """Yield every session on its date, block by block."""
        for block in self.blocks:
            first, last = block.weeks
            for week in range(first, last + 1):
                for session in block.sessions:
                    for day in session.days:
                        yield DatedSession(7 * (week - 1) + DAYS.index(day), session, session.amount(week - first))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        due = 1
        for block in self.blocks:
            first, last = block.weeks
            if first != due:
                fault = "overlap" if first < due else "leave a gap"
                raise ValueError(f"the weeks {fault}: a block begins in week {first}; it must begin in week {due}")
            due = last + 1
        if not any(entry.amount > 0.0 for entry in self.dated_sessions()):
            raise ValueError("no session has a distance or repetitions above 0")
        return self
