# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a comparison: changes by metric and by place, pictures and manifest, written and read back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from fea.bone import Anatomy, of_side
from fea.case import EvidenceLevel, names_of_sides, side_title
from fea.comparison import (
    Change,
    Comparison,
    Conclusion,
    EffectDifference,
    ExposureComparison,
    InputKind,
    RangeInterval,
)
from fea.errors import InputError
from fea.files import current_versions, platform_name, write_json, write_rows, written_folder
from fea.folders.manifest import MANIFEST, SCHEMA, Manifest, Stored, owned_by, read_stored, seal
from fea.folders.rows import read_rows
from fea.show import draw_difference, draw_map

RESULT = "result.json"
_COLUMNS = [*(f.name for f in fields(Change)), "percent"]


class ComparisonManifest(Manifest):
    """Sides and pairs of a comparison."""

    a: str
    b: str
    pairs: int
    subjects: int
    same_mesh: bool


class EffectFigures(Stored):
    """A factor of a shoe or a way of carrying that acts on the bone and differs between the sides."""

    quantity: str
    factor_a: float
    factor_b: float
    evidence_a: EvidenceLevel
    evidence_b: EvidenceLevel
    source_a: str
    source_b: str
    range_a: tuple[float, float] | None = None
    range_b: tuple[float, float] | None = None


class InputFigures(Stored):
    """An input that differs between the sides, with the factors that differ with it."""

    name: str
    kind: InputKind
    a: str
    b: str
    effects: list[EffectFigures] = Field(default_factory=list)
    without_effect: bool = False


class ExposureFigures(Stored):
    """Damage and probability of both sides under the same exposure."""

    exposure: str
    who: str
    number: int
    probability_a: float
    probability_b: float
    probability_ratio: float | None = None
    damage_ratio: float | None = None
    safer_a: float | None = None
    safer_b: float | None = None
    difference_band: tuple[float, float, float] | None = None
    ratio_band: tuple[float, float, float] | None = None


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


class ComparisonFigures(Stored):
    """Content of ``result.json`` of a comparison: what follows in sentences, then every number by metric."""

    schema_version: Annotated[int, Field(alias="schema", ge=1)] = SCHEMA
    conclusion: Conclusion
    a: str
    b: str
    bone: str
    pairs: int
    subjects: int
    inputs: list[InputFigures]
    exposure: ExposureFigures | None = None
    over_range: RangeInterval | None = None
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


def write_comparison(comparison: Comparison, names: tuple[str, str], out: Path) -> None:
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


def comparison_figures(comparison: Comparison) -> ComparisonFigures:
    """Content of ``result.json`` for a comparison."""
    exposure = comparison.exposure
    a, b = comparison.designs
    return ComparisonFigures(
        conclusion=comparison.conclusion,
        a=a,
        b=b,
        bone=comparison.a.observations[0].case.bone.name,
        pairs=comparison.pairs,
        subjects=comparison.subjects,
        inputs=[
            InputFigures(
                name=one.name,
                kind=one.kind,
                a=one.a,
                b=one.b,
                effects=[_effect(effect) for effect in one.effects],
                without_effect=one.without_effect,
            )
            for one in comparison.inputs
        ],
        exposure=None if isinstance(exposure, str) else _exposure(exposure),
        over_range=comparison.over_range,
        metrics=[ChangeFigures(**_finite({**asdict(one), "percent": one.percent})) for one in comparison.metrics],
    )


def _effect(one: EffectDifference) -> EffectFigures:
    return EffectFigures(
        quantity=one.quantity,
        factor_a=one.a.factor,
        factor_b=one.b.factor,
        evidence_a=one.a.evidence,
        evidence_b=one.b.evidence,
        source_a=one.a.source,
        source_b=one.b.source,
        range_a=one.a.range,
        range_b=one.b.range,
    )


def _exposure(found: ExposureComparison) -> ExposureFigures:
    risk = found.risk
    ratios = _finite({"probability_ratio": risk.ratio, "damage_ratio": risk.damage_ratio})
    return ExposureFigures(
        exposure=found.exposure,
        who=found.who,
        number=found.number,
        probability_a=risk.a,
        probability_b=risk.b,
        safer_a=risk.safer_a,
        safer_b=risk.safer_b,
        difference_band=risk.difference_band,
        ratio_band=risk.ratio_band,
        **ratios,
    )


def _finite(table: dict[str, Any]) -> dict[str, Any]:
    """The table with None in place of numbers that are not finite."""
    return {key: None if isinstance(x, float) and not math.isfinite(x) else x for key, x in table.items()}


def _rows(file: Path) -> list[dict[str, str]]:
    rows = read_rows(file)
    if any(not set(_COLUMNS) <= row.keys() for row in rows):
        raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns.")
    return rows


def _fill(comparison: Comparison, names: tuple[str, str], folder: Path) -> None:
    for name, changes in (("comparison", comparison.metrics), ("places", comparison.places)):
        rows = [{**asdict(change), "percent": change.percent} for change in changes]
        write_rows(folder / f"{name}.csv", rows, _COLUMNS)
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
    about = ComparisonManifest(
        kind="comparison",
        schema_version=SCHEMA,
        versions=current_versions(),
        platform=platform_name(),
        seeds={"bootstrap": 1},
        a=names[0],
        b=names[1],
        pairs=comparison.pairs,
        subjects=comparison.subjects,
        same_mesh=comparison.on_mesh is not None,
    )
    seal(folder, about)
