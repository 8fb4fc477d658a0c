# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run folder on disk: written under a temporary name and renamed when it is whole."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fea.errors import InputError

MANIFEST = "manifest.json"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these a cell begins that a spreadsheet would execute."""


@contextmanager
def written_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``out`` when the ``with`` statement ends without an error.

    A run folder that stands there already is replaced; anything else is left alone. After an error
    nothing is left behind.

    Raises
    ------
    fea.errors.InputError
        The place cannot be written, or holds something that is not a run folder.
    """
    target = out.expanduser().absolute()
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise InputError(f"the output folder {str(out)!r} exists and is not a folder.")
        if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
            raise InputError(
                f"the output folder {str(out)!r} holds files that are not a run of bonefea; name another one."
            )
        missing = [p for p in (target.parent, *target.parent.parents) if not p.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise InputError(f"the output folder {str(out)!r} cannot be written: {error.strerror}.") from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the output folder {str(out)!r} cannot be written: {error}.") from None
    try:
        temporary.chmod(0o755)
        yield temporary
        _replace(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        raise


def _replace(temporary: Path, target: Path) -> None:
    """Put ``temporary`` in the place of ``target``; an older run is moved aside first and then removed."""
    if not target.exists():
        temporary.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}.", suffix=".old", dir=target.parent))
    target.rename(aside / target.name)
    temporary.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


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
