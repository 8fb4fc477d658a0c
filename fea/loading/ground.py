# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Ground reaction force over one contact, in body weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.case import BODY_WEIGHT_N_PER_KG, StanceActivity, TwoMass

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GroundForce:
    """Ground reaction force on one foot.

    Attributes
    ----------
    time_s : ndarray, float64, (frames,)
        From first contact.
    vertical_bw, forward_bw : ndarray, float64, (frames,)
        Upwards, and along the direction of progression.
    balance_bw : float
        What the valley of the activity's file adds at most to its curve, so that all contacts together carry the body
        weight; negative where it takes off.
    """

    time_s: Floats
    vertical_bw: Floats
    forward_bw: Floats
    balance_bw: float = 0.0

    @property
    def phase(self) -> Floats:
        """Fraction of the contact time, shape (frames,)."""
        return np.asarray(self.time_s / self.time_s[-1])


def ground_force(
    activity: StanceActivity, demand: float, contact_time_s: float, step_rate: float, braking: float = 1.0
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
    """
    time = np.linspace(0.0, contact_time_s, activity.frames)
    phase = time / contact_time_s
    force, balance_bw = activity.vertical, 0.0
    if isinstance(force, TwoMass):
        vertical = two_mass(force, demand, time, 60.0 / step_rate)
    else:
        vertical = force.peak_bw.value(demand) * force.shape.value(phase)
        if force.valley is not None:
            drawn = vertical
            vertical = _carrying_body_weight(drawn, force.valley.value(phase), time, 60.0 / step_rate)
            balance_bw = float(max(vertical - drawn, key=abs))
    forward = activity.fore_aft.peak_bw.value(demand) * activity.fore_aft.shape.value(phase)
    return GroundForce(time, vertical, np.where(forward < 0.0, braking * forward, forward), balance_bw)


def two_mass(model: TwoMass, demand: float, time: Floats, step_time_s: float) -> Floats:
    """Vertical force (frames,) in BW of running (Clark, Ryan & Weyand 2017, J Exp Biol 220:247).

    Impulses in BW·s: the lower limb takes J₁ = m₁ (Δv/(g Δt) + 1) · 2Δt, all contacts together carry the
    body weight, J₁ + J₂ = step time. Each is a raised cosine F(t) = J/(2C)·(1 + cos((t − B)π/C)) with its
    peak at B and half width C: B = C = Δt for the limb, half the contact time for the rest.
    """
    half_limb, half_body = model.impact_duration_s.value(demand), float(time[-1]) / 2.0
    stop = model.touchdown_speed_m_per_s.value(demand) / (BODY_WEIGHT_N_PER_KG * half_limb)
    limb = model.impact_mass_fraction * (stop + 1.0) * 2.0 * half_limb
    return _raised_cosine(time, limb, half_limb) + _raised_cosine(time, step_time_s - limb, half_body)


def _carrying_body_weight(vertical: Floats, valley: Floats, time: Floats, step_time_s: float) -> Floats:
    """Force less so much of the valley that its impulse is body weight times the step time."""
    excess = np.trapezoid(vertical, time) - step_time_s
    return np.asarray(vertical - excess / np.trapezoid(valley, time) * valley)


def _raised_cosine(time: Floats, impulse: float, half_width: float) -> Floats:
    inside = time <= 2.0 * half_width
    wave = 1.0 + np.cos((time / half_width - 1.0) * np.pi)
    return np.asarray(np.where(inside, impulse / (2.0 * half_width) * wave, 0.0))
