# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Finished cases on disk: each written whole under the hash of its input, one process at a time.

``store/cases/KEY.json`` holds two lines: a header with the SHA-256 of the second, and the finding; numbers are
written so that they come back bit for bit. ``KEY.failed`` says in the same form why a case failed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from filelock import Timeout

from fea.errors import InputError, RunError
from fea.evaluate import LEVELS, SECTORS
from fea.files import locked, write_whole
from fea.studies.metrics import QUANTITIES, CaseMetrics, Metric

SCHEMA = 1
_KIND = "bonefea study store"
_UNFINISHED = re.compile(r"\..{0,40}\.[0-9a-f]{16}\.partial(\.\w+)?")
"""Names that :func:`fea.files.written_file` gives to what is not whole yet."""

_log = logging.getLogger(__name__)


class Store:
    """The finished cases of a study folder; see :func:`opened_store`."""

    def __init__(self, folder: Path) -> None:
        self._cases = folder / "cases"

    def metrics_of(self, key: str) -> CaseMetrics | None:
        """Metrics of a case, or None; a damaged entry is logged, removed, and counts as none."""
        table = self._read(key, ".json")
        if table is None:
            return None
        try:
            return _unpacked(table)
        except Exception as error:  # whatever a table of another form makes the look-ups stumble over
            self._drop(key, ".json", error)
            return None

    def has(self, key: str) -> bool:
        """Whether sound metrics of a case are kept."""
        return self.metrics_of(key) is not None

    def failure(self, key: str) -> str | None:
        """Reason why a case failed, or None."""
        table = self._read(key, ".failed")
        return None if table is None else str(table.get("reason", "unknown"))

    def keep(self, key: str, case_metrics: CaseMetrics) -> None:
        """Keep the metrics of a case, whole or not at all; :meth:`flush` makes the names outlast a loss of power.

        Raises
        ------
        fea.errors.RunError
            The disk is full or cannot be written.
        """
        self._write(key, ".json", _packed(case_metrics))
        with suppress(OSError):
            (self._cases / f"{key}.failed").unlink()

    def keep_failure(self, key: str, reason: str) -> None:
        """Keep the reason why a case failed; errors are those of :meth:`keep`."""
        self._write(key, ".failed", {"reason": reason})

    def flush(self) -> None:
        """Flush the names of the entries to the disk, once for many."""
        with suppress(OSError):
            descriptor = os.open(self._cases, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def forget_failures(self, keys: Sequence[str]) -> None:
        """Forget the failures of cases, so that they are run again."""
        for key in keys:
            with suppress(OSError):
                (self._cases / f"{key}.failed").unlink()

    def _read(self, key: str, suffix: str) -> dict[str, Any] | None:
        try:
            header, _, payload = (self._cases / f"{key}{suffix}").read_bytes().partition(b"\n")
            said = json.loads(header)
            if (said["schema"], said["key"]) != (SCHEMA, key):
                raise ValueError("it belongs to another key")
            if said["sha256"] != hashlib.sha256(payload).hexdigest():
                raise ValueError("its content is not what was written")
            table = json.loads(payload)
            if not isinstance(table, dict):
                raise ValueError("it holds no table")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"the store {str(self._cases)!r} cannot be read: {error.strerror}.") from None
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            self._drop(key, suffix, error)
            return None
        return table

    def _drop(self, key: str, suffix: str, error: Exception) -> None:
        file = self._cases / f"{key}{suffix}"
        _log.warning("%s is damaged and done anew: %s", file, error)
        with suppress(OSError):
            file.unlink()

    def _write(self, key: str, suffix: str, table: dict[str, Any]) -> None:
        payload = json.dumps(table, allow_nan=False).encode()
        header = json.dumps({"schema": SCHEMA, "key": key, "sha256": hashlib.sha256(payload).hexdigest()}).encode()
        try:
            write_whole(self._cases / f"{key}{suffix}", header + b"\n" + payload)
        except RunError as error:
            raise RunError(f"{str(error).removesuffix('.')}; what is finished is kept.") from None


@contextmanager
def opened_store(folder: Path, study: str = "") -> Iterator[Store]:
    """Yield the store in a study folder, made if absent, and hold its lock; the end of the process gives it back.

    Parameters
    ----------
    folder : Path
        The study folder.
    study : str
        Name of the study, which the folder belongs to from then on.

    Raises
    ------
    fea.errors.InputError
        Another process works in the folder, it belongs to another study or to somebody else, a newer version wrote
        the store, it is damaged, or the place cannot be written.
    """
    place = folder / "store"
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    is_new = not place.exists()
    try:
        _check_ours(folder, place)
        (place / "cases").mkdir(parents=True, exist_ok=True)
        lock = locked(place / "lock")
        lock.acquire()
    except Timeout:
        who = _owner(place / "lock")
        raise InputError(f"the study folder {str(folder)!r} is in use by {who}; wait, or name another one.") from None
    except OSError as error:
        raise InputError(f"the study folder {str(folder)!r} cannot be written: {error.strerror}.") from None
    try:
        with suppress(OSError):
            (place / "lock").write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
        _check_format(place / "format.json", study)
        for rest in (*folder.glob(".*.partial*"), *place.rglob(".*.partial*")):
            if _UNFINISHED.fullmatch(rest.name):
                with suppress(OSError):
                    rest.unlink()
        yield Store(place)
    except BaseException:
        if is_new and not any((place / "cases").iterdir()):
            _remove_begun(folder, made)
        raise
    finally:
        lock.release()


def _remove_begun(folder: Path, made: Sequence[Path]) -> None:
    """Remove a store in which nothing is finished, and the folders made for it that hold nothing else."""
    shutil.rmtree(folder / "store", ignore_errors=True)
    with suppress(OSError):
        (folder / "study.log").unlink()
    with suppress(OSError):
        for path in made:
            path.rmdir()


def _check_ours(folder: Path, place: Path) -> None:
    """Refuse a folder with content that is not that of a study."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"the study folder {str(folder)!r} exists and is not a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (place / "format.json").is_file() and not _is_new(place):
        raise InputError(f"the study folder {str(folder)!r} holds files that are not a study; name another one.")


def _is_new(place: Path) -> bool:
    """Whether a store was begun there by a process that was killed before its first case."""
    if not place.is_dir() or {p.name for p in place.parent.iterdir()} != {place.name}:
        return False
    return {p.name for p in place.iterdir()} <= {"cases", "lock"} and not any((place / "cases").glob("*"))


def _owner(lock: Path) -> str:
    try:
        return " ".join(lock.read_text(encoding="utf-8")[:100].split()) or "another process"
    except (OSError, ValueError):
        return "another process"


def _check_format(file: Path, study: str) -> None:
    if not file.exists():
        write_whole(file, json.dumps({"kind": _KIND, "schema": SCHEMA, "study": study}).encode())
        return
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        kind, schema, name = said["kind"], int(said["schema"]), str(said.get("study", ""))
    except (OSError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        raise InputError(f"the store's {str(file)!r} cannot be read; name another folder.") from None
    if kind != _KIND or schema < 1:
        raise InputError(f"{str(file)!r} is not that of a study; name another folder.")
    if schema > SCHEMA:
        raise InputError(
            f"the store of {str(file.parent.parent)!r} has schema {schema}, written by a newer bonefea; "
            f"this one reads up to {SCHEMA}. Update bonefea, or name another folder."
        )
    if name and study and name != study:
        raise InputError(
            f"the folder {str(file.parent.parent)!r} belongs to the study {name!r}, not {study!r}; name another one."
        )


def _packed(case_metrics: CaseMetrics) -> dict[str, Any]:
    return {
        "metrics": [[m.name, m.place, m.unit, m.value] for m in case_metrics.metrics],
        "time_s": case_metrics.time_s.tolist(),
        "gauges": {name: {k: v.tolist() for k, v in series.items()} for name, series in case_metrics.gauges.items()},
        "forces": {name: series.tolist() for name, series in case_metrics.forces.items()},
        "places": [[None if np.isnan(x) else float(x) for x in row] for row in case_metrics.places],
        "solver": case_metrics.solver,
        "threads": case_metrics.threads,
    }


def _unpacked(table: dict[str, Any]) -> CaseMetrics:
    case_metrics = CaseMetrics(
        metrics=tuple(_metric(*row) for row in table["metrics"]),
        time_s=np.array(table["time_s"], dtype=np.float64),
        gauges={
            name: {q: np.array(series[q], dtype=np.float64) for q in QUANTITIES}
            for name, series in table["gauges"].items()
        },
        forces={name: np.array(series, dtype=np.float64) for name, series in table["forces"].items()},
        places=np.array([[np.nan if x is None else x for x in row] for row in table["places"]], dtype=np.float64),
        solver=table.get("solver"),
        threads=table.get("threads"),
    )
    every = (
        *case_metrics.forces.values(),
        *(column for gauge in case_metrics.gauges.values() for column in gauge.values()),
    )
    frames = (case_metrics.time_s.size,)
    if case_metrics.places.shape != (LEVELS, SECTORS) or any(c.shape != frames for c in (case_metrics.time_s, *every)):
        raise ValueError("its arrays have another shape")
    return case_metrics


def _metric(name: object, place: object, unit: object, value: float) -> Metric:
    if not (isinstance(name, str) and isinstance(place, str) and isinstance(unit, str)):
        raise TypeError("a metric has a name that is no text")
    return Metric(name, place, unit, float(value))
