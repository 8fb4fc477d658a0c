# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Files and folders that appear whole or not at all, and never replace what belongs to somebody else.

Everything is written under a random hidden name beside its target, flushed to the disk, and renamed. A folder is
replaced only as far as the manifest of the earlier one lists its files; whatever else lies there stays.
"""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fea.errors import BonefeaError, InputError, RunError

if TYPE_CHECKING:
    from filelock import BaseFileLock

PARTIAL = ".partial"
_LOCK = ".lock"

Owned = Callable[[Path], frozenset[str]]
"""Names in a folder, relative to it, that bonefea wrote and may replace; raises InputError where nothing is."""


@contextmanager
def written_file(file: Path, *, replaces: bool = True) -> Iterator[Path]:
    """Yield a temporary name that becomes ``file`` when the ``with`` statement ends without an error.

    Parameters
    ----------
    file : Path
        The file. A symbolic link, a device or a folder is never replaced.
    replaces : bool
        Whether a regular file that stands there is replaced.

    Raises
    ------
    fea.errors.InputError
        The place cannot be written, or holds what must not be replaced.
    fea.errors.RunError
        The disk is full, or fails while the file is written.
    """
    check_replaceable(file, replaces=replaces)
    try:
        descriptor, partial = _new_file(file)
    except (OSError, ValueError) as error:
        raise _unwritable(repr(str(file)), error, InputError) from None
    os.close(descriptor)
    try:
        yield partial
        _flush(partial)
        check_replaceable(file, replaces=replaces)
        partial.replace(file)
    except OSError as error:
        if isinstance(error, BonefeaError):
            raise
        raise _unwritable(repr(str(file)), error, RunError) from None
    finally:
        with suppress(OSError):
            partial.unlink()


def write_whole(file: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    fea.errors.InputError, fea.errors.RunError
        As for :func:`written_file`.
    """
    with written_file(file) as partial:
        partial.write_bytes(content)


@contextmanager
def written_folder(out: Path, owned: Owned) -> Iterator[Path]:
    """Yield an empty folder whose files stand in ``out`` when the ``with`` statement ends without an error.

    Where ``out`` does not exist, or holds nothing but earlier files of ours, that is one step. Where it holds other
    files too, ours are replaced one by one, the manifest last, and the others stay. After an error nothing is left
    behind; what a killed process left is removed by the next one that writes the same folder.

    Parameters
    ----------
    out : Path
        The folder.
    owned : callable
        Returns the names in an existing folder that may be replaced, and refuses a folder that is not ours.

    Raises
    ------
    fea.errors.InputError
        The place cannot be written, is a link or the working folder, or holds what is not ours.
    fea.errors.RunError
        The disk is full, or fails while the folder is written.
    """
    with ExitStack() as undone:
        try:
            target = _absolute(out)
            _check_folder(target, out, owned)
            undone.callback(_remove_empty, [p for p in (target.parent, *target.parent.parents) if not p.exists()])
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(target)
            temporary = _unused(target, PARTIAL)
            undone.enter_context(_held(temporary))  # first: the next process finds a folder by its lock
            temporary.mkdir()
        except (OSError, RuntimeError, ValueError) as error:
            if isinstance(error, BonefeaError):
                raise
            raise _unwritable(f"the output folder {str(out)!r}", error, InputError) from None
        try:
            yield temporary
            _flush_folder(temporary)
            _put_in_place(temporary, target, out, owned)
        except BaseException as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, BonefeaError):
                if _is_elsewhere(error, temporary):
                    raise RunError(f"{str(error.filename)!r} cannot be used: {error.strerror or error}.") from None
                raise _unwritable(f"the output folder {str(out)!r}", error, RunError) from None
            raise


def locked(file: Path, timeout: float = 0.0) -> BaseFileLock:
    """Lock that ends with the process, however it ends; used in a ``with`` statement.

    Entering raises :class:`filelock.Timeout` where another process holds it for ``timeout`` seconds.
    """
    from filelock import FileLock

    return FileLock(file, timeout=timeout, mode=0o600)


def _check_folder(target: Path, out: Path, owned: Owned) -> frozenset[str]:
    """Names of ours in the target, none where there is no folder."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"the output folder {str(out)!r} exists and is not a folder.")
    here = Path.cwd()
    if target == here or target in here.parents:
        raise InputError(f"the output folder {str(out)!r} is the folder you are in, or above it; name one inside it.")
    if not target.is_dir() or not any(target.iterdir()):
        return frozenset()
    return owned(target)


def _put_in_place(temporary: Path, target: Path, out: Path, owned: Owned) -> None:
    """Rename the folder, or its files one by one where the target holds files of others."""
    ours = _check_folder(target, out, owned)
    with suppress(OSError):  # nothing stands there, or an empty folder
        temporary.rename(target)
        return
    foreign = _others(target, ours)
    if not foreign and _exchanged(temporary, target):
        for late in _others(temporary, ours):  # somebody wrote there a moment ago
            with suppress(OSError):
                (target / late).parent.mkdir(parents=True, exist_ok=True)
                (temporary / late).rename(target / late)
        _remove(temporary, ours)
        return
    new = _names(temporary)
    for name in sorted(foreign & new):
        raise InputError(f"{str(out / name)!r} is in the way and is not ours; name another folder.")
    for name in sorted(new, key=lambda n: n == "manifest.json"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (temporary / name).replace(target / name)
    _remove(target, ours - new, keep=True)
    shutil.rmtree(temporary, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot (anything but Linux)."""
    import ctypes

    try:
        renameat2 = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE
    return bool(renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _names(folder: Path) -> frozenset[str]:
    """Names of all files below a folder, relative to it."""
    return frozenset(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())


def _others(folder: Path, ours: frozenset[str]) -> frozenset[str]:
    return _names(folder) - ours


def _remove(folder: Path, names: frozenset[str], *, keep: bool = False) -> None:
    """Remove files of ours, and the folder unless something else is left in it."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink()
    for inner in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        with suppress(OSError):
            inner.rmdir()
    if not keep:
        with suppress(OSError):
            folder.rmdir()


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders as far as they are empty, the innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _held(temporary: Path) -> Iterator[None]:
    """Hold the lock beside an unfinished folder, which says that somebody is at work on it."""
    lock = temporary.with_name(temporary.name + _LOCK)
    try:
        with locked(lock):
            yield
    finally:
        with suppress(OSError):
            lock.unlink()


def _remove_abandoned(target: Path) -> None:
    """Remove unfinished folders for the same target whose process is gone: nobody holds their lock."""
    from filelock import Timeout

    for lock in target.parent.glob(f"{glob.escape(_prefix(target))}*{PARTIAL}{_LOCK}"):
        if lock.is_symlink() or not lock.is_file():
            continue
        with suppress(OSError, Timeout):
            with locked(lock):
                shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCK)), ignore_errors=True)
            lock.unlink()


def check_replaceable(file: Path, *, replaces: bool = True) -> None:
    """Refuse to write a link, a folder or a device, or any file if none may be replaced.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    try:
        if file.is_symlink() or (file.exists() and not file.is_file()):
            raise InputError(f"{str(file)!r} is a link, a folder or a device, which is never replaced; name a file.")
        if not replaces and file.exists():
            raise InputError(f"{str(file)!r} exists already; remove it, or name another file.")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _unwritable(repr(str(file)), error, InputError) from None


def _absolute(out: Path) -> Path:
    path = out.expanduser()
    str(path).encode()  # a name that is no text is refused by the libraries only when they write
    return path.parent.resolve() / path.name if path.name not in ("", ".", "..") else path.resolve()


def _prefix(target: Path) -> str:
    return f".{target.name[:40]}."


def _unused(target: Path, ending: str) -> Path:
    """Path beside a target that nobody can guess."""
    return target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}{ending}")


def _new_file(file: Path) -> tuple[int, Path]:
    """Descriptor and path of a new file beside ``file``, with the permissions that new files get."""
    if not file.name:
        raise ValueError("it names no file")
    path = file.with_name(f".{file.stem[:40]}.{secrets.token_hex(8)}{PARTIAL}{file.suffix}")
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o666), path


def _flush_folder(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            _flush(path)
    _flush(folder)


def _flush(path: Path) -> None:
    """Have the system write a file or folder to the disk before it gets its name."""
    if path.is_dir() and os.name == "nt":  # Windows opens no folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_elsewhere(error: OSError, folder: Path) -> bool:
    """Whether an error names a file outside a folder."""
    return isinstance(error.filename, str) and not Path(error.filename).absolute().is_relative_to(folder.absolute())


def _unwritable[E: (InputError, RunError)](what: str, error: BaseException, kind: type[E]) -> E:
    return kind(f"{what} cannot be written: {getattr(error, 'strerror', None) or error}.")
