# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run folder on disk: written under a temporary name and renamed when it is whole; its fields read back."""

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES
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


@dataclass(frozen=True)
class Fields:
    """What ``fields.vtu`` holds: points (n, 3) in mm, tetrahedra (m, 4), tissue (m,), and values of cells by name."""

    points: npt.NDArray[np.float64]
    cells: npt.NDArray[np.int64]
    tissue: npt.NDArray[np.int64]
    values: Mapping[str, npt.NDArray[Any]]


def read_fields(file: Path, names: Sequence[str]) -> Fields:
    """Return the mesh of a run folder with the tissue and the fields of these names, one number for each cell.

    meshio reads it, in Python; the reader of VTK ends the process on a damaged file.

    Raises
    ------
    fea.errors.InputError
        The file is missing or is not what bonefea writes.
    """
    from meshio.vtu._vtu import read  # meshio.read leaves the program where it fails

    if not file.is_file():
        raise InputError(f"the run lacks its fields: there is no file {str(file)!r}.")
    try:
        grid: Any = read(file)
        points, cells = np.asarray(grid.points, dtype=np.float64), np.asarray(grid.cells_dict["tetra"], dtype=np.int64)
        values = {name: np.asarray(np.concatenate(grid.cell_data[name])) for name in (TISSUE_FIELD, *names)}
        tissue = values[TISSUE_FIELD].astype(np.int64)
        if points.shape[1:] != (3,) or not np.isfinite(points).all():
            raise ValueError("its points are not finite")
        if cells.size == 0 or cells.min() < 0 or cells.max() >= len(points):
            raise ValueError("its cells join points that are not there")
        if any(value.shape != (len(cells),) or value.dtype.kind not in "fiu" for value in values.values()):
            raise ValueError("a field has not one number for each cell")
        if tissue.min() < 0 or tissue.max() >= len(TISSUES):
            raise ValueError("a cell has a tissue that is not known")
    except Exception as error:  # damaged bytes raise whatever XML, zlib, base64 and numpy stumble over
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{str(file)!r} is not what bonefea writes: {why}.") from None
    return Fields(points, cells, tissue, values)


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
