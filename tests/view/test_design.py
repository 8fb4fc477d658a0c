# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What is looked at agrees with what a run of the same case says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fea.case import Options, read_fatigue, resolved
from fea.errors import InputError
from fea.evaluate import Result
from fea.strain import equivalent, principal, superposed, tensors
from fea.view import design as d
from fea.view.design_controls import case_of, choices, controls_of


def test_a_frame_is_the_superposed_strain_at_the_vertices(running):
    bone, frame = running.bone, 40
    result = Result(running.case, bone.solved())
    strain, _ = result.bone.at_vertices
    tensor = tensors(np.tensordot(result.coefficients[frame], strain[:, bone.vertices], axes=1)) * 1e6
    seen = d.at_frame(running, frame)
    size = np.abs(principal(tensor)).max()
    # Single precision: principal strains to 4e-4 of the largest where two of them agree (see extremes).
    np.testing.assert_allclose(seen.tension, principal(tensor)[:, 2], atol=1e-3 * size)
    np.testing.assert_allclose(seen.compression, principal(tensor)[:, 0], atol=1e-3 * size)
    np.testing.assert_allclose(seen.equivalent, equivalent(tensor, 0.3), atol=1e-3 * size)


def test_a_frame_moves_the_bone_as_the_superposed_displacement(running):
    result = Result(running.case, running.bone.solved())
    field = superposed(result.bone.unit, result.coefficients[40])
    moved = d.at_frame(running, 40).displacement
    np.testing.assert_allclose(moved, field.displacement[running.bone.vertices], atol=1e-5 * np.abs(moved).max())


def test_no_instant_exceeds_the_largest_over_the_contact(running):
    over = d.over_stance(running)
    for frame in (0, 30, 60, 100):
        now = d.at_frame(running, frame)
        assert np.all(now.tension <= over.tension)
        assert np.all(now.compression >= over.compression)
        assert np.all(now.equivalent <= over.equivalent)


def test_strain_is_proportional_to_body_mass_without_a_pack(running):
    known = {"running": running.case}
    heavy = d.designed(running.bone, case_of(known, replace(controls_of(running.case), body_mass_kg=105.0)))
    once, more = (d.at_frame(x, 40).equivalent for x in (running, heavy))
    np.testing.assert_allclose(more, 1.5 * once, rtol=1e-3)


def test_a_pack_and_more_speed_strain_no_less(running):
    known, asked = {"running": running.case}, controls_of(running.case)
    usual = d.over_stance(running).equivalent.max()
    for harder in (replace(asked, pack_mass_kg=20.0), replace(asked, demand=5.0)):
        assert d.over_stance(d.designed(running.bone, case_of(known, harder))).equivalent.max() > usual


def test_what_the_controls_do_not_name_stays(running):
    odd = resolved(
        "tibia",
        "running",
        Options(size_mm=6.0, step_rate_per_min=190.0, footwear="minimal", tissue="osteoporotic", support="foundation"),
    )
    again = case_of({"running": odd}, controls_of(odd))
    assert again == odd


def test_an_activity_outside_the_list_is_refused_even_if_it_names_a_file(running):
    asked = replace(controls_of(running.case), activity="/etc/passwd.toml")
    with pytest.raises(InputError, match="no activity '/etc/passwd"):
        case_of({"running": running.case}, asked)


def test_values_outside_their_range_are_refused(running):
    known, asked = {"running": running.case}, controls_of(running.case)
    for wrong in (
        replace(asked, body_mass_kg=1e9),
        replace(asked, demand=99.0),
        replace(asked, pack_mass_kg=float("nan")),
    ):
        with pytest.raises(InputError):
            case_of(known, wrong)


def test_a_metatarsal_is_offered_no_load_of_the_tibia():
    from fea.case import read_bone

    assert "running_peak" not in choices(read_bone("metatarsal2"), 2.0)
    assert "running" in choices(read_bone("metatarsal2"), 2.0)


def test_a_probe_on_a_vertex_reads_that_vertex(running):
    frame = d.at_frame(running, 40)
    vertex = int(np.where(running.excluded, 0.0, frame.equivalent).argmax())
    for magnified in (0.0, 20.0):
        drawn = running.bone.points[vertex] + magnified * frame.displacement[vertex]
        reading = d.probed(running, frame, drawn, magnified)
        assert reading.vertex == vertex
        assert reading.equivalent_ue == frame.equivalent[vertex]
    assert reading.site == running.bone.anatomy.site(running.bone.points[[vertex]])[0]


def test_zones_of_entry_have_no_strain_and_no_damage(running):
    frame = d.at_frame(running, 40)
    assert np.isnan(d.values(running, frame, "equivalent strain")[running.excluded]).all()
    damage = d.contact_summary(running, read_fatigue()).damage
    assert damage is not None
    assert np.isnan(damage[running.excluded]).all()


def test_days_to_failure_are_the_inverse_of_damage_a_day(running):
    frame, damage = d.at_frame(running, 0), np.full(len(running.excluded), 1e-6)
    # 1e-6 of a life at each of 1000 contacts a day: 1000 days, the third power of ten.
    np.testing.assert_allclose(d.values(running, frame, "days to failure", damage, 1000.0), 3.0)


def test_colours_do_not_change_through_the_contact(running):
    scales = {
        d.colour_bar([running], "equivalent strain", [d.values(running, d.at_frame(running, k), "equivalent strain")])
        for k in (0, 40, 80)
    }
    assert len(scales) == 1


def test_colours_of_compression_end_at_zero_and_those_of_damage_are_powers(running):
    frame = d.at_frame(running, 40)
    low, high = d.colour_bar([running], "smallest principal strain", []).limits
    assert low < 0.0 == high
    damage = d.values(running, frame, "damage of one contact", np.logspace(-9, -5, len(running.excluded)))
    assert d.colour_bar([running], "damage of one contact", [damage]).ends == ("1e-9", "1e-5")
