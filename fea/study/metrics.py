# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a study tabulates of each case: numbers with a name, a place and a unit, and what it keeps over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.strain import MICROSTRAIN, volume_percentile
from fea.strain.summary import PEAK_PERCENTILE
from fea.study.reading import LEVELS, SECTORS, Reading

Floats = npt.NDArray[np.float64]

THRESHOLDS_UE = (3000, 4000)
QUANTITIES = ("tension_ue", "compression_ue", "axial_mpa")
"""What a gauge reads."""


@dataclass(frozen=True)
class Metric:
    """One number of a case: what, where (empty for the whole bone), in which unit."""

    name: str
    place: str
    unit: str
    value: float


@dataclass(frozen=True)
class Finding:
    """What a study keeps of a case.

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
        Strain by level and sector, as :class:`fea.study.reading.Reading` has it.
    solver : str, optional
        What solved the bone; None where an older version kept the case.
    """

    metrics: tuple[Metric, ...]
    time_s: Floats
    gauges: dict[str, dict[str, Floats]]
    forces: dict[str, Floats]
    places: Floats
    solver: str | None


def finding(reading: Reading, more: Sequence[Metric] = ()) -> Finding:
    """Return what a study keeps of a reading, with more metrics that need the whole bone."""
    history = reading.history
    axes = ("anterior", "proximal", "lateral")
    return Finding(
        metrics=(*(metric for source in SOURCES for metric in source(reading)), *more),
        time_s=history.time_s,
        gauges={
            gauge.name: {quantity: getattr(gauge, quantity) for quantity in QUANTITIES} for gauge in reading.gauges
        },
        forces={
            f"{load.region} {axes[load.axis]}{' moment' if load.moment else ''}": column
            for load, column in zip(history.loads, history.coefficients.T, strict=True)
        },
        places=reading.places,
        solver=reading.solver,
    )


def _of_bone(reading: Reading) -> Iterator[Metric]:
    """Yield percentiles, peaks, strained volumes of the kept cells, and where the strain is highest."""
    kept, cells, points = reading.kept, reading.envelope, reading.inside
    whole = reading.volume[kept]
    volume, eq = np.repeat(whole / 4.0, 4), points.equivalent[kept].ravel() * MICROSTRAIN
    for share, strain in zip((50, 90, 95), volume_percentile(eq, volume, [50, 90, 95]), strict=True):
        yield Metric(f"p{share}", "", "µε", float(strain))
    for name, series, of, percent in (
        ("peak tension", points.tension, volume, PEAK_PERCENTILE),
        ("peak compression", points.compression, volume, 100.0 - PEAK_PERCENTILE),
        ("peak range", cells.strain_range, whole, PEAK_PERCENTILE),
        ("peak rate", cells.rate, whole, PEAK_PERCENTILE),
    ):
        value = float(volume_percentile(series[kept].ravel(), of, [percent])[0]) * MICROSTRAIN
        yield Metric(name, "", "µε/s" if name == "peak rate" else "µε", value)
    for threshold in THRESHOLDS_UE:
        yield Metric(f"volume above {threshold} µε", "", "mm³", float(volume[eq >= threshold].sum()))
    yield Metric("excluded volume fraction", "", "1", 1.0 - float(whole.sum() / reading.volume.sum()))
    hottest = int(np.nanargmax(reading.places))
    yield Metric(
        "hottest place",
        place_name(hottest, tuple(reading.case.bone.sites.sectors)),
        "µε",
        float(reading.places.flat[hottest]),
    )


def _of_gauges(reading: Reading) -> Iterator[Metric]:
    for gauge in (history.reading for history in reading.gauges):
        yield Metric("gauge tension", gauge.name, "µε", gauge.tension_ue)
        yield Metric("gauge compression", gauge.name, "µε", gauge.compression_ue)
        yield Metric("gauge axial stress", gauge.name, "MPa", gauge.axial_mpa)
        yield Metric("gauge rate", gauge.name, "µε/s", gauge.rate_ue_per_s)


def _of_loads(reading: Reading) -> Iterator[Metric]:
    history = reading.history
    yield Metric("contact time", "", "s", float(history.time_s[-1] - history.time_s[0]))
    if history.cycles is not None and history.cycles.per_km is not None:
        yield Metric("cycles of a leg", "", "1/km", history.cycles.per_km)
    for region in dict.fromkeys(load.region for load in history.loads if not load.moment):
        columns = [k for k, load in enumerate(history.loads) if load.region == region and not load.moment]
        largest = float(np.linalg.norm(history.coefficients[:, columns], axis=1).max())
        yield Metric("largest force", region, "N", largest)


SOURCES: tuple[Callable[[Reading], Iterator[Metric]], ...] = (_of_bone, _of_gauges, _of_loads)
"""What is read of each case; another source is added here."""


def place_name(number: int, sectors: Sequence[str]) -> str:
    """Return the name of a place by its number and the names of the bone's sectors.

    Examples
    --------
    >>> place_name(5 * 8 + 1, ["anterior", "anterolateral"])
    'anterolateral, 25 to 30 %'
    """
    level, sector = divmod(number, SECTORS)
    width = 100 // LEVELS
    return f"{sectors[sector]}, {width * level} to {width * (level + 1)} %"
