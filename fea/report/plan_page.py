# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a training plan: what was asked, the risk with its band, where, other plans, weeks."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict, Field

from fea.errors import InputError
from fea.report.folder import Read, read_manifest, read_record
from fea.report.inputs import marked_inputs
from fea.report.page import Image, image, rendered, words
from fea.report.section import Cell, Section, Table, number_or_text, read_rows, shortened
from fea.risk import in_percent


class Risk(Read):
    """Probability of a stress fracture by the end; further keys are percentiles over people."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    cycles_per_day: float
    days: int
    probability: float


class PlanLoad(Read):
    """An activity of the plan."""

    title: str
    cycles: float


class Site(Read):
    """A site and its share of the risk."""

    site: str
    probability: float


class Matters(Read):
    """An uncertain input and its shares of the variance of the probability: alone, and with all it acts with."""

    name: str
    first: float
    total: float


class Compared(Read):
    """Another plan."""

    plan: str
    risk: Risk


class PlanResult(Read):
    """What ``result.json`` of a plan holds, as far as it is shown."""

    bone: str
    plan: str
    tissue: str
    body_mass_kg: float
    risk: Risk
    loads: list[PlanLoad]
    sites: list[Site]
    sensitivity: list[Matters] = Field(default_factory=list)
    compared: list[Compared]


class Titled(Read):
    """A record by its title."""

    title: str


class PlanQuestion(Read):
    """What was asked of a plan, as far as it is shown."""

    bone: Titled
    plan: Titled
    compared: list[Titled] = Field(default_factory=list)


_PICTURES = {
    "calendar": ("calendar", "Calendar of the plan: what is done on each day, coloured by the damage of the day."),
    "plan": (
        "risk over the plan",
        "Contacts a week, probability of a stress fracture over the plan with its band, and probability by site.",
    ),
    "damage": ("damage per day", "The bone from four sides, coloured by damage per day."),
    "days": ("days to failure", "The bone from four sides, coloured by the days to failure without repair."),
    "compare": ("plans compared", "Probability over the weeks for each plan."),
}
_BAND = {
    "probability_with_lag": "the person described, resorption before formation",
    "probability_without_lag": "the person described, without lag of formation",
    "p05": "5th percentile of people",
    "p50": "median of people",
    "p95": "95th percentile of people",
    "sd": "standard deviation between people",
}
_SHORT = {"p05": "5th percentile", "p50": "median", "p95": "95th percentile", "sd": "standard deviation"}


def plan_page(place: Path) -> str:
    """Return the page of a plan as HTML.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    result = read_record(place / "result.json", PlanResult)
    asked = read_record(place / "case.toml", PlanQuestion)
    if len(asked.compared) != len(result.compared):
        raise InputError(f"the plan in {str(place)!r} was compared with other plans than its case.toml says.")
    risk, drawn = result.risk, _pictures(place, result.risk)
    return rendered(
        "tables.html",
        place,
        title=f"{asked.bone.title}: {asked.plan.title}",
        manifest=read_manifest(place),
        inputs=marked_inputs(place / "case.toml"),
        lead=[f"{result.body_mass_kg:g} kg body mass, tissue {result.tissue}, {risk.days} days."],
        keys=[
            ("probability of a stress fracture", 100.0 * risk.probability, _shape(risk.probability), "%"),
            *(
                (_BAND[name], 100.0 * value, _shape(value), "%")
                for name in ("p05", "p95")
                if (value := (risk.model_extra or {}).get(name)) is not None
            ),
            ("cycles of one leg per day", risk.cycles_per_day, ",.0f", ""),
        ],
        sections=[
            Section("What was asked", images=drawn["calendar"], tables=_loads(result)),
            Section("The risk", images=drawn["plan"], tables=_risk(result)),
            Section("Where", images=drawn["damage"] + drawn["days"], tables=_sites(result)),
            *_others(result, asked, drawn["compare"]),
            Section("Week by week", tables=(_weeks(place),)),
        ],
    )


def _pictures(place: Path, risk: Risk) -> dict[str, tuple[Image, ...]]:
    """Return the pictures by name; only calendar and plan have to be there."""
    end = f"Probability at the end {in_percent(risk.probability)}."
    return {
        name: (image(file, label, f"{alt} {end}"),) if file.is_file() or name in ("plan", "calendar") else ()
        for name, (label, alt) in _PICTURES.items()
        for file in [place / f"{name}.png"]
    }


def _shape(probability: float) -> str:
    """Return the format of a probability in %, as :func:`fea.risk.in_percent` has it."""
    return ".1f" if probability >= 0.01 else ".2g"


def _loads(result: PlanResult) -> tuple[Table, ...]:
    rows: list[tuple[Cell, ...]] = [(one.title, one.cycles) for one in result.loads]
    return _listed(("activity", "cycles of one leg"), rows, "What the plan holds")


def _risk(result: PlanResult) -> tuple[Table, ...]:
    known = {"probability": result.risk.probability, **(result.risk.model_extra or {})}
    named = {"probability": "the person described", **_BAND}
    band: list[tuple[Cell, ...]] = [(text, 100.0 * known[name]) for name, text in named.items() if name in known]
    ranked = sorted(result.sensitivity, key=lambda one: -one.total)
    matters: list[tuple[Cell, ...]] = [(one.name, 100.0 * one.first, 100.0 * one.total) for one in ranked]
    return (
        *_listed(("who", "probability %"), band, "Probability of a stress fracture at the end"),
        *_listed(
            ("input", "alone %", "with others %"),
            matters,
            "What matters: shares of the variance between people (Sobol)",
        ),
    )


def _sites(result: PlanResult) -> tuple[Table, ...]:
    rows: list[tuple[Cell, ...]] = [(one.site, 100.0 * one.probability) for one in result.sites]
    return _listed(("site", "probability %"), rows, "Sites by risk")


def _others(result: PlanResult, asked: PlanQuestion, drawn: tuple[Image, ...]) -> tuple[Section, ...]:
    """Return the section of the plans that this one is compared with, or none."""
    if not asked.compared:
        return ()
    plans = [(asked.plan.title, result.risk)]
    plans += [(one.title, other.risk) for one, other in zip(asked.compared, result.compared, strict=True)]
    rows: list[tuple[Cell, ...]] = [
        (name, one.days, one.cycles_per_day, 100.0 * one.probability) for name, one in plans
    ]
    head = ("plan", "days", "cycles of one leg per day", "probability %")
    return (Section("Other plans", images=drawn, tables=_listed(head, rows, "Plans beside each other")),)


def _weeks(place: Path) -> Table:
    rows = read_rows(place / "weeks.csv")
    names = tuple(rows[0]) if rows else ()
    shares = {name for name in names if name.startswith("prob") or name in _BAND}
    cells = [[_percent(row[name]) if name in shares else number_or_text(row[name]) for name in names] for row in rows]
    heads = [f"{_SHORT.get(name, words(name))}{' %' if name in shares else ''}" for name in names]
    return shortened(heads, cells, "At the end of each week", "weeks.csv")


def _percent(text: str) -> Cell:
    value = number_or_text(text)
    return value if isinstance(value, str) else 100.0 * value


def _listed(head: tuple[str, ...], rows: list[tuple[Cell, ...]], caption: str) -> tuple[Table, ...]:
    """Return a table, or none where it would have no rows."""
    return (shortened(head, rows, caption, "result.json"),) if rows else ()
