# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a training plan: the question, the risk with its band, sites, other plans, weeks."""

from __future__ import annotations

from pathlib import Path

from fea.case import side_title
from fea.folders import CsvCell, PlanCase, PlanFigures, number_or_text, read_plan_folder, read_rows
from fea.report.inputs import sourced_inputs
from fea.report.page import Image, Part, image, part_of, words
from fea.report.section import PageSection, PageTable, shortened

_PICTURES = {
    "calendar": ("calendar", "Calendar of the plan: what is done on each day, coloured by the damage of the day."),
    "plan": (
        "risk over the plan",
        "Contacts a week, expected share of people with a stress fracture over the plan with its band, and by site.",
    ),
    "damage": ("damage per day", "The bone from four sides, coloured by damage per day."),
    "days": ("days to failure", "The bone from four sides, coloured by the days to failure without repair."),
    "bones": ("several bones", "Expected share over the weeks for each bone and for any of them."),
    "growth": ("risk over the growth", "Expected share of people with a stress fracture over the weekly growth."),
    "compare": ("plans compared", "Expected share over the weeks for each plan."),
}
_OF_ALL_BONES = ("bones", "growth", "compare")
"""Pictures that, of several bones, show that any of them breaks."""
_BAND = {
    "probability_with_lag": "the average person, with the remodelling transient (resorption before formation)",
    "probability_without_lag": "the average person, without the remodelling transient",
    "probability_with_muscle_fatigue": "the average person, with muscles that tire over the day",
    "probability_without_muscle_fatigue": "the average person, without muscles that tire over the day",
    "p05": "5th percentile of virtual subjects",
    "p50": "median of virtual subjects",
    "p95": "95th percentile of virtual subjects",
    "sd": "standard deviation between virtual subjects",
}
_WHO = {
    "expected_share": "expected share of people",
    "usual_share": "of which with training as usual",
    "probability": "the average person",
}
_SHARE = "expected share of people with a stress fracture"
_SHORT = {"p05": "5th percentile", "p50": "median", "p95": "95th percentile", "sd": "standard deviation"}


def plan_page(place: Path) -> Part:
    """What is said of a plan.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    folder = read_plan_folder(place)
    result, asked = folder.figures, folder.case
    risk, drawn = result.risk, _pictures(place, result)
    bone = side_title(asked.bone.title, asked.side)
    whole, of = (risk, "") if result.any_bone is None else (result.any_bone, f": {bone}")
    return part_of(
        "tables.html",
        place,
        title=f"{bone if result.any_bone is None else f'{len(result.bones)} bones'}: {asked.plan.title}",
        manifest=folder.manifest,
        inputs=sourced_inputs(place / "case.toml"),
        lead=[
            f"{result.body_mass_kg:g} kg body mass, tissue {result.tissue}, {risk.days} days"
            f"{'' if result.any_bone is None else f'; any of {len(result.bones)} bones'}: {whole.headline}.",
            *(f"{one.title}: {one.risk.headline}." for one in result.bones),
            *(f"{remark}." for remark in result.remarks),
            *(sentence for one in result.compared if one.conclusion for sentence in one.conclusion.sentences),
        ],
        keys=[
            *((_SHARE, 100.0 * value, _shape(value), "%") for value in [whole.expected_share] if value is not None),
            ("probability of the average person", 100.0 * whole.probability, _shape(whole.probability), "%"),
            *(
                (_BAND[name], 100.0 * value, _shape(value), "%")
                for name in ("p05", "p95")
                if (value := (whole.model_extra or {}).get(name)) is not None
            ),
            ("cycles of one leg per day", risk.cycles_per_day, ",.0f", ""),
        ],
        sections=[
            PageSection("The question", images=drawn["calendar"], tables=_loads(result)),
            *_bones(result, drawn["bones"]),
            PageSection(f"The risk{of}", images=drawn["plan"], tables=_risk(result)),
            PageSection(f"Where{of}", images=drawn["damage"] + drawn["days"], tables=_sites(result)),
            *_growth(result, drawn["growth"]),
            *_others(result, asked, drawn["compare"]),
            PageSection(f"Week by week{of}", tables=(_weeks(place),)),
        ],
    )


def _pictures(place: Path, result: PlanFigures) -> dict[str, tuple[Image, ...]]:
    """Pictures by name; calendar and plan are required."""

    def end(name: str) -> str:
        any_bone = result.any_bone if name in _OF_ALL_BONES else None
        return f"At the end, {(any_bone or result.risk).headline}."

    return {
        name: (image(file, label, f"{alt} {end(name)}"),) if file.is_file() or name in ("plan", "calendar") else ()
        for name, (label, alt) in _PICTURES.items()
        for file in [place / f"{name}.png"]
    }


def _shape(probability: float) -> str:
    """Format of a probability in %, as :func:`fea.risk.in_percent` has it."""
    return ".1f" if probability >= 0.01 else ".2g"


def _loads(result: PlanFigures) -> tuple[PageTable, ...]:
    rows: list[tuple[CsvCell, ...]] = [(one.title, one.cycles) for one in result.loads]
    return _listed(("activity", "cycles of one leg"), rows, "What the plan holds")


def _risk(result: PlanFigures) -> tuple[PageTable, ...]:
    risk = result.risk
    known = {**{name: getattr(risk, name) for name in _WHO}, **(risk.model_extra or {})}
    named = {**_WHO, **_BAND}
    band: list[tuple[CsvCell, ...]] = [
        (text, 100.0 * known[name]) for name, text in named.items() if known.get(name) is not None
    ]
    ranked = sorted(result.sensitivity, key=lambda one: -one.total)
    shares: list[tuple[CsvCell, ...]] = [(one.name, 100.0 * one.first, 100.0 * one.total) for one in ranked]
    return (
        *_listed(("who", "with a stress fracture %"), band, "Risk of a stress fracture at the end"),
        *_listed(
            ("input", "alone %", "with others %"),
            shares,
            "Sobol sensitivity: shares of the variance between virtual subjects",
        ),
    )


def _sites(result: PlanFigures) -> tuple[PageTable, ...]:
    rows: list[tuple[CsvCell, ...]] = [
        (one.site, _in_percent(one.expected_share), 100.0 * one.probability) for one in result.sites
    ]
    return _listed(("site", "expected share %", "the average person %"), rows, "Sites by risk")


def _bones(result: PlanFigures, drawn: tuple[Image, ...]) -> tuple[PageSection, ...]:
    """Section of several bones of the same people, or none."""
    if result.any_bone is None:
        return ()
    each = [*((one.title, one.risk) for one in result.bones), ("any of them", result.any_bone)]
    rows: list[tuple[CsvCell, ...]] = [
        (name, _in_percent(one.expected_share), 100.0 * one.probability) for name, one in each
    ]
    table = _listed(
        ("bone", "expected share %", "the average person %"),
        rows,
        "Bones beside each other; each but the first has a whole folder of its name",
    )
    return (PageSection("Several bones", images=drawn, tables=table),)


def _growth(result: PlanFigures, drawn: tuple[Image, ...]) -> tuple[PageSection, ...]:
    """Section of the largest weekly growth below a limit, or none."""
    found = result.growth_limit
    if found is None:
        return ()
    rows: list[tuple[CsvCell, ...]] = [
        (one.growth_percent, 100.0 * one.expected_share, one.last_week_km, one.last_week_repetitions)
        for one in found.curve
    ]
    head = ("growth a week %", "expected share %", "last week km", "last week repetitions")
    tables = _listed(head, rows, f"First week of the plan, growing from week to week: {found.sentence}")
    if rest := result.rest_limit:
        days: list[tuple[CsvCell, ...]] = [
            (", ".join(one.rest_days) or "as it is", 100.0 * one.expected_share, one.weekly_km) for one in rest.curve
        ]
        tables += _listed(("rest on", "expected share %", "km a week"), days, f"The plan with rest: {rest.sentence}")
    return (PageSection("How fast it may grow, how much rest it needs", images=drawn, tables=tables),)


def _others(result: PlanFigures, asked: PlanCase, drawn: tuple[Image, ...]) -> tuple[PageSection, ...]:
    """Section of the plans that this one is compared with, or none."""
    if not asked.compared:
        return ()
    plans = [(asked.plan.title, result.any_bone or result.risk)]
    plans += [(one.title, other.risk) for one, other in zip(asked.compared, result.compared, strict=True)]
    rows: list[tuple[CsvCell, ...]] = [
        (name, one.days, one.cycles_per_day, _in_percent(one.expected_share), 100.0 * one.probability)
        for name, one in plans
    ]
    of = "" if result.any_bone is None else f": that any of {len(result.bones)} bones breaks"
    head = ("plan", "days", "cycles of one leg per day", "expected share %", "the average person %")
    return (PageSection("Other plans", images=drawn, tables=_listed(head, rows, f"Plans beside each other{of}")),)


def _in_percent(share: float | None) -> CsvCell:
    return "" if share is None else 100.0 * share


def _weeks(place: Path) -> PageTable:
    rows = read_rows(place / "weeks.csv")
    names = tuple(rows[0]) if rows else ()
    shares = {name for name in names if name.startswith(("expected", "prob")) or name in _BAND}
    cells = [[_percent(row[name]) if name in shares else number_or_text(row[name]) for name in names] for row in rows]
    heads = [f"{_SHORT.get(name, words(name))}{' %' if name in shares else ''}" for name in names]
    return shortened(heads, cells, "At the end of each week", "weeks.csv")


def _percent(text: str) -> CsvCell:
    value = number_or_text(text)
    return value if isinstance(value, str) else 100.0 * value


def _listed(head: tuple[str, ...], rows: list[tuple[CsvCell, ...]], caption: str) -> tuple[PageTable, ...]:
    """A table, or none where it would have no rows."""
    return (shortened(head, rows, caption, "result.json"),) if rows else ()
