# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One of the two designs of the page: its controls, their choices, and its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fea.case import Case, Stance, TissueState
from fea.errors import BonefeaError
from fea.loading import more_loads
from fea.strain import Hotspot
from fea.view.bone import ViewedBone
from fea.view.design import ContactSummary, Design, FrameFields, at_frame, designed, over_stance, peaks
from fea.view.design_controls import ControlValues, case_of, choices, controls_of, with_t_score
from fea.view.tissues import Tissues
from fea.view.words import activity_title, combination_note, previous_hotspot_texts


@dataclass(frozen=True)
class InitialDesign:
    """A design to begin with: a solved bone and its case."""

    title: str
    bone: ViewedBone
    case: Case


class DesignPanel:
    """A design and its controls, whose entries in the page's state begin with the letter of its place.

    Parameters
    ----------
    place : str
        The letter.
    initial : InitialDesign
        The design to begin with.
    state : trame state
        That of the page.

    Attributes
    ----------
    design : Design
        The bone under the activity that the controls ask for.
    frame : FrameFields
        Fields that were drawn last.
    findings : ContactSummary or None
        Summary of the whole contact, once it is known.
    tissues : Tissues or None
        The bone in all its tissues, once that is prepared.
    """

    def __init__(self, place: str, initial: InitialDesign, state: Any) -> None:
        self.place, self.title = place, initial.title
        self._state = state
        offered = choices(initial.case.bone, initial.case.size_mm, initial.case, initial.case.tissue)
        solved = set(initial.bone.loads)
        self._choices = {name: case for name, case in offered.items() if solved.issuperset(more_loads(case))}
        self.design: Design = designed(initial.bone, initial.case)
        self.frame: FrameFields = at_frame(self.design, 0)
        self.findings: ContactSummary | None = None
        self.tissues: Tissues | None = None
        self._spots: Sequence[Hotspot] = ()

    @property
    def case(self) -> Case:
        """The case of the design."""
        return self.design.case

    @property
    def cases(self) -> list[Case]:
        """The case of the design, then those of the other activities that the page offers."""
        return [self.case, *self._choices.values()]

    @property
    def t_score(self) -> float:
        """T-score of the slider of the tissue."""
        return float(self._state[f"{self.place}_t_score"])

    def set(self, **entries: Any) -> None:
        """Change entries of the page's state."""
        self._state.update({f"{self.place}_{name}": value for name, value in entries.items()})

    def begin(self) -> None:
        """Give the controls their first values."""
        controls = controls_of(self.case)
        titles = [{"title": activity_title(case), "value": name} for name, case in self._choices.items()]
        own = {"title": f"{self.place.upper()}: {self.title}", "activities": titles, "activity": controls.activity}
        self.set(**own, mass=controls.body_mass_kg, pack=controls.pack_mass_kg, mistake="", busy=False)
        self.set(t_score=self.case.tissue.t_score, solving="", tissue="", prepared=False, hotspots=[], summary="")
        self._offer_demand(controls.demand)

    def apply_activity(self) -> bool:
        """Apply the chosen activity, at its own speed; return whether it is another one."""
        case = self._choices.get(self._state[f"{self.place}_activity"])
        if case is None or case.activity.name == self.case.activity.name:
            return False
        demand = controls_of(case).demand
        taken = self._apply(replace(self._controls(), demand=demand))
        self._offer_demand(demand)
        return taken

    def apply_controls(self) -> bool:
        """Apply the controls to the loads; return whether the case has changed."""
        return self._apply(self._controls())

    def set_tissue(self, state: TissueState, bone: ViewedBone) -> None:
        """Set the bone in another state of its tissue."""
        known = {name: case.model_copy(update={"tissue": state}) for name, case in self._choices.items()}
        self.design = designed(bone, case_of(known, self._controls()))
        self._choices, self.findings, self._spots = known, None, ()

    def combine_tissue(self, tissues: Tissues) -> None:
        """Set the bone at the T-score of the slider, combined from solved ones.

        Raises
        ------
        fea.errors.InputError
            A T-score outside its range, or a state that cannot be combined.
        """
        t_score, spots = self.t_score, self._spots if self.findings is None else self.findings.hotspots
        state = with_t_score(self.case.tissue, t_score)
        mixture = tissues.at(state)
        self.set_tissue(state, tissues.thinned(mixture))
        self._spots = spots
        self.set(tissue=combination_note(t_score, tissues.error(mixture, self.design.coefficients)))
        self.set(**previous_hotspot_texts(spots, peaks(self.design, spots)))

    def update_frame(self) -> FrameFields:
        """The bone at the time of the slider, or the extremes of the whole contact."""
        if self._state.whole:
            self.frame = over_stance(self.design)
        else:
            self.frame = at_frame(self.design, self.design.frame(float(self._state.percent)))
        return self.frame

    def _controls(self) -> ControlValues:
        s, p = self._state, self.place
        activity, mass, pack, demand = (s[f"{p}_{name}"] for name in ("activity", "mass", "pack", "demand"))
        return ControlValues(str(activity), float(mass), float(pack), float(demand) if s[f"{p}_demand_name"] else None)

    def _apply(self, controls: ControlValues) -> bool:
        """Load the bone as the controls ask; a mistake is shown on the page and changes nothing else."""
        try:
            case = case_of(self._choices, controls)
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
