# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The one free constant and the published probability it stands for, on a bar as long as the tibia."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import BoneMesh
from fea.case import Options, Spreads, composed, read_activity, read_fatigue, read_tissue
from fea.errors import RunError
from fea.evaluate import Result, SolvedBone, reference_factor, reference_share
from fea.loading import UnitLoad, load_history, surface_load
from fea.risk import RiskSettings, calibrated
from fea.solve import Basis, UnitStrains
from fea.tissue import Elasticity

# All people alike, so that their share is the probability of each.
SAME = {"sd": 0.0, "evidence": "working value", "source": "test"}
NONE = dict.fromkeys(("body_mass", "load", "density", "bone_size", "fatigue_life"), SAME)
FATIGUE = read_fatigue().model_copy(update={"spreads": Spreads.model_validate(NONE)})
# Unlike anything that is the default elsewhere.
REFERENCE = FATIGUE.reference.model_copy(
    update={"speed_m_per_s": 3.2, "body_mass_kg": 61.0, "distance_km_per_day": 6.0, "days": 40, "probability": 0.11}
)
SETTINGS = RiskSettings(law="pattin", apposition=False)


@pytest.fixture(scope="module")
def bone(tibia, block, outer_triangles):
    """A square bar as long as the tibia, of cortical bone, which each newton along it at the ankle strains alike.

    The loads enter at its distal end, the support at its proximal one.
    """
    points, cells = block((2, 24, 2), (24.0, tibia.length_mm, 24.0))
    points = points - [12.0, 0.0, 12.0]
    facets = outer_triangles(cells)
    height = points[facets][..., 1]
    ends = {
        False: np.flatnonzero(np.all(height == 0.0, axis=1)),
        True: np.flatnonzero(np.all(height > tibia.length_mm - 0.1, axis=1)),
    }
    regions = {name: ends[name in tibia.support.regions] for name in tibia.regions}
    centers = {name: points[facets[rows]].mean(axis=(0, 1)) for name, rows in regions.items()}
    mesh = BoneMesh("tibia", points, cells, np.zeros(len(cells), dtype=np.int64), facets, regions, centers)
    loads = load_history(composed(tibia, read_activity("running"))).loads
    along = np.array([load == UnitLoad("plafond", False, 1) for load in loads])
    # -0.2 µε for a newton upwards and nothing across, so that equivalent strain, 1 / 1.3 of it, is something else.
    strain = np.where(along[:, None, None, None], -2e-7 * np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0]), 0.0)
    strain = np.broadcast_to(strain, (len(loads), len(cells), 4, 6))
    still = np.zeros((len(loads), len(points), 3))
    unit = UnitStrains(
        strain, still, np.zeros((len(loads), 6)), 0, {}, np.zeros((len(loads), 0)), "mumps", np.zeros(len(loads))
    )
    even = Elasticity(np.full(len(cells), 1.85), np.full(len(cells), 15e3), 0.3)
    # What muscles do to the bone strains it not at all here, and their tractions are not asked for.
    idle = surface_load(mesh, UnitLoad("plafond", False, 1)).scaled(0.0)
    tractions = tuple(surface_load(mesh, load) if isinstance(load, UnitLoad) else idle for load in loads)
    basis = Basis(mesh, even, loads, tractions, unit, {})
    return SolvedBone(tibia, "fixed", basis)


@pytest.fixture(scope="module")
def found(bone):
    """log10 of the factor for the reference above."""
    fatigue = FATIGUE.model_copy(update={"reference": REFERENCE, "calibrated": ()})
    return reference_factor(bone, 6.0, fatigue, SETTINGS)


def calibrated_to(factor):
    entry = FATIGUE.calibrated[0].model_copy(
        update={"law": "pattin", "strain": "normal", "form": "cumulative", "log10_life_factor": factor}
    )
    return FATIGUE.model_copy(update={"reference": REFERENCE, "calibrated": (entry,)})


def running(bone, tissue="healthy", speed_m_per_s=3.2):
    options = Options(speed_m_per_s=speed_m_per_s, mass_kg=61.0, support="fixed")
    case = composed(bone.description, read_activity("running"), read_tissue(tissue), options)
    return Result(case, bone)


def test_with_its_factor_the_reference_has_the_published_probability(bone, found):
    assert reference_share(running(bone), calibrated_to(found), SETTINGS) == pytest.approx(0.11, rel=1e-6)


def test_a_tenfold_life_lowers_the_hazard_by_the_scatter_s_power(bone, found):
    longer = reference_share(running(bone), calibrated_to(found + 1.0), SETTINGS)
    assert np.log1p(-longer) == pytest.approx(np.log(0.89) * 10.0**-FATIGUE.scatter.exponent, rel=1e-6)


def test_faster_running_breaks_more_than_the_reference(bone, found):
    assert reference_share(running(bone, speed_m_per_s=4.0), calibrated_to(found), SETTINGS) > 0.12


def test_weak_tissue_breaks_more_than_the_reference(bone, found):
    weak = reference_share(running(bone, "osteoporotic"), calibrated_to(found), SETTINGS)
    # The same strain at a fatigue strength s: lives are as at 1/s of the strain, mostly in compression, power 10.3.
    strength = read_tissue("osteoporotic").fatigue_strength_factor
    power = -10.3 * FATIGUE.scatter.exponent
    assert np.log1p(-weak) == pytest.approx(np.log(0.89) * strength**power, rel=1e-6)


@pytest.mark.parametrize("target", [0.5, 1.0 / 101.0, 1e-6])
def test_a_known_curve_is_met_where_it_has_the_target(target):
    # 1 / (1 + factor) has the value p at (1 − p) / p.
    assert calibrated(lambda factor: 1.0 / (1.0 + factor), target) == pytest.approx(np.log10((1.0 - target) / target))


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.9])
def test_a_curve_that_never_meets_the_target_is_refused(probability):
    with pytest.raises(RunError, match=r"no life factor gives the probability 0\.5"):
        calibrated(lambda factor: probability, 0.5)
