# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run folder on disk: written under a temporary name and renamed when it is whole."""

from __future__ import annotations

import csv
import ctypes
import fcntl
import glob
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fea.errors import BonefeaError, InputError, RunError

MANIFEST = "manifest.json"
CONVERGENCE = "convergence.csv"

# Fields of cells in fields.vtu that are read back; the first is an index into fea.bone.TISSUES.
TISSUE_FIELD = "tissue"
EQUIVALENT_FIELD = "largest equivalent strain [µε]"
EXCLUDED_FIELD = "excluded"
_PARTIAL = ".partial"
_HERE = -100
_EXCHANGE = 2
"""AT_FDCWD and RENAME_EXCHANGE of Linux."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these a cell begins that a spreadsheet would execute."""


@contextmanager
def written_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``out`` when the ``with`` statement ends without an error.

    A run folder that stands there already is replaced in one step; anything else is left alone. After an error
    nothing is left behind; what a killed process left is removed by the next one that writes the same folder.

    Raises
    ------
    fea.errors.InputError
        The place cannot be written, or holds something that is not a run folder.
    fea.errors.RunError
        The disk is full, or fails while the folder is written.
    """
    target = out.expanduser().absolute()
    try:
        _check_replaceable(target, out)
        missing = [p for p in (target.parent, *target.parent.parents) if not p.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        temporary = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=_PARTIAL, dir=target.parent))
    except OSError as error:
        raise InputError(f"the output folder {str(out)!r} cannot be written: {error.strerror}.") from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the output folder {str(out)!r} cannot be written: {error}.") from None
    try:
        with _locked(temporary):
            temporary.chmod(0o755)
            yield temporary
            _flush(temporary)
            _replace(temporary, target)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError) and not isinstance(error, BonefeaError):
            raise RunError(f"the output folder {str(out)!r} cannot be written: {error.strerror or error}.") from None
        raise


def _check_replaceable(target: Path, out: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"the output folder {str(out)!r} exists and is not a folder.")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise InputError(f"the output folder {str(out)!r} holds files that are not a run of bonefea; name another one.")


def _prefix(target: Path) -> str:
    return f".{target.name[:40]}."


def _remove_abandoned(target: Path) -> None:
    """Remove partial folders for the same target whose process is gone: nobody holds their lock."""
    for other in target.parent.glob(f"{glob.escape(_prefix(target))}*{_PARTIAL}"):
        with suppress(OSError), _locked(other):
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which the system takes away with the process, whatever ends it.

    Raises
    ------
    OSError
        Another process holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _flush(folder: Path) -> None:
    """Have the system write all files of a folder to the disk before the folder gets its name."""
    for path in (*(p for p in folder.rglob("*") if p.is_file()), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replace(temporary: Path, target: Path) -> None:
    """Put ``temporary`` in the place of ``target``; an older run is exchanged for it and then removed.

    Where the system cannot exchange two folders the older run is moved aside first: there, a process that is
    killed between two calls leaves it under the name that begins with a dot.
    """
    with suppress(OSError):  # something stands there, perhaps since a moment ago
        temporary.rename(target)
        return
    if not _exchanged(temporary, target):
        aside = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=".old", dir=target.parent))
        target.rename(aside / target.name)
        temporary.rename(target)
        temporary = aside
    shutil.rmtree(temporary, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, and return whether the system could (Linux)."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def write_json(file: Path, table: Mapping[str, Any]) -> None:
    """Write ``table`` as JSON and flush it to disk; NaN is refused."""
    with file.open("w", encoding="utf-8") as stream:
        json.dump(table, stream, indent=2, allow_nan=False, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


def write_rows(file: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Write ``rows`` as CSV with the given columns, a header line even when there are no rows.

    Texts are written as :func:`spreadsheet_safe` returns them.
    """
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows({name: spreadsheet_safe(value) for name, value in row.items()} for row in rows)


def spreadsheet_safe(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: such a text gets an apostrophe in front.

    A text that is a number stays as it is.

    Examples
    --------
    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("-12.5"), spreadsheet_safe("neck"), spreadsheet_safe(-1)
    ("'=1+1", '-12.5', 'neck', -1)
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
