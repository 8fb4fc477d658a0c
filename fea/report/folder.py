# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does a folder hold? Its kind by its manifest, and its files as checked records."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fea.errors import InputError
from fea.folder import MANIFEST
from fea.shelf import parsed

FolderKind = Literal["run", "plan", "comparison", "study"]
"""What bonefea writes into folders."""

SCHEMA = 1
_KINDS: tuple[FolderKind, ...] = get_args(FolderKind)


class Read(BaseModel):
    """Base of what is read from files that bonefea wrote: frozen; keys that a later version added are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Manifest(Read):
    """Where results come from."""

    schema_version: Annotated[int, Field(alias="schema", ge=1)]
    kind: str = "run"
    versions: dict[str, str]
    platform: str = ""
    solver: str = ""
    case_sha256: str = ""
    wall_s: dict[str, float] | float = {}
    peak_memory_mib: float | None = None


def read_record[R: Read](file: Path, kind: type[R]) -> R:
    """Return a record from a JSON or TOML file of a folder.

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
        return kind.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{str(file)!r} is not what bonefea writes: {place}: {first['msg']}.") from None


def read_manifest(place: Path) -> Manifest:
    """Return the manifest of a folder.

    Raises
    ------
    fea.errors.InputError
        No such folder, one that bonefea did not write or a newer version wrote.
    """
    if not place.is_dir():
        raise InputError(f"there is no folder {str(place)!r}.")
    if not (place / MANIFEST).is_file():
        raise InputError(f"{str(place)!r} was not written by bonefea: it holds no {MANIFEST}.")
    manifest = read_record(place / MANIFEST, Manifest)
    if manifest.schema_version > SCHEMA:
        raise InputError(f"{str(place)!r} was written by a newer bonefea; update to read it.")
    return manifest


def kind_of(place: Path) -> FolderKind:
    """Return what a folder holds.

    Raises
    ------
    fea.errors.InputError
        As :func:`read_manifest`, and a kind that is not known.
    """
    kind = read_manifest(place).kind
    if kind not in _KINDS:
        raise InputError(f"{str(place)!r} holds a {kind!r}; known: {', '.join(_KINDS)}.")
    return kind


@contextmanager
def written_file(file: Path) -> Iterator[Path]:
    """Yield a temporary name that becomes ``file`` when the ``with`` statement ends without an error.

    Raises
    ------
    fea.errors.InputError
        The file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.stem[:40]}.", suffix=f".partial{file.suffix}", dir=file.parent)
    except (OSError, ValueError) as error:
        raise InputError(f"{str(file)!r} cannot be written: {getattr(error, 'strerror', None) or error}.") from None
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o644)
        try:
            partial.replace(file)
        except OSError as error:
            raise InputError(f"{str(file)!r} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)
