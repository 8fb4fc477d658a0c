# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a comparison says first: more or less, under a plan, where it comes from, how sure; and what it refuses."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from fea.case import Options, composed, read_activity, read_bone, read_plan, resolved
from fea.comparison import Observation, Side, compared, strain_map_of
from fea.errors import InputError
from fea.evaluate import Result, solved_bone

SIZE = 6.0


@pytest.fixture(scope="module")
def observed():
    """A function that evaluates a case as an observation."""

    def make(case, **setting):
        result = Result(case, solved_bone(case))
        metrics = {("p95", ""): ("µε", result.summary.p95_ue)}
        return Observation(
            "", setting, metrics, result.places, case, partial(strain_map_of, result), partial(solved_bone, case)
        )

    return make


@pytest.fixture(scope="module")
def running(observed):
    """A function that evaluates running on the coarse tibia with options."""
    return lambda **options: observed(resolved("tibia", "running", Options(size_mm=SIZE, **options)))


@pytest.fixture(scope="module")
def shoe(tmp_path_factory):
    """A function that writes the file of a shoe and returns its path."""
    folder = tmp_path_factory.mktemp("shoes")

    def write(name, *lines):
        file = folder / f"{name}.toml"
        file.write_text("\n".join(["schema = 1", 'kind = "shoe"', f'title = "{name}"', *lines]), encoding="utf-8")
        return str(file)

    return write


def side(label, *observations):
    return Side(label, (), observations)


def sides(a, b):
    return side("a", a), side("b", b)


@pytest.fixture(scope="module")
def scaled(observed):
    """The instant of running with all forces, and with 1.1 times all forces."""
    instant, bone = read_activity("running_peak"), read_bone("tibia")

    def times(factor):
        grown = {
            name: force.model_copy(
                update={key: tuple(factor * x for x in getattr(force, key)) for key in ("vector_bw", "moment_bw_mm")}
            )
            for name, force in instant.forces.items()
        }
        return observed(
            composed(bone, instant.model_copy(update={"forces": grown}), options=Options(size_mm=SIZE, support="fixed"))
        )

    return times(1.0), times(1.1)


def test_a_design_against_itself_makes_no_difference(running):
    one = running()
    found = compared(*sides(one, one))
    assert found.exposure.risk.ratio == 1.0
    assert found.exposure.risk.damage_ratio == 1.0
    assert found.exposure.risk.safer_a == found.exposure.risk.safer_b == 0.0
    assert found.conclusion.strain.startswith("No difference: ")
    assert found.conclusion.origin == "No input differs."


def test_damage_grows_by_the_power_of_the_life_law(scaled):
    # Carter & Caler 1985: N ∝ Δε^-6.6 in tension and compression, so 1.1 times the strain does 1.1^6.6 the damage.
    found = compared(*sides(*scaled))
    assert found.p95.percent == pytest.approx(10.0, rel=1e-5)
    assert found.exposure.risk.damage_ratio == pytest.approx(1.1**6.6, rel=1e-4)
    assert found.exposure.risk.safer_a == pytest.approx(1.0)
    assert "+10.0 % at the 95th percentile" in found.conclusion.strain
    assert " more than " in found.conclusion.strain


def test_exchanging_the_sides_inverts_the_ratios(scaled):
    there, back = (compared(*sides(*pair)).exposure.risk for pair in (scaled, scaled[::-1]))
    assert back.ratio == pytest.approx(1.0 / there.ratio)
    assert back.damage_ratio == pytest.approx(1.0 / there.damage_ratio)
    assert back.difference == pytest.approx(-there.difference)
    assert (back.safer_a, back.safer_b) == (there.safer_b, there.safer_a)
    low, _, high = there.ratio_band
    assert (back.ratio_band[0], back.ratio_band[2]) == pytest.approx((1.0 / high, 1.0 / low), rel=1e-2)
    assert " less than " in compared(*sides(*scaled[::-1]), plan="none").conclusion.strain


def test_the_probability_is_that_of_the_expected_share_under_the_named_plan(running):
    found = compared(*sides(running(), running(footwear="minimal")), plan=read_plan("couch_to_10km"))
    risk = found.exposure.risk
    assert risk.ratio == pytest.approx(risk.b / risk.a)
    assert "'couch_to_10km'" in found.exposure.exposure
    assert found.exposure.exposure in found.conclusion.exposure
    assert risk.difference_band[0] <= risk.difference_band[1] <= risk.difference_band[2]


def test_a_plan_without_the_right_amounts_is_refused(running, scaled):
    with pytest.raises(InputError, match=r"'couch_to_10km' has no repetitions, by which .*'running_peak'"):
        compared(*sides(*scaled), plan=read_plan("couch_to_10km"))


def test_the_source_of_the_factor_is_named_with_its_evidence_level(running):
    found = compared(*sides(running(), running(footwear="minimal")), plan="none")
    (shoe,) = found.inputs
    (effect,) = shoe.effects
    assert (shoe.name, effect.quantity, effect.b.factor, effect.b.evidence) == (
        "shoe",
        "force at the ankle",
        1.049,
        "D",
    )
    assert "×1.049 [D: ratio of axial ankle forces 12.06 against 11.50 BW" in found.conclusion.origin
    assert found.designs == ("Conventional running shoe", "Minimal shoe")
    assert "no source states a range of the factor on force at the ankle" in found.conclusion.confidence


def test_a_shoe_without_effect_on_the_bone_says_so(running):
    found = compared(*sides(running(), running(footwear="boot")))
    assert found.conclusion.strain.startswith("No difference: ")
    assert "no effect of this shoe on the tibia is known to the library" in found.conclusion.origin


def test_strain_over_the_range_of_the_input_is_that_at_its_ends(running, shoe):
    own = shoe("wide", "[ankle_force]", "factor = 1.05", "range = [1.0, 1.2]", 'source = "trials"', 'evidence = "D"')
    found = compared(*sides(running(), running(footwear=own)), plan="none")
    ends = [shoe(f"end {factor}", "[ankle_force]", f"factor = {factor}") for factor in (1.0, 1.2)]
    a, (low, high) = running().metrics["p95", ""][1], [running(footwear=end).metrics["p95", ""][1] for end in ends]
    assert (found.over_range.low_percent, found.over_range.high_percent) == pytest.approx(
        (100.0 * (low / a - 1.0), 100.0 * (high / a - 1.0))
    )
    assert found.over_range.low_percent == pytest.approx(0.0, abs=1e-9)
    assert "over the range that the source of force at the ankle allows, p95 changes by" in found.conclusion.confidence


def test_every_input_that_differs_is_named(running):
    found = compared(*sides(running(), running(speed_m_per_s=3.0, mass_kg=80.0, tissue="osteoporotic")), plan="none")
    assert [one.name for one in found.inputs] == ["speed", "step rate", "body mass", "tissue"]
    assert "speed 4 m/s against 3 m/s" in found.conclusion.origin
    assert "body mass 70 kg against 80 kg" in found.conclusion.origin
    mesh = resolved("tibia", "running", Options(size_mm=7.0, support="fixed"))
    other = Observation("", {}, {("p95", ""): ("µε", 1.0)}, np.ones((20, 8)), mesh, None, None)
    assert [one.name for one in compared(*sides(running(), other), plan="none").inputs] == ["element size", "support"]


@pytest.mark.parametrize(
    ("bone", "activity", "says"),
    [
        ("metatarsal2", "running", "the bones are tibia and metatarsal2; compare designs on the same bone"),
        ("tibia", "walking", "'running' and 'walking'; .*--across activity"),
    ],
)
def test_what_says_nothing_is_refused(running, bone, activity, says):
    case = resolved(bone, activity, Options())
    other = Observation("", {}, {("p95", ""): ("µε", 1.0)}, np.ones((20, 8)), case, None, None)
    with pytest.raises(InputError, match=says):
        compared(*sides(running(), other), plan="none")


def test_another_activity_is_compared_when_asked_for(running, observed):
    walking = observed(resolved("tibia", "walking", Options(size_mm=SIZE)))
    found = compared(*sides(running(), walking), across=["activity"], plan="none")
    assert found.inputs[0].name == "activity"
    assert found.p95.difference < 0.0


def test_cases_without_a_partner_and_failed_ones_are_named(running):
    one, two, three = (running(mass_kg=mass) for mass in (60.0, 70.0, 80.0))

    def subjects(*pairs):
        return tuple(
            Observation(name, {"subject": name}, each.metrics, each.places, each.case, each.strain_map, None)
            for name, each in pairs
        )

    a = Side("a", ("shoe",), subjects(("man 1", one), ("man 2", two)), ("man 3, shoe=a",))
    b = Side("b", ("shoe",), subjects(("man 2", two), ("man 4", three)))
    said = compared(a, b, plan="none").conclusion.remarks
    assert said == (
        "Missing, having failed in the study: man 3, shoe=a of 'a'.",
        "Not compared, having no partner: man 1 of 'a'.",
        "Not compared, having no partner: man 4 of 'b'.",
    )
