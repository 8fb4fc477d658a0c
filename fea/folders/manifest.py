# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The manifest of a folder: its kind and schema, where its content comes from, and which files are bonefea's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fea.case import TissueState
from fea.errors import InputError
from fea.files import Owned, current_versions, is_folder, parsed, platform_name, sha256_of, write_json
from fea.solve import UnitStrains

MANIFEST = "manifest.json"
CONVERGENCE = "convergence.csv"
SCHEMA = 1

FolderKind = Literal["run", "plan", "comparison", "study"]
"""Kinds of folders that bonefea writes."""

MAPPING_NOTE = (
    "The step from a T-score, measured at hip or spine, to the tissue of a tibia or metatarsal is not published one to "
    "one; the states are suggestions."
)
_KINDS: tuple[FolderKind, ...] = get_args(FolderKind)
_MOST_BYTES = 50_000_000

# Files of folders whose manifest does not list them: versions before 0.2.
_BEFORE: Mapping[FolderKind, tuple[str, ...]] = {
    "run": (
        "case.toml",
        "map.png",
        "density.png",
        "strain.png",
        "statics.png",
        "fields.vtu",
        "hotspots.csv",
        "strain.csv",
        "strain.json",
        "result.json",
    ),
    "plan": (
        "case.toml",
        "plan.png",
        "calendar.png",
        "compare.png",
        "damage.png",
        "days.png",
        "weeks.csv",
        "sites.csv",
        "fields.vtu",
        "result.json",
    ),
    "comparison": ("comparison.csv", "places.csv", "comparison.png", "difference.png"),
    "study": ("results.csv", "results.parquet", "histories.nc", "cases.json.gz", "study.png"),
}


class Stored(BaseModel):
    """Base of records that are written to and read from files of folders; keys of later versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, populate_by_name=True)

    def table(self) -> dict[str, Any]:
        """Content of its JSON file."""
        return self.model_dump(mode="json", by_alias=True)


class TissueNote(Stored):
    """State of the tissue, with a note on how reliable it is."""

    state: str
    t_score: float | None = None
    note: str = ""


class Manifest(Stored):
    """Origin of the content of a folder.

    ``threads`` is the number that the solver was given: with the same number it gives the same numbers bit for bit.
    ``files`` maps the files that bonefea wrote to their SHA-256; others in the folder are not bonefea's.
    """

    kind: str = "run"
    schema_version: Annotated[int, Field(alias="schema", ge=1)]
    versions: dict[str, str]
    platform: str = ""
    solver: str = ""
    threads: int | None = None
    case_sha256: str = ""
    seeds: dict[str, int] = Field(default_factory=dict)
    tissue: TissueNote | None = None
    wall_s: dict[str, float] | float = Field(default_factory=dict)
    peak_memory_mib: float | None = None
    files: dict[str, str] | None = None


def manifest_of(
    kind: FolderKind,
    question: str,
    tissue: TissueState,
    unit: UnitStrains,
    wall_s: Mapping[str, float],
    seeds: Mapping[str, int],
) -> Manifest:
    """Manifest of a run or a plan; ``question`` is the text of its ``case.toml``, ``unit`` what was solved."""
    return Manifest(
        kind=kind,
        schema_version=SCHEMA,
        versions=current_versions(),
        platform=platform_name(),
        solver=unit.solver,
        threads=unit.threads,
        case_sha256=sha256_of(question.encode()),
        seeds=dict(seeds),
        tissue=TissueNote(state=tissue.name, t_score=tissue.t_score, note=MAPPING_NOTE),
        wall_s=dict(wall_s),
        peak_memory_mib=peak_memory_mib(),
    )


def peak_memory_mib() -> float | None:
    """Largest resident memory of this process in MiB; None where the platform does not provide it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with the hashes of all files of the folder: the last step of writing one."""
    files = {p.relative_to(folder).as_posix(): sha256_of(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    write_json(folder / MANIFEST, manifest.model_copy(update={"files": files}).table())


def owned_by(kind: FolderKind) -> Owned:
    """A function that returns the files of an existing folder of this kind that a new one may replace."""

    def owned(place: Path) -> frozenset[str]:
        if not (place / MANIFEST).is_file() or (place / MANIFEST).is_symlink():
            raise InputError(
                f"the output folder {str(place)!r} holds files that are not a {kind} of bonefea; name another one."
            )
        try:
            found = read_manifest(place)
        except InputError:
            raise InputError(
                f"the output folder {str(place)!r} has a {MANIFEST} that is not bonefea's; name another one."
            ) from None
        if found.kind != kind:
            raise InputError(f"the output folder {str(place)!r} holds a {found.kind}, not a {kind}; name another one.")
        names = _BEFORE[kind] if found.files is None else tuple(found.files)
        return frozenset({*names, MANIFEST})

    return owned


def files_of(place: Path) -> frozenset[str]:
    """Names of the files in a folder that bonefea wrote, none where it wrote nothing there."""
    try:
        kind = kind_of(place)
        return owned_by(kind)(place)
    except InputError:
        return frozenset()


def read_stored[R: Stored](file: Path, kind: type[R]) -> R:
    """A record from a JSON or TOML file of a folder.

    Raises
    ------
    fea.errors.InputError
        The file is missing, or is not what bonefea writes.
    """
    if file.exists() and not file.is_file():
        raise InputError(f"{str(file)!r} is no file.")
    try:
        if file.suffix == ".toml":
            return kind.model_validate(parsed(file, str(file)))
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        return kind.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{str(file)!r} is not what bonefea writes: {place}: {first['msg']}.") from None


def read_manifest(place: Path) -> Manifest:
    """The manifest of a folder.

    Raises
    ------
    fea.errors.InputError
        No such folder, one that bonefea did not write or a newer version wrote.
    """
    if not is_folder(place):
        raise InputError(f"there is no folder {str(place)!r}.")
    if not (place / MANIFEST).is_file():
        raise InputError(f"{str(place)!r} was not written by bonefea: it holds no {MANIFEST}.")
    manifest = read_stored(place / MANIFEST, Manifest)
    if manifest.schema_version > SCHEMA:
        raise InputError(f"{str(place)!r} was written by a newer bonefea; update to read it.")
    return manifest


def kind_of(place: Path) -> FolderKind:
    """Kind of a folder.

    Raises
    ------
    fea.errors.InputError
        As :func:`read_manifest`, and a kind that is not known.
    """
    kind = read_manifest(place).kind
    for known in _KINDS:
        if kind == known:
            return known
    raise InputError(f"{str(place)!r} holds a {kind!r}; known: {', '.join(_KINDS)}.")


def read_json(file: Path) -> dict[str, Any]:
    """Table of a JSON file of a folder as it stands.

    Raises
    ------
    fea.errors.InputError
        The file is missing, too large, or holds no table.
    """
    try:
        if not file.is_file():
            raise InputError(f"{str(file.parent)!r} is not a run folder; it has no {file.name}.")
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(file)!r} has {file.stat().st_size} bytes; allowed: up to {_MOST_BYTES}.")
        table = json.loads(file.read_text(encoding="utf-8"))
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}.") from None
    if not isinstance(table, dict):
        raise InputError(f"{str(file)!r} holds no table.")
    return table
