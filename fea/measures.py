# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What can be read from a run for comparison with published values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from fea.answer import THRESHOLDS_UE, Run
from fea.bone import TISSUES
from fea.case import Stance
from fea.loading import ForefootForces, carried_and_shod, ray_forces, stance_forces
from fea.strain import Summary, at_points, equivalent, principal, summarised

Floats = npt.NDArray[np.float64]

_IMPACT_BEFORE = 0.25
_BELOW_TENDON = 0.88

Measure = Callable[[Run, str | None], float]


def _stance(answer: Run) -> Stance:
    assert isinstance(answer.case.activity, Stance)
    return answer.case.activity


def _ground(answer: Run, begin: float, end: float) -> float:
    ground, _ = stance_forces(answer.case, _stance(answer))
    inside = (ground.phase >= begin) & (ground.phase <= end)
    return float(ground.vertical_bw[inside].max())


def _ankle(answer: Run, axis: int) -> float:
    contact = stance_forces(answer.case, _stance(answer))[1].ankle_contact
    return float(contact[contact[:, 1].argmax(), axis])


def _achilles(answer: Run) -> float:
    return float(stance_forces(answer.case, _stance(answer))[1].achilles.max())


def _knee(answer: Run) -> float:
    moment = stance_forces(answer.case, _stance(answer))[1].knee_moment_mm
    return float(moment.max()) * answer.case.body_weight_n / 1000.0


def _section(answer: Run, component: int, begin: float = 0.0) -> float:
    below = answer.statics.level < _BELOW_TENDON
    time_s = answer.history.time_s
    late = time_s >= time_s[0] + begin * (time_s[-1] - time_s[0])
    return float(np.abs(answer.section_loads[late][:, below, component]).max() / answer.case.body_weight_n)


def _at_peak(answer: Run) -> Summary:
    """Return the summary of the peak frame alone, as published for one instant."""
    mesh = answer.mesh
    bone = mesh.tissue != TISSUES.index("marrow")
    kept = bone & ~answer.excluded
    strain = at_points(answer.field.corner[kept])
    values = principal(strain), principal(answer.elasticity.stress(strain, kept))
    eq = equivalent(strain, answer.elasticity.poisson)
    return summarised(mesh, bone, answer.excluded, *values, eq, THRESHOLDS_UE)


def _ray(answer: Run) -> tuple[ForefootForces, float]:
    """Return the forces on the metatarsal's head in BW, and the factor of pack and shoe on them."""
    return ray_forces(answer.case, _stance(answer)), carried_and_shod(answer.case, _stance(answer))


def _largest(force: Floats) -> float:
    return float(np.linalg.norm(force, axis=1).max())


def _head(answer: Run) -> float:
    ray, factor = _ray(answer)
    return factor * _largest(ray.head)


def _joint(answer: Run) -> float:
    ray, factor = _ray(answer)
    return factor * _largest(ray.joint)


def _sole(answer: Run) -> float:
    """Return the largest tension of all rays together."""
    ray, factor = _ray(answer)
    share = _stance(answer).foot.rays[answer.case.bone.bone].share
    return factor * float(ray.tension.max()) / share


def _midshaft_bending(answer: Run) -> float:
    middle = int(np.abs(answer.statics.level - 0.5).argmin())
    return float(np.abs(answer.section_loads[:, middle, 5]).max()) / 1000.0


def _compression_rate(answer: Run, gauge: str | None) -> float:
    """Return the mean rate at which compression grows from a tenth to nine tenths of its peak, in µε/s."""
    history = next(g for g in answer.gauges if g.name == gauge)
    peak = int(history.axial_ue.argmin())
    rising = history.axial_ue[: peak + 1] / history.axial_ue[peak]
    begin, end = (int(np.abs(rising - part).argmin()) for part in (0.1, 0.9))
    rise = history.axial_ue[end] - history.axial_ue[begin]
    return float(rise / (history.time_s[end] - history.time_s[begin]))


def _gauge(name: str) -> Measure:
    def measured(answer: Run, gauge: str | None) -> float:
        return float(getattr(next(g for g in answer.gauges if g.name == gauge).reading, name))

    return measured


MEASURES: Mapping[str, Measure] = {
    "vertical_peak_bw": lambda run, _: _ground(run, 0.0, 1.0),
    "impact_peak_bw": lambda run, _: _ground(run, 0.0, _IMPACT_BEFORE),
    "active_peak_bw": lambda run, _: _ground(run, 0.35, 1.0),
    "ankle_axial_bw": lambda run, _: _ankle(run, 1),
    "ankle_posterior_bw": lambda run, _: -_ankle(run, 0),
    "achilles_bw": lambda run, _: _achilles(run),
    "knee_moment_nm": lambda run, _: _knee(run),
    "section_axial_bw": lambda run, _: _section(run, 1),
    "section_late_bending_bw_mm": lambda run, _: _section(run, 5, begin=0.5),
    "head_bw": lambda run, _: _head(run),
    "joint_bw": lambda run, _: _joint(run),
    "plantar_tension_bw": lambda run, _: _sole(run),
    "bending_midshaft_nm": lambda run, _: _midshaft_bending(run),
    "p50_at_peak_ue": lambda run, _: _at_peak(run).p50_ue,
    "p90_at_peak_ue": lambda run, _: _at_peak(run).p90_ue,
    "p95_ue": lambda run, _: run.summary.p95_ue,
    "volume_4000_at_peak_mm3": lambda run, _: _at_peak(run).strained_volume_mm3[4000],
    "gauge_tension_ue": _gauge("tension_ue"),
    "gauge_compression_ue": _gauge("compression_ue"),
    "gauge_shear_ue": _gauge("shear_ue"),
    "gauge_axial_mpa": _gauge("axial_mpa"),
    "gauge_rate_ue_per_s": _gauge("rate_ue_per_s"),
    "gauge_compression_rate_ue_per_s": _compression_rate,
}
"""What can be read from a run, by the names that published.toml uses; the gauge where one is meant."""
