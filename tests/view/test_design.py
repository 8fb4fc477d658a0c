# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What is looked at agrees with what a run of the same case says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.case import Options, read_bone, resolved
from fea.errors import InputError
from fea.evaluate import Result
from fea.folders.fields import fields_of
from fea.show import chosen_limits, surface_of
from fea.strain import equivalent, principal, superposed, tensors, unit_at_vertices, vertex_mean
from fea.view import design as d
from fea.view.design_controls import ControlValues, Offered, case_of, choices, controls_of
from fea.view.fields import FIELDS

FRAME = 40


@pytest.fixture(scope="module")
def result(running) -> Result:
    """The evaluation of the same case."""
    return Result(running.case, running.bone.solved())


@pytest.fixture(scope="module")
def strain_and_stress(running, result):
    """Tensors at the displayed vertices in the frame, µε and MPa, each (n, 3, 3)."""
    bone = result.bone
    both = unit_at_vertices(bone.mesh, bone.elasticity, bone.unit)
    sums = (np.tensordot(result.coefficients[FRAME], unit[:, running.bone.vertices], axes=1) for unit in both)
    strain, stress = map(tensors, sums)
    return strain * 1e6, stress


def offered(case) -> Offered:
    return Offered({case.activity.name: case})


def test_each_field_is_the_invariant_of_the_superposed_tensor(running, strain_and_stress):
    strain, stress = strain_and_stress
    expected = {
        "equivalent_strain": equivalent(strain, 0.3),
        "largest_principal_strain": principal(strain)[:, 2],
        "smallest_principal_strain": principal(strain)[:, 0],
        "strain_along_bone": strain[:, 1, 1],
        "von_mises_stress": equivalent(stress, 0.0),  # without (1 + ν) it is that of von Mises
        "largest_principal_stress": principal(stress)[:, 2],
        "smallest_principal_stress": principal(stress)[:, 0],
        "stress_along_bone": stress[:, 1, 1],
        "strain_energy_density": 0.5 * np.einsum("nij,nij->n", stress, strain) * 1e-3,
    }
    for name, values in expected.items():
        # Principal values of nearly equal pairs lose half the digits (see extremes).
        np.testing.assert_allclose(d.at_frame(running, name, FRAME), values, atol=1e-7 * np.abs(values).max())


def test_a_frame_moves_the_bone_as_the_superposed_displacement(running, result):
    field = superposed(result.bone.unit, result.coefficients[FRAME])
    moved = field.displacement[running.bone.vertices]
    np.testing.assert_allclose(d.displaced(running, FRAME), moved, atol=1e-12)
    np.testing.assert_allclose(d.at_frame(running, "displacement", FRAME), np.linalg.norm(moved, axis=1), atol=1e-12)


def test_energy_of_all_vertices_is_about_that_of_the_cells_of_a_run(running, result):
    # Means at vertices smooth what cells have, so the volumes agree to some percent only.
    cells, _ = fields_of(result)
    of_cells = cells["strain_energy_density_mpa"] * 1e3
    at = vertex_mean(result.mesh, np.repeat(of_cells[:, None], 4, axis=1))[running.bone.vertices]
    seen = d.at_frame(running, "strain_energy_density", result.peak_frame)
    assert np.corrcoef(at[~running.excluded], seen[~running.excluded])[0, 1] > 0.98


def test_no_instant_exceeds_the_worst_over_the_contact(running):
    for name, sign in (("equivalent_strain", 1), ("smallest_principal_strain", -1), ("von_mises_stress", 1)):
        over = sign * d.over_contact(running, name)
        assert all(np.all(sign * d.at_frame(running, name, k) <= over) for k in (0, 30, 60, 100))
    along = d.over_contact(running, "strain_along_bone")
    assert np.all(np.abs(d.at_frame(running, "strain_along_bone", FRAME)) <= np.abs(along))
    assert along.min() < 0.0 < along.max()


def test_strain_is_proportional_to_body_mass_without_a_pack(running):
    heavy = case_of(offered(running.case), replace(controls_of(running.case), body_mass_kg=105.0))
    once, more = (d.at_frame(x, "equivalent_strain", FRAME) for x in (running, d.designed(running.bone, heavy)))
    np.testing.assert_allclose(more, 1.5 * once, rtol=1e-9)


def test_a_pack_more_speed_and_longer_steps_strain_no_less(running):
    asked = controls_of(running.case)
    usual = d.over_contact(running, "equivalent_strain").max()
    slower_steps = 0.85 * asked.step_rate_per_min
    harder = (
        replace(asked, pack_mass_kg=20.0),
        replace(asked, demand=5.0, step_rate_per_min=None),
        replace(asked, step_rate_per_min=slower_steps),
    )
    for controls in harder:
        design = d.designed(running.bone, case_of(offered(running.case), controls))
        assert d.over_contact(design, "equivalent_strain").max() > usual


def test_what_the_controls_do_not_name_stays():
    odd = resolved(
        "tibia",
        "running",
        Options(size_mm=6.0, step_rate_per_min=190.0, footwear="minimal", tissue="osteoporotic", support="foundation"),
    )
    assert case_of(offered(odd), controls_of(odd)) == odd


def test_a_shoe_and_a_way_of_carrying_are_those_of_the_library(running):
    asked = replace(controls_of(running.case), footwear="minimal", carriage="distributed", pack_mass_kg=10.0)
    options = Options(size_mm=6.0, footwear="minimal", carriage="distributed", pack_kg=10.0)
    assert case_of(offered(running.case), asked).activity == resolved("tibia", "running", options).activity


@pytest.mark.parametrize("name", ["activity", "footwear", "carriage"])
def test_what_is_not_offered_is_refused_even_if_it_names_a_file(running, name):
    asked = replace(controls_of(running.case), **{name: "/etc/passwd.toml"})
    with pytest.raises(InputError, match="'/etc/passwd"):
        case_of(offered(running.case), asked)


def test_values_outside_their_range_are_refused(running):
    asked = controls_of(running.case)
    for wrong in (
        replace(asked, body_mass_kg=1e9),
        replace(asked, demand=99.0),
        replace(asked, pack_mass_kg=float("nan")),
        replace(asked, step_rate_per_min=20.0),
    ):
        with pytest.raises(InputError):
            case_of(offered(running.case), wrong)


def test_an_activity_with_given_forces_has_no_options_of_a_stance():
    case = resolved("tibia", "running_peak", Options(size_mm=6.0))
    assert controls_of(case) == ControlValues("running_peak", 70.0)
    assert case_of(offered(case), replace(controls_of(case), body_mass_kg=80.0)).body_mass_kg == 80.0


def test_a_metatarsal_is_offered_no_load_of_the_tibia():
    found = choices(read_bone("metatarsal2"), 2.0)
    assert "running_peak" not in found
    assert "running" in found


def test_a_probe_reads_what_the_field_has_at_its_vertex(running):
    vertex = int(np.where(running.excluded, 0.0, d.at_frame(running, "equivalent_strain", FRAME)).argmax())
    now, over = d.probed(running, vertex, FRAME), d.probed(running, vertex, None)
    for name, what in FIELDS.items():
        if what.source in d.READ:
            assert now[name] == pytest.approx(d.at_frame(running, name, FRAME)[vertex], rel=1e-9)
            assert over[name] == pytest.approx(d.over_contact(running, name)[vertex], rel=1e-9)
    history = d.history_at(running, ["von_mises_stress", "modulus"], vertex)
    assert history["von_mises_stress"][FRAME] == pytest.approx(now["von_mises_stress"], rel=1e-9)
    assert np.ptp(history["modulus"]) == 0.0


def test_limits_of_strain_are_those_of_the_map_of_a_run(running, result):
    cells, _ = fields_of(result)
    for name, own in (("equivalent_strain", "strain_von_mises_max_ue"),):
        at = vertex_mean(result.mesh, np.repeat(cells[own][:, None], 4, axis=1))
        map_limits = chosen_limits(surface_of(result.mesh, at, result.excluded_vertices, own))
        assert d.colour_limits(running, name) == map_limits


def test_limits_end_at_zero_lie_about_zero_or_are_powers(running):
    low, high = d.colour_limits(running, "smallest_principal_strain")
    assert low < 0.0 == high
    low, high = d.colour_limits(running, "stress_along_bone")
    assert low == -high
    damage = np.logspace(-9, -5, len(running.excluded))
    assert d.colour_limits(running, "damage_of_one_contact", damage) == (-9.0, -5.0)
    assert d.colour_limits(running, "days_to_failure", 1e-3 / damage) == (2.0, 6.0)


def test_hotspots_are_those_of_a_run_and_stand_on_the_outer_surface(running, result):
    found = d.contact_summary(running)
    assert found.hotspots == result.hotspots
    assert found.strain == result.summary
    for spot, vertex in zip(found.hotspots, found.vertices, strict=True):
        assert vertex in running.bone.outside
        assert np.linalg.norm(running.bone.points[vertex] - spot.position) < 12.0


def test_a_vertex_is_in_the_hotspot_in_which_a_run_finds_it(running, result):
    found = d.contact_summary(running)
    hot = [v for within in found.within for v in within]
    assert len(hot) > 10
    for vertex in [*hot[::7], *range(0, len(running.bone.points), 97)]:
        expected = result.hotspot_at(running.bone.points[vertex])
        own = [spot for spot, within in zip(found.hotspots, found.within, strict=True) if vertex in within]
        assert own == ([] if expected is None else [expected.hotspot])


def test_forces_and_moments_of_all_frames_are_those_of_each_with_the_fibula(running):
    for frame in (0, FRAME, 80):
        for load in d.applied(running, frame):
            wrench = running.wrenches[load.region][frame]
            np.testing.assert_allclose(wrench, [*load.force_n, *load.moment_nm], rtol=1e-9, atol=1e-9)
    largest = [np.linalg.norm(wrench[:, :3], axis=1).max() for wrench in running.wrenches.values()]
    assert largest == sorted(largest, reverse=True)
    assert running.largest_nm > np.linalg.norm(running.wrenches["plafond"][FRAME, 3:]) * (1.0 - 1e-12)


def test_no_frame_has_a_force_beyond_the_largest(running):
    sizes = [max(load.size_n for load in d.applied(running, k)) for k in range(0, 101, 10)]
    assert 0.9 * running.largest_n < max(sizes) <= running.largest_n * (1.0 + 1e-9)
