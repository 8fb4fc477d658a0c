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
import os
import re
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from fea import __version__

Header = Mapping[str, Any]
Arrays = Mapping[str, npt.NDArray[Any]]

FORMAT = 1
MOST_BYTES = 8 * 2**30
"""Entries are removed, least recently used first, until this is not exceeded."""

_ABANDONED_S = 3600.0
_OURS = re.compile(r"[0-9a-f]{64}\.(npz|\w+\.partial)")

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the folder of the cache: ``$BONEFEA_CACHE``, or the user's cache folder of the platform."""
    chosen = os.environ.get("BONEFEA_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("bonefea"))


def read_entry[T](file: Path, key: str, unpacked: Callable[[Header, Arrays], T]) -> T | None:
    """Return what an entry holds, or None if there is none or it is not whole."""
    try:
        with zipfile.ZipFile(file) as entry:
            header = json.loads(_member(entry, "header").tobytes())
            if (header["format"], header["key"]) != (FORMAT, key):
                raise ValueError("it answers another question")
            arrays = {name: _member(entry, name) for name in header["arrays"]}
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


def _member(entry: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """Return an array of the file; reading to the end lets zipfile compare the CRC-32."""
    with entry.open(f"{name}.npy") as stream:
        array = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):
            raise ValueError(f"{name} is longer than it says")
    return np.asarray(array)


def keep_entry(file: Path, key: str, header: Header, arrays: Arrays) -> None:
    """Write an entry, or log why it cannot be written."""
    temporary: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{key}.", suffix=".partial", dir=file.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as stream:
            np.savez(stream, allow_pickle=False, **_with_header(key, header, arrays))
        temporary.replace(file)
        _trim(file)
    except OSError as error:
        _log.warning("what was solved is not kept in the cache: %s", error)
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


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
            if file.suffix == ".partial" and time.time() - status.st_mtime > _ABANDONED_S:
                file.unlink()
            elif file.suffix == ".npz" and file != kept:
                found.append((status.st_mtime, status.st_size, file))
    total = kept.stat().st_size
    for _, size, file in sorted(found, reverse=True):
        total += size
        if total > MOST_BYTES:
            with suppress(OSError):
                file.unlink()
