# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One side of a comparison, read: a run folder, or the cases of a study folder that fit the condition."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, cast

import numpy as np

from fea.bone import TISSUES
from fea.case import Case
from fea.comparison import Observation, PlanSide, Side, StrainMap, strain_map_of
from fea.errors import InputError, unknown
from fea.evaluate import Result, SolvedBone, percentile_by_place, places_of
from fea.files import is_folder
from fea.folders.fields import EQUIVALENT_FIELD
from fea.folders.figures import RunFigures, run_figures
from fea.folders.manifest import MANIFEST, kind_of
from fea.folders.plan import read_plan_side
from fea.folders.run import RunFolder, read_run
from fea.folders.study import load
from fea.studies import bone_of, key_of


def read_sides(a: str, b: str) -> tuple[Side, Side] | tuple[PlanSide, PlanSide]:
    """Both sides of a comparison; they are two runs, two plans, or designs of studies.

    Raises
    ------
    fea.errors.InputError
        As for :func:`read_side`, or the sides are of different kinds.
    """
    kinds = [_kind(text.partition("@")[0]) for text in (a, b)]
    if kinds[0] != kinds[1] and "neither" not in kinds:
        names = [f"{text.partition('@')[0]!r} is a {kind}" for text, kind in zip((a, b), kinds, strict=True)]
        raise InputError(f"{' and '.join(names)}; compare two runs, two plans, or two designs of studies.")
    if kinds == ["plan", "plan"]:
        for text in (a, b):
            if "@" in text:
                raise InputError(f"{text!r} is a plan, which has no factors; leave out what follows @.")
        return read_plan_side(Path(a)), read_plan_side(Path(b))
    return read_side(a), read_side(b)


def _kind(name: str) -> str:
    if not is_folder(Path(name)):
        raise InputError(f"there is no folder {name!r}.")
    return kind_of(Path(name)) if (Path(name) / MANIFEST).is_file() else "neither"


def read_side(text: str) -> Side:
    """The side that ``FOLDER`` or ``FOLDER@factor=level,factor=level`` names.

    Raises
    ------
    fea.errors.InputError
        No such folder, neither a run nor a study, or no case with such levels.
    """
    name, _, condition = text.partition("@")
    folder, kind = Path(name), _kind(name)
    if kind == "run":
        if condition:
            raise InputError(f"{name!r} is a run, which has no factors; leave out @{condition}.")
        return Side(folder.name or name, (), (_of_run(read_run(folder)),))
    if kind != "study":
        what = (
            "neither a run nor a finished study"
            if kind == "neither"
            else f"a {kind}; runs, plans and studies are compared"
        )
        raise InputError(f"{name!r} is {what}.")
    return _of_study(folder, condition)


# ---------------------------------------------------------------- a run


def side_of(result: Result, label: str) -> Side:
    """The side that a result makes; the numbers are those of its run folder."""
    shown = functools.partial(strain_map_of, result)
    metrics = _metrics(run_figures(result))
    return Side(label, (), (Observation("", {}, metrics, result.places, result.case, shown, lambda: result.bone),))


def _of_run(run: RunFolder) -> Observation:
    mesh = run.tetrahedra
    shown = StrainMap(mesh, run.fields[EQUIVALENT_FIELD], run.excluded)
    kept = (mesh.tissue != TISSUES.index("marrow")) & ~shown.excluded
    place = places_of(run.anatomy, mesh.centroids)
    places = percentile_by_place(shown.equivalent_ue, mesh.volumes, place, kept)
    return Observation(
        "", {}, _metrics(run.figures), places, run.case, lambda: shown, functools.partial(_bone_of, run.case)
    )


def _metrics(figures: RunFigures) -> dict[tuple[str, str], tuple[str, float]]:
    """Metrics of a study that a run's ``result.json`` holds too."""
    strain = figures.strain
    found = {(f"p{share}", ""): ("µε", float(getattr(strain, f"p{share}_ue"))) for share in (50, 90, 95)}
    for name in ("peak tension", "peak compression", "peak range"):
        found[name, ""] = ("µε", float(getattr(strain, f"{name.replace(' ', '_')}_ue")))
    found["peak rate", ""] = ("µε/s", strain.peak_rate_ue_per_s)
    for threshold, volume in figures.strained_volume_mm3.items():
        found[f"volume above {threshold} µε", ""] = ("mm³", volume)
    for gauge in figures.gauges:
        found["gauge tension", gauge.name] = ("µε", gauge.tension_ue)
        found["gauge compression", gauge.name] = ("µε", gauge.compression_ue)
        found["gauge axial stress", gauge.name] = ("MPa", gauge.axial_mpa)
    return found


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
            if result.study.participants:  # labels tell the rows of a person apart, not its loads
                setting = {factor: setting[factor] for factor in ("subject", *result.study.factors)}
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
                    strain_map=functools.partial(_of_case, result.cases[int(str(number))]),
                    solved=functools.partial(_bone_of, result.cases[int(str(number))]),
                )
            )
    if not found:
        levels = "; ".join(f"{f}: {', '.join(map(str, result.table[f].unique()[:12]))}" for f in wanted)
        raise InputError(f"no case of {str(folder)!r} has {condition}; its levels are {levels}.")
    missing = tuple(
        one.label for one in result.failed if all(_same(one.setting.get(f), level) for f, level in wanted.items())
    )
    return Side(condition or folder.name, tuple(wanted), tuple(found), missing)


def _of_case(case: Case) -> StrainMap:
    """Strain of a case of a study, from the solved bone."""
    return strain_map_of(Result(case, _bone_of(case)))


def _bone_of(case: Case) -> SolvedBone:
    return bone_of(key_of(case), case)


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
