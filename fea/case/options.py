# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The options of a question, once for command line, Python, studies and plans: name, unit, default, meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from os import PathLike, fspath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from fea.case.side import BodySide
from fea.case.tissue import Sex, Symmetry
from fea.errors import InputError, unknown


@dataclass(frozen=True)
class Option:
    """Name of an option on the command line and in a study, its unit if it is a number, and its meaning."""

    name: str
    help: str
    unit: str | None = None


USUAL_MASS_KG = 70.0
"""Body mass where neither options nor loads say one."""


@dataclass(frozen=True)
class BodyOptions:
    """Body mass, element size and support."""

    mass_kg: Annotated[
        float | None, Option("mass", "Body mass in kg; by default that of the person of measured loads, else 70.", "kg")
    ] = None
    size_mm: Annotated[float | None, Option("size", "Edge length of the elements in mm.", "mm")] = None
    support: Annotated[
        Literal["fixed", "foundation", "free"] | None,
        Option(
            "support",
            "Support regions fixed, on an elastic foundation, or free (inertia relief, with the reaction on them); "
            "by default as BONE says.",
        ),
    ] = None

    accept_implausible: Annotated[bool, Option("accept_implausible", "Run loads that no joint bears all the same.")] = (
        False
    )
    side: Annotated[
        BodySide | None,
        Option(
            "side",
            "Side of the body: a left bone is the mirror image of the right one; a load history of your own has z "
            "towards the right of the body, which is medial of a left limb. "
            "Right by default, or that of an imported bone.",
        ),
    ] = None


@dataclass(frozen=True)
class ActivityOptions:
    """Variation of an activity: speed, height, step rate, pack, shoe; None is the usual value."""

    speed_m_per_s: Annotated[float | None, Option("speed", "Speed in m/s, for activities that have one.", "m/s")] = None
    height_m: Annotated[float | None, Option("height", "Drop height in m, for landings.", "m")] = None
    step_rate_per_min: Annotated[float | None, Option("step_rate", "Steps of both feet per minute.", "1/min")] = None
    pack_kg: Annotated[float, Option("pack", "Carried mass in kg.", "kg")] = 0.0
    carriage: Annotated[
        str, Option("carriage", "How it is carried: a way that `bonefea list` shows, or a path to a TOML file.")
    ] = "backpack"
    footwear: Annotated[str, Option("footwear", "A shoe that `bonefea list` shows, or a path to a TOML file.")] = (
        "conventional"
    )


@dataclass(frozen=True)
class TissueOptions:
    """State of the tissue and its laws; None is the value of the state.

    ``t_score`` lies between and beyond the shipped states and takes their place; ``age`` and ``sex`` age the
    healthy state.
    """

    tissue: Annotated[str, Option("tissue", "A tissue state that `bonefea list` shows, or a path to a TOML file.")] = (
        "healthy"
    )
    t_score: Annotated[float | None, Option("t_score", "T-score, 0 to -4, in place of a named state.", "")] = None
    age: Annotated[float | None, Option("age", "Age in years, 20 to 85; needs --sex.", "years")] = None
    sex: Annotated[Sex | None, Option("sex", "Sex, for the law of age.")] = None
    law: Annotated[str | None, Option("law", "Density-modulus law of cortical bone.")] = None
    cancellous_law: Annotated[str | None, Option("cancellous_law", "Density-modulus law of cancellous bone.")] = None
    symmetry: Annotated[Symmetry | None, Option("symmetry", "Directions of cortical bone.")] = None
    outside_law: Annotated[
        Literal["refuse", "clamp"] | None,
        Option("outside_law", "What to do with a density outside the range of its law."),
    ] = None


@dataclass(frozen=True)
class Options(BodyOptions, ActivityOptions, TissueOptions):
    """All options of a question beside its bone and its activity."""

    @property
    def activity(self) -> ActivityOptions:
        """Options of the activity."""
        return part(ActivityOptions, self)

    @property
    def material(self) -> TissueOptions:
        """Options of the tissue."""
        return part(TissueOptions, self)


def part[T](kind: type[T], options: object) -> T:
    """Fields of one class of options, taken from an object that has them all."""
    return kind(**{f.name: getattr(options, f.name) for f in fields(kind)})  # type: ignore[arg-type]


def described(kind: type[Any]) -> dict[str, Option]:
    """The :class:`Option` of each field of a class of options, by the field's name."""
    hints = get_type_hints(kind, include_extras=True)
    return {f.name: next(m for m in get_args(hints[f.name]) if isinstance(m, Option)) for f in fields(kind)}


def options_of(given: Mapping[str, Any], elsewhere: Sequence[str] = ()) -> Options:
    """Options from keyword arguments of Python.

    Parameters
    ----------
    given : mapping of str to value
        By the names of the fields.
    elsewhere : sequence of str
        Further arguments that the caller takes.

    Raises
    ------
    fea.errors.InputError
        An argument that does not exist; the sentence names the nearest.
    """
    known = described(Options)
    for name in given:
        if name in known:
            continue
        meant = next((field for field, option in known.items() if option.name == name), None)
        if meant is not None:
            raise InputError(f"there is no argument {name!r}; it is called {meant}, with its unit.")
        raise unknown("argument", name, [*elsewhere, *known])
    hints = get_type_hints(Options, include_extras=True)
    return Options(**{name: _typed(name, value, get_args(hints[name])[0]) for name, value in given.items()})


def _typed(name: str, value: Any, hint: Any) -> Any:
    """A value of the type of its option, a path as text; numbers of other libraries become plain ones."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if value is None and NoneType in kinds:
        return None
    if bool in kinds:
        if not isinstance(value, bool):
            raise InputError(f"{name} is {value!r}; allowed: True or False.")
    elif float in kinds:
        if not isinstance(value, Real) or isinstance(value, bool):
            raise InputError(f"{name} is {value!r}; a number is needed, in the unit of its name.")
        return float(value)
    elif isinstance(value, PathLike):
        return fspath(value)
    elif not isinstance(value, str):
        raise InputError(f"{name} is {value!r}; a text is needed.")
    return value
