# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One side of a comparison: a run folder, or the cases of a study folder that fit what is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh
from fea.case import Case, read_case
from fea.case.study import Value
from fea.errors import InputError, unknown
from fea.folder import EQUIVALENT_FIELD, EXCLUDED_FIELD, MANIFEST, read_fields
from fea.solve import Carried
from fea.study.plan import key_of
from fea.study.reading import Painted, percentile_by_place, places_of
from fea.study.tables import load
from fea.study.work import bench_of

Floats = npt.NDArray[np.float64]

_OUTWARDS = ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1))


@dataclass(frozen=True)
class Observation:
    """One case of a side.

    ``subject`` is empty without subjects; ``setting`` holds the values of all columns that tell the cases of
    its study apart; ``metrics`` maps name and place to unit and value; ``places`` is strain by level and sector
    (20, 8) in µε.
    """

    subject: str
    setting: Mapping[str, Value]
    metrics: Mapping[tuple[str, str], tuple[str, float]]
    places: Floats
    case: Case
    source: Path | Carried | None

    def painted(self) -> Painted:
        """Return the strain on the mesh: of a run as its folder has it, of a case of a study from the solved bone."""
        if isinstance(self.source, Path):
            return _of_folder(self.source)
        bench = bench_of(key_of(self.case, self.source), self.case, self.source)
        return bench.painted(self.case, self.source)


@dataclass(frozen=True)
class Side:
    """What is compared: a label, the factors that were fixed to choose it, and its observations."""

    label: str
    fixed: tuple[str, ...]
    observations: tuple[Observation, ...]


def read_side(text: str) -> Side:
    """Return the side that ``FOLDER`` or ``FOLDER@factor=level,factor=level`` names.

    Raises
    ------
    fea.errors.InputError
        No such folder, neither a run nor a study, or no case with such levels.
    """
    name, _, condition = text.partition("@")
    folder = Path(name)
    if not folder.is_dir():
        raise InputError(f"there is no folder {name!r}.")
    if (folder / "result.json").is_file():
        if condition:
            raise InputError(f"{name!r} is a run, which has no factors; leave out @{condition}.")
        return Side(folder.name or name, (), (_of_run(folder),))
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{name!r} is neither a run nor a finished study.")
    return _of_study(folder, condition)


# ---------------------------------------------------------------- a run


def _of_run(folder: Path) -> Observation:
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        metrics = _metrics(result)
    except Exception as error:  # a file of somebody else raises whatever JSON and these tables stumble over
        raise InputError(f"the run in {str(folder)!r} cannot be read: {type(error).__name__}: {error}.") from None
    case = read_case(folder / "case.toml")
    painted = _of_folder(folder)
    mesh = painted.mesh
    kept = (mesh.tissue != TISSUES.index("marrow")) & ~painted.excluded
    place = places_of(Anatomy(case.bone), mesh.centroids)
    places = percentile_by_place(painted.equivalent_ue, mesh.volumes, place, kept)
    return Observation("", {}, metrics, places, case, folder)


def _metrics(result: dict[str, Any]) -> dict[tuple[str, str], tuple[str, float]]:
    """Return the metrics of a study that a run's ``result.json`` holds too."""
    strain = result["strain"]
    found = {(f"p{share}", ""): ("µε", float(strain[f"p{share}_ue"])) for share in (50, 90, 95)}
    for name in ("peak tension", "peak compression", "peak range"):
        found[name, ""] = ("µε", float(strain[f"{name.replace(' ', '_')}_ue"]))
    found["peak rate", ""] = ("µε/s", float(strain["peak_rate_ue_per_s"]))
    for threshold, volume in result["strained_volume_mm3"].items():
        found[f"volume above {threshold} µε", ""] = ("mm³", float(volume))
    for gauge in result["gauges"]:
        found["gauge tension", gauge["name"]] = ("µε", float(gauge["tension_ue"]))
        found["gauge compression", gauge["name"]] = ("µε", float(gauge["compression_ue"]))
        found["gauge axial stress", gauge["name"]] = ("MPa", float(gauge["axial_mpa"]))
    return found


def _of_folder(folder: Path) -> Painted:
    found = read_fields(folder / "fields.vtu", (EQUIVALENT_FIELD, EXCLUDED_FIELD))
    mesh = BoneMesh(folder.name, found.points, found.cells, found.tissue, _outer(found.cells), {}, {})
    equivalent, excluded = found.values[EQUIVALENT_FIELD], found.values[EXCLUDED_FIELD]
    return Painted(mesh, equivalent.astype(np.float64), excluded.astype(np.bool_))


def _outer(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the triangles that belong to one cell only, normals outwards."""
    faces = cells[:, _OUTWARDS].reshape(-1, 3)
    _, first, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    return np.asarray(faces[np.sort(first[count == 1])])


# ---------------------------------------------------------------- a study


def _of_study(folder: Path, condition: str) -> Side:
    result = load(folder)
    wanted = dict(_level(part) for part in condition.split(",")) if condition else {}
    for factor in wanted:
        if factor not in result.factors:
            raise unknown(f"factor in the study {str(folder)!r}:", factor, result.factors)
    found = []
    for number, rows in result.table.groupby("case", sort=False):
        setting = {factor: rows.iloc[0][factor] for factor in result.factors}
        if all(_same(setting[factor], level) for factor, level in wanted.items()):
            found.append(
                Observation(
                    subject=str(setting.get("subject", "")),
                    setting={k: v.item() if isinstance(v, np.generic) else v for k, v in setting.items()},
                    metrics={
                        (str(row.metric), str(row.place)): (str(row.unit), float(cast(float, row.value)))
                        for row in rows.itertuples()
                        if row.metric != "hottest place"
                    },
                    places=result.histories["places"].sel(case=number).to_numpy(),
                    case=result.cases[int(str(number))],
                    source=result.supports[int(str(number))],
                )
            )
    if not found:
        levels = "; ".join(f"{f}: {', '.join(map(str, result.table[f].unique()[:12]))}" for f in wanted)
        raise InputError(f"no case of {str(folder)!r} has {condition}; its levels are {levels}.")
    return Side(condition or folder.name, tuple(wanted), tuple(found))


def _level(part: str) -> tuple[str, str]:
    factor, equals, level = part.rpartition("=")
    if not equals or not factor.strip():
        raise InputError(f"{part!r} after @ is not of the form factor=level.")
    return factor.strip(), level.strip()


def _same(value: Any, level: str) -> bool:
    try:
        return float(value) == float(level)
    except (TypeError, ValueError):
        return str(value) == level
