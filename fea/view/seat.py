# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One of the two designs of the page: what its controls say, what may be chosen, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fea.case import Case, Stance, TissueState
from fea.errors import BonefeaError
from fea.strain import Hotspot
from fea.view.asked import Asked, asked_of, changed, choices, with_t_score
from fea.view.bone import ViewedBone
from fea.view.design import Design, Findings, Frame, at_frame, designed, over_stance, peaks
from fea.view.tissues import Tissues
from fea.view.words import combined, followed, title


@dataclass(frozen=True)
class Subject:
    """What is put before the viewer: a solved bone and the case it begins with."""

    title: str
    bone: ViewedBone
    case: Case


class Seat:
    """A design and its controls, whose entries in the page's state begin with the letter of its place.

    Parameters
    ----------
    place : str
        The letter.
    subject : Subject
        What sits there.
    state : trame state
        That of the page.

    Attributes
    ----------
    design : Design
        The bone under the activity that the controls ask for.
    frame : Frame
        What was drawn last.
    findings : Findings or None
        What the whole contact does, once it is known.
    tissues : Tissues or None
        The bone in all its tissues, once that is prepared.
    """

    def __init__(self, place: str, subject: Subject, state: Any) -> None:
        self.place, self.title = place, subject.title
        self._state = state
        self._known = choices(subject.case.bone, subject.case.size_mm, subject.case, subject.case.tissue)
        self.design: Design = designed(subject.bone, subject.case)
        self.frame: Frame = at_frame(self.design, 0)
        self.findings: Findings | None = None
        self.tissues: Tissues | None = None
        self._spots: Sequence[Hotspot] = ()

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.design.case

    @property
    def t_score(self) -> float:
        """What the slider of the tissue says."""
        return float(self._state[f"{self.place}_t_score"])

    def set(self, **entries: Any) -> None:
        """Change entries of the page's state."""
        self._state.update({f"{self.place}_{name}": value for name, value in entries.items()})

    def begin(self) -> None:
        """Give the controls their first values."""
        asked = asked_of(self.case)
        titles = [{"title": title(case), "value": name} for name, case in self._known.items()]
        own = {"title": f"{self.place.upper()}: {self.title}", "activities": titles, "activity": asked.activity}
        self.set(**own, mass=asked.body_mass_kg, pack=asked.pack_mass_kg, mistake="", busy=False)
        self.set(t_score=self.case.tissue.t_score, solving="", tissue="", prepared=False, hotspots=[], summary="")
        self._offer_demand(asked.demand)

    def choose(self) -> bool:
        """Take the activity that was chosen, at its own speed; return whether it is another one."""
        case = self._known.get(self._state[f"{self.place}_activity"])
        if case is None or case.activity.name == self.case.activity.name:
            return False
        demand = asked_of(case).demand
        taken = self._take(replace(self._wish(), demand=demand))
        self._offer_demand(demand)
        return taken

    def ask(self) -> bool:
        """Load the bone as the controls ask; return whether that is anything new."""
        return self._take(self._wish())

    def wear(self, state: TissueState, bone: ViewedBone) -> None:
        """Take the bone in another state of its tissue."""
        known = {name: case.model_copy(update={"tissue": state}) for name, case in self._known.items()}
        self.design = designed(bone, changed(known, self._wish()))
        self._known, self.findings, self._spots = known, None, ()

    def combine(self, tissues: Tissues) -> None:
        """Take the bone at the T-score of the slider, combined from what it was solved for.

        Raises
        ------
        fea.errors.InputError
            A T-score outside its range, or a state that cannot be combined.
        """
        t_score, spots = self.t_score, self._spots if self.findings is None else self.findings.hotspots
        state = with_t_score(self.case.tissue, t_score)
        mixture = tissues.at(state)
        self.wear(state, tissues.thinned(mixture))
        self._spots = spots
        self.set(tissue=combined(t_score, tissues.error(mixture, self.design.coefficients)))
        self.set(**followed(spots, peaks(self.design, spots)))

    def look(self) -> Frame:
        """Return the bone as the slider of the time, or the switch of the whole contact, asks for it."""
        if self._state.whole:
            self.frame = over_stance(self.design)
        else:
            self.frame = at_frame(self.design, self.design.frame(float(self._state.percent)))
        return self.frame

    def _wish(self) -> Asked:
        s, p = self._state, self.place
        activity, mass, pack, demand = (s[f"{p}_{name}"] for name in ("activity", "mass", "pack", "demand"))
        return Asked(str(activity), float(mass), float(pack), float(demand) if s[f"{p}_demand_name"] else None)

    def _take(self, asked: Asked) -> bool:
        """Load the bone as asked; a mistake is said on the page and changes nothing else."""
        try:
            case = changed(self._known, asked)
            if case == self.case:
                return False
            self.design, self.findings = designed(self.design.bone, case), None
            self._spots = ()
        except (BonefeaError, ValueError, TypeError) as mistake:
            self.set(mistake=str(mistake))
            return False
        self.set(mistake="", frames=len(self.design.history.time_s))
        return True

    def _offer_demand(self, value: float | None) -> None:
        """Give the slider of speed or drop height the range of the activity."""
        activity = self.case.activity
        own = activity.what.demand if isinstance(activity, Stance) else None
        self.set(stance=isinstance(activity, Stance), frames=len(self.design.history.time_s))
        if own is None:
            self.set(demand_name="", demand=0, demand_low=0, demand_high=1, demand_unit="", demand_step=0.1)
            return
        name = {"speed": "Speed", "height": "Drop height"}[own.name]
        limits = {"demand_low": own.lowest, "demand_high": own.highest, "demand_step": 0.1 if own.highest > 2 else 0.05}
        at = own.default if value is None else value
        self.set(demand_name=name, demand_unit=own.unit, demand=at, **limits)
