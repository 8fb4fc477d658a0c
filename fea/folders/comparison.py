# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a comparison: changes by metric and by place, pictures and manifest, written and read back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fea.bone import Anatomy, of_side
from fea.case import names_of_sides, side_title
from fea.comparison import (
    MARGIN_PERCENT,
    Change,
    Comparison,
    Conclusion,
    ExposureComparison,
    PlanComparison,
    RangeInterval,
)
from fea.errors import InputError
from fea.files import current_versions, platform_name, write_json, write_rows, written_folder
from fea.folders.conclusions import ExposureFigures, InputFigures, exposure_figures, finite, input_figures
from fea.folders.manifest import MANIFEST, SCHEMA, Manifest, Stored, owned_by, read_stored, seal
from fea.folders.rows import read_rows
from fea.show import draw_difference, draw_map, draw_paired_risk

RESULT = "result.json"
_COLUMNS = [*(f.name for f in fields(Change)), "percent"]
_SINCE = {"equivalence_p", "detectable"}
"""Columns that folders of versions before 0.2 lack."""


class ComparisonManifest(Manifest):
    """Sides and pairs of a comparison."""

    a: str
    b: str
    pairs: int
    subjects: int
    same_mesh: bool


class ChangeFigures(Stored):
    """Change of one metric; null where there is no number."""

    metric: str
    place: str
    unit: str
    a: float
    b: float
    difference: float
    percent: float | None = None
    low: float | None = None
    high: float | None = None
    grew: float
    equivalence_p: float | None = None
    detectable: float | None = None


class ComparisonFigures(Stored):
    """Content of ``result.json`` of a comparison: what follows in sentences, then every number by metric."""

    schema_version: Annotated[int, Field(alias="schema", ge=1)] = SCHEMA
    of: Literal["cases", "plans"] = "cases"
    conclusion: Conclusion
    a: str
    b: str
    bone: str
    pairs: int
    subjects: int
    inputs: list[InputFigures]
    exposure: ExposureFigures | None = None
    over_range: RangeInterval | None = None
    margin_percent: float = MARGIN_PERCENT
    metrics: list[ChangeFigures]


@dataclass(frozen=True)
class ComparisonFolder:
    """A comparison as its folder holds it; rows have the columns of :class:`fea.comparison.Change`, and ``percent``.

    ``figures`` is None in a folder of a version before 0.2.
    """

    place: Path
    manifest: ComparisonManifest
    figures: ComparisonFigures | None
    metrics: list[dict[str, str]]
    places: list[dict[str, str]]


def write_comparison(comparison: Comparison | PlanComparison, names: tuple[str, str], out: Path) -> None:
    """Write the folder of a comparison, whole or not at all.

    ``comparison.csv`` holds the metrics, ``places.csv`` the strain by level and sector; ``comparison.png`` shows
    both, ``difference.png`` the difference on the bone where all cases share one mesh.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, or holds what is not a comparison.
    fea.errors.RunError
        The disk is full.
    """
    with written_folder(out, owned_by("comparison")) as folder:
        if isinstance(comparison, PlanComparison):
            _fill_plans(comparison, names, folder)
        else:
            _fill(comparison, names, folder)


def read_comparison(place: Path) -> ComparisonFolder:
    """The comparison that a folder holds.

    Raises
    ------
    fea.errors.InputError
        A file of the folder is missing or damaged.
    """
    manifest = read_stored(place / MANIFEST, ComparisonManifest)
    figures = read_stored(place / RESULT, ComparisonFigures) if (place / RESULT).is_file() else None
    return ComparisonFolder(
        place, manifest, figures, *(_rows(place / f"{name}.csv") for name in ("comparison", "places"))
    )


def comparison_figures(comparison: Comparison | PlanComparison) -> ComparisonFigures:
    """Content of ``result.json`` for a comparison."""
    if isinstance(comparison, PlanComparison):
        return _figures_of_plans(comparison)
    exposure = comparison.exposure
    a, b = comparison.designs
    return ComparisonFigures(
        conclusion=comparison.conclusion,
        a=a,
        b=b,
        bone=comparison.a.observations[0].case.bone.name,
        pairs=comparison.pairs,
        subjects=comparison.subjects,
        inputs=input_figures(comparison.inputs),
        exposure=None if isinstance(exposure, str) else exposure_figures(exposure),
        over_range=comparison.over_range,
        margin_percent=comparison.margin_percent,
        metrics=[_change_figures(one) for one in comparison.metrics],
    )


def _figures_of_plans(comparison: PlanComparison) -> ComparisonFigures:
    a, b = comparison.designs
    exposure = ExposureComparison(
        "each its own plan",
        comparison.risk,
        "virtual subjects" if comparison.subjects else "the average person",
        comparison.subjects,
    )
    return ComparisonFigures(
        of="plans",
        conclusion=comparison.conclusion,
        a=a,
        b=b,
        bone=comparison.a.questions[0].bone.name,
        pairs=1,
        subjects=0,
        inputs=input_figures(comparison.inputs),
        exposure=exposure_figures(exposure),
        metrics=[_change_figures(one) for one in _plan_changes(comparison)],
    )


def _plan_changes(comparison: PlanComparison) -> tuple[Change, ...]:
    nan, risk = float("nan"), comparison.risk
    rows = [("expected share with a stress fracture", comparison.a.final.share, comparison.b.final.share)]
    rows.append(("damage of the plan", comparison.a.final.damage, comparison.b.final.damage))
    grew = float(risk.b > risk.a) if risk.safer_a is None else risk.safer_a
    return tuple(Change(name, "", "1", a, b, b - a, nan, nan, grew) for name, a, b in rows if math.isfinite(a + b))


def _change_figures(one: Change) -> ChangeFigures:
    return ChangeFigures(**finite({**asdict(one), "percent": one.percent}))


def _rows(file: Path) -> list[dict[str, str]]:
    rows = read_rows(file)
    if any(not set(_COLUMNS) - _SINCE <= row.keys() for row in rows):
        raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns.")
    return rows


def _fill_plans(comparison: PlanComparison, names: tuple[str, str], folder: Path) -> None:
    _write_changes(_plan_changes(comparison), (), folder)
    write_json(folder / RESULT, comparison_figures(comparison).table())
    a, b = comparison.designs
    draw_paired_risk(comparison, folder / "comparison.png", f"{b} (B) against {a} (A)")
    seal(folder, _manifest(names, 1, 0, same_mesh=False))


def _write_changes(metrics: Sequence[Change], places: Sequence[Change], folder: Path) -> None:
    for name, changes in (("comparison", metrics), ("places", places)):
        rows = [{**asdict(change), "percent": change.percent} for change in changes]
        write_rows(folder / f"{name}.csv", rows, _COLUMNS)


def _fill(comparison: Comparison, names: tuple[str, str], folder: Path) -> None:
    _write_changes(comparison.metrics, comparison.places, folder)
    write_json(folder / RESULT, comparison_figures(comparison).table())
    one, two = comparison.designs
    title = f"{two} (B) against {one} (A)"
    draw_difference(comparison, folder / "comparison.png", title)
    if comparison.on_mesh is not None:
        case = comparison.a.observations[0].case
        both = {one.case.side for side in (comparison.a, comparison.b) for one in side.observations}
        side = case.side if len(both) == 1 else "right"
        mirrored = "" if len(both) == 1 else "; left bones are mirrored"
        draw_map(
            of_side(comparison.on_mesh.mesh, side),
            comparison.on_mesh.difference_ue,
            [],
            quantity="B − A, largest equivalent strain",
            unit="µε",
            title=title,
            caption=[
                "one pair of cases" if comparison.pairs == 1 else f"mean of {comparison.pairs} pairs of cases",
                f"{side_title(case.bone.title, side)}{mirrored}; elements of {case.size_mm:g} mm",
            ],
            file=folder / "difference.png",
            signed=True,
            excluded=comparison.on_mesh.excluded,
            length_mm=Anatomy(case.bone).length,
            sides=names_of_sides(Anatomy(case.bone).sides, side),
        )
    same_mesh = comparison.on_mesh is not None
    seal(folder, _manifest(names, comparison.pairs, comparison.subjects, same_mesh=same_mesh))


def _manifest(names: tuple[str, str], pairs: int, subjects: int, *, same_mesh: bool) -> ComparisonManifest:
    return ComparisonManifest(
        kind="comparison",
        schema_version=SCHEMA,
        versions=current_versions(),
        platform=platform_name(),
        a=names[0],
        b=names[1],
        pairs=pairs,
        subjects=subjects,
        same_mesh=same_mesh,
    )
