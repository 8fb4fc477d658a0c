# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A coarse tibia solved for all unit loads, once."""

from __future__ import annotations

import pytest

from fea.case import Options, read_bone, read_fatigue, resolved
from fea.evaluate import solved_bone

COARSE_MM = 6.0


@pytest.fixture(scope="session")
def bone():
    return read_bone("tibia")


@pytest.fixture(scope="session")
def fatigue():
    return read_fatigue()


@pytest.fixture(scope="session")
def solved():
    return solved_bone(resolved("tibia", "running", Options(size_mm=COARSE_MM)))
