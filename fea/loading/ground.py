# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Ground reaction force and free moment over one contact, in body weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import BODY_WEIGHT_N_PER_KG, DemandTable, ForceProfile, StanceActivity, TwoMass

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GroundForce:
    """Ground reaction force and free moment on one right foot.

    Attributes
    ----------
    time_s : ndarray, float64, (frames,)
        From first contact.
    vertical_bw, forward_bw : ndarray, float64, (frames,)
        Upwards, and along the direction of progression, in weights of the body without pack.
    lateral_bw : ndarray, float64, (frames,)
        Across the direction of progression, towards lateral.
    free_moment_bw_mm : ndarray, float64, (frames,)
        Moment about the vertical through the centre of pressure, about +y (up), in BW·mm.
    balance_bw : float
        What the valley of the activity's file adds at most to its curve, so that all contacts together carry the weight
        of body and pack; negative where it takes off.
    """

    time_s: Floats
    vertical_bw: Floats
    forward_bw: Floats
    lateral_bw: Floats
    free_moment_bw_mm: Floats
    balance_bw: float = 0.0

    @property
    def phase(self) -> Floats:
        """Fraction of the contact time, shape (frames,)."""
        return np.asarray(self.time_s / self.time_s[-1])


def contact_time(activity: StanceActivity, demand: float, step_rate: float, weight: float) -> float:
    """Contact time in s at a step rate and a moving weight, that of body and pack over that of the body.

    At the same speed a shorter step is not the same contact with less flight: contact time follows the step time.
    """
    usual, rule = activity.contact_time_s.value(demand), activity.contact_rule
    if rule is None:
        return usual
    longer = 1.0 if activity.step_rate_per_min is None else activity.step_rate_per_min.value(demand) / step_rate
    return float(usual * longer**rule.step_time_exponent * weight**rule.weight_exponent)


def ground_force(
    activity: StanceActivity,
    demand: float,
    contact_time_s: float,
    step_rate: float,
    braking: float = 1.0,
    weight: float = 1.0,
) -> GroundForce:
    """Ground reaction force of one contact.

    Parameters
    ----------
    activity : StanceActivity
        The activity.
    demand : float
        Speed in m/s or drop height in m.
    contact_time_s : float
        Contact time in s.
    step_rate : float
        Steps of both feet per minute; NaN for an activity that does not step.
    braking : float
        Factor on the braking force.
    weight : float
        Weight of body and pack over that of the body, which all contacts together carry.
    """
    time = np.linspace(0.0, contact_time_s, activity.frames)
    phase = time / contact_time_s
    force, balance_bw = activity.vertical, 0.0
    if isinstance(force, TwoMass):
        assert activity.step_rate_per_min is not None
        impulse = weight * 60.0 / step_rate
        vertical = two_mass(force, demand, time, impulse, 60.0 / activity.step_rate_per_min.value(demand))
    else:
        vertical = weight * force.peak_bw.value(demand) * force.shape.value(phase)
        if force.valley is not None:
            drawn = vertical
            vertical = _carrying_weight(drawn, force.valley.value(phase), time, weight * 60.0 / step_rate)
            balance_bw = float(max(vertical - drawn, key=abs))
    along = _by_peak(activity.fore_aft.shape, activity.fore_aft.peak_bw, demand, phase)
    across, turning = activity.mediolateral, activity.free_moment
    lateral = np.zeros_like(phase) if across is None else _by_peak(across.shape, across.peak_bw, demand, phase)
    moment = np.zeros_like(phase) if turning is None else _by_peak(turning.shape, turning.peak_bw_mm, demand, phase)
    size = _mean_force_ratio(activity, demand, contact_time_s, step_rate, weight)
    return GroundForce(
        time,
        vertical,
        size * np.where(along < 0.0, braking * along, along),
        size * lateral,
        size * moment,
        balance_bw,
    )


def _by_peak(shape: ForceProfile, peak: DemandTable, demand: float, phase: Floats) -> Floats:
    return np.asarray(peak.value(demand) * shape.value(phase))


def _mean_force_ratio(
    activity: StanceActivity, demand: float, contact_time_s: float, step_rate: float, weight: float
) -> float:
    """Mean vertical force over that of the usual step without a pack: the horizontal forces change with it."""
    if activity.step_rate_per_min is None:
        return weight
    steps = activity.step_rate_per_min.value(demand) / step_rate
    return weight * steps * activity.contact_time_s.value(demand) / contact_time_s


def two_mass(model: TwoMass, demand: float, time: Floats, impulse_bw_s: float, usual_bw_s: float) -> Floats:
    """Vertical force (frames,) in BW of running (Clark, Ryan & Weyand 2017, J Exp Biol 220:247).

    Impulses in BW·s: the lower limb takes J₁ = m₁ (Δv/(g Δt) + 1) · 2Δt of the usual step's J, all contacts together
    carry the weight, J₁ + J₂ = J. Both parts grow with ``impulse_bw_s`` over ``usual_bw_s``: a longer flight lets the
    limb down faster. Each is a raised cosine F(t) = J/(2C)·(1 + cos((t − B)π/C)) with its peak at B and half width C:
    B = C = Δt for the limb; for the rest B is the peak phase of the contact time, and C runs from there to either end.
    """
    half_limb = model.impact_duration_s.value(demand)
    stop = model.touchdown_speed_m_per_s.value(demand) / (BODY_WEIGHT_N_PER_KG * half_limb)
    limb = impulse_bw_s / usual_bw_s * model.impact_mass_fraction * (stop + 1.0) * 2.0 * half_limb
    contact, rise = float(time[-1]), model.peak_phase * float(time[-1])
    body = _raised_cosine(time, impulse_bw_s - limb, rise, contact - rise)
    return _raised_cosine(time, limb, half_limb, half_limb) + body


def _carrying_weight(vertical: Floats, valley: Floats, time: Floats, impulse_bw_s: float) -> Floats:
    """Force less so much of the valley that its impulse is the weight times the step time."""
    excess = np.trapezoid(vertical, time) - impulse_bw_s
    return np.asarray(vertical - excess / np.trapezoid(valley, time) * valley)


def _raised_cosine(time: Floats, impulse: float, rise: float, fall: float) -> Floats:
    """Pulse of an impulse that rises for one time and falls for another."""
    half_width = np.where(time < rise, rise, fall)
    wave = 1.0 + np.cos((time - rise) / half_width * np.pi)
    return np.asarray(np.where(time <= rise + fall, impulse / (rise + fall) * wave, 0.0))
