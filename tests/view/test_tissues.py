# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone in every state of its tissue, against bones that were solved for that state."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import fea.view.tissues
from fea.bone import mesh_bone
from fea.case import Options, TissueOptions, read_tissue, resolved
from fea.errors import GeometryError, InputError
from fea.evaluate import solved_bone
from fea.tissue import thinned_wall
from fea.view.bone import viewed
from fea.view.design import at_frame, contact_summary, designed, displaced
from fea.view.design_controls import T_SCORES, with_t_score
from fea.view.risk import risk_field
from fea.view.tissues import FEW, FULL, Tissues, entry_of, tissues

SIZE_MM = 2.0
CASE = resolved("metatarsal2", "running", Options(size_mm=SIZE_MM))
STATES = [with_t_score(CASE.tissue, t) for t in T_SCORES]
MIDDLE = 40


def both(prepared: Tissues, t_score: float):
    """Return the design as combined and as solved."""
    state = with_t_score(CASE.tissue, t_score)
    case = CASE.model_copy(update={"tissue": state})
    return designed(prepared.thinned(prepared.at(state)), case), designed(viewed(solved_bone(case)), case)


@pytest.mark.parametrize("t_score", [-0.7, -1.5, -2.6, -3.0])
def test_a_combined_bone_is_the_solved_one_within_a_thousandth(prepared, t_score):
    combined, solved = both(prepared, t_score)
    near, exact = (at_frame(design, "equivalent_strain", MIDDLE)[~solved.excluded] for design in (combined, solved))
    assert np.sqrt(np.mean((near - exact) ** 2) / np.mean(exact**2)) < 1e-3
    assert np.abs(near - exact).max() < 5e-3 * exact.max()
    moved, there = (displaced(design, MIDDLE) for design in (combined, solved))
    assert np.abs(moved - there).max() < 1e-3 * np.abs(there).max()
    a, b = contact_summary(combined), contact_summary(solved)
    assert a.strain.p95_ue == pytest.approx(b.strain.p95_ue, rel=1e-3)
    assert [(h.site, h.mode) for h in a.hotspots[:1]] == [(h.site, h.mode) for h in b.hotspots[:1]]


def test_fewer_walls_and_ratios_are_within_half_a_percent_and_kept_apart(prepared):
    question = (CASE.bone, SIZE_MM, CASE.support, STATES)
    few = tissues(*question, counts=FEW)
    assert (len(few.walls), len(few.reduced[0].ratios)) == FEW
    assert (len(prepared.walls), len(prepared.reduced[0].ratios)) == FULL
    assert entry_of(*question, counts=FEW) != entry_of(*question)
    for t_score in (-0.7, -1.5):
        combined, solved = both(few, t_score)
        near, exact = (at_frame(design, "equivalent_strain", MIDDLE)[~solved.excluded] for design in (combined, solved))
        assert np.sqrt(np.mean((near - exact) ** 2) / np.mean(exact**2)) < 5e-3


def test_geometry_and_constants_are_those_of_the_solved_bone(prepared):
    combined, solved = (design.bone for design in both(prepared, -2.6))
    np.testing.assert_allclose(combined.points, solved.points, atol=1e-9)
    np.testing.assert_allclose(combined.modulus, solved.modulus, rtol=1e-9)
    np.testing.assert_allclose(combined.density, solved.density, rtol=1e-9)
    np.testing.assert_array_equal(combined.facets, solved.facets)


def test_strain_and_reactions_of_a_load_are_those_of_the_solved_bone(prepared):
    combined, solved = (design.bone for design in both(prepared, 0.0))
    near, exact = (viewed_bone.solved().unit for viewed_bone in (combined, solved))
    # Displacements are kept with seven digits. Bending of strain ε moves the tip by some hundred ε mm, of which strain
    # is the difference over 2 mm, or, across the flattest elements, a good deal less.
    for load in (5, 2):
        strain, off = exact.strain[load], near.strain[load] - exact.strain[load]
        assert np.sqrt(np.mean(off**2)) < 5e-4 * np.sqrt(np.mean(strain**2))
        assert np.abs(off).max() < 2e-3 * np.abs(strain).max()
        moved, pushed = exact.displacement[load], exact.reaction[load]
        np.testing.assert_allclose(near.displacement[load], moved, rtol=1e-5, atol=1e-6 * np.abs(moved).max())
        np.testing.assert_allclose(near.reaction[load], pushed, rtol=1e-6, atol=1e-6 * np.abs(pushed).max())


def test_the_bound_is_small_where_bones_are_combined_and_nothing_at_a_solved_one(prepared):
    frames = designed(prepared.thinned(prepared.at(STATES[0])), CASE).coefficients
    assert prepared.error(prepared.at(STATES[0]), frames) < 1e-6
    assert 1e-6 < prepared.error(prepared.at(STATES[3]), frames) < 1e-3


def test_damage_is_that_of_the_solved_bone(prepared):
    combined, solved = (risk_field(d, "damage_of_one_contact", 1.0, 1) for d in both(prepared, -1.5))
    np.testing.assert_array_equal(np.isnan(combined), np.isnan(solved))
    worst = solved > np.nanpercentile(solved, 90)
    # Strain within a thousandth, damage as its seventh power.
    np.testing.assert_allclose(combined[worst], solved[worst], rtol=0.03)


def test_what_was_prepared_is_read_again(prepared, monkeypatch):
    monkeypatch.setattr(fea.view.tissues, "_solved", lambda *_: pytest.fail("solved again"))
    again = tissues(CASE.bone, SIZE_MM, CASE.support, STATES)
    for name in ("planes", "displacement", "nodes", "walls", "thinnest"):
        np.testing.assert_array_equal(getattr(again, name), getattr(prepared, name))
    assert again.thinned(again.at(STATES[0])).solved().support == CASE.support
    np.testing.assert_array_equal(again.at(STATES[4]).weights, prepared.at(STATES[4]).weights)
    assert again.mesh.regions.keys() == prepared.mesh.regions.keys()


def test_other_laws_are_another_entry():
    other = [state.model_copy(update={"cortical_law": "keller-1994"}) for state in STATES]
    kept = [entry_of(CASE.bone, SIZE_MM, CASE.support, states)[1] for states in (STATES, other, STATES[:5])]
    assert len(set(kept)) == 3


def test_another_support_is_another_entry_and_that_of_the_solved_bone(prepared, monkeypatch):
    assert CASE.support == CASE.bone.support.kind == "fixed"
    on_foundation = (CASE.bone, SIZE_MM, "foundation", STATES)
    assert entry_of(*on_foundation)[1] != entry_of(CASE.bone, SIZE_MM, "fixed", STATES)[1]
    packed = fea.view.tissues._packed(prepared)
    monkeypatch.setattr(fea.view.tissues, "read_entry", lambda file, key, unpacked: unpacked(*packed))
    found = tissues(*on_foundation)
    assert found.thinned(found.at(STATES[0])).solved().support == "foundation"


def test_walls_too_thin_for_the_elements_are_left_out():
    coarse = mesh_bone(CASE.bone, 3.2)
    borne = fea.view.tissues._borne(CASE.bone, coarse, STATES)
    assert 1 < len(borne) < len(STATES)
    thinned_wall(CASE.bone, coarse, borne[-1])
    with pytest.raises(GeometryError, match="flattest element"):
        thinned_wall(CASE.bone, coarse, STATES[len(borne)])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cortical_law": "keller-1994"}, "cortical_law of tissue .* differs"),
        ({"modulus_exponent": 2.0}, "modulus_exponent of tissue .* differs"),
        ({"thickness_factor": (0.9, *(0.8,) * 7)}, "thins the wall unevenly"),
        ({"thickness_factor": (0.5,) * 8}, "share of the wall that is left is 0.5; allowed: 0.65 to 1"),
    ],
)
def test_states_that_cannot_be_combined_are_refused(prepared, changes, message):
    with pytest.raises(InputError, match=message):
        prepared.at(STATES[2].model_copy(update=changes))


def test_a_law_that_is_clamped_multiplies_unevenly_and_is_refused(tibia, tibia_mesh):
    whole = read_tissue(TissueOptions(outside_law="clamp", cancellous_law="morgan-2003-femoral-neck"))
    dense = whole.model_copy(update={"cancellous_factor": 1.9})
    # Beyond 0.7 g/cm³ the law ends, so the densest cells get less than the others.
    with pytest.raises(InputError, match=r"changes the cancellous modulus by .* to .* times; allowed: by one factor"):
        fea.view.tissues._factors(tibia, fea.view.tissues._sampled(tibia_mesh), whole, dense)


def test_strains_of_combined_bones_are_kept_for_the_last_two_designs_only(prepared):
    t_scores = (-0.4, -1.1, -1.9, -2.7)
    designs = [both(prepared, t_score)[0] for t_score in t_scores]
    made = [weakref.ref(design.bone.solved()) for design in designs]
    assert [one() for one in made] == [None] * 4, "nobody holds them"
    summaries = []
    for k, design in enumerate(designs):
        summaries.append(contact_summary(design))
        made[k] = weakref.ref(design.bone.solved())
        assert design.result.bone is made[k](), "one of a kind as long as it is held"
    gc.collect()
    assert [one() is None for one in made] == [True, True, False, False]
    assert [contact_summary(design) for design in designs] == summaries, "hotspots need no strains again"


def test_a_combined_free_bone_lies_where_the_solved_one_does():
    """A free bone may lie anywhere; its rigid part is taken away, combined or not."""
    free = CASE.model_copy(update={"support": "free"})
    case = free.model_copy(update={"tissue": with_t_score(CASE.tissue, -0.7)})
    prepared = tissues(free.bone, free.size_mm, "free", STATES)
    combined = designed(prepared.thinned(prepared.at(case.tissue)), case)
    solved = designed(viewed(solved_bone(case)), case)
    moved, there = (displaced(design, MIDDLE) for design in (combined, solved))
    assert np.abs(moved - there).max() < 1e-2 * np.abs(there).max()
