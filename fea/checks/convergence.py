# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Error of the mesh: refinement, order of convergence, extrapolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.case import Case, read_fatigue
from fea.errors import InputError
from fea.evaluate import THRESHOLDS_UE, Result, evaluated, reference_share, solved_bone
from fea.files import Progress, silent, write_rows, written_file
from fea.risk import RiskSettings

Floats = npt.NDArray[np.float64]

RATIO = math.sqrt(2.0)
"""Ratio of neighbouring element sizes; by default from twice the case's size to this part of it."""
ORDERS = (1.0, 4.0)
"""Orders that are tried: strain of quadratic elements has 2 where it is smooth, and up to 4 in mean values. The worst
corner of an elastic body, a crack, leaves 1/2 in the norm of energy, and by duality 1 in mean values."""

PROBABILITY = "probability / %"
"""Of a fracture after the contacts of the reference of the calibration, each that of the case."""

_LEAST_MESHES = 3


@dataclass(frozen=True)
class MeshMeasures:
    """One mesh: its edge length in mm, cells, unknowns, seconds, and each measure by name."""

    size_mm: float
    cells: int
    dofs: int
    wall_s: float
    measures: dict[str, float]


@dataclass(frozen=True)
class Trend:
    """Trend of a measure f over the size h of the elements: f(h) = f₀ + C hᵖ, fitted by least squares.

    Attributes
    ----------
    measure : str
        Its name, with its unit at the end.
    extrapolated : float
        f₀, the value of an infinitely fine mesh (Richardson), in the unit of the measure.
    order : float or None
        p; None where the trend does not rise above the scatter, or p runs to an end of :data:`ORDERS`.
    scatter : float
        Standard deviation of the values from the fit, relative to f₀; unstructured meshes have some.
    error : float
        ``(|C hᵖ| + scatter) / |f₀|`` at the size of the case: the discretisation error that is stated.
    """

    measure: str
    extrapolated: float
    order: float | None
    scatter: float
    error: float


@dataclass(frozen=True)
class Convergence:
    """Meshes from coarse to fine, and the trend of each measure; ``size_mm`` is the size that is judged."""

    size_mm: float
    meshes: tuple[MeshMeasures, ...]
    trends: tuple[Trend, ...]


def usual_sizes(size_mm: float) -> tuple[float, ...]:
    """Element sizes: twice the size, the size, those between, and one finer, in steps of √2.

    Examples
    --------
    >>> [round(h, 2) for h in usual_sizes(3.0)]
    [6.0, 4.24, 3.0, 2.12]
    """
    return tuple(size_mm * RATIO**k for k in (2, 1, 0, -1))


def converged(
    case: Case,
    sizes_mm: Sequence[float] = (),
    *,
    use_cache: bool = False,
    progress: Progress = silent,
) -> Convergence:
    """Convergence of the strain measures of a case as its mesh is refined.

    Parameters
    ----------
    case : Case
        The case; the error is stated for its own element size.
    sizes_mm : sequence of float, optional
        Edge lengths in mm; by default :func:`usual_sizes`. The case's own is added where it is missing.
    use_cache : bool
        Whether bones solved earlier may serve, and these be kept; fine ones take gigabytes.
    progress : callable, optional
        Progress callback.

    Raises
    ------
    fea.errors.InputError
        Fewer than three sizes, or one that cannot be meshed.
    fea.errors.RunError
        A solution failed or is out of balance.
    """
    sizes = sorted({*(sizes_mm or usual_sizes(case.size_mm)), case.size_mm}, reverse=True)
    if len(sizes) < _LEAST_MESHES:
        raise InputError(f"{len(sizes)} sizes of elements are given; allowed: at least {_LEAST_MESHES}.")
    meshes, fatigue = [], read_fatigue()
    for size in sizes:
        progress(f"{size:g} mm")
        own = case.model_copy(update={"size_mm": size})
        bone = solved_bone(own, use_cache=use_cache)
        result = evaluated(own, bone)
        spent = sum({**bone.basis.wall_s, **result.wall_s}.values())
        values = _measures(result) | {PROBABILITY: 100.0 * reference_share(result, fatigue, RiskSettings())}
        meshes.append(MeshMeasures(result.mesh.size_mm, len(result.mesh.cells), bone.unit.dofs, spent, values))
    h = np.array([m.size_mm for m in meshes])
    trends = (fitted(name, h, np.array([m.measures[name] for m in meshes]), case.size_mm) for name in values)
    return Convergence(case.size_mm, tuple(meshes), tuple(trends))


def _measures(result: Result) -> dict[str, float]:
    s = result.summary
    strains = {"p50 / ue": s.p50_ue, "p90 / ue": s.p90_ue, "p95 / ue": s.p95_ue}
    peaks = {"peak compression / ue": s.peak_compression_ue, "peak tension / ue": s.peak_tension_ue}
    return strains | peaks | {f"volume above {t} ue / mm3": s.strained_volume_mm3[t] for t in THRESHOLDS_UE}


def fitted(measure: str, size_mm: Floats, value: Floats, judged_mm: float) -> Trend:
    """Trend of values (k,) over sizes (k,) and the error at the size that is judged.

    The order is the one within :data:`ORDERS` that leaves the least squares. After Eça & Hoekstra 2014,
    doi 10.1016/j.jcp.2014.01.006, the scatter of the fit is added to the extrapolated error, because the values of
    unstructured meshes do not lie on a smooth curve.

    Examples
    --------
    >>> h = np.array([6.0, 4.0, 3.0, 2.0])
    >>> trend = fitted("p95 / ue", h, 3000.0 + 2.0 * h**2, judged_mm=3.0)
    >>> round(trend.order, 2), round(trend.extrapolated), round(trend.error, 4)
    (2.0, 3000, 0.006)
    """

    def line(order: float) -> tuple[Floats, Floats]:
        columns = np.column_stack([np.ones_like(size_mm), (size_mm / judged_mm) ** order])
        both = np.linalg.lstsq(columns, value, rcond=None)[0]
        return both, value - columns @ both

    from scipy.optimize import minimize_scalar  # not on the way of every command: it takes half a second to import

    best = float(minimize_scalar(lambda p: float(np.sum(line(p)[1] ** 2)), bounds=ORDERS, method="bounded").x)
    (limit, at_judged), rest = line(best)
    scatter = float(np.sqrt(np.sum(rest**2) / max(len(value) - 3, 1)))
    size = abs(float(limit))
    if size == 0.0:
        return Trend(measure, 0.0, None, scatter, 0.0 if scatter == 0.0 and at_judged == 0.0 else math.inf)
    span = abs(at_judged) * np.ptp((size_mm / judged_mm) ** best)
    inside = ORDERS[0] + 0.01 < best < ORDERS[1] - 0.01
    order = best if inside and span > 2.0 * scatter else None
    return Trend(measure, float(limit), order, scatter / size, (abs(float(at_judged)) + scatter) / size)


def rounded(value: float, decimals: int = 0) -> str:
    """A measure with three digits, or with so many decimals from 100 on."""
    return f"{value:.{decimals}f}" if abs(value) >= 100.0 else f"{value:.{3 + decimals}g}"


def write_convergence(convergence: Convergence, file: Path, *, replaces: bool = True) -> None:
    """Write a row for each mesh, then limit, order, scatter and error, as CSV.

    Raises
    ------
    fea.errors.InputError
        The file cannot be written.
    """
    names = [trend.measure for trend in convergence.trends]
    rows: list[dict[str, object]] = [
        {
            "size / mm": f"{m.size_mm:.4g}",
            "cells": m.cells,
            "dofs": m.dofs,
            **{name: rounded(m.measures[name], 1) for name in names},
            "mesh to strain / s": f"{m.wall_s:.0f}",
        }
        for m in convergence.meshes
    ]
    rows.append({"size / mm": "limit", **{t.measure: rounded(t.extrapolated, 1) for t in convergence.trends}})
    orders = {t.measure: "" if t.order is None else f"{t.order:.1f}" for t in convergence.trends}
    rows.append({"size / mm": "order", **orders})
    for name in ("scatter", "error"):
        shares = {t.measure: f"{100.0 * getattr(t, name):.2f}" for t in convergence.trends}
        rows.append({"size / mm": f"{name} at {convergence.size_mm:g} mm / %", **shares})
    with written_file(file, replaces=replaces) as partial:
        write_rows(partial, rows, list(rows[0]))
