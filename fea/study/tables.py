# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A study as tables: one row for each case and metric, histories and places as netCDF, and back."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import io
import json
import platform
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fea.case import Case
from fea.case.study import Study
from fea.case.tables import checked
from fea.errors import InputError, RunError
from fea.solve import Carried
from fea.study.metrics import QUANTITIES, Finding
from fea.study.plan import StudyPlan
from fea.study.reading import LEVELS, SECTORS
from fea.study.store import Store, write_whole

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SCHEMA = 1
MANIFEST = "manifest.json"
_FILES = ("results.csv", "results.parquet", "histories.nc", "cases.json.gz")
_LIBRARIES = ("bonefea", "gmsh", "numpy", "pandas", "pyarrow", "scipy", "xarray")
_MOST_OF_A_CASE = 1_000_000
_DIMENSIONS = {
    "time_s": ("case", "frame"),
    "gauge": ("case", "frame", "gauge_name", "quantity"),
    "force": ("case", "frame", "load"),
    "places": ("case", "level", "sector_deg"),
}
_NOT_FACTORS = ("case", "metric", "place", "unit", "value")


@dataclass(frozen=True)
class Result:
    """A finished study.

    Attributes
    ----------
    study : Study
        The question.
    table : DataFrame
        A row for each case and metric: ``case`` (number), ``subject`` if there are subjects, a column for each
        factor, ``metric``, ``place``, ``unit``, ``value``.
    histories : Dataset
        ``gauge`` (case, frame, gauge, quantity), ``force`` (case, frame, load), ``time_s`` (case, frame) and
        ``places`` (case, level, sector_deg), 0° being anterior or dorsal and 90° lateral; frames that a case
        has not are NaN.
    cases : dict of int to Case
        The resolved question of each case.
    supports : dict of int to str or None
        What carries the bone of each case; None where its file says.
    """

    study: Study
    table: pd.DataFrame
    histories: xr.Dataset
    cases: dict[int, Case]
    supports: dict[int, Carried | None]

    @property
    def factors(self) -> list[str]:
        """Names of the columns that tell the cases apart, ``subject`` among them if there is one."""
        return [str(column) for column in self.table.columns if column not in _NOT_FACTORS]

    def wide(self) -> pd.DataFrame:
        """Return a row for each case and a column for each metric, named ``metric [unit]`` or ``metric, place [unit]``.

        The hottest place is left out: it is another one in each case.
        """
        rows = self.table[self.table["metric"] != "hottest place"]
        where = rows["place"].map(lambda place: f", {place}" if place else "")
        named = rows.assign(column=rows["metric"] + where + " [" + rows["unit"] + "]")
        values = named.pivot_table(index="case", columns="column", values="value", sort=False)
        return self.table.drop_duplicates("case").set_index("case")[self.factors].join(values)


def write_tables(study: Study, plan: StudyPlan, store: Store, folder: Path, wall_s: float) -> list[tuple[int, str]]:
    """Write all tables of a study from its store, the manifest last; return the failed cases with their reasons.

    The same findings give the same files, byte for byte, the manifest aside.

    Raises
    ------
    fea.errors.RunError
        The disk is full, or no case succeeded.
    """
    findings = {case.number: found for case in plan.cases if (found := store.finding(case.key)) is not None}
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
    solvers = sorted({found.solver for found in findings.values() if found.solver is not None})
    manifest = _manifest(study, plan, content, failed, solvers, wall_s)
    for name, data in {**content, MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False).encode()}.items():
        write_whole(folder / name, data)
    return failed


def load(folder: Path | str) -> Result:
    """Return a finished study.

    Raises
    ------
    fea.errors.InputError
        The folder holds no finished study, one of a newer version, or a damaged one.
    """
    import pandas as pd

    place = Path(folder)
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] != "study":
            raise InputError(f"{str(folder)!r} is not the folder of a study.")
        if manifest["schema"] > SCHEMA:
            raise InputError(f"the study in {str(folder)!r} was written by a newer bonefea; update to read it.")
        data = {name: (place / name).read_bytes() for name in _FILES}
        for name, content in data.items():
            if hashlib.sha256(content).hexdigest() != manifest["sha256"][name]:
                raise InputError(f"{str(place / name)!r} is not what the study wrote; run the study again.")
        resolved = _resolved(data["cases.json.gz"], len(manifest["cases"]))
        table = pd.read_parquet(io.BytesIO(data["results.parquet"]))
        return Result(
            study=checked(Study, manifest["study"], "the study"),
            table=table,
            histories=_histories(data["histories.nc"], _numbers(table, resolved)),
            cases={int(number): checked(Case, one["case"], f"case {number}") for number, one in resolved.items()},
            supports={int(number): one["support"] for number, one in resolved.items()},
        )
    except FileNotFoundError as error:
        raise InputError(f"{str(folder)!r} holds no finished study: {Path(error.filename).name} is missing.") from None
    except InputError:
        raise
    except Exception as error:  # what somebody else wrote raises whatever JSON, gzip, Arrow and netCDF stumble over
        raise InputError(f"the study in {str(folder)!r} cannot be read: {type(error).__name__}: {error}.") from None


def _numbers(table: pd.DataFrame, resolved: dict[str, Any]) -> list[int]:
    """Return the numbers of the cases in a table; each must be among those resolved, its values numbers."""
    numbers = [int(number) for number in table["case"].unique()]
    if unknown := set(numbers) - {int(number) for number in resolved}:
        raise ValueError(f"case {min(unknown)} of its table is not among its cases")
    if missing := {"metric", "place", "unit"} - set(table.columns):
        raise ValueError(f"its table has no column {min(missing)!r}")
    np.asarray(table["value"], dtype=np.float64)
    return numbers


def _histories(content: bytes, numbers: list[int]) -> xr.Dataset:
    """Return what happened in each of these cases; what is missing or has another shape is refused."""
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
    """Return the table of cases; what would grow beyond a megabyte for each is not unpacked."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        text = stream.read(cases * _MOST_OF_A_CASE + 1)
    if len(text) > cases * _MOST_OF_A_CASE:
        raise ValueError("its cases are too long")
    table: dict[str, Any] = json.loads(text)
    return table


def _table(plan: StudyPlan, findings: dict[int, Finding]) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for case in plan.cases:
        if case.number not in findings:
            continue
        asked = case.asked
        own: dict[str, Any] = {"subject": asked.subject, **asked.body} if asked.subject else {}
        lead = {"case": case.number, **own, **asked.setting}
        for m in findings[case.number].metrics:
            rows.append({**lead, "metric": m.name, "place": m.place, "unit": m.unit, "value": m.value})
    frame = pd.DataFrame(rows)
    for column in {factor for case in plan.cases for factor in case.asked.setting}:
        if len({isinstance(value, str) for value in frame[column]}) > 1:  # a path takes both, a column does not
            frame[column] = frame[column].astype(str)
    last = ["metric", "place", "unit", "value"]
    return frame[[c for c in frame.columns if c not in last] + last]


def _parquet(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False, compression="zstd")
    return stream.getvalue()


def _netcdf(plan: StudyPlan, findings: dict[int, Finding]) -> bytes:
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
    labels = {case.number: case.asked.label for case in plan.cases}
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
            "support": c.asked.carried,
            "case": c.asked.case.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        for c in plan.cases
    }
    return gzip.compress(json.dumps(table, ensure_ascii=False).encode(), mtime=0)


def _manifest(
    study: Study,
    plan: StudyPlan,
    content: dict[str, bytes],
    failed: list[tuple[int, str]],
    solvers: list[str],
    wall_s: float,
) -> dict[str, Any]:
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {
        "kind": "study",
        "schema": SCHEMA,
        "study": study.model_dump(mode="json", by_alias=True, exclude_none=True),
        "versions": versions,
        "platform": platform.platform(),
        "solvers": solvers,
        "cases": {str(case.number): case.key for case in plan.cases},
        "failed": {str(number): reason for number, reason in failed},
        "meshes": plan.meshes,
        "groups": len(plan.groups),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
        "wall_s": wall_s,
    }
