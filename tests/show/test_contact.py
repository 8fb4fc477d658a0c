# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The picture of loads over a contact: what it draws, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fea.errors import InputError
from fea.show import TIBIA_AT_HALF, draw_contact_loads

TIME = np.linspace(0.0, 0.25, 21)
RISE = np.sin(np.pi * TIME / 0.25)


def wrench(*, force=0.0, moment=0.0):
    rows = np.zeros((len(TIME), 6))
    rows[:, 1], rows[:, 5] = force * RISE, moment * RISE
    return rows


def drawn(file, section, published=()):
    draw_contact_loads(
        TIME, {"plafond": wrench(force=6000.0)}, section, file, title="t", body_weight_n=700.0, published=published
    )
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def test_picture_shows_the_published_ranges_and_the_sign_of_bending(tmp_path):
    plain = drawn(tmp_path / "a.png", wrench(force=6000.0, moment=-50_000.0))
    shaded = drawn(tmp_path / "b.png", wrench(force=6000.0, moment=-50_000.0), TIBIA_AT_HALF)
    assert (shaded.sum(axis=2) < 765).mean() - (plain.sum(axis=2) < 765).mean() > 0.1
    bent = drawn(tmp_path / "c.png", wrench(force=6000.0, moment=50_000.0))
    assert np.abs(plain - bent).max() > 100


def test_single_instants_and_nan_are_refused(tmp_path):
    for times, section in ((TIME[:1], wrench()[:1]), (TIME, np.full((21, 6), np.nan))):
        with pytest.raises(InputError, match="two or more instants and finite values"):
            draw_contact_loads(times, {}, section, tmp_path / "x.png", title="t", body_weight_n=700.0)


def test_ranges_are_those_of_the_sources_in_body_weights():
    # At half the length: walker 48, −21, −8 to 1 N·m of 72.6 kg; runner −32 to 138, −29, −15 to 11 N·m of 65.9 kg.
    walker, runner = TIBIA_AT_HALF
    for one, mass, sagittal, frontal, torsion in (
        (walker, 72.6, (0, 48), -21, (-8, 1)),
        (runner, 65.9, (-32, 138), -29, (-15, 11)),
    ):
        weight = mass * 9.80665 / 1000.0
        assert one.sagittal == pytest.approx([v / weight for v in sagittal], abs=0.1)
        assert one.frontal[0] == pytest.approx(frontal / weight, abs=0.1)
        assert one.torsion == pytest.approx([v / weight for v in torsion], abs=0.1)
