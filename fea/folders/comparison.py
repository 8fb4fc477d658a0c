# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a comparison: changes by metric and by place, pictures and manifest, written and read back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from fea.bone import Anatomy, of_side
from fea.case import names_of_sides, side_title
from fea.comparison import Change, Comparison
from fea.errors import InputError
from fea.files import current_versions, platform_name, write_rows, written_folder
from fea.folders.manifest import MANIFEST, SCHEMA, Manifest, owned_by, read_stored, seal
from fea.folders.rows import read_rows
from fea.show import draw_difference, draw_map

_COLUMNS = [*(f.name for f in fields(Change)), "percent"]


class ComparisonManifest(Manifest):
    """Sides and pairs of a comparison."""

    a: str
    b: str
    pairs: int
    subjects: int
    same_mesh: bool


@dataclass(frozen=True)
class ComparisonFolder:
    """A comparison as its folder holds it; rows have the columns of :class:`fea.comparison.Change`, and ``percent``."""

    place: Path
    manifest: ComparisonManifest
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
    return ComparisonFolder(place, manifest, *(_rows(place / f"{name}.csv") for name in ("comparison", "places")))


def _rows(file: Path) -> list[dict[str, str]]:
    rows = read_rows(file)
    if any(not set(_COLUMNS) <= row.keys() for row in rows):
        raise InputError(f"{str(file)!r} is not what bonefea writes: it lacks columns.")
    return rows


def _fill(comparison: Comparison, names: tuple[str, str], folder: Path) -> None:
    for name, changes in (("comparison", comparison.metrics), ("places", comparison.places)):
        rows = [{**asdict(change), "percent": change.percent} for change in changes]
        write_rows(folder / f"{name}.csv", rows, _COLUMNS)
    title = f"{comparison.b.label} (B) against {comparison.a.label} (A)"
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
                f"mean of {comparison.pairs} pair(s) of cases",
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
