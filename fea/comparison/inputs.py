# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The inputs by which two sides differ, where their factors come from, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from fea.case import Case, Effect, History, Stance
from fea.errors import InputError

Across = Literal["activity"]
"""Inputs that make a comparison senseless unless it is asked for."""
InputKind = Literal["design", "person", "model"]
"""Whether an input is of the design and its use, of the person, or of the model."""

_MOST_NAMED = 3
VARIES = "varies"
"""What an input is called that has one value in one pair of cases and another in another."""


@dataclass(frozen=True)
class EffectDifference:
    """A factor that acts on the bone and differs between the sides: the quantity, and the effect on each side."""

    quantity: str
    a: Effect
    b: Effect

    @property
    def sentence(self) -> str:
        """Both factors with level and text of their sources, and the range that these allow."""
        return f"{self.quantity} {_told_effect(self.a)} against {_told_effect(self.b)}"


def _told_effect(effect: Effect) -> str:
    span = "" if effect.range is None else f", range {effect.range[0]:g} to {effect.range[1]:g}"
    return f"×{effect.factor:g}{span} [{effect.evidence}: {effect.source}]"


@dataclass(frozen=True)
class InputDifference:
    """An input that differs between the sides.

    Attributes
    ----------
    name : str
        What it is called.
    kind : {"design", "person", "model"}
        Of the design and its use, of the person, or of the model.
    a, b : str
        Its value on each side, with its unit.
    effects : tuple of EffectDifference
        Factors of a shoe or a way of carrying that differ with it and act on this bone.
    without_effect : bool
        Whether it is a shoe or a way of carrying that changes nothing here.
    """

    name: str
    kind: InputKind
    a: str
    b: str
    effects: tuple[EffectDifference, ...] = ()
    without_effect: bool = False

    @property
    def sentence(self) -> str:
        """Name and both values."""
        return f"{self.name} {self.a} against {self.b}"


def input_differences(pairs: Sequence[tuple[Case, Case]]) -> tuple[InputDifference, ...]:
    """Inputs that differ within any pair of cases, those of the design first."""
    each = [{one.name: one for one in _of_pair(a, b)} for a, b in pairs]
    names = list(dict.fromkeys(name for one in each for name in one))
    joined = [
        _joined([one[name] for one in each if name in one], everywhere=all(name in one for one in each))
        for name in names
    ]
    order: tuple[InputKind, ...] = ("design", "person", "model")
    return tuple(sorted(joined, key=lambda one: order.index(one.kind)))


def _joined(several: Sequence[InputDifference], *, everywhere: bool) -> InputDifference:
    first = several[0]
    a, b = ({getattr(one, side) for one in several} for side in "ab")
    return InputDifference(
        name=first.name,
        kind=first.kind,
        a=first.a if len(a) == 1 and everywhere else VARIES,
        b=first.b if len(b) == 1 and everywhere else VARIES,
        effects=tuple({e.quantity: e for one in several for e in one.effects}.values()),
        without_effect=all(one.without_effect for one in several),
    )


def _of_pair(a: Case, b: Case) -> Iterator[InputDifference]:
    one, two = _inputs(a), _inputs(b)
    effects = _effects(a, b)
    for name in dict.fromkeys([*one, *two]):
        kind, value, text = one.get(name) or two[name]
        if name in one and name in two:
            _, other, other_text = two[name]
            if value == other:
                continue
            if text == other_text and isinstance(value, BaseModel) and isinstance(other, BaseModel):
                text, other_text = _changed_keys(value, other)
        else:
            text, other_text = (one[name][2] if name in one else "none", two[name][2] if name in two else "none")
        own = effects.get(name, ())
        yield InputDifference(name, kind, text, other_text, own, without_effect=name in effects and not own)


def _effects(a: Case, b: Case) -> dict[str, tuple[EffectDifference, ...]]:
    """Factors that differ, of the shoe and of the way of carrying."""
    one, two = a.activity, b.activity
    if not (isinstance(one, Stance) and isinstance(two, Stance)):
        return {}
    first, second = one.design_effects(a.bone.bone), two.design_effects(b.bone.bone)
    apart = [EffectDifference(q, first[q], second[q]) for q in first.keys() & second.keys()]
    apart = [effect for effect in apart if effect.a.factor != effect.b.factor]
    order = list(first)
    apart.sort(key=lambda effect: order.index(effect.quantity))
    carried = tuple(effect for effect in apart if effect.quantity == "braking force")
    return {"shoe": tuple(effect for effect in apart if effect not in carried), "way of carrying": carried}


def _inputs(case: Case) -> dict[str, tuple[InputKind, Any, str]]:
    """Kind, value and text of each input of a case, by name."""
    activity = case.activity
    found: dict[str, tuple[InputKind, Any, str]] = {}
    if isinstance(activity, Stance):
        found["activity"] = ("design", activity.what, activity.what.title)
        if activity.what.demand is not None:
            own = activity.what.demand
            found[own.name] = ("design", activity.demand, f"{activity.demand:g} {own.unit}")
        if activity.step_rate_per_min > 0.0:
            rate = activity.step_rate_per_min
            found["step rate"] = ("design", rate, f"{rate:.4g} per minute")
        found["pack"] = ("design", activity.pack_mass_kg, f"{activity.pack_mass_kg:g} kg")
        if activity.pack_mass_kg > 0.0:
            found["way of carrying"] = ("design", activity.carriage, activity.carriage.title)
        found["shoe"] = ("design", activity.shoe, activity.shoe.title)
        found["leg model"] = ("model", activity.leg, "as its file says")
        found["foot model"] = ("model", activity.foot, "as its file says")
    else:
        found["loads"] = ("design", activity, activity.title)
    found["body mass"] = ("person", case.body_mass_kg, f"{case.body_mass_kg:g} kg")
    found["bone"] = ("person", case.bone, case.bone.title)
    found["tissue"] = ("person", case.tissue, case.tissue.title)
    found["side"] = ("person", case.side, case.side)
    found["element size"] = ("model", case.size_mm, f"{case.size_mm:g} mm")
    found["support"] = ("model", case.support, case.support)
    return found


def _changed_keys(one: BaseModel, two: BaseModel) -> tuple[str, str]:
    """The values in which two records of the same title differ, for each side."""
    first, second = (dict(_leaves(record.model_dump(mode="json"))) for record in (one, two))
    apart = [key for key in dict.fromkeys([*first, *second]) if first.get(key) != second.get(key)]
    more = len(apart) - _MOST_NAMED
    end = f" and {more} more" if more > 0 else ""
    a, b = (
        ", ".join(f"{key} {_short(values.get(key, 'none'))}" for key in apart[:_MOST_NAMED]) + end
        for values in (first, second)
    )
    return a, b


def _short(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _leaves(table: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def check_comparable(pairs: Sequence[tuple[Case, Case]], across: Collection[Across] = ()) -> None:
    """Refuse pairs of cases whose difference says nothing.

    Raises
    ------
    fea.errors.InputError
        Another bone; another activity, unless ``across`` holds ``"activity"``.
    """
    for a, b in pairs:
        if a.bone.bone != b.bone.bone:
            raise InputError(f"the bones are {a.bone.bone} and {b.bone.bone}; compare designs on the same bone.")
        if "activity" in across or (isinstance(a.activity, History) and isinstance(b.activity, History)):
            continue
        if a.activity.name != b.activity.name:
            raise InputError(
                f"the activities are {a.activity.name!r} and {b.activity.name!r}; compare designs in one "
                "activity, or ask for it with --across activity."
            )
