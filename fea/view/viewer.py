# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The viewer: what the controls say goes in, pictures and findings come out; one drawing for many moves of a slider."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from fea.bone import Anatomy
from fea.case import Case, Stance
from fea.errors import BonefeaError
from fea.show.map import Limits, colour_map, rounded_up
from fea.show.views import TOWARDS
from fea.solve import Carried
from fea.view.bone import ViewedBone
from fea.view.design import (
    QUANTITIES,
    UNITS,
    Asked,
    Design,
    Findings,
    Frame,
    Quantity,
    Reading,
    asked_of,
    at_frame,
    changed,
    choices,
    designed,
    found,
    over_stance,
    peak,
    probed,
    values,
)
from fea.view.page import PLACES, build
from fea.view.picture import Axis, Cut, Picture, flight

_REST_S = 0.5
_PLAY_S, _PLAY_STEP = 0.1, 2
_FLIGHT_STEPS, _FLIGHT_S = 10, 0.03
_STILL_PX = 4
_CUTS: Mapping[Axis, tuple[int, int]] = {"z": (1, 3), "x": (0, 2)}


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
    """

    def __init__(self, subjects: Sequence[Subject], picture: Picture) -> None:
        from trame.app import get_server

        self.picture = picture
        self.server = get_server(f"bonefea-{id(self)}", client_type="vue3")
        self._seats = [self._seated(subjects[k % len(subjects)], k) for k in range(len(PLACES))]
        self._drawing = False
        # One at a time: work that waits can be called off, and what runs slows the pictures down.
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pressed = (0, 0)
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
        known = choices(own.bone, own.size_mm, own)
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
                "cuts": [{"title": "none", "value": "none"}, *_cut_titles(anatomy)],
                "cut_percent": 50,
                "compare": compare,
                "probe": "",
                "spoken": "",
            }
        )
        for place, seat in zip(PLACES, self._seats, strict=True):
            asked = asked_of(seat.subject.case)
            titles = [{"title": _title(case), "value": name} for name, case in seat.known.items()]
            own = {"title": f"{place.upper()}: {seat.subject.title}", "activities": titles, "activity": asked.activity}
            self._set(place, **own, mass=asked.body_mass_kg, pack=asked.pack_mass_kg, mistake="", busy=False)
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
        drawn = ("quantity", "percent", "whole", "hold", "scale", "cut", "cut_percent")
        state.change(*drawn)(self._ask_to_draw)
        state.change("compare")(self._compared)
        for place in PLACES:
            state.change(f"{place}_activity")(lambda p=place, **_: self._chosen(p))
            moved = [f"{place}_{name}" for name in ("mass", "pack", "demand")]
            state.change(*moved)(lambda p=place, **_: self._asked(p))
        self.server.controller.on_server_ready.add(self._find_all)
        interactor = self.picture.plotter.iren.interactor
        interactor.AddObserver("LeftButtonPressEvent", self._press)
        interactor.AddObserver("LeftButtonReleaseEvent", self._release)

    # ---------------------------------------------------------------- answers to the controls

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
            seat.design = designed(seat.subject.bone, case, seat.subject.carried)
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
        if not (s.hold and s.legend_of == quantity):
            self._show_legend(quantity, _limits(quantity, max(peak(seat.design, quantity) for seat in seats)))
        limits = (float(s.legend_low), float(s.legend_high))
        cut = Cut(s.cut, float(s.cut_percent) / 100.0) if s.cut in ("x", "y", "z") else None
        for place, seat in enumerate(seats):
            seat.frame = self._frame(seat.design)
            moved = float(s.scale) * seat.frame.displacement
            self.picture.colour(place, values(seat.design, seat.frame, quantity), moved, limits, cut)
        s.spoken = f"{seats[0].subject.title}: {quantity}, from {s.legend_low} to {s.legend_high} {s.legend_unit}"

    def _frame(self, design: Design) -> Frame:
        if self.server.state.whole:
            return over_stance(design)
        return at_frame(design, design.frame(float(self.server.state.percent)))

    def _show_legend(self, quantity: Quantity, limits: Limits) -> None:
        s = self.server.state
        colours = colour_map(limits)(np.linspace(0.0, 1.0, 17))
        stops = ", ".join("#{:02x}{:02x}{:02x}".format(*(round(255 * float(c)) for c in rgb[:3])) for rgb in colours)
        s.legend_of, s.legend_low, s.legend_high = quantity, f"{limits[0]:g}", f"{limits[1]:g}"
        s.legend_unit = UNITS[quantity]
        s.legend_style = f"background: linear-gradient(to right, {stops})"
        s.legend_text = f"Colours of {quantity} from {limits[0]:g} to {limits[1]:g} {UNITS[quantity]}; grey: left out"

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
            self._set(place, busy=True, hotspots=[])
        await asyncio.sleep(_REST_S)
        findings = await asyncio.get_running_loop().run_in_executor(self._worker, found, seat.design)
        seat.findings = findings
        self.picture.mark(PLACES.index(place), findings.hotspots)
        with s:
            self._set(place, busy=False, **_said(findings))
        self._ask_to_draw()

    def _press(self, interactor: Any, _: str) -> None:
        self._pressed = interactor.GetEventPosition()

    def _release(self, interactor: Any, _: str) -> None:
        """Read the bone where the button was pressed and let go at one place; a longer way has turned it."""
        at = interactor.GetEventPosition()
        import sys; print('REL',at,self._pressed,self.picture.picked(*at),file=sys.stderr)
        if max(abs(at[0] - self._pressed[0]), abs(at[1] - self._pressed[1])) > _STILL_PX:
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


def read_out(reading: Reading) -> str:
    """Return what the probe reads in words."""
    place = f"{reading.site} ({100.0 * reading.level:.0f} % of length)"
    if reading.excluded:
        return f"{place}\nleft out: near a support or load; modulus {reading.modulus_gpa:.1f} GPa"
    return (
        f"{place}\nε1 {reading.tension_ue:+.0f} µε, ε3 {reading.compression_ue:+.0f} µε, "
        f"equivalent {reading.equivalent_ue:.0f} µε\nmodulus {reading.modulus_gpa:.1f} GPa"
    )


def _said(findings: Findings) -> dict[str, Any]:
    spots = [
        {"rank": h.rank, "text": f"{h.rank}  {h.site} ({100 * h.level:.0f} %), {h.mode}: {h.strain_ue:+.0f} µε"}
        for h in findings.hotspots
    ]
    said = f"Whole contact: equivalent strain p50 {findings.p50_ue:.0f}, p95 {findings.p95_ue:.0f} µε. Hotspots:"
    return {"hotspots": spots, "summary": said}


def _limits(quantity: Quantity, largest: float) -> Limits:
    high = rounded_up(largest)
    return (-high, 0.0) if quantity == "smallest principal strain" else (0.0, high)


def _title(case: Case) -> str:
    return case.activity.what.title if isinstance(case.activity, Stance) else case.activity.title


def _cut_titles(anatomy: Anatomy) -> list[dict[str, str]]:
    sides = anatomy.sides
    along = [{"title": f"{sides[a]} to {sides[b]}", "value": axis} for axis, (a, b) in _CUTS.items()]
    return [*along, {"title": "across the shaft", "value": "y"}]
