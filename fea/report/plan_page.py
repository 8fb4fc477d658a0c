# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a training plan: the risk with its band, the calendar, damage on the bone, sites, weeks."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict

from fea.report.folder import Read, read_manifest, read_record
from fea.report.page import image, rendered, words
from fea.report.section import Cell, Section, Table, number_or_text, read_rows, shortened


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
    compared: list[Compared]


_PICTURES = {
    "plan": (
        "risk over the plan",
        "Probability of a stress fracture over the plan, with its band, and the load.",
    ),
    "calendar": ("calendar", "Calendar of the plan: what is done on each day."),
    "compare": ("plans compared", "Probability over the days for each plan."),
    "damage": ("damage per day", "The bone from four sides, coloured by damage per day."),
    "days": ("days to failure", "The bone from four sides, coloured by the days to failure without repair."),
}


def plan_page(place: Path) -> str:
    """Return the page of a plan as HTML.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    result = read_record(place / "result.json", PlanResult)
    risk, weeks = result.risk, read_rows(place / "weeks.csv")
    end = f"Probability at the end {100 * risk.probability:.1f} %."
    images = [
        image(place / f"{name}.png", label, f"{alt} {end}")
        for name, (label, alt) in _PICTURES.items()
        if (place / f"{name}.png").is_file() or name in ("plan", "calendar")
    ]
    band: list[tuple[Cell, ...]] = [(words(name), float(value)) for name, value in (risk.model_extra or {}).items()]
    others: list[tuple[Cell, ...]] = [(words(one.plan), one.risk.probability) for one in result.compared]
    loads: list[tuple[Cell, ...]] = [(one.title, one.cycles) for one in result.loads]
    sites: list[tuple[Cell, ...]] = [(one.site, one.probability) for one in result.sites]
    head = tuple(weeks[0]) if weeks else ()
    cells = [[number_or_text(row[name]) for name in head] for row in weeks]
    return rendered(
        "tables.html",
        place,
        title=f"{words(result.bone)}: {words(result.plan)}",
        manifest=read_manifest(place),
        lead=[f"{result.body_mass_kg:g} kg body mass, tissue {result.tissue}, {risk.days} days."],
        keys=[
            ("probability of a stress fracture", 100 * risk.probability, ".1f", "%"),
            ("cycles of one leg per day", risk.cycles_per_day, ",.0f", ""),
            ("days", risk.days, "d", "d"),
        ],
        sections=[
            Section(
                "The risk", images=tuple(images[:2]), tables=_listed(("of people, end", "probability"), band, "People")
            ),
            Section(
                "On the bone and beside other plans",
                images=tuple(images[2:]),
                tables=_listed(("plan", "probability"), others, "Other plans"),
            ),
            Section(
                "Where from, where, when",
                tables=(
                    *_listed(("activity", "cycles of one leg"), loads, "What the plan holds"),
                    *_listed(("site", "probability"), sites, "Sites by risk"),
                    shortened([words(name) for name in head], cells, "Week by week", "weeks.csv"),
                ),
            ),
        ],
    )


def _listed(head: tuple[str, ...], rows: list[tuple[Cell, ...]], caption: str) -> tuple[Table, ...]:
    """Return a table, or none where it would have no rows."""
    return (shortened(head, rows, caption, "result.json"),) if rows else ()
