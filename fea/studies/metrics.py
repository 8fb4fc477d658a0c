# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Metrics of each case of a study: numbers with a name, a place and a unit, and series over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import Training, read_fatigue
from fea.errors import InputError
from fea.evaluate import THRESHOLDS_UE, Result, place_name
from fea.loading import PathLoad
from fea.risk import RiskModel, RiskSettings

Floats = npt.NDArray[np.float64]

QUANTITIES = ("tension_ue", "compression_ue", "axial_mpa")
"""Quantities of a gauge."""


@dataclass(frozen=True)
class Metric:
    """One number of a case: its name, its place (empty for the whole bone), its unit."""

    name: str
    place: str
    unit: str
    value: float


@dataclass(frozen=True)
class CaseMetrics:
    """Metrics, strain by place and series over time of one case.

    Attributes
    ----------
    metrics : tuple of Metric
        Its rows in the table.
    time_s : ndarray, float64, (frames,)
        Time of each frame.
    gauges : dict of str to dict of str to ndarray, (frames,)
        Tension, compression (µε) and axial stress (MPa) of each gauge.
    forces : dict of str to ndarray, (frames,)
        Each applied component, N or N·mm.
    places : ndarray, float64, (20, 8)
        Strain by level and sector, as :attr:`fea.evaluate.Result.places` has it.
    solver : str, optional
        Linear solver; None where an older version kept the case.
    threads : int, optional
        Threads that it was given; None likewise.
    """

    metrics: tuple[Metric, ...]
    time_s: Floats
    gauges: dict[str, dict[str, Floats]]
    forces: dict[str, Floats]
    places: Floats
    solver: str | None
    threads: int | None


def case_metrics(result: Result, training: Training | None = None) -> CaseMetrics:
    """Metrics of a result; with ``training`` also the probability of a stress fracture.

    Raises
    ------
    fea.errors.InputError
        The training gives no amount of the activity's kind.
    """
    history = result.history
    risk = () if training is None else _fracture(result, training)
    return CaseMetrics(
        metrics=(*(metric for source in SOURCES for metric in source(result)), *risk),
        time_s=history.time_s,
        gauges={gauge.name: {quantity: getattr(gauge, quantity) for quantity in QUANTITIES} for gauge in result.gauges},
        forces={load.title: column for load, column in zip(history.loads, history.coefficients.T, strict=True)},
        places=result.places,
        solver=result.bone.solver,
        threads=result.bone.unit.threads,
    )


def _of_bone(result: Result) -> Iterator[Metric]:
    """Yield percentiles, peaks, strained volumes of the evaluated cells, and the place of the highest strain."""
    s = result.summary
    for name, value in (("p50", s.p50_ue), ("p90", s.p90_ue), ("p95", s.p95_ue)):
        yield Metric(name, "", "µε", value)
    yield Metric("peak tension", "", "µε", s.peak_tension_ue)
    yield Metric("peak compression", "", "µε", s.peak_compression_ue)
    yield Metric("peak range", "", "µε", result.peak_range_ue)
    yield Metric("peak rate", "", "µε/s", result.peak_rate_ue_per_s)
    for threshold in THRESHOLDS_UE:
        yield Metric(f"volume above {threshold} µε", "", "mm³", s.strained_volume_mm3[threshold])
    yield Metric("excluded volume fraction", "", "1", s.excluded_volume_fraction)
    hottest = int(np.nanargmax(result.places))
    name = place_name(hottest, tuple(result.case.bone.sites.sectors))
    yield Metric("hottest place", name, "µε", float(result.places.flat[hottest]))


def _of_gauges(result: Result) -> Iterator[Metric]:
    for gauge in (history.reading for history in result.gauges):
        yield Metric("gauge tension", gauge.name, "µε", gauge.tension_ue)
        yield Metric("gauge compression", gauge.name, "µε", gauge.compression_ue)
        yield Metric("gauge axial stress", gauge.name, "MPa", gauge.axial_mpa)
        yield Metric("gauge rate", gauge.name, "µε/s", gauge.rate_ue_per_s)


def _of_loads(result: Result) -> Iterator[Metric]:
    history = result.history
    yield Metric("contact time", "", "s", float(history.time_s[-1] - history.time_s[0]))
    if history.cycles is not None and history.cycles.per_km is not None:
        yield Metric("cycles of a leg", "", "1/km", history.cycles.per_km)
    columns: dict[str, list[int]] = {}
    for k, load in enumerate(history.loads):
        if isinstance(load, PathLoad):
            columns[load.path] = [k]
        elif not load.moment:
            columns.setdefault(load.region, []).append(k)
    for place, own in columns.items():
        yield Metric("largest force", place, "N", float(np.linalg.norm(history.coefficients[:, own], axis=1).max()))


SOURCES: tuple[Callable[[Result], Iterator[Metric]], ...] = (_of_bone, _of_gauges, _of_loads)
"""Sources of the metrics of each case; another source is added here."""


def _fracture(result: Result, training: Training) -> tuple[Metric, ...]:
    """Damage of a day and probability of a stress fracture at the end, as a whole and by site.

    Laws, repair and calibration are those shipped; no virtual subjects are sampled.
    """
    load, cortex = result.exposure, result.bone.cortex
    if load.cycles_per_km is not None:
        amount, per = training.km_per_day, load.cycles_per_km
    else:
        amount, per = training.repetitions_per_day, 1.0
    if amount is None:
        kind = "km_per_day" if load.cycles_per_km is not None else "repetitions_per_day"
        raise InputError(f"the training gives no {kind}, which the activity {load.name!r} needs.")
    model = RiskModel(cortex, [load], read_fatigue(), RiskSettings(samples=0, sensitivity=0), result.case.tissue)
    contacts = np.full((1, training.days), amount * per)
    course = model.course(contacts)
    sites = zip(cortex.sites, course.by_site[:, -1], strict=True)
    return (
        Metric("damage of a day", "", "1", float(model.whole_bone(contacts)[0])),
        Metric(f"probability after {training.days} d", "", "1", float(course.probability[-1])),
        *(Metric(f"probability after {training.days} d", site, "1", float(p)) for site, p in sites),
    )
