# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""States of the tissue: as shipped, between T-scores, aged, and what is refused."""

from __future__ import annotations

import itertools

import pytest

from fea.case import Options, TissueOptions, healthy, names, read_case, read_tissue, resolved
from fea.case.tables import checked
from fea.case.tissue import TissueState
from fea.errors import InputError


def test_shipped_states_are_known_and_say_that_they_are_suggestions():
    assert names("tissue") == ["healthy", "osteopenic", "osteoporotic"]
    for name in names("tissue"):
        state = read_tissue(name)
        assert state.name == name
        assert {"porosity", "modulus_exponent", "fatigue_strength_factor"} <= set(state.sources)


def test_healthy_tissue_is_the_bone_as_its_file_describes_it():
    state = healthy()
    assert state == read_tissue()
    assert state.density_factor == 1.0
    assert not state.is_thinned
    assert state.cancellous_factor == state.fatigue_strength_factor == 1.0


def test_suggested_osteoporotic_modulus_is_the_cube_of_the_density_factor():
    # (0.87 / 0.94)^3 = 0.925532^3 = 0.79282.
    state = read_tissue("osteoporotic")
    assert state.density_factor**state.modulus_exponent == pytest.approx(0.79282, rel=1e-4)
    # And strength goes with the square: 0.85661.
    assert state.fatigue_strength_factor == pytest.approx(0.85661, rel=1e-3)


def test_t_scores_of_the_shipped_states_give_these_states_and_those_between_lie_between():
    for name in names("tissue"):
        state = read_tissue(name)
        same = read_tissue(TissueOptions(t_score=state.t_score))
        assert same.thickness_factor == pytest.approx(state.thickness_factor)
        assert (same.porosity, same.cancellous_factor) == pytest.approx((state.porosity, state.cancellous_factor))
    # The wall at −2.5 is 0.90 − 0.15 · 1.0 / 1.5 = 0.80, at −4 it goes on to 0.65.
    assert read_tissue(TissueOptions(t_score=-2.5)).thickness_factor[6] == pytest.approx(0.80)
    assert read_tissue(TissueOptions(t_score=-4.0)).thickness_factor[6] == pytest.approx(0.65)


def test_lower_t_score_is_never_more_bone():
    states = [read_tissue(TissueOptions(t_score=-0.25 * k)) for k in range(17)]
    for better, worse in itertools.pairwise(states):
        assert worse.porosity > better.porosity
        assert worse.cancellous_factor < better.cancellous_factor
        assert worse.thickness_factor[0] < better.thickness_factor[0]
        assert worse.fatigue_strength_factor < better.fatigue_strength_factor


def test_women_of_85_have_lost_an_eighth_of_the_wall_and_pores_have_grown_as_published():
    # −12.4 %; 0.06 + 3.815 · 0.02 = 0.1363.
    old = read_tissue(TissueOptions(age=85.0, sex="female"))
    assert list(old.thickness_factor) == pytest.approx([0.876] * 8)
    assert old.porosity == pytest.approx(0.1363)
    assert old.cancellous_factor == 1.0
    young = read_tissue(TissueOptions(age=20.0, sex="female"))
    assert (young.porosity, young.thickness_factor[6]) == (0.06, 1.0)


def test_one_number_for_the_wall_holds_in_every_sector_and_sectors_may_differ():
    table = read_tissue("osteoporotic").model_dump(by_alias=True)
    assert read_tissue("osteoporotic").thickness_factor == (0.75,) * 8
    sectors = [0.75] * 4 + [0.6] + [0.75] * 3
    assert checked(TissueState, {**table, "thickness_factor": sectors}, "t").thickness_factor[4] == 0.6


def test_a_resolved_case_keeps_the_whole_state(tmp_path):
    import tomli_w

    asked = Options(tissue="osteoporotic", law="snyder-schneider-1991", symmetry="orthotropic")
    case = resolved("tibia", "running_peak", asked)
    file = tmp_path / "case.toml"
    file.write_text(tomli_w.dumps(case.model_dump(mode="json", by_alias=True, exclude_none=True)))
    assert read_case(file) == case
    assert case.tissue.ratios is not None


def test_a_case_written_before_there_were_states_is_healthy():
    case = resolved("tibia", "running_peak")
    table = case.model_dump(mode="json", by_alias=True, exclude_none=True)
    del table["tissue"]
    assert checked(type(case), table, "case").tissue == healthy()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (TissueOptions("osteoporosis"), r"no tissue 'osteoporosis'; nearest: osteoporotic"),
        (TissueOptions(t_score=0.5), r"T-score is 0.5; allowed: -4 to 0"),
        (TissueOptions(t_score=-4.1), r"T-score is -4.1; allowed: -4 to 0"),
        (TissueOptions(t_score=float("nan")), r"T-score is nan; allowed: -4 to 0"),
        (TissueOptions("osteopenic", t_score=-1.0), r"T-score is -1 and the state is 'osteopenic'; give one"),
        (TissueOptions(age=60.0), r"needs both age and sex"),
        (TissueOptions(sex="female"), r"needs both age and sex"),
        (TissueOptions(age=60.0, sex="male"), r"no law of age is published for the sex 'male'; known: female"),
        (TissueOptions(age=19.0, sex="female"), r"age in years is 19.0; allowed: 20 to 85 years"),
        (TissueOptions("osteoporotic", age=60.0, sex="female"), r"it ages the healthy state only"),
    ],
)
def test_tissue_that_cannot_be_is_refused_in_one_sentence(options, message):
    with pytest.raises(InputError, match=message):
        read_tissue(options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"porosity": 0.7}, r"porosity is 0.7; allowed: 0 to 0.6"),
        ({"cancellous_factor": 0.0}, r"cancellous_factor is 0.0; allowed: above 0 to 2"),
        ({"thickness_factor": 1.2}, r"thickness_factor is 1.2; allowed: 0.2 to 1"),
        ({"thickness_factor": [0.8, 0.8]}, r"thickness_factor.* missing"),
        ({"t_score": -5.0}, r"t_score is -5.0; allowed: -4 to 0"),
        ({"symmetry": "orthotropic"}, r"ratios go with transverse and orthotropic tissue only"),
        ({"colour": "white"}, r"there is no key 'colour'; known: schema, .*modulus_mpa\."),
    ],
)
def test_a_file_with_a_mistake_is_refused_in_one_sentence(changes, message):
    table = {**read_tissue("osteopenic").model_dump(by_alias=True), **changes}
    with pytest.raises(InputError, match=message):
        checked(TissueState, table, "tissue 'mine'")


def test_constants_that_set_energy_free_are_refused():
    table = read_tissue(TissueOptions(symmetry="orthotropic")).model_dump(by_alias=True)
    # Under equal E, ν12 = 1.2 breaks |ν12| < √(E1/E2).
    table["ratios"] = {**table["ratios"], "nu12": 1.2}
    with pytest.raises(InputError, match=r"not positive definite .* some strain would set energy free"):
        checked(TissueState, table, "tissue 'mine'")


def test_transverse_tissue_is_alike_in_all_directions_across():
    table = read_tissue(TissueOptions(symmetry="transverse")).model_dump(by_alias=True)
    table["ratios"] = {**table["ratios"], "e1": 0.5}
    with pytest.raises(InputError, match=r"transverse tissue need e1 = e2"):
        checked(TissueState, table, "tissue 'mine'")


def test_a_file_of_ones_own_needs_only_what_differs_from_healthy_tissue(tmp_path):
    file = tmp_path / "plastic.toml"
    file.write_text('schema = 1\nkind = "tissue"\ntitle = "Plastic"\nmodulus_mpa = 17000\n', encoding="utf-8")
    own, usual = read_tissue(str(file)), healthy()
    assert (own.name, own.title, own.sources) == ("plastic", "Plastic", {})
    assert (own.modulus_mpa.cortical, own.modulus_mpa.cancellous) == (17000.0, None)
    left_out = set(type(own).model_fields) - {"name", "title", "sources", "modulus_mpa"}
    assert all(getattr(own, key) == getattr(usual, key) for key in left_out)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("modulus_mp = 17000", "there is no key 'modulus_mp'; nearest: modulus_mpa"),
        ("modulus_mpa = -3", r"modulus_mpa.cortical is -3; allowed: 1 to 1e\+06 MPa"),
        ("modulus_mpa = {marrow = 2.0}", "there is no key 'modulus_mpa.marrow'; known: cortical, cancellous"),
    ],
)
def test_a_plain_modulus_with_a_mistake_is_refused(tmp_path, line, says):
    file = tmp_path / "plastic.toml"
    file.write_text(f'schema = 1\nkind = "tissue"\ntitle = "Plastic"\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_tissue(str(file))


def test_unknown_and_missing_keys_of_a_table_are_said_together(tmp_path):
    file = tmp_path / "plastic.toml"
    file.write_text('schema = 1\nkind = "tissue"\ntitel = "Plastic"\n', encoding="utf-8")
    with pytest.raises(
        InputError, match=r"there is no key 'titel'; nearest: title; known: .*the key 'title' is missing"
    ):
        read_tissue(str(file))
