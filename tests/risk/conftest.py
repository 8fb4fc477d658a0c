# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A coarse tibia solved for all unit loads, once."""

from __future__ import annotations

import pytest

from fea.case import read_bone, read_fatigue
from fea.solve import cached_basis, support_of

COARSE_MM = 6.0


@pytest.fixture(scope="session")
def bone():
    return read_bone("tibia")


@pytest.fixture(scope="session")
def fatigue():
    return read_fatigue()


@pytest.fixture(scope="session")
def basis(bone):
    return cached_basis(bone, COARSE_MM, support_of(bone, None))
