# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From a measured ground force to single contacts: low-pass filter, threshold, each over its own duration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from fea.case import GroundTrial
from fea.errors import InputError
from fea.loading.measured.ground import MeasuredGround

Floats = npt.NDArray[np.float64]

_USUAL_CUTOFF_HZ = 50.0
"""Low-pass of a ground force where none is asked for; a working value."""
_MOST_OF_RATE = 0.4
_SHORTEST_S, _LONGEST_S = 0.05, 3.0
_CUT_SHORT = 0.1
"""Part of the largest force that the first or last row may have for a contact that fills its table."""
_LONGEST_PATH_MM, _SHORTEST_PATH_MM = 2000.0, 5.0
_LARGEST_FREE_NM = 100.0


@dataclass(frozen=True)
class Contact:
    """One contact of the foot at evenly spread instants.

    Attributes
    ----------
    time_s : ndarray, float64, (frames,)
        Times of the trial.
    force_n : ndarray, float64, (frames, 3)
        Force on the foot forward, up, right.
    cop_mm : ndarray, float64, (frames, 2), optional
        Centre of pressure forward and right.
    free_moment_nmm : ndarray, float64, (frames,)
        About the vertical.
    """

    time_s: Floats
    force_n: Floats
    cop_mm: Floats | None
    free_moment_nmm: Floats


def contacts_of(ground: MeasuredGround, trial: GroundTrial) -> tuple[list[Contact], list[str]]:
    """Whole contacts of a trial, and how they were found.

    The filter is a Butterworth filter of second order that runs forwards and backwards (fourth order, no delay). The
    centre of pressure is that of the filtered force and of its filtered moment, so that it stays defined where the
    force is small.

    Raises
    ------
    fea.errors.InputError
        No whole contact, a cut-off that the sampling rate does not allow, or a path of the centre of pressure that no
        foot has.
    """
    time, step = _even_times(ground.time_s)
    rate = 1.0 / step
    cutoff = min(_USUAL_CUTOFF_HZ, _MOST_OF_RATE * rate) if trial.cutoff_hz is None else trial.cutoff_hz
    if cutoff >= 0.5 * rate:
        raise InputError(
            f"cut-off is {cutoff:g} Hz; allowed: below half the sampling rate of {rate:.4g} Hz, or 0 for none."
        )

    def smooth(values: Floats) -> Floats:
        even = np.interp(time, ground.time_s, values)
        if cutoff == 0.0:
            return even
        return np.asarray(sosfiltfilt(butter(2, cutoff, fs=rate, output="sos"), even, padlen=min(60, len(even) - 1)))

    force = np.column_stack([smooth(column) for column in ground.force_n.T])
    free = np.zeros(len(time)) if ground.free_moment_nmm is None else smooth(np.nan_to_num(ground.free_moment_nmm))
    arms = None
    if ground.cop_mm is not None:
        pressed = ground.force_n[:, 1:2] * np.nan_to_num(ground.cop_mm)
        arms = np.column_stack([smooth(column) for column in pressed.T])
    spans = _spans(time, force[:, 1], trial)
    found = []
    for first, last in spans:
        at = np.linspace(time[first], time[last], trial.frames)
        own = np.column_stack([np.interp(at, time, column) for column in force.T])
        cop = None
        if arms is not None:
            cop = np.column_stack([np.interp(at, time, column) for column in arms.T]) / own[:, 1:2]
        found.append(Contact(at, own, cop, np.interp(at, time, free)))
    _check(found, trial)
    said = [
        f"low-pass filter: Butterworth, fourth order without delay, {cutoff:g} Hz of {rate:.4g} Hz"
        if cutoff
        else "no filter",
        f"{len(found)} whole contacts above {trial.threshold_n:g} N: "
        + ", ".join(f"{c.time_s[0]:.3f} to {c.time_s[-1]:.3f} s" for c in found[:20]),
    ]
    return found, said


def _even_times(time_s: Floats) -> tuple[Floats, float]:
    step = float(np.median(np.diff(time_s)))
    count = max(round(float(time_s[-1] - time_s[0]) / step) + 1, 2)
    return time_s[0] + step * np.arange(count), step


def _spans(time: Floats, up: Floats, trial: GroundTrial) -> list[tuple[int, int]]:
    """First and last row of each whole contact."""
    on = np.concatenate([[False], up > trial.threshold_n, [False]])
    starts, ends = np.flatnonzero(on[1:] & ~on[:-1]), np.flatnonzero(~on[1:] & on[:-1]) - 1
    small = _CUT_SHORT * up.max()
    whole = [
        (int(a), int(b))
        for a, b in zip(starts, ends, strict=True)
        if (a > 0 or up[a] < small) and (b < len(up) - 1 or up[b] < small)
    ]
    spans = [(a, b) for a, b in whole if _SHORTEST_S <= time[b] - time[a] <= _LONGEST_S]
    if not spans:
        raise InputError(
            f"{trial.ground!r} has no whole contact of {_SHORTEST_S:g} to {_LONGEST_S:g} s above "
            f"{trial.threshold_n:g} N, "
            f"from {time[0]:g} to {time[-1]:g} s; {len(starts)} times the force rises above it."
        )
    return spans


def _check(found: list[Contact], trial: GroundTrial) -> None:
    for contact in found:
        worst = float(np.abs(contact.free_moment_nmm).max()) / 1000.0
        if worst > _LARGEST_FREE_NM:
            raise InputError(
                f"{trial.ground!r}: a free moment of {worst:.4g} N·m; allowed: up to "
                f"{_LARGEST_FREE_NM:g} N·m. Is its unit "
                f"{trial.moment_unit}, and is it that about the vertical through the centre of pressure?"
            )
        if contact.cop_mm is None:
            continue
        middle = contact.cop_mm[contact.force_n[:, 1] > 0.3 * contact.force_n[:, 1].max()]
        path = float(np.ptp(middle, axis=0).max())
        if not _SHORTEST_PATH_MM <= path <= _LONGEST_PATH_MM:
            raise InputError(
                f"{trial.ground!r}: during the contact from {contact.time_s[0]:.3f} s the centre of pressure moves by "
                f"{path:.3g} mm; allowed: {_SHORTEST_PATH_MM:g} to {_LONGEST_PATH_MM:g} mm. Is its unit m or mm "
                "(length_unit)?"
            )
