# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The viewer: values of the controls go in, pictures and hotspots come out; one picture for many moves of a slider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np

from fea.case import read_fatigue
from fea.errors import BonefeaError
from fea.show.views import TOWARDS
from fea.view.background import Background
from fea.view.bone import viewed
from fea.view.controls import PLACES
from fea.view.design import QUANTITIES, RISKS, ColourBar, Quantity, colour_bar, contact_summary, probed, values
from fea.view.design_controls import with_t_score
from fea.view.page import build
from fea.view.panel import DesignPanel, InitialDesign
from fea.view.picture import CutPlane, Scene, camera_path
from fea.view.words import cut_titles, hotspot_texts, legend_text, probe_text

_REST_S = 0.6
_SHOWN_S = 0.1
_PLAY_S, _PLAY_STEP = 0.1, 2
_FLIGHT_STEPS, _FLIGHT_S = 10, 0.03
_STILL_PX = 4
_TURNING = 1  # VTKIS_ROTATE


class Viewer:
    """The state of the page and its updates.

    Parameters
    ----------
    designs : sequence of InitialDesign
        One, or two that stand side by side.
    picture : Scene
        The scene of their pictures.
    background : Background
        Processes that solve bones for other tissues.
    """

    def __init__(self, designs: Sequence[InitialDesign], picture: Scene, background: Background) -> None:
        from trame.app import get_server

        self.picture = picture
        self._background = background
        self.server = get_server(f"bonefea-{id(self)}", client_type="vue3")
        chosen = (designs[k % len(designs)] for k in range(len(PLACES)))
        self._panels = {
            p: DesignPanel(p, initial, self.server.state) for p, initial in zip(PLACES, chosen, strict=True)
        }
        for number, panel in enumerate(self._panels.values()):
            picture.set_bone(number, panel.design.bone)
        self._drawing = False
        self._scale = ColourBar(QUANTITIES[0], (0.0, 1.0))
        # One at a time: work that waits can be called off, and what runs slows the pictures down.
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pressed: tuple[int, int] | None = None
        self._begin(len(designs) > 1)
        anatomy = designs[0].bone.anatomy
        self._view = build(self, designs[0].title, anatomy.sides)
        self._connect()

    # ---------------------------------------------------------------- what the page calls

    def play(self) -> None:
        """Let the time run, or stop it."""
        self.server.state.playing = not self.server.state.playing
        if self.server.state.playing:
            self._start("play", self._played())

    def face(self, side: int) -> None:
        """Turn a side of the bone towards the viewer and show it whole."""
        if isinstance(side, int) and side in range(len(TOWARDS)):
            self._fly_to(self.picture.whole(np.array(TOWARDS[side])))

    def fly(self, place: str, rank: int) -> None:
        """Show a hotspot from straight outside, at the instant at which it peaks."""
        panel = self._panels.get(place)
        spots = panel.findings.hotspots if panel is not None and panel.findings is not None else []
        spot = next((h for h in spots if h.rank == rank), None)
        if panel is None or spot is None:
            return
        times = panel.design.history.time_s
        if len(times) > 1:
            self.server.state.percent = round(100.0 * (spot.time_s - times[0]) / (times[-1] - times[0]))
        self._fly_to(self.picture.close(PLACES.index(place), spot))

    # ---------------------------------------------------------------- state

    def _begin(self, compare: bool) -> None:
        state, anatomy = self.server.state, self._panels[PLACES[0]].design.bone.anatomy
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
        for panel in self._panels.values():
            panel.begin()
        self.picture.place(compare)
        self.picture.look = self.picture.whole(np.array(TOWARDS[3]))
        self._draw()

    @property
    def _places(self) -> Sequence[str]:
        """The places that are shown."""
        return PLACES if self.server.state.compare else PLACES[:1]

    def _connect(self) -> None:
        state = self.server.state
        drawn = ("quantity", "percent", "whole", "hold", "scale", "cut", "cut_percent", "contacts")
        state.change(*drawn)(self._ask_to_draw)
        state.change("compare")(self._compared)
        state.change("quantity")(self._risk_asked)
        for place in PLACES:
            state.change(f"{place}_activity")(lambda p=place, **_: self._chosen(p))
            moved = [f"{place}_{name}" for name in ("mass", "pack", "demand")]
            state.change(f"{place}_t_score")(lambda p=place, **_: self._tissue_changed(p))
            state.change(*moved)(lambda p=place, **_: self._asked(p))
        self.server.controller.on_server_ready.add(self._find_all)
        self.server.controller.on_server_ready.add(self._prepare_what_is_kept)
        # The style of interaction keeps the button's release to itself; it reports when a turn begins and ends.
        style = self.picture.plotter.render_window.GetInteractor().GetInteractorStyle()
        style.AddObserver("StartInteractionEvent", self._press)
        style.AddObserver("EndInteractionEvent", self._release)

    # ---------------------------------------------------------------- responses to the controls

    def _risk_asked(self, quantity: str, **_: Any) -> None:
        """Have damage computed once it is to be seen."""
        if quantity in RISKS:
            self._find_all()

    def _compared(self, compare: bool, **_: Any) -> None:
        self.picture.place(bool(compare))
        self._ask_to_draw()
        if compare:
            self._find("b")

    def _chosen(self, place: str) -> None:
        if self._panels[place].apply_activity():
            self._show(place)

    def _asked(self, place: str) -> None:
        if self._panels[place].apply_controls():
            self._show(place)

    def _show(self, place: str) -> None:
        self._panels[place].set(hotspots=[], summary="")
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
        panels = [self._panels[place] for place in self._places]
        damages = [panel.findings.damage if panel.findings is not None else None for panel in panels]
        known = [
            values(panel.design, panel.update_frame(), quantity, damage, max(float(s.contacts), 1.0))
            for panel, damage in zip(panels, damages, strict=True)
        ]
        if not (s.hold and self._scale.quantity == quantity):
            self._scale = colour_bar([panel.design for panel in panels], quantity, known)
            s.update(legend_text(self._scale))
        cut = CutPlane(s.cut, float(s.cut_percent) / 100.0) if s.cut in ("x", "y", "z") else None
        for place, panel in enumerate(panels):
            moved = float(s.scale) * panel.frame.displacement
            self.picture.colour(place, known[place], moved, self._scale, cut)
        s.spoken = f"{panels[0].title}, {s.legend_text}"

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
        for look in camera_path(self.picture.look, end, _FLIGHT_STEPS):
            self.picture.look = look
            self._view.update()
            await asyncio.sleep(_FLIGHT_S)

    # ---------------------------------------------------------------- findings

    def _find_all(self, **_: Any) -> None:
        for place in self._places:
            self._find(place)

    def _find(self, place: str) -> None:
        """Look for hotspots when the sliders have come to rest."""
        if place in self._places:
            self._start(f"find {place}", self._found(place))

    async def _found(self, place: str) -> None:
        panel, s = self._panels[place], self.server.state
        with s:
            panel.set(busy=True)
        await asyncio.sleep(_REST_S)
        fatigue = read_fatigue() if s.quantity in RISKS else None
        try:
            findings = await self._worked(contact_summary, panel.design, fatigue)
        except BonefeaError as mistake:
            with s:
                panel.set(busy=False, mistake=str(mistake))
            return
        panel.findings = findings
        self.picture.mark(PLACES.index(place), findings.hotspots)
        with s:
            panel.set(busy=False, **hotspot_texts(findings))
        self._ask_to_draw()

    async def _worked[T](self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *given)

    # ---------------------------------------------------------------- tissue

    def _tissue_changed(self, place: str) -> None:
        """Show the bone with another tissue: at once if it is prepared for all, else as soon as it is solved."""
        panel = self._panels[place]
        self._stop(f"tissue {place}")
        if panel.t_score == panel.case.tissue.t_score:
            panel.set(solving="")
            return
        if panel.tissues is None:
            self._start(f"tissue {place}", self._solved(place))
            return
        try:
            panel.combine_tissue(panel.tissues)
        except (BonefeaError, ValueError) as mistake:
            panel.set(mistake=str(mistake))
            return
        panel.set(solving="", mistake="")
        self._put(place)

    async def _solved(self, place: str) -> None:
        """Solve the bone for another tissue when the slider has come to rest; the page says so meanwhile."""
        panel, s = self._panels[place], self.server.state
        await asyncio.sleep(_REST_S)
        t_score = panel.t_score
        with s:
            panel.set(solving=f"solving for a T-score of {t_score:g} …")
        await asyncio.sleep(_SHOWN_S)
        self._prepare(place)
        try:
            state = with_t_score(panel.case.tissue, t_score)
            bone = await self._background.bone(*(c.model_copy(update={"tissue": state}) for c in panel.cases))
            panel.set_tissue(state, await self._worked(viewed, bone))
        except (BonefeaError, ValueError) as mistake:
            with s:
                panel.set(solving="", mistake=str(mistake))
            return
        with s:
            panel.set(solving="", mistake="", tissue="", hotspots=[], summary="")
        self._put(place)

    def _put(self, place: str) -> None:
        self.picture.set_bone(PLACES.index(place), self._panels[place].design.bone)
        self._ask_to_draw()
        self._find(place)

    def _prepare(self, place: str) -> None:
        """Prepare the bone for all tissues, unless it is or will be."""
        if self._panels[place].tissues is None and f"prepare {place}" not in self._tasks:
            self._start(f"prepare {place}", self._prepared(place))

    async def _prepared(self, place: str) -> None:
        panel, s = self._panels[place], self.server.state
        try:
            # Both designs may wait for the same bone, and neither may call it off.
            panel.tissues = await asyncio.shield(self._background.tissues(*panel.cases))
        except (BonefeaError, ValueError):  # such a bone is solved for each tissue
            return
        with s:
            panel.set(prepared=True)
            self._tissue_changed(place)

    def _prepare_what_is_kept(self, **_: Any) -> None:
        for place, panel in self._panels.items():
            if self._background.keeps_tissues(*panel.cases):
                self._prepare(place)

    # ---------------------------------------------------------------- probe

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
            panel = self._panels[PLACES[place]]
            reading = probed(panel.design, panel.frame, point, float(s.scale))
            s.probe = (f"{PLACES[place].upper()}: " if s.compare else "") + probe_text(reading)

    def _start(self, name: str, work: Any) -> None:
        """Begin a piece of work instead of the one of that name that may still run."""
        if name in self._tasks:
            self._tasks[name].cancel()
        self._tasks[name] = asyncio.get_running_loop().create_task(work)

    def _stop(self, name: str) -> None:
        if name in self._tasks:
            self._tasks.pop(name).cancel()
