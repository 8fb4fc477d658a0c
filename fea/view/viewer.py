# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The viewer: what the controls say goes in, pictures and findings come out; one drawing for many moves of a slider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from fea.case import Case, Stance, read_fatigue
from fea.errors import BonefeaError
from fea.show.views import TOWARDS
from fea.solve import Basis, Carried
from fea.view.bone import ViewedBone, viewed
from fea.view.design import (
    QUANTITIES,
    RISKS,
    UNITS,
    Asked,
    Design,
    Findings,
    Frame,
    Quantity,
    Scale,
    asked_of,
    at_frame,
    changed,
    choices,
    designed,
    found,
    over_stance,
    probed,
    scale,
    values,
    with_t_score,
)
from fea.view.page import PLACES, build
from fea.view.picture import Cut, Picture, flight
from fea.view.words import cut_titles, read_out, said, title

_REST_S = 0.6
_SHOWN_S = 0.1
_PLAY_S, _PLAY_STEP = 0.1, 2
_FLIGHT_STEPS, _FLIGHT_S = 10, 0.03
_STILL_PX = 4
_TURNING = 1  # VTKIS_ROTATE


Done = Callable[[Basis], object]
Failed = Callable[[BaseException], object]
Solve = Callable[[Case, Carried | None, Done, Failed], None]
"""Begins to solve the bone of a case, and tells the one or the other from any thread."""


@dataclass(frozen=True)
class Subject:
    """What is put before the viewer: a solved bone and the case it begins with."""

    title: str
    bone: ViewedBone
    case: Case
    carried: Carried | None


@dataclass
class _Seat:
    """One of the two designs: what may be chosen for it, what it is, and what was found for which question."""

    subject: Subject
    known: dict[str, Case]
    design: Design
    frame: Frame
    findings: Findings | None = None


class Viewer:
    """The page's state and what keeps it true.

    Parameters
    ----------
    subjects : sequence of Subject
        One, or two that stand side by side.
    picture : Picture
        Where they are drawn.
    solve : callable
        How a bone is solved for another tissue.
    """

    def __init__(self, subjects: Sequence[Subject], picture: Picture, solve: Solve) -> None:
        from trame.app import get_server

        self.picture = picture
        self._solve = solve
        self.server = get_server(f"bonefea-{id(self)}", client_type="vue3")
        self._seats = [self._seated(subjects[k % len(subjects)], k) for k in range(len(PLACES))]
        self._drawing = False
        self._scale = Scale(QUANTITIES[0], (0.0, 1.0))
        # One at a time: work that waits can be called off, and what runs slows the pictures down.
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pressed: tuple[int, int] | None = None
        self._begin(len(subjects) > 1)
        anatomy = subjects[0].bone.anatomy
        self._view = build(self, subjects[0].title, anatomy.sides)
        self._connect()

    # ---------------------------------------------------------------- what the page calls

    def play(self) -> None:
        """Let the time run, or stop it."""
        self.server.state.playing = not self.server.state.playing
        if self.server.state.playing:
            self._start("play", self._played())

    def face(self, side: int) -> None:
        """Turn a side of the bone towards the viewer and show it whole."""
        if side in range(len(TOWARDS)):
            self._fly_to(self.picture.whole(np.array(TOWARDS[side])))

    def fly(self, place: str, rank: int) -> None:
        """Show a hotspot from straight outside, at the instant at which it peaks."""
        seat = self._seats[PLACES.index(place)] if place in PLACES else None
        spots = seat.findings.hotspots if seat is not None and seat.findings is not None else []
        spot = next((h for h in spots if h.rank == rank), None)
        if seat is None or spot is None:
            return
        times = seat.design.history.time_s
        if len(times) > 1:
            self.server.state.percent = round(100.0 * (spot.time_s - times[0]) / (times[-1] - times[0]))
        self._fly_to(self.picture.close(PLACES.index(place), spot))

    # ---------------------------------------------------------------- state

    def _seated(self, subject: Subject, place: int) -> _Seat:
        own = subject.case
        design = designed(subject.bone, own, subject.carried)
        self.picture.set_bone(place, subject.bone)
        known = choices(own.bone, own.size_mm, own, own.tissue)
        return _Seat(subject, known, design, at_frame(design, 0))

    def _begin(self, compare: bool) -> None:
        state, anatomy = self.server.state, self._seats[0].design.bone.anatomy
        state.update(
            {
                "quantity": QUANTITIES[0],
                "percent": 40,
                "playing": False,
                "whole": False,
                "hold": False,
                "scale": 0,
                "cut": "none",
                "cuts": [{"title": "none", "value": "none"}, *cut_titles(anatomy)],
                "cut_percent": 50,
                "contacts": 5000,
                "compare": compare,
                "probe": "",
                "spoken": "",
            }
        )
        for place, seat in zip(PLACES, self._seats, strict=True):
            asked = asked_of(seat.subject.case)
            titles = [{"title": title(case), "value": name} for name, case in seat.known.items()]
            own = {"title": f"{place.upper()}: {seat.subject.title}", "activities": titles, "activity": asked.activity}
            self._set(place, **own, mass=asked.body_mass_kg, pack=asked.pack_mass_kg, mistake="", busy=False)
            self._set(place, t_score=seat.subject.case.tissue.t_score, solving="")
            self._set(place, hotspots=[], summary="")
            self._offer_demand(place, seat, asked.demand)
        self.picture.place(compare)
        self.picture.look = self.picture.whole(np.array(TOWARDS[3]))
        self._draw()

    def _set(self, place: str, **entries: Any) -> None:
        self.server.state.update({f"{place}_{name}": value for name, value in entries.items()})

    def _offer_demand(self, place: str, seat: _Seat, value: float | None) -> None:
        """Give the slider of speed or drop height the range of the activity."""
        activity = seat.design.case.activity
        own = activity.what.demand if isinstance(activity, Stance) else None
        self._set(place, stance=isinstance(activity, Stance), frames=len(seat.design.history.time_s))
        if own is None:
            self._set(place, demand_name="", demand=0, demand_low=0, demand_high=1, demand_unit="", demand_step=0.1)
            return
        name = {"speed": "Speed", "height": "Drop height"}[own.name]
        limits = {"demand_low": own.lowest, "demand_high": own.highest, "demand_step": 0.1 if own.highest > 2 else 0.05}
        at = own.default if value is None else value
        self._set(place, demand_name=name, demand_unit=own.unit, demand=at, **limits)

    def _connect(self) -> None:
        state = self.server.state
        drawn = ("quantity", "percent", "whole", "hold", "scale", "cut", "cut_percent", "contacts")
        state.change(*drawn)(self._ask_to_draw)
        state.change("compare")(self._compared)
        state.change("quantity")(self._risk_asked)
        for place in PLACES:
            state.change(f"{place}_activity")(lambda p=place, **_: self._chosen(p))
            moved = [f"{place}_{name}" for name in ("mass", "pack", "demand")]
            state.change(f"{place}_t_score")(lambda p=place, **_: self._worn(p))
            state.change(*moved)(lambda p=place, **_: self._asked(p))
        self.server.controller.on_server_ready.add(self._find_all)
        # The style of interaction keeps the button's release to itself; it tells when a turn begins and ends.
        style = self.picture.plotter.render_window.GetInteractor().GetInteractorStyle()
        style.AddObserver("StartInteractionEvent", self._press)
        style.AddObserver("EndInteractionEvent", self._release)

    # ---------------------------------------------------------------- answers to the controls

    def _risk_asked(self, quantity: str, **_: Any) -> None:
        """Damage is looked for only when it is to be seen."""
        if quantity in RISKS:
            self._find_all()

    def _compared(self, compare: bool, **_: Any) -> None:
        self.picture.place(bool(compare))
        self._ask_to_draw()
        if compare:
            self._find("b")

    def _chosen(self, place: str) -> None:
        """Take another activity, at its own speed."""
        seat = self._seats[PLACES.index(place)]
        case = seat.known.get(self.server.state[f"{place}_activity"])
        if case is None or case.activity.name == seat.design.case.activity.name:
            return
        self._take(place, replace(self._wish(place), demand=asked_of(case).demand))
        self._offer_demand(place, seat, asked_of(case).demand)

    def _asked(self, place: str) -> None:
        self._take(place, self._wish(place))

    def _wish(self, place: str) -> Asked:
        s = self.server.state
        activity, mass, pack, demand = (s[f"{place}_{name}"] for name in ("activity", "mass", "pack", "demand"))
        return Asked(str(activity), float(mass), float(pack), float(demand) if s[f"{place}_demand_name"] else None)

    def _take(self, place: str, asked: Asked) -> None:
        """Load the bone as asked; a mistake is said on the page and changes nothing else."""
        seat = self._seats[PLACES.index(place)]
        try:
            case = changed(seat.known, asked)
            if case == seat.design.case:
                return
            seat.design, seat.findings = designed(seat.subject.bone, case, seat.subject.carried), None
        except (BonefeaError, ValueError, TypeError) as mistake:
            self._set(place, mistake=str(mistake))
            return
        self._set(place, mistake="", frames=len(seat.design.history.time_s))
        self._ask_to_draw()
        self._find(place)

    # ---------------------------------------------------------------- pictures

    def _ask_to_draw(self, **_: Any) -> None:
        """Draw once when all that has come in is read: a slider moves faster than pictures are made."""
        if self._drawing:
            return
        self._drawing = True
        asyncio.get_running_loop().call_soon(self._draw_now)

    def _draw_now(self) -> None:
        self._drawing = False
        with self.server.state:
            self._draw()
        self._view.update()

    def _draw(self) -> None:
        s = self.server.state
        quantity = cast(Quantity, s.quantity if s.quantity in QUANTITIES else QUANTITIES[0])
        seats = self._seats if s.compare else self._seats[:1]
        for seat in seats:
            seat.frame = self._frame(seat.design)
        damages = [seat.findings.damage if seat.findings is not None else None for seat in seats]
        known = [
            values(seat.design, seat.frame, quantity, damage, max(float(s.contacts), 1.0))
            for seat, damage in zip(seats, damages, strict=True)
        ]
        if not (s.hold and self._scale.quantity == quantity):
            self._scale = scale([seat.design for seat in seats], quantity, known)
            self._show_legend()
        cut = Cut(s.cut, float(s.cut_percent) / 100.0) if s.cut in ("x", "y", "z") else None
        for place, seat in enumerate(seats):
            moved = float(s.scale) * seat.frame.displacement
            self.picture.colour(place, known[place], moved, self._scale, cut)
        s.spoken = f"{seats[0].subject.title}, {s.legend_text}"

    def _frame(self, design: Design) -> Frame:
        if self.server.state.whole:
            return over_stance(design)
        return at_frame(design, design.frame(float(self.server.state.percent)))

    def _show_legend(self) -> None:
        s, bar = self.server.state, self._scale
        unit = UNITS[bar.quantity]
        colours = bar.colours(np.linspace(0.0, 1.0, 17))
        stops = ", ".join("#{:02x}{:02x}{:02x}".format(*(round(255 * float(c)) for c in rgb[:3])) for rgb in colours)
        s.legend_low, s.legend_high = bar.ends
        s.legend_unit = unit
        s.legend_style = f"background: linear-gradient(to right, {stops})"
        s.legend_text = f"{bar.quantity} from {bar.ends[0]} to {bar.ends[1]} {unit}; grey: not evaluated"

    async def _played(self) -> None:
        s, loop = self.server.state, asyncio.get_running_loop()
        while s.playing:
            begin = loop.time()
            with s:
                s.percent = (round(float(s.percent)) + _PLAY_STEP) % (100 + _PLAY_STEP)
            await asyncio.sleep(max(0.02, _PLAY_S - (loop.time() - begin)))

    def _fly_to(self, end: Any) -> None:
        self._start("flight", self._flown(end))

    async def _flown(self, end: Any) -> None:
        for look in flight(self.picture.look, end, _FLIGHT_STEPS):
            self.picture.look = look
            self._view.update()
            await asyncio.sleep(_FLIGHT_S)

    # ---------------------------------------------------------------- findings

    def _find_all(self, **_: Any) -> None:
        for place in PLACES if self.server.state.compare else PLACES[:1]:
            self._find(place)

    def _find(self, place: str) -> None:
        """Look for hotspots when the sliders have come to rest."""
        if place == "a" or self.server.state.compare:
            self._start(f"find {place}", self._found(place))

    async def _found(self, place: str) -> None:
        seat, s = self._seats[PLACES.index(place)], self.server.state
        with s:
            self._set(place, busy=True, hotspots=[], summary="")
        await asyncio.sleep(_REST_S)
        fatigue = read_fatigue() if s.quantity in RISKS else None
        try:
            findings = await self._worked(found, seat.design, fatigue)
        except BonefeaError as mistake:
            with s:
                self._set(place, busy=False, mistake=str(mistake))
            return
        seat.findings = findings
        self.picture.mark(PLACES.index(place), findings.hotspots)
        with s:
            self._set(place, busy=False, **said(findings))
        self._ask_to_draw()

    async def _worked[T](self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *given)

    def _basis(self, case: Case, carried: Carried | None) -> asyncio.Future[Basis]:
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Basis] = loop.create_future()

        def settle(tell: Callable[[Any], None], what: Any) -> None:
            if not result.done():  # the slider may have moved on
                tell(what)

        self._solve(
            case,
            carried,
            lambda basis: loop.call_soon_threadsafe(settle, result.set_result, basis),
            lambda error: loop.call_soon_threadsafe(settle, result.set_exception, error),
        )
        return result

    def _worn(self, place: str) -> None:
        self._start(f"tissue {place}", self._solved(place))

    async def _solved(self, place: str) -> None:
        """Solve the bone for another tissue when the slider has come to rest; the page says so meanwhile."""
        seat, s = self._seats[PLACES.index(place)], self.server.state
        await asyncio.sleep(_REST_S)
        state, t_score = seat.subject.case.tissue, float(s[f"{place}_t_score"])
        if t_score == seat.design.case.tissue.t_score:
            return
        with s:
            self._set(place, solving=f"solving for a T-score of {t_score:g} …")
        await asyncio.sleep(_SHOWN_S)
        try:
            worn = with_t_score(state, t_score)
            known = {name: case.model_copy(update={"tissue": worn}) for name, case in seat.known.items()}
            basis = await self._basis(known[seat.design.case.activity.name], seat.subject.carried)
            bone = await self._worked(viewed, seat.subject.case.bone, basis)
            seat.known, seat.subject = known, replace(seat.subject, bone=bone)
            seat.design = designed(bone, changed(known, self._wish(place)), seat.subject.carried)
        except (BonefeaError, ValueError) as mistake:
            with s:
                self._set(place, solving="", mistake=str(mistake))
            return
        seat.findings = None
        self.picture.set_bone(PLACES.index(place), bone)
        with s:
            self._set(place, solving="", mistake="")
        self._ask_to_draw()
        self._find(place)

    def _press(self, style: Any, _: str) -> None:
        self._pressed = style.GetInteractor().GetEventPosition() if style.GetState() == _TURNING else None

    def _release(self, style: Any, _: str) -> None:
        """Read the bone where the button was pressed and let go at one place; a longer way has turned it."""
        at, begin = style.GetInteractor().GetEventPosition(), self._pressed
        self._pressed = None
        if begin is None or max(abs(at[0] - begin[0]), abs(at[1] - begin[1])) > _STILL_PX:
            return
        picked = self.picture.picked(*at)
        with self.server.state as s:
            if picked is None:
                s.probe = ""
                return
            place, point = picked
            seat = self._seats[place]
            reading = probed(seat.design, seat.frame, point, float(s.scale))
            s.probe = (f"{PLACES[place].upper()}: " if s.compare else "") + read_out(reading)

    def _start(self, name: str, work: Any) -> None:
        """Begin a piece of work instead of the one of that name that may still run."""
        if name in self._tasks:
            self._tasks[name].cancel()
        self._tasks[name] = asyncio.get_running_loop().create_task(work)
