# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measures of a result that publications state too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from fea.case import Stance
from fea.evaluate import Result
from fea.loading import ForefootForces, forefoot_factor, ray_forces, stance_forces
from fea.strain import Summary

Floats = npt.NDArray[np.float64]

_IMPACT_BEFORE = 0.25
_BELOW_TENDON = 0.88

ResultMeasure = Callable[[Result, str | None], float]


def _stance(result: Result) -> Stance:
    assert isinstance(result.case.activity, Stance)
    return result.case.activity


def _ground(result: Result, begin: float, end: float) -> float:
    ground, _ = stance_forces(result.case, _stance(result))
    inside = (ground.phase >= begin) & (ground.phase <= end)
    return float(ground.vertical_bw[inside].max())


def _ankle(result: Result, axis: int) -> float:
    contact = stance_forces(result.case, _stance(result))[1].ankle_contact
    return float(contact[contact[:, 1].argmax(), axis])


def _achilles(result: Result) -> float:
    return float(stance_forces(result.case, _stance(result))[1].achilles.max())


def _knee(result: Result) -> float:
    moment = stance_forces(result.case, _stance(result))[1].knee_moment_mm
    return float(moment.max()) * result.case.body_weight_n / 1000.0


def _section(result: Result, component: int, begin: float = 0.0) -> float:
    below = result.statics.level < _BELOW_TENDON
    time_s = result.history.time_s
    late = time_s >= time_s[0] + begin * (time_s[-1] - time_s[0])
    return float(np.abs(result.section_loads[late][:, below, component]).max() / result.case.body_weight_n)


def _at_peak(result: Result) -> Summary:
    """Summary of the peak frame alone, as published for one instant."""
    return result.summary_at_peak


def _ray(result: Result) -> tuple[ForefootForces, float]:
    """Forces on the metatarsal's head in BW, and the factor of pack and shoe on them."""
    return ray_forces(result.case, _stance(result)), forefoot_factor(result.case, _stance(result))


def _largest(force: Floats) -> float:
    return float(np.linalg.norm(force, axis=1).max())


def _head(result: Result) -> float:
    ray, factor = _ray(result)
    return factor * _largest(ray.head)


def _joint(result: Result) -> float:
    ray, factor = _ray(result)
    return factor * _largest(ray.joint)


def _plantar_tension(result: Result) -> float:
    """Largest plantar aponeurosis tension of all rays together, in BW."""
    ray, factor = _ray(result)
    share = _stance(result).foot.rays[result.case.bone.bone].share
    return factor * float(ray.tension.max()) / share


def _midshaft_bending(result: Result) -> float:
    middle = int(np.abs(result.statics.level - 0.5).argmin())
    return float(np.abs(result.section_loads[:, middle, 5]).max()) / 1000.0


def _compression_rate(result: Result, gauge: str | None) -> float:
    """Mean rate at which compression grows from a tenth to nine tenths of its peak, in µε/s."""
    history = next(g for g in result.gauges if g.name == gauge)
    peak = int(history.axial_ue.argmin())
    rising = history.axial_ue[: peak + 1] / history.axial_ue[peak]
    begin, end = (int(np.abs(rising - part).argmin()) for part in (0.1, 0.9))
    rise = history.axial_ue[end] - history.axial_ue[begin]
    return float(rise / (history.time_s[end] - history.time_s[begin]))


def _rate_towards_peak(result: Result, gauge: str | None, principal: str, begin: float) -> float:
    """Steepest growth of a principal strain towards its largest size from ``begin`` on, in µε/s with its sign."""
    history = next(g for g in result.gauges if g.name == gauge)
    start = int(np.ceil(begin * (len(history.time_s) - 1)))
    strain, time = getattr(history, principal)[start:], history.time_s[start:]
    peak = int(np.abs(strain).argmax())
    rates = np.diff(strain[: peak + 1]) / np.diff(time[: peak + 1])
    return float(rates.max() if strain[peak] > 0.0 else rates.min()) if peak > 0 else 0.0


def _gauge(name: str) -> ResultMeasure:
    def measured(result: Result, gauge: str | None) -> float:
        return float(getattr(next(g for g in result.gauges if g.name == gauge).reading, name))

    return measured


MEASURES: Mapping[str, ResultMeasure] = {
    "vertical_peak_bw": lambda result, _: _ground(result, 0.0, 1.0),
    "impact_peak_bw": lambda result, _: _ground(result, 0.0, _IMPACT_BEFORE),
    "active_peak_bw": lambda result, _: _ground(result, 0.35, 1.0),
    "ankle_axial_bw": lambda result, _: _ankle(result, 1),
    "ankle_posterior_bw": lambda result, _: -_ankle(result, 0),
    "achilles_bw": lambda result, _: _achilles(result),
    "knee_moment_nm": lambda result, _: _knee(result),
    "section_axial_bw": lambda result, _: _section(result, 1),
    "section_late_bending_bw_mm": lambda result, _: _section(result, 5, begin=0.5),
    "head_bw": lambda result, _: _head(result),
    "joint_bw": lambda result, _: _joint(result),
    "plantar_tension_bw": lambda result, _: _plantar_tension(result),
    "bending_midshaft_nm": lambda result, _: _midshaft_bending(result),
    "p50_at_peak_ue": lambda result, _: _at_peak(result).p50_ue,
    "p90_at_peak_ue": lambda result, _: _at_peak(result).p90_ue,
    "p95_ue": lambda result, _: result.summary.p95_ue,
    "volume_4000_at_peak_mm3": lambda result, _: _at_peak(result).strained_volume_mm3[4000],
    "gauge_tension_ue": _gauge("tension_ue"),
    "gauge_compression_ue": _gauge("compression_ue"),
    "gauge_shear_ue": _gauge("shear_ue"),
    "gauge_axial_mpa": _gauge("axial_mpa"),
    "gauge_rate_ue_per_s": _gauge("rate_ue_per_s"),
    "gauge_compression_rate_ue_per_s": _compression_rate,
    "gauge_late_compression_rate_ue_per_s": lambda r, gauge: _rate_towards_peak(r, gauge, "compression_ue", 0.5),
    "gauge_tension_rate_to_peak_ue_per_s": lambda r, gauge: _rate_towards_peak(r, gauge, "tension_ue", 0.0),
}
"""Measures by the names that published.toml uses; the gauge where one is meant."""
