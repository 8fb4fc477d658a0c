# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Random bones: each becomes a sound solid or is refused with one sentence; there is no third way."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fea.bone import BoneShape, mesh_bone
from fea.bone.surface import bone_surfaces
from fea.case import BoneDescription, read_bone
from fea.errors import InputError

SHIPPED = read_bone("tibia").model_dump(by_alias=True)
BUMP = {"evidence": "working value", "source": "test", "half_length": 0.05, "half_angle_deg": 40.0}
MALLEOLUS = {"evidence": "working value", "source": "test", "end": "distal", "blend_level": 0.06}
OUTSIDE = ("periosteum", "distal end", "proximal end")


def factors(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw numbers as people write them: three decimals."""
    return st.integers(round(1000.0 * low), round(1000.0 * high)).map(lambda n: n / 1000.0)


def scaled(profile: dict, factor: float) -> dict:
    return profile | {"at": {percent: factor * value for percent, value in profile["at"].items()}}


@st.composite
def tables(draw, reach: float) -> dict:
    """Draw the table of a tibia whose numbers wander by up to ``reach`` (0 none, 1 far beyond any person)."""
    sections = dict(SHIPPED["sections"])
    sections["radius_mm"] = scaled(sections["radius_mm"], draw(factors(1.0 - 0.6 * reach, 1.0 + reach)))
    sections["torsion_deg"] = scaled(sections["torsion_deg"], draw(factors(-1.0 - 3.0 * reach, 1.0 + 4.0 * reach)))
    for name in ("center_x_mm", "center_z_mm"):
        sections[name] = scaled(sections[name], draw(factors(-5.0 * reach, 5.0 * reach)))
    malleolus = {"length_mm": draw(factors(0.0, 20.0)), "width_mm": draw(factors(4.0, 30.0))}
    malleolus |= {"direction_deg": draw(factors(-180.0, 180.0)), "depth_mm": draw(factors(4.0, 40.0))}
    bumps = {
        name: BUMP
        | {"height_mm": draw(factors(-10.0 * reach, 15.0 * reach)), "level": draw(factors(0.0, 1.0))}
        | {"direction_deg": draw(factors(-180.0, 180.0))}
        for name in ("first", "second")
    }
    distal = draw(factors(0.05, 0.5))
    return SHIPPED | {
        "length_mm": draw(factors(370.0 * (1.0 - 0.8 * reach), min(600.0, 370.0 * (1.0 + reach)))),
        "thickness_scale": draw(factors(1.0 - 0.7 * reach, 1.0 + 0.6 * reach)),
        "scale": draw(factors(1.0 - 0.5 * reach, 1.0 + 0.5 * reach)),
        "sections": sections,
        "shape": {mode: draw(factors(-4.0 * reach, 4.0 * reach)) for mode in SHIPPED["shape"]},
        "processes": {"malleolus": MALLEOLUS | malleolus},
        "bumps": bumps,
        "cavity": SHIPPED["cavity"] | {"distal_level": distal, "proximal_level": draw(factors(distal, 0.95))},
        "ends": SHIPPED["ends"] | {"proximal_slope_deg": draw(factors(-5.0, 20.0))},
    }


def enclosed(points: np.ndarray, triangles: np.ndarray) -> float:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return float(np.einsum("ki,ki->", a, np.cross(b, c)) / 6.0)


def test_a_random_skin_is_watertight_and_turned_outwards_or_refused() -> None:
    outcome: Counter[str] = Counter()

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(tables(reach=0.6))
    def check(table: dict) -> None:
        try:
            shape = BoneShape(BoneDescription.model_validate(table))
            surfaces = bone_surfaces(shape, 6.0 * shape.magnification)
        except ValueError:  # refused by the record (pydantic) or by the shape: both are ValueError
            outcome["refused"] += 1
            return
        outcome["closed"] += 1
        assert np.all(np.isfinite(surfaces.points))
        triangles = np.vstack([surfaces.surfaces[part] for part in OUTSIDE])
        ways = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        there, count = np.unique(ways, axis=0, return_counts=True)
        assert count.max() == 1
        assert np.array_equal(there, np.unique(ways[:, ::-1], axis=0))
        assert enclosed(surfaces.points, triangles) > 0.0

    check()
    # Both ways were taken often: neither claim is empty.
    assert min(outcome["closed"], outcome["refused"]) >= 15, outcome


def test_a_random_bone_meshes_with_sound_elements_or_is_refused() -> None:
    outcome: Counter[str] = Counter()

    @settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(tables(reach=0.2))
    def check(table: dict) -> None:
        description = read_bone("tibia")
        try:
            description = BoneDescription.model_validate(table)
        except ValueError:
            outcome["no bone"] += 1
            return
        try:
            mesh = mesh_bone(description, 6.0 * description.magnification)
        except InputError as error:
            outcome["refused" if len(str(error).splitlines()) == 1 else "babbled"] += 1
            return
        outcome["meshed"] += 1
        assert mesh.volumes.min() > 0.0
        assert mesh.quality.min() >= 0.02
        assert abs(mesh.volumes.sum() / BoneShape(description).volume() - 1.0) <= 0.02
        assert set(mesh.regions) == set(description.regions)
        assert min(len(rows) for rows in mesh.regions.values()) > 0

    check()
    assert outcome["meshed"] >= 5, outcome
    assert outcome["babbled"] == 0, outcome
