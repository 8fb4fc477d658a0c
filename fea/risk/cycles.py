# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Load cycles: the strain of one contact, cell by cell, as ranges of cycles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import rainflow

from fea.errors import RunError, out_of_range

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def contact_cycles(series: Floats) -> Floats:
    """Ranges of all cycles of one contact, largest first, filled up with 0.

    Before and after a contact the leg swings and the strain is 0, so that a lone frame is a cycle as well. The
    contact repeats; cycles are counted as ASTM E1049 does for repeating histories, by the library ``rainflow``.

    Most cells need no counting. The ranges of all cycles add up to half the way that the strain goes up and
    down. The largest is the largest less the smallest value, 0 among them; so where the strain turns twice, in
    one peak, this is the only one, and where it turns four times the rest of that half is the other.

    Parameters
    ----------
    series : ndarray, (p, frames)
        Signed strain of each cell.

    Returns
    -------
    ndarray, float64, (p, k)
        In the unit of ``series``; k is the largest number of cycles of any cell, at least 1.

    Raises
    ------
    fea.errors.InputError
        No frame.
    fea.errors.RunError
        A strain is not finite.

    Examples
    --------
    A contact with two peaks, as in walking, has a smaller cycle inside the large one.

    >>> contact_cycles(np.array([[3.0, 1.0, 2.0], [1.0, -3.0, -1.0]]))
    array([[3., 1.],
           [4., 0.]])
    """
    if series.ndim != 2 or series.shape[1] == 0:
        raise out_of_range("the shape of the strain series", series.shape, "(cells, frames), at least one frame")
    if not np.isfinite(series).all():
        raise RunError("a strain of a contact is not finite.")
    closed = np.pad(series, ((0, 0), (1, 0)))
    turns = _turning(closed)
    count = turns.sum(axis=1)
    several = np.flatnonzero(count > 4)
    counted = [_counted(closed[cell, turns[cell]].tolist()) for cell in several]
    ranges = np.zeros((len(series), max((len(r) for r in counted), default=int(count.max(initial=2)) // 2)))
    ranges[:, 0] = np.ptp(closed, axis=1)
    twice = count == 4
    way = np.abs(np.diff(closed[twice], axis=1, append=0.0)).sum(axis=1)
    ranges[twice, 1:2] = np.maximum(way / 2.0 - ranges[twice, 0], 0.0)[:, None]
    for cell, own in zip(several, counted, strict=True):
        ranges[cell, : len(own)] = own
    return ranges


def _turning(closed: Floats) -> Bools:
    """Mask of the frames in which closed series (p, f) turn: the last of equal values, the first follows the last."""
    step = np.sign(np.diff(closed, axis=1, append=closed[:, :1]))
    # A plateau takes the direction in which it was entered; the one at the beginning that of the end.
    moving = np.concatenate([step, step], axis=1)
    latest = np.where(moving != 0.0, np.arange(moving.shape[1]), 0)
    np.maximum.accumulate(latest, axis=1, out=latest)
    entered = np.take_along_axis(moving, latest, axis=1)[:, closed.shape[1] - 1 : -1]
    return np.asarray((step != 0.0) & (entered != 0.0) & (step != entered))


def _counted(turning: list[float]) -> list[float]:
    """Ranges of a closed series of turning points, largest first."""
    first = max(range(len(turning)), key=lambda k: abs(turning[k]))
    round_trip = turning[first:] + turning[: first + 1]
    halves = [span for span, _, count, _, _ in rainflow.extract_cycles(round_trip) for _ in range(round(2 * count))]
    return sorted(halves, reverse=True)[::2]
