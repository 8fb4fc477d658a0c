# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solved arrays kept on disk, whole or not at all.

An entry is one file, ``<key>.npz``: uncompressed arrays, each with its CRC-32, and a JSON header. The key is
the hash of all that the arrays depend on, the code among it. Entries are written under another name and
renamed when whole, so several processes may write the same one; the last wins, readers see one or the other.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import platformdirs
from filelock import Timeout

from fea import __version__
from fea.errors import BonefeaError
from fea.files import locked, written_file

Bytes = npt.NDArray[np.uint8]
Header = Mapping[str, Any]
Arrays = Mapping[str, npt.NDArray[Any]]

FORMAT = 1
MOST_BYTES = 8 * 2**30
"""Entries are removed, least recently used first, until this is not exceeded."""

_ABANDONED_S = 3600.0
_OURS = re.compile(r"[0-9a-f]{64}\.npz|\.[0-9a-f]{40}\.[0-9a-f]{16}\.partial\.npz")
_LOCAL_HEADER = 30
"""Bytes in front of a member's name in a ZIP file."""
_LARGE_SIZES = 20
"""Bytes of the extra field that says sizes beyond 4 GB."""
_FILLING = 0xFB0E
"""Number of our extra field, which fills up to the next multiple of 64 bytes."""
_LOCKS = ".locks"
_PATIENCE_S = 900.0
"""Time for which a process waits for another one that solves the same bone."""

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Folder of the cache: ``$BONEFEA_CACHE``, or the user's cache folder of the platform."""
    chosen = os.environ.get("BONEFEA_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("bonefea"))


def trusted_folder() -> Path | None:
    """The folder of the cache, made if absent; None, with the reason logged, where it belongs to somebody else."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            raise OSError(f"{str(folder)!r} belongs to another user")
        if os.name == "posix" and status.st_mode & 0o022:
            folder.chmod(0o700)
    except OSError as error:
        _log.warning("the cache is not used: %s", error)
        return None
    return folder


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep other processes from making the same entry meanwhile; they find it in the cache afterwards."""
    lock = locked(file.parent / _LOCKS / file.stem, timeout=_PATIENCE_S)
    try:
        (file.parent / _LOCKS).mkdir(exist_ok=True)
        lock.acquire()
    except (OSError, Timeout) as error:
        _log.warning("the cache entry %s is not locked: %s", file.name, error)
    try:
        yield
    finally:
        lock.release()


def read_entry[T](file: Path, key: str, unpacked: Callable[[Header, Arrays], T]) -> T | None:
    """Content of an entry, or None if there is none or it is not whole."""
    try:
        with file.open("rb") as stream, zipfile.ZipFile(stream) as entry:
            _check_size(entry, file)
            stream.seek(0)
            # Not mapped into memory: a file that somebody shortens would end the process.
            content = np.fromfile(stream, dtype=np.uint8)
            header = json.loads(_member(entry, content, "header").tobytes())
            if (header["format"], header["key"]) != (FORMAT, key):
                raise ValueError("it belongs to another key")
            arrays = {name: _member(entry, content, name) for name in header["arrays"]}
        for name, (dtype, shape) in header["arrays"].items():
            if (arrays[name].dtype.str, list(arrays[name].shape)) != (dtype, shape):
                raise ValueError(f"{name} has another shape")
        found = unpacked(header, arrays)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # damaged bytes raise whatever zip, JSON and numpy stumble over
        _log.warning("the cache entry %s is not used, and solved anew: %s: %s", file, type(error).__name__, error)
        return None
    with suppress(OSError):
        os.utime(file)
    return found


def _check_size(entry: zipfile.ZipFile, file: Path) -> None:
    """Refuse members that would grow when they are read: entries are not compressed."""
    members = entry.infolist()
    if any(one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size for one in members):
        raise ValueError("it is compressed")
    if sum(one.file_size for one in members) > file.stat().st_size:
        raise ValueError("its members overlap")


def _member(entry: zipfile.ZipFile, content: Bytes, name: str) -> npt.NDArray[Any]:
    """An array of the file, part of its ``content``, after a check of its CRC-32."""
    info = entry.getinfo(f"{name}.npy")
    with entry.open(info) as stream:  # which compares the name in front of the member with that of the directory
        version = np.lib.format.read_magic(stream)
        shape, by_column, dtype = (np.lib.format.read_array_header_1_0 if version == (1, 0) else _later_header)(stream)
        before = stream.tell()
    own = content[info.header_offset :]
    _, names, more = struct.unpack("<26sHH", own[:_LOCAL_HEADER].tobytes())
    own = own[_LOCAL_HEADER + names + more :][: info.file_size]
    if dtype.hasobject or before + math.prod(shape) * dtype.itemsize != info.file_size or len(own) != info.file_size:
        raise ValueError(f"{name} is shorter or longer than it says")
    if zlib.crc32(own) != info.CRC:
        raise ValueError(f"{name} has another checksum")
    array = own[before:].view(dtype).reshape(shape, order="F" if by_column else "C")
    return np.require(array, requirements=["ALIGNED", "ENSUREARRAY"])


def _later_header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    return np.lib.format.read_array_header_2_0(stream)


def keep_entry(file: Path, key: str, header: Header, arrays: Arrays) -> None:
    """Write an entry, or log why it cannot be written."""
    try:
        with written_file(file) as partial, partial.open("wb") as stream:
            _write(stream, _with_header(key, header, arrays))
        _trim(file)
    except (OSError, BonefeaError) as error:
        _log.warning("what was solved is not kept in the cache: %s", error)


def _write(stream: IO[bytes], arrays: Arrays) -> None:
    """Write arrays as :func:`numpy.savez` does, each at a multiple of 64 bytes, so that it is used where it is read."""
    with zipfile.ZipFile(stream, "w") as entry:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            begin = stream.tell() + _LOCAL_HEADER + len(member.filename) + _LARGE_SIZES + 4
            filling = -begin % np.lib.format.ARRAY_ALIGN
            member.extra = struct.pack("<HH", _FILLING, filling) + bytes(filling)
            with entry.open(member, "w", force_zip64=True) as own:
                np.lib.format.write_array(own, array, allow_pickle=False)


def _with_header(key: str, header: Header, arrays: Arrays) -> dict[str, Any]:
    shapes = {name: [a.dtype.str, list(a.shape)] for name, a in arrays.items()}
    full = {"format": FORMAT, "key": key, "bonefea": __version__, **header, "arrays": shapes}
    return {"header": np.frombuffer(json.dumps(full).encode(), dtype=np.uint8), **arrays}


def _trim(kept: Path) -> None:
    """Remove what killed processes left behind, and the least recently used entries beyond the limit.

    The entry ``kept`` stays, and so does every file that is not named like an entry.
    """
    found = []
    for file in kept.parent.iterdir():
        with suppress(OSError):  # another process may have removed it
            status = file.stat()
            if not _OURS.fullmatch(file.name):
                continue
            if ".partial" in file.suffixes and time.time() - status.st_mtime > _ABANDONED_S:
                file.unlink()
            elif file.suffix == ".npz" and ".partial" not in file.suffixes and file != kept:
                found.append((status.st_mtime, status.st_size, file))
    total = kept.stat().st_size
    for _, size, file in sorted(found, reverse=True):
        total += size
        if total > MOST_BYTES:
            with suppress(OSError):
                file.unlink()
