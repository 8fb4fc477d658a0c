# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cycles of a contact against the library that counts them by ASTM E1049."""

from __future__ import annotations

import numpy as np
import pytest
import rainflow
from hypothesis import given
from hypothesis import strategies as st

from fea.errors import InputError, RunError
from fea.risk import contact_cycles


def counted(series):
    """Ranges of full cycles of the repeated contact, from its largest excursion on, by the library alone."""
    closed = np.concatenate([[0.0], series])
    first = int(np.argmax(np.abs(closed)))
    found = {}
    for span, _, count, _, _ in rainflow.extract_cycles(np.concatenate([closed[first:], closed[: first + 1]])):
        if span > 0.0:
            found[span] = found.get(span, 0.0) + count
    return found


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=14))
def test_any_contact_gives_the_cycles_of_the_library(values):
    series = np.array([values], dtype=np.float64)
    found = {}
    for span in contact_cycles(series)[0]:
        if span > 0.0:
            found[span] = found.get(span, 0.0) + 1.0
    assert found == counted(series[0])
    # Largest first.
    assert np.all(np.diff(contact_cycles(series)[0]) <= 0.0)


def test_a_single_peak_has_its_range_as_the_only_cycle():
    phase = np.linspace(0.0, 1.0, 101)
    size = np.array([3000.0, -4000.0])
    ranges = contact_cycles(size[:, None] * np.sin(np.pi * phase) ** 2)
    assert ranges[:, 0] == pytest.approx(np.abs(size))
    assert ranges[:, 1:] == pytest.approx(0.0, abs=1e-9)


def test_a_stance_of_two_peaks_has_the_rise_between_them_as_its_second_cycle():
    # Up to 5, down to 2, up to 4, back to 0: 5 in all, and 2 to 4 within.
    assert contact_cycles(np.array([[5.0, 2.0, 4.0]])).tolist() == [[5.0, 2.0]]


def test_stances_of_two_peaks_are_counted_each_by_itself():
    # Rises of 2 and of 0.5 within 5 and 7; a third cell has one peak only.
    series = np.array([[5.0, 2.0, 4.0], [7.0, 6.0, 6.5], [1.0, 3.0, 0.0]])
    assert contact_cycles(series).tolist() == [[5.0, 2.0], [7.0, 0.5], [3.0, 0.0]]


def test_a_contact_that_pushes_and_pulls_has_the_whole_span_as_range():
    assert contact_cycles(np.array([[-1.0, 3.0]])).tolist() == [[4.0]]


def test_a_lone_frame_is_a_cycle_from_rest():
    assert contact_cycles(np.array([[-2.5]])).tolist() == [[2.5]]


def test_cells_are_counted_apart():
    rng = np.random.default_rng(3)
    series = rng.integers(-5, 6, (40, 12)).astype(np.float64)
    together = contact_cycles(series)
    for row, alone in zip(together, series, strict=True):
        own = contact_cycles(alone[None])[0]
        assert row[: len(own)] == pytest.approx(own)
        assert not row[len(own) :].any()


@pytest.mark.parametrize("shape", [(3, 0), (3,)])
def test_a_contact_without_frames_is_refused(shape):
    with pytest.raises(InputError, match="at least one frame"):
        contact_cycles(np.zeros(shape))


def test_a_strain_that_is_not_finite_is_an_error():
    with pytest.raises(RunError, match="not finite"):
        contact_cycles(np.array([[0.0, np.nan]]))
