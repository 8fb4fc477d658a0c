# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the balance of a frame measures, on two made-up patches: no mesh and no solution."""

from __future__ import annotations

import numpy as np
import pytest

from fea.errors import RunError
from fea.loading import SurfaceLoad
from fea.loading.traction import LoadedArea, Traction
from fea.solve import UnitStrains, balance
from fea.solve.equilibrium import TOLERANCE


def even(force, place):
    """A traction on four mm² around a place that adds up to a force and has no moment about the place."""
    around = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]) + np.asarray(place, dtype=float)
    patch = LoadedArea("spot", np.asarray(place, dtype=float), np.array([0]), around[None], np.array([4.0 / 3.0]))
    return SurfaceLoad((Traction(patch, np.asarray(force) / 4.0, np.zeros(3), np.asarray(place, dtype=float)),))


def couple(moment, place):
    """A traction of no force: t = b × r on the line of the patch, along x, has the moment J b with J_zz = 8/3 mm⁴."""
    (spot,) = even(np.zeros(3), place).parts
    return SurfaceLoad((Traction(spot.loaded_area, np.zeros(3), np.array([0.0, 0.0, moment / (8.0 / 3.0)]), spot.c),))


def supported(reaction, pins=None):
    """Unit strains of which only the reactions matter."""
    reaction = np.asarray(reaction, dtype=float)
    count = len(reaction)
    pins = np.zeros((count, 0)) if pins is None else np.asarray(pins, dtype=float)
    return UnitStrains(
        np.zeros((count, 0, 4, 6)), np.zeros((count, 0, 3)), reaction, 0, {}, pins, "mumps", np.zeros(count)
    )


def answered(tractions, off=0.0):
    """Reactions that balance each traction but for ``off`` (loads, 6)."""
    return supported([-np.concatenate(t.resultants()) for t in tractions] + np.asarray(off))


PUSH, PULL = even([0.0, 8.0, 0.0], [3.0, 0.0, 4.0]), even([0.0, 0.0, -2.0], [0.0, 10.0, 0.0])


def test_reactions_that_answer_each_load_leave_nothing():
    found = balance(answered([PUSH, PULL]), [PUSH, PULL], np.array([5.0, -3.0]))
    assert (found.force_residual, found.moment_residual, found.pin_residual) == pytest.approx(
        (0.0, 0.0, 0.0), abs=1e-15
    )


@pytest.mark.parametrize("component", range(6))
def test_what_is_left_is_measured_by_the_loads(component):
    # Sizes by component: force 5·8 = 40 N along y and 3·2 = 6 N along z, so 40 N. Moments about the origin, r × F:
    # 40 N of the first at x = 3, z = 4 make 160 about x and 120 about z, 6 N of the second at y = 10 make 60 about x:
    # sizes add up to 220 N·mm about x. The farthest point, (0 ± 1, 10, 0), is √101 mm away, 40 N · √101 mm = 402 N·mm.
    off = np.zeros((2, 6))
    off[0, component] = 1e-9
    found = balance(answered([PUSH, PULL], off), [PUSH, PULL], np.array([5.0, -3.0]))
    force, moment = (5e-9 / 40.0, 0.0) if component < 3 else (0.0, 5e-9 / (40.0 * np.sqrt(101.0)))
    assert found.force_residual == pytest.approx(force, rel=1e-4, abs=1e-15)
    assert found.moment_residual == pytest.approx(moment, rel=1e-4, abs=1e-15)


def test_sizes_of_loads_that_cancel_add_up():
    # A push and its opposite: the residual is measured by both, not by what is left of them.
    away = even([0.0, -8.0, 0.0], [3.0, 0.0, 4.0])
    off = np.zeros((2, 6))
    off[1, 1] = 1e-9
    found = balance(answered([PUSH, away], off), [PUSH, away], np.ones(2))
    assert found.force_residual == pytest.approx(1e-9 / 16.0, rel=1e-4)


def test_a_force_through_the_origin_measures_moments_by_its_reach():
    # 8 N through the origin; the farthest loaded point is 1 mm away.
    through = even([0.0, 8.0, 0.0], [0.0, 0.0, 0.0])
    off = np.zeros((1, 6))
    off[0, 4] = 1e-9
    found = balance(answered([through], off), [through], np.ones(1))
    assert found.moment_residual == pytest.approx(1e-9 / 8.0, rel=1e-4)


def test_a_moment_alone_measures_forces_by_the_moment_over_its_reach():
    # 60 N·mm on points at most 5 mm from the origin: 12 N.
    turn = couple(60.0, [4.0, 0.0, 0.0])
    off = np.zeros((1, 6))
    off[0, 2] = 1e-9
    found = balance(answered([turn], off), [turn], np.ones(1))
    assert found.force_residual == pytest.approx(1e-9 / 12.0, rel=1e-4)


def test_a_load_that_does_not_act_measures_nothing():
    # The second load would reach 1000 mm.
    far = even([0.0, 8.0, 0.0], [1000.0, 0.0, 0.0])
    off = np.zeros((2, 6))
    off[0, 3] = 1e-9
    alone = balance(answered([PUSH], off[:1]), [PUSH], np.ones(1))
    both = balance(answered([PUSH, far], off), [PUSH, far], np.array([1.0, 0.0]))
    assert alone.moment_residual > 0.0
    assert both.moment_residual == alone.moment_residual


def test_without_loads_what_is_left_is_measured_as_it_is():
    found = balance(supported([[0.0, 1e-9, 0.0, 0.0, 0.0, 2e-9]]), [even(np.zeros(3), [0.0, 1.0, 0.0])], np.ones(1))
    assert (found.force_residual, found.moment_residual) == pytest.approx((1e-9, 2e-9), rel=1e-9)
    still = balance(supported([[1.0] * 6]), [PUSH], np.zeros(1))
    assert (still.force_residual, still.moment_residual, still.pin_residual) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("axis", range(3))
def test_each_component_of_force_and_moment_counts_in_the_size(axis):
    # A load along one axis alone, 7 N a millimetre beside the origin: forces are measured by 7 N, moments by 7 N
    # times the reach, that is 7 N · √(1 + 25) or 7 N · 6 mm for the line of the patch along x.
    place = 5.0 * np.eye(3)[(axis + 1) % 3]
    load = even(7.0 * np.eye(3)[axis], place)
    reach = np.linalg.norm(load.parts[0].loaded_area.points[0], axis=1).max()
    off = np.concatenate([1e-9 * np.eye(3)[axis], 1e-9 * np.eye(3)[axis]])[None]
    found = balance(answered([load], off), [load], np.ones(1))
    assert found.force_residual == pytest.approx(1e-9 / 7.0, rel=1e-3)
    assert found.moment_residual == pytest.approx(1e-9 / (7.0 * reach), rel=1e-3)


@pytest.mark.parametrize("axis", range(3))
def test_a_couple_counts_in_full_about_any_axis(axis):
    # 60 N·mm about one axis on a line of points across it, within 1 mm of a place 4 mm away along the axis.
    along, across = np.eye(3)[axis], np.eye(3)[(axis + 1) % 3]
    points = 4.0 * along + np.outer([1.0, -1.0, 0.0], across)
    patch = LoadedArea("spot", 4.0 * along, np.array([0]), points[None], np.array([4.0 / 3.0]))
    turn = SurfaceLoad((Traction(patch, np.zeros(3), 60.0 / (8.0 / 3.0) * along, 4.0 * along),))
    np.testing.assert_allclose(turn.resultants()[1], 60.0 * along, atol=1e-12)
    found = balance(answered([turn], np.repeat([[0.0, 1e-9]], 3, axis=1)), [turn], np.ones(1))
    assert found.moment_residual == pytest.approx(1e-9 / 60.0, rel=1e-3)


@pytest.mark.parametrize(("component", "size"), [(1, 8.0), (5, 40.0)])
def test_more_than_a_hundred_millionth_of_the_load_is_an_error(component, size):
    # 8 N at 5 mm from the origin, and the patch reaches √(16 + 16) = 5.66 mm.
    off = np.zeros((1, 6))
    off[0, component] = 1e-8 * size * 1.5
    with pytest.raises(RunError, match=r"reactions and loads differ by .* allowed: 1e-08"):
        balance(answered([PUSH], off), [PUSH], np.ones(1))
    off[0, component] = 1e-8 * size * 0.9
    found = balance(answered([PUSH], off), [PUSH], np.ones(1))
    assert 0.0 < max(found.force_residual, found.moment_residual) <= TOLERANCE


@pytest.mark.parametrize("component", [0, 5])
def test_a_reaction_that_is_no_number_is_an_error(component):
    off = np.zeros((1, 6))
    off[0, component] = np.nan
    with pytest.raises(RunError, match="reactions and loads differ"):
        balance(answered([PUSH], off), [PUSH], np.ones(1))


def test_pins_are_measured_by_the_force():
    # Of two loads, 5 and −3 times: 5 · 2e-9 − 3 · 4e-9 on the first pin, 5 · (−1e-9) on the second; forces of 40 N.
    unit = answered([PUSH, PULL])
    unit = supported(unit.reaction, [[2e-9, -1e-9], [4e-9, 0.0]])
    found = balance(unit, [PUSH, PULL], np.array([5.0, -3.0]))
    assert found.pin_residual == pytest.approx(5e-9 / 40.0, rel=1e-6)


@pytest.mark.parametrize("force", [1e-6, np.nan])
def test_pins_that_carry_are_an_error(force):
    unit = supported(answered([PUSH]).reaction, [[force]])
    with pytest.raises(RunError, match=r"pins of the free bone carry .* allowed: 1e-08"):
        balance(unit, [PUSH], np.ones(1))
