# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Where a command writes: not over what it reads, not over a file that stands there unless asked, apart by default."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.errors import InputError
from fea.files import check_replaceable, is_path

Overwrite = Annotated[
    bool, Parameter(name="--overwrite", negative="", help="Replace the file to write if it exists already.")
]


def check_file_to_write(
    file: Path, inputs: Iterable[str | Path | None] = (), *, folder: Path | None = None, overwrite: bool
) -> None:
    """Refuse to write a file that exists, unless it may be replaced, and one that the command reads in any case.

    Parameters
    ----------
    file : Path
        The file to write.
    inputs : iterable of str or Path or None
        Names or paths that the command was given; names of the library are passed over.
    folder : Path, optional
        A folder of results that the command reads.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    _check_not_read(file, _files(inputs))
    if folder is not None and _is_inside(file, folder):
        from fea.folders import files_of

        _check_not_read(file, [folder / name for name in files_of(folder)])
    check_replaceable(file)
    if not overwrite and _exists(file):
        raise InputError(f"{str(file)!r} exists already; --overwrite replaces it, or name another file.")


def check_folder_to_write(out: Path, inputs: Iterable[str | Path | None] = ()) -> None:
    """Refuse a folder of results which is, or whose files of ours include, what the command reads.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    for given in _files(inputs):
        if _same(out, given):
            raise InputError(f"the output folder {str(out)!r} is read by this command; name another one.")
    inside = [given for given in _files(inputs) if _is_inside(given, out)]
    if inside:
        from fea.folders import files_of

        ours = [out / name for name in files_of(out)]
        for given in inside:
            if any(_same(given, own) for own in ours):
                raise InputError(
                    f"the output folder {str(out)!r} would replace {str(given)!r}, which this command reads; "
                    "name another one."
                )


def folder_name(name: str, given: str) -> str:
    """Name of a record in a default folder: with the folders of its file where that is not in the working folder.

    So the trials of two subjects, or their bones, are kept apart although they are called the same.

    Examples
    --------
    >>> folder_name("trial", "s01/trial.csv"), folder_name("trial", "trial.csv"), folder_name("tibia", "tibia")
    ('s01-trial', 'trial', 'tibia')
    """
    if not is_path(given):
        return name
    parent = Path(os.path.abspath(given)).parent  # noqa: PTH100 - links are not followed: they are how it is called
    try:
        parts = [part for part in Path(os.path.relpath(parent)).parts if part not in (".", "..")]
    except ValueError:  # another drive
        parts = list(parent.parts[1:])
    if not parts and parent != Path.cwd():
        parts = [parent.name]
    safe = (re.sub(r"[^A-Za-z0-9_.-]", "_", part) for part in (*parts, name))
    return "-".join(part for part in safe if part)[-_LONGEST:].lstrip("-._")


_LONGEST = 120


def _files(inputs: Iterable[str | Path | None]) -> list[Path]:
    return [Path(given) for given in inputs if isinstance(given, Path) or (given is not None and is_path(given))]


def _check_not_read(file: Path, inputs: Iterable[Path]) -> None:
    for given in inputs:
        if _same(file, given):
            raise InputError(f"{str(file)!r} is read by this command and would be replaced; name another file.")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _exists(file: Path) -> bool:
    try:
        return os.path.lexists(file)
    except (OSError, ValueError):
        return False


def _is_inside(file: Path, folder: Path) -> bool:
    try:
        return folder.resolve() in file.resolve().parents
    except (OSError, RuntimeError, ValueError):
        return False
