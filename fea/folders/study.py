# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a study: a row for each case and metric, histories and places as netCDF, written and read back."""

from __future__ import annotations

import gzip
import io
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import Field

from fea.case import Case, Study, checked
from fea.errors import InputError, RunError
from fea.evaluate import LEVELS, SECTORS
from fea.files import current_versions, platform_name, sha256_of, write_whole
from fea.folders.manifest import MANIFEST, SCHEMA, Manifest, read_manifest, read_stored
from fea.studies import (
    NOT_FACTORS,
    QUANTITIES,
    CaseMetrics,
    FailedCase,
    Store,
    StudyPlan,
    StudyProgress,
    StudyResult,
    StudyTable,
    opened_store,
    worked_off,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_MOST_OF_A_CASE, _MOST_OF_ALL = 50_000_000, 2_000_000_000
"""Bytes that the cases of a study may take unpacked; most take some tens of kilobytes each."""
_DIMENSIONS = {
    "time_s": ("case", "frame"),
    "gauge": ("case", "frame", "gauge_name", "quantity"),
    "force": ("case", "frame", "load"),
    "places": ("case", "level", "sector_deg"),
}
_log = logging.getLogger(__name__)


class StudyManifest(Manifest):
    """Origin of a study: its question, solvers and their threads, the key of each case, and why cases failed."""

    study: dict[str, Any]
    solvers: list[str] = Field(default_factory=list)
    thread_counts: list[int] = Field(default_factory=list)
    cases: dict[str, str]
    failed: dict[str, str]
    meshes: int
    groups: int = 0
    sha256: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """Outcome of :func:`run_study`: its progress, the failed cases with reasons, seconds spent."""

    progress: StudyProgress
    failed: list[tuple[int, str]]
    wall_s: float


def run_study(
    study: Study,
    plan: StudyPlan,
    out: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    progress: Callable[[StudyProgress], None] = lambda _: None,
) -> Outcome:
    """Run a study in its folder; cases that are finished there are not run again.

    Parameters
    ----------
    study : Study
        The study.
    plan : StudyPlan
        Its plan.
    out : Path
        Its folder.
    workers : int, optional
        Processes on this machine; as many as there are cores by default.
    scheduler : str, optional
        Address of a dask scheduler to use instead.
    retry_failed : bool
        Whether cases that failed earlier are tried again.
    progress : callable
        Hears how far the study is.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be used, or there is no worker.
    fea.errors.RunError
        The disk is full, or every case failed.
    """
    begin = time.perf_counter()
    with opened_store(out, study.name) as store:
        done = worked_off(
            plan, store, workers=workers, scheduler=scheduler, retry_failed=retry_failed, progress=progress
        )
        wall_s = time.perf_counter() - begin
        failed = write_tables(study, plan, store, out, wall_s)
    _log.info("%d cases in %.1f s, %d failed", done.done, wall_s, len(failed))
    return Outcome(done, failed, wall_s)


def write_tables(study: Study, plan: StudyPlan, store: Store, folder: Path, wall_s: float) -> list[tuple[int, str]]:
    """Write all tables of a study from its store, the manifest last; return the failed cases with their reasons.

    The same findings give the same files, byte for byte, the manifest aside.

    Raises
    ------
    fea.errors.RunError
        The disk is full, or no case succeeded.
    """
    findings = {case.number: found for case in plan.cases if (found := store.metrics_of(case.key)) is not None}
    reasons = [(c.number, store.failure(c.key)) for c in plan.cases if c.number not in findings]
    failed = [(number, reason or "not done") for number, reason in reasons]
    if not findings:
        raise RunError(f"all {len(failed)} cases failed; the first: {failed[0][1]}")
    frame = _table(plan, findings)
    content = {
        "results.csv": frame.to_csv(index=False, lineterminator="\n").encode(),
        "results.parquet": _parquet(frame),
        "histories.nc": _netcdf(plan, findings),
        "cases.json.gz": _cases(plan),
    }
    hashes = {name: sha256_of(data) for name, data in content.items()}
    manifest = StudyManifest(
        kind="study",
        schema_version=SCHEMA,
        study=study.model_dump(mode="json", by_alias=True, exclude_none=True),
        versions=current_versions(),
        platform=platform_name(),
        solvers=sorted({found.solver for found in findings.values() if found.solver is not None}),
        thread_counts=sorted({found.threads for found in findings.values() if found.threads is not None}),
        cases={str(case.number): case.key for case in plan.cases},
        failed={str(number): reason for number, reason in failed},
        meshes=plan.meshes,
        groups=len(plan.groups),
        sha256=hashes,
        files=hashes,
        wall_s=wall_s,
    )
    for name, data in content.items():
        write_whole(folder / name, data)
    write_whole(folder / MANIFEST, json.dumps(manifest.table(), indent=2, ensure_ascii=False).encode())
    return failed


def load(folder: Path | str) -> StudyResult:
    """A finished study.

    Raises
    ------
    fea.errors.InputError
        The folder holds no finished study, one of a newer version, or a damaged one.
    """
    place = Path(folder)
    manifest, found = read_study_table(place)
    with _refused(place):
        resolved = _resolved(_stored(place, "cases.json.gz", manifest), len(manifest.cases))
        return StudyResult(
            **vars(found),
            histories=_histories(_stored(place, "histories.nc", manifest), _numbers(found.table, resolved)),
            cases={int(number): _case(number, one) for number, one in resolved.items()},
            failed=tuple(
                _failed(number, resolved.get(number, {}), reason) for number, reason in manifest.failed.items()
            ),
        )


def read_study_table(place: Path) -> tuple[StudyManifest, StudyTable]:
    """Manifest and table of a finished study, without its histories and cases; errors are those of :func:`load`."""
    import pandas as pd

    with _refused(place):
        if not (place / MANIFEST).is_file():
            raise InputError(f"{str(place)!r} holds no finished study: {MANIFEST} is missing.")
        if read_manifest(place).kind != "study":
            raise InputError(f"{str(place)!r} is not the folder of a study.")
        manifest = read_stored(place / MANIFEST, StudyManifest)
        table = pd.read_parquet(io.BytesIO(_stored(place, "results.parquet", manifest)))
        return manifest, StudyTable(checked(Study, manifest.study, "the study"), _sound(table))


def _sound(table: pd.DataFrame) -> pd.DataFrame:
    """The table; one without rows or with other columns or types than ours is refused."""
    if missing := set(NOT_FACTORS) - set(table.columns):
        raise ValueError(f"its table has no column {min(missing)!r}")
    if table.empty:
        raise ValueError("its table has no rows")
    for column in table.columns:
        kinds: dict[str, tuple[type, ...]] = {"value": (float,), "case": (int,)}
        allowed = kinds.get(column, (str,) if column in NOT_FACTORS else (int, float, str))
        if others := [value for value in table[column].tolist() if not isinstance(value, allowed)]:
            raise ValueError(f"its column {column!r} holds {others[0]!r}")
    return table


@contextmanager
def _refused(place: Path) -> Iterator[None]:
    """Context in which a study that cannot be read ends in an InputError."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{str(place)!r} holds no finished study: {Path(error.filename).name} is missing.") from None
    except InputError:
        raise
    except Exception as error:  # what somebody else wrote raises whatever JSON, gzip, Arrow and netCDF stumble over
        raise InputError(f"the study in {str(place)!r} cannot be read: {type(error).__name__}: {error}.") from None


def _stored(place: Path, name: str, manifest: StudyManifest) -> bytes:
    """Content of a file of a study, which must be what the study wrote."""
    content = (place / name).read_bytes()
    if sha256_of(content) != manifest.sha256[name]:
        raise InputError(f"{str(place / name)!r} is not what the study wrote; run the study again.")
    return content


def _case(number: str, one: dict[str, Any]) -> Case:
    """A case of the study; before version 0.2 its support stood beside it."""
    asked = {"support": one["support"]} if one.get("support") is not None else {}
    return checked(Case, {**one["case"], **asked}, f"case {number}")


def _failed(number: str, one: dict[str, Any], reason: str) -> FailedCase:
    """A failed case; before version 0.2 neither its setting nor its label was kept."""
    return FailedCase(int(number), dict(one.get("setting", {})), str(one.get("label", f"case {number}")), reason)


def _numbers(table: pd.DataFrame, resolved: dict[str, Any]) -> list[int]:
    """Numbers of the cases in a table; each must be among those resolved."""
    numbers = [int(number) for number in table["case"].unique()]
    if unknown := set(numbers) - {int(number) for number in resolved}:
        raise ValueError(f"case {min(unknown)} of its table is not among its cases")
    return numbers


def _histories(content: bytes, numbers: list[int]) -> xr.Dataset:
    """Histories of these cases; an incomplete file, or one of another shape, is refused."""
    import xarray as xr

    with warnings.catch_warnings(action="ignore"), xr.open_dataset(io.BytesIO(content), engine="scipy") as stored:
        loaded = stored.load()
    for name, dimensions in _DIMENSIONS.items():
        if loaded[name].dims != dimensions:
            raise ValueError(f"{name} has other dimensions than {', '.join(dimensions)}")
    if loaded["places"].shape[1:] != (LEVELS, SECTORS):
        raise ValueError(f"places are not {LEVELS} levels by {SECTORS} sectors")
    stored_numbers = loaded["case"].to_numpy().tolist()
    if len(set(stored_numbers)) < len(stored_numbers) or not set(numbers) <= set(stored_numbers):
        raise ValueError("not each of its cases has one history")
    return loaded


def _resolved(packed: bytes, cases: int) -> dict[str, Any]:
    """Table of cases; what would fill the memory is not unpacked."""
    most = min(cases * _MOST_OF_A_CASE, _MOST_OF_ALL)
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        text = stream.read(most + 1)
    if len(text) > most:
        raise ValueError("its cases are too long")
    table: dict[str, Any] = json.loads(text)
    return table


def _table(plan: StudyPlan, findings: dict[int, CaseMetrics]) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for case in plan.cases:
        if case.number not in findings:
            continue
        asked = case.study_case
        own: dict[str, Any] = {"subject": asked.subject, **asked.body} if asked.subject else {}
        lead = {"case": case.number, **own, **asked.setting}
        for m in findings[case.number].metrics:
            rows.append({**lead, "metric": m.name, "place": m.place, "unit": m.unit, "value": m.value})
    frame = pd.DataFrame(rows)
    for column in {c for case in plan.cases for c in (*case.study_case.setting, *case.study_case.body)} & {*frame}:
        if len({isinstance(value, str) for value in frame[column]}) > 1:  # a path takes both, a column does not
            frame[column] = frame[column].astype(str)
    last = ["metric", "place", "unit", "value"]
    return frame[[c for c in frame.columns if c not in last] + last]


def _parquet(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False, compression="zstd")
    return stream.getvalue()


def _netcdf(plan: StudyPlan, findings: dict[int, CaseMetrics]) -> bytes:
    import xarray as xr

    found = list(findings.values())
    gauges = sorted({name for f in found for name in f.gauges})
    loads = sorted({name for f in found for name in f.forces})
    frames = max(len(f.time_s) for f in found)
    gauge = np.full((len(found), frames, len(gauges), len(QUANTITIES)), np.nan)
    force = np.full((len(found), frames, len(loads)), np.nan)
    time_s = np.full((len(found), frames), np.nan)
    for k, f in enumerate(found):
        time_s[k, : len(f.time_s)] = f.time_s
        for name, series in f.gauges.items():
            for q, quantity in enumerate(QUANTITIES):
                gauge[k, : len(f.time_s), gauges.index(name), q] = series[quantity]
        for name, column in f.forces.items():
            force[k, : len(f.time_s), loads.index(name)] = column
    labels = {case.number: case.study_case.label for case in plan.cases}
    levels = (np.arange(LEVELS) + 0.5) / LEVELS
    named = {"units": "µε", "long_name": "p95 by volume of the largest equivalent strain"}
    values = {
        "time_s": (time_s, {"units": "s"}),
        "gauge": (gauge, {"units": "µε, µε, MPa by quantity"}),
        "force": (force, {"units": "N, or N·mm of a moment"}),
        "places": (np.array([f.places for f in found]), named),
    }
    dataset = xr.Dataset(
        {
            **{name: (_DIMENSIONS[name], *value) for name, value in values.items()},
            "label": (("case",), [labels[number] for number in findings]),
        },
        coords={
            "case": list(findings),
            "gauge_name": gauges,
            "quantity": list(QUANTITIES),
            "load": loads,
            "level": levels,
            "sector_deg": np.arange(SECTORS) * 360.0 / SECTORS,
        },
    )
    # The classic format, which is read in Python: what is damaged ends in an error, where HDF5 may not end at all.
    return bytes(cast(Any, dataset.to_netcdf(engine="scipy", format="NETCDF3_64BIT")))


def _cases(plan: StudyPlan) -> bytes:
    table = {
        str(c.number): {
            "key": c.key,
            "label": c.study_case.label,
            "setting": {**({"subject": c.study_case.subject} if c.study_case.subject else {}), **c.study_case.setting},
            "case": c.study_case.case.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        for c in plan.cases
    }
    return gzip.compress(json.dumps(table, ensure_ascii=False).encode(), mtime=0)
