# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measures of a result that publications state too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from fea.case import Stance
from fea.checks.shape import SHAPE_MEASURES, of_shape
from fea.errors import InputError
from fea.evaluate import Result
from fea.loading import ForefootForces, UnitLoad, forefoot_factor, ground_of, leg_of, ray_forces
from fea.strain import GaugeHistory, Summary, largest_in_size

Floats = npt.NDArray[np.float64]

_IMPACT_BEFORE = 0.25
_BELOW_TENDON = 0.88

ResultMeasure = Callable[[Result, str | None], float]


def _stance(result: Result) -> Stance:
    assert isinstance(result.case.activity, Stance)
    return result.case.activity


def _ground(result: Result, begin: float, end: float) -> float:
    ground = ground_of(result.case, _stance(result))
    inside = (ground.phase >= begin) & (ground.phase <= end)
    return float(ground.vertical_bw[inside].max())


def _ankle(result: Result, axis: int) -> float:
    contact = leg_of(result.case, _stance(result)).ankle_contact
    return float(contact[contact[:, 1].argmax(), axis])


def _achilles(result: Result) -> float:
    return float(leg_of(result.case, _stance(result)).achilles.max())


def _knee(result: Result) -> float:
    moment = leg_of(result.case, _stance(result)).knee_moment_mm
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


def _history(result: Result, gauge: str | None) -> GaugeHistory:
    return next(g for g in result.gauges if g.name == gauge)


def _late(result: Result) -> npt.NDArray[np.bool_]:
    """Frames of the second half of the contact."""
    time_s = result.history.time_s
    return np.asarray(time_s >= (time_s[0] + time_s[-1]) / 2.0)


def _late_compression(result: Result, gauge: str | None) -> float:
    """Largest compression in the second half of the contact, µε."""
    return float(_history(result, gauge).compression_ue[_late(result)].min())


def _late_angle(result: Result, gauge: str | None) -> float:
    """Angle of the largest compression in the second half of the contact to the bone's axis, degrees."""
    history, late = _history(result, gauge), _late(result)
    return float(history.compression_angle_deg[late][history.compression_ue[late].argmin()])


def _deformation(component: int) -> ResultMeasure:
    return lambda result, _: float(np.ptp(result.deformation_deg[:, component]))


def _peak_phase(component: int) -> ResultMeasure:
    """Percent of the contact at which a deformation is largest in size."""

    def measured(result: Result, _: str | None) -> float:
        return 100.0 * float(np.abs(result.deformation_deg[:, component]).argmax()) / (len(result.history.time_s) - 1)

    return measured


def _shaft(component: int, level: float, largest: Callable[[Floats], float], begin: float = 0.0) -> ResultMeasure:
    """Extreme over the contact of a section load at a level: BW of a force, N·m of a moment on the proximal part."""

    def measured(result: Result, _: str | None) -> float:
        at = int(np.abs(result.statics.level - level).argmin())
        from_frame = int(begin * (len(result.history.time_s) - 1))
        values = result.section_loads[from_frame:, at, component]
        if component < 3:
            return float(largest(values) / result.case.body_weight_n)
        return float(largest(-values) / 1000.0)

    return measured


def _ankle_lateral(result: Result) -> float:
    """Force of the talus to medial over the axial one at the axial peak, percent."""
    contact = leg_of(result.case, _stance(result)).ankle_contact
    at = int(contact[:, 1].argmax())
    return float(-100.0 * contact[at, 2] / contact[at, 1])


def _knee_share(result: Result) -> float:
    """Share of the medial condyle in the axial knee force at its peak, percent."""
    forces = condyle_forces(result)
    total = forces.sum(axis=1)
    at = int(np.abs(total).argmax())
    return float(100.0 * forces[at, 0] / total[at])


def _knee_frontal(result: Result) -> float:
    """Largest frontal moment of the knee, compressing its medial side, N·m per kg."""
    forces, centers = condyle_forces(result), condyle_places(result)
    middle = centers.mean()
    moment = -(forces * (centers - middle)).sum(axis=1) / 1000.0
    return float(np.abs(moment).max() / result.case.body_mass_kg)


def condyle_forces(result: Result) -> Floats:
    """Axial force of each support region in N, (frames, regions), the first one medial."""
    columns = [
        [
            column
            for load, column in zip(result.history.loads, result.history.coefficients.T, strict=True)
            if load == UnitLoad(region, False, 1)
        ]
        for region in result.case.bone.support.regions
    ]
    if not all(columns):
        raise InputError("the axial forces of the condyles are stated for a free bone; take --support free.")
    return np.column_stack([sum(own) for own in columns])


def condyle_places(result: Result) -> Floats:
    """Distance of the centre of each support region to lateral, mm, (regions,)."""
    return np.array([result.mesh.centers[region][2] for region in result.case.bone.support.regions])


def _sagittal(level: float, *, late: bool) -> ResultMeasure:
    """Sagittal moment at a level, tension in front positive, N·m: the largest early, that at the axial peak late."""

    def measured(result: Result, _: str | None) -> float:
        at = int(np.abs(result.statics.level - level).argmin())
        moment = -result.section_loads[:, at, 5] / 1000.0
        if not late:
            return float(moment[: len(moment) // 2].max())
        axial = np.where(_late(result), result.section_loads[:, at, 1], -np.inf)
        return float(moment[int(axial.argmax())])

    return measured


def _net_shear(result: Result) -> float:
    """Anteroposterior shear of the shaft below the muscles' origins at the axial peak, BW; forwards positive."""
    loads = result.section_loads[:, int(np.abs(result.statics.level - 0.2).argmin())]
    return float(loads[int(loads[:, 1].argmax()), 0] / result.case.body_weight_n)


def _free_moment(result: Result) -> float:
    """Largest free moment of the ground over body weight and stature."""
    moment = ground_of(result.case, _stance(result)).free_moment_bw_mm
    stature = result.case.bone.stature_m * result.case.bone.scale
    return float(np.abs(moment).max() / 1000.0 / stature)


def _fibula_share(result: Result) -> float:
    """Compression of the fibula over the axial force of the ankle at its peak, percent."""
    force = result.fibula_n
    contact = leg_of(result.case, _stance(result)).ankle_contact[:, 1] * result.case.body_weight_n
    at = int(contact.argmax())
    return float(100.0 * force[at] / contact[at])


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
    "gauge_tension_angle_deg": _gauge("tension_angle_deg"),
    "gauge_late_compression_ue": _late_compression,
    "gauge_late_compression_angle_deg": _late_angle,
    "bent_posterior_deg": _deformation(0),
    "bent_medial_deg": _deformation(1),
    "turned_external_deg": _deformation(2),
    "bent_posterior_at_percent": _peak_phase(0),
    "turned_external_at_percent": _peak_phase(2),
    "ankle_medial_percent": lambda result, _: _ankle_lateral(result),
    "knee_medial_share_percent": lambda result, _: _knee_share(result),
    "knee_frontal_nm_per_kg": lambda result, _: _knee_frontal(result),
    "fibula_share_percent": lambda result, _: _fibula_share(result),
    "frontal_midshaft_nm": _shaft(3, 0.50, largest_in_size),
    "torsion_lowest_nm": _shaft(4, 0.50, np.min),
    "torsion_highest_nm": _shaft(4, 0.50, np.max),
    "sagittal_early_25_nm": _sagittal(0.25, late=False),
    "sagittal_early_50_nm": _sagittal(0.50, late=False),
    "sagittal_early_66_nm": _sagittal(0.66, late=False),
    "sagittal_late_25_nm": _sagittal(0.25, late=True),
    "sagittal_late_50_nm": _sagittal(0.50, late=True),
    "sagittal_late_66_nm": _sagittal(0.66, late=True),
    "axial_shaft_bw": _shaft(1, 0.25, np.max),
    "ankle_shear_net_bw": lambda result, _: _net_shear(result),
    "free_moment_bw_height": lambda result, _: _free_moment(result),
    "gauge_late_compression_rate_ue_per_s": lambda r, gauge: _rate_towards_peak(r, gauge, "compression_ue", 0.5),
    "gauge_tension_rate_to_peak_ue_per_s": lambda r, gauge: _rate_towards_peak(r, gauge, "tension_ue", 0.0),
    **{name: of_shape(measure) for name, measure in SHAPE_MEASURES.items()},
}
"""Measures by the names that published.toml uses; the gauge where one is meant."""
