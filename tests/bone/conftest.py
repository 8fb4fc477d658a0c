# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Bones to measure: the shipped ones at their own element size, and a plain elliptical cylinder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fea.bone import BoneMesh, mesh_bone
from fea.case import BoneDescription, names, read_bone


@pytest.fixture(scope="session", params=names("bone"))
def shipped(request: pytest.FixtureRequest) -> tuple[BoneDescription, BoneMesh]:
    """A shipped bone and its mesh at the default element size."""
    description = read_bone(request.param)
    return description, mesh_bone(description)


@pytest.fixture(scope="session", params=["tibia", "tibia_female"])
def shipped_tibia(request: pytest.FixtureRequest) -> tuple[BoneDescription, BoneMesh]:
    """A shipped tibia and its mesh at the default element size."""
    description = read_bone(request.param)
    return description, mesh_bone(description)


@pytest.fixture(scope="session")
def cylinder() -> Callable[..., BoneDescription]:
    """A function that describes a straight elliptical tube: ``cylinder(width_x=24, width_z=30, wall=4)``."""
    return _cylinder


def _cylinder(
    width_x: float = 24.0,
    width_z: float = 30.0,
    wall: float = 4.0,
    length: float = 100.0,
    torsion: float = 0.0,
    **changes: Any,
) -> BoneDescription:
    def constant(value: float) -> dict[str, Any]:
        return {"evidence": "working value", "source": "test", "at": {0.0: value, 100.0: value}}

    sides = ("anterior", "lateral", "posterior", "medial")
    sections = {"thickness_mm": {side: constant(wall) for side in sides}}
    sections |= {"width_x_mm": constant(width_x), "width_z_mm": constant(width_z), "torsion_deg": constant(torsion)}
    flat = ("triangularity", "squareness", "crest_deg", "center_x_mm", "center_z_mm")
    sections |= {name: constant(0.0) for name in flat}
    shaft = {
        "evidence": "working value",
        "source": "test",
        "on": "shaft",
        "levels": [0.3, 0.7],
        "sector_deg": [-45, 45],
    }
    table = read_bone("tibia").model_dump(by_alias=True)
    table |= {"name": "cylinder", "length_mm": length, "size_mm": 4.0, "sections": sections, "bumps": {}}
    table |= {
        "shape_model": None,
        "shape": {},
        "paths": {},
        "fibula": None,
        "processes": {},
        "regions": {"front": shaft},
        "section_targets": None,
        "gauges": {},
    }
    table["support"] |= {"regions": ["front"]}
    table["ends"] |= {"proximal_slope_deg": 0.0, "plate_thickness_mm": 3.0}
    return BoneDescription.model_validate(table | changes)
