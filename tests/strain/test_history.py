# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import tracemalloc
from dataclasses import fields

import numpy as np
import pytest

from fea.errors import InputError, RunError
from fea.loading import LoadHistory
from fea.strain import components, envelope, equivalent, peak_equivalent, principal, rms_equivalent, tensors
from fea.strain.history import SAMPLES

POISSON = 0.3
VALUES = ("tension", "compression", "equivalent", "highest", "lowest", "rate", "strain_range")


def history(coefficients, time_s=None):
    coefficients = np.atleast_2d(np.asarray(coefficients, dtype=float))
    return LoadHistory(
        "test", (), coefficients, np.arange(len(coefficients), dtype=float) if time_s is None else time_s
    )


def uniaxial(strain, points=1):
    """Unit strains (1, points, 6) of uniaxial stress along y."""
    return np.tile(components(strain * np.diag([-POISSON, 1.0, -POISSON])), (1, points, 1))


@pytest.fixture
def walk():
    """A smooth history: 7 loads, 90 points, 61 frames in 0.6 s that begin and end without load."""
    random = np.random.default_rng(8)
    unit = random.standard_normal((7, 90, 6)) * 1e-6
    time_s = np.linspace(0.0, 0.6, 61)
    phase = time_s[:, None] / 0.6
    coefficients = 400.0 * np.sin(np.pi * phase) * np.cos(random.uniform(0.0, 3.0, 7) * phase + random.uniform(0, 6, 7))
    return unit, history(coefficients, time_s)


def direct(unit, asked):
    """The same numbers frame by frame with the functions of a single frame."""
    full = tensors(np.einsum("fl,lpk->fpk", asked.coefficients, unit))
    values = principal(full)
    at_high, at_low = values[..., 2].argmax(axis=0), values[..., 0].argmin(axis=0)
    points = np.arange(full.shape[1])
    tension, compression = values[at_high, points, 2], values[at_low, points, 0]
    vectors = np.linalg.eigh(full).eigenvectors
    n = np.where((tension >= -compression)[:, None], vectors[at_high, points, :, 2], vectors[at_low, points, :, 0])
    normal = np.einsum("pi,fpij,pj->fp", n, full, n)
    rate = np.abs(np.diff(normal, axis=0) / np.diff(asked.time_s)[:, None])
    return {
        "tension": tension,
        "compression": compression,
        "equivalent": equivalent(full, POISSON).max(axis=0),
        "highest": normal.max(axis=0),
        "lowest": normal.min(axis=0),
        "rate": rate.max(axis=0),
        "tension_frame": at_high,
        "compression_frame": at_low,
        "equivalent_frame": equivalent(full, POISSON).argmax(axis=0),
        "highest_frame": normal.argmax(axis=0),
        "lowest_frame": normal.argmin(axis=0),
        "rate_frame": rate.argmax(axis=0),
    }


def test_a_single_frame_gives_the_numbers_of_that_frame():
    random = np.random.default_rng(4)
    unit, size = random.standard_normal((5, 300, 6)) * 1e-6, random.standard_normal(5) * 1e3
    found = envelope(unit, history(size), POISSON)
    full = tensors(np.tensordot(size, unit, axes=1))
    values = principal(full)
    assert found.tension == pytest.approx(values[:, 2], rel=1e-12)
    assert found.compression == pytest.approx(values[:, 0], rel=1e-12)
    assert found.equivalent == pytest.approx(equivalent(full, POISSON), rel=1e-12)
    largest = np.where(values[:, 2] >= -values[:, 0], values[:, 2], values[:, 0])
    assert found.highest == pytest.approx(largest, rel=1e-12)
    assert found.strain_range == pytest.approx(0.0, abs=1e-18)
    assert not found.rate.any()


@pytest.mark.parametrize(("precision", "rel"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_extremes_over_frames_are_those_of_all_frames_one_by_one(walk, precision, rel):
    found = envelope(*walk, POISSON, precision=precision)
    for name, value in direct(*walk).items():
        if name.endswith("_frame"):
            # Both ends carry no load; a rising and a falling frame that nearly tie may change places.
            assert (getattr(found, name) == value).mean() > 0.98, name
        else:
            assert getattr(found, name) == pytest.approx(value, rel=rel), name


def test_a_sinusoid_has_twice_its_amplitude_as_range_and_2_pi_f_a_as_rate():
    amplitude, frequency, frames = 1500e-6, 4.0, 401
    time_s = np.linspace(0.0, 0.25, frames)
    wave = np.sin(2.0 * np.pi * frequency * time_s)[:, None]
    found = envelope(uniaxial(amplitude), history(wave, time_s), POISSON)
    assert found.strain_range[0] == pytest.approx(2.0 * amplitude, rel=1e-12)
    assert found.equivalent[0] == pytest.approx(amplitude, rel=1e-12)
    assert np.abs(found.direction[0]) == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)
    # Frames 100 and 300 are the quarter and three quarters of the period.
    assert (found.highest_frame[0], found.lowest_frame[0]) == (100, 300)
    # The chord of the first interval, sin x / x of the slope with x = 2πfΔt, lies x²/6 = 4e-5 below it.
    step = 2.0 * np.pi * frequency * time_s[1]
    assert found.rate[0] == pytest.approx(2.0 * np.pi * frequency * amplitude * (1.0 - step**2 / 6.0), rel=1e-7)
    # The steepest intervals are the first, the last and the two beside the zero in the middle.
    assert found.rate_frame[0] in (0, 199, 200, 399)


def test_lateral_contraction_is_the_tension_of_a_compressed_point():
    found = envelope(uniaxial(-1000e-6), history([[0.0], [1.0], [0.5]]), POISSON)
    assert found.compression[0] == pytest.approx(-1000e-6)
    assert found.tension[0] == pytest.approx(300e-6)
    assert (found.highest[0], found.lowest[0]) == pytest.approx((0.0, -1000e-6))
    assert (found.highest_frame[0], found.lowest_frame[0]) == (0, 1)


def test_a_rotating_strain_keeps_its_principal_values_and_ranges_over_its_size():
    # ε = A n nᵀ with n turning half a circle about z: xx, yy, xy follow cos², sin², sin cos.
    size, frames = 800e-6, 361
    angle = np.linspace(0.0, np.pi, frames)
    unit = size * np.eye(6)[[0, 1, 5]][:, None, :]
    turning = np.column_stack([np.cos(angle) ** 2, np.sin(angle) ** 2, np.sin(angle) * np.cos(angle)])
    found = envelope(unit, history(turning, angle / np.pi), POISSON)
    assert found.tension[0] == pytest.approx(size, rel=1e-9)
    assert found.compression[0] == pytest.approx(0.0, abs=1e-9 * size)
    # Along any fixed n the strain is A cos² of the angle to it: between 0 and A, of slope A ω at most, ω = π/s.
    assert found.strain_range[0] == pytest.approx(size, rel=1e-9)
    assert found.rate[0] == pytest.approx(np.pi * size, rel=1e-4)


def test_the_peak_of_equivalent_strain_alone_is_that_of_the_envelope(walk, monkeypatch):
    unit, asked = walk
    # A load that never acts, and forces and moments of very different size, must not matter.
    unit = np.concatenate([unit * np.array([1.0, 1e3, 1, 1, 1, 1, 1e-3])[:, None, None], unit[:1]])
    coefficients = np.hstack([asked.coefficients / [1.0, 1e3, 1, 1, 1, 1, 1e-3], np.zeros((61, 1))])
    strain = tensors(np.einsum("fl,lpk->fpk", coefficients, unit))
    expected = equivalent(strain, POISSON).max(axis=0)
    np.testing.assert_allclose(peak_equivalent(unit, coefficients, POISSON), expected, rtol=1e-6)
    monkeypatch.setattr("fea.strain.history._SAMPLES_AT_ONCE", 61 * 13)
    np.testing.assert_allclose(peak_equivalent(unit, coefficients, POISSON), expected, rtol=1e-6)


def test_the_mean_square_of_all_frames_is_that_of_each_frame(walk):
    unit, history = walk
    volume = np.random.default_rng(3).uniform(0.5, 2.0, unit.shape[1])
    found = rms_equivalent(unit, volume, history.coefficients, POISSON)
    for k, size in enumerate(history.coefficients):
        each = equivalent(tensors(np.einsum("l,lpk->pk", size, unit)), POISSON)
        assert found[k] == pytest.approx(np.sqrt(np.average(each**2, weights=volume)), rel=1e-9)


def test_a_peak_of_what_is_not_finite_is_refused(walk):
    unit, asked = walk
    unit[3, 5, 2] = np.nan
    with pytest.raises(RunError, match="not finite"):
        peak_equivalent(unit, asked.coefficients, POISSON)


@pytest.mark.parametrize("samples", [1, 7, 1000, 10 * SAMPLES])
def test_the_size_of_blocks_changes_nothing(walk, samples):
    reference = envelope(*walk, POISSON, precision=np.float64)
    found = envelope(*walk, POISSON, precision=np.float64, samples=samples)
    for field in fields(found):
        assert getattr(found, field.name) == pytest.approx(getattr(reference, field.name), rel=1e-9), field.name


@pytest.mark.parametrize("threads", ["2", "7"])
def test_the_number_of_threads_changes_not_a_bit(walk, monkeypatch, threads):
    monkeypatch.setenv("BONEFEA_THREADS", "1")
    reference = envelope(*walk, POISSON, samples=1000)
    monkeypatch.setenv("BONEFEA_THREADS", threads)
    found = envelope(*walk, POISSON, samples=1000)
    for field in fields(found):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(reference, field.name), err_msg=field.name)


def test_more_frames_than_a_block_holds_are_all_seen():
    # One peak in each third of 1000 frames, the largest last.
    wave = np.zeros((1000, 1))
    wave[[150, 500, 903], 0] = 1.0, 2.0, 3.0
    wave[400] = -2.5
    found = envelope(uniaxial(1e-3, points=3), history(wave), POISSON)
    assert found.tension_frame.tolist() == [903] * 3
    assert found.compression_frame.tolist() == [400] * 3
    assert found.strain_range == pytest.approx(5.5e-3)
    # From 0 to 3 and back: the first of the two.
    assert found.rate == pytest.approx(3e-3)
    assert found.rate_frame.tolist() == [902] * 3


def test_the_order_of_frames_matters_to_frame_numbers_and_rates_alone(walk):
    unit, asked = walk
    order = np.random.default_rng(5).permutation(len(asked.coefficients))
    mixed = history(asked.coefficients[order], asked.time_s)
    before, after = envelope(unit, asked, POISSON), envelope(unit, mixed, POISSON)
    for name in VALUES:
        if name != "rate":
            assert getattr(after, name) == pytest.approx(getattr(before, name), rel=1e-9), name
    for name in ("tension_frame", "compression_frame", "equivalent_frame"):
        assert order[getattr(after, name)].tolist() == getattr(before, name).tolist()
    assert (after.rate > before.rate).all()


@pytest.mark.parametrize("factor", [1.0001, 1.5])
def test_more_load_never_lowers_the_envelope(walk, factor):
    unit, asked = walk
    before = envelope(unit, asked, POISSON)
    after = envelope(unit, history(factor * asked.coefficients, asked.time_s), POISSON)
    for name in ("tension", "equivalent", "strain_range", "rate"):
        assert (getattr(after, name) >= getattr(before, name)).all(), name
    assert (after.compression <= before.compression).all()


def test_more_frames_never_lower_the_envelope(walk):
    unit, asked = walk
    before = envelope(unit, history(asked.coefficients[:30]), POISSON)
    after = envelope(unit, asked, POISSON)
    assert (after.tension >= before.tension).all()
    assert (after.compression <= before.compression).all()
    assert (after.equivalent >= before.equivalent).all()


def peak_memory(frames):
    """Most bytes held at once beyond the arguments, of 2000 points and 12 loads."""
    random = np.random.default_rng(1)
    unit, asked = random.standard_normal((12, 2000, 6)) * 1e-6, history(random.standard_normal((frames, 12)))
    tracemalloc.start()
    try:
        envelope(unit, asked, POISSON)
        return tracemalloc.get_traced_memory()[1], asked.coefficients.nbytes
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_frames():
    (few, _), (many, coefficients) = peak_memory(1000), peak_memory(10_000)
    # All frames at once would be 2000 · 10 000 · 6 · 8 B = 960 MB. What grows is the quotient of the
    # coefficients, as large as they are, and the checks of the times.
    assert many < few + 2 * coefficients
    assert many < 20e6


def test_a_bone_without_strain_has_an_envelope_of_zeros():
    found = envelope(np.zeros((2, 4, 6)), history(np.ones((3, 2))), POISSON)
    for name in VALUES:
        assert not getattr(found, name).any()


def test_the_extremes_of_each_principal_strain_are_of_its_own_frame():
    found = envelope(uniaxial(1e-3), history([[0.0], [2.0], [-1.0]], np.array([0.0, 0.1, 0.4])), POISSON)
    # 2000 µε of tension in frame 1; −1000 along y in frame 2 outdo −0.3 · 2000 across in frame 1.
    assert found.extremes[0] == pytest.approx([-1e-3, 2e-3])
    assert (found.compression_frame[0], found.tension_frame[0]) == (2, 1)


@pytest.mark.parametrize("time_s", [[0.0, 0.0], [0.1, 0.0], [0.0, np.nan], [0.0, np.inf]])
def test_times_that_do_not_rise_are_refused(time_s):
    with pytest.raises(InputError, match=r"time of frame 1 of 'test' in s is .*; allowed: finite, and later"):
        envelope(uniaxial(1e-3), history([[0.0], [1.0]], np.array(time_s)), POISSON)


def test_a_history_without_frames_is_refused():
    with pytest.raises(InputError, match="no frame; allowed: at least one"):
        envelope(uniaxial(1e-3), history(np.zeros((0, 1))), POISSON)


@pytest.mark.parametrize("shape", [(2, 5, 6), (1, 5, 3, 3), (1, 0, 6)])
def test_unit_strains_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"shape of the unit strains is .*; allowed: \(1, points, 6\)"):
        envelope(np.zeros(shape), history([1.0]), POISSON)


def test_what_is_not_finite_is_refused():
    with pytest.raises(RunError, match="unit strain of 'test' is not finite"):
        envelope(uniaxial(np.nan), history([1.0]), POISSON)
    with pytest.raises(RunError, match="coefficient of 'test' is not finite"):
        envelope(uniaxial(1.0), history([np.inf]), POISSON)


def test_two_frames_have_one_rate():
    found = envelope(uniaxial(1e-3), history([[1.0], [-2.0]], np.array([0.0, 0.5])), POISSON)
    assert found.rate == pytest.approx(6e-3)
    assert found.rate_frame.tolist() == [0]
