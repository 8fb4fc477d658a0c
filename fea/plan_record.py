# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the folder of a training plan holds: result.json, tables, pictures, maps and the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w
from scipy.spatial import cKDTree

from fea.answer import Clock
from fea.bone import Anatomy, BoneMesh
from fea.folder import MANIFEST, write_json, write_rows
from fea.prognosis import PERCENTILES, Prognosis
from fea.record import SCHEMA, manifest
from fea.risk import days_to_failure
from fea.show import draw_calendar, draw_map, draw_plan, draw_plans, write_fields
from fea.solve.basis import Announce

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_LEAST_SHARE = 1e-3
_DECADES = 6


def write_plan(found: Prognosis, others: Sequence[Prognosis], folder: Path, announce: Announce) -> None:
    """Write all files of a plan, and of the plans it is compared with, into an empty folder; the manifest last."""
    clock = Clock(announce)
    question = _question(found, others)
    (folder / "case.toml").write_text(question, encoding="utf-8")
    with clock.step("render"):
        _draw(found, others, folder)
    with clock.step("write"):
        rows = weekly(found)
        write_rows(folder / "weeks.csv", rows, list(rows[0]))
        sites = _site_rows(found)
        write_rows(folder / "sites.csv", sites, list(sites[0]))
        fields: dict[str, npt.NDArray[Any]] = {
            "damage per day": found.damage_per_day,
            "days to failure": np.where(found.left_out, 0.0, days_to_failure(found.damage_per_day)),
            "excluded": found.left_out.astype(np.uint8),
        }
        write_fields(found.basis.mesh, fields, {}, folder / "fields.vtu")
    found.wall_s.update(clock.wall_s)
    write_json(folder / "result.json", plan_table(found, others))
    seeds = {"mesh": 1, "people": found.settings.seed}
    about = manifest("plan", question, found.tissue, found.basis.unit.solver, found.wall_s, seeds)
    write_json(folder / MANIFEST, about)


def plan_table(found: Prognosis, others: Sequence[Prognosis] = ()) -> dict[str, Any]:
    """Return the content of ``result.json``, schema 1, of a plan."""
    mesh, settings = found.basis.mesh, found.settings
    return {
        "schema": SCHEMA,
        "bone": found.bone.name,
        "plan": found.plan.name,
        "tissue": found.tissue.name,
        "body_mass_kg": found.body_mass_kg,
        "mesh": {
            "cells": len(mesh.cells),
            "vertices": len(mesh.points),
            "dofs": found.basis.unit.dofs,
            "volume_mm3": float(mesh.volumes.sum()),
            "min_quality": float(mesh.quality.min()),
        },
        "model": {**asdict(settings), "accustomed": found.plan.accustomed},
        "risk": _risk(found),
        "loads": [
            {"activity": load.case.activity.name, "title": load.case.activity.title, "cycles": load.contacts.sum()}
            for load in found.loads
        ],
        "sites": [
            {"site": found.sites[k], "probability": float(found.by_site[k, -1])}
            for k in np.argsort(-found.by_site[:, -1], kind="stable")
            if found.by_site[k, -1] > _LEAST_SHARE * found.by_site[:, -1].max()
        ],
        "sensitivity": [asdict(one) for one in found.sensitivity],
        "weeks": weekly(found),
        "compared": [{"plan": one.plan.name, "risk": _risk(one)} for one in others],
        "wall_s": found.wall_s,
    }


def _risk(found: Prognosis) -> dict[str, float | int]:
    days = found.plan.days
    table: dict[str, float | int] = {
        "cycles_per_day": float(found.contacts.sum()) / days,
        "days": days,
        "probability": float(found.probability[-1]),
    }
    if found.other is not None:
        lagging = "without" if found.settings.lag else "with"
        table[f"probability_{lagging}_lag"] = float(found.other[-1])
    if found.band is not None and found.spread is not None:
        table |= {f"p{percent:02}": float(row[-1]) for percent, row in zip(PERCENTILES, found.band, strict=True)}
        table["sd"] = found.spread
    return table


def weekly(found: Prognosis) -> list[dict[str, float | int]]:
    """Return a row for each week: km, repetitions, contacts of one leg, and the probability at its end."""
    rows: list[dict[str, float | int]] = []
    contacts = found.contacts.sum(axis=0).reshape(-1, 7).sum(axis=1)
    km, repetitions = np.zeros((2, found.plan.weeks))
    for entry in found.plan.entries():
        column = repetitions if entry.session.distance_km is None else km
        column[entry.day // 7] += entry.amount
    for week in range(found.plan.weeks):
        end = 7 * week + 6
        row: dict[str, float | int] = {
            "week": week + 1,
            "distance_km": round(float(km[week]), 3),
            "repetitions": round(float(repetitions[week]), 1),
            "cycles": round(float(contacts[week]), 1),
            "probability": float(found.probability[end]),
        }
        if found.other is not None:
            row[f"probability_{'without' if found.settings.lag else 'with'}_lag"] = float(found.other[end])
        if found.band is not None:
            row |= {f"p{percent:02}": float(line[end]) for percent, line in zip(PERCENTILES, found.band, strict=True)}
        rows.append(row)
    return rows


def _site_rows(found: Prognosis) -> list[dict[str, float | int]]:
    """Return a row for each week with the probability of each site that matters."""
    final = found.by_site[:, -1]
    kept = [k for k in np.argsort(-final, kind="stable") if final[k] > _LEAST_SHARE * final.max()]
    return [
        {"week": week + 1, **{found.sites[k]: float(found.by_site[k, 7 * week + 6]) for k in kept}}
        for week in range(found.plan.weeks)
    ]


def _question(found: Prognosis, others: Sequence[Prognosis]) -> str:
    """Return all that was asked as TOML."""
    return tomli_w.dumps(
        {
            "body_mass_kg": found.body_mass_kg,
            "settings": asdict(found.settings),
            "plan": _dumped(found.plan),
            "compared": [_dumped(one.plan) for one in others],
            "bone": _dumped(found.bone),
            "tissue": _dumped(found.tissue),
            "fatigue": _dumped(found.fatigue),
        }
    )


def _dumped(record: Any) -> dict[str, Any]:
    table: dict[str, Any] = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    return table


def _draw(found: Prognosis, others: Sequence[Prognosis], folder: Path) -> None:
    made_of = "" if found.tissue.name == "healthy" else f", {found.tissue.title}"
    title = f"{found.bone.title}: {found.plan.title}{made_of}"
    draw_plan(found, folder / "plan.png", title)
    draw_calendar(found, folder / "calendar.png", title)
    if others:
        draw_plans([found, *others], folder / "compare.png", f"{found.bone.title}: plans compared")
    mesh = found.basis.mesh
    if found.left_out.all():
        return
    damage, excluded = at_vertices(mesh, found.damage_per_day, found.left_out)
    law, anatomy = found.fatigue.law(found.settings.law), Anatomy(found.bone)
    caption = [
        "mean of the plan's hardest week; days until the reference volume of "
        f"{found.fatigue.scatter.reference_volume_mm3:g} mm³ fails with 63 %, without repair",
        *([] if found.tissue.name == "healthy" else [f"tissue: {found.tissue.title}"]),
        f"life law: {law.title}; body mass {found.body_mass_kg:g} kg; {len(mesh.cells):,} quadratic tetrahedra",
    ]
    for name, quantity, unit, value, low in (
        ("damage", "damage per day", "", damage, False),
        ("days", "days to failure without repair", "d", days_to_failure(damage), True),
    ):
        draw_map(
            mesh,
            value,
            (),
            quantity=quantity,
            unit=unit,
            caption=caption,
            title=title,
            file=folder / f"{name}.png",
            excluded=excluded,
            sides=anatomy.sides,
            length_mm=anatomy.length,
            decades=_DECADES,
            low_is_worst=low,
        )


def at_vertices(mesh: BoneMesh, value: Floats, left_out: Bools) -> tuple[Floats, Bools]:
    """Return the geometric mean (n,) at each vertex of positive values of its cells (m,), by volume, and where none is.

    Cells that are left out do not count; a vertex with no other gets the value of the nearest that has, so that
    colours run up to the edge.
    """
    kept = np.flatnonzero(~left_out)
    corners, weight = mesh.cells[kept].ravel(), np.repeat(mesh.volumes[kept], 4)
    share = np.bincount(corners, weight, len(mesh.points))
    total = np.bincount(corners, weight * np.repeat(np.log(value[kept]), 4), len(mesh.points))
    none = share == 0.0
    mean = np.exp(total / np.where(none, 1.0, share))
    _, nearest = cKDTree(mesh.points[~none]).query(mesh.points[none])
    mean[none] = mean[~none][nearest]
    return mean, none
